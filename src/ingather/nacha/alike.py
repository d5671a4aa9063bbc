"""Rows that are alike: which of one column were seen before, and which of two columns belong together.

Rows meet by 64-bit hashes. Kinds are then compared byte by byte; who pairs up rows compares what they hold.
"""

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Bytes2D, Int64

Hashes = npt.NDArray[np.uint64]

_WORD = 8
_CHUNK = 16_384
_SEED = np.uint64(0x9E37_79B9_7F4A_7C15)
_STEP = np.uint64(0xD6E8_FEB8_6659_FD93)
_SHIFT = np.uint64(32)


def row_hashes(columns: Bytes2D, /) -> Hashes:
    """Return one 64-bit hash per row of ``(n, width)`` bytes; equal rows have equal hashes."""
    width = columns.shape[1]
    if width < _WORD:
        padded = np.zeros((len(columns), _WORD), np.uint8)
        padded[:, :width] = columns
        return row_hashes(padded)
    if columns.strides[1] != 1:
        columns = np.ascontiguousarray(columns)
    # The last word overlaps the one before it when the width is no multiple of eight.
    starts = sorted({*range(0, width - _WORD + 1, _WORD), width - _WORD})
    hashes = np.full(len(columns), _SEED, np.uint64)
    for low in range(0, len(columns), _CHUNK):
        rows, part = columns[low : low + _CHUNK], hashes[low : low + _CHUNK]
        for start in starts:
            part ^= rows[:, start : start + _WORD].view("<u8")[:, 0]
            part *= _STEP
            part ^= part >> _SHIFT
    return hashes


def mixed(*hashes: Hashes | Int64) -> Hashes:
    """Return one hash per row of several ``(n,)`` columns of hashes or numbers, in this order."""
    total = np.full(len(hashes[0]), _SEED, np.uint64)
    for column in hashes:
        total ^= column.view(np.uint64)
        total *= _STEP
        total ^= total >> _SHIFT
    return total


def first_seen(columns: Bytes2D, /) -> tuple[Int64, Int64]:
    """Return for each row the number of its kind, and for each kind the row where it was first seen.

    Kinds are numbered from 0 in the order of their first appearance; rows are of one kind when all bytes are equal.
    """
    if not len(columns):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    groups, firsts = _in_order(*np.unique(row_hashes(columns), return_index=True, return_inverse=True)[1:])
    if not (columns == columns[firsts[groups]]).all():
        whole = np.ascontiguousarray(columns).view(f"V{columns.shape[1]}")[:, 0]
        groups, firsts = _in_order(*np.unique(whole, return_index=True, return_inverse=True)[1:])
    return groups, firsts


def _in_order(firsts: Int64, groups: Int64) -> tuple[Int64, Int64]:
    order = np.argsort(firsts)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[groups], firsts[order]


def places_among_equals(values: Int64, /) -> Int64:
    """Return for each value how many equal ones stand before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    at = np.arange(len(values))
    starts = np.append(True, ordered[1:] != ordered[:-1])[: len(values)]
    places = np.empty(len(values), np.int64)
    places[order] = at - np.maximum.accumulate(np.where(starts, at, 0))
    return places


def pair_up(left: Hashes, right: Hashes, /) -> tuple[Int64, Int64]:
    """Return which rows of two sides have equal hashes, as indices ``(k,)`` into each, in the order of the left.

    The first of several equal rows belongs to the first of the other side, the second to the second, and so on.
    """
    left_keys = mixed(left, places_among_equals(left.view(np.int64)))
    right_keys = mixed(right, places_among_equals(right.view(np.int64)))
    left_order, right_order = np.argsort(left_keys), np.argsort(right_keys)
    ordered = right_keys[right_order]
    wanted = left_keys[left_order]
    at = np.searchsorted(ordered, wanted)
    found = at < len(ordered)
    found[found] = ordered[at[found]] == wanted[found]
    pairs = left_order[found], right_order[at[found]]
    order = np.argsort(pairs[0])
    return pairs[0][order], pairs[1][order]
