"""One account: masked, how it is known, what is collected from it, what changed, and the same account elsewhere."""

from typing import Any

from starlette.responses import Response

from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.users import Permission
from ingather.store.reading import accounts, unmasking
from ingather.store.reading.access_reviews import holders_of

pages = Pages("Authorizations")
_FINGERPRINT = "fingerprint"
_SHORT = 32


@pages.get("/accounts/{id}", needs=Permission.PARTIES_READ)
def show(visit: Visit) -> Response:
    """Show an account."""
    return account_page(visit)


@pages.get("/accounts/{id}/orders.csv", needs=Permission.PARTIES_READ)
def table(visit: Visit) -> Response:
    """Return the newest orders under an account as CSV."""
    with visit.view() as ctx:
        rows = unmasking.orders_under(ctx.session, _key(visit))
    head = ("id", "own", "merchant", "minor", "state", "due_on")
    return visit.csv(f"orders-{visit.path['id']}", head, ([row[name] or "" for name in head] for row in rows))


def account_page(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    """Return the page of an account; a refused asking for its number stands there with what was typed."""
    key = _key(visit)
    with visit.view() as ctx:
        row = accounts.shown(ctx.session, key)
        full = accounts.in_full(ctx.session, [key]).get(key)
        if row is None or full is None:
            fact = f"there is no account {public_id(Prefix.ACCOUNT, key)}"
            raise NoSuch(fact, "Come to it from an order or an authorization")
        index: bytes = full["number_index"]
        # The index itself stays in the book: what is shown is made of it under another purpose.
        fingerprint = ctx.vault.mac_of(_FINGERPRINT, index).hex()[:_SHORT]
        alike = unmasking.alike(ctx.session, key)
        orders = unmasking.orders_under(ctx.session, key)
        shown = unmasking.of_account(ctx.session, key) if visit.may(Permission.AUDIT_READ) else []
        right = unmasking.right_of(ctx.session, key, visit.caller.actor, now=ctx.now)
        until = right.until_at if right else None
        cases = unmasking.cases_open(ctx.session, key) if visit.may(Permission.ACCOUNTS_UNMASK) else []
        may = holders_of(Permission.ACCOUNTS_UNMASK, ctx.session)
    account: dict[str, Any] = row | {"created_at": full["created_at"], "change_due_on": full["change_due_on"]}
    return visit.show(
        "accounts/account.html", status=refusal.status if refusal else 200, refusal=refusal, account=account,
        fingerprint=fingerprint, alike=alike, orders=orders, shown=shown, may=may, form=visit.form,
        until=until, again_for=visit.desk.policy().unmask.minutes, cases=cases,
    )  # fmt: skip


def _key(visit: Visit) -> int:
    return visit.key_of(Prefix.ACCOUNT, visit.path["id"])
