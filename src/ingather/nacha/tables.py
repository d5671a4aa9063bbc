"""The packaged tables of the format, as rows: checks, fields, SEC codes, return reasons, change codes, descriptions."""

import csv
from importlib.resources import files


def rows_of(name: str, /) -> list[dict[str, str]]:
    """Return the rows of a packaged CSV table by column name; raises ``FileNotFoundError`` for an unknown one."""
    text = files("ingather.nacha").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
