"""Bytes of any kind are read alike: with a copy where their lines are odd, without one where they are not."""

from collections.abc import Callable

import numpy as np
import pytest

from ingather.nacha.reader import read
from ingather.nacha.writer import write
from tests.unit.nacha.plans import small_plan

GOOD = write(small_plan()).data
LINES = GOOD.splitlines()
SOURCES = {
    "good": GOOD,
    "crlf": GOOD.replace(b"\n", b"\r\n"),
    "cr": GOOD.replace(b"\n", b"\r"),
    "no line ends": b"".join(LINES),
    "the last line end missing": GOOD[:-1],
    "a short line": b"\n".join([*LINES[:-1], LINES[-1][:80]]),
    "a mark before the first line": b"\xef\xbb\xbf" + GOOD,
    "a mark and a shorter first line": b"\xef\xbb\xbf" + LINES[0][:91] + GOOD[94:],
    "a mark after the last line": GOOD + b"\x1a",
    "a mark in the last column": GOOD[:-2] + b"\x1a\n",
    "a control character": GOOD[:300] + b"\x07" + GOOD[301:],
    "a high character": GOOD[:300] + b"\xc9" + GOOD[301:],
    "a line end inside": GOOD[:300] + b"\n" + GOOD[301:],
    "another line end": GOOD[:94] + b"\r" + GOOD[95:],
    "nothing": b"",
    "something else": b"{}\n" * 95,
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_a_buffer_is_read_like_its_bytes(name: str, kind: Callable[[bytes], bytearray | memoryview]) -> None:
    plain, other = read(SOURCES[name]), read(kind(SOURCES[name]))
    assert other.problems == plain.problems
    assert (other.lines, other.entry_count, other.debit_cents) == (plain.lines, plain.entry_count, plain.debit_cents)
    for column in ("line", "transaction_code", "routing", "amount_cents", "trace", "likeness"):
        assert np.array_equal(getattr(other.entries, column), getattr(plain.entries, column)), column


def test_a_good_buffer_is_not_copied() -> None:
    buffer = bytearray(GOOD)
    assert np.shares_memory(read(buffer).entries.rows, np.frombuffer(buffer, np.uint8))


@pytest.mark.parametrize("place", [0, 40, 93])
@pytest.mark.parametrize(
    ("octet", "check"), [(0x1F, "characters"), (0x7F, "characters"), (0x80, "characters"), (0xC9, "characters-high")]
)
def test_a_character_that_is_not_printable_is_told_wherever_it_stands(place: int, octet: int, check: str) -> None:
    for line in (2, len(LINES) - 1):
        at = line * 95 + place
        problems = read(GOOD[:at] + bytes([octet]) + GOOD[at + 1 :]).problems
        assert (check, line + 1) in {(problem.check, problem.line) for problem in problems}
