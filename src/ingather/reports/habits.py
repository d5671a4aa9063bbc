"""What a profile's reports usually hold, and when one stops doing so: a field that comes empty, a code never seen.

Banks change their reports without a word. What was filled in nearly every record and now is empty may be what our
matching rests on, and a new code may be money that nobody books.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ingather.reports.code_map import CodeMap
from ingather.reports.findings import masked
from ingather.reports.items import ITEM_KINDS, PostingEvent, Report

USUAL_AFTER = 20
"""How many records, or for codes reports, make a habit: about a month of banking days. Our own, cautious default."""

_MOST_CODES = 200
_LENGTH = 80
_PERCENT = 100
_NEARLY_ALWAYS = 99
_NOT_A_FIELD = frozenset({"line", "event", "provisional", "klass", "count", "entries", "items"})
_KEEPS_BLANKS = frozenset({"corrected"})
_AMOUNTS = ("_minor", "_cents", "_entries")
"""How the names of columns end in which nothing is a number like any other, such as an empty account's balance."""


class HabitKind(StrEnum):
    """What a habit is about: a field of a record, a code of a posting or charge, or the number of reports."""

    FIELD = "field"
    CODE = "code"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often something could be there, and how often it was; ``meant`` what a code's table says, empty for none."""

    kind: HabitKind
    what: str
    rows: int
    filled: int
    meant: str = ""


def habits_of(report: Report, codes: CodeMap) -> Iterator[Habit]:
    """Yield what one report held: each field of the kinds it has, each code, and itself as one report."""
    yield Habit(kind=HabitKind.REPORTS, what="all", rows=1, filled=1)
    for kind, items in ITEM_KINDS.items():
        held = getattr(report, kind)
        if not len(held):
            continue
        for name in items.column_names():
            if name not in _NOT_A_FIELD and not name.endswith(_AMOUNTS):
                column = getattr(held, name)
                yield Habit(
                    kind=HabitKind.FIELD,
                    what=f"{kind}.{name}",
                    rows=len(column),
                    filled=sum(map(_says, column) if name in _KEEPS_BLANKS else map(bool, column)),
                )
    seen = Counter(zip(report.postings.code_type, report.postings.code, strict=True))
    seen.update(("charge", kind) for kind in report.adjustments.kind)
    for (code_type, code), count in sorted(seen.items())[:_MOST_CODES]:
        rule = next(iter(codes.rules_of(code_type, code)), None)
        known = rule is not None and rule.event is not PostingEvent.UNKNOWN
        meant = "a charge" if code_type == "charge" else (rule.label or str(rule.event)) if rule and known else ""
        yield Habit(
            kind=HabitKind.CODE, what=f"{code_type}:{masked(code)}"[:_LENGTH], rows=count, filled=count, meant=meant
        )


def _says(text: str) -> bool:
    return bool(text.strip())


def drifts(before: Habit | None, now: Habit, *, reports: int) -> bool:
    """Return whether what a report holds departs from the habit before it; ``reports`` is how many there were.

    A code that no table knows departs at once; one that is only new, once there is a habit.
    """
    match now.kind:
        case HabitKind.REPORTS:
            return False
        case HabitKind.CODE:
            return before is None and (not now.meant or reports >= USUAL_AFTER)
        case HabitKind.FIELD:
            usual = before is not None and before.rows >= USUAL_AFTER
            return (
                usual
                and before is not None
                and before.filled * _PERCENT >= before.rows * _NEARLY_ALWAYS
                and now.filled * 2 < now.rows
            )
