"""Merchants' accounts for payouts: two persons, a wait, one in use, and a number that shows nowhere."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from ingather.actions.payouts.accounts import NewPayee, approve_account, ask_account, end_account
from ingather.cli import app
from ingather.domain.accounts import AccountKind
from ingather.domain.refusals import MakerIsChecker, Refusal, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import payouts as reading
from tests.journey.payouts.merchants import MARIA, OMAR, ROUTING, account, merchant, terms
from tests.journey.stage import MONDAY, Sale, at, staged
from tests.red import red_account

NUMBER = red_account(900)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage with two merchants."""
    return staged(tmp_path / "stage", [Sale(), Sale(merchant="summit")], profile=terms())


def payee(stage: Stage, **changes: object) -> NewPayee:
    """Return an account to ask for."""
    particulars = {
        "merchant_id": merchant(stage), "routing": ROUTING, "number": NUMBER, "kind": AccountKind.CHECKING,
        "name": "Harbor Goods LLC", "evidence": "a voided check",
    }  # fmt: skip
    return NewPayee(**{**particulars, **changes})  # type: ignore[arg-type]  # particulars by name


def accounts(stage: Stage) -> list[tuple[str, str]]:
    """Return the accounts' last four and states, oldest first."""
    with stage.desk.view() as ctx:
        return [(row["last4"], row["state"]) for row in reversed(reading.accounts_listed(ctx.session))]


def test_who_asks_does_not_approve_and_a_new_account_waits_two_banking_days(stage: Stage) -> None:
    at(stage, MONDAY)
    with stage.desk.as_actor(MARIA).action() as ctx:
        key = ask_account(ctx, payee(stage))
    with pytest.raises(MakerIsChecker), stage.desk.as_actor(MARIA).action() as ctx:
        approve_account(ctx, key)
    with stage.desk.as_actor(OMAR).action() as ctx:
        assert approve_account(ctx, key) == date(2026, 11, 18)
    assert accounts(stage) == [(NUMBER[-4:], "active")]
    with pytest.raises(WrongState, match="is active"), stage.desk.as_actor(OMAR).action() as ctx:
        approve_account(ctx, key)


def test_one_account_is_in_use_and_the_one_before_ends_with_the_approval(stage: Stage) -> None:
    account(stage)
    with stage.desk.as_actor(MARIA).action() as ctx:
        key = ask_account(ctx, payee(stage, number=red_account(901)))
    assert [state for _, state in accounts(stage)] == ["active", "asked"]
    with stage.desk.as_actor(OMAR).action() as ctx:
        approve_account(ctx, key)
    assert [state for _, state in accounts(stage)] == ["ended", "active"]
    with stage.desk.as_actor(MARIA).action() as ctx:
        end_account(ctx, key, reason="the merchant called")
    with pytest.raises(WrongState, match="ended already"), stage.desk.as_actor(MARIA).action() as ctx:
        end_account(ctx, key, reason="again")


@pytest.mark.parametrize(
    "wrong",
    [
        {"routing": "021000022"},
        {"routing": "2100002"},
        {"number": ""},
        {"number": "1" * 18},
        {"number": "12/34=5"},
        {"evidence": " "},
    ],
)
def test_what_no_bank_would_take_is_refused_without_a_number_in_the_sentence(
    stage: Stage, wrong: dict[str, str]
) -> None:
    with pytest.raises(Refusal) as refused, stage.desk.as_actor(MARIA).action() as ctx:
        ask_account(ctx, payee(stage, **wrong))
    assert not any(value in str(refused.value) for value in wrong.values() if value.strip())
    assert NUMBER not in repr(payee(stage))


def test_the_same_account_is_not_asked_for_twice(stage: Stage) -> None:
    account(stage)
    with pytest.raises(WrongState, match="which is active"), stage.desk.as_actor(MARIA).action() as ctx:
        ask_account(ctx, payee(stage))


def test_the_book_holds_no_number_and_opens_it_for_its_own_row_only(stage: Stage) -> None:
    account(stage)
    with stage.desk.view() as ctx:
        rows = ctx.session.execute(text("SELECT * FROM merchant_accounts")).all()
        facts = ctx.session.execute(text("SELECT detail FROM facts")).all()
        records = ctx.session.execute(text("SELECT * FROM audit")).all()
    assert NUMBER not in str(rows) + str(facts) + str(records)


def test_by_command_the_number_comes_from_a_file_or_the_standard_input(stage: Stage, tmp_path: Path) -> None:
    book, keys = str(stage.folder / "book.sqlite"), str(stage.folder / "book.keys")
    runner = CliRunner()

    def say(*words: str, given: str = "") -> str:
        done = runner.invoke(app, ["--book", book, "--keys", keys, *words], input=given)
        assert done.exit_code == 0, done.output
        assert NUMBER not in done.output
        return done.output

    file = tmp_path / "number"
    file.write_text(f"{NUMBER}\n")
    asked = ("merchant", "account", "ask", "harbor", "--routing", ROUTING, "--name", "Harbor Goods", "--as", "maria",
             "--as-of", "2026-11-16")  # fmt: skip
    said = say(*asked, "--evidence", "a voided check", "--number-file", str(file))
    name = said.split()[0]
    assert name.startswith("mac_")
    assert "2026-11-18" in say("merchant", "account", "approve", name, "--as", "omar", "--as-of", "2026-11-16")
    assert NUMBER[-4:] in say("merchant", "account", "list")
    other = say(*asked, "--evidence", "a letter", "--number-stdin", given=red_account(77)).split()[0]
    say("merchant", "account", "end", other, "--reason", "not theirs", "--as", "omar", "--as-of", "2026-11-16")
    assert say("payout", "list", "--json").strip() == "[]"
    assert "No payout waits" in say("payout", "approve", "--all", "--as", "omar")
    assert "goes by sheet" in say("payout", "sheet", "--to", str(tmp_path / "sheets"), "--as", "omar")
