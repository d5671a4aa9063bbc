"""The lawful debit: each obstacle alone is found, the first of several is told, and nothing unknown is permission."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from ingather.rules.debitable import FORMAT_LIMIT_MINOR, REASON_CODES, REASONS, decide, reason_of
from ingather.rules.due import Due, Terms
from ingather.rules.vocabulary import (
    AccountKind,
    AccountState,
    AuthorizationState,
    Channel,
    Holder,
    OrderStanding,
    PartyState,
)
from tests.unit.rules.due_orders import EFFECTIVE_ON, day, due

TERMS = Terms(effective_on=EFFECTIVE_ON, entry_limit_minor=2_500_000)
RETRY = {
    "standing": OrderStanding.RETURNED,
    "presentations": 1,
    "retryable": True,
    "first_settled_on": day(date(2026, 11, 10)),
    "collect_on": day(EFFECTIVE_ON),
}


def reasons(*rows: dict[str, Any], terms: Terms = TERMS) -> list[str]:
    return [reason_of(int(code)).id for code in decide(due(*rows), terms)]


def test_an_open_order_with_everything_in_place_is_debitable() -> None:
    assert decide(due({}), TERMS).tolist() == [0]
    assert decide(due({}), TERMS).dtype == np.int16


SPOILED: list[tuple[dict[str, Any], str]] = [
    ({"standing": OrderStanding.CLOSED}, "state-closed"),
    ({"held": True}, "held"),
    ({"entangled": True}, "entangled"),
    ({"amount_minor": 0}, "amount-not-positive"),
    ({"amount_minor": -5}, "amount-not-positive"),
    ({"merchant_state": PartyState.SUSPENDED}, "merchant-suspended"),
    ({"company_name_registered": False}, "company-name-unregistered"),
    ({"buyer_state": PartyState.SUSPENDED}, "buyer-blocked"),
    ({"authorization_state": AuthorizationState.NONE}, "authorization-missing"),
    ({"authorization_state": AuthorizationState.DRAFT}, "authorization-missing"),
    ({"authorization_state": AuthorizationState.REVOKED}, "authorization-revoked"),
    ({"authorization_state": AuthorizationState.SUSPENDED}, "authorization-suspended"),
    ({"authorization_state": AuthorizationState.SUPERSEDED}, "authorization-superseded"),
    ({"authorization_state": AuthorizationState.CONSUMED}, "authorization-consumed"),
    ({"authorization_state": AuthorizationState.EXPIRED}, "authorization-expired"),
    ({"authorization_state": 99}, "authorization-expired"),
    ({"authorization_valid_to": day(EFFECTIVE_ON) - 1}, "authorization-expired"),
    ({"authorization_valid_from": day(EFFECTIVE_ON) + 1}, "authorization-not-yet-valid"),
    ({"authorization_max_minor": 12_499}, "amount-over-authorization"),
    ({"account_state": AccountState.BLOCKED}, "account-blocked"),
    ({"account_state": AccountState.UNKNOWN}, "account-blocked"),
    ({"change_due_on": day(EFFECTIVE_ON) - 1}, "change-overdue"),
    ({"account_kind": AccountKind.UNKNOWN}, "account-kind-unknown"),
    ({"account_holder": Holder.UNKNOWN}, "account-kind-unknown"),
    ({"channel": Channel.UNKNOWN}, "account-kind-unknown"),
    ({"routing_valid": False}, "routing-invalid"),
    ({"account_validated": False}, "account-not-validated"),
    ({"amount_minor": 2_500_001}, "entry-limit"),
    ({"presentations": 3}, "retries-exhausted"),
    ({**RETRY, "retryable": False}, "return-final"),
    ({**RETRY, "presentations": 3}, "retries-exhausted"),
    ({**RETRY, "first_settled_on": day(EFFECTIVE_ON) - 181}, "retry-window-over"),
    ({**RETRY, "first_settled_on": 0}, "retry-window-over"),
    ({**RETRY, "collect_on": day(EFFECTIVE_ON) + 1}, "not-yet-due"),
    ({"due_on": day(EFFECTIVE_ON) + 1}, "not-yet-due"),
    ({"routed": False}, "no-route"),
]


@pytest.mark.parametrize(("row", "expected"), SPOILED)
def test_each_obstacle_alone_is_the_reason(row: dict[str, Any], expected: str) -> None:
    assert reasons(row) == [expected]


def test_a_column_of_obstacles_is_decided_row_by_row() -> None:
    rows = [row for row, _ in SPOILED]
    assert reasons(*rows) == [expected for _, expected in SPOILED]


def test_the_boundaries_themselves_are_allowed() -> None:
    limits = {"authorization_valid_to": day(EFFECTIVE_ON), "authorization_valid_from": day(EFFECTIVE_ON)}
    assert reasons(limits, {"authorization_max_minor": 12_500}, {"due_on": day(EFFECTIVE_ON)}) == ["debitable"] * 3
    assert reasons({"amount_minor": 2_500_000}) == ["debitable"]
    assert reasons({**RETRY, "first_settled_on": day(EFFECTIVE_ON) - 180}) == ["debitable"]
    assert reasons({**RETRY, "presentations": 2}) == ["debitable"]


def test_the_first_reason_of_the_table_is_told_when_several_apply() -> None:
    both = {"account_state": AccountState.BLOCKED, "authorization_state": AuthorizationState.REVOKED}
    assert reasons(both) == ["authorization-revoked"]
    assert reasons({**both, "held": True}) == ["held"]


def test_a_used_single_authorization_still_covers_the_retry_of_its_own_debit() -> None:
    assert reasons({**RETRY, "authorization_state": AuthorizationState.CONSUMED}) == ["debitable"]


def test_validation_is_needed_online_for_consumers_and_everywhere_when_the_profile_says_so() -> None:
    business = {"account_validated": False, "account_holder": Holder.BUSINESS}
    paper = {"account_validated": False, "channel": Channel.PAPER}
    assert reasons(business, paper) == ["debitable", "debitable"]
    strict = Terms(effective_on=EFFECTIVE_ON, validate_every_account=True)
    assert reasons(business, paper, terms=strict) == ["account-not-validated"] * 2


def test_no_profile_lifts_the_formats_own_amount_limit() -> None:
    unlimited = Terms(effective_on=EFFECTIVE_ON)
    assert reasons({"amount_minor": FORMAT_LIMIT_MINOR}, terms=unlimited) == ["debitable"]
    assert reasons({"amount_minor": FORMAT_LIMIT_MINOR + 1}, terms=unlimited) == ["entry-limit"]


def test_every_reason_has_its_own_id_a_sentence_and_a_way_out() -> None:
    assert len(REASON_CODES) == len(REASONS)
    for reason in REASONS:
        assert reason.sentence.endswith(".")
        assert reason.way_out.endswith(".")
    with pytest.raises(IndexError):
        reason_of(len(REASONS))


def test_columns_of_different_lengths_are_refused() -> None:
    columns = {name: getattr(due({}, {}), name) for name in Due.__dataclass_fields__}
    with pytest.raises(ValueError, match="different lengths"):
        Due(**{**columns, "held": np.zeros(1, np.bool_)})


def test_no_orders_are_decided_without_fuss() -> None:
    assert decide(due({}).take(np.zeros(1, np.bool_)), TERMS).tolist() == []


def test_a_change_that_waits_holds_what_goes_out_after_its_last_day() -> None:
    last_day = day(date(2026, 11, 20))
    waiting = {"change_due_on": last_day}
    for sent_on, reason in ((date(2026, 11, 20), "debitable"), (date(2026, 11, 21), "change-overdue")):
        assert reasons(waiting, terms=replace(TERMS, sent_on=sent_on)) == [reason]
    assert reasons({"change_due_on": day(EFFECTIVE_ON)}) == ["debitable"]
