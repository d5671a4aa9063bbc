"""The examples of the client run as they are, one after the other, against a server of its own process."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingather.client import Client
from tests.api.office import open_front
from tests.bench.serving import served
from tests.journey.stage import Sale
from tests.red import red_account


class Shop:
    """A test book that is served, a key to it, and the examples as programs."""

    def __init__(self, folder: Path, url: str, key: str) -> None:
        self.folder, self.url, self.key = folder, url, key

    def run(self, example: str, *options: str, typed: str = "") -> list[str]:
        program = [sys.executable, "-W", "error", "-m", f"ingather.client.examples.{example}"]
        said = subprocess.run(
            [*program, "--url", self.url, "--key", self.key, *options],
            input=typed, check=False, capture_output=True, text=True, cwd=self.folder, env=dict(os.environ),
        )  # fmt: skip
        assert said.returncode == 0, said.stdout + said.stderr
        assert said.stderr == ""
        return said.stdout.splitlines()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    front = open_front(folder, [Sale(amount=10_000)])
    front.stage.desk.engine.dispose()
    with served(str(folder / "book.sqlite"), folder / "book.keys", log=folder / "log") as server:
        yield Shop(folder, server.url, front.key())


def test_an_authorization_is_taken_at_the_checkout_and_collected(shop: Shop) -> None:
    said = shop.run("checkout", typed=f"021000021 {red_account(7)}\n")
    assert said[0].startswith("the account ending in ")
    assert said[-1].endswith(" is collected")


@pytest.mark.parametrize(
    ("code", "amount", "said"),
    [
        ("R01", 2_500, r"again-R01: R01 \(insufficient_funds\) is tried again on \d{4}-\d\d-\d\d"),
        ("R02", 3_100, r"again-R02: R02 \(account_closed\) has failed; the next step is for people: new account"),
    ],
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


def test_statements_are_pulled_once_into_journals_that_tie(shop: Shop) -> None:
    (line,) = shop.run("settlements", "--settle", "--to", "journal")
    assert "harbor: payable " in line
    (journal,) = (shop.folder / "journal").iterdir()
    rows = list(csv.DictReader(journal.read_text(encoding="utf-8").splitlines()))
    assert {row["external_id"]: row["amount_minor"] for row in rows if row["kind"] == "collected"}[
        "web-1001-order"
    ] == "4999"
    assert shop.run("settlements", "--to", "journal") == []
