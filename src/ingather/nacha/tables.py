"""The packaged lists of the format: which return reasons and change codes the Rules know, with their titles."""

import csv
from functools import cache
from importlib.resources import files


@cache
def return_reasons() -> dict[str, str]:
    """Return the known return, dishonour and contest codes (R01 …) with their titles (RB13 Appendix Four and later)."""
    return _codes("return_reasons.csv")


@cache
def change_codes() -> dict[str, str]:
    """Return the known change codes (C01 …) and refusals (C61 …) with their titles (RB13 Appendix Five and later)."""
    return _codes("change_codes.csv")


def _codes(name: str) -> dict[str, str]:
    text = files("ingather.nacha").joinpath(name).read_text("utf-8")
    return {row["code"]: row["title"] for row in csv.DictReader(text.splitlines())}
