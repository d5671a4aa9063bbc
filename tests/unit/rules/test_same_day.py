"""Same-day settlement: the limit by its day, and the classes that never settle so."""

from datetime import date

from ingather.base.money import format_minor
from ingather.rules.same_day import never_same_day, rows_of_same_day, same_day_limit_cents


def test_the_limit_is_a_million_since_its_day_and_unknown_before() -> None:
    assert same_day_limit_cents(date(2022, 3, 18)) == 100_000_000
    assert same_day_limit_cents(date(2026, 11, 22)) == 100_000_000
    assert same_day_limit_cents(date(2022, 3, 17)) == 0


def test_what_the_rows_say_is_the_limit_they_hold() -> None:
    for row in rows_of_same_day(date(2026, 11, 22)):
        if row.values["limit_cents"]:
            assert f"${format_minor(int(row.values['limit_cents'])).removesuffix('.00')}" in row.says


def test_international_and_enrollment_entries_never_settle_the_same_day() -> None:
    assert never_same_day(date(2026, 11, 22)) == {"IAT", "ENR"}
