"""Texts in sheets: what a person opens in a program of sheets is never taken for a formula there."""

_FORMULA = ("=", "+", "-", "@", "\t")


def plain_cell(text: str) -> str:
    """Return a text, with an apostrophe before it where it begins as a formula does."""
    return f"'{text}" if text.startswith(_FORMULA) else text
