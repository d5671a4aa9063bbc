"""Problems are data: what is wrong, where it stands, and which check says so."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: an error stops what is written or taken, a warning is only told."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding in a file, a report or an import.

    Lines and columns count from 1 and include both ends; 0 means "the whole file" or "the whole line".
    The message is a full sentence that never repeats an account number.
    """

    line: int
    start: int
    end: int
    field: str
    check: str
    severity: Severity
    message: str

    def as_dict(self) -> dict[str, object]:
        """Return the problem as plain values, for JSON."""
        return asdict(self)


def errors_of(problems: list[Problem] | tuple[Problem, ...]) -> list[Problem]:
    """Return only the problems that are errors."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]
