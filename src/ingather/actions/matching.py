"""Finding the entry that a bank's item is about: by our own reference first, and only ever when it is unique.

The reference (columns 40 to 54) names the order; trace and amount tell which of its presentations. Without a
reference, trace, amount and company identification must point at one entry among the files of the last 75 days.
Prenotes and micro-entries have references of their own, which name the check they belong to; what follows a debit has
the reference of its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from ingather.actions.context import Context
from ingather.actions.intake import AnyRow
from ingather.base.ids import KEY_WIDTH, decode_key
from ingather.domain.entries import EntryEnd
from ingather.store.tables import AccountCheck, AccountCheckEntry, Batch, Entry, File, FollowUp
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMatch:
    """An entry that validates an account, with what is needed to act on it, and the rule that found it."""

    entry_id: int
    check_id: int
    account_id: int
    batch_id: int
    file_id: int
    kind: str
    ended: str | None
    amount_cents: int
    rule: str


_CHECK_COLUMNS = (
    Entry.id,
    AccountCheckEntry.check_id,
    AccountCheck.account_id,
    Entry.batch_id,
    Entry.file_id,
    Entry.kind,
    Entry.ended,
    Entry.amount_cents,
    Entry.trace,
    Batch.company_identification,
)


def match_checks(ctx: Context, originator_id: int, wanted: Wanted) -> list[CheckMatch | None]:
    """Return the entry of an account's check that each item is about, None where none or more than one fits.

    Their references are a check's key and a letter. Without a reference, trace, amount and company identification
    decide, as for debits.
    """
    keys = [_check_key(reference) for reference in wanted.reference]
    blank = [index for index, reference in enumerate(wanted.reference) if not reference.strip()]
    found: list[CheckMatch | None] = [None] * len(keys)
    by_check = _entries_by_check(ctx, sorted({key for key in keys if key is not None}))
    by_trace = _checks_by_trace(ctx, originator_id, sorted({wanted.trace[index] for index in blank}))
    for index, key in enumerate(keys):
        if key is not None:
            fitting, rule = [row for row in by_check.get(key, ()) if _fits(row, wanted, index)], BY_REFERENCE
        else:
            rule = BY_TRACE
            fitting = [
                row
                for row in (by_trace.get(wanted.trace[index], ()) if index in blank else ())
                if _fits(row, wanted, index) and row.company_identification == wanted.company_identification[index]
            ]
        if len(fitting) == 1:
            found[index] = _as_check(fitting[0], rule)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpMatch:
    """An entry that follows a debit, with what is needed to act on it, and the rule that found it.

    ``state`` is the follow-up's before the item.
    """

    entry_id: int
    follow_up_id: int
    order_id: int
    batch_id: int
    merchant_id: int
    file_id: int
    kind: str
    state: str
    of_collected: bool
    ended: str | None
    amount_cents: int
    rule: str


def match_follow_ups(ctx: Context, originator_id: int, wanted: Wanted) -> list[FollowUpMatch | None]:
    """Return the reversal, refund or fee that each item is about, None where none or more than one fits.

    They bear the reference of their order, as its debits do: trace and amount tell them apart. Without a reference,
    trace, amount and company identification decide, as for debits.
    """
    keys = [_order_key(reference) for reference in wanted.reference]
    found: list[FollowUpMatch | None] = [None] * len(keys)
    if ctx.session.execute(select(FollowUp.id).where(FollowUp.originator_id == originator_id).limit(1)).first() is None:
        return found
    by_order: dict[int, list[AnyRow]] = {}
    order_ids = sorted({key for key in keys if key is not None})
    for start in range(0, len(order_ids), _AT_ONCE):
        statement = _follow_ups().where(FollowUp.order_id.in_(order_ids[start : start + _AT_ONCE]))
        for row in ctx.session.execute(statement):
            by_order.setdefault(row.order_id, []).append(row)
    by_trace = _follow_ups_by_trace(ctx, originator_id, wanted, keys)
    for index, key in enumerate(keys):
        if key is not None:
            rows, rule = by_order.get(key, []), BY_REFERENCE
        else:
            company, rule = wanted.company_identification[index], BY_TRACE
            rows = [row for row in by_trace.get(wanted.trace[index], ()) if row.company_identification == company]
        fitting = [row for row in rows if _fits(row, wanted, index)]
        if len(fitting) == 1:
            found[index] = _as_follow_up(fitting[0], rule)
    return found


def _follow_ups() -> Select[*tuple[Any, ...]]:
    """Return the question for entries that follow debits and reached the bank, or may have."""
    return (
        select(
            Entry.id, FollowUp.id.label("follow_up_id"), FollowUp.order_id, FollowUp.kind, FollowUp.state,
            FollowUp.of_collected, Entry.batch_id, Batch.merchant_id, Entry.file_id, Entry.ended, Entry.amount_cents,
            Entry.trace, Batch.company_identification,
        )
        .join(FollowUp, FollowUp.entry_id == Entry.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED))
    )  # fmt: skip


def _follow_ups_by_trace(
    ctx: Context, originator_id: int, wanted: Wanted, keys: Sequence[int | None]
) -> dict[int, list[AnyRow]]:
    """Return recent follow-ups by the traces of the items that name no order of ours."""
    found: dict[int, list[AnyRow]] = {}
    traces = sorted({trace for trace, key in zip(wanted.trace, keys, strict=True) if key is None})
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(File.originator_id == originator_id, File.effective_on >= since)
    for start in range(0, len(traces), _AT_ONCE):
        statement = _follow_ups().where(Entry.file_id.in_(recent), Entry.trace.in_(traces[start : start + _AT_ONCE]))
        for row in ctx.session.execute(statement):
            found.setdefault(row.trace, []).append(row)
    return found


def _as_follow_up(row: AnyRow, rule: str) -> FollowUpMatch:
    return FollowUpMatch(
        entry_id=row.id,
        follow_up_id=row.follow_up_id,
        order_id=row.order_id,
        batch_id=row.batch_id,
        merchant_id=row.merchant_id,
        file_id=row.file_id,
        kind=row.kind,
        state=row.state,
        of_collected=bool(row.of_collected),
        ended=row.ended,
        amount_cents=row.amount_cents,
        rule=rule,
    )


def _check_key(reference: str) -> int | None:
    text = reference.strip()
    return _order_key(text[:KEY_WIDTH]) if len(text) == KEY_WIDTH + 1 else None


def _entries_by_check(ctx: Context, check_ids: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for start in range(0, len(check_ids), _AT_ONCE):
        statement = _checks().where(AccountCheckEntry.check_id.in_(check_ids[start : start + _AT_ONCE]))
        for row in ctx.session.execute(statement):
            found.setdefault(row.check_id, []).append(row)
    return found


def _checks_by_trace(ctx: Context, originator_id: int, traces: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(File.originator_id == originator_id, File.effective_on >= since)
    for start in range(0, len(traces), _AT_ONCE):
        statement = _checks().where(Entry.file_id.in_(recent), Entry.trace.in_(traces[start : start + _AT_ONCE]))
        for row in ctx.session.execute(statement):
            found.setdefault(row.trace, []).append(row)
    return found


def _checks() -> Select[*tuple[Any, ...]]:
    """Return the question for entries of checks that reached the bank, or may have."""
    return (
        select(*_CHECK_COLUMNS)
        .join(AccountCheckEntry, AccountCheckEntry.entry_id == Entry.id)
        .join(AccountCheck, AccountCheck.id == AccountCheckEntry.check_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED))
    )


def _as_check(row: AnyRow, rule: str) -> CheckMatch:
    return CheckMatch(
        entry_id=row.id,
        check_id=row.check_id,
        account_id=row.account_id,
        batch_id=row.batch_id,
        file_id=row.file_id,
        kind=row.kind,
        ended=row.ended,
        amount_cents=row.amount_cents,
        rule=rule,
    )


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
