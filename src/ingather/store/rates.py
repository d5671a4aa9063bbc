"""The counts that return rates are made of: debits by batch, and what came back of them, over the rates' window.

Debits are counted by their batches, less what the bank took out; returns are found by the day they settled. Nothing
looks at every entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import repeat
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ingather.base.columns import Int64
from ingather.base.dates import NEW_YORK, first_instant
from ingather.domain.entries import EntryEnd
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.nacha.descriptions import MICRO_ENTRY
from ingather.rules.rates import DebitCounts, Level, RateTerms, ReturnCounts, ReturnRate, Slice, first_day, measure
from ingather.store.bulk import read_plain_columns
from ingather.store.days import days_of
from ingather.store.tables import Batch, Entry, File, Merchant, Originator, Return

# A settlement that is told of later than this after the date it was asked for is looked for by a person, not here.
_LATEST_SETTLEMENT = timedelta(days=30)
_AT_ONCE = 5_000
SETTLES_ON = func.coalesce(Batch.settled_on, Batch.effective_on)
"""The day on which a batch settled, or was to."""
# Batches of debits that brought money: prenotes move none, micro-entries are described as such, credits are no debits.
DEBITS: ColumnElement[bool] = and_(
    Batch.debit_cents > 0, Batch.credit_cents == 0, Batch.entry_description != MICRO_ENTRY, Batch.rejected.is_(False)
)
"""Which batches hold debits that rates count."""
_GROUPS = (Batch.file_id, Batch.company_identification, Batch.entry_class, Batch.merchant_id, SETTLES_ON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a day's rates are made of; ``unmatched`` returns of the window fit no debit of ours and count nowhere."""

    debits: DebitCounts
    returned: ReturnCounts
    unmatched: int


def read_rates(
    session: Session, originator_id: int, *, as_of: date, terms: RateTerms, by: Sequence[Slice] = tuple(Slice)
) -> tuple[ReturnRate, ...]:
    """Return the return rates of an originator on a day, slice by slice."""
    counted = read_counts(session, originator_id, as_of=as_of)
    return tuple(
        rate for each in by for rate in measure(counted.debits, counted.returned, on=as_of, by=each, terms=terms)
    )


def rates_of_returns(session: Session, originator_id: int, *, as_of: date, terms: RateTerms) -> tuple[ReturnRate, ...]:
    """Return the return rates of an originator on a day; none where nothing came back, since none is near a limit."""
    if session.execute(select(Return.id).where(*of_window(originator_id, as_of)).limit(1)).first() is None:
        return ()
    return read_rates(session, originator_id, as_of=as_of, terms=terms)


def rate_alarms(session: Session, as_of: date, terms: RateTerms) -> list[ReturnRate]:
    """Return the rates by a permitted denominator that are over their limit or near it, of every originator.

    The gravest first; each slice and rate once, by the denominator that makes it the graver.
    """
    found: dict[tuple[int, Slice, str, str], ReturnRate] = {}
    for originator_id in session.scalars(select(Originator.id).order_by(Originator.id)):
        for rate in rates_of_returns(session, originator_id, as_of=as_of, terms=terms):
            if rate.permitted and rate.level in {Level.WARNING, Level.OVER}:
                key = (originator_id, rate.by, rate.key, rate.rate)
                if key not in found or (found[key].level, rate.level) == (Level.WARNING, Level.OVER):
                    found[key] = rate
    return sorted(found.values(), key=lambda rate: rate.level is not Level.OVER)


def read_counts(session: Session, originator_id: int, *, as_of: date) -> Counted:
    """Return the counts of the window that ends on a day, in as few statements as there are things to count."""
    first = first_day(as_of)
    returned, unmatched = _returned(session, originator_id, as_of)
    debits = _debits(session, originator_id, File.effective_on.between(first - _LATEST_SETTLEMENT, as_of))
    # The second denominator asks for the whole files of what came back, and those may be older than the window.
    older = np.setdiff1d(returned.file, debits.file).tolist()
    parts = [
        _debits(session, originator_id, File.id.in_(older[start : start + _AT_ONCE]))
        for start in range(0, len(older), _AT_ONCE)
    ]
    return Counted(debits=_joined([debits, *parts]), returned=returned, unmatched=unmatched)


def merchant_names(session: Session, originator_id: int) -> dict[str, str]:
    """Return the clients' ids of an originator's merchants by their keys in digits, as slices name them."""
    rows = session.execute(select(Merchant.id, Merchant.external_id).where(Merchant.originator_id == originator_id))
    return {str(key): name for key, name in rows}


def _debits(session: Session, originator_id: int, of_files: ColumnElement[bool]) -> DebitCounts:
    at_the_bank = File.state.in_([str(state) for state in sorted(AT_THE_BANK)])
    file, company, sec, merchant, day, count = read_plain_columns(
        session,
        select(*_GROUPS, func.sum(Batch.entries))
        .join(File, File.id == Batch.file_id)
        .where(File.originator_id == originator_id, of_files, at_the_bank, DEBITS)
        .group_by(*_GROUPS),
    )
    taken_out = read_plain_columns(
        session,
        select(*_GROUPS, -func.count())
        .join(File, File.id == Batch.file_id)
        .join(Entry, Entry.batch_id == Batch.id)
        .where(
            File.originator_id == originator_id,
            of_files,
            File.state == str(FileState.ACCEPTED_WITH_REJECTS),
            DEBITS,
            Entry.ended == str(EntryEnd.REJECTED),
        )
        .group_by(*_GROUPS),
    )
    return DebitCounts(
        file=_numbers([*file, *taken_out[0]]),
        company=[*company, *taken_out[1]],
        sec=[*sec, *taken_out[2]],
        merchant=_numbers([*merchant, *taken_out[3]]),
        day=days_of([*day, *taken_out[4]]),
        count=_numbers([*count, *taken_out[5]]),
    )


def of_window(originator_id: int, last: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a return came back in the window that ends on a day."""
    first = first_day(last)
    begins, ends = (first_instant(day, at=time(0), zone=NEW_YORK) for day in (first, last + timedelta(days=1)))
    # Where the bank does not say when a return settled, the day it was told counts.
    told = and_(Return.returned_on.is_(None), Return.received_at >= begins, Return.received_at < ends)
    return Return.originator_id == originator_id, or_(Return.returned_on.between(first, last), told)


def _returned(session: Session, originator_id: int, last: date) -> tuple[ReturnCounts, int]:
    """Return what came back in the window, each entry once, and how many returns fit no entry.

    A return that moved no order counts where none of the same entry was applied: one of a debit taken back meanwhile,
    or undone by a dishonour.
    """
    in_window = of_window(originator_id, last)
    groups = (*_GROUPS, Return.returned_on, Return.code)
    applied = _returns(select(*groups, func.count())).where(*in_window, Return.applied)
    found = read_plain_columns(session, applied.group_by(*groups))
    other = aliased(Return)
    elsewhere = exists().where(other.entry_id == Return.entry_id, other.applied)
    moved_nothing = _returns(select(Return.entry_id, *groups))
    rows = session.execute(
        moved_nothing.where(*in_window, Return.applied.is_(False), ~elsewhere).order_by(Return.id.desc())
    )
    # Of several returns of one entry the first counts.
    once = {entry_id: (*group, 1) for entry_id, *group in rows}
    added = zip(*once.values(), strict=True) if once else repeat(())
    file, company, sec, merchant, day, returned, code, count = (
        [*column, *more] for column, more in zip(found, added, strict=False)
    )
    told_on = [value or last for value in returned]
    counts = ReturnCounts(
        file=_numbers(file),
        company=company,
        sec=sec,
        merchant=_numbers(merchant),
        day=days_of(day),
        returned=days_of(told_on),
        code=code,
        count=_numbers(count),
    )
    unmatched = session.execute(select(func.count()).where(*in_window, Return.batch_id.is_(None))).scalar_one()
    return counts, int(unmatched)


def _returns(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.select_from(Return).join(Batch, Batch.id == Return.batch_id).where(DEBITS)


def _joined(parts: Sequence[DebitCounts]) -> DebitCounts:
    return DebitCounts(
        file=np.concatenate([part.file for part in parts]),
        company=[name for part in parts for name in part.company],
        sec=[sec for part in parts for sec in part.sec],
        merchant=np.concatenate([part.merchant for part in parts]),
        day=np.concatenate([part.day for part in parts]),
        count=np.concatenate([part.count for part in parts]),
    )


def _numbers(values: Sequence[Any]) -> Int64:
    return np.fromiter(map(int, values), np.int64, count=len(values))
