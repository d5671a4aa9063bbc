"""Lists read page by page: a statement, the key it is ordered by, and what it may be filtered by.

A page ends with a cursor, the key of its last row: rows that come in between never shift the next page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Condition = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is listed. ``merchant`` gives the rows of one merchant; without it the rows are nobody's in particular.

    ``filters`` make a condition of each wanted value, by the name of the filter; ``shown`` makes dictionaries of rows.
    """

    statement: Callable[[], Select[*tuple[Any, ...]]]
    key: InstrumentedAttribute[int]
    shown: Callable[[Session, Sequence[Row[*tuple[Any, ...]]]], list[dict[str, Any]]]
    merchant: Condition | None = None
    filters: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which page: so many rows after a key, the newest first or the oldest, of one merchant or of all."""

    limit: int
    after: int | None = None
    newest_first: bool = True
    merchant_id: int | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)


def page_of(session: Session, listing: Listing, wanted: Wanted) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page's rows and the key after which the next page begins, None when this is the last.

    Raises ``KeyError`` for a filter the listing does not know, and ``TypeError`` when rows that are nobody's are asked
    for by a caller who is bound to one merchant.
    """
    statement = listing.statement()
    if wanted.merchant_id is not None:
        if listing.merchant is None:
            message = "this list is of all merchants at once"
            raise TypeError(message)
        statement = statement.where(listing.merchant(wanted.merchant_id))
    for name, value in wanted.filters.items():
        if value is not None:
            statement = statement.where(listing.filters[name](value))
    key = listing.key
    if wanted.after is not None:
        statement = statement.where(key < wanted.after if wanted.newest_first else key > wanted.after)
    statement = statement.order_by(key.desc() if wanted.newest_first else key).limit(wanted.limit + 1)
    rows = session.execute(statement.add_columns(key.label("page_key"))).all()
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    return listing.shown(session, rows), rows[-1].page_key if more else None
