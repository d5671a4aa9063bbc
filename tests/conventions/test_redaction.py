"""The ear for account numbers hears: a run with planted leaks fails, names the tests and repeats no number."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.red import ACCOUNTS, red_account
from tests.redaction import escaped_form

ROOT = Path(__file__).parents[2]

PLANTED = """
import base64, logging, subprocess, sys
import pytest, typer
from typer.testing import CliRunner
from tests.red import ACCOUNTS, red_account

def test_leak_to_stdout(): print("account", ACCOUNTS[3])
def test_leak_to_stderr(): print(ACCOUNTS[8], file=sys.stderr)
def test_leak_reversed(): print(ACCOUNTS[4][::-1])
def test_leak_in_base64(): print(base64.b64encode(b'{"n":"' + ACCOUNTS[5].encode() + b'"}').decode())
def test_leak_in_hex(): print(ACCOUNTS[6].encode().hex())
def test_leak_in_groups(): print(ACCOUNTS[7][:4], ACCOUNTS[7][4:8], ACCOUNTS[7][8:])
def test_leak_of_a_further_number(): print(red_account(4711))
def test_leak_in_a_debug_log(): logging.getLogger("ingather.x").debug("kept %s", ACCOUNTS[0])
def test_leak_in_a_failure(): assert ACCOUNTS[1] == "another"
def test_leak_in_a_child(): subprocess.run([sys.executable, "-c", f"print({ACCOUNTS[2]})"], capture_output=True)
def test_leak_by_a_command():
    app = typer.Typer()
    app.command()(lambda: print(ACCOUNTS[9]))
    CliRunner().invoke(app)
def test_leak_taken_by_capsys(capsys):
    print(ACCOUNTS[10])
    capsys.readouterr()
def test_silent(): print("order 4827, 12.50 USD, account ending in 5908")
@pytest.mark.shows_red("a person with the right to see it asked")
def test_shown_on_purpose(): print(ACCOUNTS[11])
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_every_planted_leak_fails_its_test_and_the_run_repeats_no_number(tmp_path: Path, processes: str) -> None:
    """Run the plugin over planted leaks in a project of its own, alone and in two processes."""
    (tmp_path / "tests").mkdir()
    for path in (ROOT / "tests").glob("*.py"):
        shutil.copy(path, tmp_path / "tests" / path.name)
    (tmp_path / "tests" / "test_planted.py").write_text(PLANTED, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = --import-mode=importlib -ra\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-n", processes, "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )  # fmt: skip
    said, _ = child.communicate(timeout=60)
    leaks = PLANTED.count("def test_leak_")
    assert f"{leaks} failed, 2 passed" in said
    assert said.count("showed an account number") >= leaks
    assert escaped_form(said) is None
    assert child.returncode == 1


@pytest.mark.parametrize("index", [*range(len(ACCOUNTS)), 40, 123_456])
def test_each_form_of_an_account_number_is_recognised(index: int) -> None:
    account = red_account(index)
    for before in ("", "x", "ab", "abc"):
        assert escaped_form(f"{before}{account}") == "plain"
        assert escaped_form(f"{before}{account[::-1]}") == "reversed"
        assert escaped_form(before.encode().hex() + account.encode().hex().upper()) == "hex"
        if account in ACCOUNTS:
            assert escaped_form(base64.b64encode(f"{before}{account}/".encode()).decode()) == "base64"


def test_what_people_may_see_is_not_taken_for_an_account_number() -> None:
    for said in ("…5908", "ord_0C4M7R2V9K1HZ", "2026-11-24T12:00:00.123456Z", "091000019", "12,345,678.90", "0" * 94):
        assert escaped_form(said) is None
