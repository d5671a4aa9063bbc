"""``ingather account``: validated by prenote, micro-entries or a service; confirmed, called off and let go."""

from pathlib import Path

import pytest

from ingather.actions.blocking import block_accounts
from ingather.base.money import format_minor
from ingather.jobs.rehearsal.stage import Stage
from tests.journey.checked import account, account_key, credited
from tests.journey.stage import MONDAY, TUESDAY, Sale, broken, play, staged
from tests.unit.cli.shell import Said, at_book

MARIA = ("--as", "maria")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path, [Sale(validated=False), Sale()])


def type_in(stage: Stage, *arguments: str) -> Said:
    """Type a verb about accounts at the instant of the stage's clock."""
    as_of = () if arguments[0] in {"list", "show", "volumes"} else ("--as-of", stage.clock.now.isoformat(), *MARIA)
    return at_book(stage, "account", *arguments, *as_of)


def named(stage: Stage, external_id: str = "b000") -> str:
    """Return an account's public id."""
    return str(account(stage, external_id)["id"])


def test_accounts_are_listed_masked(stage: Stage) -> None:
    whole, unproven = type_in(stage, "list", "--json").json, type_in(stage, "list", "--unvalidated", "--json").json
    assert ([row["external_id"] for row in whole], len(unproven)) == (["b000", "b001"], 1)
    said = type_in(stage, "list")
    assert (said.code, f"...{whole[0]['last4']}" in said.out) == (0, True)
    assert type_in(stage, "list", "--state", "blocked", "--json").json == []


def test_micro_entries_are_wanted_sent_and_confirmed_and_nobody_is_shown_the_amounts(stage: Stage) -> None:
    name = named(stage)
    said = type_in(stage, "validate", name, "--method", "micro-entries")
    assert (said.code, "with the next night" in said.words) == (0, True)
    play(stage, MONDAY, TUESDAY)
    first, second = map(format_minor, credited(stage, "b000"))
    wrong = type_in(stage, "confirm", name, "--amounts", "0.99,0.99" if first != "0.99" else "0.01,0.02")
    assert (wrong.code, "may try again" in wrong.words) == (1, True)
    right = type_in(stage, "confirm", name, "--amounts", f"{second}, {first}", "--json")
    assert (right.code, right.json["answer"]) == (0, "right")
    shown = type_in(stage, "show", name)
    assert "validated by micro-entries" in shown.words
    assert "1 wrong answer(s)" in shown.words
    assert first not in shown.out
    assert second not in shown.out
    volumes = {row["kind"]: (row["sent"], row["returned"]) for row in type_in(stage, "volumes", "--json").json}
    assert volumes == {"micro_credit": (2, 0)}
    assert "micro-credit" in type_in(stage, "volumes").words
    assert broken(stage) == []


@pytest.mark.parametrize("amounts", ["0.12", "0.12,1.00", "0.00,0.12", "12,34", "a,b", "0.1,0.2,0.3"])
def test_amounts_that_cannot_be_are_no_attempt(stage: Stage, amounts: str) -> None:
    said = type_in(stage, "confirm", named(stage), "--amounts", amounts)
    assert (said.code, "two amounts from 0.01 to 0.99" in said.words) == (2, True)


def test_a_prenote_is_wanted_shown_and_called_off(stage: Stage) -> None:
    name = named(stage)
    assert type_in(stage, "validate", name, "--method", "prenote", "--json").json == {"did": "something", "id": name}
    assert "prenote wanted" in type_in(stage, "list").words
    assert type_in(stage, "cancel", name, "--reason", "not needed").code == 0
    assert "prenote wanted 2026-11-15: canceled (person)" in type_in(stage, "show", name).words
    assert type_in(stage, "cancel", name, "--reason", "again").code == 1


def test_a_services_record_has_a_name_a_reference_and_a_day(stage: Stage) -> None:
    name = named(stage)
    record = ("validate", name, "--method", "external")
    whole = ("--provider", "Example Check", "--evidence", "case 77", "--on", "2026-11-13")
    assert type_in(stage, *record, "--provider", "Example Check", "--on", "2026-11-13").code == 1
    assert type_in(stage, *record, *whole[:4]).code == 2
    assert type_in(stage, *record, *whole[:4], "--on", "2026-12-01").code == 1
    assert type_in(stage, *record, *whole).code == 0
    assert type_in(stage, *record, *whole, "--json").json["did"] == "nothing"
    assert "Example Check, case 77" in type_in(stage, "show", name).words
    assert type_in(stage, "validate", name, "--method", "prenote", *whole[:2]).code == 1


def test_a_blocked_account_is_let_go_by_a_person(stage: Stage) -> None:
    name = named(stage, "b001")
    assert type_in(stage, "unblock", name, "--reason", "why not").code == 1
    with stage.desk.action() as ctx:
        block_accounts(ctx, stage.desk.originator_id(), [account_key(stage, "b001")], because=["person"])
    assert "blocked by person" in type_in(stage, "list", "--state", "blocked").words
    assert type_in(stage, "unblock", name, "--reason", "the buyer called").code == 0
    assert "not validated" in type_in(stage, "show", name).words


def test_an_account_that_is_not_there_is_said_so(stage: Stage) -> None:
    for verb in (("show", "acc_0000000000001"), ("unblock", "acc_0000000000001", "--reason", "why")):
        assert type_in(stage, *verb).code == 1
