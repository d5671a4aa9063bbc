"""What a watch asks of the book: each a small question with an index, answered with plain rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Result, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.reports import ReportState
from ingather.domain.returns import RequestState
from ingather.store.asking import Value, asked
from ingather.store.open_orders import among_open
from ingather.store.tables import AuditRecord, Book, Case, Fact, Feed, File, FollowUp, OdfiRequest, Order, Report, Route

_WATCHED = (
    FileState.SEALED,
    FileState.APPROVED,
    FileState.SENDING,
    FileState.IN_DOUBT,
    FileState.TRANSMITTED,
    FileState.PENDED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFile:
    """A file on its way: where it stands, and since when it does."""

    id: str
    name: str
    state: FileState
    route_id: int
    effective_on: date
    same_day: bool
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFeed:
    """A feed: the first settlement date it reports about, and the last day it has reported, None for none."""

    name: str
    first_on: date
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Cases of one kind that an alarm is about: how many, the oldest one's id, its day, and money in suspense."""

    kind: str
    count: int
    oldest: str
    on: date
    minor: int


_BOOK = select(Book)


@asked()
def _on_their_way(originator_id: Value) -> Select[*tuple[Any, ...]]:
    return (
        select(
            File.id, File.name, File.state, File.route_id, File.effective_on, File.created_on, File.sealed_at,
            File.transmitted_at,
        )
        .where(File.originator_id == originator_id, File.state.in_(_WATCHED))
        .order_by(File.id)
    )  # fmt: skip


@asked()
def _feeds(originator_id: Value) -> Select[*tuple[Any, ...]]:
    first = (
        select(Route.feed_id, func.min(File.effective_on).label("first_on"))
        .join(File, File.route_id == Route.id)
        .where(File.originator_id == originator_id, File.state.in_(AT_THE_BANK))
        .group_by(Route.feed_id)
        .subquery()
    )
    last = (
        select(func.max(Report.business_on))
        .where(Report.feed_id == Feed.id, Report.state == ReportState.TAKEN, Report.final)
        .correlate(Feed)
        .scalar_subquery()
    )
    return (
        select(Feed.bank, Feed.account_last4, first.c.first_on, last)
        .join(first, first.c.feed_id == Feed.id)
        .order_by(Feed.id)
    )


@asked()
def _open_of(originator_id: Value, kind: Value) -> Select[int, str, date]:
    return (
        select(Case.id, Case.sentence, Case.opened_on)
        .where(Case.originator_id == originator_id, Case.state == CaseState.OPEN, Case.kind == kind)
        .order_by(Case.id)
    )


@asked()
def _drifted(originator_id: Value) -> Select[*tuple[Any, ...]]:
    return (
        select(Case.subject, func.min(Case.id), func.count(), func.min(Case.opened_on))
        .where(Case.originator_id == originator_id, Case.kind == CaseKind.REPORT_DRIFT, Case.state == CaseState.OPEN)
        .group_by(Case.subject)
        .order_by(Case.subject)
    )


@asked()
def _overdue(originator_id: Value, today: Value) -> Select[*tuple[Any, ...]]:
    return _by_kind(Case.due_on, Case.originator_id == originator_id, Case.due_on < today)


@asked()
def _suspense(originator_id: Value, opened_by: Value) -> Select[*tuple[Any, ...]]:
    mine = Case.originator_id == originator_id
    return _by_kind(Case.opened_on, mine, Case.suspense_minor != 0, Case.opened_on <= opened_by)


def _by_kind(day: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(Case.kind, func.count(), func.min(Case.id), func.min(day), func.sum(Case.suspense_minor))
        .where(Case.state == CaseState.OPEN, *conditions)
        .group_by(Case.kind)
        .order_by(Case.kind)
    )


@asked()
def _requests_due(originator_id: Value, today: Value) -> Select[*tuple[Any, ...]]:
    return (
        select(OdfiRequest.id, OdfiRequest.kind, OdfiRequest.due_on)
        .where(
            OdfiRequest.originator_id == originator_id,
            OdfiRequest.state == RequestState.ASKED,
            OdfiRequest.due_on <= today,
        )
        .order_by(OdfiRequest.id)
    )


@asked()
def _follow_ups_waiting(originator_id: Value, asked_by: Value, last_day: Value) -> Select[FollowUp]:
    return (
        select(FollowUp)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state == FollowUpState.ASKED,
            or_(FollowUp.asked_on <= asked_by, FollowUp.last_day <= last_day),
        )
        .order_by(FollowUp.id)
    )


@asked()
def _notices_missing(originator_id: Value) -> Select[FollowUp]:
    return (
        select(FollowUp)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state.in_([FollowUpState.SENT, FollowUpState.SETTLED]),
            FollowUp.kind == FollowUpKind.REVERSAL,
            FollowUp.notified_on.is_(None),
        )
        .order_by(FollowUp.id)
    )


@asked()
def _first_after(known: Value) -> Select[datetime]:
    return select(AuditRecord.at).where(AuditRecord.seq > known).order_by(AuditRecord.seq).limit(1)


def book(session: Session) -> Book:
    """Return the book's one row."""
    return session.execute(_BOOK).scalar_one()


def files_on_their_way(session: Session, originator_id: int) -> list[WatchedFile]:
    """Return the files that are sealed and have no final answer, the oldest first."""
    rows = session.execute(*_on_their_way(originator_id=originator_id)).all()
    moving = [row.id for row in rows if row.state in {FileState.SENDING, FileState.IN_DOUBT, FileState.PENDED}]
    told = _last_told(session, moving)
    return [
        WatchedFile(
            id=public_id(Prefix.FILE, row.id),
            name=row.name,
            state=FileState(row.state),
            route_id=row.route_id,
            effective_on=row.effective_on,
            same_day=row.effective_on == row.created_on,
            since=told.get((row.id, row.state)) or row.transmitted_at or row.sealed_at,
        )
        for row in rows
    ]


def _last_told(session: Session, file_ids: Sequence[int]) -> Mapping[tuple[int, str], datetime]:
    """Return when each file was last said to be sending, in doubt or pended; the facts' kinds are the states' words."""
    if not file_ids:
        return {}
    rows = session.execute(
        select(Fact.subject_id, Fact.kind, func.max(Fact.recorded_at))
        .where(
            Fact.scope == Scope.FILE,
            Fact.subject_id.in_(file_ids),
            Fact.kind.in_([FactKind.SENDING, FactKind.IN_DOUBT, FactKind.PENDED]),
        )
        .group_by(Fact.subject_id, Fact.kind)
    )
    return {(subject, kind): at for subject, kind, at in rows}


def feeds(session: Session, originator_id: int) -> list[WatchedFeed]:
    """Return the feeds that report about something at a bank."""
    rows = session.execute(*_feeds(originator_id=originator_id))
    return [WatchedFeed(name=f"{bank} ...{last4}", first_on=since, last_on=until) for bank, last4, since, until in rows]


def open_of(session: Session, originator_id: int, kind: CaseKind) -> list[tuple[str, str, date]]:
    """Return the open cases of a kind: id, sentence, and the day on which each was opened."""
    rows = session.execute(*_open_of(originator_id=originator_id, kind=kind))
    return [(public_id(Prefix.CASE, key), sentence, on) for key, sentence, on in rows]


def drifted_profiles(session: Session, originator_id: int) -> list[tuple[str, str, int, date]]:
    """Return the report profiles with open cases of drift: the name, the oldest case's id, how many, its day."""
    rows = session.execute(*_drifted(originator_id=originator_id))
    return [(profile, public_id(Prefix.CASE, key), count, on) for profile, key, count, on in rows]


def overdue_cases(session: Session, originator_id: int, *, today: date) -> list[Several]:
    """Return the open cases past their last day, by kind, with the earliest of these days."""
    return _several(session.execute(*_overdue(originator_id=originator_id, today=today)))


def old_suspense(session: Session, originator_id: int, *, opened_by: date) -> list[Several]:
    """Return the open cases that have held money in suspense since a day or longer, by kind."""
    return _several(session.execute(*_suspense(originator_id=originator_id, opened_by=opened_by)))


def _several(rows: Result[str, int, int, date, int]) -> list[Several]:
    return [
        Several(kind=kind, count=count, oldest=public_id(Prefix.CASE, key), on=on, minor=int(minor))
        for kind, count, key, on, minor in rows
    ]


def requests_due(session: Session, originator_id: int, *, today: date) -> list[tuple[str, str, date]]:
    """Return the requests that the bank must have by today and has not: id, kind and last day."""
    rows = session.execute(*_requests_due(originator_id=originator_id, today=today))
    return [(public_id(Prefix.REQUEST, key), kind, on) for key, kind, on in rows if on is not None]


def follow_ups_waiting(session: Session, originator_id: int, *, asked_by: date, last_day: date) -> list[FollowUp]:
    """Return the follow-ups that no second person has decided since a day, or whose own last day is near."""
    return list(
        session.scalars(*_follow_ups_waiting(originator_id=originator_id, asked_by=asked_by, last_day=last_day))
    )


def notices_missing(session: Session, originator_id: int) -> list[FollowUp]:
    """Return the reversals that have gone out and of which nobody has recorded that the buyer was told."""
    return list(session.scalars(*_notices_missing(originator_id=originator_id)))


def waits_for(session: Session, originator_id: int, reasons: Collection[str], *, due_by: date) -> bool:
    """Return whether an order that is due waits for one of these reasons."""
    waiting = exists().where(
        Order.originator_id == originator_id,
        Order.collect_on <= due_by,
        Order.reason.in_(sorted(reasons)),
        among_open(session, originator_id, until=due_by),
    )
    return bool(session.execute(select(waiting)).scalar_one())


def unremembered(session: Session, known: int | None, *, before: datetime) -> datetime | None:
    """Return when the first record was made that the host does not remember, if that is before an instant."""
    at = session.execute(*_first_after(known=known or 0)).scalar_one_or_none()
    return at if at is not None and at < before else None
