"""The vault's keys: the host's ring, the book's epochs and the rotation; what is done on the host stands as typed."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from ingather.actions.keys.epochs import eldest_values
from ingather.base.dates import NEW_YORK
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.users import Permission
from ingather.store import keys

pages = Pages("Rules")


@pages.get("/rules/keys", needs=Permission.KEYS_READ)
def show(visit: Visit) -> Response:
    """Show where the keys stand, and what to type for what is done on the host."""
    desk = visit.desk
    days, ring = desk.policy().watch.key_days, desk.vault.ring
    with visit.view() as ctx:
        rotation = keys.running(ctx.session)
        eldest = eldest_values(keys.read_epochs(ctx.session).epochs)
    due_on = eldest.opened_at.astimezone(NEW_YORK).date() + timedelta(days=days) if eldest and days else None
    return visit.show(
        "rules/keys.html", root=ring.root,
        roots=ring.roots(), provider=str(ring.provider) if ring.root else "", epochs=_epochs(visit), rotation=rotation,
        due_on=due_on, overdue=bool(due_on and due_on <= visit.today),
    )  # fmt: skip


@pages.get("/rules/keys.csv", needs=Permission.KEYS_READ)
def table(visit: Visit) -> Response:
    """Return the epochs as CSV."""
    rows = _epochs(visit)
    head = ("number", "purpose", "state", "opened_at", "closed_at", "destroyed_at", "kek", "sealed")
    return visit.csv(
        "key-epochs", head, ([row[name] if row[name] is not None else "" for name in head] for row in rows)
    )


def _epochs(visit: Visit) -> list[dict[str, Any]]:
    with visit.view() as ctx:
        sealed = keys.counts(ctx.session)
        epochs = keys.read_epochs(ctx.session).epochs
    return [
        {
            "number": each.number, "purpose": str(each.purpose), "state": str(each.state), "opened_at": each.opened_at,
            "closed_at": each.closed_at, "destroyed_at": each.destroyed_at, "kek": each.kek,
            "sealed": sealed[each.number],
        }
        for each in epochs
    ]  # fmt: skip
