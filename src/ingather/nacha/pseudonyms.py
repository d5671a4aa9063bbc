"""Other values for the values of people: numbered in the order of their first appearance, so that none can be undone.

There is no key and no hash: a pseudonym says only that this was the third account of nine characters. Equal values get
equal pseudonyms, different ones different pseudonyms, and every blank stays in its column. Values of zeros alone stay
as they are, because there is nothing to hide and the checks look for them; characters beyond ASCII become ``0xA6``,
those that no check lets pass ``0xA4``.
"""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, ZERO, Bytes2D, Int64, Mask
from ingather.nacha.alike import first_seen, places_among_equals
from ingather.nacha.checking.characters import PRINTABLE

OTHER = np.where(PRINTABLE, 0xA6, 0xA4).astype(np.uint8)
"""What stands for a character beyond ASCII, by its byte: one that reading judges alike."""
_HIGHEST = 0x7E
# The digits of a number written as text, for where ten are too few: 0 to 9, A to Z, then all other printable ones.
_DIGITS = np.array(
    [*b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    + [code for code in range(BLANK + 1, _HIGHEST + 1) if not (chr(code).isdigit() or chr(code).isupper())],
    np.uint8,
)
_BASES = (10, 36, len(_DIGITS))
_MOST_DIGITS = 12
# Classes of characters whose shape a text keeps, each with its letters: digits, capitals and small letters.
_CLASS_LETTERS = (b"0123456789", b"XYZABCDEFGHIJKLMNOPQRSTUVW", b"xyzabcdefghijklmnopqrstuvw")
_CLASS = np.zeros(256, np.uint8)
for _index, _letters in enumerate(_CLASS_LETTERS, 1):
    _CLASS[list(_letters)] = _index
_RADIX = np.array([1, *(len(letters) for letters in _CLASS_LETTERS)], np.int64)
_LETTER = np.zeros((len(_RADIX), 26), np.uint8)
for _index, _letters in enumerate(_CLASS_LETTERS, 1):
    _LETTER[_index, : len(_letters)] = list(_letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonyms:
    """``columns`` is ``(n, width)`` with the values replaced; ``different`` says how many different ones there are."""

    columns: Bytes2D
    different: int


def number_values(columns: Bytes2D, /, *, prefix: bytes) -> Pseudonyms:
    """Return ``(n, width)`` values as a prefix and a number each, such as ``MASK00001``, blanks kept in their columns.

    The number counts values of one length. Where it does not fit behind the prefix, the prefix is cut, and at last the
    number is written with letters. Blanks are no part of a value: it may stand in its field to the left or the right.
    """
    bare = _without_blanks(columns)
    groups, firsts = first_seen(bare)
    values = bare[firsts]
    shown = _hideable(values)
    tokens = np.full(values.shape, BLANK, np.uint8)
    lengths = np.where(_of_zeros(values), 0, np.count_nonzero(shown, axis=1))
    for length in np.unique(lengths[lengths > 0]).tolist():
        rows = np.flatnonzero(lengths == length)
        tokens[rows[:, None], np.arange(length)] = _numbers(len(rows), length, prefix)
    kept = lengths[groups] == 0
    target = columns.copy()
    high = _too_high(columns)
    target[high] = OTHER[columns[high]]
    places = _hideable(columns)
    places[kept] = False
    target[places] = tokens[groups][np.arange(columns.shape[1]) < np.where(kept, 0, lengths[groups])[:, None]]
    return Pseudonyms(columns=target, different=int(np.count_nonzero(lengths)))


def keep_shapes(columns: Bytes2D, /) -> Pseudonyms:
    """Return ``(n, width)`` texts with other letters for letters and other digits for digits, all else as it was.

    ``RMR*IV*0042`` becomes ``XXX*XX*0001``: the number of the text among those of one shape, in the places it has.
    """
    groups, firsts = first_seen(columns)
    values = columns[firsts]
    classes = _CLASS[values]
    shapes, _ = first_seen(np.where(classes > 0, classes, values))
    same = _of_zeros(values) | ~(classes > 0).any(axis=1)
    rest = np.zeros(len(values), np.int64)
    rest[~same] = places_among_equals(shapes[~same]) + 1
    target = values.copy()
    high = _too_high(values)
    target[high] = OTHER[values[high]]
    for column in range(values.shape[1] - 1, -1, -1):
        kind = classes[:, column]
        radix = _RADIX[kind]
        target[:, column] = np.where(kind > 0, _LETTER[kind, rest % radix], target[:, column])
        rest //= radix
    target[same] = values[same]
    return Pseudonyms(columns=target[groups], different=int(np.count_nonzero(~same)))


def _without_blanks(columns: Bytes2D) -> Bytes2D:
    """Return the values moved to the left, blanks inside left out."""
    blank = columns == BLANK
    gaps = (blank[:, :-1] & ~blank[:, 1:]).any(axis=1)
    if not gaps.any():
        return columns
    bare = columns.copy()
    bare[gaps] = np.take_along_axis(columns[gaps], np.argsort(blank[gaps], axis=1, kind="stable"), axis=1)
    return bare


def _hideable(columns: Bytes2D) -> Mask:
    hideable: Mask = (columns > BLANK) & (columns <= _HIGHEST)
    return hideable


def _too_high(columns: Bytes2D) -> Mask:
    high: Mask = columns > _HIGHEST + 1
    return high


def _of_zeros(columns: Bytes2D) -> Mask:
    of_zeros: Mask = ((columns == ZERO) | (columns == BLANK)).all(axis=1)
    return of_zeros


def _numbers(count: int, width: int, prefix: bytes) -> Bytes2D:
    """Return the numbers from 1 to ``count`` as texts of ``width``, behind as much of the prefix as there is room."""
    fits = [
        (base, letters)
        for base in _BASES
        for letters in range(min(len(prefix), width), -1, -1)
        if letters < width and (base == _BASES[0] or not letters) and count < base ** min(width - letters, _MOST_DIGITS)
    ]
    base, letters = fits[0] if fits else (_BASES[-1], 0)
    texts = np.full((count, width), ZERO, np.uint8)
    texts[:, :letters] = list(prefix[:letters])
    rest: Int64 = np.arange(1, count + 1)
    for column in range(width - 1, letters - 1, -1):
        texts[:, column] = _DIGITS[rest % base]
        rest = rest // base
    return texts
