"""Routing numbers: the check digit, modulus 10 with the weights 3 7 1 (RB13 Appendix Three)."""

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask, digits_column

_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_EVERY_SECOND_BYTE = np.uint64(0x00FF_00FF_00FF_00FF)
_DIGITS = np.uint64(0x3030_3030_3030_3030)


def _lanes(weights: tuple[int, ...]) -> np.uint64:
    """Return the factor that adds up four 16-bit lanes, weighted, in the topmost lane of the product."""
    return np.uint64(sum(weight << 16 * (3 - place) for place, weight in enumerate(weights)))


_EVEN = _lanes(_WEIGHTS[0::2])
_ODD = _lanes(_WEIGHTS[1::2])


def check_digits(column: Bytes2D) -> Int64:
    """Return the ninth digits for ``(n, 8)`` bytes of digits; rows that are not digits give anything from 0 to 9."""
    if column.strides[1] != 1:
        column = np.ascontiguousarray(column)
    word = column.view("<u8")[:, 0] - _DIGITS
    total = (word & _EVERY_SECOND_BYTE) * _EVEN + ((word >> np.uint64(8)) & _EVERY_SECOND_BYTE) * _ODD
    total >>= np.uint64(48)
    return ((np.uint64(655_360) - total) % np.uint64(10)).view(np.int64)


def check_digit(eight: str) -> int:
    """Return the ninth digit of a routing number's first eight; raises ``ValueError`` when they are not digits."""
    if len(eight) != len(_WEIGHTS) or not eight.isascii() or not eight.isdigit():
        message = "a routing number starts with eight digits"
        raise ValueError(message)
    return -sum(int(digit) * weight for digit, weight in zip(eight, _WEIGHTS, strict=True)) % 10


def is_routing_number(text: str) -> bool:
    """Return whether nine characters are digits, not all zero, whose last is the check digit of the others."""
    if len(text) != len(_WEIGHTS) + 1 or not text.isascii() or not text.isdigit() or not int(text):
        return False
    return check_digit(text[:-1]) == int(text[-1])


def are_routing_numbers(numbers: Int64) -> Mask:
    """Return which of ``(n,)`` numbers are routing numbers: nine digits, not all zero, the last one the check digit."""
    fits: Mask = (numbers > 0) & (numbers < 10 ** (len(_WEIGHTS) + 1))
    eight = np.where(fits, numbers, 0) // 10
    valid: Mask = fits & (check_digits(digits_column(eight, len(_WEIGHTS))) == numbers % 10)
    return valid
