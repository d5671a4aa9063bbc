"""Bank reports by banking day: of each account and kind, which days were told of, late or never."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK, first_instant
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.files import FileState
from ingather.domain.reports import ReportState
from ingather.rules.calendar import is_banking_day, next_banking_day
from ingather.store.reading.reports import GAPS
from ingather.store.tables import Case, Feed, File, Report, Route

ACKNOWLEDGEMENT = "acknowledgement"
_ANSWERED = frozenset({FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS, FileState.REJECTED, FileState.PENDED})
_AWAITED = frozenset({FileState.TRANSMITTED, FileState.IN_DOUBT, FileState.SENDING})


class Cell(StrEnum):
    """What became of one report of one day."""

    READ = "ok"
    LATE = "late"
    MISSING = "gap"
    EXPECTED = "due"
    CLOSED = "shut"
    NOTHING = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One kind of report of one account, with a cell for each day; ``daily`` says that one is due each banking day."""

    bank: str
    account_last4: str
    kind: str
    daily: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which weekdays, which of them is today, through which a report should be here, and from when on one is late."""

    days: Sequence[date]
    today: date
    expected: date
    by: time


def weekdays_around(today: date, *, before: int, after: int) -> list[date]:
    """Return the weekdays from the Monday so many weeks before a day through the Friday so many weeks after it."""
    monday = today - timedelta(days=today.weekday() + 7 * before)
    return [
        day
        for day in (monday + timedelta(days=each) for each in range(7 * (before + after + 1)))
        if day.weekday() < 5  # noqa: PLR2004 -- Monday to Friday
    ]


def calendar_of(session: Session, asked: Asked) -> list[Told]:
    """Return each account's reports by kind and day: acknowledgements first, then what comes each day."""
    found: list[Told] = []
    feeds = session.scalars(select(Feed).order_by(Feed.id)).all()
    for feed in feeds:
        first = session.scalar(select(func.min(Report.business_on)).where(Report.feed_id == feed.id))
        found.append(_acknowledgements(session, feed, asked))
        found += _kinds(session, feed, asked, first=first, alone=len(feeds) == 1)
    return found


def _acknowledgements(session: Session, feed: Feed, asked: Asked) -> Told:
    rows = session.execute(
        select(File.night_on, File.state)
        .join(Route, Route.id == File.route_id)
        .where(Route.feed_id == feed.id, File.night_on >= asked.days[0], File.night_on <= asked.days[-1])
    )
    states: dict[date, set[str]] = {}
    for night_on, state in rows:
        states.setdefault(night_on, set()).add(state)

    def cell(day: date) -> Cell:
        if not is_banking_day(day):
            return Cell.CLOSED
        here = states.get(day, set())
        if here & _AWAITED:
            return Cell.EXPECTED if day >= asked.today else Cell.MISSING
        if here & _ANSWERED:
            return Cell.READ
        return Cell.EXPECTED if day >= asked.today else Cell.NOTHING

    return _told(feed, ACKNOWLEDGEMENT, asked, cell, daily=False)


def _kinds(session: Session, feed: Feed, asked: Asked, *, first: date | None, alone: bool) -> Iterator[Told]:
    final = func.max(case((Report.final, 1), else_=0))
    # Files of returns name no account: where there is but one they are about it.
    mine = or_(Report.feed_id == feed.id, Report.feed_id.is_(None)) if alone else Report.feed_id == feed.id
    rows = session.execute(
        select(Report.carrier, Report.business_on, final, func.min(Report.received_at))
        .where(
            mine, Report.state == ReportState.TAKEN, Report.business_on >= asked.days[0],
            Report.business_on <= asked.days[-1],
        )
        .group_by(Report.carrier, Report.business_on)
    )  # fmt: skip
    kinds: dict[str, dict[date, tuple[bool, datetime]]] = {}
    for carrier, day, final, at in rows:
        kinds.setdefault(carrier, {})[day] = (bool(final), at)
    gaps = _gap_days(session, feed)
    for kind, told in sorted(kinds.items(), key=lambda item: not _daily(item[1])):
        daily = _daily(told)
        missing = gaps if daily else frozenset()

        def cell(
            day: date, told: dict[date, tuple[bool, datetime]] = told, *, daily: bool = daily,
            missing: frozenset[date] = missing,
        ) -> Cell:  # fmt: skip
            if not is_banking_day(day):
                return Cell.CLOSED
            if day in missing:
                return Cell.MISSING
            if day in told and (told[day][0] or not daily):
                return Cell.LATE if _is_late(told[day][1], day, asked.by) else Cell.READ
            if not daily or first is None or day < first:
                return Cell.NOTHING
            return Cell.EXPECTED if day > asked.expected else Cell.MISSING

        yield _told(feed, kind, asked, cell, daily=daily)


def _daily(told: dict[date, tuple[bool, datetime]]) -> bool:
    """Return whether a kind ends its days with a final report: only such a one can be missing."""
    return any(final for final, _ in told.values())


def _is_late(at: datetime, day: date, by: time) -> bool:
    return at > first_instant(next_banking_day(day), by, NEW_YORK)


def _told(feed: Feed, kind: str, asked: Asked, cell: Callable[[date], Cell], *, daily: bool) -> Told:
    return Told(
        bank=feed.bank, account_last4=feed.account_last4, kind=kind, daily=daily,
        cells=tuple(cell(day) for day in asked.days),
    )  # fmt: skip


def _gap_days(session: Session, feed: Feed) -> frozenset[date]:
    """Return the days that the open cases of gaps are about: of a number, the day of the report after it."""
    name = public_id(Prefix.FEED, feed.id)
    named = session.scalars(
        select(Case.once).where(Case.kind.in_(GAPS), Case.state == CaseState.OPEN, Case.subject == name)
    )
    days: set[date] = set()
    for once in named:
        what = once.partition("|")[2].partition("#")[0].rpartition("|")[2]
        number = what.rpartition(" ")[2]
        if number.isdigit():
            day = session.scalar(
                select(func.min(Report.business_on)).where(Report.feed_id == feed.id, Report.sequence > int(number))
            )
            days |= {day} if day else set()
            continue
        try:
            days.add(date.fromisoformat(what[:10]))
        except ValueError:
            continue
    return frozenset(days)
