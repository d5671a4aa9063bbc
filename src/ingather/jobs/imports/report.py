"""What an import says: of each file how many rows were new, known already or refused, and every problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ingather.base.problems import Problem, Severity
from ingather.domain.refusals import ExitCode

MOST_PROBLEMS = 1_000


class Did(StrEnum):
    """What became of the book."""

    IMPORTED = "imported"
    NOTHING = "nothing"
    ROLLED_BACK = "rolled_back"
    REHEARSED = "rehearsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The report of one file. ``kind`` is empty when the file could not be taken at all.

    ``rows`` is ``new + same + refused``. ``new`` counts rows that brought something; after a rehearsal or a roll-back,
    those that would have. ``more`` is the number of problems past the first thousand.
    """

    name: str
    kind: str
    rows: int
    new: int
    same: int
    refused: int
    problems: tuple[Problem, ...]
    more: int
    errors: int

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        counts = {"rows": self.rows, "new": self.new, "same": self.same, "refused": self.refused}
        problems = [problem.as_dict() for problem in self.problems]
        return {"file": self.name, "kind": self.kind, **counts, "problems": problems, "more_problems": self.more}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The report of an import: its files in the order they were given, and what became of the book."""

    files: tuple[FileReport, ...]
    did: Did

    @property
    def exit_code(self) -> ExitCode:
        """Return ``HAS_ERRORS`` when a row or a file was refused, otherwise ``DONE``."""
        return ExitCode.HAS_ERRORS if any(file.errors for file in self.files) else ExitCode.DONE

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        files = [file.as_dict() for file in self.files]
        return {"did": str(self.did), "exit_code": int(self.exit_code), "files": files}


class Tally:
    """Counts one file's rows and keeps its problems, the first thousand of them."""

    __slots__ = ("_kept", "errors", "kind", "more", "name", "new", "refused", "same")

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind = ""
        self.new = self.same = self.refused = self.more = self.errors = 0
        self._kept: list[Problem] = []

    def note(self, line: int, check: str, message: str, *, field: str = "", warning: bool = False) -> None:
        """Note one problem, of a line or, on line 0, of the whole file."""
        self.errors += not warning
        if len(self._kept) >= MOST_PROBLEMS:
            self.more += 1
            return
        severity = Severity.WARNING if warning else Severity.ERROR
        self._kept.append(
            Problem(line=line, start=0, end=0, field=field, check=check, severity=severity, message=message),
        )

    def report(self, order: Sequence[str]) -> FileReport:
        """Return the report, its problems by line and then by the ``order`` of the columns."""
        rank = {name: at for at, name in enumerate(order)}
        kept = sorted(self._kept, key=lambda problem: (problem.line, rank.get(problem.field, -1)))
        return FileReport(
            name=self.name,
            kind=self.kind,
            rows=self.new + self.same + self.refused,
            new=self.new,
            same=self.same,
            refused=self.refused,
            problems=tuple(kept),
            more=self.more,
            errors=self.errors,
        )
