"""The company entry descriptions that the Rules reserve, and since when (columns 54 to 63 of record 5)."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ingather.nacha.tables import rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedDescription:
    """One reserved text in capitals: ``columns`` is how many of the ten count, ``since`` is None if it always was."""

    text: str
    columns: int
    since: date | None
    meaning: str


RESERVED_DESCRIPTIONS: dict[str, ReservedDescription] = {
    row["text"]: ReservedDescription(
        text=row["text"],
        columns=int(row["columns"]),
        since=date.fromisoformat(row["since"]) if row["since"] else None,
        meaning=row["meaning"],
    )
    for row in rows_of("descriptions.csv")
}

REVERSAL = "REVERSAL"
RETRY = "RETRY PYMT"
RETURN_FEE = "RETURN FEE"
MICRO_ENTRY = "ACCTVERIFY"


@lru_cache(maxsize=4_096)
def reserved_in(text: str, /) -> str:
    """Return the reserved description that a field says, in whatever letters, or nothing.

    Compared are the columns that count, blanks after them aside; a caller compares the letters as they stand.
    """
    said = text.upper()
    for row in RESERVED_DESCRIPTIONS.values():
        if said[: row.columns].rstrip(" ") == row.text:
            return row.text
    return ""
