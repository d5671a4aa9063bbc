"""What a desk decides about a return: present again, correct, stop, dispute, match, take as a loss, close."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Response
from pydantic import Field

from ingather.actions.casework import ask_for_statement
from ingather.actions.context import Context
from ingather.actions.matches.by_hand import match_by_hand
from ingather.actions.matches.undoing import take_back_record
from ingather.actions.order_decisions import correct_order
from ingather.actions.returns.disputing import dispute_return, let_be
from ingather.actions.returns.retrying import plan_retry
from ingather.actions.returns.stopping import block_account_of, close_return, order_of, unblock_account_of
from ingather.actions.returns.writing_off import write_off
from ingather.api.calls import Call
from ingather.api.returns import ReturnCode, ReturnInFull, Sentence, return_in_full
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Reasoned, ReturnId, Shown, id_field
from ingather.base.ids import Prefix, public_id
from ingather.domain.users import Permission

routes = Routes("returns")


class Corrected(Reasoned):
    """One corrected entry after a return that allows it."""

    on: Annotated[Day | None, Field(description="The day it settles; else as soon as a night can.")] = None


class Dishonoured(Body):
    """Which dishonour the bank is asked for."""

    code: ReturnCode
    reason: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


class LetBe(Reasoned):
    """Why a return stands after all."""

    declined: Annotated[bool, Field(description="The bank was told, and says it does not.")] = False


class MatchedByHand(Reasoned):
    """Which debit a return is about."""

    entry: Annotated[str, Field(max_length=40, description="The debit that came back, ent_...")]


class ClosedWith(Body):
    """What came of it, and what shows that."""

    outcome: Sentence
    evidence: Annotated[Sentence | None, Field(description="Needed where the kind of a case says so.")] = None


class Decided(Shown):
    """The return after the decision, with the day that follows from it where one does."""

    returned: ReturnInFull
    retry_on: date | None = Field(default=None, description="The day the debit is presented again.")
    account: str | None = Field(default=None, description="The account that was stopped or let go.")
    ask_by: date | None = Field(default=None, description="The day by which the bank must have the request.")
    dishonour_by: date | None = None
    request: str | None = Field(default=None, description="The request that goes to the bank.")
    due_on: date | None = None
    written_off_minor: int | None = None
    currency: str = "USD"


class Matched(Shown):
    """A return that was matched by hand; where another row has its money now, that is the return."""

    returned: ReturnInFull
    match: Annotated[str, id_field("mat", "the match")]
    order: str


@routes.post("/returns/{return_id}/retry", needs=Permission.RETURNS_WRITE, returns=Decided)
def retry_a_return(call: Call, return_id: ReturnId, body: Reasoned) -> Response:
    """Present a debit again whose return was disputed and stands, within the days and times of the Rules."""

    def do(ctx: Context, key: int) -> Decided:
        day = plan_retry(ctx, key, reason=body.reason)
        return Decided(returned=return_in_full(ctx, key), retry_on=day)

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/corrected-entry", needs=Permission.RETURNS_WRITE, returns=Decided)
def correct_a_returned_order(call: Call, return_id: ReturnId, body: Corrected) -> Response:
    """Plan the one corrected entry that may follow a debit not authorized on those terms."""

    def do(ctx: Context, key: int) -> Decided:
        day = correct_order(ctx, order_of(ctx, key), reason=body.reason, on=body.on)
        return Decided(returned=return_in_full(ctx, key), retry_on=day)

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/block", needs=Permission.RETURNS_WRITE, returns=Decided)
def block_a_returned_account(call: Call, return_id: ReturnId, body: Reasoned) -> Response:
    """Stop the account that a return came from."""

    def do(ctx: Context, key: int) -> Decided:
        account = block_account_of(ctx, key, reason=body.reason)
        return Decided(returned=return_in_full(ctx, key), account=public_id(Prefix.ACCOUNT, account))

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/unblock", needs=Permission.RETURNS_WRITE, returns=Decided)
def unblock_a_returned_account(call: Call, return_id: ReturnId, body: Reasoned) -> Response:
    """Let the account that a return came from be debited again, where what stopped it leaves that to a person."""

    def do(ctx: Context, key: int) -> Decided:
        account = unblock_account_of(ctx, key, reason=body.reason)
        return Decided(returned=return_in_full(ctx, key), account=public_id(Prefix.ACCOUNT, account))

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/dishonour", needs=Permission.RETURNS_WRITE, returns=Decided)
def dishonour_a_return(call: Call, return_id: ReturnId, body: Dishonoured) -> Response:
    """Ask the bank to dishonor a return; its order is not debited again meanwhile."""

    def do(ctx: Context, key: int) -> Decided:
        chosen = dispute_return(ctx, key, code=body.code.upper(), reason=body.reason)
        return Decided(returned=return_in_full(ctx, key), ask_by=chosen.ask_by, dishonour_by=chosen.dishonour_by)

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/let-stand", needs=Permission.RETURNS_WRITE, returns=Decided)
def let_a_return_stand(call: Call, return_id: ReturnId, body: LetBe) -> Response:
    """Let a disputed return stand after all, while the bank has not been told, or because it declined."""

    def do(ctx: Context, key: int) -> Decided:
        day = let_be(ctx, key, reason=body.reason, declined=body.declined)
        return Decided(returned=return_in_full(ctx, key), retry_on=day)

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/write-off", needs=Permission.RETURNS_WRITE, returns=Decided)
def write_off_a_return(call: Call, return_id: ReturnId, body: Reasoned) -> Response:
    """Take a return that moved no order, and that nobody disputes any more, as a loss."""

    def do(ctx: Context, key: int) -> Decided:
        amount = write_off(ctx, key, reason=body.reason)
        return Decided(returned=return_in_full(ctx, key), written_off_minor=amount)

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/take-back", needs=Permission.RETURNS_WRITE, returns=Decided)
def take_back_a_return(call: Call, return_id: ReturnId, body: Reasoned) -> Response:
    """Take back a return that was recorded by hand in error, before any report told of it."""

    def do(ctx: Context, key: int) -> Decided:
        take_back_record(ctx, key, reason=body.reason)
        return Decided(returned=return_in_full(ctx, key))

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/statement-copy", needs=Permission.RETURNS_WRITE, returns=Decided)
def ask_for_a_statement(call: Call, return_id: ReturnId, body: Reasoned) -> Response:
    """Have the bank ask for the consumer's written statement behind an unauthorized return."""

    def do(ctx: Context, key: int) -> Decided:
        request, due_on = ask_for_statement(ctx, key, reason=body.reason)
        return Decided(returned=return_in_full(ctx, key), request=public_id(Prefix.REQUEST, request), due_on=due_on)

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/close", needs=Permission.RETURNS_WRITE, returns=Decided)
def close_a_return(call: Call, return_id: ReturnId, body: ClosedWith) -> Response:
    """Close every open case about a return with what came of it, and with what shows that."""

    def do(ctx: Context, key: int) -> Decided:
        close_return(ctx, key, outcome=body.outcome, evidence=body.evidence)
        return Decided(returned=return_in_full(ctx, key))

    return _decide(call, return_id, do)


@routes.post("/returns/{return_id}/match", needs=Permission.RETURNS_WRITE, returns=Matched)
def match_a_return(call: Call, return_id: ReturnId, body: MatchedByHand) -> Response:
    """Say which debit a return is about, and apply it."""

    def do(ctx: Context) -> Matched:
        key = call.key_of(ctx, Prefix.RETURN, return_id)
        came = match_by_hand(ctx, key, call.key_of(ctx, Prefix.ENTRY, body.entry), reason=body.reason)
        return Matched(
            returned=return_in_full(ctx, came.return_id),
            match=public_id(Prefix.MATCH, came.match_id),
            order=public_id(Prefix.ORDER, came.order_id),
        )

    return call.act(do, read=lambda ctx: return_in_full(ctx, call.key_of(ctx, Prefix.RETURN, return_id)))


def _decide(call: Call, return_id: str, do: Callable[[Context, int], Decided]) -> Response:
    """Decide about a return that the caller may see; If-Match, where it is sent, names what was read."""

    def read(ctx: Context) -> ReturnInFull:
        return return_in_full(ctx, call.key_of(ctx, Prefix.RETURN, return_id))

    return call.act(lambda ctx: do(ctx, call.key_of(ctx, Prefix.RETURN, return_id)), read=read)
