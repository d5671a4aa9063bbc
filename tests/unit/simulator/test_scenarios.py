"""The named scenarios, asked entry by entry."""

from collections import Counter
from datetime import timedelta

import pytest

from ingather.simulator.behaviour import PAID, FileView
from ingather.simulator.chance import Chance
from ingather.simulator.scenarios import SCENARIOS
from tests.unit.simulator.town import batch_view, entry_view

MANY = [f"ORD{index:05d}" for index in range(4_000)]
CHANCE = Chance(2026)


def codes(scenario: str, *, presentation: int = 1, sec: str = "WEB") -> Counter[str]:
    fates = [SCENARIOS[scenario].decide(entry_view(key, presentation=presentation, sec=sec), CHANCE) for key in MANY]
    return Counter(fate.return_code or fate.change_code for fate in fates)


def view(*companies: str, seen_before: bool = False) -> FileView:
    return FileView(
        destination="121042882",
        origin="1234567890",
        created_on="261123",
        created_at="1500",
        modifier="A",
        batches=tuple(batch_view(company, seen_before=seen_before) for company in companies),
    )


def test_every_scenario_of_the_house_is_there() -> None:
    wanted = {
        "all_paid",
        "nsf_then_paid",
        "nsf_three_times",
        "closed_account",
        "revoked",
        "late_unauthorized",
        "noc_account",
        "ack_reject_batch",
        "ack_pended",
        "feed_gap",
        "marketplace",
    }
    assert wanted <= set(SCENARIOS)


def test_all_paid_pays_all() -> None:
    assert codes("all_paid") == {"": len(MANY)}


def test_who_lacks_funds_first_pays_on_the_retry() -> None:
    assert 1_100 < codes("nsf_then_paid")["R01"] < 1_550
    assert codes("nsf_then_paid", presentation=2) == {"": len(MANY)}


def test_who_lacks_funds_three_times_is_the_same_each_time() -> None:
    scenario = SCENARIOS["nsf_three_times"]
    first, third = (
        {key for key in MANY if scenario.decide(entry_view(key, presentation=times), CHANCE).return_code == "R01"}
        for times in (1, 3)
    )
    assert first
    assert first == third


def test_a_closed_account_is_closed_for_all_its_orders() -> None:
    scenario = SCENARIOS["closed_account"]
    for account in range(40):
        fates = {
            scenario.decide(entry_view(key, account=f"231380104/{account}"), CHANCE).return_code for key in MANY[:20]
        }
        assert len(fates) == 1


@pytest.mark.parametrize("scenario", ["revoked", "late_unauthorized"])
def test_consumers_codes_never_strike_a_business(scenario: str) -> None:
    assert codes(scenario, sec="CCD").keys() <= {"", "R29"}
    assert codes(scenario, sec="WEB").keys() in ({"", "R07"}, {"", "R10"})


def test_a_late_dispute_comes_on_calendar_day_45() -> None:
    fates = {SCENARIOS["late_unauthorized"].decide(entry_view(key, sec="PPD"), CHANCE) for key in MANY}
    assert {(fate.return_code, fate.calendar_days) for fate in fates} == {("", 0), ("R10", 45)}


def test_a_corrected_account_is_not_corrected_again() -> None:
    scenario = SCENARIOS["noc_account"]
    struck = [key for key in MANY if scenario.decide(entry_view(key), CHANCE).change_code == "C01"]
    assert struck
    assert {scenario.decide(entry_view(key, corrected=True), CHANCE) for key in struck} == {PAID}


def test_the_marketplace_is_believable() -> None:
    found = codes("marketplace")
    returned = sum(count for code, count in found.items() if code.startswith("R"))
    assert 0.03 < returned / len(MANY) < 0.10
    assert {"R01", "R09", "R02", "R03", "R07", "R10", "C01", "C02", "C05"} <= found.keys()
    again = codes("marketplace", presentation=2)
    assert again["R01"] * 3 < found["R01"]


def test_one_new_batch_of_a_file_is_rejected_and_never_an_order_twice() -> None:
    scenario = SCENARIOS["ack_reject_batch"]
    assert len(scenario.take(view("A", "B", "C"), CHANCE).batch_reasons) == 1
    assert not scenario.take(view("A", "B", "C", seen_before=True), CHANCE).batch_reasons


def test_which_batch_is_rejected_does_not_follow_from_its_place() -> None:
    scenario = SCENARIOS["ack_reject_batch"]
    [(forward, _)] = scenario.take(view("A", "B", "C"), CHANCE).batch_reasons
    [(backward, _)] = scenario.take(view("C", "B", "A"), CHANCE).batch_reasons
    assert forward == 2 - backward


def test_a_pended_file_is_held_for_two_hours() -> None:
    assert SCENARIOS["ack_pended"].take(view("A"), CHANCE).pended_for == timedelta(hours=2)


def test_another_seed_strikes_others() -> None:
    scenario = SCENARIOS["nsf_then_paid"]
    struck = [{key for key in MANY if scenario.decide(entry_view(key), Chance(seed)).return_code} for seed in (1, 2)]
    assert struck[0] != struck[1]
