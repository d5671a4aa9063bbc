"""Numbers into columns by tables of four digits; what does not fit was refused before, so nothing is looked at twice.

Every function takes a target of contiguous rows and ``(n,)`` values that fit: a value that does not writes other digits
or raises ``IndexError``.
"""

import numpy as np

from ingather.base.columns import Bytes2D, Int64

_TEN_THOUSAND = 10_000
_HUNDRED_MILLION = 100_000_000
_PAIRS = np.array([b"%02d" % number for number in range(100)]).view("<u2")
_FOURS = np.array([b"%04d" % number for number in range(_TEN_THOUSAND)]).view("<u4")


def put_two(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 99."""
    target[:, start : start + 2].view("<u2")[:, 0] = _PAIRS[values]


def put_four(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 9,999."""
    target[:, start : start + 4].view("<u4")[:, 0] = _FOURS[values]


def put_seven(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 9,999,999: two fours that share a digit."""
    # A quotient multiplied back is much quicker than a remainder.
    put_four(target, start, values // 1_000)
    put_four(target, start + 3, values - values // _TEN_THOUSAND * _TEN_THOUSAND)


def put_eight(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 99,999,999."""
    high = values // _TEN_THOUSAND
    put_four(target, start, high)
    put_four(target, start + 4, values - high * _TEN_THOUSAND)


def put_nine(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 999,999,999."""
    high = values // 10
    put_eight(target, start, high)
    target[:, start + 8] = values - high * 10 + ord("0")


def put_ten(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 9,999,999,999; most are below a hundred million, which is looked at first."""
    if len(values) and values.max() < _HUNDRED_MILLION:
        target[:, start] = target[:, start + 1] = ord("0")
        put_eight(target, start + 2, values)
        return
    high = values // _HUNDRED_MILLION
    put_two(target, start, high)
    put_eight(target, start + 2, values - high * _HUNDRED_MILLION)


def put_fifteen(target: Bytes2D, start: int, values: Int64) -> None:
    """Write numbers from 0 to 999,999,999,999,999; their first seven are one bank's mostly, and then written once."""
    high = values // _HUNDRED_MILLION
    put_eight(target, start + 7, values - high * _HUNDRED_MILLION)
    if len(high) and high.min() == high.max():
        target[:, start : start + 7].view("V7")[:, 0] = np.frombuffer(b"%07d" % int(high[0]), "V7")
        return
    put_seven(target, start, high)
