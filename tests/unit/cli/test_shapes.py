"""Every command has help, a page for people and JSON for programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ingather import __version__
from ingather.cli import app
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at,
    bank_evening,
    play,
    staged,
)
from tests.unit.cli.shell import at_book, call


def every_command(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 -- click's own tree
    """Yield the words of every command and group."""
    found = group or typer.main.get_command(app)
    yield path
    for name, command in getattr(found, "commands", {}).items():
        yield from every_command(command, (*path, name))


COMMANDS = sorted(every_command())


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(words) or "ingather")
def test_every_command_says_what_it_is_for(words: tuple[str, ...]) -> None:
    said = call(*words, "--help")
    assert said.code == 0
    assert "Usage:" in said.out
    assert len(said.words) > len("Usage: ingather") + 40


def test_the_commands_of_the_house_are_there() -> None:
    wanted = {
        ("demo",), ("init",), ("import",), ("night",), ("inbound",), ("settle",), ("simulate",), ("file", "list"),
        ("file", "show"), ("file", "verify"), ("file", "approve"), ("file", "void"), ("file", "send"),
        ("file", "refuse"), ("file", "resolve"), ("nacha", "check"), ("nacha", "show"), ("report", "take"),
        ("report", "list"), ("order", "list"), ("order", "show"), ("order", "cancel"), ("order", "hold"),
        ("order", "unhold"), ("order", "confirm"), ("merchant", "list"), ("merchant", "show"), ("merchant", "screen"),
        ("merchant", "iat-view"), ("merchant", "limit"), ("merchant", "payout"), ("buyer", "list"), ("buyer", "show"),
        ("buyer", "screen"), ("buyer", "suspend"), ("buyer", "resume"), ("exposure",),
    ("authorization", "revoke"), ("case", "list"), ("case", "close"), ("audit", "verify"),
        ("db", "check"), ("db", "upgrade"),
    }  # fmt: skip
    assert wanted <= set(COMMANDS)


def test_the_version_is_said() -> None:
    assert call("--version").words == f"ingather {__version__}"


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a stage after a whole week: one order collected, one failed, one refused; only looked at."""
    sales = [Sale(amount=100), Sale(amount=200), Sale(amount=400, merchant="unlisted")]
    stage = staged(
        tmp_path_factory.mktemp("week"), sales, behaviour=Script(fates={("B 001", 1): Fate(return_code="R02")})
    )
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    return stage


NIGHT = {
    "did", "night_on", "dry_run", "orders", "debit_cents", "refused", "sealed", "sent", "voided", "waiting",
    "needs_approval", "in_doubt", "limit", "given_up", "overdue", "unpaid", "exit_code", "checks",
    "accounts_validated", "alarms", "requests", "paused", "follow_ups", "payouts", "audit_head", "workers_lost",
}  # fmt: skip
INBOUND = {
    "did", "reports", "codes", "collected", "settlements_inferred", "accounts_validated", "gaps", "waiting",
    "exit_code",
}  # fmt: skip


def test_orders_are_listed_and_shown(week: Stage) -> None:
    rows = at_book(week, "order", "list", "--json").json
    assert [(row["external_id"], row["state"], row["last_code"]) for row in rows] == [
        ("b000", "collected", None), ("b001", "failed", "R02"), ("b002", "open", None),
    ]  # fmt: skip
    assert set(rows[0]) >= {"id", "external_id", "amount_minor", "currency", "due_on", "state", "presentations", "late"}
    (failed,) = at_book(week, "order", "list", "--state", "failed", "--json").json
    assert failed["external_id"] == "b001"
    assert len(at_book(week, "order", "list", "--limit", "1", "--json").json) == 1
    shown = at_book(week, "order", "show", failed["id"], "--json").json
    assert set(shown) >= {"entries", "returns", "facts"}
    assert shown["returns"][0]["code"] == "R02"
    page = at_book(week, "order", "show", failed["id"])
    assert (page.code, failed["id"] in page.words, "R02" in page.words) == (0, True, True)
    assert "b001" in at_book(week, "order", "list").words


def test_files_are_listed_shown_and_verified(week: Stage) -> None:
    (row,) = at_book(week, "file", "list", "--json").json
    assert set(row) >= {"id", "name", "state", "effective_on", "entries", "debit_cents", "sha256", "second_reader"}
    shown = at_book(week, "file", "show", row["id"], "--json").json
    assert set(shown) == set(row) | {"batch_list", "approvals"}
    page = at_book(week, "file", "show", row["id"]).words
    assert row["sha256"] in page.replace(" ", "")
    assert "WEB" in page
    assert at_book(week, "file", "verify", row["id"], "--json").json == {"file": row["id"], "ok": True, "problems": []}
    assert at_book(week, "file", "verify", row["id"]).code == 0
    assert at_book(week, "file", "list").code == 0


def test_reports_cases_and_the_chain_are_listed(week: Stage) -> None:
    rows = at_book(week, "report", "list", "--json").json
    assert {row["carrier"] for row in rows} == {"acknowledgement", "str-delimited", "nacha"}
    assert {row["state"] for row in rows} == {"taken"}
    assert at_book(week, "report", "list").code == 0
    assert at_book(week, "case", "list", "--json").json == []
    assert at_book(week, "case", "list").words == "Nothing needs a person."
    chain = at_book(week, "audit", "verify", "--json").json
    assert (chain["ok"], chain["first_fault"]) == (True, None)
    assert at_book(week, "audit", "verify").words.startswith(f"The chain of {chain['records']} records holds.")
    checked = at_book(week, "db", "check", "--json").json
    assert checked["ok"] is True
    assert set(checked["invariants"].values()) == {True}
    assert "holds journals_sum_to_zero" in at_book(week, "db", "check").words
    assert at_book(week, "db", "upgrade", "--json").json == {"did": "nothing", "steps": []}


def test_a_night_and_an_inbound_run_with_nothing_to_do_say_so(week: Stage) -> None:
    said = at_book(week, "night", "--as-of", "2026-11-20", "--json")
    assert (said.code, said.json["did"], set(said.json)) == (0, "nothing", NIGHT)
    said = at_book(week, "inbound", "--as-of", "2026-11-20T22:00:00-05:00", "--json")
    assert (said.code, said.json["did"], set(said.json)) == (0, "nothing", INBOUND)
    assert at_book(week, "inbound").words.startswith("The bank has delivered nothing new.")
    assert at_book(week, "file", "send").words == "Nothing to send."


def test_a_night_and_an_inbound_run_show_what_they_did(tmp_path: Path) -> None:
    stage = staged(tmp_path / "a", [Sale(amount=12_300), Sale(merchant="unlisted")])
    page = at_book(stage, "night", "--as-of", "2026-11-16", "--dry-run")
    assert "would seal 1 orders over 123.00 USD" in page.words
    page = at_book(stage, "night", "--as-of", "2026-11-16")
    assert page.code == 0
    assert "Night of 2026-11-16: sealed 1 orders over 123.00 USD, 1 file(s) sent." in page.words
    assert "Have the name registered with the bank" in page.words
    at(stage, MONDAY)
    for delivery in bank_evening(stage, MONDAY):
        (stage.inbound / delivery.name).write_bytes(delivery.data)
    said = at_book(stage, "inbound", "--as-of", "2026-11-16T21:00:00-05:00", "--json").json
    assert set(said["reports"][0]) == {
        "id", "name", "carrier", "state", "again", "items", "applied", "known", "unmatched", "problems",
    }  # fmt: skip
    assert [row["state"] for row in said["reports"]] == ["taken", "taken"]


def test_settling_prints_and_writes_statements(week: Stage, tmp_path: Path) -> None:
    said = at_book(week, "settle", "--as-of", "2026-11-20", "--to", str(tmp_path), "--json").json
    assert (said["did"], said["as_of"], len(said["written"])) == ("something", "2026-11-20", 2)
    (statement,) = said["statements"]
    assert (statement["merchant"], statement["payable_minor"]) == ("harbor", 100)
    again = at_book(week, "settle", "--as-of", "2026-11-20", "--to", str(tmp_path))
    assert again.words.startswith("Nothing to settle as of 2026-11-20.")


def test_a_file_at_the_bank_can_be_checked_and_shown(week: Stage) -> None:
    (path,) = week.outbound.iterdir()
    assert call("nacha", "check", str(path), "--json").json["ok"] is True
    assert call("nacha", "show", str(path)).code == 0


def test_the_book_and_the_actor_come_from_the_environment(week: Stage) -> None:
    book, keys = str(week.folder / "book.sqlite"), str(week.folder / "book.keys")
    assert call("order", "list", INGATHER_BOOK=book, INGATHER_KEYS=keys).code == 0
    order_id = call("order", "list", "--json", INGATHER_BOOK=book, INGATHER_KEYS=keys).json[2]["id"]
    environment = {"INGATHER_BOOK": book, "INGATHER_KEYS": keys, "INGATHER_ACTOR": "Maria"}
    held = call("order", "hold", order_id, "--reason", "wait", "--json", **environment)
    assert held.json == {"did": "something", "id": order_id}
    assert call("order", "unhold", order_id, "--reason", "go", "--as", "omar", **environment).code == 0
    facts = call("order", "show", order_id, "--json", **environment).json["facts"]
    assert [(fact["kind"], fact["actor"]) for fact in facts] == [("held", "user:maria"), ("unheld", "user:omar")]
