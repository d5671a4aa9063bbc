"""The watermark: through which banking day the reports of an account are complete, and what is missing.

"Last report seen" is not a watermark: one day without a report, one missing number, or one balance that does not go on
from the one before may hide a return. So every banking day from the first one on must have its final report, numbers
must follow one another, and each day must open with the balance that the day before closed with. What is missing is a
gap, and holds exactly the days it may be about: a window of days is covered when none of them is in a gap.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise

from ingather.rules.calendar import banking_days_between, next_banking_day

_HEALING = frozenset({"CUMULATIVE", "SNAPSHOT"})


class GapKind(StrEnum):
    """What shows that something is missing."""

    NUMBER = "number"
    DAY = "day"
    LATE = "late"
    BREAK = "break"
    UNTIED = "untied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One report that was taken, as completeness sees it.

    ``series`` is what it is numbered with, ``family`` the carrier it counts for; ``final`` for a day's last report.
    Balances are in minor units, None where the report gives none.
    """

    series: str
    family: str
    day: date
    sequence: int | None = None
    final: bool = True
    mode: str = "DELTA"
    opening_minor: int | None = None
    closing_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a feed's reports must be like.

    ``numbered`` is account, account_day, bank or none; ``proving`` names the families whose final report completes a
    day; ``tied`` says of days whether the statement's return postings equal the returns received, None where that is
    not asked. ``signed`` are days that two persons declared complete. ``due_through`` is the last banking day whose
    final report should be here by the clock.
    """

    numbered: str = "account"
    chain: bool = True
    proving: frozenset[str] = frozenset({"str"})
    tied: Mapping[date, bool] | None = None
    signed: frozenset[date] = frozenset()
    due_through: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something missing: what shows it, its name within the feed, the number or day, and the days it may be about."""

    kind: GapKind
    name: str
    words: str
    days: frozenset[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """The watermark, None while nothing is complete; the complete days after it; and the gaps between them."""

    through: date | None = None
    covered: frozenset[date] = frozenset()
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)  # mutable -- filled in while the reports are looked at
class _Found:
    gaps: list[Gap] = field(default_factory=list)
    days: set[date] = field(default_factory=set)

    def add(self, gap: Gap) -> None:
        self.gaps.append(gap)
        self.days |= gap.days


def completeness(told: Sequence[Told], *, start: date | None, terms: Terms) -> Completeness:
    """Return how far the reports of a feed are complete from ``start`` on, and the gaps.

    Without a start, from the first final report's day. Reports of earlier days only tell where numbers begin. A day or
    number is missing when a later one is there, or when its report should be here by the clock.
    """
    finals = [report for report in told if report.final and report.family in terms.proving and _proves(report, terms)]
    have = {report.day for report in finals}
    first = start or min(have, default=None)
    if first is None:
        return Completeness()
    last = max([*have, *terms.signed, *([terms.due_through] if terms.due_through else [])], default=first)
    days = banking_days_between(first, last)
    newest = max(have, default=None)
    untold = [day for day in days if day not in have]
    missing = [day for day in untold if day not in terms.signed]
    found = _Found()
    for day in missing:
        if terms.due_through is not None and day <= terms.due_through:
            found.add(_day_gap(GapKind.LATE, day))
    _number_gaps(told, untold, terms, found)
    for day in missing:
        if day not in found.days and newest is not None and day < newest:
            found.add(_day_gap(GapKind.DAY, day))
    if terms.chain:
        _broken_chains(told, first, terms, found)
    untied = _untied(have, terms)
    for day in sorted(day for day in untied if newest is not None and first <= day < newest):
        found.add(_day_gap(GapKind.UNTIED, day))
    holes = found.days | untied | set(missing)
    proven = [day in terms.signed or (day in have and day not in holes) for day in days]
    reached = proven.index(False) if False in proven else len(days)
    return Completeness(
        through=days[reached - 1] if reached else None,
        covered=frozenset(day for day, good in zip(days[reached:], proven[reached:], strict=True) if good),
        gaps=tuple(found.gaps),
    )


def covers(settled_on: date, hold_until: date, *, through: date | None, covered: AbstractSet[date]) -> bool:
    """Return whether every banking day from settlement to the end of the hold is complete."""
    if through is not None and hold_until <= through:
        return True
    if not covered:
        return False
    return all(
        day in covered or (through is not None and day <= through)
        for day in {*banking_days_between(settled_on, hold_until), hold_until}
    )


def _proves(report: Told, terms: Terms) -> bool:
    return terms.tied is not None or terms.numbered == "none" or report.sequence is not None


def _untied(have: set[date], terms: Terms) -> set[date]:
    tied = terms.tied
    return set() if tied is None else {day for day in have if not tied.get(day, False) and day not in terms.signed}


def _day_gap(kind: GapKind, day: date) -> Gap:
    words = (
        f"the return postings of {day} are not the returns received"
        if kind is GapKind.UNTIED
        else f"the report of {day}"
    )
    return Gap(kind=kind, name=str(day), words=words, days=frozenset({day}))


def _number_gaps(told: Sequence[Told], untold: Sequence[date], terms: Terms, found: _Found) -> None:
    if terms.numbered == "none":
        return
    series: dict[tuple[str, date | None], list[Told]] = {}
    for report in told:
        if report.sequence is not None:
            day = report.day if terms.numbered == "account_day" else None
            series.setdefault((report.series, day), []).append(report)
    for (name, day), reports in sorted(series.items(), key=lambda each: (each[0][0], each[0][1] or date.min)):
        # By day first: a number that falls is one that began anew, as with a new year.
        ordered = sorted(reports, key=lambda report: (report.day, report.sequence or 0))
        for before, after in _neighbours(ordered, restarts=day is not None):
            first = before.sequence if before is not None and before.sequence is not None else 0
            numbers = range(first + 1, after.sequence or 0)
            if not numbers or after.mode in _HEALING:
                continue
            for gap in _gaps_of(name, numbers, before, after, untold):
                left = gap.days - terms.signed
                if left and not left <= found.days:
                    found.add(Gap(kind=gap.kind, name=gap.name, words=gap.words, days=left))


def _neighbours(ordered: Sequence[Told], *, restarts: bool) -> Iterator[tuple[Told | None, Told]]:
    """Yield reports with the one before; of a day's own numbers the first is 1, so that what is before it is known."""
    if restarts and ordered:
        yield None, ordered[0]
    yield from pairwise(ordered)


def _gaps_of(series: str, numbers: range, before: Told | None, after: Told, untold: Sequence[date]) -> Iterator[Gap]:
    """Yield the missing numbers: each with its day where as many days lack a report, else together with all between."""
    prefix = "" if series.startswith("str") else f"{series} "
    lacking = [day for day in untold if before is not None and before.day < day < after.day]
    if len(lacking) == len(numbers):
        for number, day in zip(numbers, lacking, strict=True):
            name = f"{prefix}{number}"
            yield Gap(kind=GapKind.NUMBER, name=name, words=f"report number {name}", days=frozenset({day}))
        return
    start = after.day if before is None else next_banking_day(before.day) if before.final else before.day
    days = frozenset({*banking_days_between(min(start, after.day), after.day), after.day})
    name = prefix + (f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}")
    if before is None:
        name = f"{name} of {after.day}"
    yield Gap(kind=GapKind.NUMBER, name=name, words=f"report number {name}", days=days)


def _broken_chains(told: Sequence[Told], start: date, terms: Terms, found: _Found) -> None:
    """Find the days that do not open as the day before closed; what a gap or a signed day explains is none."""
    families: dict[str, list[Told]] = {}
    for report in told:
        if report.final and report.opening_minor is not None and report.closing_minor is not None:
            families.setdefault(report.family, []).append(report)
    for family, reports in sorted(families.items()):
        ordered = sorted(reports, key=lambda report: (report.day, report.sequence or 0))
        for before, after in _steps(ordered):
            if after.opening_minor == before.closing_minor or after.day < start:
                continue
            days = frozenset({*banking_days_between(next_banking_day(before.day), after.day), after.day})
            if days & (found.days | terms.signed):
                continue
            words = f"{family} opens {after.day} with another balance than {before.day} closed with"
            found.add(Gap(kind=GapKind.BREAK, name=f"{family} {after.day}", words=words, days=days))


def _steps(ordered: Sequence[Told]) -> Iterator[tuple[Told, Told]]:
    """Yield reports with the one they must go on from; one that tells of a whole day again takes the other's place."""
    before: Told | None = None
    base: Told | None = None
    for report in ordered:
        if before is None:
            before = report
            continue
        if report.day == before.day and report.mode in _HEALING:
            if base is not None:
                yield base, report
            before = report
            continue
        yield before, report
        if report.day != before.day:
            base = before
        before = report
