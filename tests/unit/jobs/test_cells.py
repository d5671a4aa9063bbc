"""Texts in sheets: none begins as a formula does."""

import pytest

from ingather.jobs.cells import plain_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\t=1", "'\t=1"), ("a=1", "a=1"), ("", "")],
)
def test_a_text_is_never_a_formula(text: str, cell: str) -> None:
    assert plain_cell(text) == cell
