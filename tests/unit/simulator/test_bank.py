"""A bank's days: what it takes, when it settles and returns, and that its books add up."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ingather.simulator.behaviour import Fate, FileFate
from ingather.simulator.books import BankBooks, Tally
from ingather.simulator.entries import Status
from ingather.simulator.state import Delivery, Kind
from ingather.simulator.terms import ReportWidth
from tests.unit.simulator.town import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    TERMS,
    THANKSGIVING,
    TUESDAY,
    WEDNESDAY,
    Batch,
    Debit,
    Script,
    bank,
    days,
    debits,
    eastern,
    is_banking_day,
    nacha_file,
    play,
    records_of,
    reports,
    script,
    sent_on_monday,
)


def assert_books_add_up(books: BankBooks) -> None:
    parts = (books.returned, books.in_transit, books.collected)
    assert books.debited == Tally(sum(part.entries for part in parts), sum(part.cents for part in parts))
    received = (books.refused, books.waiting, books.debited)
    assert books.received == Tally(sum(part.entries for part in received), sum(part.cents for part in received))
    moved = books.debited.cents - books.returned.cents - books.credited.cents - books.fees_cents
    assert books.balance_cents == books.opening_cents + moved
    assert sum(position.standing_cents for position in books.by_reference.values()) == (
        books.debited.cents - books.returned.cents - books.credited.cents
    )


def test_a_debit_settles_on_its_effective_date_and_money_comes_in() -> None:
    played = bank()
    sent_on_monday(played, *debits(3))
    handed = play(played, MONDAY, 2)
    assert not records_of(reports(handed)[0].data, "S")
    [settled] = records_of(reports(handed)[1].data, "S")
    assert settled[5:] == ["2611231500A", "0000001", "20261124", "20261124", "3", "30003", "C"]
    books = played.books()
    assert books.collected == Tally(3, 30_003)
    assert books.balance_cents == 5_030_003
    assert not books.moved
    assert_books_add_up(books)


def test_two_batches_post_gross_one_posting_each() -> None:
    played = bank(script(ORD0000=("R01", 1)))
    batches = [Batch(debits=debits(2, stem=stem), effective=TUESDAY) for stem in ("ORD", "PAY")]
    played.receive("two.ach", nacha_file(*batches, created=eastern(MONDAY)), eastern(MONDAY))
    handed = play(played, MONDAY, 3)
    assert [posting[3:5] for posting in records_of(reports(handed)[1].data, "P")] == [["20001", "C"], ["20001", "C"]]
    assert [posting[3:5] for posting in records_of(reports(handed)[2].data, "P")] == [["10000", "D"]]


@pytest.mark.parametrize(("banking_days", "back_on"), [(1, WEDNESDAY), (2, FRIDAY)])
def test_a_return_comes_one_or_two_banking_days_after_settlement(banking_days: int, back_on: date) -> None:
    played = bank(script(ORD0001=("R01", banking_days)))
    sent_on_monday(played, *debits(3))
    handed = play(played, MONDAY, 6)
    told = [day for day, evening in handed.items() if any(item.kind is Kind.RETURN for item in evening)]
    assert told == [back_on]
    [returned] = [row for report in reports(handed) for row in records_of(report.data, "R")]
    assert returned[2:4] == ["R01", "121042880000002"]
    assert returned[14:16] == ["20261124", f"{back_on:%Y%m%d}"]
    position = played.books().by_reference["ORD0001"]
    assert (position.last_status, position.last_code, position.standing_cents) == (Status.RETURNED, "R01", 0)
    assert position.last_returned_on == back_on


def test_money_on_its_way_back_is_neither_returned_nor_collected() -> None:
    played = bank(script(ORD0001=("R01", 2)))
    sent_on_monday(played, *debits(3))
    play(played, MONDAY, 2)
    books = played.books()
    assert (books.returned, books.in_transit, books.collected) == (Tally(0, 0), Tally(1, 10_001), Tally(2, 20_002))
    assert books.by_reference["ORD0001"].standing_cents == 10_001
    assert_books_add_up(books)


@pytest.mark.parametrize(("effective", "back_on"), [(TUESDAY, "20270108"), (WEDNESDAY, "20270111")])
def test_a_late_dispute_comes_back_on_calendar_day_45_or_the_banking_day_after(effective: date, back_on: str) -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R10", calendar_days=45)}))
    content = nacha_file(Batch(debits=debits(1), effective=effective, sec="WEB"), created=eastern(MONDAY))
    played.receive("one.ach", content, eastern(MONDAY))
    [row] = [row for report in reports(play(played, MONDAY, 60)) for row in records_of(report.data, "R")]
    assert row[15] == back_on


def test_a_file_with_the_identity_of_one_taken_before_is_refused_and_settles_nothing() -> None:
    played = bank()
    content = sent_on_monday(played, *debits(3))
    played.receive("again.ach", content, eastern(MONDAY, 16))
    other = nacha_file(Batch(debits=debits(1, stem="NEW"), effective=TUESDAY), created=eastern(MONDAY))
    played.receive("other.ach", other, eastern(MONDAY, 16))
    play(played, MONDAY, 2)
    books = played.books()
    assert (books.files, books.refused_files) == (3, 2)
    assert books.debited == Tally(3, 30_003)
    assert books.refused == Tally(4, 40_003)
    reasons = [item.data.decode().split("\n")[0].split("|")[-1] for item in played.answer(eastern(MONDAY, 20))]
    assert reasons == ["", "DUPLICATE FILE", "DUPLICATE FILE"]


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 300, b'{"no": "nacha"}', b"101" + b" " * 91])
def test_what_cannot_be_read_is_answered_with_a_rejection(content: bytes) -> None:
    played = bank()
    played.receive("odd.ach", content, eastern(MONDAY))
    [answer] = played.answer(eastern(MONDAY, 16))
    assert answer.data.decode().split("|")[9] == "REJECTED"
    assert played.books().refused_files == 1


def test_a_file_with_a_wrong_total_is_refused_whole() -> None:
    played = bank()
    content = nacha_file(Batch(debits=debits(3), effective=TUESDAY), created=eastern(MONDAY))
    assert content.count(b"000000030003") == 2
    played.receive("one.ach", content.replace(b"000000030003", b"000000030004", 1), eastern(MONDAY))
    play(played, MONDAY, 2)
    assert played.books().debited == Tally(0, 0)
    assert played.books().refused.entries == 3


def test_a_file_for_another_bank_is_refused() -> None:
    played = bank(terms=replace(TERMS, immediate_destination="231380104"))
    sent_on_monday(played, *debits(1))
    assert b"WRONG DESTINATION" in played.answer(eastern(MONDAY, 16))[0].data


def test_two_live_debits_of_one_order_are_told() -> None:
    played = bank(script(ORD0001=("R01", 1)))
    batches = [Batch(debits=debits(2), effective=TUESDAY) for _ in range(2)]
    played.receive("two.ach", nacha_file(*batches, created=eastern(MONDAY)), eastern(MONDAY))
    play(played, MONDAY, 2)
    assert played.books().doubles == ("ORD0000", "ORD0001")


def test_a_retry_after_a_return_is_no_double_and_is_the_second_presentation() -> None:
    played = bank("nsf_then_paid")
    sent_on_monday(played, *debits(30))
    play(played, MONDAY, 7)
    struck = [key for key, position in played.books().by_reference.items() if position.last_code == "R01"]
    assert 0 < len(struck) < 30
    again = [entry for entry in debits(30) if entry.reference in struck]
    retry = Batch(debits=again, effective=NEXT_TUESDAY, description="RETRY PYMT")
    played.receive("retry.ach", nacha_file(retry, created=eastern(NEXT_MONDAY)), eastern(NEXT_MONDAY))
    play(played, NEXT_MONDAY, 5)
    books = played.books()
    assert books.doubles == ()
    assert {books.by_reference[key].presentations for key in struck} == {2}
    assert books.collected == Tally(30, sum(entry.cents for entry in debits(30)))
    assert_books_add_up(books)


def test_an_entry_over_the_same_day_limit_settles_a_day_later_than_its_batch() -> None:
    played = bank()
    entries = [Debit(reference="SMALL"), Debit(reference="LARGE", cents=100_000_001, account=1)]
    content = nacha_file(Batch(debits=entries, effective=MONDAY), created=eastern(MONDAY, 9))
    played.receive("today.ach", content, eastern(MONDAY, 9))
    play(played, MONDAY, 2)
    positions = played.books().by_reference
    assert (positions["SMALL"].last_settled_on, positions["LARGE"].last_settled_on) == (MONDAY, TUESDAY)
    assert [moved.settled_on for moved in played.books().moved] == [TUESDAY]


def test_a_stale_date_settles_today_and_is_noted() -> None:
    played = bank()
    content = nacha_file(Batch(debits=debits(2), effective=date(2026, 11, 20)), created=eastern(MONDAY, 9))
    played.receive("stale.ach", content, eastern(MONDAY, 9))
    play(played, MONDAY, 1)
    [moved] = played.books().moved
    assert (moved.effective, moved.settled_on, moved.entries) == ("261120", MONDAY, 2)


def test_a_date_too_far_ahead_comes_back_as_r18() -> None:
    played = bank()
    content = nacha_file(Batch(debits=debits(2), effective=date(2026, 12, 15)), created=eastern(MONDAY))
    played.receive("early.ach", content, eastern(MONDAY))
    play(played, MONDAY, 2)
    assert played.books().returned_by_code == {"R18": Tally(2, 20_001)}


def test_a_prenote_moves_no_money_and_counts_no_presentation() -> None:
    played = bank()
    sent_on_monday(played, Debit(reference="ORD0000", cents=0, code=28))
    handed = play(played, MONDAY, 2)
    assert not records_of(reports(handed)[1].data, "P")
    assert played.books().debited == Tally(0, 0)


def test_a_reversal_takes_the_money_back_to_the_buyer() -> None:
    played = bank()
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 2)
    credit = Batch(debits=[replace(debits(1)[0], code=22)], effective=FRIDAY, service_class=220, description="REVERSAL")
    played.receive("back.ach", nacha_file(credit, created=eastern(WEDNESDAY)), eastern(WEDNESDAY))
    play(played, WEDNESDAY, 3)
    books = played.books()
    assert books.by_reference["ORD0000"].standing_cents == 0
    assert (books.credited, books.balance_cents) == (Tally(1, 10_000), books.opening_cents)
    assert_books_add_up(books)


def test_a_return_fee_is_charged_and_told() -> None:
    played = bank(script(ORD0001=("R01", 1)), terms=replace(TERMS, return_fee_cents=250))
    sent_on_monday(played, *debits(2))
    handed = play(played, MONDAY, 3)
    [fee] = records_of(reports(handed)[2].data, "A")
    assert fee[1:4] == ["RETURN_FEE", "250", "D"]
    assert played.books().fees_cents == 250
    assert_books_add_up(played.books())


def test_a_passed_over_day_is_closed_when_the_next_one_is() -> None:
    played = bank()
    sent_on_monday(played, *debits(1))
    played.close_day(MONDAY)
    later = played.close_day(FRIDAY)
    assert [item.name for item in later] == [
        "STR-20261124-0002.txt",
        "STR-20261125-0003.txt",
        "STR-20261127-0004.txt",
    ]
    assert played.close_day(FRIDAY) == []
    assert played.close_day(THANKSGIVING) == []


def test_the_trailer_ties_and_balances_chain_over_a_busy_month() -> None:
    played = bank("marketplace", seed=3, terms=replace(TERMS, return_fee_cents=100))
    handed: dict[date, list[Delivery]] = {}
    for number, day in enumerate(days(MONDAY, 70)):
        if is_banking_day(day) and number < 14:
            batch = Batch(debits=debits(60, stem=f"D{number:02d}"), effective=day + timedelta(days=1), sec="WEB")
            played.receive(f"{number}.ach", nacha_file(batch, created=eastern(day, 20)), eastern(day, 20))
        handed[day] = played.close_day(day)
    balance = TERMS.opening_balance_cents
    for number, report in enumerate(reports(handed), 1):
        balance = tie(report.data, number, balance)
    books = played.books()
    assert balance == books.balance_cents
    assert len(books.returned_by_code) > 4
    assert_books_add_up(books)


def tie(report: bytes, number: int, opening: int) -> int:
    """Count a delimited report by hand, hold it against its trailer and return its closing balance."""
    [head], [trailer] = records_of(report, "H"), records_of(report, "T")
    rows = {kind: records_of(report, kind) for kind in "SRNDAPV"}
    signed = [(int(row[3]), row[4]) for row in rows["P"]]
    debit, credit = (sum(cents for cents, sign in signed if sign == wanted) for wanted in "DC")
    expected = [
        len(report.decode().splitlines()),
        len(rows["S"]),
        sum(int(row[10]) for row in rows["S"]),
        len(rows["R"]),
        sum(int(row[7]) for row in rows["R"]),
        *(len(rows[kind]) for kind in "NDAPV"),
        credit,
        debit,
        sum(int(row[3]) % 10**10 for row in rows["R"]) % 10**10,
    ]
    assert [int(value) for value in trailer[1:]] == expected
    assert int(head[10]) == number
    [start, end] = [int(row[2]) for row in records_of(report, "B")]
    assert start == opening
    assert end == opening + credit - debit
    return end


def test_fixed_reports_have_224_columns_on_every_line() -> None:
    played = bank("marketplace", terms=replace(TERMS, report_width=ReportWidth.FIXED))
    sent_on_monday(played, *debits(200), sec="WEB")
    lines = [line for report in reports(play(played, MONDAY, 8)) for line in report.data.decode().splitlines()]
    assert {line[0] for line in lines} >= set("HSRPBT")
    assert {len(line) for line in lines} == {224}


def test_a_batch_that_was_refused_settles_nothing_and_the_rest_does() -> None:
    behaviour = replace(script(), file_fate=FileFate(batch_reasons=((1, "COMPANY NOT ON FILE"),)))
    played = bank(behaviour)
    batches = [Batch(debits=debits(2, stem=stem), effective=TUESDAY) for stem in ("ORD", "PAY")]
    played.receive("two.ach", nacha_file(*batches, created=eastern(MONDAY)), eastern(MONDAY))
    play(played, MONDAY, 2)
    assert (played.books().debited, played.books().refused) == (Tally(2, 20_001), Tally(2, 20_001))
    assert played.books().by_reference["PAY0000"].last_status is Status.REFUSED
