"""What may explain postings on an account: sides of batches, returns, disputes, charges, payouts, as columns.

Each is read by an index and by days: what is settled, came back or was charged long before the oldest posting in
question is not looked at. What a standing match has taken is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ingather.base.dates import format_yymmdd
from ingather.base.ids import encode_key
from ingather.domain.cases import CaseKind
from ingather.domain.entries import CREDITING, EntryEnd, EntryKind
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.reconciliation import MatchKind
from ingather.rules.calendar import banking_day_on_or_after
from ingather.rules.reconciliation import Reasons
from ingather.store.reading.explaining_entries import Whole, add_entries
from ingather.store.reading.payouts import reference_of
from ingather.store.tables import (
    Adjustment,
    Batch,
    Case,
    Dispute,
    Entry,
    File,
    Match,
    Payout,
    Report,
    ReportedSettlement,
    Return,
    Route,
)
from ingather.store.tables.returns import TAKEN_BACK

FEES = frozenset({"RETURN_FEE", "ANALYSIS"})
_SENT = sorted(AT_THE_BANK | {FileState.SENDING, FileState.IN_DOUBT})
_MICRO = (EntryKind.MICRO_CREDIT, EntryKind.MICRO_DEBIT)
_AT_ONCE = 5_000
# Some banks leave the settlement date of a return blank: it then counts for the day of the report that told of it.
_RETURNED_ON = func.coalesce(Return.returned_on, Report.business_on)
_EARLIER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Which account, and which days: reasons of days from ``since`` to ``through``, and those that are named.

    ``by_entry``: the bank posts every entry by itself, so that each is a reason instead of its batch.
    """

    originator_id: int
    feed_id: int
    since: date
    through: date
    bank_refs: Sequence[str] = ()
    by_entry: bool = False


def reasons_around(session: Session, around: Around) -> Reasons:
    """Return everything that may explain a posting around these days and is not matched yet."""
    reasons = Reasons()
    _add_batches(session, around, reasons)
    _add_returns(session, around, reasons)
    _add_disputes(session, around, reasons)
    _add_adjustments(session, around, reasons)
    _add_payouts(session, around, reasons)
    return reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One direction of a batch: what its debits bring, or its credits take, without what the bank refused."""

    batch_id: int
    merchant_id: int
    number: int
    company: str
    origination_file: str
    effective_on: date
    settled_on: date | None
    basis: str | None
    file_state: str
    amount: int

    @property
    def expected_on(self) -> date:
        """Return the day it settled, or should: the first banking day from its effective date on."""
        return self.settled_on or banking_day_on_or_after(self.effective_on)


def sides_of(session: Session, chosen: Select[int] | CompoundSelect[int]) -> list[Side]:
    """Return the sides of these batches that move money; ``chosen`` selects their keys."""
    rows = session.execute(
        select(
            Batch.id, Batch.merchant_id, Batch.number, Batch.company_identification, Batch.effective_on,
            Batch.settled_on, Batch.settlement_basis, Batch.debit_cents, Batch.credit_cents,
            File.created_on, File.created_hhmm, File.id_modifier, File.state,
        )
        .join(File, File.id == Batch.file_id)
        .where(Batch.id.in_(chosen), Batch.rejected.is_(False), File.state.in_(_SENT))
        .order_by(Batch.id)
    ).all()  # fmt: skip
    refused = _refused(session, [row.id for row in rows])
    return [
        Side(
            batch_id=row.id,
            merchant_id=row.merchant_id,
            number=row.number,
            company=row.company_identification.strip(),
            origination_file=f"{format_yymmdd(row.created_on)}{row.created_hhmm}{row.id_modifier}",
            effective_on=row.effective_on,
            settled_on=row.settled_on,
            basis=row.settlement_basis,
            file_state=row.state,
            amount=amount,
        )
        for row in rows
        for amount in (row.debit_cents - refused[row.id, False], refused[row.id, True] - row.credit_cents)
        if amount
    ]


def chosen_batches(around: Around) -> CompoundSelect[int]:
    """Return which batches of an account may be settled by postings around these days, and those that are named."""
    mine = select(Batch.id).join(File, File.id == Batch.file_id).join(Route, Route.id == File.route_id)
    mine = mine.where(Route.feed_id == around.feed_id, Batch.originator_id == around.originator_id)
    unsettled = mine.where(Batch.settled_on.is_(None), Batch.effective_on <= around.through)
    # A hold ends after its settlement: this finds, by an index, all that settled since.
    recent = mine.where(Batch.hold_until >= around.since)
    return unsettled.union(recent)


def _refused(session: Session, batch_ids: Sequence[int]) -> defaultdict[tuple[int, bool], int]:
    """Return the cents that the bank refused in each batch, by whether they were credits."""
    refused: defaultdict[tuple[int, bool], int] = defaultdict(int)
    for part in _parts(batch_ids):
        rows = session.execute(
            select(Entry.batch_id, Entry.kind, func.sum(Entry.amount_cents))
            .where(Entry.batch_id.in_(part), Entry.ended == EntryEnd.REJECTED)
            .group_by(Entry.batch_id, Entry.kind)
        )
        for batch_id, kind, cents in rows:
            refused[batch_id, kind in CREDITING] += int(cents)
    return refused


def _add_batches(session: Session, around: Around, reasons: Reasons) -> None:
    named = [
        row
        for part in _parts(around.bank_refs)
        for row in session.execute(
            select(ReportedSettlement.batch_id, ReportedSettlement.bank_ref).where(
                ReportedSettlement.feed_id == around.feed_id,
                ReportedSettlement.bank_ref.in_(part),
                ReportedSettlement.batch_id.is_not(None),
            )
        )
    ]
    sides = {(side.batch_id, side.amount > 0): side for side in sides_of(session, chosen_batches(around))}
    known = {batch_id for batch_id, _ in sides}
    for part in _parts(sorted({row.batch_id for row in named} - known)):
        sides |= {
            (side.batch_id, side.amount > 0): side
            for side in sides_of(session, select(Batch.id).where(Batch.id.in_(part)))
        }
    if around.by_entry:
        wholes = [
            Whole(batch_id=side.batch_id, number=side.number, company=side.company, expected_on=side.expected_on)
            for side in sides.values()
        ]
        add_entries(session, wholes, reasons)
        return
    ids = sorted({batch_id for batch_id, _ in sides})
    refs = _reported_refs(session, ids)
    taken = _taken(session, MatchKind.SETTLEMENT, ids)
    whole: defaultdict[int, int] = defaultdict(int)
    for side in sides.values():
        whole[side.batch_id] += side.amount
    for (batch_id, brings), side in sides.items():
        matched = taken.get(batch_id, [])
        rest = side.amount - sum(amount for amount in matched if (amount > 0) == brings)
        if not rest or (matched and sum(matched) == whole[batch_id]):
            continue
        reasons.add(
            MatchKind.SETTLEMENT,
            batch_id,
            batch=batch_id,
            amount=rest,
            on=side.expected_on,
            bank_ref=refs.get((batch_id, brings), ""),
            company=side.company,
            origination_file=side.origination_file,
            batch_number=side.number,
        )


def _reported_refs(session: Session, batch_ids: Sequence[int]) -> dict[tuple[int, bool], str]:
    """Return by which reference the bank told of each side of these batches."""
    return {
        (row.batch_id, row.amount_minor > 0): row.bank_ref
        for part in _parts(batch_ids)
        for row in session.execute(
            select(ReportedSettlement.batch_id, ReportedSettlement.amount_minor, ReportedSettlement.bank_ref)
            .where(ReportedSettlement.batch_id.in_(part))
            .order_by(ReportedSettlement.id)
        )
    }


def _taken(session: Session, kind: MatchKind, targets: Sequence[int]) -> dict[int, list[int]]:
    """Return the amounts that standing matches have taken of these targets."""
    taken: dict[int, list[int]] = {}
    for part in _parts(targets):
        rows = session.execute(
            select(Match.target_id, Match.amount_minor).where(
                Match.target_id.in_(part), Match.kind == kind, Match.undone_at.is_(None)
            )
        )
        for target_id, amount in rows:
            taken.setdefault(target_id, []).append(amount)
    return taken


def returned_items(around: Around) -> Select[*tuple[Any, ...]]:
    """Return the returns of an account's entries that settled in these days and moved money, matched or not.

    A corrected return has no posting of its own: it stands in its dispute's.
    """
    first = aliased(Return)
    return (
        select(
            Return.id, Return.batch_id, Return.amount_cents, _RETURNED_ON.label("returned_on"), Return.original_trace,
            Return.posting_ref, Return.applied, Return.timeliness, Return.deadline_on, Return.order_id, Return.item_key,
            Entry.kind.label("entry_kind"), Batch.company_identification,
        )
        .outerjoin(Report, Report.id == Return.report_id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .outerjoin(Batch, Batch.id == Return.batch_id)
        .outerjoin(File, File.id == Batch.file_id)
        .outerjoin(Route, Route.id == File.route_id)
        .where(
            Return.originator_id == around.originator_id,
            or_(
                Return.returned_on.between(around.since, around.through),
                and_(Return.returned_on.is_(None), Report.business_on.between(around.since, around.through)),
            ),
            Return.amount_cents > 0,
            ~TAKEN_BACK,
            or_(Route.feed_id.is_(None), Route.feed_id == around.feed_id),
            ~and_(Return.line == 0, exists().where(first.replaced_by == Return.id)),
        )
        .order_by(Return.id)
    )  # fmt: skip


def signed_cents(session: Session, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[int]:
    """Return what each returned item moved on our account: a debit takes its money back, a credit brings it."""
    rows = list(rows)
    unknown = [row.item_key.hex() for row in rows if row.entry_kind is None]
    credits_back: set[str] = set()
    for part in _parts(unknown):
        credits_back.update(
            session.scalars(select(Case.once).where(Case.kind == CaseKind.UNMATCHED_CREDIT_RETURN, Case.once.in_(part)))
        )
    return [
        row.amount_cents
        if row.entry_kind in CREDITING or (row.entry_kind is None and row.item_key.hex() in credits_back)
        else -row.amount_cents
        for row in rows
    ]


def _add_returns(session: Session, around: Around, reasons: Reasons) -> None:
    standing = exists().where(
        Match.target_id == Return.id, Match.kind == MatchKind.RETURN_POSTING, Match.undone_at.is_(None)
    )
    rows = session.execute(returned_items(around).where(~standing)).all()
    for row, amount in zip(rows, signed_cents(session, rows), strict=True):
        # What never moved an order was booked beside the batches.
        booked = row.applied or row.timeliness or row.deadline_on or row.entry_kind in _MICRO
        reasons.add(
            MatchKind.RETURN_POSTING,
            row.id,
            batch=(row.batch_id or 0) if booked else 0,
            amount=amount,
            on=row.returned_on,
            bank_ref=row.posting_ref or "",
            company=(row.company_identification or "").strip(),
            trace=row.original_trace,
            reference=encode_key(row.order_id) if row.order_id else "",
        )


def _add_disputes(session: Session, around: Around, reasons: Reasons) -> None:
    """Add what dishonours brought, and what contests and corrected returns took again."""
    corrected = aliased(Return)
    rows = session.execute(
        select(
            Dispute.id, Dispute.amount_cents, Dispute.dishonoured_on, Dispute.contest_code, Dispute.ended_on,
            Return.original_trace, Return.timeliness, Return.deadline_on,
            corrected.amount_cents.label("corrected_cents"), corrected.batch_id, corrected.applied,
        )
        .join(Return, Return.id == Dispute.return_id)
        .outerjoin(corrected, corrected.id == Return.replaced_by)
        .where(
            Dispute.originator_id == around.originator_id,
            or_(Dispute.dishonoured_on >= around.since, Dispute.ended_on >= around.since),
        )
        .order_by(Dispute.id)
    ).all()  # fmt: skip
    taken = _taken(session, MatchKind.RETURN_POSTING, [row.id for row in rows])
    for row in rows:
        moved = [(row.dishonoured_on, row.amount_cents, 0)]
        if row.contest_code:
            was_applied = row.timeliness is not None or row.deadline_on is not None
            batch = row.batch_id if row.applied and not was_applied else 0
            moved.append((row.ended_on, -(row.corrected_cents or row.amount_cents), batch or 0))
        for on, amount, batch in moved:
            if on is not None and amount not in taken.get(row.id, []):
                reasons.add(
                    MatchKind.RETURN_POSTING, row.id, amount=amount, on=on, batch=batch, trace=row.original_trace
                )


def _add_adjustments(session: Session, around: Around, reasons: Reasons) -> None:
    standing = exists().where(
        Match.target_id == Adjustment.id,
        Match.kind.in_([MatchKind.FEE_POSTING, MatchKind.ADJUSTMENT_POSTING]),
        Match.undone_at.is_(None),
    )
    rows = session.execute(
        select(Adjustment.id, Adjustment.kind, Adjustment.amount_minor, Adjustment.told_on, Adjustment.bank_ref)
        .where(
            Adjustment.feed_id == around.feed_id,
            Adjustment.told_on >= around.since - _EARLIER,
            Adjustment.told_on <= around.through,
            Adjustment.amount_minor != 0,
            ~standing,
        )
        .order_by(Adjustment.id)
    )
    for key, kind, amount, on, bank_ref in rows:
        of = MatchKind.FEE_POSTING if kind in FEES else MatchKind.ADJUSTMENT_POSTING
        reasons.add(of, key, amount=amount, on=on, bank_ref=bank_ref)


def _add_payouts(session: Session, around: Around, reasons: Reasons) -> None:
    """Add payouts that another bank makes for us; those in files of ours settle with their batches."""
    rows = session.execute(
        select(Payout.id, Payout.amount_minor, Payout.sent_on).where(
            Payout.originator_id == around.originator_id,
            Payout.method == PayoutMethod.SHEET,
            Payout.state.in_([PayoutState.SENT, PayoutState.SETTLED]),
            Payout.sent_on >= around.since - _EARLIER,
        )
    ).all()
    taken = _taken(session, MatchKind.PAYOUT_POSTING, [row.id for row in rows])
    for key, amount, on in rows:
        if key not in taken and on is not None:
            reasons.add(MatchKind.PAYOUT_POSTING, key, amount=-amount, on=on, reference=reference_of(key))


def _parts(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]
