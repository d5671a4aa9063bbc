"""Which rule rows a file's debits rest on: those that decided about them, and no others."""

from datetime import date
from typing import Any

import numpy as np

from ingather.rules.rest_on import rules_of_debits
from ingather.rules.rows import Standing, row_of
from ingather.rules.vocabulary import Channel, Holder, NoticeKind, OrderStanding
from tests.unit.rules.due_orders import EFFECTIVE_ON, due

ALWAYS = {
    "clocks/debit-lead@2000-01-01",
    "clocks/return-ordinary@2000-01-01",
    "duties/company-name@2000-01-01",
    "duties/iat-definition@2026-09-18",
}
BUSINESS = {"account_holder": Holder.BUSINESS}
ONLINE = "entry_classes/consumer-online@2001-03-16"
VALIDATED = "account_validation/need-WEB@2021-03-19"


def rests_on(*rows: dict[str, Any], words: tuple[str, ...] = ("ORDER",), **terms: Any) -> set[str]:  # noqa: ANN401 -- the terms as the rule takes them
    """Return what a file of these orders rests on."""
    orders = due(*rows)
    terms = {"effective_on": EFFECTIVE_ON} | terms
    return set(rules_of_debits(orders, np.arange(len(orders)), words=words, **terms))


def test_a_debit_authorized_online_rests_on_its_class_and_on_the_validation_it_needs() -> None:
    assert rests_on({}) == ALWAYS | {ONLINE, VALIDATED}


def test_a_business_debit_needs_no_validation_by_the_rules() -> None:
    assert rests_on(BUSINESS) == ALWAYS | {"entry_classes/business-online@2000-01-01"}


def test_a_file_of_several_classes_rests_on_each_once() -> None:
    assert rests_on({}, {}, BUSINESS, {"channel": Channel.PHONE}) == ALWAYS | {
        ONLINE,
        VALIDATED,
        "entry_classes/business-online@2000-01-01",
        "entry_classes/consumer-phone@2001-09-14",
    }


def test_only_the_orders_of_the_file_count() -> None:
    orders = due({}, BUSINESS)
    found = rules_of_debits(orders, np.array([1]), effective_on=EFFECTIVE_ON, words=())
    assert set(found) == rests_on(BUSINESS)
    assert list(found) == sorted(found)


def test_a_reserved_description_is_rested_on_and_a_word_of_the_merchants_is_not() -> None:
    found = rests_on({}, words=("ORDER", "PURCHASE", "RETRY PYMT"))
    assert found - rests_on({}) == {"descriptions/PURCHASE@2026-03-20", "descriptions/RETRY PYMT@2015-09-18"}


def test_a_retry_rests_on_its_window_and_its_count_and_a_corrected_entry_on_its_own_window() -> None:
    retry = rests_on({}, {"standing": OrderStanding.RETURNED})
    assert retry - rests_on({}) == {"clocks/retry-window@2000-01-01", "clocks/retry-count@2000-01-01"}
    corrected = rests_on({"standing": OrderStanding.RETURNED, "corrected": True})
    assert corrected - rests_on({}) == {"clocks/corrected-entry@2020-04-01"}


def test_a_debit_after_a_notice_rests_on_the_clock_of_its_kind() -> None:
    amount, day = "clocks/notice-amount@2000-01-01", "clocks/notice-date@2000-01-01"
    assert rests_on({"notice": NoticeKind.AMOUNT}) - rests_on({}) == {amount}
    assert rests_on({"notice": NoticeKind.DATE}) - rests_on({}) == {day}
    assert rests_on({"notice": NoticeKind.BOTH}) - rests_on({}) == {amount, day}


def test_a_same_day_file_rests_on_the_limit_and_the_windows_of_that_day() -> None:
    found = rests_on({}, same_day=True) - rests_on({})
    assert {each.partition("/")[0] for each in found} == {"same_day", "windows"}
    assert "same_day/entry-limit@2022-03-18" in found
    assert "windows/same-day-3@2021-03-19" in found


def test_nothing_rests_on_a_row_that_is_not_in_force_on_the_effective_date() -> None:
    before = date(2026, 3, 19)
    found = rests_on({}, words=("PURCHASE",), effective_on=before)
    assert not {each for each in found if "PURCHASE" in each or "iat-definition" in each}
    rows = [row_of(each) for each in found]
    assert {row.standing(before) for row in rows if row is not None} == {Standing.IN_FORCE}
    assert None not in rows
