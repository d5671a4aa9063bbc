"""Payouts by sheet: each stands on one sheet, which leaves once, and is settled by a posting or a person's word."""

import csv
import io
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.banks import add_profile
from ingather.actions.payouts.accounts import end_account
from ingather.actions.payouts.deciding import cancel_payout
from ingather.actions.payouts.returned import note_returned
from ingather.actions.payouts.settling import note_settled, settle_payout, unsettle_payout
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.payout_sheets import COLUMNS, call_off, send_sheets
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.banks import load_profile
from ingather.store.reading import payouts as reading
from ingather.store.tables import BankPosting, Merchant, MerchantAccount, Payout, Route
from tests.journey.payouts.merchants import MARIA, PAYDAY, approve, collected, settled, states_of, terms
from tests.journey.reconcile.money import posting as posted
from tests.journey.reconcile.money import report_of, with_money
from tests.journey.stage import Sale, at, at_the_bank, balances, bank_evening, broken, deliver, night, open_cases
from tests.red import red_account

FRIDAY = date(2026, 11, 27)


def due(folder: Path, *, book: str | None = None, profile: str | None = None) -> tuple[Stage, list[int]]:
    """Return a stage on its payday, and its two payouts that are approved and go by sheet."""
    stage = collected(folder / "stage", book=book, method="sheet", profile=profile)
    at(stage, PAYDAY)
    keys = settled(stage)
    approve(stage)
    return stage, keys


class Died(Exception):  # noqa: N818 -- the run dies here
    """The run ends in the middle."""


def dying(stage: Stage, at_step: str) -> Desk:
    """Return the desk of a run that dies at a step."""

    def tell(step: str, **_: object) -> None:
        if step == at_step:
            raise Died

    return replace(stage.desk, tell=tell)


def rows(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a sheet."""
    return list(csv.DictReader(io.StringIO(data.decode())))


def sheets_at_the_bank(stage: Stage) -> list[str]:
    """Return the names of the sheets that lie at the bank, temporary ones included."""
    return [name for name in at_the_bank(stage) if ".csv" in name]


def posting(stage: Stage, minor: int) -> BankPosting:
    """Return a posting of our account, as a statement tells of it."""
    return BankPosting(
        id=int(stage.desk.ids.one()), amount_minor=minor, value_on=FRIDAY, booked_on=FRIDAY, currency="USD"
    )


def test_a_sheet_goes_to_the_bank_once_and_its_payouts_are_sent(tmp_path: Path, book_url: str) -> None:
    stage, keys = due(tmp_path, book=book_url)
    night(stage, PAYDAY)
    assert states_of(stage) == ["approved", "approved"], "a night seals no payout that goes by sheet"
    (sheet,) = send_sheets(stage.desk).sheets
    assert (sheet.name, sheet.payouts, sheet.minor) == ("PAYOUTS-20261124-1.csv", 2, 10_700)
    told = rows(at_the_bank(stage)[sheet.name])
    assert list(told[0]) == list(COLUMNS)
    assert [(row["merchant"], row["amount"], row["currency"], row["routing"]) for row in told] == [
        ("harbor", "100.00", "USD", "021000021"),
        ("summit", "7.00", "USD", "021000021"),
    ]
    assert [row["account"] for row in told] == [f"...{red_account(number)[-4:]}" for number in (900, 901)]
    assert [parse_public_id(Prefix.PAYOUT, row["payout"]) for row in told] == keys
    assert [row["reference"] for row in told] == [reading.reference_of(key) for key in keys]
    assert states_of(stage) == ["sent", "sent"]
    assert send_sheets(stage.desk).sheets == []
    assert sheets_at_the_bank(stage) == [sheet.name]
    assert broken(stage) == []


def test_a_sheet_for_a_folder_holds_numbers_only_where_the_profile_asks_in_a_test_book(tmp_path: Path) -> None:
    stage, _ = due(tmp_path, profile=terms(payouts__numbers=True))
    (sheet,) = send_sheets(stage.desk, folder=tmp_path / "mine").sheets
    (lying,) = (tmp_path / "mine").iterdir()
    assert lying.name == sheet.name == "PAYOUTS-HAND-20261124-1.csv"
    assert [row["account"] for row in rows(lying.read_bytes())] == [red_account(900), red_account(901)]
    assert sheets_at_the_bank(stage) == []


def test_a_sheet_killed_before_it_was_noted_is_the_same_sheet_again(tmp_path: Path) -> None:
    stage, _ = due(tmp_path)
    folder = tmp_path / "mine"
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_published"), folder=folder)
    assert states_of(stage) == ["sealed", "sealed"]
    assert "PAYOUTS-HAND-20261124-1" in send_sheets(stage.desk).waiting, "the bank's run leaves a person's sheet alone"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (again,) = send_sheets(stage.desk, folder=folder).sheets
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()} == {again.name: before[again.name]}
    assert states_of(stage) == ["sent", "sent"]
    for path in folder.iterdir():
        path.unlink()
    assert send_sheets(stage.desk, folder=folder).sheets == []


@pytest.mark.parametrize("only_final", [True, False])
@pytest.mark.parametrize("by_hand", [True, False])
def test_what_lies_nowhere_after_the_intent_is_never_laid_again_and_a_person_decides(
    tmp_path: Path, *, only_final: bool, by_hand: bool
) -> None:
    stage, (first, second) = due(tmp_path, profile=terms(collects_only_final_names=only_final))
    folder = tmp_path / "mine" if by_hand else None
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_published"), folder=folder)
    (lying,) = (folder or stage.outbound).glob("*.csv")
    lying.unlink()
    at(stage, PAYDAY, time(20))
    for _ in range(2):
        report = send_sheets(stage.desk, folder=folder)
        assert (report.sheets, list(report.waiting)) == ([], [lying.stem])
    assert list((folder or stage.outbound).glob("*.csv*")) == []
    assert states_of(stage) == ["sealed", "sealed"]
    assert open_cases(stage) == ["file_in_doubt"]
    with stage.desk.as_actor(MARIA).action() as ctx:
        note_settled(ctx, first, on=PAYDAY, evidence="the bank says it paid this one")
    assert open_cases(stage) == ["file_in_doubt"]
    call_off(stage.desk.as_actor(MARIA), second, reason="the bank never had it", folder=folder)
    assert states_of(stage) == ["settled", "canceled"]
    assert open_cases(stage) == []
    assert send_sheets(stage.desk, folder=folder).waiting == {}
    assert broken(stage) == []


def test_other_bytes_under_the_name_are_doubt_and_the_own_ones_end_it(tmp_path: Path) -> None:
    stage, _ = due(tmp_path)
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_published"))
    (name,) = sheets_at_the_bank(stage)
    true = (stage.outbound / name).read_bytes()
    (stage.outbound / name).write_bytes(true + b"more\n")
    assert "other bytes" in send_sheets(stage.desk).waiting[name.removesuffix(".csv")]
    assert open_cases(stage) == ["file_in_doubt"]
    (stage.outbound / name).write_bytes(true)
    assert [sheet.name for sheet in send_sheets(stage.desk).sheets] == [name]
    assert (states_of(stage), open_cases(stage)) == (["sent", "sent"], [])


@pytest.mark.parametrize("stop", ["the account ended", "the merchant is suspended"])
def test_who_is_stopped_while_the_sheet_is_on_its_way_is_not_on_the_fresh_one(tmp_path: Path, stop: str) -> None:
    stage, (first, _) = due(tmp_path)
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_intent"))
    with stage.desk.as_actor(MARIA).action() as ctx:
        if stop == "the account ended":
            account = ctx.session.get_one(Payout, first).merchant_account_id
            end_account(ctx, account or 0, reason="a call: it was never theirs")
        else:
            ctx.session.execute(update(Merchant).where(Merchant.external_id == "harbor").values(state="suspended"))
    (sheet,) = send_sheets(stage.desk).sheets
    assert (sheet.name, sheet.payouts) == ("PAYOUTS-20261124-2.csv", 1)
    assert sheets_at_the_bank(stage) == [sheet.name]
    assert states_of(stage) == ["approved", "sent"]
    assert broken(stage) == []


def test_a_payout_on_a_sheet_that_never_left_is_called_off_and_the_others_go_on_another(tmp_path: Path) -> None:
    stage, (first, second) = due(tmp_path)
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_intent"))
    with pytest.raises(WrongState, match="is sealed"), stage.desk.as_actor(MARIA).action() as ctx:
        cancel_payout(ctx, first, reason="nobody looked whether it left")
    at(stage, PAYDAY, time(20))
    call_off(stage.desk.as_actor(MARIA), first, reason="the merchant called")
    assert states_of(stage) == ["canceled", "approved"]
    assert sheets_at_the_bank(stage) == []
    assert [sheet.payouts for sheet in send_sheets(stage.desk).sheets] == [1]
    with pytest.raises(WrongState, match="is sent"):
        call_off(stage.desk.as_actor(MARIA), second, reason="too late")
    assert broken(stage) == []


def test_a_sheet_that_lies_under_its_name_is_not_called_off(tmp_path: Path) -> None:
    stage, (first, _) = due(tmp_path)
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_published"))
    with pytest.raises(WrongState, match="is sealed"):
        call_off(stage.desk.as_actor(MARIA), first, reason="too late")
    assert [sheet.payouts for sheet in send_sheets(stage.desk).sheets] == [2]


def test_a_sheet_goes_on_when_the_profile_names_sheets_otherwise(tmp_path: Path) -> None:
    stage, _ = due(tmp_path)
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_intent"))
    text = terms(version=2, payouts__name="MERCHANTS")
    with stage.desk.action() as ctx:
        route = ctx.session.scalars(select(Route)).one()
        route.bank_profile_id = add_profile(ctx, route.originator_id, profile=load_profile(text), toml=text)
    report = send_sheets(stage.desk)
    assert ([sheet.name for sheet in report.sheets], report.waiting) == (["PAYOUTS-20261124-1.csv"], {})
    assert states_of(stage) == ["sent", "sent"]


def test_what_was_laid_before_the_intent_leaves_nothing_behind(tmp_path: Path) -> None:
    stage, _ = due(tmp_path)
    with pytest.raises(Died):
        send_sheets(dying(stage, "sheet_laid"))
    assert sheets_at_the_bank(stage) == ["PAYOUTS-20261124-1.csv.part"]
    (sheet,) = send_sheets(stage.desk).sheets
    assert sheets_at_the_bank(stage) == [sheet.name] == ["PAYOUTS-20261124-2.csv"]


def test_an_account_that_ends_while_the_sheet_is_written_keeps_its_payout_back(tmp_path: Path) -> None:
    stage, _ = due(tmp_path)
    ended: list[str] = []

    def meanwhile(step: str, **_: object) -> None:
        if step == "sheet_laid" and not ended:
            ended.append(step)
            with stage.desk.as_actor(MARIA).action() as ctx:
                first = ctx.session.scalars(select(MerchantAccount.id).order_by(MerchantAccount.id)).first()
                end_account(ctx, first or 0, reason="a call: it was never theirs")

    (sheet,) = send_sheets(replace(stage.desk, tell=meanwhile)).sheets
    assert sheet.payouts == 1
    assert states_of(stage) == ["approved", "sent"]
    assert sheets_at_the_bank(stage) == [sheet.name]


def test_a_posting_settles_a_payout_and_may_turn_out_to_be_another_ones(tmp_path: Path, book_url: str) -> None:
    stage, (first, _) = due(tmp_path, book=book_url)
    send_sheets(stage.desk)
    with pytest.raises(WrongState, match="another amount"), stage.desk.action() as ctx:
        settle_payout(ctx, first, posting(stage, 10_000))
    for _ in range(2):
        with stage.desk.action() as ctx:
            settle_payout(ctx, first, posting(stage, -10_000))
        assert (states_of(stage)[0], balances(stage)["payable_settled"]) == ("settled", -700)
        with stage.desk.action() as ctx:
            unsettle_payout(ctx, first, because="the posting was the rent")
        assert (states_of(stage)[0], balances(stage)["payable_settled"]) == ("sent", -10_700)
    assert broken(stage) == []


def test_a_person_notes_what_settled_and_what_came_back(tmp_path: Path) -> None:
    stage, (first, second) = due(tmp_path)
    for key in (first, second):
        with pytest.raises(WrongState, match="is approved"), stage.desk.as_actor(MARIA).action() as ctx:
            note_settled(ctx, key, on=PAYDAY, evidence="portal")
    send_sheets(stage.desk)
    with stage.desk.as_actor(MARIA).action() as ctx:
        note_settled(ctx, first, on=PAYDAY, evidence="the portal, line 7")
        note_returned(ctx, first, on=PAYDAY, evidence="account closed", ends_account=True)
        note_returned(ctx, second, on=PAYDAY, evidence="the bank does not know the payee", ends_account=False)
    assert states_of(stage) == ["returned", "returned"]
    assert balances(stage)["payable_available"] == -10_700
    assert open_cases(stage) == ["payout_returned"] * 2
    with stage.desk.view() as ctx:
        assert sorted(row["state"] for row in reading.accounts_listed(ctx.session)) == ["active", "ended"]
    assert len(settled(stage, FRIDAY)) == 4
    assert broken(stage) == []
    with pytest.raises(WrongState, match="is returned"), stage.desk.as_actor(MARIA).action() as ctx:
        cancel_payout(ctx, first, reason="twice")


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    stage, _ = due(tmp_path)
    with stage.desk.action() as ctx:
        for row in ctx.session.query(MerchantAccount):
            row.name = "=CMD|' /C calc'!A0"[:22]
    (sheet,) = send_sheets(stage.desk).sheets
    assert all(row["payee"].startswith("'=") for row in rows(at_the_bank(stage)[sheet.name]))


def test_the_way_of_a_payout_is_the_policys_or_else_the_merchants_own(tmp_path: Path) -> None:
    stage = collected(tmp_path / "stage", Sale(amount=10_000, holder="business"), method="sheet")
    at(stage, PAYDAY)
    settled(stage)
    with stage.desk.view() as ctx:
        (row,) = reading.listed(ctx.session)
    assert (row["method"], row["state"]) == (PayoutMethod.SHEET, PayoutState.DUE)


def test_the_banks_statement_settles_the_payout_whose_reference_it_names(tmp_path: Path) -> None:
    stage, (first, _) = due(tmp_path)
    send_sheets(stage.desk)
    night(stage, PAYDAY)
    things = bank_evening(stage, PAYDAY)
    at(stage, PAYDAY, time(21))
    shown = posted(-10_000, day="20261124", ref="X1", code="447", customer=reading.reference_of(first))
    deliver(stage, *(with_money(each, add=[shown]) if each is report_of(things) else each for each in things))
    assert states_of(stage) == ["settled", "sent"]
    assert balances(stage)["payable_settled"] == -700
    assert open_cases(stage) == []
    assert broken(stage) == []
