"""What becomes of an authorization, and the proof of it that a bank may ask for."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Response
from pydantic import Field

from ingather.actions.authorizations.notices import note_sent
from ingather.actions.authorizations.proof import make_proof, note_proof_requested
from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.authorizations.states import (
    complete_authorization,
    resume_authorization,
    suspend_authorization,
)
from ingather.actions.context import Context
from ingather.api.authorizations.recording import Given
from ingather.api.authorizations.showing import Authorization, authorization_shown
from ingather.api.calls import Call
from ingather.api.routes import Routes
from ingather.api.shapes import AuthorizationId, Body, Day, Line, OrderId, Reasoned, Shown
from ingather.base.ids import Prefix
from ingather.domain.authorizations import Statement
from ingather.domain.users import Permission

routes = Routes("authorizations")
_WRITES = Permission.AUTHORIZATIONS_WRITE
_Order = Annotated[
    str, Field(max_length=40, description="The id of an order under it.", examples=["ord_0C4M7R2V9K1HZ"])
]


class Completed(Body):
    """What a draft lacked; what is on record is never replaced."""

    evidence: Given = Field(default_factory=Given)
    statements: list[Statement] | None = Field(default=None, max_length=20)


class ProofRequested(Body):
    """The bank asks for proof."""

    order: _Order
    on: Day = Field(description="The day the bank asked.")


class ProofAsked(Shown):
    """By when the bank has the proof; a case stands open until then."""

    authorization_id: str
    order_id: str
    due_on: date


class ProofOf(Body):
    """About which order the proof is."""

    order: _Order


class Proof(Shown):
    """The file for the bank: one page of HTML, with every account number masked."""

    sha256: str = Field(description="The hash of the page in UTF-8; it stands in the book's facts.")
    media_type: str = "text/html; charset=utf-8"
    content: str


class NoticeSent(Body):
    """That the notices of an order were sent, and what proves it."""

    on: Day
    proof: Line


@routes.post("/authorizations/{authorization_id}/revoke", needs=_WRITES, returns=Authorization)
def revoke_an_authorization(call: Call, authorization_id: AuthorizationId, body: Reasoned) -> Response:
    """End an authorization at once; what is sealed under it and not sent is not sent."""
    return _done(call, authorization_id, lambda ctx, key: revoke_authorization(ctx, key, reason=body.reason))


@routes.post("/authorizations/{authorization_id}/suspend", needs=_WRITES, returns=Authorization)
def suspend_an_authorization(call: Call, authorization_id: AuthorizationId, body: Reasoned) -> Response:
    """Let nothing be debited under an authorization until it is resumed."""
    return _done(call, authorization_id, lambda ctx, key: suspend_authorization(ctx, key, reason=body.reason))


@routes.post("/authorizations/{authorization_id}/resume", needs=_WRITES, returns=Authorization)
def resume_an_authorization(call: Call, authorization_id: AuthorizationId, body: Reasoned) -> Response:
    """Let debits rest on a suspended authorization again."""
    return _done(call, authorization_id, lambda ctx, key: resume_authorization(ctx, key, reason=body.reason))


@routes.post("/authorizations/{authorization_id}/complete", needs=_WRITES, returns=Authorization)
def complete_an_authorization(call: Call, authorization_id: AuthorizationId, body: Completed) -> Response:
    """Add what a draft lacks; it is active once nothing is lacking."""

    def do(ctx: Context, key: int) -> object:
        return complete_authorization(ctx, key, evidence=body.evidence.kept(), statements=body.statements)

    return _done(call, authorization_id, do)


@routes.post(
    "/authorizations/{authorization_id}/proof-requests", needs=_WRITES, returns=ProofAsked, status=201, bound=False
)
def note_proof_request(call: Call, authorization_id: AuthorizationId, body: ProofRequested) -> Response:
    """Note that the bank asks for proof of an authorization, which opens a case with its deadline."""

    def do(ctx: Context) -> ProofAsked:
        key, order_id = _both(call, ctx, authorization_id, body.order)
        due_on = note_proof_requested(ctx, key, order_id, on=body.on)
        return ProofAsked(authorization_id=authorization_id, order_id=body.order, due_on=due_on)

    return call.act(do)


@routes.post(
    "/authorizations/{authorization_id}/proofs", needs=_WRITES, returns=Proof, status=201, may=(404, 409, 410, 422)
)
def prove_an_authorization(call: Call, authorization_id: AuthorizationId, body: ProofOf) -> Response:
    """Make the page that proves an authorization to the bank: words, evidence, debits, history, the rules behind."""

    def do(ctx: Context) -> Proof:
        made = make_proof(ctx, *_both(call, ctx, authorization_id, body.order))
        return Proof(sha256=made.sha256, content=made.content.decode())

    return call.act(do)


@routes.post("/orders/{order_id}/notice-sent", needs=_WRITES, returns=NoticeSent)
def note_notice_sent(call: Call, order_id: OrderId, body: NoticeSent) -> Response:
    """Note that the notices of an order were sent; the debit then waits out their days."""

    def do(ctx: Context) -> NoticeSent:
        note_sent(ctx, call.key_of(ctx, Prefix.ORDER, order_id), on=body.on, proof=body.proof)
        return body

    return call.act(do)


def _both(call: Call, ctx: Context, authorization_id: str, order: str) -> tuple[int, int]:
    return call.key_of(ctx, Prefix.AUTHORIZATION, authorization_id), call.key_of(ctx, Prefix.ORDER, order)


def _done(call: Call, authorization_id: str, do: Callable[[Context, int], object]) -> Response:
    def act(ctx: Context) -> Authorization:
        key = call.key_of(ctx, Prefix.AUTHORIZATION, authorization_id)
        do(ctx, key)
        ctx.session.flush()
        return authorization_shown(ctx, key)

    return call.act(
        act, read=lambda ctx: authorization_shown(ctx, call.key_of(ctx, Prefix.AUTHORIZATION, authorization_id))
    )
