"""Payouts on a sheet: each stands on one sheet, whose name is committed before the sheet can leave."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update

from ingather.actions.context import Context
from ingather.actions.files.sealing import refuse_if_restored
from ingather.actions.payouts.terms import WantedPayout, wanted_payouts
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import LostClaim
from ingather.store import allocation, events
from ingather.store.tables import Payout


def next_sheet(ctx: Context, *, stem: str) -> str:
    """Return a name for a sheet of today that no other sheet has or will have."""
    day = ctx.today.strftime("%Y%m%d")
    return f"{stem}-{day}-{allocation.take(ctx.session, f'payouts|{day}', 1)}"


def note_on_sheet(ctx: Context, payouts: Sequence[WantedPayout], *, originator_id: int, name: str) -> None:
    """Put approved payouts on a sheet; raises ``LostClaim`` when one of them or its account changed meanwhile.

    From here on they leave with this sheet or not at all. Raises ``BookRestored`` in a restored book.
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
            state=PayoutState.SEALED, sheet=name, merchant_account_id=bindparam("account"), version=Payout.version + 1
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
    return len(ids)


def _note_many(
    ctx: Context, kind: FactKind, originator_id: int, ids: Sequence[int], *, sheet: str, once: Sequence[str]
) -> None:
    events.add_many(
        ctx.session, kind, scope=Scope.PAYOUT, subjects=ids, originator=originator_id, on=[ctx.today] * len(ids),
        at=ctx.now, actor=ctx.actor, once=once, detail=[{"sheet": sheet}] * len(ids),
    )  # fmt: skip
