"""Columns: text and digits laid out and read back, and nothing cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.columns import column_texts, digits_column, parse_digits, put_digits, text_column
from ingather.base.problems import Problem, Severity, errors_of

words = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)


@given(st.lists(words, max_size=20))
def test_texts_come_back_from_their_column(texts: list[str]) -> None:
    assert column_texts(text_column(texts, 12)) == texts


def test_a_text_that_does_not_fit_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match="value 1 has 5 characters, the column holds 4"):
        text_column(["four", "fifth"], 4)
    with pytest.raises(UnicodeEncodeError):
        text_column(["é"], 4)


@given(st.integers(1, 18), st.data())
def test_integers_come_back_from_their_digits(width: int, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 10**width - 1), max_size=20))
    column = digits_column(np.array(numbers, np.int64), width)
    assert [bytes(row).decode() for row in column] == [f"{number:0{width}d}" for number in numbers]
    back, good = parse_digits(column)
    assert back.tolist() == numbers
    assert good.all()


@given(st.integers(1, 18), st.lists(st.binary(min_size=18, max_size=18), min_size=1, max_size=20))
def test_rows_that_are_not_digits_are_told_and_hold_nothing(width: int, rows: list[bytes]) -> None:
    column = np.frombuffer(b"".join(row[:width] for row in rows), np.uint8).reshape(-1, width)
    numbers, good = parse_digits(column)
    for row, number, is_good in zip(rows, numbers.tolist(), good.tolist(), strict=True):
        digits = all(48 <= byte <= 57 for byte in row[:width])
        assert is_good is digits
        assert number == (int(row[:width]) if digits else 0)


@pytest.mark.parametrize("number", [-1, 100])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit 2 digits"):
        put_digits(np.zeros((1, 4), np.uint8), 0, 2, np.array([number], np.int64))


def test_more_than_eighteen_digits_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 18"):
        parse_digits(np.full((1, 19), 48, np.uint8))


def test_only_errors_are_errors() -> None:
    def problem(severity: Severity) -> Problem:
        return Problem(line=1, start=0, end=0, field="f", check="c", severity=severity, message="It is so.")

    error = problem(Severity.ERROR)
    assert errors_of([problem(Severity.WARNING), error]) == [error]
    assert error.as_dict()["severity"] == "error"
