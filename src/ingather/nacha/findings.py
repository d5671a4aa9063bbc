"""Where checks put what they find, so that a million equal faults stay readable and every one is counted."""

from collections.abc import Callable

import numpy as np

from ingather.base.columns import Int64, Mask
from ingather.base.problems import Problem, Severity
from ingather.nacha.checks import CHECKS
from ingather.nacha.records import Field, Inclusion, Kind

LIMIT = 1_000


def stretch(start: int, end: int, /) -> Field:
    """Return columns that are no field of their own, so that a finding can point at them."""
    return Field("", start, end, Kind.TEXT, Inclusion.OPTIONAL)


class Findings:
    """The problems of one reading or writing, in the order of their checks; at most ``LIMIT`` told per check.

    What goes beyond the limit is counted in one more problem, never left out silently. Checks in ``tolerated`` become
    warnings.
    """

    __slots__ = ("_counts", "_problems", "_tolerated")

    def __init__(self, tolerated: frozenset[str] = frozenset()) -> None:
        self._problems: list[Problem] = []
        self._counts: dict[str, int] = {}
        self._tolerated = tolerated

    def add(self, check: str, message: str, *, line: int = 0, field: Field | None = None) -> None:
        """Note one finding of a check, with its line (0: the whole file) and field."""
        self._counts[check] = self._counts.get(check, 0) + 1
        if self._counts[check] <= LIMIT:
            self._problems.append(self._problem(check, message, line, field))

    def rows(
        self,
        check: str,
        lines: Int64,
        message: str | Callable[[int], str],
        *,
        field: Field | Callable[[int], Field] | None = None,
    ) -> None:
        """Note one finding per line; a callable message or field gets the row's place in ``lines``."""
        told = self._counts.get(check, 0)
        self._counts[check] = told + len(lines)
        for index, line in enumerate(np.asarray(lines)[: max(0, LIMIT - told)].tolist()):
            sentence = message if isinstance(message, str) else message(index)
            place = field(index) if callable(field) else field
            self._problems.append(self._problem(check, sentence, line, place))

    def _problem(self, check: str, message: str, line: int, field: Field | None) -> Problem:
        return Problem(
            line=line,
            start=field.start if field else 0,
            end=field.end if field else 0,
            field=field.name if field else "",
            check=check,
            severity=Severity.WARNING if check in self._tolerated else CHECKS[check].severity,
            message=message,
        )

    def __len__(self) -> int:
        """Return how many findings were noted, told or not."""
        return sum(self._counts.values())

    def more(self, count: int) -> Problem:
        """Return the problem that says how many findings are not listed."""
        return self._problem("field-fits", f"{count:,} more findings are not listed.", 0, None)

    def problems(self) -> tuple[Problem, ...]:
        """Return all problems by line, then column, with one more for each check that found more than is told."""
        more = [
            self._problem(check, f"{count - LIMIT:,} more findings of {check} are not listed.", 0, None)
            for check, count in self._counts.items()
            if count > LIMIT
        ]
        return tuple(sorted(self._problems, key=lambda problem: (problem.line, problem.start)) + more)


class Faults:
    """The rows that fail each check, gathered while going through columns chunk by chunk."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[str, list[Int64]] = {}

    def note(self, check: str, bad: Mask, low: int) -> None:
        """Note the rows of a chunk, which starts at row ``low``, that fail a check."""
        if bad.any():
            self.note_at(check, np.flatnonzero(bad) + low)

    def note_at(self, check: str, rows: Int64) -> None:
        """Note rows that fail a check."""
        if len(rows):
            self._rows.setdefault(check, []).append(rows)

    def items(self) -> list[tuple[str, Int64]]:
        """Return each check that failed with all its rows."""
        return [(check, np.concatenate(parts)) for check, parts in self._rows.items()]
