"""Texts of the world become printable ASCII in capitals, or are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.nacha.text import NotTransliterable, abbreviate_name, transliterate


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("José Núñez", "JOSE NUNEZ"),
        ("Straße", "STRASSE"),
        ("Łukasz Żółć", "LUKASZ ZOLC"),
        ("Søren Æbelø", "SOREN AEBELO"),
        ("O\u2019Brien \u2013 Sons", "O'BRIEN - SONS"),
        ("  two\u00a0 blanks\t", "TWO BLANKS"),
        ("\ufb01ne \u216b", "FINE XII"),
        ("plain", "PLAIN"),
    ],
)
def test_letters_of_latin_scripts_find_their_equivalents(text: str, plain: str) -> None:
    assert transliterate(text) == plain


def test_what_has_no_equivalent_is_listed() -> None:
    with pytest.raises(NotTransliterable) as refused:
        transliterate("Ж and 中 and Ж")
    assert refused.value.characters == ("Ж", "中")
    assert "CYRILLIC CAPITAL LETTER ZHE" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "name", "changed"),
    [
        ("Corner Shop, Inc.", "CORNER SHOP, INC.", False),
        ("Blue Mountain Trading Co., L.L.C.", "BLUE MOUNTAIN TRADING", True),
        ("Northwest Farmers Supply LLC", "NORTHWEST FARMERS SUPP", True),
        ("St. Mary's Home & Garden Goods", "ST MARYS HOME & GARDEN", True),
        ("Maria de los Angeles Fernandez-Gutierrez", "MARIA DE LOS ANGELES F", True),
    ],
)
def test_a_long_name_loses_its_legal_form_then_punctuation_then_its_end(text: str, name: str, changed: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert abbreviate_name(text) == (name, changed)


@given(st.text(max_size=60))
def test_a_name_always_fits_or_is_refused(text: str) -> None:
    try:
        name, changed = abbreviate_name(text)
    except NotTransliterable:
        return
    assert len(name) <= 22
    assert name.isascii()
    assert changed or name == transliterate(text)
