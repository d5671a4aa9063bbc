"""Amounts as messages write them, in whole minor units of their currency, exact."""

import re

# ISO 4217: currencies whose minor unit is not a hundredth; all others have two decimals.
_DECIMALS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF"), 0
    ),
    **dict.fromkeys(("XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_HUNDREDTHS = 2
_AMOUNT = re.compile(r"\+?(?P<whole>[0-9]{0,18})(?:[.,](?P<part>[0-9]{0,18}))?")
_MOST_DIGITS = 18


def decimals_of(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217); two where it is not known otherwise."""
    return _DECIMALS.get(currency, _HUNDREDTHS)


def minor_units(text: str, currency: str, *, mark: str = ".") -> int:
    """Return the minor units of an unsigned amount with this decimal mark, such as ``1250.5`` or, by ``,``, ``1250,``.

    Further decimals are read when they are zeros. Raises ``ValueError`` for anything else: signs, thousands
    separators, exponents, parts of a minor unit, more than 18 digits.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None or not (found["whole"] or found["part"]) or (found["part"] is not None and mark not in text):
        message = "not a plain amount"
        raise ValueError(message)
    decimals = decimals_of(currency)
    part = (found["part"] or "").ljust(decimals, "0")
    if part[decimals:].strip("0"):
        message = "an amount with parts of a minor unit"
        raise ValueError(message)
    digits = (found["whole"] + part[:decimals]).lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        message = "an amount of more than 18 digits"
        raise ValueError(message)
    return int(digits)
