"""What comes back: late, twice, of somebody else, with wrong words, and of credits, fees and prenotes."""

from datetime import date

import pytest

from ingather.nacha.answers import returns
from ingather.nacha.reader import read
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import Blemish, Fate
from ingather.simulator.books import Tally
from ingather.simulator.entries import Status
from ingather.simulator.state import Kind
from tests.unit.simulator.requests import FIRST_TRACE, ask, outcomes, told
from tests.unit.simulator.town import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    TUESDAY,
    WEDNESDAY,
    Batch,
    Debit,
    Script,
    bank,
    debits,
    eastern,
    nacha_file,
    play,
    sent_on_monday,
)


def told_returns(played: BankInABox, first: date, count: int) -> list[list[str]]:
    return [row for evening in play(played, first, count).values() for row in told(evening, "R")]


def sent(played: BankInABox, entry: Debit, *, description: str, service_class: int, on: date, effective: date) -> None:
    batch = Batch(debits=[entry], effective=effective, description=description, service_class=service_class)
    played.receive(f"{description}.ach", nacha_file(batch, created=eastern(on)), eastern(on))


def test_a_return_may_settle_after_its_window() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01", banking_days=6)}))
    sent_on_monday(played, *debits(1))
    [row] = told_returns(played, MONDAY, 14)
    assert row[14:16] == ["20261124", "20261203"]


def test_a_duplicate_return_has_a_trace_of_its_own_and_moves_the_money_twice() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01", banking_days=1, again_after=2)}))
    sent_on_monday(played, *debits(1))
    first, second = told_returns(played, MONDAY, 8)
    assert first[4] != second[4]
    assert (first[15], second[15]) == ("20261125", "20261130")
    assert [first[2:4], first[7]] == [second[2:4], second[7]]
    books = played.books()
    assert books.by_reference["ORD0000"].standing_cents == -10_000
    assert books.balance_cents == books.opening_cents - 10_000
    assert books.returned == Tally(1, 10_000)


@pytest.mark.parametrize(("blemish", "amount", "reference"), [(Blemish.AMOUNT, "11000", "ORD0000"),
                                                              (Blemish.REFERENCE, "10000", "ZORD0000")])  # fmt: skip
def test_a_return_may_tell_another_amount_or_reference(blemish: Blemish, amount: str, reference: str) -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01", blemish=blemish)}))
    sent_on_monday(played, *debits(1))
    evenings = play(played, MONDAY, 8)
    [row] = [row for evening in evenings.values() for row in told(evening, "R")]
    assert (row[3], row[7], row[8]) == (str(FIRST_TRACE), amount, reference)
    [data] = [item.data for evening in evenings.values() for item in evening if item.kind is Kind.RETURN]
    assert read(data).entries.amount_cents.tolist() == [int(amount)]
    assert played.books().by_reference["ORD0000"].returned_cents == int(amount)
    assert played.books().balance_cents == played.books().opening_cents + 10_000 - int(amount)


def test_a_stray_return_is_of_nobody_we_know_and_takes_our_money_until_it_is_dishonoured() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(stray_after=1)}))
    sent_on_monday(played, *debits(1))
    evenings = play(played, MONDAY, 5)
    [row] = [row for evening in evenings.values() for row in told(evening, "R")]
    assert row[3] != str(FIRST_TRACE)
    position = played.books().by_reference[row[8]]
    assert position.standing_cents == -int(row[7])
    assert position.last_status is Status.REFUSED
    assert played.books().by_reference["ORD0000"].standing_cents == 10_000
    [data] = [item.data for evening in evenings.values() for item in evening if item.kind is Kind.RETURN]
    assert [f"{trace:015d}" for trace in returns(read(data)).original_trace.tolist()] == [row[3]]
    ask(played, kind="dishonour", code="R61", return_trace=row[4])
    play(played, NEXT_MONDAY, 8)
    assert outcomes(played) == ["dishonoured"]
    assert played.books().by_reference[row[8]].standing_cents == 0


@pytest.mark.parametrize(("description", "code"), [("REVERSAL", "R17"), ("REFUND", "R23"), ("REFUND", "R03")])
def test_a_credit_that_comes_back_brings_its_money_back(description: str, code: str) -> None:
    played = bank(Script(fates={("ORD0000", 0): Fate(return_code=code, information="QUESTIONABLE")}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 2)
    credit = Debit(reference="ORD0000", code=22)
    sent(played, credit, description=description, service_class=220, on=WEDNESDAY, effective=FRIDAY)
    evenings = play(played, WEDNESDAY, 7)
    [row] = [row for evening in evenings.values() for row in told(evening, "R")]
    assert row[1:3] == ["REVERSAL_RETURN" if description == "REVERSAL" else "RETURN", code]
    assert row[5] == "21"
    posted = [posting[3:5] for evening in evenings.values() for posting in told(evening, "P")]
    assert posted == [["10000", "D"], ["10000", "C"]]
    position = played.books().by_reference["ORD0000"]
    assert (position.credited_cents, position.credits_returned_cents, position.standing_cents) == (
        10_000,
        10_000,
        10_000,
    )
    assert played.books().credited == Tally(0, 0)


def test_a_return_on_top_of_a_reversal_leaves_the_buyer_with_more_than_he_gave() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01", banking_days=4)}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 2)
    credit = Debit(reference="ORD0000", code=22)
    sent(played, credit, description="REVERSAL", service_class=220, on=WEDNESDAY, effective=FRIDAY)
    play(played, WEDNESDAY, 9)
    books = played.books()
    assert books.by_reference["ORD0000"].standing_cents == -10_000
    assert books.balance_cents == books.opening_cents - 10_000


def test_a_return_fee_is_no_second_debit_of_its_order() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01")}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 4)
    fee = Debit(reference="ORD0000", cents=2_500)
    sent(played, fee, description="RETURN FEE", service_class=225, on=FRIDAY, effective=NEXT_MONDAY)
    retry = Debit(reference="ORD0000")
    sent(played, retry, description="RETRY PYMT", service_class=225, on=NEXT_MONDAY, effective=NEXT_TUESDAY)
    play(played, FRIDAY, 7)
    books = played.books()
    position = books.by_reference["ORD0000"]
    assert not books.doubles
    assert (position.presentations, position.standing_cents, position.fees_cents) == (2, 10_000, 2_500)
    assert books.balance_cents == books.opening_cents + 12_500


def test_a_return_fee_that_comes_back_leaves_the_order_as_it_was() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01"), ("ORD0000/FEE", 0): Fate(return_code="R09")}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 4)
    fee = Debit(reference="ORD0000", cents=2_500)
    sent(played, fee, description="RETURN FEE", service_class=225, on=FRIDAY, effective=NEXT_MONDAY)
    assert [row[2] for row in told_returns(played, FRIDAY, 7)] == ["R09"]
    position = played.books().by_reference["ORD0000"]
    assert (position.standing_cents, position.fees_cents, position.last_code) == (0, 0, "R01")


def test_a_returned_prenote_moves_no_money() -> None:
    played = bank(Script(fates={("CHK0001", 0): Fate(return_code="R03")}))
    sent(played, Debit(reference="CHK0001", cents=0, code=28), description="ORDERPMT", service_class=225, on=MONDAY,
         effective=TUESDAY)  # fmt: skip
    [row] = told_returns(played, MONDAY, 5)
    assert (row[2], row[7], row[18]) == ("R03", "0", "")
    assert played.books().balance_cents == played.books().opening_cents
