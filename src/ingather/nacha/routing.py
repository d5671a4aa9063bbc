"""Routing numbers: the check digit, modulus 10 with the weights 3 7 1 (RB13 Appendix Three), and the prefixes in use.

The first two digits are 00 to 12 (00 is the government's), 21 to 32 (thrifts), 61 to 72 (electronic) or 80 (traveler's
checks); the American Bankers Association gives out no others.
"""

import numpy as np
import numpy.typing as npt

from ingather.base.columns import ZERO, Bytes2D, Int64, Mask, Words, digits_column, words_at

_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_PREFIXES = (*range(13), *range(21, 33), *range(61, 73), 80)
_EVERY_SECOND_BYTE = np.array(0x00FF_00FF_00FF_00FF, np.uint64)
_DIGITS = np.array(0x3030_3030_3030_3030, np.uint64)
_BYTE = np.array(8, np.uint64)
_TOP_LANE = np.array(48, np.uint64)
# A tenth of 65,536, rounded up: of its product with a number up to 300, the low sixteen bits tell whether ten divides.
_TENTH = np.array(6_554, np.uint16)


def _lanes(weights: tuple[int, ...]) -> npt.NDArray[np.uint64]:
    """Return the factor that adds up four 16-bit lanes, weighted, in the topmost lane of the product."""
    return np.array(sum(weight << 16 * (3 - place) for place, weight in enumerate(weights)), np.uint64)


_EVEN = _lanes(_WEIGHTS[0::2])
_ODD = _lanes(_WEIGHTS[1::2])
# By the first two characters as one little-endian number: whether a routing number may start so.
_MAY_START = np.zeros(1 << 16, np.bool_)
_MAY_START[[prefix % 10 + ZERO << 8 | prefix // 10 + ZERO for prefix in _PREFIXES]] = True


def _weighted(words: Words) -> Words:
    """Return the weighted sums of words of eight ASCII digits, in the topmost 16 bits of each word."""
    digits = words ^ _DIGITS
    even = digits & _EVERY_SECOND_BYTE
    even *= _EVEN
    digits >>= _BYTE
    digits &= _EVERY_SECOND_BYTE
    digits *= _ODD
    even += digits
    return even


def check_digits(column: Bytes2D) -> Int64:
    """Return the ninth digits for ``(n, 8)`` bytes of digits; rows that are not digits give anything from 0 to 9."""
    return _ninth(words_at(column, 0))


def _ninth(words: Words) -> Int64:
    return ((np.uint64(655_360) - (_weighted(words) >> _TOP_LANE)) % np.uint64(10)).view(np.int64)


def all_check_digits_fit(words: Words, ninth: npt.NDArray[np.uint8], /) -> bool:
    """Return whether every ninth digit, a number ``(n,)``, fits the eight ASCII digits of its word.

    Where one is no digit, or the ninth over 9, the answer is anything.
    """
    sums = _weighted(words).view(np.uint16)[3::4] + ninth
    sums *= _TENTH
    return bool(np.maximum.reduce(sums, initial=0) < _TENTH)


def may_start(words: Words, /) -> Mask:
    """Return which words of eight ASCII digits start as routing numbers may, by their first two digits."""
    allowed: Mask = _MAY_START[words.view(np.uint16)[0::4]]
    return allowed


def check_digit(eight: str) -> int:
    """Return the ninth digit of a routing number's first eight; raises ``ValueError`` when they are not digits."""
    if len(eight) != len(_WEIGHTS) or not eight.isascii() or not eight.isdigit():
        message = "a routing number starts with eight digits"
        raise ValueError(message)
    return -sum(int(digit) * weight for digit, weight in zip(eight, _WEIGHTS, strict=True)) % 10


def is_routing_number(text: str) -> bool:
    """Return whether nine characters are a prefix in use and digits, not all zero, that end in their check digit."""
    if len(text) != len(_WEIGHTS) + 1 or not text.isascii() or not text.isdigit() or not int(text):
        return False
    return int(text[:2]) in _PREFIXES and check_digit(text[:-1]) == int(text[-1])


def are_routing_numbers(numbers: Int64) -> Mask:
    """Return which of ``(n,)`` numbers are routing numbers, as ``is_routing_number`` judges nine digits."""
    fits: Mask = (numbers > 0) & (numbers < 10 ** (len(_WEIGHTS) + 1))
    words = words_at(digits_column(np.where(fits, numbers, 0) // 10, len(_WEIGHTS)), 0)
    valid: Mask = fits & may_start(words) & (_ninth(words) == numbers % 10)
    return valid
