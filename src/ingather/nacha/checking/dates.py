"""Whether digits are digits, and whether a date, a time or a day of the year names one that exists."""

import numpy as np

from ingather.base.columns import Bytes2D, Mask, column_texts
from ingather.base.dates import parse_yymmdd

_LONGEST_YEAR = 366


def is_digits(text: str, width: int) -> bool:
    """Return whether a text is this many digits; characters of other scripts that count as digits are none."""
    return len(text) == width and text.isascii() and text.isdigit()


def is_real_date(text: str) -> bool:
    """Return whether six characters name a day."""
    try:
        parse_yymmdd(text)
    except ValueError:
        return False
    return True


def is_real_time(text: str) -> bool:
    """Return whether four characters name a minute."""
    return is_digits(text, 4) and int(text[:2]) < 24 and int(text[2:]) < 60  # noqa: PLR2004 -- hours and minutes


def is_day_of_year(text: str) -> bool:
    """Return whether three characters are a day of the year, 001 to 366."""
    return is_digits(text, 3) and 0 < int(text) <= _LONGEST_YEAR


def are_real_dates(column: Bytes2D) -> Mask:
    """Return which rows of an ``(n, 6)`` column name a day; each different text is looked at once."""
    texts = column_texts(column)
    real = {text: is_real_date(text) for text in set(texts)}
    return np.array([real[text] for text in texts], np.bool_)
