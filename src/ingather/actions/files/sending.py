"""What is recorded around the sending of a file: intent before the first byte counts, outcome only on evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update

from ingather.actions.cases import close_found, open_case
from ingather.actions.context import Context
from ingather.actions.files.approval import locked_file
from ingather.actions.files.blocked import blocked_orders
from ingather.actions.files.sealing import refuse_if_restored
from ingather.actions.follow_ups.sent import note_follow_ups_sent, unfit_follow_ups
from ingather.actions.ledger import post
from ingather.actions.payouts.sealing import note_payouts_sent
from ingather.actions.payouts.terms import unfit_payouts
from ingather.actions.validating.sealing import blocked_checks
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.domain.refusals import MakerIsChecker, Refusal, WrongState
from ingather.nacha.descriptions import MICRO_ENTRY
from ingather.rules.effective import Window, cutoff_for, reachable
from ingather.store import events
from ingather.store.approvals import NOT_TAKEN_BACK
from ingather.store.entries import of_file
from ingather.store.tables import Approval, Batch, Entry, Fact, File, Order

NOT_PROVEN = frozenset({FileState.APPROVED, FileState.SENDING, FileState.IN_DOUBT})
"""The states of files that may be at the bank without our knowing, one sent again on a person's word among them."""
ON_ITS_WAY = exists().where(
    Fact.scope == Scope.FILE, Fact.subject_id == File.id, Fact.kind.in_([FactKind.SENDING, FactKind.IN_DOUBT])
)
"""Whether a file was on its way once, whatever was said of it since."""
_MAY_BE_THERE = or_(File.state.in_(NOT_PROVEN), and_(File.state == FileState.SEALED, ON_ITS_WAY))


class MustRebuild(Refusal):
    """A file may not be sent as it is: its date is out of reach, or an order in it may not be debited any more."""

    way_out = "It is voided, and its other orders are sealed again without what changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable:
    """What the sender needs to know of a file."""

    file_id: int
    name: str
    sha256: bytes
    size: int
    entries: int
    debit_cents: int


def note_sending(ctx: Context, file_id: int, *, window: Window) -> None:
    """Make the last checks and record the intent to publish; committed, it stands before the rename.

    Raises ``MustRebuild`` when the effective date is out of reach or an order changed, ``WrongState`` without an
    approval of exactly these bytes.
    """
    refuse_if_restored(ctx)
    row = locked_file(ctx, file_id)
    name = public_id(Prefix.FILE, file_id)
    approved = _is_approved(ctx, row)
    if row.state != FileState.APPROVED or not approved:
        fact = f"file {name} is {row.state} and has {'an' if approved else 'no'} approval of these bytes"
        raise WrongState(fact, "Approve it with: ingather file approve")
    if not reachable(row.effective_on, ctx.now, window, same_day=settles_same_day(row)):
        fact = (
            f"file {name} asks for settlement on {row.effective_on}, which a file handed over now does not reach "
            f"(cut-off {_local(cutoff_for(row.effective_on, window, same_day=settles_same_day(row)))})"
        )
        raise MustRebuild(fact)
    if unfit := blocked_checks(ctx, row):
        fact = f"{unfit} entries in file {name} check accounts that were blocked or let be since it was sealed"
        raise MustRebuild(fact)
    if changed := blocked_orders(ctx, row):
        fact = f"{changed} order(s) in file {name} were canceled, held, blocked or revoked since it was sealed"
        raise MustRebuild(fact)
    if unfit := unfit_follow_ups(ctx, row):
        fact = f"{unfit} entries in file {name} follow debits that allow it no more, or go to accounts that are stopped"
        raise MustRebuild(fact)
    if unfit := unfit_payouts(ctx, row):
        fact = f"{unfit} payouts in file {name} go to merchants or accounts that are stopped"
        raise MustRebuild(fact)
    row.state = FileState.SENDING
    ctx.fact(
        FactKind.SENDING, scope=Scope.FILE, subject=file_id, originator=row.originator_id,
        once=_once(ctx, FactKind.SENDING, file_id),
    )  # fmt: skip
    ctx.audit("note_sending", name, sha256=row.sha256.hex())


def _is_approved(ctx: Context, row: File) -> bool:
    statement = select(Approval.id).where(
        Approval.file_id == row.id, Approval.sha256 == row.sha256, Approval.decision == "approved", NOT_TAKEN_BACK
    )
    return ctx.session.execute(statement).first() is not None


def settles_same_day(row: File) -> bool:
    """Return whether a file asks to settle on the day it was made, which only a same-day file does."""
    return row.effective_on == row.created_on


def _once(ctx: Context, kind: FactKind, file_id: int) -> str:
    """Return what tells a file's intents apart, and its doubts: empty the first time, then how many were before."""
    before = events.count(ctx.session, kind, scope=Scope.FILE, subject=file_id)
    return str(before) if before else ""


def _doubt(name: str, once: str) -> str:
    return f"{name}|{once}" if once else name


def _local(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M %Z")


def may_be_there(ctx: Context, row: File) -> bool:
    """Return whether the bank may have a file without our knowing; one that waits anew may, if it was on its way."""
    if row.state in NOT_PROVEN:
        return True
    asked = select(File.id).where(File.id == row.id, ON_ITS_WAY)
    return row.state == FileState.SEALED and ctx.session.scalar(asked) is not None


def note_transmitted(ctx: Context, file_id: int, *, evidence: str) -> None:
    """Record that the file's bytes are proven at the bank; saying it twice changes nothing.

    The proof outweighs a person's word that nothing came: a file that was to be sent again is not.
    """
    row = locked_file(ctx, file_id)
    if not may_be_there(ctx, row):
        return
    if row.state == FileState.IN_DOUBT:
        _close_doubts(ctx, file_id, outcome=f"delivered: {evidence}")
    row.state = FileState.TRANSMITTED
    row.transmitted_at = ctx.now
    ctx.session.flush()
    ctx.session.execute(
        update(Order)
        .where(
            *of_file(row),
            Entry.presentation.is_not(None),
            Order.id == Entry.order_id,
            Order.state == OrderState.SEALED,
        )
        .values(state=OrderState.SUBMITTED, version=Order.version + 1)
        .execution_options(synchronize_session=False),
    )
    post(
        ctx,
        JournalKind.SUBMITTED,
        originator_id=row.originator_id,
        source_id=file_id,
        on=ctx.today,
        amounts=_by_batch(ctx, file_id),
    )
    note_follow_ups_sent(ctx, row)
    note_payouts_sent(ctx, row)
    ctx.fact(
        FactKind.TRANSMITTED, scope=Scope.FILE, subject=file_id, originator=row.originator_id, evidence=evidence,
    )  # fmt: skip
    ctx.audit("note_transmitted", public_id(Prefix.FILE, file_id), sha256=row.sha256.hex(), evidence=evidence)


def _by_batch(ctx: Context, file_id: int) -> dict[tuple[int, int], int]:
    batches = ctx.session.scalars(select(Batch).where(Batch.file_id == file_id))
    return {(batch.id, batch.merchant_id): cents_of_orders(batch) for batch in batches}


def cents_of_orders(batch: Batch) -> int:
    """Return what a batch debits for orders: nothing where its entries validate accounts, at the house's cost."""
    return 0 if batch.entry_description == MICRO_ENTRY else batch.debit_cents


def prove_delivery(ctx: Context, file_ids: Sequence[int], *, by: str) -> None:
    """Record that files reached the bank, by what it says of them, whatever our own doubt says."""
    doubted = select(File.id).where(
        File.id.in_(set(file_ids)),
        _MAY_BE_THERE,
    )
    for file_id in list(ctx.session.scalars(doubted)):
        note_transmitted(ctx, file_id, evidence=by)


def note_in_doubt(ctx: Context, file_id: int, *, why: str, laid: bool = False) -> None:
    """Stop at doubt: nobody sends this file again until the bank's word is known.

    Only a file on its way is doubted: what the bank said of it meanwhile stands. One that is ``laid`` and was taken
    from there is on its way although it is approved only.
    """
    row = locked_file(ctx, file_id)
    if row.state != FileState.SENDING and not (laid and row.state == FileState.APPROVED):
        return
    row.state = FileState.IN_DOUBT
    name, once = public_id(Prefix.FILE, file_id), _once(ctx, FactKind.IN_DOUBT, file_id)
    open_case(
        ctx,
        CaseKind.IN_DOUBT,
        originator_id=row.originator_id,
        once=_doubt(name, once),
        subject=name,
        sentence=f"It is not known whether the bank has file {row.name}: {why}. Ask the bank; never send it again "
        f"unasked. Then say what it answered with: ingather file resolve {name}",
        owner="operator",
    )
    ctx.fact(
        FactKind.IN_DOUBT, scope=Scope.FILE, subject=file_id, originator=row.originator_id, once=once, why=why,
    )  # fmt: skip
    ctx.audit("note_in_doubt", name, why=why)


def _close_doubts(ctx: Context, file_id: int, *, outcome: str) -> None:
    name = public_id(Prefix.FILE, file_id)
    doubts = events.count(ctx.session, FactKind.IN_DOUBT, scope=Scope.FILE, subject=file_id)
    for once in ["", *map(str, range(1, doubts))]:
        close_found(ctx, CaseKind.IN_DOUBT, _doubt(name, once), outcome=outcome)


def note_untouched(ctx: Context, file_id: int, *, evidence: str) -> None:
    """Take a file in ``sending`` back to ``approved`` on proof that it never got its final name at the bank."""
    row = locked_file(ctx, file_id)
    if row.state != FileState.SENDING:
        return
    row.state = FileState.APPROVED
    ctx.audit("note_untouched", public_id(Prefix.FILE, file_id), evidence=evidence)


def resolve_doubt(ctx: Context, file_id: int, *, delivered: bool, second: str, word: str) -> None:
    """Record the bank's word about a file in doubt, by two persons: delivered, or to be sent again with the same bytes.

    Raises ``MakerIsChecker`` when both are the same and ``WrongState`` when the file is not in doubt.
    """
    row = locked_file(ctx, file_id)
    name = public_id(Prefix.FILE, file_id)
    if second == ctx.actor:
        raise MakerIsChecker
    if row.state != FileState.IN_DOUBT:
        fact = f"file {name} is {row.state}, not in doubt"
        raise WrongState(fact)
    ctx.audit("resolve_doubt", name, delivered=delivered, second=second, word=word)
    if delivered:
        note_transmitted(ctx, file_id, evidence=f"the bank's word: {word}")
    else:
        _close_doubts(ctx, file_id, outcome=f"not delivered: {word}")
        # Of a restored book nobody may have approved it: it waits for that again.
        row.state = FileState.APPROVED if _is_approved(ctx, row) else FileState.SEALED


def sendable(row: File) -> Sendable:
    """Return what the sender needs to know of a file."""
    return Sendable(
        file_id=row.id,
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        entries=row.entries,
        debit_cents=row.debit_cents,
    )
