"""How one bank wants the same records: line ends, capitals, fill, and what to do with long accounts."""

from dataclasses import dataclass
from enum import StrEnum


class LineEnd(StrEnum):
    """What follows each record; the Rules know only fixed-length records, banks differ."""

    LF = "\n"
    CRLF = "\r\n"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One bank's way of writing.

    ``upper_case`` turns every text except account numbers into capitals; ``leftmost_17`` lets account preparation
    keep the leftmost 17 characters of a longer number, as the Rules allow; ``pad_to_block`` adds records of nines.
    """

    line_end: LineEnd | str = LineEnd.LF
    upper_case: bool = False
    leftmost_17: bool = False
    pad_to_block: bool = True
