"""A file of payouts: each is claimed by version for its credit, sent with its file, and put back with it.

A payout has one live credit at most: the claim leaves the approved state, and the key of its entry is unique.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.sealing import NewFile, keep_file, note_sealed, refuse_if_restored
from ingather.actions.payouts.terms import in_file, unfit_payouts
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import NOT_SENT
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import LostClaim
from ingather.store import events
from ingather.store.entries import of_file
from ingather.store.tables import Batch, Entry, Fact, File, MerchantAccount, Payout

_ON_THE_WAY = (PayoutState.SEALED, PayoutState.SENT)
_GONE = (PayoutState.SENT, PayoutState.SETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayouts:
    """The payouts of a file in the order of its entries: keys, versions as they were read, and accounts."""

    payout_id: Sequence[int]
    version: Sequence[int]
    account_id: Sequence[int]


def seal_payout_file(ctx: Context, new: NewFile, payouts: NewPayouts) -> int:
    """Seal a file of payouts and return its key; raises ``LostClaim`` when anything it rests on changed meanwhile.

    Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    try:
        row = keep_file(ctx, new)
        _claim(ctx, row, payouts)
    except IntegrityError as refusal:
        raise LostClaim from refusal
    if unfit_payouts(ctx, row):
        raise LostClaim
    note_sealed(ctx, row)
    return row.id


def _claim(ctx: Context, row: File, payouts: NewPayouts) -> None:
    entries = ctx.session.execute(select(Entry.id, Entry.batch_id).where(*of_file(row)).order_by(Entry.id)).all()
    table = cast("Table", Payout.__table__)
    ctx.session.connection().execute(
        update(table)
        .where(
            Payout.id == bindparam("payout"), Payout.version == bindparam("seen"), Payout.state == PayoutState.APPROVED
        )
        .values(
            state=PayoutState.SEALED,
            entry_id=bindparam("entry"),
            batch_id=bindparam("batch"),
            merchant_account_id=bindparam("account"),
            file_id=row.id,
            version=Payout.version + 1,
        ),
        [
            {"payout": key, "seen": seen, "entry": entry.id, "batch": entry.batch_id, "account": account}
            for key, seen, account, entry in zip(
                payouts.payout_id, payouts.version, payouts.account_id, entries, strict=True
            )
        ],
    )
    fitting = ctx.session.execute(
        select(func.count())
        .select_from(Payout)
        .join(Entry, and_(Entry.id == Payout.entry_id, Entry.amount_cents == Payout.amount_minor))
        .join(Batch, and_(Batch.id == Entry.batch_id, Batch.merchant_id == Payout.merchant_id))
        .join(MerchantAccount, MerchantAccount.id == Payout.merchant_account_id)
        .where(in_file(row), Payout.state == PayoutState.SEALED),
    ).scalar_one()
    if fitting != row.entries:
        raise LostClaim
    _note_many(
        ctx, FactKind.SEALED, row, [*payouts.payout_id], once=[str(seen + 1) for seen in payouts.version],
    )  # fmt: skip


def note_payouts_sent(ctx: Context, file: File) -> None:
    """Note that the payouts in a file are at the bank."""
    if not file.credit_cents:
        return
    ctx.session.execute(
        update(Payout)
        .where(in_file(file), Payout.state == PayoutState.SEALED)
        .values(state=PayoutState.SENT, sent_on=ctx.today, version=Payout.version + 1)
        .execution_options(synchronize_session="fetch"),
    )


def put_back_payouts(ctx: Context, file: File, chosen: Sequence[ColumnElement[bool]], *, refused_singly: bool) -> None:
    """Let the payouts of credits that never reached a merchant's bank go out again, by the next night.

    ``chosen`` are conditions on entries of the file that have not ended yet. What our bank refuses by itself would be
    refused again: it is due anew, and somebody looks at it before approving it.
    """
    if not file.credit_cents:
        return
    again = {"state": PayoutState.DUE, "approved_by": None} if refused_singly else {"state": PayoutState.APPROVED}
    ctx.session.execute(
        update(Payout)
        .where(
            Payout.entry_id.in_(select(Entry.id).where(*chosen)),
            Payout.file_id == file.id,
            Payout.method == PayoutMethod.ACH,
            Payout.state.in_(_ON_THE_WAY),
        )
        .values(sent_on=None, version=Payout.version + 1, **again)
        .execution_options(synchronize_session="fetch"),
    )


def hold_payouts(ctx: Context, file: File, chosen: Sequence[ColumnElement[bool]], *, reason: str) -> int:
    """Have payouts approved anew whose credits were put back, because the bank says now that it has them after all.

    ``chosen`` are conditions on those entries. A payout sealed again in a file that has not left will not be sent; one
    in a file that may have left, or on a sheet, stays there, and a case tells of it: its merchant may be paid twice.
    Whoever has asked the bank approves it, or calls it off. Returns how many are held.
    """
    if not file.credit_cents:
        return 0
    back = (
        select(Entry.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            *chosen, Entry.kind == EntryKind.PAYOUT, Batch.merchant_id == Payout.merchant_id,
            Entry.amount_cents == Payout.amount_minor,
        )
        .exists()
    )  # fmt: skip
    waits = select(File.id).where(File.state.in_(sorted(NOT_SENT)))
    _tell_of_those_gone(ctx, file, back)
    again = and_(Payout.state == PayoutState.SEALED, Payout.method == PayoutMethod.ACH, Payout.file_id.in_(waits))
    may_be = select(Payout.id).where(
        Payout.originator_id == file.originator_id, back, or_(Payout.state == PayoutState.APPROVED, again)
    )
    held: int = ctx.session.execute(
        update(Payout)
        .where(Payout.id.in_(_once_in(ctx, file, ctx.session.scalars(may_be).all())))
        .values(state=PayoutState.DUE, approved_by=None, version=Payout.version + 1)
        .execution_options(synchronize_session="fetch"),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if held:
        ctx.audit("hold_payouts", public_id(Prefix.FILE, file.id), reason=reason, payouts=held)
    return held


def _tell_of_those_gone(ctx: Context, file: File, back: ColumnElement[bool]) -> None:
    """Open the case of payouts that left another way since, or may have, while the bank has their credits after all."""
    elsewhere = select(File.id).where(File.id != file.id, File.state.not_in(sorted(NOT_SENT)))
    gone = or_(Payout.state.in_(_GONE), and_(Payout.state == PayoutState.SEALED, Payout.sheet.is_not(None)))
    on_its_way = and_(Payout.state == PayoutState.SEALED, Payout.file_id.in_(elsewhere))
    other = or_(Payout.file_id.is_(None), Payout.file_id != file.id)
    found = select(Payout.id).where(
        Payout.originator_id == file.originator_id, back, other, or_(gone, on_its_way)
    )  # fmt: skip
    keys = _once_in(ctx, file, ctx.session.scalars(found).all())
    if not keys:
        return
    minor = ctx.session.execute(select(func.sum(Payout.amount_minor)).where(Payout.id.in_(keys))).scalar_one()
    name = public_id(Prefix.FILE, file.id)
    open_case(
        ctx,
        CaseKind.ACKNOWLEDGEMENT_DIFFERS,
        originator_id=file.originator_id,
        once=f"{file.id}|paid twice",
        subject=name,
        sentence=f"The bank says that it has file {name} after all. {len(keys)} payout(s) of it over "
        f"{format_minor(int(minor))} USD went out again since, the first one {public_id(Prefix.PAYOUT, keys[0])}: "
        "their merchants may be paid twice. Ask the bank to stop one of the two.",
        owner="operator",
    )


def _once_in(ctx: Context, file: File, payout_ids: Sequence[int]) -> list[int]:
    """Return which of some payouts were ever sealed in a file: another of the same merchant and amount was not."""
    sealed = select(Fact.subject_id, Fact.detail).where(
        Fact.scope == Scope.PAYOUT, Fact.subject_id.in_(payout_ids), Fact.kind == FactKind.SEALED
    )
    name = public_id(Prefix.FILE, file.id)
    return sorted({row.subject_id for row in ctx.session.execute(sealed) if row.detail.get("file") == name})


def _note_many(ctx: Context, kind: FactKind, file: File, ids: Sequence[int], *, once: Sequence[str]) -> None:
    events.add_many(
        ctx.session, kind, scope=Scope.PAYOUT, subjects=ids, originator=file.originator_id, on=[ctx.today] * len(ids),
        at=ctx.now, actor=ctx.actor, once=once, detail=[{"file": public_id(Prefix.FILE, file.id)}] * len(ids),
    )  # fmt: skip
