"""Why entries come back: the return, dishonour and contest reasons, and the entries that each of them fits.

The rows stand in ``return_reasons.csv`` (RB13 Appendix Four and later notices) with their sources; where those disagree
a row's note says so and the row lets more through.
"""

from dataclasses import dataclass
from enum import StrEnum

from ingather.nacha.tables import rows_of


class Family(StrEnum):
    """Who answers whom: the RDFI returns, the ODFI dishonours a return, the RDFI contests a dishonour."""

    RETURN = "return"
    DISHONOUR = "dishonour"
    CONTEST = "contest"


class Direction(StrEnum):
    """Which entries a reason is for."""

    DEBIT = "debit"
    CREDIT = "credit"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason:
    """One reason: ``classes`` are the SEC codes whose entries can come back with it, empty for all of them."""

    code: str
    title: str
    family: Family
    classes: frozenset[str]
    direction: Direction

    def fits_class(self, standard_entry_class: str, /) -> bool:
        """Return whether entries of this SEC code can come back with this reason."""
        return not self.classes or standard_entry_class in self.classes

    def fits_direction(self, *, debit: bool) -> bool:
        """Return whether a debit (or a credit) can come back with this reason."""
        return self.direction in {Direction.ANY, Direction.DEBIT if debit else Direction.CREDIT}


RETURN_REASONS: dict[str, ReturnReason] = {
    row["code"]: ReturnReason(
        code=row["code"],
        title=row["title"],
        family=Family(row["family"]),
        classes=frozenset(row["classes"].split()),
        direction=Direction(row["direction"]),
    )
    for row in rows_of("return_reasons.csv")
}
