"""The packaged tables of the format, as rows: checks, records, SEC codes, return reasons and change codes."""

import csv
from functools import cache
from importlib.resources import files


def rows_of(name: str, /) -> list[dict[str, str]]:
    """Return the rows of a packaged CSV table by column name; raises ``FileNotFoundError`` for an unknown one."""
    text = files("ingather.nacha").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def return_reasons() -> dict[str, str]:
    """Return the known return, dishonour and contest codes (R01 …) with their titles (RB13 Appendix Four and later)."""
    return {row["code"]: row["title"] for row in rows_of("return_reasons.csv")}


@cache
def change_codes() -> dict[str, str]:
    """Return the known change codes (C01 …) and refusals (C61 …) with their titles (RB13 Appendix Five and later)."""
    return {row["code"]: row["title"] for row in rows_of("change_codes.csv")}
