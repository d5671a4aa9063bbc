"""Finding the entry that a bank's item is about: by our own reference first, and only ever when it is unique.

The reference (columns 40 to 54) names the order; trace and amount tell which of its presentations. Without a
reference, trace, amount and company identification must point at one entry among the files of the last 75 days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.intake import AnyRow
from ingather.base.ids import KEY_WIDTH, decode_key
from ingather.store.tables import Batch, Entry, File
from ingather.store.tables.files import STANDING_DEBIT

_TRACE_DAYS = 75
_AT_ONCE = 2_000
BY_REFERENCE = "reference+trace+amount"
BY_TRACE = "trace+amount+company+date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The items to match, as columns: our reference as it came back, trace, amount and company identification."""

    reference: Sequence[str]
    trace: Sequence[int]
    amount_cents: Sequence[int | None]
    company_identification: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An entry with what is needed to act on it, and the rule that found it."""

    entry_id: int
    order_id: int
    batch_id: int
    merchant_id: int
    file_id: int
    ended: str | None
    presentation: int
    amount_cents: int
    rule: str


_COLUMNS = (
    Entry.id,
    Entry.order_id,
    Entry.batch_id,
    Batch.merchant_id,
    Entry.file_id,
    Entry.ended,
    Entry.presentation,
    Entry.amount_cents,
    Entry.trace,
    Batch.company_identification,
)


def match_entries(ctx: Context, originator_id: int, wanted: Wanted) -> list[Match | None]:
    """Return the entry of each item, None where none or more than one fits; amounts of None match any."""
    keys = [_order_key(reference) for reference in wanted.reference]
    by_order = _standing_by_order(ctx, sorted({key for key in keys if key is not None}))
    found: list[Match | None] = []
    rest: list[int] = []
    for index, key in enumerate(keys):
        fitting = [row for row in by_order.get(key or 0, ()) if _fits(row, wanted, index)]
        found.append(_as_match(fitting[0], BY_REFERENCE) if len(fitting) == 1 else None)
        if not fitting:
            rest.append(index)
    by_trace = _recent_by_trace(ctx, originator_id, sorted({wanted.trace[index] for index in rest}))
    for index in rest:
        fitting = [
            row
            for row in by_trace.get(wanted.trace[index], ())
            if _fits(row, wanted, index) and row.company_identification == wanted.company_identification[index]
        ]
        # A reference that names another order contradicts the trace: that is for a person.
        if len(fitting) == 1 and keys[index] in {None, fitting[0].order_id}:
            found[index] = _as_match(fitting[0], BY_TRACE)
    return found


def _order_key(reference: str) -> int | None:
    text = reference.strip()
    if len(text) != KEY_WIDTH:
        return None
    try:
        return decode_key(text)
    except ValueError:
        return None


def _fits(row: AnyRow, wanted: Wanted, index: int) -> bool:
    amount = wanted.amount_cents[index]
    return row.trace == wanted.trace[index] and (amount is None or row.amount_cents == amount)


def _standing_by_order(ctx: Context, order_ids: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for start in range(0, len(order_ids), _AT_ONCE):
        statement = (
            select(*_COLUMNS)
            .join(Batch, Batch.id == Entry.batch_id)
            .where(Entry.order_id.in_(order_ids[start : start + _AT_ONCE]), STANDING_DEBIT)
        )
        for row in ctx.session.execute(statement):
            found.setdefault(row.order_id, []).append(row)
    return found


def _recent_by_trace(ctx: Context, originator_id: int, traces: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    if not traces:
        return found
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(File.originator_id == originator_id, File.effective_on >= since)
    for start in range(0, len(traces), _AT_ONCE):
        statement = (
            select(*_COLUMNS)
            .join(Batch, Batch.id == Entry.batch_id)
            .where(Entry.file_id.in_(recent), Entry.trace.in_(traces[start : start + _AT_ONCE]), STANDING_DEBIT)
        )
        for row in ctx.session.execute(statement):
            found.setdefault(row.trace, []).append(row)
    return found


def _as_match(row: AnyRow, rule: str) -> Match:
    return Match(
        entry_id=row.id,
        order_id=row.order_id,
        batch_id=row.batch_id,
        merchant_id=row.merchant_id,
        file_id=row.file_id,
        ended=row.ended,
        presentation=row.presentation,
        amount_cents=row.amount_cents,
        rule=rule,
    )
