"""Rebuilding: every sealed file is written anew from the book, with the same SHA-256, whatever changed since.

The last tests plant what a rebuild must see: a cent more, another account, a name, a lost change.
"""

from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.authorizations.states import supersede_authorization
from ingather.actions.files.approval import void_file
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.rebuild import Rebuilt, rebuild_all, rebuild_file
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.simulator.behaviour import Fate
from ingather.store.reading.past import orders as past
from ingather.store.tables import Account, AccountChange, Authorization, Buyer, Entry, File, FileChunk, Order
from tests.journey.stage import MONDAY, Sale, Script, at, changed_terms, night, order_key, play, staged
from tests.red import red_account
from tests.unit.cli.shell import call

CHANGES = {("B 000", 1): Fate(change_code="C01"), ("B 001", 1): Fate(return_code="R01")}


def rebuilt(stage: Stage) -> list[Rebuilt]:
    """Return every file rebuilt."""
    return list(rebuild_all(stage.desk))


def test_files_are_rebuilt_after_accounts_were_changed_on_either_engine(book_url: str, tmp_path: Path) -> None:
    sales = [Sale(), Sale(holder="business"), Sale(channel="phone", account_kind="savings"), Sale(kind="recurring")]
    stage = staged(tmp_path, sales, behaviour=Script(fates=CHANGES), book=book_url)
    play(stage, *banking_days(MONDAY, 5))
    with stage.desk.view() as ctx:
        assert ctx.session.scalars(select(AccountChange)).all()
        assert {row.kind for row in ctx.session.scalars(select(Entry))} == {"debit", "retry"}
    found = rebuilt(stage)
    assert len(found) >= 2
    assert [each for each in found if not each.same] == []


@pytest.mark.parametrize("line_end", ["crlf", "none"])
def test_a_bank_in_capitals_with_other_line_ends_and_no_fill_is_rebuilt(tmp_path: Path, line_end: str) -> None:
    writing = {"writing__upper_case": True, "writing__pad_to_block": False, "writing__line_end": line_end}
    terms = changed_terms(destination_name="First Bank", origin_name="Ingather", **writing)
    stage = staged(tmp_path, [Sale(), Sale()], profile=terms)
    night(stage, MONDAY)
    (found,) = rebuilt(stage)
    assert found.same
    _a_name(stage)
    (found,) = rebuilt(stage)
    assert (found.line, found.record_field, found.rebuilt.strip()) == (4, "receiver_name", "SOMEBODY ELSE")


def test_a_voided_file_is_rebuilt_and_told_by_the_authorization_it_was_made_under(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], profile=changed_terms(auto_approve_under_cents=0))
    night(stage, MONDAY)
    desk = stage.desk.as_actor("user:maria")
    with desk.action() as ctx:
        sealed_at = ctx.now
        void_file(ctx, ctx.session.scalars(select(File.id)).one(), reason="another account first")
    at(stage, MONDAY, time(19, 0))
    newer = _newer_authorization(stage)
    found = rebuilt(stage)
    assert [each for each in found if not each.same] == []
    key = order_key(stage, "b000")
    with desk.view() as ctx:
        assert past.in_full(ctx.session, [key], sealed_at)[key]["authorization"] == "b000"
        order = ctx.session.get_one(Order, key)
        assert order.authorization_id == newer


def _newer_authorization(stage: Stage) -> int:
    """Record another authorization of the first buyer for the second one's account, and move the order to it."""
    with stage.desk.as_actor("user:maria").action() as ctx:
        older = ctx.session.scalars(select(Authorization).where(Authorization.external_id == "b000")).one()
        account = ctx.session.scalars(select(Account).where(Account.external_id == "b001")).one()
        account.buyer_id = older.buyer_id
        ctx.session.flush()
        columns = {name: [getattr(older, name)] for name in (
            "kind", "channel", "text", "given_at", "evidence", "max_amount_minor", "valid_from", "valid_to",
            "amount_terms", "min_amount_minor", "every", "debits",
        )}  # fmt: skip
        record_authorizations(
            ctx,
            older.originator_id,
            NewAuthorizations(
                external_id=["newer"], buyer=["b000"], account=["b001"], merchant=["harbor"],
                statements=[tuple(older.statements or ())], **columns,
            ),
        )  # fmt: skip
        newer = ctx.session.scalars(select(Authorization.id).where(Authorization.external_id == "newer")).one()
        moved = supersede_authorization(ctx, older.id, by=newer, reason="another account", move_orders=True)
        assert moved == 1
    return newer


def test_the_command_rebuilds_one_file_or_all(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()])
    night(stage, MONDAY)
    (found,) = rebuilt(stage)
    book = ["--book", str(tmp_path / "book.sqlite"), "--keys", str(tmp_path / "book.keys")]
    said = call(*book, "file", "rebuild", found.file, "--verify")
    assert (said.code, found.sha256 in said.words) == (0, True)
    assert call(*book, "file", "rebuild", "--all", "--json").json == {"files": 1, "ok": True, "differing": []}
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Entry).values(amount_cents=Entry.amount_cents + 1))
    wrong = call(*book, "file", "rebuild", found.file, "--verify")
    assert wrong.code == ExitCode.BROKEN_INVARIANT
    assert "amount (30-39)" in wrong.words
    assert call(*book, "file", "rebuild", "--all").code == ExitCode.BROKEN_INVARIANT
    assert call(*book, "file", "rebuild").code == ExitCode.USAGE


def test_the_sealed_bytes_are_not_what_it_is_rebuilt_from(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    night(stage, MONDAY)
    with stage.desk.action() as ctx:
        ctx.session.execute(delete(FileChunk))
    (found,) = rebuilt(stage)
    assert found.same
    with pytest.raises(NoSuch, match="there is no file"):
        rebuild_file(stage.desk, 1)


def _a_name(stage: Stage, name: str = "SOMEBODY ELSE") -> None:
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Buyer).where(Buyer.external_id == "b001").values(receiver_name=name))


def _an_account(stage: Stage, number: str) -> None:
    with stage.desk.action() as ctx:
        row = ctx.session.scalars(select(Account).where(Account.external_id == "b001")).one()
        row.number = ctx.vault.seal_account(row.id, number)


def test_what_the_book_says_otherwise_is_found_at_its_field_and_masked(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], behaviour=Script(fates=CHANGES))
    play(stage, *banking_days(MONDAY, 3))
    assert all(each.same for each in rebuilt(stage))
    _a_name(stage)
    assert rebuilt(stage)[0].record_field == "receiver_name"
    _a_name(stage, "B 001")
    _an_account(stage, red_account(77))
    first = rebuilt(stage)[0]
    assert (first.same, first.record_field) == (False, "account_number")
    assert red_account(77)[:-4] not in f"{first.sealed}{first.rebuilt}"
    assert first.rebuilt.strip().endswith(red_account(77)[-4:])
    _an_account(stage, red_account(1))
    assert all(each.same for each in rebuilt(stage))
    with stage.desk.action() as ctx:
        assert ctx.session.scalars(select(AccountChange)).all()
        ctx.session.execute(delete(AccountChange))
    assert rebuilt(stage)[0].record_field == "account_number"
    with stage.desk.action() as ctx:
        ctx.session.execute(delete(Order).where(Order.external_id == "b001"))
    first = rebuilt(stage)[0]
    assert (first.same, first.sha256, first.record_field) == (False, "", "")
    assert "1 of the file's 2 entries" in first.why
