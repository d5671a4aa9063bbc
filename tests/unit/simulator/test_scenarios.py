"""The named scenarios, asked entry by entry."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ingather.simulator.behaviour import PAID, Answer, Blemish, Fate, FileView
from ingather.simulator.chance import Chance
from ingather.simulator.entries import Sort
from ingather.simulator.odds import Follows
from ingather.simulator.scenarios import SCENARIOS
from tests.unit.simulator.town import batch_view, entry_view

MANY = [f"ORD{index:05d}" for index in range(4_000)]
CHANCE = Chance(2026)
FEW = MANY[:1_200]


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
        "prenote_ok",
        "prenote_returned",
        "micro_entries",
        "noc_each",
        "r11_corrected",
        "duplicate_return",
        "dishonour_won",
        "dishonour_contested",
        "late_r01_dishonoured_no_retry",
        "reversal_duplicate",
        "reversal_double_credit",
        "refund_after_window",
        "stale_file",
        "revoked_after_seal",
        "same_day",
        "same_day_over_limit",
        "notice_period",
        "limit_hit",
        "exposure_hit",
        "storm",
        "year",
    }
    assert wanted <= set(SCENARIOS)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_has_its_own_sentence_and_shares_that_add_up(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.sentence.endswith(".")
    assert [other.name for other in SCENARIOS.values() if other.sentence == scenario.sentence] == [name]
    for rows in (scenario.odds, scenario.changes):
        for follows in Follows:
            for sort in Sort:
                shares = [row.per_10_000 for row in rows if row.follows is follows and row.sort in {None, sort}]
                assert sum(shares) <= 10_000


def test_changes_of_every_code_come_and_some_are_garbled_until_they_are_refused() -> None:
    fates = [SCENARIOS["noc_each"].decide(entry_view(key), CHANCE) for key in FEW]
    told = {fate.change_code for fate in fates} - {""}
    assert told == {"C01", "C02", "C03", "C04", "C05", "C06", "C07", "C09", "C10", "C13", "C14"}
    assert {fate.corrects for fate in fates if fate.garbled} == {True}
    assert not any(fate.return_code for fate in fates)


@pytest.mark.parametrize(
    ("scenario", "what"),
    [
        ("duplicate_return", lambda fate: fate.again_after in {1, 2} and fate.answer is Answer.SILENT),
        ("dishonour_won", lambda fate: fate.banking_days in {5, 6} and fate.answer is Answer.SILENT),
        ("late_r01_dishonoured_no_retry", lambda fate: fate.banking_days == 6 and fate.return_code == "R01"),
        ("dishonour_contested", lambda fate: fate.answer in {Answer.CONTESTS, Answer.CORRECTS}),
        ("r11_corrected", lambda fate: (fate.return_code, fate.calendar_days) == ("R11", 10)),
        ("reversal_double_credit", lambda fate: fate.banking_days == 4),
    ],
)
def test_a_scenario_about_returns_sends_back_what_its_name_says_once(
    scenario: str, what: Callable[[Fate], bool]
) -> None:
    fates = [SCENARIOS[scenario].decide(entry_view(key, sec="PPD"), CHANCE) for key in FEW]
    struck = [fate for fate in fates if fate.return_code]
    assert len(struck) > len(FEW) // 10
    assert all(what(fate) for fate in struck)
    again = [SCENARIOS[scenario].decide(entry_view(key, presentation=2, sec="PPD"), CHANCE) for key in FEW]
    assert not any(fate.return_code for fate in again)


@pytest.mark.parametrize("scenario", ["prenote_returned", "micro_entries"])
def test_an_account_that_does_not_exist_sends_back_the_check_as_well_as_the_debit(scenario: str) -> None:
    views = [entry_view(key) for key in FEW]
    checks = [replace(view, transaction_code=28, presentation=0, sort=Sort.PRENOTE) for view in views]
    back = [[SCENARIOS[scenario].decide(each, CHANCE).return_code for each in both] for both in (views, checks)]
    assert back[0] == back[1]
    assert set(back[0]) - {""} <= {"R03", "R04"}
    assert any(back[0])


def test_credits_and_fees_have_a_chance_of_their_own_beside_the_debit() -> None:
    year = SCENARIOS["year"]
    paid = [view for view in map(entry_view, FEW) if not year.decide(view, CHANCE).return_code]
    for sort, code in ((Sort.REVERSAL, 22), (Sort.REFUND, 22), (Sort.FEE, 27)):
        key = "/FEE" if sort is Sort.FEE else ""
        views = [replace(v, key=f"{v.key}{key}", transaction_code=code, presentation=0, sort=sort) for v in paid]
        struck = Counter(year.decide(view, CHANCE).return_code for view in views)
        assert struck.keys() - {""} == {{Sort.REVERSAL: "R17", Sort.REFUND: "R23", Sort.FEE: "R01"}[sort]}


def test_a_year_is_believable_and_a_storm_is_not() -> None:
    year, storm = (
        [SCENARIOS[name].decide(entry_view(key, sec="WEB"), CHANCE) for key in FEW] for name in ("year", "storm")
    )
    shares = [sum(bool(fate.return_code) for fate in fates) / len(FEW) for fates in (year, storm)]
    assert 0.05 < shares[0] < 0.12
    assert shares[1] > 2 * shares[0]
    assert any(fate.stray_after for fate in storm)
    # A wrong trace is only written by a bank that is told to.
    assert {fate.blemish for fate in storm} == set(Blemish) - {Blemish.TRACE}
    assert SCENARIOS["storm"].delivering.faults.late > 10 * SCENARIOS["year"].delivering.faults.late


def test_who_is_asked_for_a_return_agrees_or_not_by_the_scenario() -> None:
    asked = [replace(entry_view(key), asked="R06") for key in FEW]
    assert {SCENARIOS["all_paid"].decide(view, CHANCE) for view in asked} == {PAID}
    agreed = [view for view in asked if SCENARIOS["year"].decide(view, CHANCE) == Fate(return_code="R06")]
    assert 0.4 < len(agreed) / len(asked) < 0.6


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
