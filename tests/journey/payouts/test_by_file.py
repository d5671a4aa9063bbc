"""Payouts by file: approved by two, sealed once as CCD credits of ours, settled with their batch, or back again."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.files.approval import approve_file, void_file
from ingather.actions.payouts.deciding import approve_payouts, cancel_payout, set_method
from ingather.actions.payouts.terms import why_waiting
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.domain.entries import EntryKind
from ingather.domain.payouts import PayoutMethod
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.jobs.rehearsal.money_ring import ring_faults
from ingather.jobs.rehearsal.stage import Stage
from ingather.nacha.reader import read
from ingather.rules.debitable import FORMAT_LIMIT_MINOR
from ingather.simulator.behaviour import Delivering, Fate, FileFate
from ingather.store.reading import payouts as reading
from ingather.store.tables import Batch, Case, Entry, File, Merchant, MerchantAccount, Payout, Settlement
from tests.journey.payouts.merchants import (
    MARIA,
    OMAR,
    PAYDAY,
    account,
    approve,
    collected,
    merchant,
    payout,
    settled,
    states_of,
    terms,
)
from tests.journey.stage import (
    Sale,
    Script,
    all_files,
    at,
    at_the_bank,
    balances,
    broken,
    night,
    open_cases,
    play,
    returned,
)
from tests.red import red_account

WEDNESDAY, MONDAY_AFTER, TUESDAY_AFTER, WEDNESDAY_AFTER, THURSDAY_AFTER = (
    date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3),
)  # fmt: skip
FRIDAY = date(2026, 11, 27)
PAID_TO = "HARBOR GOODS LLC"


def due(folder: Path, *, book: str | None = None, script: Script | None = None, profile: str | None = None) -> Stage:
    """Return a stage on its payday with a payout due to each of two merchants."""
    sales = (
        Sale(amount=10_000, holder="business"),
        Sale(amount=700, holder="business", merchant="summit", due=date(2026, 11, 18)),
    )
    stage = collected(folder / "stage", *sales, book=book, behaviour=script or Script(), profile=profile)
    at(stage, PAYDAY)
    settled(stage)
    return stage


def last_file(stage: Stage) -> File:
    """Return the newest file."""
    with stage.desk.view() as ctx:
        found = ctx.session.scalars(select(File).order_by(File.id.desc()).limit(1)).one()
        ctx.session.expunge_all()
    return found


def credits_to(stage: Stage, *, ended: str | None) -> int:
    """Return what stands, or ended so, in credits to merchants, in cents."""
    with stage.desk.view() as ctx:
        amounts = ctx.session.scalars(
            select(Entry.amount_cents).where(Entry.kind == EntryKind.PAYOUT, Entry.ended.is_not_distinct_from(ended))
        )
        return sum(amounts)


def test_approved_payouts_go_out_once_and_settle(tmp_path: Path, book_url: str) -> None:
    stage = due(tmp_path, book=book_url)
    night(stage, PAYDAY)
    assert states_of(stage) == ["due", "due"]
    assert approve(stage) == 2
    play(stage, PAYDAY)
    assert states_of(stage) == ["sent", "sent"]
    file = all_files(stage)[-1]
    assert (file["entries"], file["debit_cents"], file["credit_cents"]) == (2, 0, 10_700)
    with stage.desk.view() as ctx:
        batches = ctx.session.execute(select(Batch.company_name, Batch.entry_class).where(Batch.credit_cents > 0)).all()
    assert [tuple(batch) for batch in batches] == [("INGATHER PAYS", "CCD")] * 2
    play(stage, WEDNESDAY)
    assert states_of(stage) == ["settled", "settled"]
    assert balances(stage)["payable_settled"] == 0
    assert broken(stage) == []
    assert ring_faults(stage) == {name: [] for name in ring_faults(stage)}
    assert open_cases(stage) == []


def test_the_credit_bears_the_payouts_reference_and_the_merchants_account(tmp_path: Path) -> None:
    stage = due(tmp_path)
    approve(stage)
    night(stage, PAYDAY)
    with stage.desk.view() as ctx:
        first = reading.listed(ctx.session)[-1]
    entries = read(next(data for name, data in at_the_bank(stage).items() if name == first["file"])).entries
    assert entries.account[0].tobytes().decode().strip() == red_account(900)
    assert entries.identification[0].tobytes().decode().strip() == first["reference"]
    assert first["reference"] == encode_key(parse_public_id(Prefix.PAYOUT, first["id"]))
    assert entries.transaction_code.tolist() == [22, 22]
    assert entries.name[0].tobytes().decode().strip() == PAID_TO


def test_what_comes_back_is_owed_again_and_paid_once_to_the_account_two_persons_changed(
    tmp_path: Path, book_url: str
) -> None:
    fates = {(PAID_TO, 0): returned("R03")}
    stage = due(tmp_path, book=book_url, script=Script(fates=fates))
    approve(stage)
    play(stage, PAYDAY, WEDNESDAY, FRIDAY)
    assert states_of(stage) == ["returned", "settled"]
    with stage.desk.view() as ctx:
        (first, *_) = ctx.session.scalars(select(MerchantAccount).order_by(MerchantAccount.id))
        (case,) = ctx.session.scalars(select(Case).where(Case.kind == "payout_returned"))
        assert (first.state, case.state) == ("ended", "open")
        assert "R03" in case.sentence
    assert broken(stage) == []

    assert len(settled(stage, MONDAY_AFTER)) == 3
    with stage.desk.view() as ctx:
        statement = ctx.session.scalars(select(Settlement).order_by(Settlement.id.desc())).all()
        again = [row for row in statement if row.payable_again_minor]
        assert [(row.payable_again_minor, row.payable_minor) for row in again] == [(10_000, 10_000)]
    at(stage, MONDAY_AFTER)
    approve(stage)
    play(stage, MONDAY_AFTER)
    assert states_of(stage) == ["returned", "settled", "approved"], "there is no account to pay to"
    at(stage, TUESDAY_AFTER)
    account(stage, number=950)
    play(stage, TUESDAY_AFTER, WEDNESDAY_AFTER)
    assert states_of(stage)[-1] == "approved", "a new account waits for two banking days"
    fates.clear()
    play(stage, THURSDAY_AFTER, date(2026, 12, 4))
    assert states_of(stage) == ["returned", "settled", "settled"]
    assert (credits_to(stage, ended=None), credits_to(stage, ended="returned")) == (10_700, 10_000)
    assert balances(stage)["payable_settled"] == balances(stage)["payable_available"] == 0
    assert broken(stage) == []
    assert ring_faults(stage) == {name: [] for name in ring_faults(stage)}


@pytest.mark.parametrize(
    "script",
    [
        Script(files={3: FileFate(rejected_for="COMPANY NOT ON FILE")}),
        Script(files={3: FileFate(batch_reasons=((0, "COMPANY NOT ON FILE"),))}),
    ],
)
def test_what_the_bank_rejects_goes_out_again_once(tmp_path: Path, script: Script) -> None:
    stage = due(tmp_path, script=script)
    approve(stage)
    play(stage, PAYDAY)
    assert "approved" in states_of(stage)
    play(stage, WEDNESDAY, FRIDAY, MONDAY_AFTER)
    assert states_of(stage) == ["settled", "settled"]
    assert credits_to(stage, ended=None) == 10_700
    assert broken(stage) == []


def test_an_entry_that_the_bank_refuses_by_itself_is_due_anew(tmp_path: Path) -> None:
    script = Script()
    stage = due(tmp_path, script=script)
    with stage.desk.view() as ctx:
        script.refused.add(reading.listed(ctx.session)[0]["reference"])
    approve(stage)
    play(stage, PAYDAY, WEDNESDAY)
    assert states_of(stage) == ["settled", "due"]
    assert payout(stage, settled_keys(stage)[1]).approved_by is None
    assert broken(stage) == []


def settled_keys(stage: Stage) -> list[int]:
    """Return the keys of all payouts."""
    with stage.desk.view() as ctx:
        return [parse_public_id(Prefix.PAYOUT, row["id"]) for row in reversed(reading.listed(ctx.session))]


def test_a_voided_files_payouts_are_sealed_again(tmp_path: Path) -> None:
    stage = due(tmp_path, profile=terms(auto_approve_under_cents=10_001))
    approve(stage)
    night(stage, PAYDAY)
    assert states_of(stage) == ["sealed", "sealed"]
    with stage.desk.as_actor(OMAR).action() as ctx:
        void_file(ctx, last_file(stage).id, reason="the wrong day")
    assert states_of(stage) == ["approved", "approved"]
    assert broken(stage) == []
    night(stage, WEDNESDAY)
    assert states_of(stage) == ["sealed", "sealed"]
    assert broken(stage) == []


def test_who_made_a_payout_does_not_approve_it_and_only_a_due_one_is_approved(tmp_path: Path) -> None:
    stage = due(tmp_path)
    first, second = settled_keys(stage)
    maker = payout(stage, first).asked_by
    with pytest.raises(MakerIsChecker), stage.desk.as_actor(maker).action() as ctx:
        approve_payouts(ctx, [first])
    assert approve(stage, actor=maker) == 0
    with stage.desk.as_actor(OMAR).action() as ctx:
        approve_payouts(ctx, [first])
    with pytest.raises(WrongState, match="is approved"), stage.desk.as_actor(OMAR).action() as ctx:
        approve_payouts(ctx, [first, second])
    assert states_of(stage) == ["approved", "due"], "all or none"


def test_whoever_changes_the_way_of_a_payout_does_not_approve_it(tmp_path: Path) -> None:
    stage = due(tmp_path)
    first, _ = settled_keys(stage)
    approve(stage)
    with stage.desk.as_actor(MARIA).action() as ctx:
        set_method(ctx, first, method=PayoutMethod.SHEET, reason="the bank asks for it")
    assert states_of(stage) == ["due", "approved"]
    with pytest.raises(MakerIsChecker), stage.desk.as_actor(MARIA).action() as ctx:
        approve_payouts(ctx, [first])


def test_what_is_called_off_is_owed_by_the_next_statement_and_never_paid(tmp_path: Path, book_url: str) -> None:
    stage = due(tmp_path, book=book_url)
    first, second = settled_keys(stage)
    with stage.desk.as_actor(MARIA).action() as ctx:
        cancel_payout(ctx, first, reason="the merchant moves to another bank")
    assert balances(stage)["payable_available"] == -10_000
    approve(stage)
    play(stage, PAYDAY)
    assert states_of(stage) == ["canceled", "sent"]
    with pytest.raises(WrongState, match="is sent"), stage.desk.as_actor(MARIA).action() as ctx:
        cancel_payout(ctx, second, reason="too late")
    play(stage, WEDNESDAY)
    assert len(settled(stage, FRIDAY)) == 3
    assert balances(stage)["payable_available"] == 0
    assert broken(stage) == []


@pytest.mark.parametrize(
    "stop",
    [
        {"state": "suspended"},
        {"screening": "pending"},
        {"paid_abroad": True},
    ],
)
def test_who_is_stopped_after_sealing_is_not_paid_and_the_others_are(tmp_path: Path, stop: dict[str, object]) -> None:
    stage = due(tmp_path, profile=terms(auto_approve_under_cents=10_001))
    approve(stage)
    night(stage, PAYDAY)
    with stage.desk.as_actor(OMAR).action() as ctx:
        approve_file(ctx, last_file(stage).id)
        ctx.session.execute(update(Merchant).where(Merchant.id == merchant(stage)).values(**stop))
    report = night(stage, PAYDAY)
    assert len(report.voided) == 1
    assert states_of(stage) == ["approved", "sent"]
    assert broken(stage) == []


def test_nobody_is_paid_by_file_without_our_company_in_the_profile_or_an_account(tmp_path: Path) -> None:
    stage = due(tmp_path, profile=terms(payouts__company_name="", payouts__company_identification=""))
    approve(stage)
    night(stage, PAYDAY)
    assert states_of(stage) == ["approved", "approved"]


def test_a_payout_that_fits_no_entry_says_so_while_it_waits(tmp_path: Path) -> None:
    stage = due(tmp_path)
    approve(stage)
    first, second = settled_keys(stage)
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Payout).where(Payout.id == first).values(amount_minor=FORMAT_LIMIT_MINOR + 1))
        why = why_waiting(ctx, stage.desk.originator_id(), company=True)
    assert why[first].startswith("another way: its amount does not fit an entry")
    assert why[second] == "the next night"


def test_a_return_told_by_two_carriers_is_one_and_a_second_return_is_for_a_person(tmp_path: Path) -> None:
    again = Fate(return_code="R23", again_after=1)
    stage = due(tmp_path, script=Script(fates={(PAID_TO, 0): again}, delivering=Delivering(repeats=True)))
    approve(stage)
    play(stage, PAYDAY, WEDNESDAY, FRIDAY)
    assert states_of(stage) == ["returned", "settled"]
    with stage.desk.view() as ctx:
        assert [row["state"] for row in reading.accounts_listed(ctx.session)] == ["active", "active"], "it was refused"
    play(stage, MONDAY_AFTER)
    assert open_cases(stage) == ["payout_returned", "unmatched_credit_return"]
    assert balances(stage)["payable_available"] == -10_000
    assert broken(stage) == []
