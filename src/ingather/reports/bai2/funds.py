"""Amounts, type codes and funds types of BAI2: how wide a funds type is, and which way a code moves money.

A funds type of S is followed by three amounts, of V by a date and a time, of D by a count and so many pairs of days
and amount; blank, Z and a digit stand alone. Amounts have the decimals of their currency, so they are minor units.
"""

import re

from ingather.reports.code_map import CodeMap

CODE_TYPE = "BAI2"
NO_MONEY = "890"
"""Contains Non-monetary Information: a detail with words and no amount."""

ALONE = frozenset({"", "Z", *"0123456789"})
TYPE_CODE = re.compile(r"[0-9]{3}")
AMOUNT = re.compile(r"[+-]?[0-9]{1,18}")

_EXTRA = {"S": 3, "V": 2}
_DISTRIBUTED = "D"
_PAIRS = re.compile(r"[0-9]{1,3}")
_RANGES = (("100", "399", 1), ("400", "699", -1), ("920", "959", 1), ("960", "999", -1))
"""Credits and debits by the specification; 920 to 999 are the bank's own."""


def funds_width(funds: str, following: str) -> int:
    """Return how many further fields a funds type has; ``following`` is the field behind it.

    Raises ``ValueError`` for a funds type that BAI2 does not have, and for D without a count.
    """
    if funds in ALONE:
        return 0
    if funds in _EXTRA:
        return _EXTRA[funds]
    if funds == _DISTRIBUTED and _PAIRS.fullmatch(following):
        return 1 + 2 * int(following)
    message = "not a funds type"
    raise ValueError(message)


def direction(code: str, codes: CodeMap) -> int:
    """Return 1 for a code of credits, -1 for one of debits, 0 where neither the specification nor a rule says."""
    for first, last, sign in _RANGES:
        if first <= code <= last:
            return sign
    signs = {rule.sign for rule in codes.rules_of(CODE_TYPE, code)}
    return {"C": 1, "D": -1}.get(signs.pop(), 0) if len(signs) == 1 else 0
