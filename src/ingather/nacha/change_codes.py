"""What a notification of change corrects, and why one is refused: the codes with the fixed columns of their data.

The rows stand in ``change_codes.csv`` (RB13 Appendix Five). Nothing is split at blanks: an account number of seventeen
characters touches the transaction code that follows it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ingather.nacha.tables import rows_of


class ChangeKind(StrEnum):
    """What a code is for: a change asked for, a change no longer in force, the refusal of a change."""

    CHANGE = "change"
    WITHDRAWN = "withdrawn"
    REFUSAL = "refusal"


class PartKind(StrEnum):
    """What some columns of the corrected data hold."""

    ACCOUNT = "account"
    ROUTING = "routing"
    TRANSACTION_CODE = "transaction_code"
    NAME = "name"
    IDENTIFICATION = "identification"
    FOREIGN_DFI = "foreign_dfi"
    STANDARD_ENTRY_CLASS = "standard_entry_class"
    TEXT = "text"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class ChangePart:
    """Columns ``start`` to ``end`` of the corrected data (from 1, inclusive) and what they hold."""

    kind: PartKind
    start: int
    end: int

    @property
    def span(self) -> slice:
        """Return the part's columns as a zero-based slice of the corrected data."""
        return slice(self.start - 1, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCode:
    """One code: ``parts`` of the 29 columns, ``international_parts`` of the 35; columns in no part are blank.

    Empty parts say that the code is not used there; a refusal copies the data of the change it refuses.
    """

    code: str
    title: str
    kind: ChangeKind
    parts: tuple[ChangePart, ...]
    international_parts: tuple[ChangePart, ...]


_PART = re.compile(r"(?P<kind>\w+):(?P<start>\d+)-(?P<end>\d+)")


def _parts(text: str) -> tuple[ChangePart, ...]:
    return tuple(
        ChangePart(PartKind(found["kind"]), int(found["start"]), int(found["end"])) for found in _PART.finditer(text)
    )


CHANGE_CODES: dict[str, ChangeCode] = {
    row["code"]: ChangeCode(
        code=row["code"],
        title=row["title"],
        kind=ChangeKind(row["kind"]),
        parts=_parts(row["parts"]),
        international_parts=_parts(row["international_parts"]),
    )
    for row in rows_of("change_codes.csv")
}
