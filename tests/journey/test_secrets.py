"""After a whole journey no account number lies anywhere on the disk but in what was handed to the bank."""

import base64
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.tables import Account
from ingather.vault.sealing import Place
from tests.journey.stage import MONDAY, Sale, Script, play, staged, states
from tests.red import red_account
from tests.unit.cli.shell import at_book

pytestmark = pytest.mark.xdist_group("secrets")
BUYERS = 12
FATES = {
    ("B 001", 1): Fate(return_code="R01"),
    ("B 002", 1): Fate(return_code="R02"),
    ("B 003", 1): Fate(change_code="C01"),
    ("B 004", 1): Fate(change_code="C03"),
    ("B 005", 1): Fate(return_code="R07"),
    ("B 006", 1): Fate(change_code="C07"),
}


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a stage after two weeks with returns, changes, a retry and statements."""
    stage = staged(
        tmp_path_factory.mktemp("journey") / "stage", [Sale(amount=100 + n) for n in range(BUYERS)],
        behaviour=Script(fates=FATES),
    )  # fmt: skip
    play(stage, *banking_days(MONDAY, 9))
    run_settle(stage.desk, as_of=date(2026, 11, 27), folder=stage.folder / "statements")
    for command in (
        ("order", "list"),
        ("file", "list"),
        ("report", "list"),
        ("case", "list", "--all"),
        ("db", "check"),
    ):
        said = at_book(stage, *command)
        (stage.folder / f"said-{command[0]}-{command[1]}.txt").write_text(said.out + said.err)
    assert set(states(stage).values()) <= {"collected", "failed", "returned", "sealed", "submitted", "settled"}
    return stage


def numbers(stage: Stage) -> list[str]:
    """Return every account number that was used: the buyers', and those their banks gave instead."""
    with stage.desk.view() as ctx:
        rows = ctx.session.execute(select(Account.id, Account.number)).all()
        now = [ctx.vault.open(Place.ACCOUNT_NUMBER, row.id, row.number).decode().strip() for row in rows]
    found = [red_account(number) for number in range(BUYERS)]
    given = [number for number in now if number not in found]
    assert len(given) == 3
    return found + given


def shapes(number: str) -> Iterator[bytes]:
    """Yield the forms in which a number could lie somewhere: plain, reversed, in hex, wide, and in base64."""
    plain = number.encode()
    yield plain
    yield plain[::-1]
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield number.encode("utf-16-le")
    for shift in range(3):
        yield base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :][: (len(plain) - 3) // 3 * 4]


def escaped(files: list[Path], needles: list[str]) -> list[str]:
    """Return the names of the files in which a number was found; never the number."""
    found = []
    for path in files:
        content = path.read_bytes()
        if any(shape in content for number in needles for shape in shapes(number)):
            found.append(path.name)
    return found


def test_no_account_number_lies_anywhere_but_at_the_bank(journey: Stage) -> None:
    bank = journey.folder / "bank"
    kept = [path for path in journey.folder.rglob("*") if path.is_file() and bank not in path.parents]
    names = {path.name for path in kept}
    assert {"book.sqlite", "sent.register", "audit.head", "2026-11-27-harbor.csv", "said-order-list.txt"} <= names
    assert escaped(kept, numbers(journey)) == []


def test_the_search_would_find_them(journey: Stage, tmp_path: Path) -> None:
    assert escaped(sorted(journey.outbound.iterdir()), numbers(journey)) != []
    number = red_account(0)
    for index, shape in enumerate(shapes(number)):
        (tmp_path / f"{index}").write_bytes(b"before" + shape + b"after")
    planted = sorted(tmp_path.iterdir())
    assert len(escaped(planted, [number])) == len(planted)


def test_the_write_ahead_log_of_a_running_book_holds_none_either(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()])
    with stage.desk.view() as reader:
        reader.session.execute(select(Account.id)).all()
        play(stage, MONDAY)
        kept = [path for path in tmp_path.glob("book.*") if path.is_file()]
        assert "book.sqlite-wal" in {path.name for path in kept}
        assert escaped(kept, [red_account(0), red_account(1)]) == []
