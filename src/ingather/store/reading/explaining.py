"""What may explain postings on an account: sides of batches, returns, disputes, charges, payouts, as columns.

Each is read by an index and by days: what is settled, came back or was charged long before the oldest posting in
question is not looked at. What a standing match has taken is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, select
from sqlalchemy.orm import Session

from ingather.base.dates import format_yymmdd
from ingather.base.ids import encode_key
from ingather.domain.cases import CaseKind
from ingather.domain.entries import CREDITING, EntryKind
from ingather.domain.reconciliation import MatchKind
from ingather.rules.calendar import banking_day_on_or_after
from ingather.rules.reconciliation import Reasons
from ingather.store.reading.explaining_asked import (
    adjustments,
    batch_sides,
    disputes,
    payouts,
    references_of,
    refused_in,
    returned,
    sides_around,
    taken_of,
    unmatched_returns,
)
from ingather.store.reading.explaining_entries import Whole, add_entries
from ingather.store.reading.payouts import reference_of
from ingather.store.tables import (
    Batch,
    Case,
    ReportedSettlement,
)

FEES = frozenset({"RETURN_FEE", "ANALYSIS"})
_MICRO = (EntryKind.MICRO_CREDIT, EntryKind.MICRO_DEBIT)
_AT_ONCE = 5_000
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
    return _moving(session, session.execute(batch_sides(chosen)).all())


def _moving(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Side]:
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


def _refused(session: Session, batch_ids: Sequence[int]) -> defaultdict[tuple[int, bool], int]:
    """Return the cents that the bank refused in each batch, by whether they were credits."""
    refused: defaultdict[tuple[int, bool], int] = defaultdict(int)
    for part in _parts(batch_ids):
        for batch_id, kind, cents in session.execute(*refused_in(part=part)):
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
    rows = session.execute(
        *sides_around(
            originator_id=around.originator_id, feed_id=around.feed_id, since=around.since, through=around.through
        )
    )
    sides = {(side.batch_id, side.amount > 0): side for side in _moving(session, rows.all())}
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
        for row in session.execute(*references_of(part=part))
    }


def _taken(session: Session, kind: MatchKind, targets: Sequence[int]) -> dict[int, list[int]]:
    """Return the amounts that standing matches have taken of these targets."""
    taken: dict[int, list[int]] = {}
    for part in _parts(targets):
        for target_id, amount in session.execute(*taken_of(part=part, kind=kind)):
            taken.setdefault(target_id, []).append(amount)
    return taken


def returned_items(around: Around) -> Select[*tuple[Any, ...]]:
    """Return the returns of an account's entries that settled in these days and moved money, matched or not.

    A corrected return has no posting of its own: it stands in its dispute's.
    """
    return returned(around.originator_id, around.feed_id, around.since, around.through)


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
    rows = session.execute(
        *unmatched_returns(
            originator_id=around.originator_id, feed_id=around.feed_id, since=around.since, through=around.through
        )
    ).all()
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
    rows = session.execute(*disputes(originator_id=around.originator_id, since=around.since)).all()
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
    rows = session.execute(*adjustments(feed_id=around.feed_id, since=around.since - _EARLIER, through=around.through))
    for key, kind, amount, on, bank_ref in rows:
        of = MatchKind.FEE_POSTING if kind in FEES else MatchKind.ADJUSTMENT_POSTING
        reasons.add(of, key, amount=amount, on=on, bank_ref=bank_ref)


def _add_payouts(session: Session, around: Around, reasons: Reasons) -> None:
    """Add payouts that another bank makes for us; those in files of ours settle with their batches."""
    rows = session.execute(*payouts(originator_id=around.originator_id, since=around.since - _EARLIER)).all()
    taken = _taken(session, MatchKind.PAYOUT_POSTING, [row.id for row in rows])
    for key, amount, on in rows:
        if key not in taken and on is not None:
            reasons.add(MatchKind.PAYOUT_POSTING, key, amount=-amount, on=on, reference=reference_of(key))


def _parts(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]
