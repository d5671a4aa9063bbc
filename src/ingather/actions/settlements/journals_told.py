"""What the ledger says between two statements beside orders: payouts owed again, invoices, and the banks' fees."""

from collections import Counter
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from ingather.actions.context import Context
from ingather.actions.settlements.statement_lines import Lines, Told, lines_of
from ingather.domain.entries import COLLECTING, EntryKind
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.settlements import LineKind
from ingather.rules.banks import load_profile
from ingather.rules.policy import load_policy
from ingather.store.tables import (
    BankProfileRow,
    Batch,
    Entry,
    File,
    PolicyRow,
    Posting,
    Return,
    Route,
    SettlementLine,
)
from ingather.store.tables.returns import TAKEN_BACK

_AT_ONCE = 5_000
_TOLD_AS = {JournalKind.PAYABLE_AGAIN: LineKind.PAYABLE_AGAIN, JournalKind.INVOICED: LineKind.INVOICED}


def tell_journals(ctx: Context, originator_id: int, found: Told) -> None:
    """Add a line for each payout that is owed again and each invoice made by hand; the journal's line is its source."""
    for kind, line_kind in _TOLD_AS.items():
        told = select(SettlementLine.source_id).where(
            SettlementLine.kind == line_kind, SettlementLine.source_id.is_not(None)
        )
        rows = ctx.session.execute(
            select(Posting.id, Posting.merchant_id, Posting.amount_minor)
            .where(
                Posting.originator_id == originator_id,
                Posting.kind == kind,
                Posting.account == LedgerAccount.PAYABLE_AVAILABLE,
                Posting.id.not_in(told),
            )
            .order_by(Posting.id),
        )
        for row in rows:
            lines_of(found, row.merchant_id, line_kind).add(amount_minor=-row.amount_minor, source_id=row.id)


def charges_of(ctx: Context, originator_id: int) -> dict[int, Lines]:
    """Return by merchant what the banks took for returned debits and merchants bear; each names its return.

    Only returns that came since the policy says so are charged, each once: a return that is dishonored, or replaced by
    a corrected one, has cost its fee all the same. Of one whose match a person undid it is charged to whom it was
    matched with then. The fee is that of the profile of the debit's bank.
    """
    since = _passed_on_since(ctx, originator_id)
    fees = _fees(ctx, originator_id)
    if since is None or not any(fees.values()):
        return {}
    told = select(SettlementLine.return_id).where(
        SettlementLine.kind == LineKind.CHARGE, SettlementLine.return_id.is_not(None)
    )
    first, successor = aliased(Return), aliased(Return)
    # What takes the place of a return whose match was undone has no line of a report; a corrected return has.
    corrects = exists().where(first.replaced_by == Return.id, Return.line != 0)
    undone = exists().where(successor.id == Return.replaced_by, successor.line == 0)
    rows = ctx.session.execute(
        select(
            Return.id, Return.entry_id, Return.report_id, Return.line, Return.code, Entry.order_id, Batch.merchant_id,
            Route.bank_profile_id,
        )
        .join(Entry, Entry.id == Return.entry_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Route, Route.id == File.route_id)
        .where(
            Return.originator_id == originator_id,
            Return.received_at >= since,
            Entry.kind.in_([*COLLECTING, EntryKind.RETURN_FEE]),
            ~corrects,
            ~undone,
            ~TAKEN_BACK,
            Return.id.not_in(told),
        )
        .order_by(Return.id),
    ).all()  # fmt: skip
    before = _times_charged(ctx, [row.entry_id for row in rows])
    found: dict[int, Lines] = {}
    for row in rows:
        if fee := fees[row.bank_profile_id]:
            before[row.entry_id] = turn = before.get(row.entry_id, 0) + 1
            found.setdefault(row.merchant_id, Lines()).add(
                order_id=row.order_id, entry_id=row.entry_id, amount_minor=fee, code=row.code, turn=turn, back=row
            )
    return found


def _passed_on_since(ctx: Context, originator_id: int) -> datetime | None:
    """Return since when the house's policies, without a break until now, have merchants bear return fees."""
    since = None
    for toml, taken_at in ctx.session.execute(
        select(PolicyRow.toml, PolicyRow.created_at)
        .where(PolicyRow.originator_id == originator_id)
        .order_by(PolicyRow.id.desc()),
    ):
        if not load_policy(toml).settlement.pass_return_fees:
            break
        since = taken_at
    return since


def _fees(ctx: Context, originator_id: int) -> dict[int, int]:
    """Return what each bank's profile says that a returned debit costs, in minor units, by the profile's key."""
    rows = ctx.session.execute(
        select(BankProfileRow.id, BankProfileRow.toml).where(BankProfileRow.originator_id == originator_id)
    )
    return {key: load_profile(toml).posting.return_fee_minor for key, toml in rows}


def _times_charged(ctx: Context, entry_ids: list[int]) -> dict[int, int]:
    """Return how often each of these entries was charged for; those that never were are left out."""
    found: Counter[int] = Counter()
    for start in range(0, len(entry_ids), _AT_ONCE):
        part = entry_ids[start : start + _AT_ONCE]
        rows = ctx.session.execute(
            select(SettlementLine.entry_id).where(
                SettlementLine.kind == LineKind.CHARGE, SettlementLine.entry_id.in_(part)
            ),
        )
        found.update(entry_id for (entry_id,) in rows if entry_id is not None)
    return found
