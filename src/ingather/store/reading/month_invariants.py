"""The invariants of what lies in parts by month on PostgreSQL, each a question of how often it is broken: 0, always.

On SQLite the uniques are the tables' own, and these questions have nothing to ask.
"""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import COUNTER_BITS, EPOCH_MS, NODE_BITS
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.store.engine import is_postgresql
from ingather.store.reading.breaches import Question, breaches
from ingather.store.reading.breaches import Statement as Rows
from ingather.store.tables import Entry, Fact, FactOnce, File, StandingDebit, StandingFollowUp

_TICKS = 1000 << (NODE_BITS + COUNTER_BITS)
"""How many keys there are in a second."""
_STANDS = or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED)


@breaches
def _debits() -> Rows:
    stand = (
        select(Entry.id, Entry.order_id, Entry.presentation, Entry.ended.is_(None).label("live"))
        .where(Entry.order_id.is_not(None), Entry.presentation.is_not(None), _STANDS)
        .subquery()
    )
    same = and_(
        StandingDebit.entry_id == stand.c.id,
        StandingDebit.order_id == stand.c.order_id,
        StandingDebit.presentation == stand.c.presentation,
        StandingDebit.live == stand.c.live,
    )
    joined = stand.outerjoin(StandingDebit, same, full=True)
    return select(stand.c.id).select_from(joined).where(or_(stand.c.id.is_(None), StandingDebit.entry_id.is_(None)))


@breaches
def _follow_ups() -> Rows:
    live = and_(Entry.kind == EntryKind.REVERSAL, Entry.ended.is_(None))
    stand = (
        select(Entry.id, Entry.original_entry_id, Entry.kind)
        .where(Entry.original_entry_id.is_not(None), or_(live, and_(Entry.kind == EntryKind.RETURN_FEE, _STANDS)))
        .subquery()
    )
    same = and_(
        StandingFollowUp.entry_id == stand.c.id,
        StandingFollowUp.original_entry_id == stand.c.original_entry_id,
        StandingFollowUp.kind == stand.c.kind,
    )
    joined = stand.outerjoin(StandingFollowUp, same, full=True)
    return select(stand.c.id).select_from(joined).where(or_(stand.c.id.is_(None), StandingFollowUp.entry_id.is_(None)))


@breaches
def _facts() -> Rows:
    same = and_(
        FactOnce.scope == Fact.scope,
        FactOnce.subject_id == Fact.subject_id,
        FactOnce.kind == Fact.kind,
        FactOnce.once == Fact.once,
    )
    joined = select(Fact.seq).select_from(Fact).join(FactOnce, same, full=True)
    return joined.where(or_(Fact.seq.is_(None), FactOnce.subject_id.is_(None)))


@breaches
def _sequence() -> Rows:
    return select(Fact.seq).group_by(Fact.seq).having(func.count() > 1)


@breaches
def _traces() -> Rows:
    # Within a part the unique keeps them apart: only a file whose entries have a border of months in them is looked at.
    seconds = ((each // _TICKS) + EPOCH_MS // 1000 for each in (File.first_entry_id, File.last_entry_id))
    first, last = (func.date_trunc("month", func.to_timestamp(each), "UTC") for each in seconds)
    astride = select(File.id).where(first != last)
    return (
        select(Entry.file_id)
        .where(Entry.file_id.in_(astride))
        .group_by(Entry.file_id, Entry.trace)
        .having(func.count() > 1)
    )


def _what_stands(session: Session) -> int:
    return _debits(session) + _follow_ups(session) + _traces(session) if is_postgresql(session) else 0


def _told_once(session: Session) -> int:
    return _facts(session) + _sequence(session) if is_postgresql(session) else 0


MONTH_INVARIANTS: dict[str, Question] = {
    "what_stands_is_what_the_entries_say": _what_stands,
    "facts_are_told_once_in_all_months": _told_once,
}
"""Every such invariant by its name."""
