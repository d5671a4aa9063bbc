"""Dishonours and their answers: the money, what is told, what is contested, and until when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from ingather.nacha.answers import contests, dishonours
from ingather.nacha.reader import read
from ingather.reports.recognise import read_report
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import Answer, Blemish, Fate
from ingather.simulator.entries import Status
from ingather.simulator.state import Delivery, Kind, Stage
from ingather.simulator.terms import ReportWidth
from tests.unit.simulator.requests import FIRST_TRACE, ask, outcomes, told
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
    nacha_file,
    play,
    sent_on_monday,
)

LATE = Fate(return_code="R01", banking_days=3)


def returned(fate: Fate, *entries: Debit) -> BankInABox:
    """Return a bank that has settled the entries on Tuesday and sends the first back by its fate."""
    played = bank(Script(fates={("ORD0000", 1): fate}))
    sent_on_monday(played, *(entries or debits(1)))
    return played


def dishonoured(played: BankInABox, code: str, *, on: date, since: date = MONDAY) -> list[Delivery]:
    """Play until the day before, ask for the dishonour of the return that came, and return that day's evening."""
    for day in days(since, (on - since).days):
        played.close_day(day)
    ask(played, kind="dishonour", code=code, original_trace=FIRST_TRACE)
    return played.close_day(on)


def in_files(evening: Sequence[Delivery]) -> list[bytes]:
    return [item.data for item in evening if item.kind is Kind.DISPUTE]


def test_a_dishonour_that_nobody_contests_brings_the_money_back_for_good() -> None:
    played = returned(LATE)
    evening = dishonoured(played, "R68", on=NEXT_TUESDAY)
    [posting] = told(evening, "P")
    assert posting[3:5] + posting[8:] == ["10000", "C", "ACH DISHONOR"]
    play(played, NEXT_TUESDAY, 14)
    books = played.books()
    position = books.by_reference["ORD0000"]
    assert (position.returned_cents, position.dishonoured_cents, position.contested_cents) == (10_000, 10_000, 0)
    assert (position.standing_cents, position.last_status) == (10_000, Status.DISHONOURED)
    assert books.balance_cents == books.opening_cents + 10_000
    assert books.collected.cents == 10_000
    assert outcomes(played) == ["dishonoured"]


def test_a_dishonour_is_told_alike_by_report_and_file_with_both_traces() -> None:
    played = returned(LATE)
    [returned_row] = [row for evening in play(played, MONDAY, 8).values() for row in told(evening, "R")]
    evening = dishonoured(played, "R68", on=NEXT_TUESDAY, since=NEXT_TUESDAY)
    [row] = told(evening, "D")
    back_trace, own_trace = row[4], row[7]
    assert row[1:6] == ["DISHONOURED", "R68", str(FIRST_TRACE), returned_row[4], "20261130"]
    assert row[6:10] == ["R01", own_trace, "20261201", "10000"]
    assert own_trace[:8] == TERMS.odfi
    [data] = in_files(evening)
    reading = read(data)
    found = dishonours(reading)
    assert [f"{trace:015d}" for trace in found.return_trace.tolist()] == [back_trace]
    assert [f"{trace:015d}" for trace in reading.entries.trace.tolist()] == [own_trace]
    assert not [problem for problem in reading.problems if problem.check != "destination-routing"]


@pytest.mark.parametrize(
    ("code", "fate", "answer"),
    [
        ("R68", LATE, "R73"),
        ("R67", Fate(return_code="R01", again_after=1), "R75"),
        ("R69", Fate(return_code="R01", blemish=Blemish.REFERENCE), "R76"),
    ],
)
def test_a_bank_that_contests_takes_the_money_again_with_the_answer_that_fits(
    code: str, fate: Fate, answer: str
) -> None:
    contesting = Fate(
        **{name: getattr(fate, name) for name in ("return_code", "banking_days", "again_after", "blemish")},
        answer=Answer.CONTESTS,
        answer_days=2,
    )
    played = returned(contesting)
    dishonour = told(dishonoured(played, code, on=NEXT_TUESDAY), "D")[0]
    evenings = play(played, NEXT_TUESDAY, 3)
    assert [day for day, evening in evenings.items() if told(evening, "D")] == [date(2026, 12, 3)]
    evening = evenings[date(2026, 12, 3)]
    [row] = told(evening, "D")
    assert row[1:3] == ["CONTESTED", answer]
    assert row[7:10] == [dishonour[7], dishonour[8], "10000"]
    [posting] = told(evening, "P")
    assert posting[3:5] == ["10000", "D"]
    [data] = in_files(evening)
    assert contests(read(data)).dishonour_trace.tolist() == [int(dishonour[7])]
    position = played.books().by_reference["ORD0000"]
    assert position.contested_cents == position.dishonoured_cents == 10_000
    assert played.books().disputes[Stage.CONTESTED].entries == 1


def test_a_corrected_return_takes_the_right_amount_in_place_of_the_wrong_one() -> None:
    fate = Fate(return_code="R01", blemish=Blemish.AMOUNT, answer=Answer.CORRECTS)
    played = returned(fate)
    evening = dishonoured(played, "R69", on=FRIDAY)
    assert told(evening, "D")[0][9:] == ["11000", "03"]
    [row] = [row for evening in play(played, NEXT_MONDAY, 2).values() for row in told(evening, "D")]
    assert (row[1:3], row[9]) == (["CORRECTED", "R74"], "10000")
    position = played.books().by_reference["ORD0000"]
    assert (position.returned_cents, position.dishonoured_cents, position.contested_cents) == (11_000, 11_000, 10_000)
    assert (position.standing_cents, position.last_status) == (0, Status.CORRECTED)
    assert played.books().balance_cents == played.books().opening_cents


@pytest.mark.parametrize(
    ("code", "answer"), [("R61", "R71"), ("R62", "R77"), ("R67", "R75"), ("R68", "R73"), ("R69", "R76"), ("R70", "R72")]
)
def test_what_is_not_so_is_contested_whatever_the_scenario_says(code: str, answer: str) -> None:
    played = returned(Fate(return_code="R01", banking_days=1))
    dishonoured(played, code, on=FRIDAY)
    [row] = [row for evening in play(played, NEXT_MONDAY, 3).values() for row in told(evening, "D")]
    assert row[1:3] == ["CONTESTED", answer]
    assert played.books().by_reference["ORD0000"].standing_cents == 0


@pytest.mark.parametrize(
    ("asked_on", "outcome"),
    [(date(2026, 12, 3), "dishonoured"), (date(2026, 12, 4), "the five banking days are over")],
)
def test_the_bank_dishonours_until_the_fifth_banking_day_after_the_return_settled(asked_on: date, outcome: str) -> None:
    played = returned(Fate(return_code="R01", banking_days=1))
    dishonoured(played, "R68", on=asked_on)  # the return settled on Wednesday, and Thursday is Thanksgiving
    assert outcomes(played) == [outcome]
    assert bool(played.books().refused_requests) == (outcome != "dishonoured")


def test_the_second_of_two_returns_is_undone_and_the_first_stands() -> None:
    played = returned(Fate(return_code="R01", again_after=1))
    evenings = play(played, MONDAY, 5)
    traces = [row[4] for evening in evenings.values() for row in told(evening, "R")]
    assert len(traces) == 2
    assert played.books().by_reference["ORD0000"].standing_cents == -10_000
    ask(played, kind="dishonour", code="R67", return_trace=traces[1], original_trace=FIRST_TRACE)
    play(played, NEXT_MONDAY, 7)
    position = played.books().by_reference["ORD0000"]
    assert (position.standing_cents, position.last_status) == (0, Status.RETURNED)


def test_only_one_of_two_returns_can_be_dishonoured_as_a_duplicate() -> None:
    played = returned(Fate(return_code="R01", again_after=1))
    traces = [row[4] for evening in play(played, MONDAY, 5).values() for row in told(evening, "R")]
    for number, trace in enumerate(traces):
        ask(played, request=f"req_{number}", kind="dishonour", code="R67", return_trace=trace)
    play(played, NEXT_MONDAY, 7)
    assert played.books().by_reference["ORD0000"].standing_cents == 0


def test_a_dishonour_won_after_a_paid_retry_is_noted_as_two_debits() -> None:
    played = returned(Fate(return_code="R01", banking_days=3))
    play(played, MONDAY, 8)
    retry = Batch(debits=debits(1), effective=NEXT_TUESDAY, description="RETRY PYMT")
    played.receive("retry.ach", nacha_file(retry, created=eastern(NEXT_MONDAY)), eastern(NEXT_MONDAY))
    assert not played.books().doubles
    ask(played, kind="dishonour", code="R68", original_trace=FIRST_TRACE)
    play(played, NEXT_TUESDAY, 1)
    assert played.books().doubles == ("ORD0000",)


def test_r62_is_so_when_the_debit_was_reversed() -> None:
    played = returned(Fate(return_code="R01", banking_days=4))
    played.close_day(TUESDAY)
    reversal = Batch(debits=[Debit(reference="ORD0000", code=22)], effective=FRIDAY, service_class=220,
                     description="REVERSAL")  # fmt: skip
    played.receive("back.ach", nacha_file(reversal, created=eastern(WEDNESDAY)), eastern(WEDNESDAY))
    play(played, WEDNESDAY, 7)
    assert played.books().by_reference["ORD0000"].standing_cents == -10_000
    dishonoured(played, "R62", on=date(2026, 12, 2), since=NEXT_TUESDAY)
    play(played, date(2026, 12, 3), 7)
    position = played.books().by_reference["ORD0000"]
    assert (position.standing_cents, position.credited_cents, position.dishonoured_cents) == (0, 10_000, 10_000)


def test_thanksgiving_is_no_day_of_the_bank() -> None:
    played = returned(Fate(return_code="R01", banking_days=1))
    assert dishonoured(played, "R68", on=THANKSGIVING) == []
    assert outcomes(played) == [""]


@pytest.mark.parametrize("width", ReportWidth)
@pytest.mark.parametrize("answer", [Answer.CONTESTS, Answer.CORRECTS])
def test_both_carriers_say_the_same_of_every_stage(width: ReportWidth, answer: Answer) -> None:
    fate = Fate(return_code="R01", blemish=Blemish.AMOUNT, answer=answer)
    played = bank(Script(fates={("ORD0000", 1): fate}), terms=replace(TERMS, report_width=width))
    sent_on_monday(played, *debits(1))
    evenings = [dishonoured(played, "R69", on=FRIDAY), *play(played, NEXT_MONDAY, 2).values()]
    said: list[list[dict[str, object]]] = []
    for kind in (Kind.DISPUTE, Kind.REPORT):
        read_back = [
            read_report(item.data, near=FRIDAY).dishonours for day in evenings for item in day if item.kind is kind
        ]
        said.append(
            [{name: getattr(items, name) for name in items.column_names()[1:]} for items in read_back if len(items)]
        )
    assert said[0] == said[1]
    assert [items["stage"] for items in said[0]] == [
        ["DISHONOURED"],
        ["CONTESTED" if answer is Answer.CONTESTS else "CORRECTED"],
    ]
