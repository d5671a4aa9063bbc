"""What is wrong with one cell or one row, and how a sentence may speak of a cell without showing an account number."""

import re
from dataclasses import dataclass

_SHOWN = 40
# Seven digits or more, also in groups; a date is left as it is.
_DIGITS = re.compile(r"(?<!\d)(?!\d{4}-\d\d-\d\d(?!\d))\d(?:[ -]?\d){6,}")
_LAST = 4
_BREAKS = re.compile(r"[\r\n\t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a cell: the check that says so, and a full sentence with the way out."""

    check: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """A fault and where it stands: the row's index in its chunk and the field; a warning refuses nothing."""

    row: int
    field: str
    fault: Fault
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """A fault of a whole line or, on line 0, of the whole file."""

    line: int
    check: str
    message: str


def masked(text: str) -> str:
    """Return the text with every number of seven digits or more cut to its last four: it may be an account's."""
    return _DIGITS.sub(lambda found: f"…{found[0][-_LAST:]}", text)


def shown(cell: str) -> str:
    """Return a cell as a sentence may quote it: on one line, masked, and with a sign where it goes on."""
    line = masked(_BREAKS.sub(" ", cell[: 4 * _SHOWN]))
    return f"“{line[:_SHOWN]}…”" if len(line) > _SHOWN else f"“{line}”"
