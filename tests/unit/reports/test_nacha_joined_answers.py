"""Files of answers as banks really send them: empty, one behind another, with what old systems add."""

from datetime import date
from pathlib import Path

import pytest

from ingather.base.problems import errors_of
from ingather.reports.items import Report
from ingather.reports.nacha_returns import read_nacha

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
DAY = date(2026, 11, 27)


def taken(data: bytes) -> Report:
    return read_nacha(data, near=DAY)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.ach").read_bytes()


def test_an_answer_without_any_batch_is_taken() -> None:
    report = taken(sample("broken/file_empty"))
    assert errors_of(report.problems) == []
    assert (report.kind, len(report.returns)) == ("EMPTY", 0)


def test_answers_behind_each_other_are_all_taken() -> None:
    one = sample("returns/return_web")
    report = taken(one + sample("broken/file_empty") + one)
    assert errors_of(report.problems) == []
    assert len(report.returns) == 2 * len(taken(one).returns) > 0


def test_an_end_mark_takes_nothing_away() -> None:
    one = sample("returns/return_web")
    report = taken(one + b"\x1a")
    assert errors_of(report.problems) == []
    assert report.returns == taken(one).returns


@pytest.mark.parametrize(
    "name",
    ["originator_status", "account_blank", "batch_control_company", "change_transaction_code", "answer_addenda"],
)
def test_what_the_peer_refuses_keeps_no_answer_from_being_applied(name: str) -> None:
    wrong = {problem.check for problem in errors_of(taken(sample(f"broken/{name}")).problems)}
    assert wrong <= {"entry-without-answer"}
