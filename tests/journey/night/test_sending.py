"""Between the seal and the bank: approval, last checks, rebuilding, and what stops a file."""

from collections.abc import Callable
from datetime import UTC, time
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.blocking import block_accounts
from ingather.actions.context import Context
from ingather.actions.files.approval import approve_file, refuse_file, void_file
from ingather.actions.orders import cancel_order, hold_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import (
    BookRestored,
    ExitCode,
    LostClaim,
    MakerIsChecker,
    NoSuch,
    SecondReaderDisagrees,
    WrongState,
)
from ingather.jobs.night import building
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.transmit import send_files, verify_file
from ingather.nacha.writer import Written, write
from ingather.store.tables import Account, Entry, FileChunk, Merchant, NumberAllocation, Order
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    all_files,
    at,
    at_the_bank,
    broken,
    changed_terms,
    fingerprint,
    night,
    order,
    order_key,
    staged,
    states,
)

BY_HAND = changed_terms(auto_approve_under_cents=0)


def waiting(stage: Stage) -> int:
    """Return the key of the one file that waits for approval."""
    (found,) = [row["id"] for row in all_files(stage) if row["state"] == "sealed"]
    return parse_public_id(Prefix.FILE, found)


def approve(stage: Stage, file_id: int, *, actor: str = "user:maria", sha256: bytes | None = None) -> None:
    """Approve a file as somebody."""
    with stage.desk.as_actor(actor).action() as ctx:
        approve_file(ctx, file_id, sha256=sha256)


@pytest.fixture
def sealed(tmp_path: Path) -> Stage:
    """Return a stage with one sealed file of three orders that waits for a person."""
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200), Sale(amount=400)], profile=BY_HAND)
    report = night(stage, MONDAY)
    assert (report.exit_code, len(report.needs_approval)) == (ExitCode.NEEDS_APPROVAL, 1)
    assert at_the_bank(stage) == {}
    return stage


def test_an_approved_file_is_sent_as_it_was_sealed(sealed: Stage) -> None:
    file_id, (file,) = waiting(sealed), all_files(sealed)
    approve(sealed, file_id, sha256=bytes.fromhex(file["sha256"]))
    assert set(states(sealed).values()) == {"sealed"}
    report = send_files(sealed.desk)
    assert report.sent == [file["id"]]
    assert list(at_the_bank(sealed)) == [file["name"]]
    assert set(states(sealed).values()) == {"submitted"}
    (after,) = all_files(sealed)
    assert after["sha256"] == file["sha256"]
    decided_at = sealed.clock.now.astimezone(UTC).isoformat()
    assert after["approvals"] == [
        {"checker": "user:maria", "decision": "approved", "reason": None, "decided_at": decided_at}
    ]
    assert verify_file(sealed.desk, file_id) == []
    assert broken(sealed) == []


def test_the_next_run_of_the_night_sends_what_was_approved_meanwhile(sealed: Stage) -> None:
    approve(sealed, waiting(sealed))
    report = night(sealed, MONDAY, time(19, 0))
    assert (len(report.sent), report.sealed, report.exit_code) == (1, [], ExitCode.DONE)


def test_a_file_that_waits_is_told_again_and_not_sealed_again(sealed: Stage) -> None:
    report = night(sealed, MONDAY, time(19, 0))
    assert (report.did, report.exit_code, len(report.needs_approval)) == ("nothing", ExitCode.NEEDS_APPROVAL, 1)
    assert len(all_files(sealed)) == 1


def test_who_made_a_file_may_not_approve_or_refuse_it(sealed: Stage) -> None:
    book = fingerprint(sealed)
    with pytest.raises(MakerIsChecker):
        approve(sealed, waiting(sealed), actor="system:night")
    with pytest.raises(MakerIsChecker), sealed.desk.action() as ctx:
        refuse_file(ctx, waiting(sealed), reason="mine")
    assert fingerprint(sealed) == book


def test_an_approval_of_other_bytes_is_refused(sealed: Stage) -> None:
    book = fingerprint(sealed)
    with pytest.raises(WrongState, match="other bytes"):
        approve(sealed, waiting(sealed), sha256=bytes(32))
    assert fingerprint(sealed) == book


def test_a_file_is_approved_once_and_only_while_it_is_sealed(sealed: Stage) -> None:
    file_id = waiting(sealed)
    approve(sealed, file_id)
    with pytest.raises(WrongState, match="only a sealed file"):
        approve(sealed, file_id, actor="user:other")
    with pytest.raises(NoSuch):
        approve(sealed, 12)


def test_a_refused_file_is_voided_and_its_orders_wait_again(sealed: Stage) -> None:
    with sealed.desk.as_actor("user:maria").action() as ctx:
        refuse_file(ctx, waiting(sealed), reason="an amount looks wrong")
    assert set(states(sealed).values()) == {"open"}
    assert order(sealed, "b000")["presentations"] == 0
    report = night(sealed, MONDAY, time(19, 0))
    assert [file["state"] for file in all_files(sealed)] == ["voided", "sealed"]
    assert report.exit_code == ExitCode.NEEDS_APPROVAL
    assert broken(sealed) == []


def test_a_sent_file_is_never_voided(sealed: Stage) -> None:
    file_id = waiting(sealed)
    approve(sealed, file_id)
    send_files(sealed.desk)
    with pytest.raises(WrongState, match="a byte of it may have left"), sealed.desk.action() as ctx:
        void_file(ctx, file_id, reason="too late")


def test_a_file_whose_date_is_out_of_reach_is_voided_and_built_again(sealed: Stage) -> None:
    at(sealed, TUESDAY)
    approve(sealed, waiting(sealed))
    report = night(sealed, TUESDAY)
    old, new = all_files(sealed)
    assert (old["state"], new["state"], new["effective_on"]) == ("voided", "sealed", WEDNESDAY.isoformat())
    assert "cut-off" in old["void_reason"]
    assert report.voided == [old["id"]]
    assert at_the_bank(sealed) == {}
    approve(sealed, waiting(sealed))
    assert send_files(sealed.desk).sent == [new["id"]]
    assert set(states(sealed).values()) == {"submitted"}
    assert broken(sealed) == []


def test_the_cut_off_itself_is_too_late(sealed: Stage) -> None:
    approve(sealed, waiting(sealed))
    at(sealed, MONDAY, time(19, 59, 59))
    at(sealed, MONDAY, time(20, 0))
    assert len(send_files(sealed.desk).voided) == 1


def _hold(stage: Stage, ctx: Context) -> None:
    hold_order(ctx, order_key(stage, "b001"), reason="wait")


def _revoke(stage: Stage, ctx: Context) -> None:
    found = ctx.session.execute(
        select(Order.authorization_id).where(Order.id == order_key(stage, "b001")),
    ).scalar_one()
    revoke_authorization(ctx, found, reason="the buyer called")


def _block(stage: Stage, ctx: Context) -> None:
    found = ctx.session.execute(select(Account.id).where(Account.external_id == "b001")).scalar_one()
    block_accounts(ctx, stage.desk.originator_id(), [found], because=["R02"])


CHANGES = {"held": _hold, "authorization-revoked": _revoke, "account-blocked": _block}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_changes_between_seal_and_send_is_never_sent(sealed: Stage, reason: str) -> None:
    approve(sealed, waiting(sealed))
    with sealed.desk.as_actor("user:maria").action() as ctx:
        CHANGES[reason](sealed, ctx)
    report = night(sealed, MONDAY, time(19, 0))
    old, new = all_files(sealed)
    assert (old["state"], new["state"]) == ("voided", "sealed")
    assert (new["entries"], new["debit_cents"]) == (2, 500)
    assert report.refused == {reason: 1}
    assert at_the_bank(sealed) == {}
    assert states(sealed) == {"b000": "sealed", "b001": "open", "b002": "sealed"}
    assert order(sealed, "b001")["reason"] == reason
    assert broken(sealed) == []


def test_an_order_in_a_file_is_canceled_only_after_its_file_is_voided(sealed: Stage) -> None:
    with pytest.raises(WrongState, match="Void the file"), sealed.desk.action() as ctx:
        cancel_order(ctx, order_key(sealed, "b001"), reason="changed mind")
    with sealed.desk.action() as ctx:
        void_file(ctx, waiting(sealed), reason="an order is to be canceled")
        cancel_order(ctx, order_key(sealed, "b001"), reason="changed mind")
    night(sealed, MONDAY, time(19, 0))
    assert states(sealed) == {"b000": "sealed", "b001": "canceled", "b002": "sealed"}
    assert all_files(sealed)[-1]["entries"] == 2


def test_a_merchant_stopped_between_seal_and_send_stops_the_file(sealed: Stage) -> None:
    approve(sealed, waiting(sealed))
    with sealed.desk.action() as ctx:
        ctx.session.execute(select(Merchant)).scalar_one().state = "suspended"
    assert len(night(sealed, MONDAY, time(19, 0)).voided) == 1
    assert at_the_bank(sealed) == {}
    assert set(states(sealed).values()) == {"open"}


def test_an_order_that_changes_between_plan_and_seal_is_left_out(tmp_path: Path) -> None:
    def meddle(step: str, **_: object) -> None:
        if step == "page" and not seen:
            seen.append(step)
            with stage.desk.as_actor("user:maria").action() as ctx:
                hold_order(ctx, order_key(stage, "b000"), reason="wait")

    seen: list[str] = []
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)], tell=meddle)
    report = night(stage, MONDAY)
    assert seen == ["page"]
    assert (report.sealed_orders, report.sealed_cents) == (1, 200)
    assert states(stage) == {"b000": "open", "b001": "submitted"}
    assert len(all_files(stage)) == 1
    assert broken(stage) == []


@pytest.mark.parametrize("reason", ["authorization-revoked", "account-blocked"])
def test_a_revocation_or_block_between_plan_and_seal_is_seen(tmp_path: Path, reason: str) -> None:
    def meddle(step: str, **_: object) -> None:
        if step == "page" and not seen:
            seen.append(step)
            with stage.desk.as_actor("user:maria").action() as ctx:
                CHANGES[reason](stage, ctx)

    seen: list[str] = []
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)], tell=meddle)
    report = night(stage, MONDAY)
    assert (report.sealed_cents, report.refused) == (100, {reason: 1})
    assert states(stage) == {"b000": "submitted", "b001": "open"}


def test_a_night_that_never_gets_its_claim_gives_up_with_nothing_kept(tmp_path: Path) -> None:
    def meddle(step: str, **_: object) -> None:
        if step == "page":
            with stage.desk.as_actor("user:maria").action() as ctx:
                ctx.session.execute(select(Account)).scalar_one().version += 1

    stage = staged(tmp_path, [Sale()], tell=meddle)
    with pytest.raises(LostClaim):
        night(stage, MONDAY)
    assert all_files(stage) == []
    assert states(stage) == {"b000": "open"}


Swap = Callable[[Written], Written]


def _with(written: Written, data: bytes) -> Written:
    return type(written)(**{name: getattr(written, name) for name in written.__dataclass_fields__} | {"data": data})


def _other_amount(written: Written) -> Written:
    lines = written.data.decode().split("\n")
    row = next(index for index, line in enumerate(lines) if line.startswith("6"))
    lines[row] = f"{lines[row][:29]}{int(lines[row][29:39]) + 1:010d}{lines[row][39:]}"
    return _with(written, "\n".join(lines).encode())


def _two_names_swapped(written: Written) -> Written:
    return _with(
        written, written.data.replace(b"B 000", b"B 00?").replace(b"B 001", b"B 000").replace(b"B 00?", b"B 001")
    )


def _other_description(written: Written) -> Written:
    return _with(written, written.data.replace(b"ORDERS", b"OTHERS"))


SWAPS: dict[str, Swap] = {
    "an amount": _other_amount, "two names": _two_names_swapped, "a description": _other_description,
}  # fmt: skip


@pytest.mark.parametrize("swap", SWAPS)
def test_one_field_written_otherwise_than_meant_stops_the_seal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: str
) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)])
    monkeypatch.setattr(building, "write", lambda *args, **kwargs: SWAPS[swap](write(*args, **kwargs)))
    with pytest.raises(SecondReaderDisagrees) as stopped:
        night(stage, MONDAY)
    assert stopped.value.exit_code == ExitCode.BROKEN_INVARIANT
    assert all_files(stage) == []
    assert at_the_bank(stage) == {}
    assert set(states(stage).values()) == {"open"}
    with stage.desk.view() as ctx:
        for table in (Entry, FileChunk, NumberAllocation):
            assert ctx.session.execute(select(table)).first() is None
    monkeypatch.undo()
    assert night(stage, MONDAY).sealed_orders == 2


def test_the_second_reader_alone_sees_what_our_own_reader_would_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)])
    monkeypatch.setattr(building, "write", lambda *args, **kwargs: _other_description(write(*args, **kwargs)))
    monkeypatch.setattr(building, "_read_back", lambda *_: None)
    with pytest.raises(SecondReaderDisagrees, match="entry_desc in the header of batch 1"):
        night(stage, MONDAY)


def test_the_second_reader_reads_up_to_its_size_and_the_file_says_so(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()] * 2, profile=changed_terms(second_reader_up_to=1))
    night(stage, MONDAY)
    assert [file["second_reader"] for file in all_files(stage)] == ["not_read"]


def test_a_bank_that_does_not_take_the_file_gets_it_with_the_next_run(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    stage.outbound.rmdir()
    report = night(stage, MONDAY)
    assert (report.exit_code, len(report.waiting), report.sent) == (ExitCode.REFUSED_BY_BANK, 1, [])
    assert states(stage) == {"b000": "sealed"}
    stage.outbound.mkdir()
    report = night(stage, MONDAY, time(18, 30))
    assert (report.exit_code, len(report.sent), report.sealed) == (ExitCode.DONE, 1, [])
    assert states(stage) == {"b000": "submitted"}


class Died(BaseException):
    """The process ends here."""


def test_a_file_that_cannot_be_found_after_a_death_is_in_doubt_and_never_sent_again(tmp_path: Path) -> None:
    def die(step: str, **_: object) -> None:
        if step == "intent":
            raise Died

    stage = staged(tmp_path, [Sale()], tell=die)
    with pytest.raises(Died):
        night(stage, MONDAY)
    (left,) = stage.outbound.iterdir()
    left.unlink()
    report = night(stage, MONDAY, time(18, 30))
    assert (report.exit_code, len(report.in_doubt)) == (ExitCode.IN_DOUBT, 1)
    assert at_the_bank(stage) == {}
    assert states(stage) == {"b000": "sealed"}
    assert night(stage, TUESDAY).exit_code == ExitCode.IN_DOUBT
    assert len(all_files(stage)) == 1


def test_a_book_older_than_what_its_host_remembers_refuses_to_seal(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(due=WEDNESDAY)])
    earlier = {path: path.read_bytes() for path in tmp_path.glob("book.sqlite*") if path.is_file()}
    night(stage, MONDAY)
    for path in tmp_path.glob("book.sqlite*"):
        path.unlink()
    for path, content in earlier.items():
        path.write_bytes(content)
    with pytest.raises(BookRestored):
        night(stage, TUESDAY)
    with pytest.raises(BookRestored):
        night(stage, TUESDAY)
    assert all_files(stage) == []
