"""Approving a file, bound to the hash of its bytes, or voiding it while no byte has left."""

from datetime import date

from sqlalchemy import case, select, true, update

from ingather.actions.authorizations.states import free_authorizations
from ingather.actions.context import Context
from ingather.actions.follow_ups.sent import hold_follow_ups, put_back_follow_ups
from ingather.actions.payouts.sealing import hold_payouts, put_back_payouts
from ingather.actions.validating.sealing import put_back_checks
from ingather.base.ids import Prefix, public_id
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import NOT_SENT, FileState
from ingather.domain.orders import OrderState
from ingather.domain.refusals import BookRestored, MakerIsChecker, NoSuch, WrongState
from ingather.store import events
from ingather.store.entries import of_file
from ingather.store.tables import Approval, Book, Entry, File, Order


def locked_file(ctx: Context, file_id: int) -> File:
    """Return a file for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(File).where(File.id == file_id).with_for_update())
    if row is None:
        fact = f"there is no file {public_id(Prefix.FILE, file_id)}"
        raise NoSuch(fact)
    return row


def approve_file(ctx: Context, file_id: int, *, sha256: bytes | None = None, reason: str | None = None) -> None:
    """Approve a sealed file; ``sha256`` is the hash of what the approver read, where they say it, ``reason`` why.

    Raises ``MakerIsChecker`` when the file's maker approves it and ``WrongState`` when it is not sealed or its bytes
    are other ones.
    """
    row = locked_file(ctx, file_id)
    name = public_id(Prefix.FILE, file_id)
    if row.state != FileState.SEALED:
        fact = f"file {name} is {row.state}; only a sealed file is approved"
        raise WrongState(fact)
    if sha256 is not None and sha256 != row.sha256:
        fact = f"file {name} has other bytes than those that were read"
        raise WrongState(fact, "Read the file again, then approve it")
    _decide(ctx, row, "approved", reason=reason)
    row.state = FileState.APPROVED
    ctx.fact(
        FactKind.APPROVED, scope=Scope.FILE, subject=file_id, originator=row.originator_id,
        once=_once(ctx, FactKind.APPROVED, file_id),
    )  # fmt: skip
    ctx.audit("approve_file", name, sha256=row.sha256.hex(), **({"reason": reason} if reason else {}))


_ON_ITS_WAY = (FactKind.SENDING, FactKind.IN_DOUBT)


def withdraw_approval(ctx: Context, file_id: int, *, reason: str) -> None:
    """Take the approval of a file back while no byte of it has left: it waits for one again, and no policy gives it.

    The decision stays on record and counts no more. Raises ``NoSuch``, and ``WrongState`` for a file that is not
    approved, or was on its way.
    """
    row = locked_file(ctx, file_id)
    name = public_id(Prefix.FILE, file_id)
    if row.state != FileState.APPROVED:
        fact = f"file {name} is {row.state}; only an approval of a file that has not left is taken back"
        raise WrongState(fact, "What was sent is refunded or reversed" if row.state not in NOT_SENT else "")
    if any(events.count(ctx.session, kind, scope=Scope.FILE, subject=file_id) for kind in _ON_ITS_WAY):
        fact = f"file {name} was on its way once, and the bank may have it after all"
        raise WrongState(fact, "Hold its orders, or void it: what the bank says of it then still counts")
    row.state = FileState.SEALED
    ctx.fact(
        FactKind.WITHDRAWN, scope=Scope.FILE, subject=file_id, originator=row.originator_id,
        once=_once(ctx, FactKind.WITHDRAWN, file_id), reason=reason,
    )  # fmt: skip
    ctx.audit("withdraw_approval", name, sha256=row.sha256.hex(), reason=reason)


def _once(ctx: Context, kind: FactKind, file_id: int) -> str:
    """Return what tells a file's approvals apart, and their ends: empty the first time, then how many were before."""
    before = events.count(ctx.session, kind, scope=Scope.FILE, subject=file_id)
    return str(before) if before else ""


def refuse_file(ctx: Context, file_id: int, *, reason: str) -> None:
    """Refuse a sealed file: it is voided and its orders wait again; raises as ``void_file`` does."""
    _refuse_if_restored(ctx)
    row = locked_file(ctx, file_id)
    if row.state != FileState.SEALED:
        fact = f"file {public_id(Prefix.FILE, file_id)} is {row.state}; only a sealed file is refused"
        raise WrongState(fact)
    _decide(ctx, row, "refused", reason=reason)
    void_file(ctx, file_id, reason=reason)


def _decide(ctx: Context, row: File, decision: str, *, reason: str | None) -> None:
    if ctx.actor == row.maker:
        raise MakerIsChecker
    mine = (Approval.file_id == row.id, Approval.sha256 == row.sha256, Approval.checker == ctx.actor)
    before = ctx.session.scalar(select(Approval).where(*mine))
    if before is not None:
        # Their earlier approval was taken back: facts and audit tell of it, and this is their word now.
        before.decision, before.reason, before.decided_at = decision, reason, ctx.now
        return
    ctx.session.add(
        Approval(
            id=ctx.ids.one(),
            file_id=row.id,
            sha256=row.sha256,
            maker=row.maker,
            checker=ctx.actor,
            decision=decision,
            reason=reason,
            decided_at=ctx.now,
        ),
    )


def void_file(ctx: Context, file_id: int, *, reason: str) -> None:
    """Void a file of which no byte has left: its entries end, its orders wait for their date again.

    Raises ``WrongState`` for any file that may have left; ``BookRestored`` in a restored book, where any file may have.
    """
    _refuse_if_restored(ctx)
    void_unguarded(ctx, file_id, reason=reason)


def _refuse_if_restored(ctx: Context) -> None:
    if ctx.session.execute(select(Book.state)).scalar_one() == "restored":
        raise BookRestored


def void_unguarded(ctx: Context, file_id: int, *, reason: str) -> None:
    """Void a file as ``void_file`` does, in a restored book too: the comparison knows whether it has left."""
    row = locked_file(ctx, file_id)
    if row.state not in NOT_SENT:
        fact = f"file {public_id(Prefix.FILE, file_id)} is {row.state}: a byte of it may have left"
        raise WrongState(fact, "What was sent is refunded or reversed, never voided")
    row.state = FileState.VOIDED
    row.void_reason = reason
    ctx.session.flush()
    put_back(ctx, row, end=EntryEnd.VOIDED, reason=None, again_on=row.effective_on)
    ctx.fact(FactKind.VOIDED, scope=Scope.FILE, subject=file_id, originator=row.originator_id, reason=reason)
    ctx.audit("void_file", public_id(Prefix.FILE, file_id), reason=reason)


def put_back(
    ctx: Context,
    file: File,
    *,
    end: EntryEnd,
    reason: str | None,
    again_on: date,
    batch_ids: list[int] | None = None,
    entry_ids: list[int] | None = None,
) -> None:
    """End entries that never reached a buyer and let their orders and checks wait again, for the same presentation.

    ``batch_ids`` and ``entry_ids`` narrow the file down; the order keeps the later of its due date and ``again_on``.
    Follow-ups are wanted again.
    """
    chosen = [*of_file(file), Entry.ended.is_(None)]
    if batch_ids is not None:
        chosen.append(Entry.batch_id.in_(batch_ids))
    if entry_ids is not None:
        chosen.append(Entry.id.in_(entry_ids))
    free_authorizations(ctx, file, chosen)
    ctx.session.execute(
        update(Order)
        .where(*chosen, Entry.presentation.is_not(None), Order.id == Entry.order_id)
        .values(
            state=case((Entry.presentation > 1, OrderState.RETURNED), else_=OrderState.OPEN),
            presentations=Entry.presentation - 1,
            collect_on=case((Order.due_on > again_on, Order.due_on), else_=again_on),
            reason=reason,
            # What was to be the one corrected debit still is.
            corrected=case((Entry.kind == EntryKind.CORRECTED, true()), else_=Order.corrected),
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False),
    )
    put_back_checks(ctx, chosen, refused_singly=entry_ids is not None)
    put_back_follow_ups(ctx, file, chosen, end=end, refused_singly=entry_ids is not None)
    put_back_payouts(ctx, file, chosen, refused_singly=entry_ids is not None)
    ctx.session.execute(update(Entry).where(*chosen).values(ended=end).execution_options(synchronize_session=False))


def hold_put_back(ctx: Context, file: File, *, reason: str, batch_ids: list[int] | None = None) -> None:
    """Hold the orders of entries that were put back, because the bank says now that it has them after all.

    What is sealed again and not sent yet will not be sent. A person asks the bank, then lets the orders go or cancels
    them. What is held already stays as it is.
    """
    chosen = [*of_file(file), Entry.ended.in_([EntryEnd.REJECTED, EntryEnd.VOIDED])]
    if batch_ids is not None:
        chosen.append(Entry.batch_id.in_(batch_ids))
    hold_follow_ups(ctx, file, chosen, reason=reason)
    hold_payouts(ctx, file, chosen, reason=reason)
    waiting = [OrderState.OPEN, OrderState.RETURNED, OrderState.SEALED]
    held = ctx.session.execute(
        update(Order)
        .where(
            *chosen,
            Entry.presentation.is_not(None),
            Order.id == Entry.order_id,
            Order.state.in_(waiting),
            Order.held.is_(False),
        )
        .values(held=True, version=Order.version + 1)
        .execution_options(synchronize_session=False),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if held:
        before = events.count(ctx.session, FactKind.HELD, scope=Scope.FILE, subject=file.id)
        ctx.fact(
            FactKind.HELD, scope=Scope.FILE, subject=file.id, originator=file.originator_id, once=str(before),
            reason=reason, orders=held,
            # What was held is told again later from the file's entries: those of these batches, or of all.
            batches=[public_id(Prefix.BATCH, key) for key in batch_ids or ()],
        )  # fmt: skip
        ctx.audit("hold_put_back", public_id(Prefix.FILE, file.id), reason=reason, orders=held)
