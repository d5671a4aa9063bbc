"""``ingather nacha`` answers with pages, JSON and exit codes, and never with a traceback."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingather.cli.nacha import app
from ingather.nacha import checks_page
from ingather.nacha.checks import CHECKS
from ingather.nacha.writer import write
from ingather.rules.tables import profile_text
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
    assert RUNNER.invoke(app, ["check", str(SAMPLES / "broken" / "priority_code.ach")]).exit_code == 0


@pytest.mark.parametrize("verb", ["check", "show", "mask"])
def test_a_file_that_cannot_be_read_is_a_sentence_and_exit_2(verb: str, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "missing.ach", "cannot be read"), (tmp_path, "is a folder")):
        result = RUNNER.invoke(app, [verb, str(path)])
        assert result.exit_code == 2
        assert words in result.stderr
        assert result.stdout == ""


def test_check_prints_the_same_keys_for_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["check", "--json", str(tmp_path / "missing.ach"), GOOD, str(tmp_path)])
    missing, good, folder = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 2
    assert missing.keys() == good.keys() == folder.keys() == {"file", "ok", "problems", "counts"}
    assert missing["counts"].keys() == good["counts"].keys()
    assert [problem["check"] for problem in missing["problems"]] == ["unreadable"]
    assert (missing["ok"], good["ok"], folder["ok"]) == (False, True, False)
    assert "unreadable" in CHECKS


def test_check_tolerates_what_a_profile_lists(tmp_path: Path) -> None:
    profile = tmp_path / "ours.toml"
    profile.write_text(f"{profile_text('strict')}\n[reading]\ntolerated = ['file-hash']\n", encoding="utf-8")
    assert RUNNER.invoke(app, ["check", BAD, "--profile", "strict"]).exit_code == 1
    assert RUNNER.invoke(app, ["check", BAD, "--profile", str(profile)]).exit_code == 0


def test_a_profile_that_is_none_is_a_sentence_and_exit_2(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["check", GOOD, "--profile", str(tmp_path / "missing.toml")])
    assert result.exit_code == 2
    assert "strict" in result.stderr


def test_what_is_no_nacha_file_is_shown_as_that(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear bank,\n", encoding="utf-8")
    result = RUNNER.invoke(app, ["show", str(path)])
    assert result.exit_code == 1
    assert "not a NACHA file" in result.stdout
    assert RUNNER.invoke(app, ["diff", str(path), GOOD]).exit_code == 2
    assert RUNNER.invoke(app, ["mask", str(path)]).exit_code == 1


def test_a_line_is_shown_with_its_problems_marked_under_their_columns() -> None:
    control = next(at for at, line in enumerate(Path(BAD).read_bytes().split(b"\n"), 1) if line.startswith(b"9"))
    result = RUNNER.invoke(app, ["show", BAD, "--line", str(control)])
    marks = next(line for line in result.stdout.splitlines() if "^" in line)
    assert marks == " " * 21 + "^" * 10 + " file-hash"
    told = json.loads(RUNNER.invoke(app, ["show", BAD, "--line", str(control), "--json"]).stdout)
    assert [problem["check"] for problem in told["problems"]] == ["file-hash"]


@pytest.mark.parametrize("width", ["80", "160"])
def test_pages_fold_at_the_width_of_the_terminal_and_lose_nothing(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for words in (["checks"], ["show", GOOD], ["check", BAD], ["diff", GOOD, BAD]):
        shown = RUNNER.invoke(app, words).stdout
        assert max(len(line) for line in shown.splitlines()) <= int(width)
    checks = RUNNER.invoke(app, ["checks"]).stdout
    assert all(word in checks for check in CHECKS.values() for word in (check.id, *check.meaning.split()))


def test_a_page_in_a_pipe_is_neither_folded_nor_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    path = tmp_path / "long.ach"
    text = b"RMR*IV*" + b"A" * 70
    path.write_bytes(write(small_plan()).data.replace(b"RMR*IV*0001**19.99\\".ljust(80), text.ljust(80)))
    assert text.decode() in RUNNER.invoke(app, ["show", str(path)]).stdout


def test_diff_exits_0_for_equal_and_1_for_different_files(tmp_path: Path) -> None:
    path = tmp_path / "other.ach"
    path.write_bytes(Path(GOOD).read_bytes().replace(b"0000001999", b"0000002999"))
    assert RUNNER.invoke(app, ["diff", GOOD, GOOD]).exit_code == 0
    result = RUNNER.invoke(app, ["diff", GOOD, str(path)])
    assert result.exit_code == 1
    assert "19.99 USD → 29.99 USD" in result.stdout
    told = json.loads(RUNNER.invoke(app, ["diff", GOOD, str(path), "--json"]).stdout)
    assert (told["equal"], told["found"]["entries"]["changed"]) == (False, 1)
    assert told["after"]["debit_cents"] - told["before"]["debit_cents"] == 1000


def test_mask_writes_a_good_file_and_never_over_its_input(tmp_path: Path) -> None:
    path, output = tmp_path / "file.ach", tmp_path / "masked.ach"
    path.write_bytes(source := write(small_plan()).data)
    told = json.loads(RUNNER.invoke(app, ["mask", str(path), "-o", str(output), "--json"]).stdout)
    assert told["masked"]["account"] == {"fields": 8, "different": 8}
    assert RUNNER.invoke(app, ["check", str(output)]).exit_code == 0
    assert not any(red_account(index).encode() in output.read_bytes() for index in range(8))
    assert RUNNER.invoke(app, ["mask", str(path)]).stdout_bytes == output.read_bytes()
    link = tmp_path / "link.ach"
    link.symlink_to(path)
    for target, options in ((output, []), (path, ["--force"]), (link, ["--force"]), (tmp_path, ["--force"])):
        result = RUNNER.invoke(app, ["mask", str(path), "-o", str(target), *options])
        assert result.exit_code == 2
        assert result.stderr
    assert path.read_bytes() == source
    assert RUNNER.invoke(app, ["mask", str(path), "-o", str(output), "--force"]).exit_code == 0
    assert sorted(child.name for child in tmp_path.iterdir()) == ["file.ach", "link.ach", "masked.ach"]


def test_mask_needs_an_output_for_its_json() -> None:
    assert RUNNER.invoke(app, ["mask", GOOD, "--json"]).exit_code == 2


def test_checks_are_listed_as_json_and_the_page_of_documentation_is_theirs() -> None:
    told = json.loads(RUNNER.invoke(app, ["checks", "--json"]).stdout)
    assert [row["id"] for row in told["checks"]] == list(CHECKS)
    page = Path(checks_page.__file__).with_name("CHECKS.md").read_text(encoding="utf-8")
    made = RUNNER.invoke(app, ["checks", "--markdown"]).stdout
    assert page == made, "write it anew: ingather nacha checks --markdown > src/ingather/nacha/CHECKS.md"


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
