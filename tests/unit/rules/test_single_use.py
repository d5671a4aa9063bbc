"""Of several orders under one single authorization, one is debited."""

from datetime import date

import numpy as np

from ingather.rules.reasons import DEBITABLE, REASON_CODES
from ingather.rules.single_use import single_authorizations, within_single_use
from ingather.rules.vocabulary import AuthorizationKind
from tests.unit.rules.due_orders import day
from tests.unit.rules.due_orders import due as due_of

USED = REASON_CODES["authorization-used"]
HELD = REASON_CODES["held"]
NONE = np.zeros(0, np.int64)


def decided(*rows: dict[str, int], codes: list[int] | None = None, used: list[int] | None = None) -> list[int]:
    """Return the codes of single orders after the rule, debitable before unless said otherwise."""
    single = [
        {"authorization_kind": int(AuthorizationKind.SINGLE), "order_id": at + 1} | row for at, row in enumerate(rows)
    ]
    before = np.array(codes or [DEBITABLE] * len(rows), np.int16)
    found = within_single_use(due_of(*single), before, used=np.array(used or [], np.int64))
    return [int(code) for code in found]


def test_the_order_due_earliest_is_debited_then_the_smallest_id() -> None:
    late, early = day(date(2026, 11, 21)), day(date(2026, 11, 20))
    assert decided({"due_on": late}, {"due_on": early}) == [USED, DEBITABLE]
    assert decided({"order_id": 9}, {"order_id": 4}) == [USED, DEBITABLE]


def test_orders_under_authorizations_of_their_own_are_all_debited() -> None:
    assert decided({"authorization_id": 1}, {"authorization_id": 2}) == [DEBITABLE, DEBITABLE]


def test_a_series_is_not_limited() -> None:
    series = {"authorization_kind": int(AuthorizationKind.RECURRING)}
    assert decided(series, series) == [DEBITABLE, DEBITABLE]


def test_an_order_that_is_not_debited_anyway_uses_nothing() -> None:
    assert decided({}, {}, codes=[HELD, DEBITABLE]) == [HELD, DEBITABLE]


def test_what_was_presented_before_goes_on_and_leaves_nothing_for_another() -> None:
    assert decided({"order_id": 1}, {"order_id": 2, "presentations": 1}) == [USED, DEBITABLE]
    assert decided({"order_id": 1, "presentations": 2}, {"order_id": 2, "presentations": 1}) == [DEBITABLE, DEBITABLE]


def test_what_an_earlier_decision_of_the_night_used_is_used() -> None:
    assert decided({"authorization_id": 7}, {"authorization_id": 8}, used=[7]) == [USED, DEBITABLE]


def test_the_single_authorizations_of_chosen_orders_are_named() -> None:
    due = due_of(
        {"authorization_id": 5, "authorization_kind": int(AuthorizationKind.SINGLE)},
        {"authorization_id": 6, "authorization_kind": int(AuthorizationKind.STANDING)},
        {"authorization_id": 7, "authorization_kind": int(AuthorizationKind.SINGLE)},
    )
    assert single_authorizations(due, np.array([0, 1])).tolist() == [5]
    assert single_authorizations(due, NONE).tolist() == []
