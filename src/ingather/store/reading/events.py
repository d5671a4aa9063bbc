"""The facts of the books as the columns that the fold wants, gathered from the facts alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.columns import Int64, Mask
from ingather.domain.cases import CaseState
from ingather.domain.entries import COLLECTING, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import EntryFacts, OrderFacts
from ingather.rules.watermark import covers
from ingather.store.bulk import read_columns
from ingather.store.coverage import covered_days
from ingather.store.tables import Batch, Case, Entry, Fact, File, Order, Route

_NEVER = np.datetime64("9999-12-31")
_TELLING = select(Fact.kind, Fact.scope, Fact.subject_id).where(
    Fact.kind.in_(
        [
            FactKind.CANCELED, FactKind.GIVEN_UP, FactKind.VOIDED, FactKind.REJECTED, FactKind.TRANSMITTED,
            FactKind.SETTLED, FactKind.RETURNED,
        ]
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The orders' ids and stored states, and the facts about them and their debit entries."""

    order_id: Int64
    stored: tuple[str, ...]
    orders: OrderFacts
    entries: EntryFacts


def gather(session: Session, originator_id: int) -> Gathered:
    """Return every order's facts; scopes are followed from entry to batch, file and feed, and never copied."""
    ids, states = read_columns(
        session,
        select(Order.id, Order.state).where(Order.originator_id == originator_id).order_by(Order.id),
    )
    order_id = np.array(ids, np.int64)
    entry_id, owner, presentation, batch_id, file_id, feed_id, settled_on, hold_until = read_columns(
        session,
        select(
            Entry.id, Entry.order_id, Entry.presentation, Entry.batch_id, Entry.file_id, Route.feed_id,
            Batch.settled_on, Batch.hold_until,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Route, Route.id == File.route_id)
        .where(Entry.originator_id == originator_id, Entry.kind.in_(COLLECTING))
        .order_by(Entry.id),
    )  # fmt: skip
    entry, batch, file = (np.array(column, np.int64) for column in (entry_id, batch_id, file_id))
    told = _Told(session)
    rejected = (
        told.of(FactKind.REJECTED, Scope.FILE, file)
        | told.of(FactKind.REJECTED, Scope.BATCH, batch)
        | told.of(FactKind.REJECTED, Scope.ENTRY, entry)
    )
    order = np.searchsorted(order_id, np.array(owner, np.int64))
    return Gathered(
        order_id=order_id,
        stored=tuple(states),
        orders=OrderFacts(
            canceled=told.of(FactKind.CANCELED, Scope.ORDER, order_id),
            given_up=told.of(FactKind.GIVEN_UP, Scope.ORDER, order_id),
        ),
        entries=EntryFacts(
            order=order,
            presentation=np.array(presentation, np.int64),
            voided=told.of(FactKind.VOIDED, Scope.FILE, file),
            rejected=rejected,
            transmitted=told.of(FactKind.TRANSMITTED, Scope.FILE, file),
            settled=told.of(FactKind.SETTLED, Scope.BATCH, batch),
            released=_complete(session, feed_id, settled_on, hold_until)
            & ~_held(session, originator_id, order_id[order]),
            returned=told.of(FactKind.RETURNED, Scope.ENTRY, entry),
            undone=_undone(session, entry),
            reversed=_reversed(session, originator_id, entry, told),
        ),
    )


def _undone(session: Session, entries: Int64) -> Mask:
    """Return which entries' returns were all undone by dishonours; an entry may come back again after one was."""
    times = {FactKind.RETURNED: np.zeros(len(entries), np.int64), FactKind.UNDONE: np.zeros(len(entries), np.int64)}
    place = {key: index for index, key in enumerate(entries.tolist())}
    rows = session.execute(select(Fact.kind, Fact.subject_id).where(Fact.kind.in_([*times]), Fact.scope == Scope.ENTRY))
    for kind, subject in rows:
        if subject in place:
            times[FactKind(kind)][place[subject]] += 1
    undone: Mask = (times[FactKind.UNDONE] > 0) & (times[FactKind.UNDONE] >= times[FactKind.RETURNED])
    return undone


def _reversed(session: Session, originator_id: int, entries: Int64, told: "_Told") -> Mask:
    """Return which entries were taken back: a reversal settled, is past its own hold and watermark, and stands."""
    entry_id, original, batch_id, file_id, feed_id, settled_on, hold_until = read_columns(
        session,
        select(
            Entry.id, Entry.original_entry_id, Entry.batch_id, Entry.file_id, Route.feed_id,
            Batch.settled_on, Batch.hold_until,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Route, Route.id == File.route_id)
        .where(Entry.originator_id == originator_id, Entry.kind == EntryKind.REVERSAL)
        .order_by(Entry.id),
    )  # fmt: skip
    entry, batch, file = (np.array(column, np.int64) for column in (entry_id, batch_id, file_id))
    stands = told.of(FactKind.SETTLED, Scope.BATCH, batch)
    stands &= _complete(session, feed_id, settled_on, hold_until)
    stands &= ~told.of(FactKind.RETURNED, Scope.ENTRY, entry)
    stands &= ~told.of(FactKind.VOIDED, Scope.FILE, file)
    stands &= ~told.of(FactKind.REJECTED, Scope.FILE, file)
    stands &= ~told.of(FactKind.REJECTED, Scope.BATCH, batch)
    stands &= ~told.of(FactKind.REJECTED, Scope.ENTRY, entry)
    return np.isin(entries, np.array(original, np.int64)[stands])


class _Told:
    """What was told about subjects of a kind and scope, read from the book in one statement."""

    def __init__(self, session: Session) -> None:
        """Read the subjects of every fact that the fold asks for."""
        rows = read_columns(session, _TELLING)
        self._subjects: dict[tuple[str, str], list[int]] = {}
        for kind, scope, subject in zip(*rows, strict=True):
            self._subjects.setdefault((kind, scope), []).append(subject)

    def of(self, kind: FactKind, scope: Scope, subjects: Int64) -> Mask:
        """Return of which subjects this was told."""
        return np.isin(subjects, np.array(self._subjects.get((kind, scope), ()), np.int64))


def _complete(
    session: Session,
    feed_ids: Sequence[int],
    settled_on: Sequence[date | None],
    hold_until: Sequence[date | None],
) -> Mask:
    """Return which entries' windows, from settlement to the end of the hold, the reports of their feed cover."""
    hold = np.array([_NEVER if day is None else np.datetime64(day) for day in hold_until], "datetime64[D]")
    through = _watermarks(session, feed_ids)
    complete: Mask = hold <= through
    covered = covered_days(session)
    if covered:
        told: dict[tuple[int, date, date], bool] = {}
        for index in np.flatnonzero(~complete).tolist():
            feed_id, settled, held = feed_ids[index], settled_on[index], hold_until[index]
            if settled is None or held is None or feed_id not in covered:
                continue
            key = (feed_id, settled, held)
            if key not in told:
                told[key] = covers(settled, held, through=through[index].item(), covered=covered[feed_id])
            complete[index] = told[key]
    return complete


_OF_WATERMARKS = select(Fact.subject_id, Fact.on_date).where(Fact.kind == FactKind.WATERMARK, Fact.scope == Scope.FEED)


def _watermarks(session: Session, feed_ids: Sequence[int]) -> np.typing.NDArray[np.datetime64]:
    rows = session.execute(_OF_WATERMARKS)
    newest: dict[int, np.datetime64] = {}
    for feed_id, day in rows:
        newest[feed_id] = max(newest.get(feed_id, np.datetime64("0001-01-01")), np.datetime64(day))
    return np.array([newest.get(feed_id, np.datetime64("0001-01-01")) for feed_id in feed_ids], "datetime64[D]")


def _held(session: Session, originator_id: int, order_ids: Int64) -> Mask:
    (found,) = read_columns(
        session,
        select(Case.order_id).where(
            Case.originator_id == originator_id,
            Case.state == CaseState.OPEN,
            Case.holds_release,
            Case.order_id.is_not(None),
        ),
    )
    return np.isin(order_ids, np.array(found, np.int64))
