"""Files on the command line, rows in a book on either database."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from ingather.cli import app
from ingather.jobs.imports import Did, import_files
from ingather.store import audit
from ingather.store.tables import Authorization, Order
from tests.red import ACCOUNTS
from tests.unit.jobs.imports.books import KINDS, demo_paths, demo_rows, found_desk, write_rows


def test_the_demo_goes_into_either_database_once(book_url: str, tmp_path: Path) -> None:
    desk = found_desk(book_url, tmp_path / "keys")
    assert import_files(desk, demo_paths()).did is Did.IMPORTED
    again = import_files(desk, demo_paths())
    assert again.did is Did.NOTHING
    assert [file.same for file in again.files] == [file.rows for file in again.files]
    with desk.view() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Order)) == len(demo_rows("orders"))
        evidence = dict(ctx.session.execute(select(Authorization.external_id, Authorization.evidence)).all())
        assert audit.first_fault(ctx.session) is None
    for row in demo_rows("authorizations"):
        given = {name: row[name] for name in ("ip", "user_agent", "signature", "recording") if row[name]}
        assert evidence[row["external_id"]] == given


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a founded book, its keys beside it."""
    path = tmp_path / "book.sqlite"
    found_desk(str(path), tmp_path / "book.keys")
    return path


def ingather(book: Path, *arguments: str) -> Result:
    """Run ``ingather import`` on a book."""
    return CliRunner().invoke(app, ["--book", str(book), "import", "--as", "maria", *arguments])


def test_the_command_takes_files_and_says_how_many(book: Path) -> None:
    result = ingather(book, "--json", *map(str, demo_paths()))
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert said["did"] == "imported"
    assert {file["kind"]: file["new"] for file in said["files"]} == {kind: len(demo_rows(kind)) for kind in KINDS}
    again = ingather(book, "--json", *map(str, demo_paths()))
    assert (again.exit_code, json.loads(again.stdout)["did"]) == (0, "nothing")


def test_problems_stand_by_file_line_and_field(book: Path, tmp_path: Path) -> None:
    buyers = demo_rows("buyers")
    buyers[2] |= {"holder": "Consumer"}
    accounts = demo_rows("accounts")[:2]
    accounts[0] |= {"account_number": f"{ACCOUNTS[7]} "}
    paths = [write_rows(tmp_path / "b.csv", buyers), write_rows(tmp_path / "a.csv", accounts)]
    result = ingather(book, *map(str, paths))
    assert result.exit_code == 1
    assert f"{paths[0]}:4: holder: The holder is written in lower case: consumer." in result.stdout
    assert f"{paths[1]}:2: account_number: The account_number starts or ends with a blank;" in result.stdout
    assert ingather(book, "--all-or-nothing", *map(str, paths)).exit_code == 1


def test_a_dry_run_of_the_command_keeps_nothing(book: Path) -> None:
    assert "A dry run: the book is as it was." in ingather(book, "--dry-run", *map(str, demo_paths())).stdout
    again = ingather(book, "--json", *map(str, demo_paths()))
    assert json.loads(again.stdout)["did"] == "imported"


def test_a_missing_file_is_a_sentence(book: Path, tmp_path: Path) -> None:
    result = ingather(book, str(tmp_path / "nowhere.csv"))
    assert result.exit_code == 1
    assert "The file cannot be read: no such file or directory." in result.stdout
