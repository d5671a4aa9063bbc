"""Collecting problems while a report is read: every one is counted, the first thousand are kept."""

from ingather.base.problems import Problem, Severity

LIMIT = 1_000


class Findings:
    """Problems in the order they were found; past ``LIMIT`` only their number is kept and told as one more."""

    __slots__ = ("_kept", "_more")

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._more = 0

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
            return
        self._kept.append(
            Problem(line=line, start=start, end=end, field=name, check=check, severity=severity, message=message)
        )

    def copy(self) -> "Findings":
        """Return the same problems, to go on from for one part of a file."""
        same = Findings()
        same._kept, same._more = [*self._kept], self._more
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
            severity=Severity.ERROR,
            message=f"There are {self._more} more problems that are not listed.",
        )
        return (*self._kept, last)
