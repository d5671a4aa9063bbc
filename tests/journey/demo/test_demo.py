"""The demo: one object with the promised keys, believable numbers, and the same bytes for the same seed."""

import csv
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ingather.nacha.reader import read
from tests.unit.cli.shell import call

pytestmark = pytest.mark.xdist_group("demo")
LONGEST_S = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the demo of this module goes."""
    return tmp_path_factory.mktemp("demo") / "november"


@pytest.fixture(scope="module")
def november(folder: Path) -> dict[str, Any]:
    """Return what the demo prints."""
    started = time.process_time()
    said = call("demo", "--to", str(folder), "--json")
    assert time.process_time() - started < LONGEST_S
    assert said.code == 0
    found: dict[str, Any] = said.json
    return found


def test_the_keys_are_those_that_are_promised(november: dict[str, Any]) -> None:
    assert set(november) == {
        "book", "orders", "by_state", "files", "returns", "settlements", "unmatched", "invariants", "reconciled",
    }  # fmt: skip
    assert {tuple(row) for row in november["files"]} == {("name", "sha256", "entries", "debit_cents")}
    assert {tuple(row) for row in november["settlements"]} == {
        ("merchant", "collected_minor", "clawed_back_minor", "payable_minor"),
    }


def test_every_order_is_in_one_state_and_nothing_is_left_unmatched(november: dict[str, Any]) -> None:
    assert november["orders"] >= 400
    assert sum(november["by_state"].values()) == november["orders"]
    assert november["unmatched"] == 0
    assert {"collected", "failed"} <= set(november["by_state"])


def test_every_invariant_holds_the_banks_own_books_among_them(november: dict[str, Any]) -> None:
    assert [name for name, holds in november["invariants"].items() if holds is not True] == []
    assert {
        "bank_debited_no_order_twice", "bank_standing_equals_our_states", "bank_balance_equals_our_ledger",
    } <= set(november["invariants"])  # fmt: skip


def test_the_last_day_of_money_is_explained_and_every_equation_of_it_holds(november: dict[str, Any]) -> None:
    day = november["reconciled"]
    assert 0 < day["postings"] == day["explained"]
    assert len(day["equations"]) == 8
    assert all(day["equations"].values())


def test_the_files_are_at_the_bank_as_they_were_sealed(november: dict[str, Any], folder: Path) -> None:
    at_the_bank = {path.name: path.read_bytes() for path in (folder / "bank" / "to-bank").iterdir()}
    told = {row["name"]: row for row in november["files"]}
    assert set(at_the_bank) == set(told)
    assert len(told) >= 6
    for name, data in at_the_bank.items():
        reading = read(data)
        assert hashlib.sha256(data).hexdigest() == told[name]["sha256"]
        assert (reading.ok, reading.entry_count, reading.debit_cents) == (
            True, told[name]["entries"], told[name]["debit_cents"],
        )  # fmt: skip


def test_returns_are_of_several_kinds(november: dict[str, Any]) -> None:
    assert len(november["returns"]) >= 3
    assert {"R01"} <= set(november["returns"])
    assert 0 < sum(november["returns"].values()) < november["orders"] // 10


def test_statements_tie_to_what_is_told_and_are_written(november: dict[str, Any], folder: Path) -> None:
    merchants = {row["merchant"]: row for row in november["settlements"]}
    assert len(merchants) == 3
    written = sorted((folder / "statements").glob("*.json"))
    totals: dict[str, int] = {}
    for path in written:
        statement = json.loads(path.read_text())
        with path.with_suffix(".csv").open(newline="") as rows:
            assert len(list(csv.DictReader(rows))) == len(statement["lines"])
        collected = sum(line["amount_minor"] for line in statement["lines"] if line["kind"] == "collected")
        assert collected == statement["collected_minor"]
        totals[statement["merchant"]] = totals.get(statement["merchant"], 0) + statement["payable_minor"]
    assert totals == {name: row["payable_minor"] for name, row in merchants.items()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_november(
    november: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    again = call("demo", "--to", str(tmp_path / "again"), "--json").json
    assert [row["sha256"] for row in again["files"]] == [row["sha256"] for row in november["files"]]
    assert {name: value for name, value in again.items() if name != "book"} == {
        name: value for name, value in november.items() if name != "book"
    }
    assert again["book"] != november["book"]
    told = {path.name: path.read_bytes() for path in (folder / "bank" / "from-bank" / "archive").iterdir()}
    heard = {path.name: path.read_bytes() for path in (tmp_path / "again/bank/from-bank/archive").iterdir()}
    assert told == heard


def test_the_demo_shows_its_days_outcomes_files_and_paths(tmp_path: Path) -> None:
    said = call("demo", "--to", str(tmp_path / "shown"), "--seed", "5")
    assert said.code == 0
    for words in ("Where every order stands", "collected", "Thu 19 Nov", "invariants hold", "SHA-256", "statements"):
        assert words in said.words
    assert str(tmp_path / "shown" / "book.sqlite") in said.words.replace(" ", "")


def test_a_demo_is_made_anew_only_where_a_demo_was(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep me")
    assert call("demo", "--to", str(tmp_path)).code == 1
    assert (tmp_path / "mine").read_text() == "keep me"
