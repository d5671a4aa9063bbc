"""The row of a return as the bank told of it, whatever it turns out to be about; many at once, or one."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeAlias

from ingather.actions.context import Context
from ingather.base.dates import to_micros
from ingather.reports.items import Returns
from ingather.store.bulk import insert_columns
from ingather.store.tables import Return


@dataclass(slots=True)  # mutable -- what is decided about it is written beside it before it is inserted
class NewReturn:
    """A return that is not in the book yet; its fields are the columns of ``Return``."""

    id: int
    originator_id: int
    report_id: int
    item_key: bytes
    line: int
    entry_id: int | None
    order_id: int | None
    batch_id: int | None
    code: str
    original_trace: int
    return_trace: int
    amount_cents: int
    returned_on: date | None
    information: str
    received_at: datetime
    matched_by: str | None = None
    differs: str | None = None
    late: bool = False
    applied: bool = False
    clawed_back: bool = False
    rule_set_id: int | None = None
    timeliness: str | None = None
    deadline_on: date | None = None
    next_step: str | None = None
    posting_ref: str | None = None


AnyReturn: TypeAlias = Return | NewReturn
"""A return of the book, or one that will be."""

_COLUMNS = tuple(column.name for column in fields(NewReturn))
_VALUES = attrgetter(*_COLUMNS)
_DATES = ("returned_on", "deadline_on")
_WORDS = ("timeliness", "next_step")


def insert_returns(ctx: Context, rows: Sequence[NewReturn]) -> None:
    """Insert returns, many at once."""
    if not rows:
        return
    columns: dict[str, Sequence[Any]] = dict(zip(_COLUMNS, zip(*map(_VALUES, rows), strict=True), strict=True))
    columns |= {name: [day and day.isoformat() for day in columns[name]] for name in _DATES}
    columns |= {name: [word and str(word) for word in columns[name]] for name in _WORDS}
    columns["received_at"] = [to_micros(at) for at in columns["received_at"]]
    insert_columns(ctx.session, Return, columns, same={})


def row_of(  # noqa: PLR0913 -- what a return is about
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Returns,
    index: int,
    *,
    key: bytes,
    entry_id: int | None,
    batch_id: int | None,
    matched_by: str | None,
    order_id: int | None = None,
    differs: str | None = None,
) -> Return:
    """Return the new row of one item of a report, which is not applied yet; ``key`` is what identifies it."""
    return Return(
        id=ctx.ids.one(),
        originator_id=originator_id,
        report_id=report_id,
        item_key=key,
        line=items.line[index],
        entry_id=entry_id,
        order_id=order_id,
        batch_id=batch_id,
        code=items.reason[index],
        original_trace=items.original_trace[index],
        return_trace=items.return_trace[index],
        amount_cents=items.amount_cents[index],
        returned_on=items.return_settled_on[index],
        late=False,
        applied=False,
        clawed_back=False,
        matched_by=matched_by,
        information=items.information[index][:44],
        received_at=ctx.now,
        differs=differs,
        posting_ref=items.posting_ref[index][:40] or None,
    )
