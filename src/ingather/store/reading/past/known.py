"""Facts known at an instant, as columns, and the state of debits folded from them alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ingather.base.columns import Int64, Mask
from ingather.domain.entries import COLLECTING, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import EntryFacts, OrderFacts, outcomes
from ingather.domain.refusals import Unreadable
from ingather.rules.banks import load_profile
from ingather.rules.calendar import hold_until
from ingather.rules.watermark import covers
from ingather.store.among import AT_ONCE, among
from ingather.store.bulk import read_columns
from ingather.store.tables import BankProfileRow, Batch, Case, Entry, Fact, File, Order, Return, Route

NOT_YET = 1 << 62
"""A number of a fact that no fact has: everything that was loaded is looked at."""
_NEVER = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One fact: its number, what it is about, its banking date, who told it, and what it says."""

    seq: int
    subject: int
    kind: str
    on: date
    at: datetime
    actor: str
    detail: dict[str, Any]


def refuse_ahead(at: datetime, *, now: datetime) -> datetime:
    """Return an instant that is not ahead; raises ``Unreadable`` for one that is: nothing is known of it yet."""
    if at > now:
        fact = f"nothing is known of {at:%Y-%m-%d %H:%M %Z} yet: it lies ahead"
        raise Unreadable(fact, "Name an instant that has passed")
    return at


def facts_known(
    session: Session, scope: Scope, subjects: Collection[int], at: datetime, *, kinds: Collection[FactKind] = ()
) -> list[Told]:
    """Return the facts about subjects that were recorded at or before an instant, in the order they came."""
    keys = sorted(set(subjects))
    found: list[Told] = []
    for start in range(0, len(keys), AT_ONCE):
        statement = select(
            Fact.seq, Fact.subject_id, Fact.kind, Fact.on_date, Fact.recorded_at, Fact.actor, Fact.detail
        ).where(
            Fact.scope == scope, among(session, Fact.subject_id, keys[start : start + AT_ONCE]), Fact.recorded_at <= at
        )  # fmt: skip
        if kinds:
            statement = statement.where(Fact.kind.in_(sorted(kinds)))
        found += [
            Told(seq=row[0], subject=row[1], kind=row[2], on=row[3], at=row[4], actor=row[5], detail=row[6])
            for row in session.execute(statement)
        ]
    return sorted(found, key=lambda told: told.seq)


class FactColumns:
    """Facts of one scope as columns, asked for before a number: what is after it is not known yet."""

    __slots__ = ("_by_kind",)

    def __init__(self, facts: Sequence[Told]) -> None:
        """Take facts in the order they came."""
        self._by_kind: dict[str, tuple[Int64, Int64, list[Told]]] = {}
        for kind in {fact.kind for fact in facts}:
            mine = [fact for fact in facts if fact.kind == kind]
            subject = np.array([fact.subject for fact in mine], np.int64)
            self._by_kind[kind] = subject, np.array([fact.seq for fact in mine], np.int64), mine

    def told(self, kind: FactKind, subjects: Int64, *, before: int = NOT_YET) -> Mask:
        """Return which subjects a fact of this kind was told of."""
        subject, seq, _ = self._by_kind.get(kind, (np.zeros(0, np.int64), np.zeros(0, np.int64), []))
        return np.isin(subjects, subject[seq < before])

    def times(self, kind: FactKind, subjects: Int64, *, before: int = NOT_YET) -> Int64:
        """Return how often a fact of this kind was told of each subject."""
        subject, seq, _ = self._by_kind.get(kind, (np.zeros(0, np.int64), np.zeros(0, np.int64), []))
        keys, counts = np.unique(subject[seq < before], return_counts=True)
        found = np.zeros(len(subjects), np.int64)
        at = np.searchsorted(keys, subjects)
        inside = at < len(keys)
        inside[inside] = keys[at[inside]] == subjects[inside]
        found[inside] = counts[at[inside]]
        return found

    def of(self, kind: FactKind, *, before: int = NOT_YET) -> list[Told]:
        """Return the facts of one kind, in the order they came."""
        return [fact for fact in self._by_kind.get(kind, (None, None, []))[2] if fact.seq < before]

    def newest(self, kind: FactKind, *, before: int = NOT_YET) -> dict[int, Told]:
        """Return the newest fact of this kind of each subject."""
        return {fact.subject: fact for fact in self.of(kind, before=before)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """The entries of orders that were sealed at or before the instant, as columns."""

    id: Int64
    order_id: Int64
    kind: NDArray[np.str_]
    presentation: Int64
    original: Int64
    batch_id: Int64
    file_id: Int64
    feed_id: Int64
    route_id: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known of some orders at an instant; made by ``known_of``. ``order_id`` ascends."""

    session: Session
    at: datetime
    order_id: Int64
    entries: _Entries
    batches: dict[int, Batch]
    of_orders: FactColumns
    of_entries: FactColumns
    of_batches: FactColumns
    of_files: FactColumns
    of_feeds: FactColumns
    holding: tuple[tuple[int, int, int], ...]
    """The cases that hold releases: their order, the fact of their opening and of their closing."""

    def states(self, *, before: int = NOT_YET) -> NDArray[np.int8]:
        """Return the state of each order as codes into ``STATES``: the fold over the facts before a number."""
        entries, order_id = self.entries, self.order_id
        debits = np.isin(entries.kind, [str(kind) for kind in COLLECTING])
        debits &= self.of_files.told(FactKind.SEALED, entries.file_id, before=before)
        rows = np.flatnonzero(debits)
        entry, file, batch = entries.id[rows], entries.file_id[rows], entries.batch_id[rows]
        order = np.searchsorted(order_id, entries.order_id[rows])
        returned = self.of_entries.times(FactKind.RETURNED, entry, before=before)
        undone = self.of_entries.times(FactKind.UNDONE, entry, before=before)
        return outcomes(
            OrderFacts(
                canceled=self.of_orders.told(FactKind.CANCELED, order_id, before=before),
                given_up=self.of_orders.told(FactKind.GIVEN_UP, order_id, before=before),
            ),
            EntryFacts(
                order=order,
                presentation=entries.presentation[rows],
                voided=self.of_files.told(FactKind.VOIDED, file, before=before),
                rejected=self._rejected(rows, before=before),
                transmitted=self.of_files.told(FactKind.TRANSMITTED, file, before=before),
                settled=self.of_batches.told(FactKind.SETTLED, batch, before=before),
                released=self._complete(rows, before=before) & ~self._held_back(order_id[order], before=before),
                returned=returned > 0,
                undone=(undone > 0) & (undone >= returned),
                reversed=self._reversed(entry, before=before),
            ),
        )

    def presentations(self) -> Int64:
        """Return how often each order was presented: the newest debit that was neither voided nor rejected."""
        rows = np.flatnonzero(self.standing() & np.isin(self.entries.kind, [str(kind) for kind in COLLECTING]))
        found = np.zeros(len(self.order_id), np.int64)
        order = np.searchsorted(self.order_id, self.entries.order_id[rows])
        np.maximum.at(found, order, self.entries.presentation[rows])
        return found

    def standing(self) -> Mask:
        """Return which entries were neither voided nor rejected."""
        rows = np.arange(len(self.entries.id))
        return ~(self.of_files.told(FactKind.VOIDED, self.entries.file_id) | self._rejected(rows, before=NOT_YET))

    def settlement(self, batch_id: int, *, before: int = NOT_YET) -> tuple[date, date, str] | None:
        """Return when a batch settled, until when it was on hold, and how that was known; None where it was not."""
        fact = self._settled(before).get(batch_id)
        if fact is None:
            return None
        batch = self.batches[batch_id]
        held = batch.hold_until if batch.settled_on == fact.on else None
        return fact.on, held or self._hold(batch, fact.on), fact.detail.get("basis", "")

    def _settled(self, before: int) -> dict[int, Told]:
        return self.of_batches.newest(FactKind.SETTLED, before=before)

    def _hold(self, batch: Batch, settled_on: date) -> date:
        """Return the end of the hold of a settlement that was told otherwise later."""
        toml = self.session.execute(
            select(BankProfileRow.toml)
            .join(Route, Route.bank_profile_id == BankProfileRow.id)
            .join(File, File.route_id == Route.id)
            .where(File.id == batch.file_id)
        ).scalar_one()
        return hold_until(settled_on, buffer_days=load_profile(toml).hold_buffer_days)

    def _rejected(self, rows: Int64, *, before: int) -> Mask:
        entries = self.entries
        return (
            self.of_files.told(FactKind.REJECTED, entries.file_id[rows], before=before)
            | self.of_batches.told(FactKind.REJECTED, entries.batch_id[rows], before=before)
            | self.of_entries.told(FactKind.REJECTED, entries.id[rows], before=before)
        )

    def _complete(self, rows: Int64, *, before: int) -> Mask:
        """Return which entries' windows, from settlement to the end of the hold, the reports known then covered."""
        through: dict[int, date] = {}
        for fact in self.of_feeds.of(FactKind.WATERMARK, before=before):
            through[fact.subject] = max(through.get(fact.subject, date.min), fact.on)
        covered: dict[int, set[date]] = {}
        for fact in self.of_feeds.of(FactKind.COVERED, before=before):
            covered.setdefault(fact.subject, set()).add(fact.on)
        settled = self._settled(before)
        told: dict[tuple[int, int], bool] = {}
        found = np.zeros(len(rows), np.bool_)
        batches, feeds = self.entries.batch_id[rows].tolist(), self.entries.feed_id[rows].tolist()
        for index, key in enumerate(zip(batches, feeds, strict=True)):
            if key not in told:
                window = self.settlement(key[0], before=before) if key[0] in settled else None
                mark = through.get(key[1], date.min)
                told[key] = window is not None and (
                    window[1] <= mark
                    or covers(window[0], window[1], through=mark, covered=frozenset(covered.get(key[1], ())))
                )
            found[index] = told[key]
        return found

    def _held_back(self, order_ids: Int64, *, before: int) -> Mask:
        held = [order for order, opened, closed in self.holding if opened < before <= closed]
        return np.isin(order_ids, np.array(held, np.int64))

    def _reversed(self, entry: Int64, *, before: int) -> Mask:
        """Return which entries were taken back: a reversal settled, was past its own hold and watermark, and stood."""
        entries = self.entries
        rows = np.flatnonzero(entries.kind == str(EntryKind.REVERSAL))
        stands = self.of_batches.told(FactKind.SETTLED, entries.batch_id[rows], before=before)
        stands &= self._complete(rows, before=before)
        stands &= ~self.of_entries.told(FactKind.RETURNED, entries.id[rows], before=before)
        stands &= ~self.of_files.told(FactKind.VOIDED, entries.file_id[rows], before=before)
        stands &= ~self._rejected(rows, before=before)
        return np.isin(entry, entries.original[rows][stands])


def known_of(session: Session, order_ids: Sequence[int], at: datetime) -> Known:
    """Return what was known of orders at an instant; those recorded later are left out."""
    keys = sorted(set(order_ids))
    known: list[int] = []
    entries: list[tuple[Any, ...]] = []
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        known += session.scalars(
            select(Order.id).where(among(session, Order.id, part), Order.created_at <= at).order_by(Order.id)
        )
        entries += session.execute(
            select(
                Entry.id, Entry.order_id, Entry.kind, Entry.presentation, Entry.original_entry_id, Entry.batch_id,
                Entry.file_id, Route.feed_id, Route.id,
            )
            .join(File, File.id == Entry.file_id)
            .join(Route, Route.id == File.route_id)
            .where(among(session, Entry.order_id, part), File.sealed_at <= at)
        ).all()  # fmt: skip
    columns = list(zip(*sorted(entries), strict=True)) if entries else [()] * 9
    integers = [np.array([value or 0 for value in columns[at_]], np.int64) for at_ in (0, 1, 3, 4, 5, 6, 7, 8)]
    made = _Entries(
        id=integers[0], order_id=integers[1], kind=np.array(columns[2], np.str_), presentation=integers[2],
        original=integers[3], batch_id=integers[4], file_id=integers[5], feed_id=integers[6], route_id=integers[7],
    )  # fmt: skip
    batches = set(made.batch_id.tolist())
    of = {
        scope: FactColumns(facts_known(session, scope, subjects, at))
        for scope, subjects in (
            (Scope.ORDER, known),
            (Scope.ENTRY, made.id.tolist()),
            (Scope.BATCH, batches),
            (Scope.FILE, set(made.file_id.tolist())),
        )
    }
    feeds = facts_known(
        session, Scope.FEED, set(made.feed_id.tolist()), at, kinds=(FactKind.WATERMARK, FactKind.COVERED)
    )
    return Known(
        session=session,
        at=at,
        order_id=np.array(known, np.int64),
        entries=made,
        batches=_batches(session, batches),
        of_orders=of[Scope.ORDER],
        of_entries=of[Scope.ENTRY],
        of_batches=of[Scope.BATCH],
        of_files=of[Scope.FILE],
        of_feeds=FactColumns(feeds),
        holding=_holding(session, known, at),
    )


def _batches(session: Session, keys: Collection[int]) -> dict[int, Batch]:
    listed = sorted(keys)
    found: dict[int, Batch] = {}
    for start in range(0, len(listed), AT_ONCE):
        rows = session.scalars(select(Batch).where(among(session, Batch.id, listed[start : start + AT_ONCE])))
        found |= {row.id: row for row in rows}
    return found


def _holding(session: Session, order_ids: Sequence[int], at: datetime) -> tuple[tuple[int, int, int], ...]:
    """Return the cases about orders that hold releases, with the numbers of the facts that opened and closed them."""
    cases: dict[int, int] = {}
    for start in range(0, len(order_ids), AT_ONCE):
        keys, orders = read_columns(
            session,
            select(Case.id, Case.order_id).where(
                and_(among(session, Case.order_id, order_ids[start : start + AT_ONCE]), Case.holds_release)
            ),
        )
        cases |= dict(zip(keys, orders, strict=True))
    facts = FactColumns(facts_known(session, Scope.CASE, cases, at, kinds=(FactKind.OPENED, FactKind.CLOSED)))
    opened, closed = facts.newest(FactKind.OPENED), facts.newest(FactKind.CLOSED)
    return tuple(
        (order_id, opened[key].seq, closed[key].seq if key in closed else NOT_YET)
        for key, order_id in cases.items()
        if key in opened
    )


def returns_known(session: Session, order_ids: Sequence[int], at: datetime) -> list[Return]:
    """Return the returns of orders that had come in, in the order they came."""
    found: list[Return] = []
    for start in range(0, len(order_ids), AT_ONCE):
        part = order_ids[start : start + AT_ONCE]
        found += session.scalars(
            select(Return).where(among(session, Return.order_id, part), Return.received_at <= at).order_by(Return.id)
        )
    return found
