"""What follows an order's debit: a refund, reversal or fee, approved or refused by a second person, or let be."""

from collections.abc import Callable

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.follow_ups.deciding import approve_follow_up, refuse_follow_up, withdraw_follow_up
from ingather.base.ids import Prefix
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.store.reading import follow_ups

pages = Pages("Orders")


@pages.post("/follow-ups/{follow_up_id}/approve", needs=Permission.RETURNS_APPROVE, proof=True)
def approve(visit: Visit) -> Response:
    """Approve what another person asked for."""
    return _decided(visit, approve_follow_up)


@pages.post("/follow-ups/{follow_up_id}/refuse", needs=Permission.RETURNS_APPROVE)
def refuse(visit: Visit) -> Response:
    """Refuse what another person asked for."""
    return _decided(visit, lambda ctx, key: refuse_follow_up(ctx, key, reason=reason_of(visit)))


@pages.post("/follow-ups/{follow_up_id}/withdraw", needs=Permission.ORDERS_WRITE)
def withdraw(visit: Visit) -> Response:
    """Let a follow-up be that is in no file yet."""
    return _decided(visit, lambda ctx, key: withdraw_follow_up(ctx, key, reason=reason_of(visit)))


def _decided(visit: Visit, do: Callable[[Context, int], object]) -> Response:
    """Do it as if nobody else were at the book, then show the order that it follows."""
    key = visit.key_of(Prefix.FOLLOW_UP, visit.path["follow_up_id"])
    with visit.view() as ctx:
        found = follow_ups.shown(ctx.session, key)
    if found is None:
        fact = f"there is no follow-up {visit.path['follow_up_id'][:40]}"
        raise NoSuch(fact, "Look for its order under Find")
    visit.desk.decide(lambda ctx: do(ctx, key))
    visit.desk.remember()
    return visit.go(f"/orders/{found['order']}#{found['id']}")
