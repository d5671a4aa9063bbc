"""Finding the entry that a bank's item is about: in stages, and only ever when it is unique.

The reference (columns 40 to 54) names the order; trace and amount tell which of its presentations. Without a
reference, trace, amount and company identification must point at one entry among the files of the last 75 days. What
the stages ask is in ``rules/match_rules.csv``. Prenotes and micro-entries have references of their own, which name the
check they belong to; what follows a debit has the reference of its order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from ingather.actions.context import Context
from ingather.actions.intake import AnyRow
from ingather.actions.matches.comparing import Candidate, Chosen, Told, choose_entry
from ingather.actions.matches.naming import named_elsewhere
from ingather.base.ids import KEY_WIDTH, decode_key
from ingather.domain.entries import EntryEnd
from ingather.rules.matching import stages
from ingather.store.among import AT_ONCE, among
from ingather.store.bulk import read_plain_columns
from ingather.store.tables import AccountCheck, AccountCheckEntry, Batch, Entry, File, FollowUp
from ingather.store.tables.files import STANDING_DEBIT

_TRACE_DAYS = 75
_AT_ONCE = 5_000
BY_REFERENCE = "reference+trace+amount"
BY_TRACE = "trace+amount+company+date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The items to match, as columns: our reference as it came back, trace, amount and company identification.

    What a carrier may tell besides, or instead: the effective date and number of our batch, and its own id of the item.
    """

    reference: Sequence[str]
    trace: Sequence[int]
    amount_cents: Sequence[int | None]
    company_identification: Sequence[str]
    effective_on: Sequence[date | None] = ()
    batch_number: Sequence[int] = ()
    bank_item: Sequence[str] = ()


class Match(NamedTuple):
    """An entry with what is needed to act on it, the rule that found it, how sure that is, and what shows it.

    A tuple, since there are as many as items. ``evidence`` is JSON text.
    """

    entry_id: int
    order_id: int
    batch_id: int
    merchant_id: int
    file_id: int
    ended: str | None
    presentation: int
    amount_cents: int
    rule: str
    score: int
    evidence: str = '{"agreed":[]}'


def match_entries(ctx: Context, originator_id: int, wanted: Wanted) -> list[Match | None]:
    """Return the entry of each item, None where none or more than one fits; amounts of None match any."""
    told = _told(ctx, originator_id, wanted)
    among = stages(ctx.today)
    by_order = _standing_by_order(ctx, sorted({each.order_id for each in told if each.order_id is not None}))
    found: list[Match | None] = []
    rest: list[int] = []
    for index, each in enumerate(told):
        named = by_order.get(each.order_id or 0)
        chosen = choose_entry(each, named, among) if named else None
        found.append(_as_match(chosen) if chosen is not None else None)
        if chosen is None:
            rest.append(index)
    by_trace = _recent_by_trace(ctx, originator_id, sorted({told[index].trace for index in rest if told[index].trace}))
    for index in rest:
        candidates = {row.entry_id: row for row in by_order.get(told[index].order_id or 0, ())}
        candidates |= {row.entry_id: row for row in by_trace.get(told[index].trace, ())}
        chosen = choose_entry(told[index], list(candidates.values()), among)
        found[index] = _as_match(chosen) if chosen is not None else None
    return found


def _told(ctx: Context, originator_id: int, wanted: Wanted) -> list[Told]:
    """Return the items one by one; what names no entry itself is asked of the bank's other reports by its own id."""
    count = len(wanted.reference)
    told = [
        Told(order_key(reference), trace, cents, company.strip(), effective_on, number)
        for reference, trace, cents, company, effective_on, number in zip(
            wanted.reference,
            wanted.trace,
            wanted.amount_cents,
            wanted.company_identification,
            wanted.effective_on or repeat(None, count),
            wanted.batch_number or repeat(0, count),
            strict=True,
        )
    ]
    nameless = {
        index: item
        for index, item in enumerate(wanted.bank_item)
        if item and told[index].order_id is None and not told[index].trace
    }
    named = named_elsewhere(ctx, originator_id, sorted(set(nameless.values())))
    for index, item in nameless.items():
        if item in named:
            reference, trace = named[item]
            told[index] = told[index]._replace(order_id=order_key(reference), trace=trace, named_by=True)
    return told


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
    keys = [order_key(reference) for reference in wanted.reference]
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
    return order_key(text[:KEY_WIDTH]) if len(text) == KEY_WIDTH + 1 else None


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


def order_key(reference: str) -> int | None:
    """Return the key of the order that a reference, columns 40 to 54, names by its form; None where it names none."""
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


def _standing_by_order(ctx: Context, order_ids: list[int]) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    for start in range(0, len(order_ids), AT_ONCE):
        part = order_ids[start : start + AT_ONCE]
        for row in _candidates(ctx, among(ctx.session, Entry.order_id, part)):
            found.setdefault(row.order_id, []).append(row)
    return found


def _recent_by_trace(ctx: Context, originator_id: int, traces: list[int]) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    if not traces:
        return found
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = ctx.session.scalars(
        select(File.id).where(File.originator_id == originator_id, File.effective_on >= since)
    ).all()
    for start in range(0, len(traces), AT_ONCE):
        part = traces[start : start + AT_ONCE]
        for row in _candidates(ctx, Entry.file_id.in_(recent), among(ctx.session, Entry.trace, part)):
            found.setdefault(row.trace, []).append(row)
    return found


def _candidates(ctx: Context, *conditions: ColumnElement[bool]) -> Iterator[Candidate]:
    """Yield the debits that reached the bank, or may have; many at once, and as the driver gives them."""
    columns = read_plain_columns(
        ctx.session,
        select(
            Entry.id, Entry.order_id, Entry.batch_id, Batch.merchant_id, Entry.file_id, Entry.ended,
            Entry.presentation, Entry.amount_cents, Entry.trace, Batch.company_identification, Batch.effective_on,
            Batch.number,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .where(*conditions, STANDING_DEBIT)
        .order_by(Entry.id),
    )  # fmt: skip
    # Dates are ISO text from the one driver and dates from the other.
    columns[10] = tuple(map(str, columns[10]))
    return map(Candidate._make, zip(*columns, strict=True))


def _as_match(chosen: Chosen) -> Match:
    return Match(*chosen.candidate[:8], chosen.rule, chosen.score, chosen.evidence)
