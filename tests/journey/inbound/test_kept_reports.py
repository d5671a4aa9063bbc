"""Reports in every form: several in a file, provisional, corrected, withdrawn, late, or with an ISO reason alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.files.answers import take_answers
from ingather.actions.reconciliation.signing_off import sign_off_reports
from ingather.actions.reports.again import compare_again, readable_reports
from ingather.base.ids import encode_key
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.jobs.inbound import run_inbound, take_anew
from ingather.jobs.rehearsal.stage import Stage
from ingather.reports.items import EntryAnswers
from ingather.reports.recognise import read_report
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Delivery, Kind
from ingather.store.reading import reports
from ingather.store.tables import Adjustment, BankPosting, Case, Feed, Report, ReportedSettlement
from tests.journey.answers import bank_days, of_kind, retold
from tests.journey.carriers import bai2, camt_return, mt94x
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    balances,
    broken,
    changed_terms,
    deliver,
    open_cases,
    order_key,
    staged,
    states,
)

WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
R02 = {("B 001", 1): Fate(return_code="R02")}


def week(
    folder: Path,
    *,
    profile: str | None = None,
    fates: Mapping[tuple[str, int], Fate] | None = None,
    fee: int = 0,
    book: str | None = None,
) -> tuple[Stage, list[Delivery]]:
    """Return a stage whose file is at the bank and accepted, and all else that the bank tells of its week."""
    sales = [Sale(amount=100), Sale(amount=200, holder="business")]
    stage = staged(folder, sales, fee_cents=fee, profile=profile, book=book, behaviour=Script(fates=fates or {}))
    deliveries = bank_days(stage, *WEEK)
    deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT))
    return stage, [each for each in deliveries if each.kind is not Kind.ACKNOWLEDGEMENT]


def postings(stage: Stage) -> list[tuple[int, str, bool]]:
    """Return amount, carrier and whether it is provisional of every posting."""
    with stage.desk.view() as ctx:
        rows = ctx.session.execute(
            select(BankPosting.amount_minor, BankPosting.carrier, BankPosting.provisional).order_by(BankPosting.id)
        )
        return [(row.amount_minor, row.carrier, bool(row.provisional)) for row in rows]


def as_bai2(report: Delivery) -> tuple[str, bytes]:
    """Return the postings of a daily report as a BAI2 statement of the same day."""
    lines = [line.split("|") for line in report.data.decode().splitlines()]
    opening = next(int(row[2]) for row in lines if row[:2] == ["B", "OPENING"])
    rows = [f"{row[2]},{row[3]},Z,{row[6]},{row[7]},{row[8]}" for row in lines if row[0] == "P"]
    day = lines[0][11]
    on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    return f"{report.name}.bai2", bai2(on, opening=opening, rows=rows)


def test_each_report_of_a_file_is_taken_by_itself_and_once(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    data = bai2(TUESDAY, opening=5_000_000, rows=["195,300,Z,R1,,WIRE"], other=True)
    first = deliver(stage, ("two.bai2", data))
    assert [taken.state for taken in first.reports] == ["taken", "unreadable"]
    again = deliver(stage, ("again.bai2", data))
    assert [(taken.state, taken.again) for taken in again.reports] == [("taken", True), ("unreadable", True)]
    assert postings(stage) == [(300, "bai2", False)]
    assert "report_unreadable" in open_cases(stage)
    with stage.desk.view() as ctx:
        rows = ctx.session.scalars(select(Report).order_by(Report.part)).all()
        assert [(row.part, row.bytes_of) for row in rows] == [(0, None), (1, rows[0].id)]
        found = [compare_again(ctx, key, tolerated=frozenset()).same for key in readable_reports(ctx)]
    assert found == [True, True]


def test_a_final_statement_confirms_what_was_provisional_and_counts_equal_rows(tmp_path: Path) -> None:
    stage = staged(tmp_path, profile=changed_terms(posting__statement="mt940"))
    row = "3,00NTRFNONREF//NONREF"
    during = mt94x(TUESDAY, rows=[row, row], intraday=True, number=1)
    final = mt94x(TUESDAY, rows=[row, row, row], intraday=False, number=1, opening=50_000)
    later = mt94x(TUESDAY, rows=[row], intraday=True, number=2)
    deliver(stage, ("during", during))
    assert postings(stage) == [(300, "mt940", True)] * 2
    deliver(stage, ("final", final))
    assert postings(stage) == [(300, "mt940", False)] * 3
    deliver(stage, ("later", later))
    assert postings(stage) == [(300, "mt940", False)] * 3


def test_an_iso_reason_is_no_return_code_and_holds_the_order_until_the_code_comes(tmp_path: Path) -> None:
    stage, things = week(tmp_path, fates=R02)
    days = of_kind(things, Kind.REPORT)
    deliver(stage, *days[:2])
    for name, cents, reason in (("b000", 100, "AC04"), ("b001", 200, "MD01")):
        told = camt_return(WEDNESDAY, reference=encode_key(order_key(stage, name)), cents=cents, reason=reason)
        deliver(stage, (name, told.replace(b"<Id>ST-", f"<Id>{name}-".encode())))
    assert open_cases(stage).count("iso_return") == 2
    assert states(stage) == {"b000": "settled", "b001": "settled"}
    deliver(stage, *days[2:])
    # The one that came with its code is applied; of the other nothing is released.
    assert states(stage) == {"b000": "settled", "b001": "failed"}
    assert open_cases(stage).count("iso_return") == 1
    with stage.desk.view() as ctx:
        sentence = ctx.session.scalar(select(Case.sentence).where(Case.kind == "iso_return", Case.state == "open"))
    assert sentence is not None
    assert "the account is closed" in sentence


def test_a_statement_completes_a_day_when_its_return_postings_are_the_returns_received(tmp_path: Path) -> None:
    terms = changed_terms(watermark__needs="statement", posting__statement="bai2", feed__sequence="none")
    stage, things = week(tmp_path, profile=terms, fates=R02)
    (back,) = of_kind(things, Kind.RETURN)
    statements = [as_bai2(report) for report in of_kind(things, Kind.REPORT)]
    deliver(stage, *statements)
    assert through(stage) == TUESDAY
    assert "collected" not in states(stage).values()
    deliver(stage, back)
    assert through(stage) == FRIDAY
    assert states(stage) == {"b000": "collected", "b001": "failed"}
    assert broken(stage) == []


def test_a_report_that_is_late_by_the_clock_is_a_gap_until_it_comes(tmp_path: Path) -> None:
    stage, things = week(tmp_path, profile=changed_terms(feed__heartbeat_by="17:00"))
    days = of_kind(things, Kind.REPORT)
    late = deliver(stage, *days[:4])
    assert (late.gaps, open_cases(stage)) == (1, ["report_late"])
    assert run_inbound(stage.desk).gaps == 1
    assert deliver(stage, days[4]).gaps == 0
    assert (open_cases(stage), set(states(stage).values())) == ([], {"collected"})


def test_a_balance_that_does_not_go_on_holds_although_numbers_follow(tmp_path: Path) -> None:
    stage, things = week(tmp_path)
    days = of_kind(things, Kind.REPORT)
    broken_day = days[2].data.replace(b"B|OPENING|5000300|", b"B|OPENING|5000301|")
    deliver(stage, *days[:2], ("broken.txt", broken_day), *days[3:])
    assert (open_cases(stage), through(stage)) == (["balance_break"], TUESDAY)
    assert set(states(stage).values()) == {"settled"}
    name = days[2].data.decode().split("|")[12]
    deliver(stage, ("right.txt", retold(days[2].data, replaced=("|UPDATE|", f"|CORRECTION|{name}"))))
    assert (open_cases(stage), set(states(stage).values())) == ([], {"collected"})


def test_what_a_correction_no_longer_tells_is_for_a_person_and_its_money_is_taken_back(
    tmp_path: Path, book_url: str
) -> None:
    stage, things = week(tmp_path, fates=R02, fee=250, book=book_url)
    days = of_kind(things, Kind.REPORT)
    deliver(stage, *days[:3])
    assert balances(stage)["fees"] == 250
    name = days[2].data.decode().split("|")[12]
    less = retold(
        days[2].data, without=lambda line: line[:2] in {"R|", "A|", "P|"}, replaced=("|UPDATE|", f"|CORRECTION|{name}")
    )
    deliver(stage, ("less.txt", less))
    assert balances(stage)["fees"] == 0
    with stage.desk.view() as ctx:
        day = ctx.session.scalars(select(BankPosting.amount_minor).where(BankPosting.value_on == WEDNESDAY)).all()
        charges = ctx.session.scalars(select(Adjustment.amount_minor)).all()
        told = ctx.session.scalars(select(Report.state).where(Report.number == name).order_by(Report.id)).all()
    assert (sorted(day), sorted(charges)) == ([-250, -200, 200, 250], [-250, 250])
    assert told == ["superseded", "taken"]
    assert open_cases(stage).count("report_conflict") == 3
    # The return stays applied until a person has asked the bank.
    assert states(stage)["b001"] == "failed"
    assert broken(stage) == []


def test_a_withdrawn_report_leaves_its_day_open_until_another_comes(tmp_path: Path) -> None:
    stage = staged(tmp_path, profile=changed_terms(posting__statement="bai2", feed__sequence="none"))
    data = bai2(TUESDAY, opening=5_000_000, rows=["195,300,Z,R1,,WIRE"])
    deliver(stage, ("first", data), ("withdrawn", data.replace(b"EXAMUS33,1,", b"EXAMUS33,2,")))
    with stage.desk.view() as ctx:
        assert [row["state"] for row in reports.listed(ctx.session)] == ["superseded", "taken"]
    assert "report_conflict" in open_cases(stage)
    last = deliver(stage, ("instead", bai2(TUESDAY, opening=5_000_000, rows=["195,300,Z,R1,,WIRE"], number=2)))
    assert ([taken.state for taken in last.reports], len(postings(stage))) == (["taken"], 1)


def test_two_persons_may_declare_a_day_complete_whose_report_never_came(tmp_path: Path) -> None:
    stage, things = week(tmp_path)
    days = of_kind(things, Kind.REPORT)
    deliver(stage, *days[:2], *days[3:])
    with stage.desk.view() as ctx:
        feed_id = ctx.session.scalars(select(Feed.id)).one()
        assert [gap["kind"] for gap in reports.gaps(ctx.session)] == ["report_gap"]

    def sign(actor: str) -> str:
        with stage.desk.as_actor(actor).action() as ctx:
            return sign_off_reports(ctx, feed_id, WEDNESDAY, reason="the bank wrote that nothing moved")

    assert sign("user:maria") == "asked"
    with pytest.raises(MakerIsChecker):
        sign("user:maria")
    assert set(states(stage).values()) == {"settled"}
    assert sign("user:john") == "signed"
    with pytest.raises(WrongState):
        sign("user:john")
    assert (set(states(stage).values()), open_cases(stage)) == ({"collected"}, [])
    assert broken(stage) == []


def test_settlements_a_report_tells_of_are_kept_with_their_batch(tmp_path: Path) -> None:
    stage, things = week(tmp_path)
    deliver(stage, *of_kind(things, Kind.REPORT))
    with stage.desk.view() as ctx:
        told = ctx.session.execute(select(ReportedSettlement.amount_minor, ReportedSettlement.batch_id)).all()
    assert sorted(row.amount_minor for row in told) == [100, 200]
    assert all(row.batch_id for row in told)


def through(stage: Stage) -> date | None:
    """Return the day through which the feed is complete."""
    with stage.desk.view() as ctx:
        return ctx.session.scalars(select(Feed.watermark_on)).one()


def test_what_could_not_be_read_is_taken_once_it_can_be(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    data = bai2(TUESDAY, opening=5_000_000, rows=["195,300,Z,R1,,WIRE"])
    (first,) = deliver(stage, ("early.bai2", data.replace(b"000012345678", b"000087654321"))).reports
    assert first.state == "unreadable"
    with stage.desk.action() as ctx:
        feed = ctx.session.scalars(select(Feed)).one()
        feed.account_index = ctx.vault.index_of(feed.bank, "000087654321")
    assert [taken.state for taken in take_anew(stage.desk, first.report_id).reports] == ["taken"]
    assert (len(postings(stage)), "report_unreadable" in open_cases(stage)) == (1, False)
    with pytest.raises(WrongState):
        take_anew(stage.desk, first.report_id)


def test_an_entry_that_is_refused_by_our_reference_alone_is_found(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)])
    (told,) = of_kind(bank_days(stage, MONDAY), Kind.ACKNOWLEDGEMENT)
    whole = read_report(told.data, near=MONDAY)
    files = replace(
        whole.acknowledgements, status=["PARTIAL"], accepted_entries=[1], accepted_cents=[100], rejected_entries=[1],
        rejected_cents=[200],
    )  # fmt: skip
    refused = EntryAnswers(
        line=[1], batch_number=[0], trace=[0], status=["REJECTED"], amount_cents=[200], reason=[""],
        identification=[encode_key(order_key(stage, "b001"))], iso_reason=["AC01"],
    )  # fmt: skip
    report = replace(whole, acknowledgements=files, entry_answers=refused)
    with stage.desk.action() as ctx:
        take_answers(ctx, stage.desk.originator_id(), 0, report)
    assert states(stage) == {"b000": "submitted", "b001": "open"}
    assert open_cases(stage) == ["file_rejected"]
