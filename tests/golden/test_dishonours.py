"""What can be dishonored is on record as a person reads it, and the rules still say the same."""

import csv
from pathlib import Path

from tests.golden.dishonours import CLASSES, COLUMNS, KEPT, RETURNS, as_csv


def rows() -> list[dict[str, str]]:
    with Path(KEPT).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_says_what_the_rules_say() -> None:
    assert KEPT.read_text("utf-8") == as_csv(), "read the difference, then: python -m tests.golden.dishonours"


def test_every_finding_stands_there_with_every_return_and_class() -> None:
    found = rows()
    assert tuple(found[0]) == COLUMNS
    assert len({(row["found"], row["return"], row["class"]) for row in found}) == 8 * len(RETURNS) * len(CLASSES)


def test_an_international_return_and_a_finding_of_no_row_are_never_dishonored() -> None:
    assert {row["dishonour"] for row in rows() if row["class"] == "IAT"} == {"-"}
    assert {row["dishonour"] for row in rows() if row["found"] == "improper_return"} == {"-"}


def test_only_returns_that_say_they_were_asked_for_are_unrequested() -> None:
    named = {row["return"] for row in rows() if row["found"] == "unrequested_return" and row["dishonour"] != "-"}
    assert named == {"R06", "R31"}


def test_the_double_credit_exists_since_the_day_of_its_rule() -> None:
    double = {row["settled"]: row["dishonour"] for row in rows() if row["found"] == "double_credit"
              and row["class"] == "WEB"}  # fmt: skip
    assert (double["2015-03-19"], double["2015-03-20"]) == ("-", "R62")


def test_the_last_days_count_banking_days_over_holidays() -> None:
    late = {row["settled"]: (row["ask_by"], row["dishonour_by"]) for row in rows() if row["dishonour"] == "R68"}
    assert late["2026-11-25"] == ("2026-12-01", "2026-12-03")
    assert late["2026-12-30"] == ("2027-01-05", "2027-01-07")
    assert late[""] == ("a person decides", "not known")
