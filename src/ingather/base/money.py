"""Money is whole minor units with a currency beside it; there is no other kind."""

import re

_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,15})(?:\.(?P<cents>\d{1,2}))?", re.ASCII)


def format_minor(amount_minor: int) -> str:
    """Return an amount in minor units as people read it: ``-1234567`` becomes ``-12,345.67``."""
    sign = "-" if amount_minor < 0 else ""
    whole, cents = divmod(abs(amount_minor), 100)
    return f"{sign}{whole:,}.{cents:02d}"


def parse_minor(text: str) -> int:
    """Return the minor units of a plain decimal such as ``1234.5``.

    Raises ``ValueError`` for anything else: thousands separators, exponents, more than two decimals.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        message = "not a plain amount such as 1234.56"
        raise ValueError(message)
    minor = int(match["whole"]) * 100 + int((match["cents"] or "").ljust(2, "0"))
    return -minor if match["sign"] else minor
