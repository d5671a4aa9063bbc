"""Returns: each applied once, to the entry it is about, however and however often the bank tells of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from ingather.domain.refusals import ExitCode
from ingather.jobs.inbound import run_inbound
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Delivery, Kind
from tests.journey.answers import bank_days, batches_of, file_of, of_kind, retold, returns_and_reports
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at,
    balances,
    broken,
    deliver,
    fingerprint,
    open_cases,
    order,
    staged,
    states,
)
from tests.red import ACCOUNTS
from tests.unit.reports.answers import nacha_answer, nacha_batch

SALES = [Sale(amount=100), Sale(amount=200), Sale(amount=400, holder="business"), Sale(amount=800)]
FATES: dict[tuple[str, int], Fate] = {
    ("B 000", 1): Fate(return_code="R01"),
    ("B 001", 1): Fate(return_code="R02"),
    ("B 002", 1): Fate(return_code="R29"),
}
RETURNED = {"b000": "returned", "b001": "failed", "b002": "failed", "b003": "settled"}


def played(folder: Path, fates: dict[tuple[str, int], Fate] | None = None) -> tuple[Stage, list[Delivery]]:
    """Return a stage whose file settled on Tuesday and had returns on Wednesday, with all that the bank delivers."""
    stage = staged(folder, SALES, behaviour=Script(fates=FATES if fates is None else fates))
    return stage, bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)


def test_each_carrier_tells_of_the_same_returns_and_they_are_applied_once(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    report = deliver(stage, *deliveries)
    assert report.codes == {"R01": 1, "R02": 1, "R29": 1}
    assert sum(taken.known for taken in report.reports) == 3
    assert report.exit_code == ExitCode.DONE
    assert states(stage) == RETURNED
    assert balances(stage) == {
        "bank_clearing": 800, "buyer_receivable": 0, "payable_pending": -800,
    }  # fmt: skip
    assert open_cases(stage) == []
    assert broken(stage) == []


@pytest.mark.parametrize("kind", [Kind.RETURN, Kind.REPORT])
def test_either_carrier_alone_says_all(tmp_path: Path, kind: Kind) -> None:
    stage, deliveries = played(tmp_path)
    report = deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT), *of_kind(deliveries, kind))
    assert report.codes == {"R01": 1, "R02": 1, "R29": 1}
    assert {name: state for name, state in states(stage).items() if name != "b003"} == {
        name: state for name, state in RETURNED.items() if name != "b003"
    }
    assert [order(stage, name)["last_code"] for name in ("b000", "b001", "b002", "b003")] == ["R01", "R02", "R29", None]


def test_a_return_seen_twice_changes_nothing(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    deliver(stage, *deliveries)
    before = (states(stage), balances(stage), order(stage, "b000"))
    back, _ = returns_and_reports(deliveries)
    report = deliver(stage, back, ("renamed.ach", back.data), ("split-1", file_of(*batches_of(back.data))))
    assert [taken.again for taken in report.reports] == [True, True, False]
    assert (report.codes, report.exit_code) == ({}, ExitCode.DONE)
    assert (states(stage), balances(stage), order(stage, "b000")) == before
    assert broken(stage) == []


def test_a_file_split_in_two_or_joined_with_another_says_the_same(tmp_path: Path) -> None:
    whole, deliveries = played(tmp_path / "whole")
    back, _ = returns_and_reports(deliveries)
    rest = [delivery for delivery in deliveries if delivery is not back]
    deliver(whole, *rest, back)
    first, *others = batches_of(back.data)
    assert others
    split, again = played(tmp_path / "split")
    assert [delivery.data for delivery in again] == [delivery.data for delivery in deliveries]
    deliver(split, ("half-2", file_of(*others)), ("half-1", file_of(first)), *rest)
    joined, _ = played(tmp_path / "joined")
    both = file_of(*others) + file_of(first)
    deliver(joined, ("one", file_of(first)), ("both", file_of(*others, first)), ("end-to-end", both), *rest)
    for stage in (split, joined):
        assert (states(stage), balances(stage)) == (states(whole), balances(whole))
        assert open_cases(stage) == []


def test_returns_that_come_before_the_settlement_report_stay_returned(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    back, reports = returns_and_reports(deliveries)
    deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT), back)
    assert states(stage) == RETURNED | {"b003": "submitted"}
    deliver(stage, *reports)
    assert states(stage) == RETURNED
    assert balances(stage)["bank_clearing"] == 800
    assert broken(stage) == []


def test_returns_that_come_before_the_acknowledgement_stay_returned(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    deliver(stage, *reversed(deliveries))
    assert states(stage) == RETURNED
    assert broken(stage) == []


def test_the_bytes_are_kept_sealed_before_anything_is_read(tmp_path: Path) -> None:
    class Died(BaseException):
        pass

    def die(step: str, **_: object) -> None:
        if step == "kept":
            raise Died

    stage, deliveries = played(tmp_path)
    back, _ = returns_and_reports(deliveries)
    object.__setattr__(stage.desk, "tell", die)
    (stage.inbound / back.name).write_bytes(back.data)
    with pytest.raises(Died):
        run_inbound(stage.desk)
    object.__setattr__(stage.desk, "tell", lambda *_, **__: None)
    assert set(states(stage).values()) == {"submitted"}
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("book.sqlite*") if path.is_file())
    record = back.data.splitlines()[2]
    assert record not in on_disk
    assert record[:40] not in on_disk
    report = run_inbound(stage.desk)
    assert [(taken.applied, taken.again) for taken in report.reports] == [(3, False), (0, True)]
    assert {name: state for name, state in states(stage).items() if state != "submitted"} == {
        "b000": "returned", "b001": "failed", "b002": "failed",
    }  # fmt: skip
    assert broken(stage) == []


def test_a_return_that_fits_nothing_is_a_case_with_its_money_in_suspense(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    deliver(stage, *deliveries)
    before = states(stage)
    stranger = file_of(nacha_batch(nacha_answer("R01", 5, account=ACCOUNTS[0], amount=12_300)))
    report = deliver(stage, ("stranger.ach", stranger))
    assert report.exit_code == ExitCode.UNMATCHED
    assert open_cases(stage) == ["misrouted_return"]
    assert balances(stage)["return_suspense"] == 12_300
    assert states(stage) == before
    deliver(stage, ("again.ach", stranger), ("otherwise.ach", file_of(*batches_of(stranger), created_on="261119")))
    assert open_cases(stage) == ["misrouted_return"]
    assert balances(stage)["return_suspense"] == 12_300
    assert broken(stage) == []


def test_a_second_return_of_one_entry_is_a_case_and_moves_no_order(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path, {("B 001", 1): Fate(return_code="R02")})
    deliver(stage, *deliveries)
    back, _ = returns_and_reports(deliveries)
    entry = next(line for line in back.data.splitlines() if line[:1] == b"6")
    trace = entry[79:94]
    other = back.data.replace(trace, trace[:-1] + (b"1" if trace[-1:] != b"1" else b"2"))
    before = order(stage, "b001")
    report = deliver(stage, ("second.ach", other))
    assert (report.exit_code, open_cases(stage)) == (ExitCode.UNMATCHED, ["duplicate_return"])
    assert balances(stage)["return_suspense"] == 200
    after = order(stage, "b001")
    assert (after["state"], after["last_code"], len(after["returns"])) == ("failed", "R02", 2)
    assert [row["applied"] for row in after["returns"]] == [True, False]
    assert after["facts"] == before["facts"]
    assert broken(stage) == []


def test_a_code_that_is_not_known_is_for_a_person_and_stops_no_neighbour(tmp_path: Path) -> None:
    fates = FATES | {("B 003", 1): Fate(return_code="R98")}
    stage, deliveries = played(tmp_path, fates)
    deliver(stage, *deliveries)
    assert states(stage) == RETURNED | {"b003": "returned"}
    unknown = order(stage, "b003")
    assert (unknown["last_code"], unknown["collect_on"]) == ("R98", None)
    assert open_cases(stage) == ["unknown_return_code"]
    assert not bank_days(stage, THURSDAY, FRIDAY, NEXT_MONDAY)[0].data.count(b"R98")
    assert order(stage, "b003")["state"] == "returned"
    assert broken(stage) == []


def test_an_account_that_is_closed_and_an_authorization_that_is_revoked_stop_further_debits(tmp_path: Path) -> None:
    fates = {("B 000", 1): Fate(return_code="R02"), ("B 001", 1): Fate(return_code="R07", banking_days=1)}
    stage, deliveries = played(tmp_path, fates)
    deliver(stage, *deliveries)
    with stage.desk.view() as ctx:
        connection = ctx.session.connection()
        accounts = connection.exec_driver_sql("SELECT external_id, state, blocked_by FROM accounts ORDER BY 1").all()
        given = connection.exec_driver_sql("SELECT external_id, state FROM authorizations ORDER BY 1").all()
    assert [tuple(row) for row in accounts[:2]] == [("b000", "blocked", "R02"), ("b001", "active", None)]
    assert [tuple(row) for row in given[:2]] == [("b000", "active"), ("b001", "revoked")]


def test_a_return_after_the_hold_is_late_by_its_date_and_never_by_its_arrival(tmp_path: Path) -> None:
    fates = {("B 000", 1): Fate(return_code="R10", calendar_days=20), ("B 001", 1): Fate(return_code="R07")}
    stage = staged(tmp_path, SALES[:2], behaviour=Script(fates=fates))
    days = [MONDAY + timedelta(days=number) for number in range(24)]
    deliveries = bank_days(stage, *(day for day in days if day.weekday() < 5))
    at(stage, days[-1] + timedelta(days=30))
    deliver(stage, *deliveries)
    assert states(stage) == {"b000": "failed", "b001": "failed"}
    assert [order(stage, name)["late"] for name in ("b000", "b001")] == [True, False]
    assert broken(stage) == []


def test_a_report_with_a_wrong_total_moves_nothing(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT))
    _, reports = returns_and_reports(deliveries)
    book = states(stage)
    lines = reports[-1].data.decode().splitlines()
    fields = lines[-1].split("|")
    fields[5] = str(int(fields[5]) + 1)
    wrong = "\n".join([*lines[:-1], "|".join(fields), ""]).encode()
    report = deliver(stage, ("wrong.txt", wrong))
    assert [taken.state for taken in report.reports] == ["unreadable"]
    assert report.exit_code == ExitCode.UNMATCHED
    assert (states(stage), open_cases(stage)) == (book, ["report_unreadable"])
    deliver(stage, *reports)
    assert states(stage) == RETURNED
    assert broken(stage) == []


def test_the_same_file_twice_is_known_by_its_bytes_alone(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path)
    deliver(stage, *deliveries)
    report = deliver(stage, *((f"other-name-{number}", delivery.data) for number, delivery in enumerate(deliveries)))
    assert all(taken.again for taken in report.reports)
    assert report.did == "nothing"
    book = fingerprint(stage)
    assert run_inbound(stage.desk).did == "nothing"
    assert fingerprint(stage) == book


def test_a_report_that_says_a_return_twice_applies_it_once_and_asks(tmp_path: Path) -> None:
    stage, deliveries = played(tmp_path, {("B 001", 1): Fate(return_code="R02")})
    _, reports = returns_and_reports(deliveries)
    row = next(line for line in reports[-1].data.decode().splitlines() if line.startswith("R|"))
    report = deliver(stage, *reports[:-1], ("twice.txt", retold(reports[-1].data, added=[row])))
    assert report.codes == {"R02": 1}
    assert open_cases(stage) == ["duplicate_return"]
    assert states(stage)["b001"] == "failed"
    assert balances(stage)["return_suspense"] == 200
