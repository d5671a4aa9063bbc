"""Payouts on a sheet: each stands on one sheet, whose name is committed before the sheet can leave."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update

from ingather.actions.cases import close_found, open_case
from ingather.actions.context import Context
from ingather.actions.files.sealing import refuse_if_restored
from ingather.actions.payouts.terms import WantedPayout, unfit_on_sheet, wanted_payouts
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import LostClaim
from ingather.store import allocation, events
from ingather.store.tables import Case, Payout


def next_sheet(ctx: Context, *, stem: str) -> str:
    """Return a name for a sheet of today that no other sheet has or will have."""
    day = ctx.today.strftime("%Y%m%d")
    return f"{stem}-{day}-{allocation.take(ctx.session, f'payouts|{day}', 1)}"


def note_on_sheet(ctx: Context, payouts: Sequence[WantedPayout], *, originator_id: int, name: str) -> None:
    """Put approved payouts on a sheet; raises ``LostClaim`` when one of them or its account changed meanwhile.

    From here on they leave with this sheet or not at all: a credit of theirs in a file that never left is theirs no
    more. Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    now = {row.payout_id: row for row in wanted_payouts(ctx, originator_id, PayoutMethod.SHEET, on=ctx.today)}
    if any(now.get(row.payout_id) != row for row in payouts):
        raise LostClaim
    ctx.session.connection().execute(
        update(cast("Table", Payout.__table__))
        .where(
            Payout.id == bindparam("payout"), Payout.version == bindparam("seen"), Payout.state == PayoutState.APPROVED
        )
        .values(
            state=PayoutState.SEALED,
            sheet=name,
            entry_id=None,
            batch_id=None,
            file_id=None,
            merchant_account_id=bindparam("account"),
            version=Payout.version + 1,
        ),
        [{"payout": row.payout_id, "seen": row.version, "account": row.account_id} for row in payouts],
    )
    claimed = ctx.session.execute(
        select(func.count()).where(Payout.sheet == name, Payout.state == PayoutState.SEALED)
    ).scalar_one()
    if claimed != len(payouts):
        raise LostClaim
    ids = [row.payout_id for row in payouts]
    _note_many(ctx, FactKind.SEALED, originator_id, ids, sheet=name, once=[str(row.version + 1) for row in payouts])
    ctx.audit(
        "seal_payout_sheet", public_id(Prefix.PAYOUT, ids[0]), sheet=name, payouts=len(ids),
        minor=sum(row.amount_minor for row in payouts),
    )  # fmt: skip


def note_sheet_sent(ctx: Context, name: str, *, originator_id: int, evidence: str) -> int:
    """Note that a sheet is where it was to go; returns how many payouts are sent by this. Twice changes nothing."""
    sent = ctx.session.execute(
        update(Payout)
        .where(Payout.originator_id == originator_id, Payout.sheet == name, Payout.state == PayoutState.SEALED)
        .values(state=PayoutState.SENT, sent_on=ctx.today, version=Payout.version + 1)
        .returning(Payout.id, Payout.version)
        .execution_options(synchronize_session=False),
    ).all()
    ids = [row.id for row in sent]
    if ids:
        once = [str(row.version) for row in sent]
        _note_many(ctx, FactKind.TRANSMITTED, originator_id, ids, sheet=name, once=once)
        ctx.audit("note_payout_sheet_sent", public_id(Prefix.PAYOUT, min(ids)), sheet=name, evidence=evidence)
    close_sheet_doubt(ctx, originator_id, name, outcome=evidence)
    return len(ids)


def recheck_sheet(ctx: Context, name: str, *, originator_id: int) -> bool:
    """Take a sheet back when anything on it may not go out any more; returns whether it may still leave as it is.

    The caller knows that it never got its final name.
    """
    unfit = unfit_on_sheet(ctx, originator_id, name)
    if unfit:
        because = f"{unfit} payout(s) on it may not go out any more"
        take_back_sheet(ctx, name, originator_id=originator_id, because=because)
    return not unfit


def take_back_sheet(ctx: Context, name: str, *, originator_id: int, because: str) -> None:
    """Take all payouts off a sheet that never got its final name: approved as before, they go on another one."""
    back = ctx.session.execute(
        update(Payout)
        .where(Payout.originator_id == originator_id, Payout.sheet == name, Payout.state == PayoutState.SEALED)
        .values(state=PayoutState.APPROVED, sheet=None, version=Payout.version + 1)
        .returning(Payout.id, Payout.version)
        .execution_options(synchronize_session="fetch"),
    ).all()
    if not back:
        return
    ids, once = [row.id for row in back], [str(row.version) for row in back]
    _note_many(ctx, FactKind.WITHDRAWN, originator_id, ids, sheet=name, once=once)
    ctx.audit("take_back_payout_sheet", public_id(Prefix.PAYOUT, min(ids)), sheet=name, because=because)


def doubt_sheet(ctx: Context, name: str, *, originator_id: int, why: str) -> None:
    """Stop at doubt: a sheet that may be at the bank is never laid again, and a person asks the bank."""
    first = select(func.min(Payout.id)).where(Payout.originator_id == originator_id, Payout.sheet == name)
    payout = public_id(Prefix.PAYOUT, ctx.session.execute(first).scalar_one())
    open_case(
        ctx,
        CaseKind.IN_DOUBT,
        originator_id=originator_id,
        once=_doubt(name),
        subject=payout,
        sentence=f"It is not known whether the bank has the payouts on sheet {name}: {why}. Ask the bank; then say of "
        "each what it answered with: ingather payout settled, or ingather payout cancel",
    )


def sheet_in_doubt(ctx: Context, originator_id: int, name: str) -> bool:
    """Return whether it was ever doubted that a sheet left; only its own bytes at the bank or a person decide then."""
    doubted = select(Case.id).where(
        Case.originator_id == originator_id, Case.kind == CaseKind.IN_DOUBT, Case.once == _doubt(name)
    )
    return ctx.session.execute(doubted).first() is not None


def close_sheet_doubt(ctx: Context, originator_id: int, name: str, *, outcome: str) -> None:
    """Close the doubt about a sheet when nothing on it waits for an answer any more."""
    ctx.session.flush()
    left = select(Payout.id).where(
        Payout.originator_id == originator_id, Payout.sheet == name, Payout.state == PayoutState.SEALED
    )
    if ctx.session.execute(left).first() is None:
        close_found(ctx, CaseKind.IN_DOUBT, _doubt(name), outcome=outcome)


def _doubt(name: str) -> str:
    return f"sheet|{name}"


def _note_many(
    ctx: Context, kind: FactKind, originator_id: int, ids: Sequence[int], *, sheet: str, once: Sequence[str]
) -> None:
    events.add_many(
        ctx.session, kind, scope=Scope.PAYOUT, subjects=ids, originator=originator_id, on=[ctx.today] * len(ids),
        at=ctx.now, actor=ctx.actor, once=once, detail=[{"sheet": sheet}] * len(ids),
    )  # fmt: skip
