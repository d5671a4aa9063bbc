"""Statements, approvals, sheets, files, returns and cancellations in any order: no statement is paid twice."""

from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.actions.context import Context
from ingather.actions.files.approval import approve_file, hold_put_back, void_file
from ingather.actions.payouts.deciding import cancel_payout, set_method
from ingather.actions.payouts.returned import note_returned
from ingather.actions.payouts.sealing import hold_payouts
from ingather.actions.payouts.settling import note_settled
from ingather.domain.entries import EntryKind
from ingather.domain.files import FileState
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import Refusal
from ingather.jobs.payout_sheets import send_sheets
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.store.reading import cases
from ingather.store.reading.payout_invariants import PAYOUT_INVARIANTS
from ingather.store.tables import Entry, File, Payout, Posting, Settlement
from tests.journey.payouts.merchants import MARIA, PAYDAY, approve, collected, settled, states_of, terms
from tests.journey.stage import Sale, at, at_the_bank, broken, night, open_cases, play
from tests.seeds import seed

_STEPS = 70
_WHAT = ("settle", "approve", "sheet", "settled", "returned", "cancel", "method", "night", "pass", "void", "hold")
_SALES = (
    Sale(amount=10_000, holder="business"),
    Sale(amount=700, holder="business", merchant="summit", due=date(2026, 11, 18)),
)


def one_of(stage: Stage, draw: Random) -> int:
    """Return the key of any payout, or 0."""
    with stage.desk.view() as ctx:
        keys: list[int] = [0, *ctx.session.scalars(select(Payout.id).order_by(Payout.id))]
    return draw.choice(keys)


def on_a_file(ctx: Context, draw: Random, what: str) -> None:
    """Approve or void a file that waits, or hear of one that was voided that the bank has it after all."""
    state = FileState.VOIDED if what == "hold" else FileState.SEALED
    files = ctx.session.scalars(select(File).where(File.state == state, File.credit_cents > 0).order_by(File.id)).all()
    if not files:
        return
    match what:
        case "pass":
            approve_file(ctx, draw.choice(files).id)
        case "void":
            void_file(ctx, draw.choice(files).id, reason="the wrong day")
        case _:
            hold_put_back(ctx, draw.choice(files), reason="the bank has it after all")


def step(stage: Stage, draw: Random, day: date, folder: Path) -> str:
    """Do one thing that a person or a run does, and return which; what is refused changes nothing."""
    what = draw.choice(_WHAT)
    key, maria = one_of(stage, draw), stage.desk.as_actor(MARIA)
    try:
        match what:
            case "settle":
                settled(stage, day)
            case "approve":
                approve(stage)
            case "sheet":
                send_sheets(stage.desk, folder=folder)
            case "night":
                night(stage, day)
            case _:
                with maria.action() as ctx:
                    if what in {"pass", "void", "hold"}:
                        on_a_file(ctx, draw, what)
                    elif what == "settled":
                        note_settled(ctx, key, on=day, evidence="portal")
                    elif what == "returned":
                        note_returned(ctx, key, on=day, evidence="unknown", ends_account=False)
                    elif what == "cancel":
                        cancel_payout(ctx, key, reason="called")
                    else:
                        set_method(ctx, key, method=draw.choice(list(PayoutMethod)), reason="cheaper")
    except Refusal:
        return f"{what} refused"
    return what


def breaches(stage: Stage) -> list[str]:
    """Return the invariants of payouts that are broken, and what is told to be paid and is neither paid nor owed."""
    with stage.desk.view() as ctx:
        found = [name for name, question in PAYOUT_INVARIANTS.items() if question(ctx.session)]
        told = ctx.session.execute(select(func.coalesce(func.sum(Settlement.payable_minor), 0))).scalar_one()
        by_state = dict(
            ctx.session.execute(select(Payout.state, func.sum(Payout.amount_minor)).group_by(Payout.state)).all()
        )
        left = _booked(ctx.session, JournalKind.PAYOUT_SETTLED) - _booked(ctx.session, JournalKind.PAYOUT_RETURNED)
        again = _booked(ctx.session, JournalKind.PAYABLE_AGAIN)
    over = by_state.get("returned", 0) + by_state.get("canceled", 0)
    if told != sum(by_state.values()):
        found.append("what statements pay is not what payouts are over")
    if left != by_state.get("settled", 0):
        found.append("what left our account is not what is settled")
    if again != over:
        found.append("what is owed again is not what came back")
    return found


def _booked(session: Session, kind: JournalKind) -> int:
    """Return what a journal moved through what merchants were told, as a positive sum."""
    moved = session.execute(
        select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(
            Posting.kind == kind, Posting.account == LedgerAccount.PAYABLE_SETTLED
        )
    ).scalar_one()
    return abs(int(moved))


def test_in_any_order_what_is_told_is_paid_once_or_owed_again(tmp_path: Path) -> None:
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    profile = terms(auto_approve_under_cents=10_000)
    stage = collected(tmp_path / "stage", *_SALES, method="sheet", profile=profile)
    done: Counter[str] = Counter()
    for day in banking_days(PAYDAY, _STEPS // 7):
        at(stage, day)
        for _ in range(7):
            done[step(stage, draw, day, tmp_path / "sheets")] += 1
            assert breaches(stage) == [], done
        if draw.random() < 0.5:
            play(stage, day)
            assert breaches(stage) == [], done
    assert broken(stage) == []
    on_sheets = Counter(
        line.split(",")[0]
        for path in (tmp_path / "sheets").iterdir()
        for line in path.read_text().splitlines()[1:]
    )  # fmt: skip
    assert set(on_sheets.values()) <= {1}
    assert done["settle"]
    assert done["approve"]


def test_a_payout_taken_out_of_a_file_that_waits_leaves_in_one_file_only(tmp_path: Path) -> None:
    stage = collected(tmp_path / "stage", *_SALES, profile=terms(auto_approve_under_cents=10_001))
    at(stage, PAYDAY)
    settled(stage)
    approve(stage)
    night(stage, PAYDAY)
    with stage.desk.action() as ctx:
        file = ctx.session.scalars(select(File).where(File.state == FileState.SEALED)).one()
        assert hold_payouts(ctx, file, [Entry.file_id == file.id], reason="the bank has them after all") == 2
        first = file.id
    assert states_of(stage) == ["due", "due"]
    approve(stage)
    night(stage, PAYDAY)
    assert states_of(stage) == ["sealed", "sealed"], "in another file, while the first still waits"
    with stage.desk.as_actor(MARIA).action() as ctx:
        for key in ctx.session.scalars(select(File.id).where(File.state == FileState.SEALED).order_by(File.id)).all():
            approve_file(ctx, key)
    report = night(stage, PAYDAY)
    assert len(report.voided) == 1
    with stage.desk.view() as ctx:
        assert ctx.session.get_one(File, first).state == FileState.VOIDED
        standing = ctx.session.scalars(
            select(Entry.amount_cents).where(Entry.kind == EntryKind.PAYOUT, Entry.ended.is_(None))
        ).all()
    assert sorted(standing) == [700, 10_000]
    assert states_of(stage) == [PayoutState.SENT] * 2
    assert broken(stage) == []


def test_what_was_in_a_voided_file_goes_on_one_sheet_whatever_is_said_of_the_file(tmp_path: Path) -> None:
    stage = collected(tmp_path / "stage", *_SALES, profile=terms(auto_approve_under_cents=10_001))
    at(stage, PAYDAY)
    first, second = settled(stage)
    approve(stage)
    night(stage, PAYDAY)
    maria = stage.desk.as_actor(MARIA)
    with maria.action() as ctx:
        (file,) = ctx.session.scalars(select(File.id).where(File.state == FileState.SEALED))
        void_file(ctx, file, reason="the wrong day")
        set_method(ctx, first, method=PayoutMethod.SHEET, reason="the bank asks for it")
        # Another payout over the same amount to the same merchant was never in the file.
        names = [column.key for column in Payout.__table__.columns]
        row = ctx.session.get_one(Payout, second)
        row.state, row.ended_on = PayoutState.CANCELED, PAYDAY
        values = {name: getattr(row, name) for name in names} | {"id": ctx.ids.one(), "state": PayoutState.APPROVED}
        ctx.session.flush()
        ctx.session.add(Payout(**values | {"entry_id": None, "batch_id": None, "file_id": None}))
    approve(stage)
    assert [sheet.payouts for sheet in send_sheets(stage.desk).sheets] == [1]
    assert "acknowledgement_differs" not in open_cases(stage)
    with maria.action() as ctx:
        hold_put_back(ctx, ctx.session.get_one(File, file), reason="the bank has it after all")
    assert states_of(stage) == ["sent", "canceled", "approved"]
    with stage.desk.view() as ctx:
        (told,) = [row for row in cases.listed(ctx.session, state="open") if row["kind"] == "acknowledgement_differs"]
    assert "1 payout(s) of it over 100.00 USD went out again since" in told["sentence"]
    with stage.desk.view() as ctx:
        questions = {name: question(ctx.session) for name, question in PAYOUT_INVARIANTS.items()}
    assert questions["credits_to_merchants_are_payouts"] == questions["payouts_stand_where_their_entries_do"] == 0


@pytest.mark.parametrize("lied", ["a second payout of a statement", "another amount", "nothing is owed again"])
def test_a_planted_breach_is_seen(tmp_path: Path, lied: str) -> None:
    stage = collected(tmp_path / "stage", Sale(amount=10_000, holder="business"), method="sheet")
    at(stage, PAYDAY)
    (key,) = settled(stage)
    with stage.desk.action() as ctx:
        row = ctx.session.get_one(Payout, key)
        match lied:
            case "another amount":
                row.amount_minor -= 1
            case "nothing is owed again":
                row.state = PayoutState.CANCELED
            case _:
                row.state = PayoutState.CANCELED
                names = [column.key for column in Payout.__table__.columns]
                values = {name: getattr(row, name) for name in names} | {"id": ctx.ids.one(), "state": "due"}
                ctx.session.flush()
                ctx.session.add(Payout(**values))
    assert breaches(stage) != []
    assert at_the_bank(stage)
