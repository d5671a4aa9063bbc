"""Returns that one carrier tells with their own trace and another, such as a statement, without: they are the same.

Whoever tells second adds nothing but what was missing. Each row of the book is told once by a report, so a bank that
returned an entry twice, and says so twice, is still heard.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.matching import order_key
from ingather.actions.returns.taken_over import take_over
from ingather.actions.returns.taking import item_keys
from ingather.reports.items import Returns
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Return
from ingather.store.tables.returns import TAKEN_BACK

_REF_WIDTH = 40


def split_told_before(ctx: Context, originator_id: int, report_id: int, items: Returns) -> tuple[Returns, int]:
    """Return the returns that nobody told before without or with their own trace, and how many others there are.

    One that a person recorded is the report's from now on.

    The same are those about the same entry (by its trace, or by our reference where one carrier has no trace), with the
    same code, amount and settlement date, of which one alone has a trace of its own. A row without takes that trace,
    and is known by it from then on.
    """
    if not len(items):
        return items, 0
    book = _Book.about(ctx, originator_id, items)
    if not book.by_trace and not book.by_order:
        return items, 0
    rest: list[int] = []
    for index in range(len(items)):
        row = book.same(index)
        if row is None:
            rest.append(index)
            continue
        book.used.add(row.id)
        _complete(ctx, report_id, book, index, row)
    columns = {name: getattr(items, name) for name in Returns.column_names()}
    kept = Returns(**{name: [column[index] for index in rest] for name, column in columns.items()})
    return kept, len(items) - len(rest)


def _complete(
    ctx: Context,
    report_id: int,
    book: "_Book",
    index: int,
    row: Any,  # noqa: ANN401 -- a row of the query
) -> None:
    """Give a row of the book what only this item tells."""
    items = book.items
    values: dict[str, Any] = {}
    if items.return_trace[index] and not row.return_trace:
        values = {"return_trace": items.return_trace[index]}
        if row.evidence is None:
            values["item_key"] = book.completed_key(index)
        if items.original_trace[index]:
            values["original_trace"] = items.original_trace[index]
    if row.posting_ref is None and (ref := items.posting_ref[index].strip()[:_REF_WIDTH]):
        values["posting_ref"] = ref
    if values:
        ctx.session.execute(update(Return).where(Return.id == row.id).values(**values))
    if row.evidence is not None and not row.line:
        line, day = items.line[index], items.return_settled_on[index]
        take_over(ctx, row.id, report_id=report_id, line=line, returned_on=day)


@dataclass(slots=True)  # mutable -- it notes what was told again
class _Book:
    """The rows of the book that a report's items may be telling of again, by the entry's trace and by order."""

    items: Returns
    by_trace: dict[int, list[Any]]
    by_order: dict[int, list[Any]]
    used: set[int] = field(default_factory=set)
    _keys: list[bytes] = field(default_factory=list)

    @classmethod
    def about(cls, ctx: Context, originator_id: int, items: Returns) -> "_Book":
        by_trace: defaultdict[int, list[Any]] = defaultdict(list)
        by_order: defaultdict[int, list[Any]] = defaultdict(list)
        for row in _rows(ctx, originator_id, Return.original_trace, sorted(set(items.original_trace) - {0})):
            by_trace[row.original_trace].append(row)
        # Where a trace is missing on either side, our reference names the order.
        bare = [index for index, trace in enumerate(items.original_trace) if not trace]
        orders = sorted({order_key(items.identification[index]) or 0 for index in bare} - {0})
        for row in _rows(ctx, originator_id, Return.order_id, orders):
            by_order[row.order_id].append(row)
        traced = [index for index, trace in enumerate(items.original_trace) if trace and items.return_trace[index]]
        orders = sorted({order_key(items.identification[index]) or 0 for index in traced} - {0})
        for row in _rows(ctx, originator_id, Return.order_id, orders, untraced=True):
            by_order[row.order_id].append(row)
        return cls(items, by_trace, by_order)

    def same(self, index: int) -> Any:  # noqa: ANN401 -- a row of the query
        """Return the first row of the book that is the same return as an item, and was not told by this report yet."""
        items = self.items
        own, trace = items.return_trace[index], items.original_trace[index]
        code, cents, day = items.reason[index].strip(), items.amount_cents[index], items.return_settled_on[index]
        order_id = order_key(items.identification[index]) or 0 if self.by_order else 0
        for row in (*self.by_trace.get(trace, ()), *self.by_order.get(order_id, ())):
            if row.id in self.used or (row.code, row.amount_cents) != (code, cents):
                continue
            if trace and row.original_trace and trace != row.original_trace:
                continue
            if row.evidence is not None and not row.line:
                return row  # an entry comes back once: the bank's word by hand is the report's
            if own and row.return_trace:
                same = row.evidence is not None or row.item_key == self.completed_key(index)
                if own == row.return_trace and same:
                    return row
            elif (own or row.return_trace) and (day is None or row.returned_on in {None, day}):
                return row
        return None

    def completed_key(self, index: int) -> bytes:
        """Return the key of a row that this item completed: no item of a report has it by itself."""
        items = self.items
        self._keys = self._keys or item_keys(
            [list(column) for column in (items.klass, items.reason, items.original_trace, items.return_trace,
                                         items.amount_cents, [text.strip() for text in items.identification])],
        )  # fmt: skip
        return hashlib.sha256(b"completed|" + self._keys[index]).digest()


def _rows(
    ctx: Context,
    originator_id: int,
    column: Any,  # noqa: ANN401 -- a column of the table
    wanted: Sequence[int],
    *,
    untraced: bool = False,
) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(Return.id, Return.order_id, Return.code, Return.original_trace, Return.return_trace,
                   Return.amount_cents, Return.returned_on, Return.posting_ref, Return.item_key, Return.evidence,
                   Return.line)
            .where(
                among(ctx.session, column, wanted[start : start + AT_ONCE]),
                Return.originator_id == originator_id,
                ~TAKEN_BACK,
            )
            .order_by(Return.id)
        )  # fmt: skip
        found += ctx.session.execute(query.where(Return.original_trace == 0) if untraced else query).all()
    return found
