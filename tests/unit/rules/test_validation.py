"""Which debits need a validated account, what proves one, and from when a prenote's silence does."""

from datetime import date

import pytest

from ingather.domain.accounts import ValidationMethod
from ingather.rules.rows import row_of, rows
from ingather.rules.validation import (
    classes_that_need_it,
    may_go_again,
    micro_forms,
    proofs,
    rules_of_checks,
    silence_after,
)

NOVEMBER = date(2026, 11, 16)


def test_only_debits_authorized_online_need_it_and_only_since_2021() -> None:
    assert set(classes_that_need_it(NOVEMBER)) == {"WEB"}
    assert set(classes_that_need_it(date(2021, 3, 19))) == {"WEB"}
    assert set(classes_that_need_it(date(2021, 3, 18))) == set()


def test_every_method_of_ours_is_a_proof_and_a_credit_is_none() -> None:
    assert set(proofs(NOVEMBER)) == set(ValidationMethod)
    assert "earlier_credit" in {row.values["word"] for row in rows("account_validation")}
    assert "micro_entries" not in proofs(date(2022, 9, 15))


def test_a_prenote_may_go_to_a_debited_account_since_june_2024() -> None:
    assert not may_go_again("prenote", date(2024, 6, 20))
    assert may_go_again("prenote", date(2024, 6, 21))
    assert may_go_again("micro_entries", date(2024, 6, 20))


@pytest.mark.parametrize(
    ("settled_on", "complete_through", "passes_on"),
    [
        (date(2026, 11, 17), date(2026, 11, 19), date(2026, 11, 20)),
        (date(2026, 11, 20), date(2026, 11, 24), date(2026, 11, 25)),
        # Thanksgiving is none of the three banking days.
        (date(2026, 11, 24), date(2026, 11, 27), date(2026, 11, 30)),
        # Independence Day on a Saturday moves nothing: Friday is a banking day.
        (date(2026, 7, 1), date(2026, 7, 3), date(2026, 7, 6)),
    ],
)
def test_silence_is_proof_from_the_third_banking_day_when_the_second_is_complete(
    settled_on: date, complete_through: date, passes_on: date
) -> None:
    found = silence_after(settled_on)
    assert (found.complete_through, found.passes_on) == (complete_through, passes_on)


def test_micro_entries_go_in_a_class_that_carries_credits_and_debit_only_what_was_authorized() -> None:
    forms = {sec: (form.sec, form.takes_back) for sec, form in micro_forms(NOVEMBER).items()}
    assert forms == {"CCD": ("CCD", True), "PPD": ("PPD", True), "WEB": ("PPD", False), "TEL": ("PPD", False)}


def test_what_a_check_rests_on_are_rows_of_the_tables() -> None:
    ids = rules_of_checks(frozenset({"prenote", "micro_entries"}), NOVEMBER)
    assert len(ids) == 7
    assert all(row_of(row_id) is not None for row_id in ids)
