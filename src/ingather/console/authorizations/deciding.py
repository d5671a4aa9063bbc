"""What a person decides about an authorization: revoked, suspended, resumed, replaced, held for a dispute, noticed."""

from collections.abc import Callable
from datetime import date

from starlette.responses import Response

from ingather.actions.authorizations.notices import note_sent
from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.authorizations.retention import set_legal_hold
from ingather.actions.authorizations.states import (
    resume_authorization,
    supersede_authorization,
    suspend_authorization,
)
from ingather.actions.context import Context
from ingather.base.ids import Prefix
from ingather.console.authorizations.showing import authorization_page
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit
from ingather.domain.refusals import Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import names

pages = Pages("Authorizations")
_WRITES = Permission.AUTHORIZATIONS_WRITE


@pages.post("/authorizations/{authorization_id}/revoke", needs=_WRITES)
def revoke(visit: Visit) -> Response:
    """End an authorization at once."""
    return decided(visit, "revoke", lambda ctx, key: revoke_authorization(ctx, key, reason=reason_of(visit)))


@pages.post("/authorizations/{authorization_id}/suspend", needs=_WRITES)
def suspend(visit: Visit) -> Response:
    """Let nothing be debited under an authorization until it is resumed."""
    return decided(visit, "suspend", lambda ctx, key: suspend_authorization(ctx, key, reason=reason_of(visit)))


@pages.post("/authorizations/{authorization_id}/resume", needs=_WRITES)
def resume(visit: Visit) -> Response:
    """Let debits rest on an authorization again."""
    return decided(visit, "resume", lambda ctx, key: resume_authorization(ctx, key, reason=reason_of(visit)))


@pages.post("/authorizations/{authorization_id}/supersede", needs=_WRITES)
def supersede(visit: Visit) -> Response:
    """Replace an authorization by a newer one of the same buyer."""

    def do(ctx: Context, key: int) -> object:
        newer = visit.form.get("by", "").strip()
        by = names.key_of(ctx.session, Prefix.AUTHORIZATION, newer) or names.key_among(Prefix.AUTHORIZATION, newer)
        moves = "move_orders" in visit.form
        return supersede_authorization(ctx, key, by=by, reason=reason_of(visit), move_orders=moves)

    return decided(visit, "supersede", do)


@pages.post("/authorizations/{authorization_id}/legal-hold", needs=_WRITES)
def hold(visit: Visit) -> Response:
    """Keep an authorization for a dispute, whatever its days of keeping."""
    return decided(visit, "legal-hold", lambda ctx, key: set_legal_hold(ctx, key, held=True, reason=reason_of(visit)))


@pages.post("/authorizations/{authorization_id}/lift", needs=_WRITES)
def lift(visit: Visit) -> Response:
    """Keep an authorization no longer than its days of keeping."""
    return decided(visit, "lift", lambda ctx, key: set_legal_hold(ctx, key, held=False, reason=reason_of(visit)))


@pages.post("/authorizations/{authorization_id}/notice-sent", needs=_WRITES)
def noticed(visit: Visit) -> Response:
    """Note that the notices of one of its orders were sent, with what proves it."""

    def do(ctx: Context, _: int) -> None:
        order_id = visit.key_of(Prefix.ORDER, visit.form.get("order", ""))
        note_sent(ctx, order_id, on=day_of(visit), proof=visit.form.get("proof", "").strip())

    return decided(visit, "notice-sent", do)


def day_of(visit: Visit) -> date:
    """Return the day that a form names, today where it names none; raises ``Unreadable`` for what is none."""
    text = visit.form.get("on", "").strip()
    try:
        return date.fromisoformat(text) if text else visit.today
    except ValueError:
        fact = f"{text[:40]} is no day"
        raise Unreadable(fact, "Write days as 2026-11-25") from None


def decided(visit: Visit, name: str, do: Callable[[Context, int], object]) -> Response:
    """Do it as if nobody else were at the book, then show what became of it; a refusal shows the form as typed."""
    key = visit.key_of(Prefix.AUTHORIZATION, visit.path["authorization_id"])
    try:
        visit.desk.decide(lambda ctx: do(ctx, key))
    except Refusal as refusal:
        return authorization_page(visit, refusal=refusal, tried=name)
    visit.desk.remember()
    return visit.go(f"/authorizations/{visit.path['authorization_id']}")
