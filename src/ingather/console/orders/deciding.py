"""What a person decides about an order: held, let go, canceled, confirmed, paid otherwise, given up, refunded."""

from collections.abc import Callable

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.actions.order_decisions import paid_order
from ingather.actions.orders import cancel_order, fail_order, hold_order, unhold_order
from ingather.actions.returns.requests import request_return
from ingather.actions.suspected import confirm_order
from ingather.base.ids import Prefix
from ingather.base.money import parse_minor
from ingather.console.orders.showing import order_page
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit
from ingather.domain.refusals import Refusal, Unreadable
from ingather.domain.users import Permission

pages = Pages("Orders")
_WRITES = Permission.ORDERS_WRITE


@pages.post("/orders/{order_id}/hold", needs=_WRITES)
def hold(visit: Visit) -> Response:
    """Keep an order from being debited."""
    return _decided(visit, "hold", lambda ctx, key: hold_order(ctx, key, reason=reason_of(visit)))


@pages.post("/orders/{order_id}/release", needs=_WRITES)
def release(visit: Visit) -> Response:
    """Let a held order be debited again."""
    return _decided(visit, "release", lambda ctx, key: unhold_order(ctx, key, reason=reason_of(visit)))


@pages.post("/orders/{order_id}/cancel", needs=_WRITES)
def cancel(visit: Visit) -> Response:
    """Cancel an order that is in no file."""
    return _decided(visit, "cancel", lambda ctx, key: cancel_order(ctx, key, reason=reason_of(visit)))


@pages.post("/orders/{order_id}/confirm", needs=_WRITES)
def confirm(visit: Visit) -> Response:
    """Let an order be debited that looks like another one."""
    return _decided(visit, "confirm", lambda ctx, key: confirm_order(ctx, key, reason=reason_of(visit)))


@pages.post("/orders/{order_id}/paid", needs=_WRITES)
def paid(visit: Visit) -> Response:
    """Note that the buyer paid otherwise."""
    return _decided(visit, "paid", lambda ctx, key: paid_order(ctx, key, reason=reason_of(visit)))


@pages.post("/orders/{order_id}/fail", needs=_WRITES)
def fail(visit: Visit) -> Response:
    """Give up a returned order."""
    return _decided(visit, "fail", lambda ctx, key: fail_order(ctx, key, reason=reason_of(visit)))


@pages.post("/orders/{order_id}/refund", needs=_WRITES)
def refund(visit: Visit) -> Response:
    """Ask for some or all of a collected order to be given back; what is large waits for a second person."""

    def ask(ctx: Context, key: int) -> object:
        minor, words = _amount(visit), reason_of(visit)
        return ask_refund(ctx, key, amount_minor=minor, reason=words, after_window="after_window" in visit.form)

    return _decided(visit, "refund", ask)


@pages.post("/orders/{order_id}/request-return", needs=Permission.RETURNS_WRITE)
def ask_for_return(visit: Visit) -> Response:
    """Have our bank ask for the return of an order's debit."""
    return _decided(visit, "request-return", lambda ctx, key: request_return(ctx, key, reason=reason_of(visit)))


def _amount(visit: Visit) -> int:
    text = visit.form.get("amount", "").strip().removeprefix("$").replace(",", "")
    try:
        minor = parse_minor(text)
    except ValueError:
        minor = 0
    if minor <= 0:
        fact = f"{text[:40] or 'nothing'} is no amount to give back"
        raise Unreadable(fact, "Write it as 84.15")
    return minor


def _decided(visit: Visit, name: str, do: Callable[[Context, int], object]) -> Response:
    """Do it as if nobody else were at the book, then show the order; a refusal shows the form again as it was typed."""
    key = visit.key_of(Prefix.ORDER, visit.path["order_id"])
    try:
        visit.desk.decide(lambda ctx: do(ctx, key))
    except Refusal as refusal:
        return order_page(visit, refusal=refusal, tried=name)
    visit.desk.remember()
    return visit.go(f"/orders/{visit.path['order_id']}")
