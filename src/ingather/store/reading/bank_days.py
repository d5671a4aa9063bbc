"""Banking days as they were closed: each account's, with what its equations came to and who signed it."""

from typing import Any

from sqlalchemy import select

from ingather.base.ids import Prefix, public_id
from ingather.store.reading.pages import Listing
from ingather.store.tables import BankDay


def as_dict(row: BankDay) -> dict[str, Any]:
    """Return a closed day as plain values; the equations are both sides by name, in minor units."""
    return {
        "feed": public_id(Prefix.FEED, row.feed_id),
        "on": row.on_date.isoformat(),
        "state": row.state,
        "opening_minor": row.opening_minor,
        "closing_minor": row.closing_minor,
        "equations": [
            {"id": name, "holds": left == right, "left_minor": left, "right_minor": right}
            for name, (left, right) in row.equations.items()
        ],
        "open_items": row.open_items,
        "closed_at": row.made_at.isoformat(),
        "closed_by": row.made_by,
        "signed_at": row.signed_at.isoformat() if row.signed_at else None,
        "signed_by": row.signed_by,
        "note": row.note,
        "page_sha256": bytes(row.page_sha256).hex() if row.page_sha256 else None,
    }


LISTING = Listing(
    statement=lambda: select(BankDay),
    key=BankDay.id,
    shown=lambda _, rows: [as_dict(row[0]) for row in rows],
    filters={
        "feed": lambda key: BankDay.feed_id == key,
        "state": BankDay.state.in_,
        "on_from": lambda day: BankDay.on_date >= day,
        "on_to": lambda day: BankDay.on_date <= day,
    },
)
"""Closed days page by page."""
