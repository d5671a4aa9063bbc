"""``ingather nacha`` answers with pages, JSON and exit codes, and never with a traceback."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingather.cli.nacha import app
from ingather.nacha.writer import write
from tests.red import red_account
from tests.unit.nacha.plans import small_plan

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
GOOD = str(SAMPLES / "forward" / "four_codes.ach")
BAD = str(SAMPLES / "broken" / "file_hash.ach")
RUNNER = CliRunner()


def test_check_prints_one_object_a_line_and_exits_1_when_one_has_errors() -> None:
    result = RUNNER.invoke(app, ["check", "--json", GOOD, BAD])
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 1
    assert first["ok"] is True
    assert first["problems"] == []
    counts = {"batches": 4, "entries": 8, "addenda": 2, "debit_cents": 71964, "credit_cents": 0}
    assert first["counts"] == counts
    assert [problem["check"] for problem in second["problems"]] == ["file-hash"]


def test_check_exits_0_when_all_is_good() -> None:
    result = RUNNER.invoke(app, ["check", GOOD])
    assert result.exit_code == 0
    assert "good" in result.stdout


def test_a_warning_is_no_error() -> None:
    assert RUNNER.invoke(app, ["check", str(SAMPLES / "broken" / "two_files.ach")]).exit_code == 0


@pytest.mark.parametrize("verb", ["check", "show"])
def test_a_file_that_cannot_be_read_is_a_sentence_and_exit_2(verb: str, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, [verb, str(tmp_path / "missing.ach")])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_show_prints_a_page_without_accounts(tmp_path: Path) -> None:
    path = tmp_path / "file.ach"
    path.write_bytes(write(small_plan()).data)
    for options in ([], ["--json"], ["--entries", "1"], ["--line", "3"], ["--line", "3", "--json"]):
        result = RUNNER.invoke(app, ["show", str(path), *options])
        assert result.exit_code == 0
        assert "receiver_name" in result.stdout
        assert not any(red_account(index) in result.stdout for index in range(8))
    assert "1 more entries are not shown" in RUNNER.invoke(app, ["show", str(path), "--entries", "1"]).stdout


def test_a_line_that_is_no_record_is_a_sentence() -> None:
    result = RUNNER.invoke(app, ["show", GOOD, "--line", "999"])
    assert result.exit_code == 2
    assert "Line 999" in result.stderr
