"""The daily report as a feed: settlements, holds, gaps, conflicts and corrections."""

from datetime import date
from pathlib import Path

import pytest

from ingather.domain.refusals import ExitCode
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Delivery, Kind
from tests.journey.answers import bank_days, of_kind, retold
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    balances,
    broken,
    changed_terms,
    deliver,
    open_cases,
    order,
    staged,
    states,
)

WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)


def week(folder: Path, fates: dict[tuple[str, int], Fate] | None = None) -> tuple[Stage, list[Delivery]]:
    """Return a stage and the daily reports of its week, Monday's first; the file's own answer is taken."""
    stage = staged(folder, [Sale(amount=100), Sale(amount=200, holder="business")], behaviour=Script(fates=fates or {}))
    deliveries = bank_days(stage, *WEEK)
    deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT))
    return stage, of_kind(deliveries, Kind.REPORT)


def watermark(stage: Stage) -> date | None:
    """Return the day through which the feed is complete."""
    with stage.desk.view() as ctx:
        found = ctx.session.connection().exec_driver_sql("SELECT watermark_on FROM feeds").scalar_one()
    return date.fromisoformat(found) if found else None


def test_collected_needs_settlement_hold_and_watermark(tmp_path: Path) -> None:
    stage, (monday, tuesday, wednesday, thursday, friday) = week(tmp_path)
    deliver(stage, monday)
    assert set(states(stage).values()) == {"submitted"}
    deliver(stage, tuesday)
    assert set(states(stage).values()) == {"settled"}
    (entry,) = order(stage, "b000")["entries"]
    assert (entry["settled_on"], entry["hold_until"]) == (TUESDAY.isoformat(), FRIDAY.isoformat())
    assert all_files(stage)[0]["batch_list"][0]["settlement_basis"] == "confirmed"
    for report in (wednesday, thursday):
        assert deliver(stage, report).collected == 0
    assert watermark(stage) == THURSDAY
    assert deliver(stage, friday).collected == 2
    assert watermark(stage) == FRIDAY
    assert set(states(stage).values()) == {"collected"}
    assert balances(stage) == {
        "bank_clearing": 300, "buyer_receivable": 0, "payable_available": -300, "payable_pending": 0,
    }  # fmt: skip
    assert broken(stage) == []


def test_a_test_report_moves_nothing_and_leaves_its_place_to_the_real_one(tmp_path: Path) -> None:
    stage, (monday, tuesday, *_) = week(tmp_path)
    deliver(stage, monday, ("rehearsed", retold(tuesday.data, replaced=("|UPDATE|", "|TEST|"))))
    assert set(states(stage).values()) == {"submitted"}
    assert watermark(stage) is None
    report = deliver(stage, tuesday)
    assert [taken.state for taken in report.reports] == ["taken"]
    assert set(states(stage).values()) == {"settled"}
    assert open_cases(stage) == []


def test_a_missing_report_holds_what_it_could_cover_until_it_comes(tmp_path: Path) -> None:
    stage, (monday, tuesday, wednesday, thursday, friday) = week(tmp_path)
    report = deliver(stage, monday, tuesday, thursday, friday)
    assert (report.exit_code, report.gaps) == (ExitCode.REPORT_GAP, 1)
    assert watermark(stage) == TUESDAY
    assert set(states(stage).values()) == {"settled"}
    assert open_cases(stage) == ["report_gap"]
    report = deliver(stage, wednesday)
    assert (report.exit_code, report.collected) == (ExitCode.DONE, 2)
    assert set(states(stage).values()) == {"collected"}
    assert open_cases(stage) == []
    assert broken(stage) == []


def test_the_return_that_hid_in_the_gap_is_applied_and_not_late(tmp_path: Path) -> None:
    stage, reports = week(tmp_path, {("B 001", 1): Fate(return_code="R02")})
    deliver(stage, *reports[:2], *reports[3:])
    assert set(states(stage).values()) == {"settled"}
    deliver(stage, reports[2])
    assert states(stage) == {"b000": "collected", "b001": "failed"}
    assert order(stage, "b001")["late"] is False
    assert broken(stage) == []


def test_the_last_report_alone_is_no_watermark(tmp_path: Path) -> None:
    stage, reports = week(tmp_path)
    deliver(stage, reports[4])
    assert watermark(stage) is None
    assert set(states(stage).values()) == {"submitted"}


def test_the_same_identity_with_other_contents_waits_for_a_person(tmp_path: Path) -> None:
    stage, reports = week(tmp_path, {("B 001", 1): Fate(return_code="R02")})
    deliver(stage, *reports[:2])
    without = retold(reports[2].data, without=lambda line: line.startswith("R|"))
    deliver(stage, ("first.txt", without))
    assert states(stage) == {"b000": "settled", "b001": "settled"}
    report = deliver(stage, reports[2])
    assert [taken.state for taken in report.reports] == ["conflict"]
    assert report.exit_code == ExitCode.UNMATCHED
    assert open_cases(stage) == ["report_conflict"]
    assert states(stage) == {"b000": "settled", "b001": "settled"}
    assert broken(stage) == []


def test_a_correction_is_taken_and_moves_no_money_twice(tmp_path: Path) -> None:
    stage, reports = week(tmp_path, {("B 001", 1): Fate(return_code="R02")})
    deliver(stage, *reports[:2], ("first.txt", retold(reports[2].data, without=lambda line: line.startswith("R|"))))
    before = balances(stage)["bank_clearing"]
    name = reports[2].data.decode().split("|")[12]
    corrected = retold(reports[2].data, replaced=("|UPDATE|", f"|CORRECTION|{name}"))
    report = deliver(stage, ("corrected.txt", corrected))
    assert [taken.state for taken in report.reports] == ["taken"]
    assert states(stage) == {"b000": "settled", "b001": "failed"}
    assert balances(stage)["bank_clearing"] == before - 200
    deliver(stage, *reports[3:])
    assert states(stage) == {"b000": "collected", "b001": "failed"}
    assert open_cases(stage) == []
    assert broken(stage) == []


def test_a_test_report_moves_nothing(tmp_path: Path) -> None:
    stage, reports = week(tmp_path)
    deliver(stage, reports[0], ("test.txt", retold(reports[1].data, replaced=("|UPDATE|", "|TEST|"))))
    assert set(states(stage).values()) == {"submitted"}
    assert watermark(stage) is None


def test_a_report_of_an_unknown_account_is_for_a_person(tmp_path: Path) -> None:
    stage, reports = week(tmp_path)
    report = deliver(stage, ("other.txt", retold(reports[1].data, replaced=("|000012345678|", "|000012345679|"))))
    assert (report.exit_code, open_cases(stage)) == (ExitCode.UNMATCHED, ["report_unreadable"])
    assert set(states(stage).values()) == {"submitted"}


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\xff\xfe\x00", b"<Document/>", b"H|1|", b"A|1|", b"101 "], ids=range(7)
)
def test_bytes_that_are_no_report_are_kept_for_a_person(tmp_path: Path, data: bytes) -> None:
    stage = staged(tmp_path, [Sale()])
    report = deliver(stage, ("strange", data))
    assert [taken.state for taken in report.reports] == ["unreadable"]
    assert (report.exit_code, open_cases(stage)) == (ExitCode.UNMATCHED, ["report_unreadable"])
    assert broken(stage) == []


@pytest.mark.parametrize("kind", ["another amount", "another file", "another batch"])
def test_a_settlement_that_fits_no_batch_is_for_a_person(tmp_path: Path, kind: str) -> None:
    stage, reports = week(tmp_path)
    row = next(line for line in reports[1].data.decode().splitlines() if line.startswith("S|"))
    fields = row.split("|")
    match kind:
        case "another amount":
            fields[10] = str(int(fields[10]) + 1)
        case "another file":
            fields[5] = "2611161800Z"
        case _:
            fields[6] = "0000077"
    changed = retold(
        reports[1].data,
        without=lambda line: line == row or fields[1] in line.split("|")[6:7],
        added=["|".join(fields)],
    )
    report = deliver(stage, reports[0], ("changed.txt", changed))
    assert report.exit_code == ExitCode.UNMATCHED
    assert open_cases(stage) == ["settlement_differs" if kind == "another amount" else "unmatched_settlement"]
    assert sorted(states(stage).values()) == ["settled", "submitted"]
    assert broken(stage) == []


def test_the_calendar_settles_what_a_complete_feed_says_nothing_of_only_where_the_bank_is_so(tmp_path: Path) -> None:
    for inference, state in ((False, "submitted"), (True, "collected")):
        stage = staged(
            tmp_path / str(inference), [Sale()], profile=changed_terms(settlement_report_inference=inference)
        )
        deliveries = bank_days(stage, *WEEK)
        deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT))
        silent = [
            (report.name, retold(report.data, without=lambda line: line[:2] in {"S|", "P|"}))
            for report in of_kind(deliveries, Kind.REPORT)
        ]
        deliver(stage, *silent)
        assert set(states(stage).values()) == {state}
        if inference:
            assert all_files(stage)[0]["batch_list"][0]["settlement_basis"] == "inferred"
        assert broken(stage) == []


def test_the_banks_fees_are_booked_once(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): Fate(return_code="R02")}),
                   fee_cents=250)  # fmt: skip
    deliveries = bank_days(stage, *WEEK)
    deliver(stage, *deliveries)
    deliver(stage, *((f"again-{delivery.name}", delivery.data) for delivery in deliveries))
    assert balances(stage)["fees"] == 250
    books = stage.bank.books()
    assert balances(stage)["bank_clearing"] == books.balance_cents - books.opening_cents == -250


def test_days_without_reports_at_the_end_are_no_gap(tmp_path: Path) -> None:
    stage, reports = week(tmp_path)
    report = deliver(stage, *reports[:3])
    assert (report.gaps, report.exit_code) == (0, ExitCode.DONE)
    assert watermark(stage) == WEDNESDAY
