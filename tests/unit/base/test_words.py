"""Eight bytes as one word: joined to a number when all are digits, known not to be when one is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.columns import Bytes2D, join_digits, parse_digits, words_at


def rows_of(texts: list[bytes]) -> Bytes2D:
    return np.frombuffer(b"".join(texts), np.uint8).reshape(len(texts), -1)


@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=50))
def test_eight_digits_join_to_their_number(numbers: list[int]) -> None:
    words = words_at(rows_of([f"x{number:08d}y".encode() for number in numbers]), 1)
    out = np.empty(len(numbers), np.int64)
    assert join_digits(words, np.empty_like(words), out)
    assert out.tolist() == numbers


@pytest.mark.parametrize("place", range(8))
def test_no_other_byte_passes_for_a_digit_anywhere(place: int) -> None:
    for byte in set(range(256)) - set(b"0123456789"):
        text = bytearray(b"12345678")
        text[place] = byte
        words = words_at(rows_of([b"12345678", bytes(text)]), 0)
        assert not join_digits(words, np.empty_like(words), np.empty(2, np.int64)), byte
        numbers, good = parse_digits(rows_of([b"12345678", bytes(text)]))
        assert (numbers.tolist(), good.tolist()) == ([12_345_678, 0], [True, False]), byte


@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=20))
def test_any_bytes_are_digits_or_not_row_by_row(texts: list[bytes]) -> None:
    _, good = parse_digits(rows_of(texts))
    assert good.tolist() == [text.isdigit() for text in texts]


def test_words_are_written_where_they_are_wanted() -> None:
    rows = rows_of([b"0abcdefgh", b"1ABCDEFGH"])
    room = np.zeros(2, np.uint64)
    assert words_at(rows, 1, room) is room
    assert room.tobytes() == b"abcdefghABCDEFGH"
    assert words_at(np.asfortranarray(rows), 1).tobytes() == b"abcdefghABCDEFGH"
