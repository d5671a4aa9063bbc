"""How one bank wants the same records: line ends, capitals, fill, the parties' ten columns, marks, and long accounts.

A bank profile maps onto a ``Dialect`` key by key: its TOML says the same names.
"""

from dataclasses import dataclass
from enum import StrEnum


class LineEnd(StrEnum):
    """What follows each record; the Rules know only fixed-length records, banks differ."""

    LF = "\n"
    CRLF = "\r\n"
    NONE = ""


class PartyStyle(StrEnum):
    """How the ten columns of destination or origin are filled.

    ``AS_GIVEN``: ten characters stand as they are, nine get a blank before them. ``BLANK_NINE`` and ``ZERO_NINE``:
    nine characters after a blank or a zero, whichever of the two was given; ten others are refused, never cut.
    """

    AS_GIVEN = "as-given"
    BLANK_NINE = "blank-nine"
    ZERO_NINE = "zero-nine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One bank's way of writing.

    ``pad_to_block`` adds records of nines up to a whole block. ``leftmost_17`` lets account preparation keep the
    leftmost 17 characters of a longer number, as the Rules allow.

    What we originate only: ``upper_case`` turns every text except account numbers into capitals;
    ``payment_type_required`` refuses WEB debits that say neither R nor S in 77-78; ``same_day_mark``, such as
    ``SD1300``, goes into blank columns 64-69 of batches that are to settle on the day the file is made.
    """

    line_end: LineEnd | str = LineEnd.LF
    upper_case: bool = False
    leftmost_17: bool = False
    pad_to_block: bool = True
    payment_type_required: bool = True
    same_day_mark: str = ""
    destination_style: PartyStyle = PartyStyle.AS_GIVEN
    origin_style: PartyStyle = PartyStyle.AS_GIVEN
