"""What a desk decides about a return: present again, correct, dispute, let stand, take as a loss, stop, ask, close."""

from collections.abc import Callable
from datetime import date

from starlette.responses import Response

from ingather.actions.casework import ask_for_statement
from ingather.actions.context import Context
from ingather.actions.matches.undoing import take_back_record
from ingather.actions.order_decisions import correct_order
from ingather.actions.returns.disputing import dispute_return, let_be
from ingather.actions.returns.retrying import plan_retry
from ingather.actions.returns.stopping import block_account_of, close_return, order_of, unblock_account_of
from ingather.actions.returns.writing_off import write_off
from ingather.base.ids import Prefix
from ingather.console.pages import Pages
from ingather.console.returns.one import one_return
from ingather.console.visits import Visit
from ingather.domain.refusals import Refusal, Unreadable
from ingather.domain.users import Permission

pages = Pages("Returns")
_LONGEST = 500


@pages.post("/returns/{return_id}/retry", needs=Permission.RETURNS_WRITE)
def retry(visit: Visit) -> Response:
    """Present a debit again whose return was disputed and stands."""
    return decided(visit, "retry", lambda ctx, key: plan_retry(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/correct", needs=Permission.RETURNS_WRITE)
def correct(visit: Visit) -> Response:
    """Plan the one corrected entry that may follow."""
    return decided(
        visit, "correct", lambda ctx, key: correct_order(ctx, order_of(ctx, key), reason=said(visit), on=_on(visit))
    )


@pages.post("/returns/{return_id}/dishonour", needs=Permission.RETURNS_WRITE)
def dishonour(visit: Visit) -> Response:
    """Have the bank asked to dishonor a return."""
    code = visit.form.get("code", "").upper()
    return decided(visit, "dishonour", lambda ctx, key: dispute_return(ctx, key, code=code, reason=said(visit)))


@pages.post("/returns/{return_id}/stand", needs=Permission.RETURNS_WRITE)
def stand(visit: Visit) -> Response:
    """Let a disputed return stand after all."""
    declined = bool(visit.form.get("declined"))
    return decided(visit, "stand", lambda ctx, key: let_be(ctx, key, reason=said(visit), declined=declined))


@pages.post("/returns/{return_id}/write-off", needs=Permission.RETURNS_WRITE)
def lose(visit: Visit) -> Response:
    """Take a return that moved no order as a loss."""
    return decided(visit, "write-off", lambda ctx, key: write_off(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/block", needs=Permission.RETURNS_WRITE)
def block(visit: Visit) -> Response:
    """Stop the account that a return came from."""
    return decided(visit, "block", lambda ctx, key: block_account_of(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/unblock", needs=Permission.RETURNS_WRITE)
def unblock(visit: Visit) -> Response:
    """Let the account be debited again."""
    return decided(visit, "unblock", lambda ctx, key: unblock_account_of(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/statement", needs=Permission.RETURNS_WRITE)
def statement(visit: Visit) -> Response:
    """Have the bank ask for the consumer's written statement."""
    return decided(visit, "statement", lambda ctx, key: ask_for_statement(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/take-back", needs=Permission.RETURNS_WRITE)
def take_back(visit: Visit) -> Response:
    """Take back a return that was recorded by hand in error."""
    return decided(visit, "take-back", lambda ctx, key: take_back_record(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/close", needs=Permission.RETURNS_WRITE)
def close(visit: Visit) -> Response:
    """Close every open case about a return with what came of it."""
    evidence = visit.form.get("evidence", "").strip()[:_LONGEST] or None
    return decided(visit, "close", lambda ctx, key: close_return(ctx, key, outcome=said(visit), evidence=evidence))


def decided(visit: Visit, tried: str, do: Callable[[Context, int], object]) -> Response:
    """Decide something about the return of the address, and show it; what was refused keeps what was typed."""
    name = visit.path["return_id"]
    key = visit.key_of(Prefix.RETURN, name)
    try:
        visit.desk.decide(lambda ctx: do(ctx, key))
    except Refusal as refusal:
        return one_return(visit, name, refusal=refusal, tried=tried)
    visit.desk.remember()
    return visit.go(f"/returns/{name}")


def said(visit: Visit, name: str = "reason") -> str:
    """Return a sentence that a person typed; raises ``Unreadable`` for none, and for one that is too long."""
    text = visit.form.get(name, "").strip()
    if not text or len(text) > _LONGEST or "\0" in text:
        fact = f"this is longer than {_LONGEST} characters" if len(text) > _LONGEST else "the reason is missing"
        raise Unreadable(fact, "Say in a few words why")
    return text


def _on(visit: Visit) -> date | None:
    text = visit.form.get("on", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fact = f"{text[:20]} is no day"
        raise Unreadable(fact, "Write it as 2026-11-25") from None
