"""Addenda of answers are packed by the records table; what does not fit is refused, never cut."""

from typing import Any

import numpy as np
import pytest

from ingather.base.columns import column_texts, text_column
from ingather.nacha.answer_addenda import (
    change_addenda,
    contest_addenda,
    dishonour_addenda,
    iat_change_addenda,
    iat_return_addenda,
    joined,
    refused_change_addenda,
    return_addenda,
)
from ingather.nacha.plan import Addenda, payment_addenda
from ingather.nacha.refused import FormatRefused

TWO = np.array([0, 1], np.int64)
TRACES = np.array([91000010000001, 91000010000002], np.int64)


def text_of(addenda: Addenda, start: int, end: int) -> list[str]:
    """Return columns of the records, counted from 1; the content starts at column 4."""
    return column_texts(addenda.content[:, start - 4 : end - 3])


def test_a_return_has_the_columns_of_the_rules() -> None:
    addenda = return_addenda(
        TWO,
        return_reason=["R01", "R14"],
        original_trace=TRACES,
        date_of_death=["", "261101"],
        original_rdfi="23138010",
        addenda_information=["", "A WORD"],
    )
    assert addenda.type_code.tolist() == [99, 99]
    assert text_of(addenda, 4, 6) == ["R01", "R14"]
    assert text_of(addenda, 7, 21) == ["091000010000001", "091000010000002"]
    assert text_of(addenda, 22, 27) == ["", "261101"]
    assert text_of(addenda, 28, 35) == ["23138010"] * 2
    assert text_of(addenda, 36, 79) == ["", "A WORD"]
    assert text_of(addenda, 80, 87) == ["", ""]


def test_an_international_return_has_its_amount_before_its_words() -> None:
    addenda = iat_return_addenda(
        TWO, return_reason="R80", original_trace=TRACES, original_amount=np.array([5, 700], np.int64),
        addenda_information=["X" * 34, ""],
    )  # fmt: skip
    assert text_of(addenda, 36, 45) == ["0000000005", "0000000700"]
    assert text_of(addenda, 46, 79) == ["X" * 34, ""]


def test_a_dishonour_names_the_return() -> None:
    addenda = dishonour_addenda(
        TWO[:1], return_reason="R69", original_trace=TRACES[:1], original_rdfi="23138010",
        return_trace=231380100000009, return_settlement_date="331", return_reason_digits=1,
        addenda_information="01*03",
    )  # fmt: skip
    assert text_of(addenda, 36, 38) == [""]
    assert text_of(addenda, 39, 79) == ["2313801000000093310101*03"]


def test_a_contest_names_the_dishonour_and_the_original() -> None:
    addenda = contest_addenda(
        TWO[:1], return_reason="R73", original_trace=TRACES[:1], original_return_date="261127",
        original_rdfi="23138010", original_settlement_date="328", return_trace="231380100000009",
        return_settlement_date="331", return_reason_digits="01", dishonour_trace=91000010000077,
        dishonour_settlement_date="335", dishonour_reason_digits=68,
    )  # fmt: skip
    assert text_of(addenda, 22, 27) == ["261127"]
    assert text_of(addenda, 36, 79) == ["328" + "231380100000009" + "331" + "01" + "091000010000077" + "335" + "68"]


def test_changes_have_29_columns_international_ones_35() -> None:
    data = text_column(["1" * 29, "  KEPT"], 29)
    addenda = change_addenda(
        TWO, change_code="C01", original_trace=TRACES, original_rdfi="23138010", corrected_data=data
    )
    assert addenda.type_code.tolist() == [98, 98]
    assert text_of(addenda, 36, 70) == ["1" * 29, "  KEPT"]
    wide = iat_change_addenda(
        TWO, change_code="C01", original_trace=TRACES, original_rdfi="23138010", corrected_data="2" * 35
    )
    assert text_of(wide, 36, 79) == ["2" * 35] * 2


def test_a_refused_change_names_the_change() -> None:
    addenda = refused_change_addenda(
        TWO[:1], refusal_code="C64", original_trace=TRACES[:1], original_rdfi="23138010", corrected_data="1",
        change_code="C01", change_trace_sequence=12,
    )  # fmt: skip
    assert text_of(addenda, 65, 79) == ["C010000012"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"return_reason": "R010"}, "return_reason", "more than 3 characters"),
        ({"return_reason": text_column(["R010", "R01"], 4)}, "return_reason", "more than 3 characters"),
        ({"return_reason": ["R01"]}, "return_reason", "1 values for 2"),
        ({"original_trace": TRACES[:1]}, "original_trace", "1 values for 2"),
        ({"original_trace": -TRACES}, "original_trace", "does not fit 15 digits"),
        ({"original_trace": TRACES * 100}, "original_trace", "does not fit 15 digits"),
        ({"original_trace": ["12X", ""]}, "original_trace", "other than digits"),
        ({"addenda_information": "É"}, "addenda_information", "outside printable ASCII"),
        ({"addenda_information": np.full((2, 44), 10, np.uint8)}, "addenda_information", "outside printable ASCII"),
        ({"trace_number": TRACES}, "", "no field trace_number"),
        ({"return_trace": TRACES}, "", "no field return_trace"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(fields: dict[str, Any], field: str, words: str) -> None:
    given: dict[str, Any] = {"return_reason": "R01", "original_trace": TRACES} | fields
    with pytest.raises(FormatRefused) as refused:
        return_addenda(TWO, **given)
    [problem] = refused.value.problems
    assert (problem.check, problem.field) == ("field-fits", field)
    assert words in problem.message


def test_every_missing_field_is_told_at_once() -> None:
    with pytest.raises(FormatRefused) as refused:
        dishonour_addenda(TWO, return_reason="R67")
    assert [problem.field for problem in refused.value.problems] == [
        "original_trace", "return_trace", "return_settlement_date", "return_reason_digits"
    ]  # fmt: skip


def test_joined_addenda_follow_their_entries_in_the_order_of_the_parts() -> None:
    texts = text_column(["A", "B", "C"], 80)
    first = payment_addenda(np.array([0, 2, 2], np.int64), texts)
    second = return_addenda(np.array([0, 1, 2], np.int64), return_reason="R01", original_trace=1)
    both = joined(first, second)
    assert both.entry.tolist() == [0, 0, 1, 2, 2, 2]
    assert both.type_code.tolist() == [5, 99, 99, 5, 5, 99]
    assert column_texts(both.content[:, :1]) == ["A", "R", "R", "B", "C", "R"]


def test_digits_may_be_given_as_text_and_are_filled_unless_blank() -> None:
    addenda = return_addenda(TWO, return_reason="R01", original_trace=["12", ""])
    assert text_of(addenda, 7, 21) == ["000000000000012", ""]


def test_many_addenda_of_one_entry_keep_their_order() -> None:
    texts = text_column([f"{number:04d}" for number in range(500)], 80)
    both = joined(
        payment_addenda(np.arange(500) // 100, texts),
        return_addenda(np.arange(5), return_reason="R01", original_trace=1),
    )
    kept = both.content[both.type_code == 5]
    assert column_texts(kept[:, :4]) == [f"{number:04d}" for number in range(500)]
    assert np.flatnonzero(both.type_code == 99).tolist() == [100, 201, 302, 403, 504]


def test_no_answers_are_no_addenda() -> None:
    assert (
        len(change_addenda(TWO[:0], change_code=[], original_trace=TRACES[:0], original_rdfi="", corrected_data=""))
        == 0
    )
