"""One position per reference: what became of its entries in cents, added up in columns.

A year has tens of thousands of orders and is read every evening, so each position is only made when it is looked at,
and taken over from an earlier reading when nothing of it has changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Int64
from ingather.nacha.transaction_codes import DEBIT
from ingather.simulator.entries import NEVER, Entries, Sort, Status, day_of, live_credits, live_debits, text
from ingather.simulator.state import BankState, ReturnRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One order at this bank: cents by what became of its entries, and its last debit's fate.

    ``presentations`` counts settled debits. ``returned_cents`` is all that was posted for returns of them, one that
    came twice or told another amount included; ``dishonoured_cents`` came back of that, ``contested_cents`` went again,
    by a contest or a corrected return. ``credited_cents`` is all that went out as reversals and refunds, and
    ``credits_returned_cents`` came back of that. ``in_transit_cents`` is settled money whose return is decided and not
    yet posted. ``fees_cents`` is what the originator holds of return fees, which are in no other figure.
    """

    presentations: int = 0
    debited_cents: int = 0
    returned_cents: int = 0
    dishonoured_cents: int = 0
    contested_cents: int = 0
    in_transit_cents: int = 0
    credited_cents: int = 0
    credits_returned_cents: int = 0
    fees_cents: int = 0
    waiting_cents: int = 0
    refused_cents: int = 0
    last_status: Status = Status.REFUSED
    last_code: str = ""
    last_settled_on: date | None = None
    last_returned_on: date | None = None

    @property
    def standing_cents(self) -> int:
        """Return what the originator holds of the order now: less than nothing when the buyer has more than he gave."""
        came_in = self.debited_cents + self.dishonoured_cents + self.credits_returned_cents
        return came_in - self.returned_cents - self.contested_cents - self.credited_cents


_SUMS = (
    "presentations",
    "debited_cents",
    "returned_cents",
    "dishonoured_cents",
    "contested_cents",
    "in_transit_cents",
    "credited_cents",
    "credits_returned_cents",
    "fees_cents",
    "waiting_cents",
    "refused_cents",
)
_COLUMN = {name: place for place, name in enumerate(_SUMS)}
_LAST, _STATUS, _SETTLED_ON, _RETURN_ON = range(len(_SUMS), len(_SUMS) + 4)
_WIDTH = len(_SUMS) + 4


class Positions(Mapping[str, Position]):
    """The positions of one evening by reference (or trace, where an entry has none), in the order of first arrival."""

    __slots__ = ("_codes", "_places", "made", "sums")

    def __init__(
        self, places: dict[str, int], sums: Int64, codes: npt.NDArray[np.bytes_], before: "Positions | None" = None
    ) -> None:
        self._places, self.sums, self._codes = places, sums, codes
        self.made: list[Position | None] = [None] * len(sums)
        if before is not None:
            kept = before.sums
            same = (sums[: len(kept)] == kept).all(axis=1).tolist()
            self.made[: len(kept)] = [made if alike else None for made, alike in zip(before.made, same, strict=True)]

    @classmethod
    def none(cls) -> "Positions":
        """Return the positions of a bank to which nothing ever came."""
        return cls({}, np.zeros((0, _WIDTH), np.int64), np.zeros(0, "S3"))

    def __getitem__(self, key: str) -> Position:
        """Return the position of a reference; raises ``KeyError`` for one that never came."""
        place = self._places[key]
        if place >= len(self.made):  # it came after these were read
            raise KeyError(key)
        made = self.made[place]
        if made is None:
            made = self.made[place] = self._position(place)
        return made

    def __iter__(self) -> Iterator[str]:
        """Yield the references."""
        return (key for key, place in self._places.items() if place < len(self.made))

    def __len__(self) -> int:
        """Return how many references there are."""
        return len(self.made)

    def _position(self, place: int) -> Position:
        """Return a position with the fate of its last debit."""
        row: list[int] = self.sums[place].tolist()
        status = Status(row[_STATUS])
        back = status > Status.SETTLED
        return Position(
            **dict(zip(_SUMS, row, strict=False)),
            last_status=status,
            last_code=text(self._codes[place].item()) if back else "",
            last_settled_on=day_of(row[_SETTLED_ON]) if status >= Status.SETTLED else None,
            last_returned_on=day_of(row[_RETURN_ON]) if back else None,
        )


def read_positions(state: BankState, before: Positions) -> Positions:
    """Return the positions of a state; what has not changed since ``before`` is taken from there."""
    entries, place = state.entries, state.entries["place"]
    sums = np.zeros((len(state.places), _WIDTH), np.int64)
    status, amount = entries["status"], entries["amount"]
    debit, fee = live_debits(entries), entries["sort"] == Sort.FEE
    settled = status >= Status.SETTLED
    on_its_way = (status == Status.SETTLED) & (entries["return_on"] != NEVER)
    for name, mask in (
        ("debited_cents", debit & ~fee & settled),
        ("in_transit_cents", debit & ~fee & on_its_way),
        ("waiting_cents", debit & ~fee & (status == Status.WAITING)),
        ("refused_cents", debit & ~fee & (status == Status.REFUSED)),
        ("fees_cents", debit & fee & settled),
        ("credited_cents", live_credits(entries) & settled),
    ):
        np.add.at(sums[:, _COLUMN[name]], place[mask], amount[mask])
    np.add.at(sums[:, _COLUMN["presentations"]], place[debit & ~fee & settled], 1)
    codes = _add_last(sums, entries, np.flatnonzero(debit & ~fee))
    for row in state.returns:
        _add_return(sums[state.places[row.key]], row)
    return Positions(state.places, sums, codes, before)


def _add_last(sums: Int64, entries: Entries, debits: npt.NDArray[np.intp]) -> npt.NDArray[np.bytes_]:
    """Write down the fate of each position's last debit, and return its code: ``(k,)``, empty where there is none."""
    sums[:, _LAST] = NEVER
    np.maximum.at(sums[:, _LAST], entries["place"][debits], debits)
    known = sums[:, _LAST] != NEVER
    last = sums[known, _LAST]
    for column, name in ((_STATUS, "status"), (_SETTLED_ON, "settles_on"), (_RETURN_ON, "return_on")):
        sums[known, column] = entries[name][last]
    codes = np.zeros(len(sums), entries.dtype["reason"])
    codes[known] = entries["reason"][last]
    return codes


def _add_return(sums: Int64, row: ReturnRow) -> None:
    """Add what a posted return, its dishonour and the answer to that moved."""
    if row.sort == Sort.PRENOTE:
        return
    if not DEBIT[row.transaction_code]:
        sums[_COLUMN["credits_returned_cents"]] += row.cents
    elif row.sort == Sort.FEE:
        sums[_COLUMN["fees_cents"]] -= row.standing_cents
    else:
        sums[_COLUMN["returned_cents"]] += row.cents
        sums[_COLUMN["dishonoured_cents"]] += row.cents if row.dishonour_code else 0
        sums[_COLUMN["contested_cents"]] += row.answered_cents
