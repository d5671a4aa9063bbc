"""Which debits of a consumer's series need a notice first, what it says, and by when it is sent.

Another amount than that of the debit before, unless within a range the buyer chose, needs ten calendar days; a changed
date seven, but not when it only moved off a weekend or holiday (Nacha Operating Rules: recurring consumer debits).
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ingather.base.money import format_minor
from ingather.domain.authorizations import AmountTerms, Every, NoticeKind
from ingather.rules.calendar import banking_day_on_or_after
from ingather.rules.clocks import Clock, clock

_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}
_DAYS = {Every.WEEK: 7, Every.TWO_WEEKS: 14}
_EVERY = {
    Every.WEEK: "every week",
    Every.TWO_WEEKS: "every two weeks",
    Every.MONTH: "every month",
    Every.QUARTER: "every three months",
    Every.YEAR: "every year",
}
_LONGEST_CLOSURE = 5
"""More days than a weekend and a holiday beside it close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a buyer agreed to about a series: the amount, how often, and from which day on its debits are due."""

    terms: AmountTerms
    every: Every | None
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One debit of a series: when it is due, and how much."""

    due_on: date
    amount_minor: int


def notices_of(series: Series, debits: Sequence[Debit]) -> list[NoticeKind | None]:
    """Return for each debit of a series, in the order given, what the buyer must be told before it; None for nothing.

    The debits are all of the series, ascending by day. A day of the schedule serves one debit: a second one on it is
    off the schedule.
    """
    needed: list[NoticeKind | None] = []
    served: set[date] = set()
    before: Debit | None = None
    for debit in debits:
        changed = before is not None and before.amount_minor != debit.amount_minor
        amount = changed and series.terms == AmountTerms.VARYING
        day = series.every and scheduled_day(series.every, series.starts_on, debit.due_on)
        moved = series.every is not None and (day is None or day in served)
        served |= {day} if day else set()
        needed.append(_kind(amount=amount, moved=moved))
        before = debit
    return needed


def _kind(*, amount: bool, moved: bool) -> NoticeKind | None:
    if amount and moved:
        return NoticeKind.BOTH
    if amount:
        return NoticeKind.AMOUNT
    return NoticeKind.DATE if moved else None


def scheduled_day(every: Every, starts_on: date, due_on: date) -> date | None:
    """Return the day of the schedule on which a debit due that day falls, None when it is off the schedule.

    A day that is no banking day moves to the next one, never to an earlier one: nothing is debited before the buyer
    expects it.
    """
    for back in range(_LONGEST_CLOSURE):
        day = due_on - timedelta(days=back)
        if _is_scheduled(every, starts_on, day) and (back == 0 or banking_day_on_or_after(day) == due_on):
            return day
    return None


def _is_scheduled(every: Every, starts_on: date, day: date) -> bool:
    if day < starts_on:
        return False
    if every in _DAYS:
        return (day - starts_on).days % _DAYS[every] == 0
    months = (day.year - starts_on.year) * 12 + day.month - starts_on.month
    last = calendar.monthrange(day.year, day.month)[1]
    return months % _MONTHS[every] == 0 and day.day == min(starts_on.day, last)


def joined(one: NoticeKind | None, other: NoticeKind | None) -> NoticeKind | None:
    """Return what covers both needs."""
    if one is None or one == other:
        return other
    return NoticeKind.BOTH if other is not None else one


def still_missing(needed: NoticeKind | None, covered: NoticeKind | None) -> NoticeKind | None:
    """Return what a notice needed tells that an earlier one does not cover; None when nothing is missing."""
    if needed is None or covered in {needed, NoticeKind.BOTH}:
        return None
    if needed == NoticeKind.BOTH and covered is not None:
        return NoticeKind.DATE if covered == NoticeKind.AMOUNT else NoticeKind.AMOUNT
    return needed


def notice_clock(kind: NoticeKind, due_on: date) -> Clock:
    """Return the clock of a notice before a debit due on a day; that of the amount, the longer one, serves both."""
    return clock("notice-date" if kind == NoticeKind.DATE else "notice-amount", due_on)


def send_by(kind: NoticeKind, due_on: date) -> date:
    """Return the last day on which a notice is sent for a debit on its due day; later, and the debit waits."""
    return due_on - timedelta(days=notice_clock(kind, due_on).count)


def notice_text(kind: NoticeKind, series: Series, debit: Debit, before: Debit | None, *, merchant: str) -> str:
    """Return the notice in plain words: what is debited, when, by whom, what is other than before, how to object."""
    said = [f"{merchant} will debit your account on {_day(debit.due_on)} with {format_minor(debit.amount_minor)} USD."]
    if kind != NoticeKind.DATE and before is not None:
        said.append(f"The debit before it was {format_minor(before.amount_minor)} USD on {_day(before.due_on)}.")
    if kind != NoticeKind.AMOUNT and series.every is not None:
        said.append(
            f"You agreed to debits {_EVERY[series.every]} from {_day(series.starts_on)}; this one is on another day."
        )
    said.append(
        f"If you do not agree, tell {merchant} before that day in the way your authorization says. You may also ask "
        "your bank, at least three banking days before it, to stop the debit."
    )
    return " ".join(said)


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
