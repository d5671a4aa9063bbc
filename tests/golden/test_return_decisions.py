"""Every decision about a return is on record as a person reads it, and the rules still say the same."""

import csv
from pathlib import Path

from ingather.rules.return_codes import return_reasons
from tests.golden.return_decisions import CLASSES, COLUMNS, KEPT, as_csv


def test_the_table_says_what_the_rules_say() -> None:
    assert KEPT.read_text("utf-8") == as_csv(), "read the difference, then: python -m tests.golden.return_decisions"


def test_every_code_stands_there_with_every_class_in_time_and_late() -> None:
    with Path(KEPT).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    known = {(row["code"], row["addenda"], row["class"]) for row in rows}
    assert known == {(each.code, each.information, name) for each in return_reasons() for name in CLASSES}
    assert len(rows) == len(return_reasons()) * len(CLASSES) * 2
    counted = [row for row in rows if row["last_day"]]
    assert {row["timeliness"] for row in counted[::2]} == {"in time"}
    assert {row["timeliness"] for row in counted[1::2]} == {"late"}
    assert all("late_return until" in row["cases"] for row in counted[1::2])
