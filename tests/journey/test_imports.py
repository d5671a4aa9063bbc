"""Files on the command line, rows in a book on either database."""

import json
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from ingather.actions.banks import originator_of
from ingather.actions.merchants import NewBuyers, record_buyers
from ingather.cli import app
from ingather.jobs.imports import Did, Limits, import_files
from ingather.store import audit
from ingather.store.tables import Authorization, Order
from ingather.wiring import open_desk
from tests.red import ACCOUNTS
from tests.unit.jobs.imports.books import ACTOR, CLOCK, DEMO, KINDS, demo_paths, demo_rows, found_desk, write_rows


def test_the_demo_goes_into_either_database_once(book_url: str, tmp_path: Path) -> None:
    desk = found_desk(book_url, tmp_path / "keys")
    assert import_files(desk, demo_paths()).did is Did.IMPORTED
    again = import_files(desk, demo_paths())
    assert again.did is Did.NOTHING
    assert [file.same for file in again.files] == [file.rows for file in again.files]
    with desk.view() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Order)) == len(demo_rows("orders"))
        rows = ctx.session.execute(select(Authorization.external_id, Authorization.evidence)).all()
        evidence = {row[0]: row[1] for row in rows}
        assert audit.first_fault(ctx.session) is None
    for row in demo_rows("authorizations"):
        given = {name: row[name] for name in ("ip", "user_agent", "signature", "recording", "copy_sent") if row[name]}
        assert evidence[row["external_id"]] == given


def test_two_imports_at_once_record_every_row_once(book_url: str, tmp_path: Path) -> None:
    found_desk(book_url, tmp_path / "keys")
    desks = [open_desk(book_url, keys=str(tmp_path / "keys"), actor=ACTOR, clock=CLOCK, node=node) for node in (2, 3)]
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda desk: import_files(desk, demo_paths(), limits=Limits(chunk_rows=40)), desks))
    for at, kind in enumerate(reversed(KINDS)):
        both = [report.files[at] for report in reports]
        assert [file.refused for file in both] == [0, 0]
        assert sum(file.new for file in both) == len(demo_rows(kind))


def test_rows_that_another_records_meanwhile_are_the_same_rows(book_url: str, tmp_path: Path) -> None:
    first = found_desk(book_url, tmp_path / "keys")
    second = open_desk(book_url, keys=str(tmp_path / "keys"), actor=ACTOR, clock=CLOCK, node=2)
    rows = demo_rows("buyers")
    buyers = [row for row in rows if row["external_id"] < "B0004"]
    with ThreadPoolExecutor(1) as pool:
        with first.action() as ctx:
            new = NewBuyers(external_id=[row["external_id"] for row in buyers], name=[row["name"] for row in buyers])
            record_buyers(ctx, originator_of(ctx).id, new)
            importing = pool.submit(import_files, second, [DEMO / "buyers.csv"])
            # Long enough for the import to have read a book without these buyers, and to wait for ours.
            wait([importing], timeout=0.7)
            assert not importing.done()
        (file,) = importing.result(timeout=30).files
    assert (file.new, file.same, file.refused) == (len(rows) - len(buyers), len(buyers), 0)


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
