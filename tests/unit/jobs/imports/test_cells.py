"""Cells become values or are refused with the check that fits."""

from datetime import UTC, date, datetime

import pytest

from ingather.domain.accounts import Holder
from ingather.jobs.imports import cells
from ingather.jobs.imports.cells import Column, Judge, optional, text, word
from ingather.jobs.imports.damage import Sort, keeps_long_digits, may_be_rounded
from ingather.jobs.imports.faults import Fault, masked, shown
from tests.red import ACCOUNTS


def check_of(judge: Judge, cell: str) -> str:
    """Return the check that refuses a cell, empty when it is taken."""
    value = judge(cell)
    return value.check if isinstance(value, Fault) else ""


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("1234.56", ""),
        ("1234.5", ""),
        ("1234", ""),
        ("", "import-empty"),
        ("0", "import-amount"),
        ("0.00", "import-amount"),
        ("twelve", "import-amount"),
        ("12345678901.00", "import-amount"),
        ("١٢", "import-amount"),
        ("1,234.56", "import-thousands"),
        ("1,234,567", "import-thousands"),
        ("1.234,56", "import-decimal-comma"),
        ("12,50", "import-decimal-comma"),
        ("$12.50", "import-currency-sign"),
        ("12.50 USD", "import-currency-sign"),
        ("-$12.50", "import-currency-sign"),
        ("-12.50", "import-negative"),
        ("\u221212.50", "import-negative"),
        ("(12.50)", "import-negative"),
        ("12.505", "import-decimals"),
        ("1.2E+05", "import-exponent"),
        ("'12.50", "import-apostrophe"),
        ("12.50 ", "import-blanks"),
        ("12.50\u00a0", "import-no-break-space"),
        ("#N/A", "import-formula-error"),
        ("#REF!", "import-formula-error"),
        ("######", "import-hidden-number"),
        ("=SUM(A1:A2)", "import-formula"),
    ],
)
def test_an_amount_is_a_plain_decimal_or_refused_by_name(cell: str, check: str) -> None:
    assert check_of(cells.amount, cell) == check


def test_amounts_become_minor_units() -> None:
    assert [cells.amount(cell) for cell in ("1234.56", "1234.5", "1234", "0.01")] == [123456, 123450, 123400, 1]


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("2026-11-30", ""),
        ("11/30/2026", "import-date-order"),
        ("30.11.2026", "import-date-order"),
        ("2026/11/30", "import-date-order"),
        ("2026-1-5", "import-date-order"),
        ("46356", "import-date-number"),
        ("2026-02-29", "import-date"),
        ("1926-11-30", "import-date"),
        ("20261130", "import-date"),
        (" 2026-11-30", "import-blanks"),
        ("", "import-empty"),
    ],
)
def test_a_date_is_year_month_day_or_refused_by_name(cell: str, check: str) -> None:
    assert check_of(cells.day, cell) == check


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("2026-11-03T14:05:00-05:00", ""),
        ("2026-11-03t19:05:00.5z", ""),
        ("2026-11-03T14:05:00", "import-offset"),
        ("2026-11-03", "import-instant"),
        ("11/3/2026 14:05", "import-date-order"),
        ("2026-11-03T25:05:00Z", "import-instant"),
    ],
)
def test_an_instant_has_its_offset(cell: str, check: str) -> None:
    assert check_of(cells.instant, cell) == check


def test_an_instant_keeps_its_moment() -> None:
    assert cells.instant("2026-11-03T14:05:00-05:00") == datetime(2026, 11, 3, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("021070611", ""),
        ("21070611", "import-leading-zero"),
        ("2107061", "import-routing"),
        ("0210706111", "import-routing"),
        ("21070611.0", "import-decimal-point"),
        ("'021070611", "import-apostrophe"),
    ],
)
def test_a_routing_number_has_nine_digits(cell: str, check: str) -> None:
    assert check_of(cells.routing, cell) == check


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("12-AB", ""),
        ("00012", ""),
        ("0000", "import-account-number"),
        ("12 34", "import-account-number"),
        ("1" * 18, "import-account-number"),
        ("1.23E+16", "import-exponent"),
        ("1.23457E+13", "import-exponent"),
        ("123,456", "import-thousands"),
        ("12.0", "import-decimal-point"),
        ("'12", "import-apostrophe"),
        ("12 ", "import-blanks"),
        ("#N/A", "import-formula-error"),
        ("", "import-empty"),
    ],
)
def test_an_account_number_is_never_guessed(cell: str, check: str) -> None:
    assert check_of(cells.account_number, cell) == check


def test_rounding_is_seen_past_the_fifteenth_digit() -> None:
    assert may_be_rounded(ACCOUNTS[17])
    assert not may_be_rounded(ACCOUNTS[8])
    assert keeps_long_digits(ACCOUNTS[8])
    assert not keeps_long_digits(ACCOUNTS[17])
    assert not may_be_rounded("100000000000000")


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("HAR-1", ""),
        ("'1", "import-apostrophe"),
        ("1.2E+11", "import-exponent"),
        ("HAR-1 ", "import-blanks"),
        ("HAR\u00a01", "import-no-break-space"),
        ("HAR\x071", "import-characters"),
        ("x" * 201, "import-length"),
        ("#NAME?", "import-formula-error"),
    ],
)
def test_a_key_is_taken_as_it_is_or_refused(cell: str, check: str) -> None:
    assert check_of(text(200), cell) == check


def test_a_name_may_start_with_its_own_apostrophe() -> None:
    name = text(200, Sort.NAME)
    assert name("'t Hooft") == "'t Hooft"
    assert check_of(name, "'12 Grill") == "import-apostrophe"


def test_words_are_lower_case_and_of_the_domain() -> None:
    holder = word(Holder)
    assert holder("business") is Holder.BUSINESS
    assert "lower case: business" in holder("Business").message
    assert "one of: business, consumer" in holder("company").message
    assert check_of(cells.yes_or_no, "TRUE") == "import-yes-no"
    assert check_of(cells.currency, "EUR") == "import-currency"


def test_instalments_fit_their_column() -> None:
    assert cells.instalment("32767") == 32767
    assert [check_of(cells.instalment, cell) for cell in ("32768", "0", "1.0", "-1", "01")] == [
        "import-number", "import-number", "import-decimal-point", "import-negative", "import-number",
    ]  # fmt: skip


def test_free_words_keep_line_ends_and_lose_nothing() -> None:
    words = "I authorize\nthis.\u00a0 "
    assert cells.free_text(words) == words
    assert [check_of(cells.free_text, cell) for cell in (" ", "a\x07b", "#REF!", "x" * 40_000)] == [
        "import-empty", "import-characters", "import-formula-error", "import-length",
    ]  # fmt: skip


def test_an_optional_cell_may_be_empty_and_nothing_worse() -> None:
    day = optional(cells.day)
    assert day("") is None
    assert day("2026-11-30") == date(2026, 11, 30)
    assert check_of(day, "11/30/2026") == "import-date-order"


def test_a_column_quotes_its_cells_unless_they_are_red() -> None:
    _, faults = Column(name="amount", judge=cells.amount).values(["1.00", "1,000.00"])
    assert [row for row, _ in faults] == [1]
    assert faults[0][1].message.startswith("The amount has separators between its thousands; ")
    assert faults[0][1].message.endswith(" It says “1,000.00”.")
    _, faults = Column(name="kind", judge=word(Holder), red=True).values(["77"])
    assert "77" not in faults[0][1].message


def test_what_looks_like_an_account_number_is_cut_to_its_last_four() -> None:
    assert masked(f"no buyer {ACCOUNTS[4]}, here") == f"no buyer …{ACCOUNTS[4][-4:]}, here"
    assert masked("on 2026-11-30, twice") == "on 2026-11-30, twice"
    assert masked("555-123-4567") == "…4567"
    assert shown("a\n" * 60).endswith("…”")
