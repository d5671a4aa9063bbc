"""A bank of somebody else's making: ten banking days, and orders end as its books say, to the cent.

One file it rejects whole, three debits come back after they settled and one before, one of them is presented again.
Its acknowledgements, BAI2 statements and return files are taken as they come; its notifications (camt.054) name our
account by an IBAN, which no account in the US has, and are checked beside them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

import pytest

from ingather.domain.ledger import LedgerAccount
from ingather.jobs.invariants import check_invariants
from ingather.reports.items import Carrier, PostingEvent, Report
from ingather.reports.recognise import read_reports
from ingather.store.reading import cases, ledger
from tests.journey.mock_bank.counterparty import counterparty
from tests.journey.mock_bank.desk import NAME, Journey, opened
from tests.journey.stage import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Sale, order, record, states

THANKSGIVING = date(2026, 11, 26)
LAST = date(2026, 11, 30)
REFUSED = {
    WEDNESDAY: {"B 000": "R01", "B 001": "R10", "B 002": "R02"},
    # The third night's file settles on the day after: what is refused now never moves.
    THURSDAY: {"B 013": "R08"},
}


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Return the journey after its last day."""
    folder = tmp_path_factory.mktemp("mock-bank")
    with counterparty(folder / "bank", MONDAY) as bank:
        played = opened(folder, bank)
        bank.keep_holidays([THANKSGIVING])
        record(played.stage, [Sale(amount=10_000 + place, due=TUESDAY) for place in range(8)])
        record(played.stage, [Sale(amount=20_000 + place, due=THURSDAY) for place in range(8)], first=8)
        day = MONDAY
        while day <= LAST:
            # Wednesday's file is rejected whole, and its orders go again on Thursday.
            bank.behave(NAME, "reject-file" if day == WEDNESDAY else "accept")
            played.play(day)
            newest = {row["debtor_name"]: row for row in reversed(bank.collections())}
            for name, reason in REFUSED.get(day, {}).items():
                bank.refuse(newest[name]["end_to_end_id"], reason)
            day = played.sleep(day)
        yield played


def statements(journey: Journey) -> list[Report]:
    return [report for data in journey.statements for report in read_reports(data, near=FRIDAY)]


def test_orders_end_as_the_banks_books_say(journey: Journey) -> None:
    last = {row["debtor_name"]: row for row in reversed(journey.bank.collections())}
    assert len(last) == 16
    said = {name.lower().replace(" ", ""): row for name, row in last.items()}
    ends = {"accepted": "collected", "returned": "failed", "rejected": "failed"}
    assert states(journey.stage) == {name: ends[row["status"]] for name, row in said.items()}


def test_every_return_has_the_banks_code(journey: Journey) -> None:
    in_its_books = Counter(row["return_reason"] for row in journey.bank.collections() if row["return_reason"])
    taken = sum((report.codes for report in journey.taken), Counter())
    assert taken == in_its_books == Counter({"R01": 1, "R02": 1, "R08": 1, "R10": 1})


def test_what_came_back_for_want_of_funds_was_presented_again_and_collected(journey: Journey) -> None:
    found = order(journey.stage, "b000")
    assert found["state"] == "collected"
    assert [row["status"] for row in journey.bank.collections() if row["debtor_name"] == "B 000"] == [
        "accepted", "returned",
    ]  # fmt: skip


def test_a_file_rejected_whole_was_sent_again_and_debited_nobody_twice(journey: Journey) -> None:
    settled = Counter(row["debtor_name"] for row in journey.bank.collections() if row["booked_at"])
    assert {name: count for name, count in settled.items() if count > 1} == {"B 000": 2}
    with journey.stage.desk.view() as ctx:
        kinds = [row["kind"] for row in cases.listed(ctx.session) if row["state"] == "open"]
    # The one is about the file; the other reminds of merchants to be paid, which this journey does not.
    assert set(kinds) <= {"file_rejected", "merchant_unpaid"}


def test_every_cent_of_the_banks_closing_balance_is_ours(journey: Journey) -> None:
    closings = [
        amount
        for report in statements(journey)
        for kind, amount in zip(report.balances.kind, report.balances.amount_minor, strict=True)
        if kind == "CLOSING"
    ]
    with journey.stage.desk.view() as ctx:
        books = ledger.balances(ctx.session)
    stands = sum(row["amount"] for row in journey.bank.collections() if row["status"] == "accepted")
    assert closings[-1] == journey.bank.balance(NAME) == stands > 0
    assert books[LedgerAccount.BANK] == closings[-1]
    assert books.get(LedgerAccount.BANK_SUSPENSE, 0) == 0
    assert books.get(LedgerAccount.BANK_CLEARING, 0) == 0


def test_every_evening_balances_and_nothing_stays_unexplained(journey: Journey) -> None:
    for day, evening in journey.evenings.items():
        assert [(each.day, each.balanced, each.open_items, each.gaps) for each in evening.days] == [
            (each.day, True, 0, 0) for each in evening.days
        ], day
        assert not any(each.suspense for each in evening.days), day


def test_every_report_is_taken_and_every_statement_ties(journey: Journey) -> None:
    assert {taken.state for run in journey.taken for taken in run.reports} == {"taken"}
    assert all(not run.waiting and not run.gaps for run in journey.taken)
    told = statements(journey)
    assert len(told) > 8
    assert all(report.complete and report.carrier is Carrier.BAI2 for report in told)
    assert journey.bank.unsent() == []


def test_the_notifications_tell_the_same_money_and_give_no_code_of_the_rules(journey: Journey) -> None:
    by_reference: defaultdict[str, int] = defaultdict(int)
    for data in journey.notifications:
        for report in read_reports(data, near=FRIDAY):
            assert report.carrier is Carrier.CAMT_054
            assert not set(report.returns.reason) - {""}
            assert all(report.returns.iso_reason)
            for amount, reference in zip(report.postings.amount_minor, report.postings.reference, strict=True):
                by_reference[reference] += amount
    in_bai2: defaultdict[str, int] = defaultdict(int)
    for report in statements(journey):
        events = set(report.postings.event)
        assert events <= {PostingEvent.SETTLEMENT, PostingEvent.RETURN}
        for amount, reference in zip(report.postings.amount_minor, report.postings.bank_ref, strict=True):
            in_bai2[reference] += amount
    assert by_reference == in_bai2


def test_the_invariants_hold(journey: Journey) -> None:
    assert [name for name, holds in check_invariants(journey.stage.desk).items() if holds is not True] == []
