"""How long a refund needs two persons: as long as its debit can come back, and over the house's amount."""

from datetime import date

import pytest

from ingather.rules.refunds import (
    can_come_back,
    first_night_after,
    needs_second_person,
    refund_class,
    return_window_ends,
)

SETTLED = date(2026, 11, 17)
TWO_BANKING_DAYS = date(2026, 11, 19)
SIXTY_DAYS = date(2027, 1, 19)
"""The banking day after Saturday the 16th of January, day 60; Monday is a holiday."""


@pytest.mark.parametrize(
    ("holder", "entry_class", "ends"),
    [
        ("business", "CCD", TWO_BANKING_DAYS),
        ("consumer", "WEB", SIXTY_DAYS),
        ("consumer", "PPD", SIXTY_DAYS),
        ("consumer", "CCD", SIXTY_DAYS),  # debited as a business, and it says so
        ("business", "WEB", SIXTY_DAYS),  # under a consumer's class it has the consumer's days
    ],
)
def test_the_window_is_that_of_the_holder_and_the_class(holder: str, entry_class: str, ends: date) -> None:
    assert return_window_ends(SETTLED, holder=holder, entry_class=entry_class) == ends


@pytest.mark.parametrize(
    ("on", "watermark_on", "returnable"),
    [
        (TWO_BANKING_DAYS, TWO_BANKING_DAYS, True),
        (date(2026, 11, 20), TWO_BANKING_DAYS, False),
        (date(2026, 11, 20), date(2026, 11, 18), True),  # the reports of the last day are not all in
        (date(2026, 11, 20), None, True),
    ],
)
def test_a_return_can_come_until_the_reports_of_the_last_day_are_in(
    on: date, watermark_on: date | None, *, returnable: bool
) -> None:
    assert can_come_back(TWO_BANKING_DAYS, on=on, watermark_on=watermark_on) is returnable


def test_the_first_night_is_a_banking_day_after_the_window() -> None:
    assert first_night_after(date(2026, 11, 25)) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("amount", "waits", "returnable", "dual"),
    [
        (1, False, True, True),
        (1, True, True, False),
        (1, False, False, False),
        (100_000, False, False, False),
        (100_001, False, False, True),
        (100_001, True, True, True),
    ],
)
def test_two_persons_answer_within_the_window_and_for_large_amounts(
    amount: int, *, waits: bool, returnable: bool, dual: bool
) -> None:
    found = needs_second_person(amount, waits=waits, returnable=returnable, dual_over_cents=100_000)
    assert found is dual


def test_the_class_of_a_refund_is_the_holders() -> None:
    assert [refund_class(holder, SETTLED)[0] for holder in ("business", "consumer")] == ["CCD", "PPD"]
