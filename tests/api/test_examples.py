"""The examples of the client run as they are, one after the other, against a server of its own process."""

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path

import pytest

from ingather.client import Client
from tests.api.forked import forked
from tests.api.office import open_front
from tests.journey.stage import Sale
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("examples")  # one shop, and one server for it


class Shop:
    """A test book that is served, a key to it, and the examples: a program the first time, then called by its main."""

    def __init__(self, folder: Path, url: str, key: str) -> None:
        self.folder = folder
        self.url, self.key = url, key
        self._ran: set[str] = set()

    def run(self, example: str, *options: str, typed: str = "") -> list[str]:
        arguments = ["--url", self.url, "--key", self.key, *options]
        code, said, wrong = (self._call if example in self._ran else self._start)(example, arguments, typed)
        self._ran.add(example)
        assert code == 0, said + wrong
        assert wrong == ""
        return said.splitlines()

    def _start(self, example: str, arguments: list[str], typed: str) -> tuple[int, str, str]:
        program = [sys.executable, "-W", "error", "-m", f"ingather.client.examples.{example}"]
        said = subprocess.run(
            [*program, *arguments],
            input=typed, check=False, capture_output=True, text=True, cwd=self.folder, env=dict(os.environ),
        )  # fmt: skip
        return said.returncode, said.stdout, said.stderr

    def _call(self, example: str, arguments: list[str], typed: str) -> tuple[int, str, str]:
        assert not typed, "what is typed is for a program"
        main: Callable[[list[str]], int] = import_module(f"ingather.client.examples.{example}").main
        said, wrong = io.StringIO(), io.StringIO()
        with chdir(self.folder), redirect_stdout(said), redirect_stderr(wrong):
            code = main(arguments)
        return code, said.getvalue(), wrong.getvalue()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    front = open_front(folder, [Sale(amount=10_000)])
    key = front.key()
    with forked(front, str(folder / "book.sqlite"), log=folder / "log") as url:
        yield Shop(folder, url, key)


def test_what_is_taken_at_the_checkout_is_collected_and_pulled_once_into_journals_that_tie(shop: Shop) -> None:
    said = shop.run("checkout", typed=f"021000021 {red_account(7)}\n")
    assert said[0].startswith("the account ending in ")
    assert said[-1].endswith(" is collected")
    (line,) = shop.run("settlements", "--settle", "--to", "journal")
    assert "harbor: payable " in line
    (journal,) = (shop.folder / "journal").iterdir()
    rows = list(csv.DictReader(journal.read_text(encoding="utf-8").splitlines()))
    collected = {row["external_id"]: row["amount_minor"] for row in rows if row["kind"] == "collected"}
    assert collected["web-1001-order"] == "4999"
    assert shop.run("settlements", "--to", "journal") == []


@pytest.mark.parametrize(
    ("code", "amount", "said"),
    [
        ("R01", 2_500, r"again-R01: R01 \(insufficient_funds\) is tried again on \d{4}-\d\d-\d\d"),
        ("R02", 3_100, r"again-R02: R02 \(account_closed\) has failed; the next step is for people: new account"),
    ],
    ids=["tried-again", "for-people"],
)
def test_a_return_is_heard_of_once_and_what_becomes_of_it_is_said(
    shop: Shop, code: str, amount: int, said: str
) -> None:
    with Client(shop.url, shop.key) as client:
        due = client.rehearsal.get().now.date()
        client.orders.create(external_id=f"again-{code}", authorization="b000", amount_minor=amount, due_on=due)
    (line,) = shop.run("returns", "--rehearse", code, f"again-{code}")
    assert re.fullmatch(said, line), line
    assert shop.run("returns") == []
