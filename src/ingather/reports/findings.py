"""Collecting problems while a report is read: every one is counted, the first thousand are kept."""

import re

from ingather.base.problems import Problem, Severity

LIMIT = 1_000
_LONG_NUMBER = re.compile(r"[0-9]{8,}")


def masked(text: str) -> str:
    """Return a bank's own words, such as a code nobody knows, without digits that may be an account's number."""
    return _LONG_NUMBER.sub("#", text)


class Findings:
    """Problems in the order they were found; past ``LIMIT`` their number and the worst severity, told as one more."""

    __slots__ = ("_kept", "_more", "_worst")

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._more = 0
        self._worst = Severity.WARNING

    def add(
        self,
        check: str,
        message: str,
        *,
        line: int = 0,
        start: int = 0,
        end: int = 0,
        name: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note one problem."""
        if len(self._kept) >= LIMIT:
            self._more += 1
            self._worst = Severity.ERROR if severity is Severity.ERROR else self._worst
            return
        self._kept.append(
            Problem(line=line, start=start, end=end, field=name, check=check, severity=severity, message=message)
        )

    def copy(self) -> "Findings":
        """Return the same problems, to go on from for one part of a file."""
        same = Findings()
        same._kept, same._more, same._worst = [*self._kept], self._more, self._worst
        return same

    def all(self) -> tuple[Problem, ...]:
        """Return the problems, with a last one that says how many more there were."""
        if not self._more:
            return tuple(self._kept)
        last = Problem(
            line=0,
            start=0,
            end=0,
            field="",
            check="more-problems",
            severity=self._worst,
            message=f"There are {self._more} more problems that are not listed.",
        )
        return (*self._kept, last)
