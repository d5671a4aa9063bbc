"""The dated rows: each table is listed, dated, sourced and weighed, and one row of a key holds on any day."""

from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.rows import (
    Row,
    Standing,
    ids_of,
    in_force,
    row_of,
    rows,
    rows_called,
    rule_tables,
    table_names,
)
from ingather.rules.tables import table

TODAY = date(2026, 11, 22)
DATED = {"effective_from", "effective_to", "source", "confidence"}
NOT_RULES = {"tables"}
"""Packaged tables that are not about the Rules: the table of the tables."""
EVERY_ROW = [row for name in table_names() for row in rows(name)]


def packaged() -> set[str]:
    """Return the names of the tables that ship on this floor."""
    return {item.name.removesuffix(".csv") for item in files("ingather.rules").iterdir() if item.name.endswith(".csv")}


def test_every_packaged_table_is_listed_and_every_listed_one_is_packaged() -> None:
    assert packaged() - NOT_RULES == set(table_names())
    assert all(each.about for each in rule_tables())


@pytest.mark.parametrize("name", sorted(packaged() - NOT_RULES))
def test_every_table_is_dated_sourced_and_weighed(name: str) -> None:
    assert set(table(name)[0]) >= DATED
    assert len({row.id for row in rows(name)}) == len(rows(name))
    for row in rows(name):
        assert row.key, row
        assert row.says, row.id
        assert len(row.source) > 3, row.id
        assert row.confidence in {"2", "1", "G", "I"}, row.id
        if row.effective_to is not None:
            assert row.effective_from is not None, row.id
            assert row.effective_from <= row.effective_to, row.id


@pytest.mark.parametrize("name", table_names())
def test_no_two_rows_of_a_key_hold_on_one_day(name: str) -> None:
    by_key: dict[str, list[Row]] = {}
    for row in rows(name):
        by_key.setdefault(row.key, []).append(row)
    for key, found in by_key.items():
        dated = [(row.effective_from, row.effective_to) for row in found if row.effective_from is not None]
        assert len(dated) == len(found) or len(found) == 1, key
        for (_, until), (since, _) in pairwise(sorted(dated, key=lambda span: span[0])):
            assert until is not None, key
            assert until < since, key


@given(st.dates(date(1999, 1, 1), date(2035, 12, 31)), st.sampled_from(table_names()))
def test_what_is_in_force_on_a_day_is_each_key_at_most_once(on: date, name: str) -> None:
    found = in_force(name, on)
    standing = [row for row in rows(name) if row.standing(on) is Standing.IN_FORCE]
    assert sorted(row.id for row in found.values()) == sorted(row.id for row in standing)


@pytest.mark.parametrize(
    ("since", "until", "standing"),
    [
        (date(2026, 11, 22), None, Standing.IN_FORCE),
        (date(2026, 11, 23), None, Standing.FUTURE),
        (date(2000, 1, 1), date(2026, 11, 22), Standing.IN_FORCE),
        (date(2000, 1, 1), date(2026, 11, 21), Standing.PAST),
        (None, None, Standing.UNKNOWN),
    ],
)
def test_a_row_stands_by_its_first_and_last_day(since: date | None, until: date | None, standing: Standing) -> None:
    row = Row(
        table="clocks",
        key="x",
        effective_from=since,
        effective_to=until,
        source="s",
        confidence="2",
        values={},
        says="x",
    )
    assert row.standing(TODAY) is standing


def test_trap_14_the_sanctions_code_comes_in_2028_and_until_then_r16_means_both() -> None:
    change = date(2028, 3, 17)
    r90, its_window = rows_called("R90")
    assert (r90.effective_from, r90.standing(TODAY)) == (change, Standing.FUTURE)
    assert (its_window.id, its_window.standing(TODAY)) == ("not_established/r90-window@unknown", Standing.UNKNOWN)
    both, frozen = rows_called("R16")
    assert [row.standing(TODAY) for row in (both, frozen)] == [Standing.IN_FORCE, Standing.FUTURE]
    day_before, on_the_day = in_force("return_codes", change - timedelta(days=1)), in_force("return_codes", change)
    assert ("sanction" in day_before["R16"].says, "R90" in day_before) == (True, False)
    assert ("sanction" in on_the_day["R16"].says, "R90" in on_the_day) == (False, True)


def test_trap_02_the_code_that_changed_names_is_past_and_applies_nothing() -> None:
    (c04,) = rows_called("C04")
    assert (c04.standing(TODAY), c04.values["does"]) == (Standing.PAST, "log")
    assert c04.effective_to == date(2015, 3, 19)


def test_trap_12_and_13_the_duties_of_2026_hold_since_their_days() -> None:
    assert "fraud-monitoring" not in in_force("duties", date(2026, 6, 18))
    assert "fraud-monitoring" in in_force("duties", date(2026, 6, 19))
    assert "iat-definition" not in in_force("duties", date(2026, 9, 17))
    assert "iat-definition" in in_force("duties", date(2026, 9, 18))


def test_what_is_not_established_is_unknown_whatever_the_day_and_says_what_we_do() -> None:
    unknown = [row for row in rows("not_established") if row.effective_from is None]
    assert len(unknown) > 10
    for row in unknown:
        assert {row.standing(date(2000, 1, 1)), row.standing(date(2090, 1, 1))} == {Standing.UNKNOWN}
        assert row.values["we_do"]
    assert row_of("not_established/r90-window@unknown") in unknown


def test_a_row_is_found_by_its_id_its_key_the_first_part_of_its_key_and_its_table() -> None:
    assert rows_called("clocks/reversal@2000-01-01") == (row_of("clocks/reversal@2000-01-01"),)
    assert [row.id for row in rows_called("reversal")] == [
        "descriptions/REVERSAL@2000-01-01",
        "clocks/reversal@2000-01-01",
        "case_clocks/reversal@2000-01-01",
    ]
    assert [row.table for row in rows_called("r01")] == ["return_codes"]
    assert {row.values["sec"] for row in rows_called("business")} == {"CCD"}
    assert rows_called("clocks") == rows("clocks")
    assert rows_called("R99") == ()
    assert row_of("tables/clocks@2000-01-01") is None


def test_the_ids_of_chosen_rows_are_sorted_and_each_once() -> None:
    one, two, *_ = rows("clocks")
    assert ids_of([two, one, two]) == tuple(sorted([one.id, two.id]))


def test_a_table_that_is_not_listed_has_no_rows() -> None:
    with pytest.raises(KeyError):
        rows("tables")
