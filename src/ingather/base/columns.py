"""Fixed-width text and digits as NumPy columns: the kernels that the format and the decisions share."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Bytes2D = npt.NDArray[np.uint8]
Int64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

BLANK = 32
ZERO = 48
_PAIRS = np.array([[ZERO + i // 10, ZERO + i % 10] for i in range(100)], np.uint8)
_PAIR_WORDS = _PAIRS.view(np.uint16).ravel()
_NINE = 9
_EIGHT = 8
_HUNDRED_MILLION = 100_000_000
_U = np.uint64
# Constants of 64-bit words; as arrays, because NumPy takes those up much quicker than numbers.
_DIGITS = np.array(0x3030_3030_3030_3030, _U)
_TO_TOP_BIT = np.array(0x7676_7676_7676_7676, _U)
_TOP_BITS = np.array(0x8080_8080_8080_8080, _U)
_JOINS = tuple(
    (np.array(factor, _U), np.array(shift, _U), np.array(mask, _U))
    for factor, shift, mask in (
        (10 << 8 | 1, 8, 0x00FF_00FF_00FF_00FF),
        (100 << 16 | 1, 16, 0x0000_FFFF_0000_FFFF),
    )
)
_JOIN_FOURS = np.array(10_000 << 32 | 1, _U)
_HALF = np.array(32, _U)


def text_column(values: Sequence[str], width: int) -> Bytes2D:
    """Return ``n`` ASCII texts as ``(n, width)`` bytes, left-justified and blank-filled.

    Raises ``ValueError`` when a text is longer than the column or not ASCII: nothing is cut here.
    """
    if not values:
        return np.empty((0, width), np.uint8)
    joined = "".join([value.ljust(width) for value in values])
    if len(joined) != width * len(values):
        index = next(i for i, value in enumerate(values) if len(value) > width)
        message = f"value {index} has {len(values[index])} characters, the column holds {width}"
        raise ValueError(message)
    return np.frombuffer(joined.encode("ascii"), np.uint8).reshape(-1, width)


def column_texts(column: Bytes2D) -> list[str]:
    """Return an ``(n, width)`` byte column as texts without trailing blanks; bytes over 127 become windows-1252."""
    if not len(column):
        return []
    width = column.shape[1]
    joined = np.ascontiguousarray(column).tobytes().decode("cp1252", errors="replace")
    return [joined[start : start + width].rstrip(" ") for start in range(0, len(joined), width)]


def put_digits(target: Bytes2D, start: int, width: int, values: Int64) -> None:
    """Write ``(n,)`` non-negative integers as zero-filled digits into columns ``start`` to ``start + width`` of target.

    The target's rows must be contiguous bytes. Raises ``ValueError`` for negative values and for values that do not fit
    the width (at most 18 digits): nothing is cut here.
    """
    if len(values) and (values.min() < 0 or values.max() >= 10**width):
        message = f"a value does not fit {width} digits"
        raise ValueError(message)
    rest = values
    end = start + width
    if _EIGHT + 2 < width < 2 * _EIGHT:
        # Two overlapping words are quicker than pairs: the second writes the shared columns again, alike.
        head = (values.view(np.uint64) // _U(10 ** (width - _EIGHT))).view(np.int64)
        tail = (values.view(np.uint64) % _U(_HUNDRED_MILLION)).view(np.int64)
        put_eight(target, start, head)
        put_eight(target, end - _EIGHT, tail)
        return
    while end - start >= _EIGHT:
        higher = rest // _HUNDRED_MILLION
        put_eight(target, end - _EIGHT, rest - higher * _HUNDRED_MILLION)
        rest = higher
        end -= _EIGHT
    while end - start > 1:
        higher = rest // 100
        target[:, end - 2 : end].view(np.uint16)[:, 0] = _PAIR_WORDS[rest - higher * 100]
        rest = higher
        end -= 2
    if end > start:
        target[:, start] = rest % 10 + ZERO


def put_eight(target: Bytes2D, start: int, values: Int64) -> None:
    """Write ``(n,)`` integers from 0 to 99,999,999 as eight digits into columns ``start`` to ``start + 8`` of target.

    All eight digits of a row are made at once inside one 64-bit word: halves, then pairs, then single digits.
    """
    whole = values.view(np.uint64)
    # Division by 10,000 as a multiplication and a shift; exact below 100,000,000 and much quicker.
    four = (whole * _U(3_518_437_209)) >> _U(45)
    word = four | ((whole - four * _U(10_000)) << _U(32))
    pairs = ((word * _U(10_486)) >> _U(20)) & _U(0x0000_007F_0000_007F)
    word = pairs | ((word - pairs * _U(100)) << _U(16))
    ones = ((word * _U(103)) >> _U(10)) & _U(0x000F_000F_000F_000F)
    word = (ones | ((word - ones * _U(10)) << _U(8))) + _U(0x3030_3030_3030_3030)
    target[:, start : start + _EIGHT].view("<u8")[:, 0] = word


def digits_column(values: Int64, width: int) -> Bytes2D:
    """Return ``(n,)`` non-negative integers as ``(n, width)`` zero-filled digits."""
    column = np.empty((len(values), width), np.uint8)
    put_digits(column, 0, width, values)
    return column


def parse_digits(column: Bytes2D) -> tuple[Int64, Mask]:
    """Return the integers of ``(n, width)`` digits and a mask of the rows that really are digits.

    Rows that are not hold 0. Widths over 18 digits do not fit and raise ``ValueError``.
    """
    width = column.shape[1]
    if width > 18:  # noqa: PLR2004 -- what 63 bits hold
        message = "at most 18 digits fit"
        raise ValueError(message)
    good: Mask
    odd = width % _EIGHT
    if _EIGHT + 2 < width < 2 * _EIGHT:
        # Two overlapping words are quicker than a word and single columns.
        total, good = parse_eight(column[:, :_EIGHT])
        total //= 10 ** (_EIGHT - odd)
    else:
        total, good = np.zeros(len(column), np.int64), np.ones(len(column), np.bool_)
        for index in range(odd):
            digit = column[:, index] - np.uint8(ZERO)
            good &= digit <= _NINE
            total *= 10
            total += digit
    start = odd
    while start < width:
        eight, real = parse_eight(column[:, start : start + _EIGHT])
        good &= real
        total *= _HUNDRED_MILLION
        total += eight
        start += _EIGHT
    if not good.all():
        total[~good] = 0
    return total, good


def parse_eight(column: Bytes2D) -> tuple[Int64, Mask]:
    """Return the integers of ``(n, 8)`` digits and a mask of the rows that really are digits; others hold anything."""
    words = words_at(column, 0)
    digits = words ^ _DIGITS
    good: Mask = (((digits + _TO_TOP_BIT) | digits) & _TOP_BITS) == 0
    numbers = np.empty(len(words), np.int64)
    join_digits(words, np.empty_like(words), numbers)
    return numbers, good


def words_at(rows: Bytes2D, start: int, /, out: Words | None = None) -> Words:
    """Return eight columns of each row, from column ``start``, as one 64-bit word: the first is its lowest byte.

    With ``out``, ``(n,)``, the words are written there.
    """
    column = rows[:, start : start + _EIGHT]
    if column.strides[1] != 1:
        column = np.ascontiguousarray(column)
    words = np.empty(len(rows), np.uint64) if out is None else out
    np.copyto(words, column.view("<u8")[:, 0])
    return words


def join_digits(words: Words, spare: Words, out: Int64, /) -> bool:
    """Turn words of eight ASCII digits into integers in ``out`` and return whether all of them really were digits.

    Words, spare room and result are ``(n,)``; the words are used up. All eight digits of a word are worked on at once:
    neighbouring digits are joined, then pairs, then fours. Where one was no digit its word's result is anything.
    """
    words ^= _DIGITS
    # A byte is a digit when neither it nor itself plus 118 reaches its top bit; a carry only follows a byte that did.
    np.add(words, _TO_TOP_BIT, out=spare)
    spare |= words
    real = not int(np.bitwise_or.reduce(spare)) & int(_TOP_BITS)
    for factor, shift, mask in _JOINS:
        words *= factor
        words >>= shift
        words &= mask
    np.multiply(words, _JOIN_FOURS, out=words)
    np.right_shift(words, _HALF, out=out.view(np.uint64))
    return real
