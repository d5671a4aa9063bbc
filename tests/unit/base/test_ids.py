"""Keys and public ids: one key, one text, in the same order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.ids import (
    COUNTERS,
    EPOCH_MS,
    KEY_WIDTH,
    Prefix,
    compose_key,
    decode_key,
    encode_key,
    encode_keys,
    parse_public_id,
    public_id,
)

keys = st.integers(0, 2**63 - 1)


@given(keys)
def test_a_key_comes_back_from_its_text(key: int) -> None:
    text = encode_key(key)
    assert len(text) == KEY_WIDTH
    assert decode_key(text) == key
    assert decode_key(text.lower()) == key


@given(st.lists(keys, max_size=20))
def test_many_are_written_as_one_by_one_and_sort_alike(many: list[int]) -> None:
    column = encode_keys(np.array(many, np.int64))
    assert [bytes(row).decode() for row in column] == [encode_key(key) for key in many]
    assert sorted(many) == sorted(many, key=encode_key)


@given(st.sampled_from(Prefix), keys)
def test_a_public_id_names_its_kind(prefix: Prefix, key: int) -> None:
    assert parse_public_id(prefix, public_id(prefix, key)) == key
    other = next(found for found in Prefix if found is not prefix)
    with pytest.raises(ValueError, match="starts with"):
        parse_public_id(other, public_id(prefix, key))


@pytest.mark.parametrize("text", ["", "0", "0" * 12, "0" * 14, "U" * 13, "G" * 13, "0-00000000000", "ord_"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the texts differ by what is wrong
        decode_key(text)


def test_letters_that_look_alike_are_read_alike() -> None:
    assert decode_key("0OIL000000000") == decode_key("0011000000000")


def test_later_keys_are_larger() -> None:
    assert compose_key(ms=EPOCH_MS, node=0, counter=0) == 0
    one = compose_key(ms=EPOCH_MS + 1, node=1023, counter=COUNTERS - 1)
    assert one < compose_key(ms=EPOCH_MS + 2, node=0, counter=0) < 2**63
