"""Figures as the console writes them: money with its cents read second, dates and times of New York, ids whole."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup, escape

from ingather.base.dates import NEW_YORK

_DASH = "\N{EN DASH}"
NOTHING = Markup(_DASH)  # noqa: S704 -- our own dash
"""What stands where there is nothing to show; a zero that was measured is 0.00."""
_MINUS = "\N{MINUS SIGN}"
_DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "zh": tuple(f"周{d}" for d in "一二三四五六日")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How figures are written on one page: in its language, and on its day."""

    language: str
    today: date

    def money(self, minor: int | None) -> Markup:
        """Return an amount of minor units: thousands, two decimals always, a true minus, cents in the third ink."""
        if minor is None:
            return NOTHING
        whole, cents = divmod(abs(minor), 100)
        sign = _MINUS if minor < 0 else ""
        return Markup('{}{}<span class="c">.{:02}</span>').format(sign, f"{whole:,}", cents)

    def plain_money(self, minor: int | None) -> str:
        """Return an amount as text, for a sentence, a title or an option."""
        if minor is None:
            return _DASH
        whole, cents = divmod(abs(minor), 100)
        return f"{_MINUS if minor < 0 else ''}{whole:,}.{cents:02}"

    def count(self, number: int | None) -> str:
        """Return a count with its thousands."""
        return _DASH if number is None else f"{number:,}".replace("-", _MINUS)

    def day(self, day: date | str | None, *, short: bool = False) -> str:
        """Return a banking date such as ``Wed 25 Nov``, with its year only when it is another one than today's.

        ``short`` leaves the month out, for days within the shown fortnight.
        """
        if day is None:
            return _DASH
        day = date.fromisoformat(day[:10]) if isinstance(day, str) else day
        weekday = _DAYS[self.language][day.weekday()]
        year = "" if day.year == self.today.year else str(day.year)
        if self.language == "zh":
            return f"{year + '年' if year else ''}{'' if short else f'{day.month}月'}{day.day}日 {weekday}"
        return f"{weekday} {day.day}{'' if short else ' ' + _MONTHS[day.month - 1]}{' ' + year if year else ''}"

    def time(self, instant: datetime | str | None, *, exact: bool = False) -> str:
        """Return the time of an instant in New York, with its seconds where it is evidence."""
        if instant is None:
            return _DASH
        return f"{_local(instant):%H:%M:%S}" if exact else f"{_local(instant):%H:%M}"

    def at(self, instant: datetime | str | None, *, exact: bool = False) -> str:
        """Return day and time of an instant in New York; the day is left out when it is today's."""
        if instant is None:
            return _DASH
        day = _local(instant).date()
        time = self.time(instant, exact=exact)
        return time if day == self.today and not exact else f"{self.day(day)}, {time}"

    def percent(self, bps: float | None, *, places: int = 1) -> str:
        """Return hundredths of a percent as percent, without the sign, which stands in the head."""
        return _DASH if bps is None else f"{bps / 100:.{places}f}".replace("-", _MINUS)

    def last4(self, digits: str | None) -> Markup:
        """Return the last four of an account as everybody sees them."""
        return Markup("•{}").format(escape(digits)) if digits else NOTHING


def minutes_left(until: datetime, now: datetime) -> int | None:
    """Return the whole minutes left where they are told as minutes: below two hours; None else, and when over."""
    left = until - now
    return int(left.total_seconds() // 60) if timedelta(0) <= left < _SOON else None


def _local(instant: datetime | str) -> datetime:
    found = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return found.astimezone(NEW_YORK)
