"""What a body may not hold: half of a character, a NUL, bytes that are no UTF-8, and nesting without end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.api.bodies import DEEPEST, fault_of

REFUSED = {
    b'{"a": "\\ud800"}': "half_a_character",
    b'{"a": "\\udc00"}': "half_a_character",
    b'{"a": "\\ud800\\ud800\\udc00"}': "half_a_character",
    b'{"a": "\\ud800 \\udc00"}': "half_a_character",
    b'{"a": "\\uD83D\\n\\uDE00"}': "half_a_character",
    b'{"\\u0000": 1}': "nul_character",
    b'{"a": "b\\u0000"}': "nul_character",
    b'{"a": "\0"}': "nul_character",
    '{"a": 1}'.encode("utf-16"): "nul_character",
    b'{"a": "\xed\xa0\x80"}': "not_utf8",
    b'{"a": "\xff"}': "not_utf8",
    b"[" * 33 + b"]" * 33: "too_deep",
    b'{"a":' * 33 + b"1" + b"}" * 33: "too_deep",
    b"[" * 200_000: "too_deep",
}
TAKEN = [
    b'{"a": "\\ud83d\\ude00"}',
    b'{"a": "\\\\ud800"}',
    b'{"a": "\\\\u0000"}',
    '{"a": "😀 é"}'.encode(),
    b"[" * DEEPEST + b"]" * DEEPEST,
    b'{"a": "' + b"[" * 100 + b'"}',
    b'{"a": "\\"' + b"{" * 100 + b'"}',
    b"[" + b"[]," * 99 + b"[]]",
    b"",
    b"{",
]


@pytest.mark.parametrize(("body", "name"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_body_that_no_book_can_keep_is_refused_by_name(body: bytes, name: str) -> None:
    found = fault_of(body)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("body", TAKEN, ids=range(len(TAKEN)))
def test_what_is_text_is_let_through(body: bytes) -> None:
    assert fault_of(body) is None


def test_many_texts_of_a_line_each_are_not_one_deep_one() -> None:
    lines = b'{"a": {"b": [1]}}\n' * 1_000
    assert fault_of(lines, lines=True) is None
    assert fault_of(lines + b"[" * 40, lines=True) == ("too_deep", "The body nests arrays and objects deeper than 32")


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.recursive(st.none() | _TEXT, lambda each: st.lists(each) | st.dictionaries(_TEXT, each), max_leaves=10))
def test_every_json_of_whole_characters_is_let_through(value: object) -> None:
    assert fault_of(json.dumps(value).encode()) is None
    assert fault_of(json.dumps(value, ensure_ascii=False).encode()) is None


@given(_TEXT, st.characters(categories=["Cs"]) | st.just("\0"), _TEXT)
def test_one_bad_character_anywhere_is_seen(before: str, bad: str, after: str) -> None:
    assert fault_of(json.dumps({"a": before + bad + after}).encode()) is not None
    assert fault_of(json.dumps({before + bad + after: 1}).encode()) is not None
