"""The bank's money adds up after every day of every play, and a bank that was saved plays on as if it had not been."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.simulator.bank import BankInABox
from ingather.simulator.books import BankBooks, Tally
from ingather.simulator.scenarios import SCENARIOS
from ingather.simulator.state import Stage
from tests.unit.simulator.plays import RandomDesk
from tests.unit.simulator.requests import told
from tests.unit.simulator.town import MONDAY, TERMS, is_banking_day

FEES = replace(TERMS, return_fee_cents=250)
SEEDS = st.integers(0, 10**6)
HARD = ("storm", "year", "marketplace")
DAYS = 16


def new_bank(scenario: str, seed: int) -> BankInABox:
    return BankInABox(terms=FEES, is_banking_day=is_banking_day, seed=seed, behaviour=SCENARIOS[scenario])


def assert_money_is_kept(books: BankBooks) -> None:
    """Every cent of the account is in one order's position, in a fee, or was there before."""
    positions = books.by_reference.values()
    held = sum(position.standing_cents + position.fees_cents for position in positions)
    assert books.balance_cents == books.opening_cents + held - books.fees_cents
    for position in positions:
        assert position.contested_cents <= position.dishonoured_cents <= position.returned_cents
        assert position.credits_returned_cents <= position.credited_cents
        assert position.in_transit_cents <= position.debited_cents
    parts = (books.returned, books.in_transit, books.collected)
    assert books.debited == Tally(sum(part.entries for part in parts), sum(part.cents for part in parts))


@settings(max_examples=4, deadline=None)
@given(seed=SEEDS, scenario=st.sampled_from(HARD))
def test_the_account_holds_what_the_positions_hold_after_every_day(seed: int, scenario: str) -> None:
    bank, desk = new_bank(scenario, seed), RandomDesk(seed=seed)
    for ahead in range(DAYS):
        desk.play_day(bank, MONDAY + timedelta(days=ahead))
        assert_money_is_kept(bank.books())
    fresh = BankInABox.load(
        bank.dump(), terms=FEES, is_banking_day=is_banking_day, seed=seed, behaviour=SCENARIOS[scenario]
    )
    assert fresh.books() == bank.books()  # read at once, and day by day upon the last reading


@settings(max_examples=2, deadline=None)
@given(seed=SEEDS)
def test_a_bank_saved_between_any_two_calls_hands_over_the_same_bytes(seed: int) -> None:
    came = []
    for saves in (False, True):
        bank, desk, handed = new_bank("storm", seed), RandomDesk(seed=seed), []
        for ahead in range(DAYS):
            handed += desk.play_day(bank, MONDAY + timedelta(days=ahead))
            if saves:
                saved = bank.dump()
                bank = BankInABox.load(
                    saved, terms=FEES, is_banking_day=is_banking_day, seed=seed, behaviour=SCENARIOS["storm"]
                )
                assert bank.dump() == saved
        came.append(([(item.name, item.at, item.data) for item in handed], bank.books()))
    assert came[0] == came[1]


def test_a_random_play_does_all_that_there_is() -> None:
    bank, desk = new_bank("storm", 3), RandomDesk(seed=3)
    evenings = [desk.play_day(bank, MONDAY + timedelta(days=ahead)) for ahead in range(40)]
    books = bank.books()
    assert books.disputes.keys() == set(Stage)
    positions = books.by_reference.values()
    assert any(position.standing_cents < 0 for position in positions)
    assert any(position.credits_returned_cents for position in positions)
    assert any(position.fees_cents for position in positions)
    assert books.refused_requests
    assert books.doubles
    assert {row[1] for evening in evenings for row in told(evening, "D")} == {"DISHONOURED", "CONTESTED", "CORRECTED"}


@pytest.mark.parametrize("scenario", ["year"])
def test_the_reports_balances_chain_through_everything(scenario: str) -> None:
    quiet = replace(SCENARIOS[scenario], delivering=SCENARIOS["all_paid"].delivering)
    bank = BankInABox(terms=FEES, is_banking_day=is_banking_day, seed=5, behaviour=quiet)
    desk = RandomDesk(seed=5)
    balances = [
        [int(row[2]) * (1 if row[3] == "C" else -1) for row in told(evening, "B")]
        for ahead in range(DAYS)
        if (evening := desk.play_day(bank, MONDAY + timedelta(days=ahead)))
    ]
    chained = [pair for pair in balances if pair]
    assert [opening for opening, _ in chained[1:]] == [closing for _, closing in chained[:-1]]
    assert chained[-1][1] == bank.books().balance_cents
