"""What a receiver's bank says is right instead: corrected data in the fixed columns of each change code.

The corrected values follow from the seed and the account's mark, so that every entry to one account is answered alike.
Columns within the 29 of the field are those of the Nacha Operating Rules, Appendix Five.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ingather.nacha.routing import check_digit
from ingather.simulator.chance import Chance, account_mark

_SWITCHED = {27: 37, 37: 27, 22: 32, 32: 22, 28: 38, 38: 28}
_NEW_ACCOUNT = frozenset({"C01", "C03", "C06", "C07"})
_NEW_ROUTING = frozenset({"C02", "C03", "C07"})
_NEW_CODE = frozenset({"C05", "C06", "C07"})
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "C04": "RIGHT NAME",
        "C09": "RIGHT IDENTIFICATION",
        "C10": "RIGHT COMPANY",
        "C13": "ADDENDA FORMAT",
        "C14": "IAT",
    }
)
"""What the codes that leave the account alone say; C04 was withdrawn in 2015 and C10 is in no rule book."""
_WIDTH = 29
TOLD_CODES = _NEW_ACCOUNT | _NEW_ROUTING | _NEW_CODE | _WORDS.keys()
"""The change codes that a bank here tells; the Rules know others, which only entries abroad are told by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The right account: ``number`` is empty where the one that was sent stays; data is the 29-column field."""

    routing: int
    transaction_code: int
    number: str = field(repr=False)
    data: str = field(repr=False)

    def mark(self, seed: int) -> int:
        """Return the mark of the new number, or 0 where the old number stays."""
        return account_mark(seed, self.number) if self.number else 0


def correct(code: str, *, routing: int, account: int, transaction_code: int, chance: Chance) -> Correction:
    """Return the correction that this change code makes to an account; raises ``ValueError`` for another code.

    ``account`` is the number's mark; ``routing`` has nine digits.
    """
    key = f"{routing:09d}/{account}"
    number = f"{chance.draw('corrected account', key, 9 * 10**9) + 10**9}" if code in _NEW_ACCOUNT else ""
    new_routing = _other_routing(routing, chance, key) if code in _NEW_ROUTING else routing
    new_code = _SWITCHED.get(transaction_code, transaction_code) if code in _NEW_CODE else transaction_code
    match code:
        case "C01":
            data = number
        case "C02":
            data = f"{new_routing:09d}"
        case "C03":
            data = f"{new_routing:09d}   {number}"
        case "C05":
            data = f"{new_code:02d}"
        case "C06":
            data = f"{number:<20}{new_code:02d}"
        case "C07":
            data = f"{new_routing:09d}{number:<17}{new_code:02d}"
        case _ if code in _WORDS:
            data = _WORDS[code]
        case _:
            message = f"this bank sends no change {code}"
            raise ValueError(message)
    return Correction(routing=new_routing, transaction_code=new_code, number=number, data=data)


def garbled(data: str) -> str:
    """Return corrected data with everything one column too far to the right, so that no part stands in its own."""
    return f" {data}"[:_WIDTH]


def _other_routing(routing: int, chance: Chance, key: str) -> int:
    """Return another routing number of the same Federal Reserve district, with a right check digit."""
    district = routing // 10**5
    eight = district * 10**4 + chance.draw("corrected routing", key, 10**4)
    if eight == routing // 10:
        eight = district * 10**4 + (eight + 1) % 10**4
    return eight * 10 + check_digit(f"{eight:08d}")
