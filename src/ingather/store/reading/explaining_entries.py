"""The entries of batches, each as what may explain a posting: for banks that post every entry by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import encode_key
from ingather.domain.entries import CREDITING, EntryEnd
from ingather.domain.reconciliation import MatchKind
from ingather.rules.reconciliation import Reasons
from ingather.store.tables import BankPosting, Batch, Entry, Match

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What an entry takes from its batch: the batch's number and company, and the day it settled or should."""

    batch_id: int
    number: int
    company: str
    expected_on: date


def add_entries(session: Session, batches: Iterable[Whole], reasons: Reasons) -> None:
    """Add the entries of these batches that no standing match has taken; ``key`` is the batch, as for a whole one.

    An entry is named by its order, which the bank gives back, and by its trace; what a match took is known by the
    reference its posting names.
    """
    by_batch = {batch.batch_id: batch for batch in batches}
    ids = sorted(by_batch)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        taken = _taken(session, part)
        rows = session.execute(
            select(Entry.batch_id, Entry.amount_cents, Entry.kind, Entry.trace, Entry.order_id)
            .where(
                Entry.file_id.in_(select(Batch.file_id).where(Batch.id.in_(part))),
                Entry.batch_id.in_(part),
                or_(Entry.ended.is_(None), Entry.ended != EntryEnd.REJECTED),
                Entry.amount_cents > 0,
            )
            .order_by(Entry.id)
        )
        for batch_id, cents, kind, trace, order_id in rows:
            reference = encode_key(order_id) if order_id else ""
            whole = by_batch[batch_id]
            if (batch_id, reference, trace) in taken or (batch_id, reference, 0) in taken:
                continue
            reasons.add(
                MatchKind.SETTLEMENT,
                batch_id,
                batch=batch_id,
                amount=-cents if kind in CREDITING else cents,
                on=whole.expected_on,
                trace=trace,
                reference=reference,
                company=whole.company,
                batch_number=whole.number,
            )


def never_moved(reasons: Reasons, used: set[int], day: date) -> set[int]:
    """Return the entries and their own returns of which neither has a posting by ``day``, that of the last statement.

    They came back before they moved: the bank posts neither, and the two come to nothing. Should it post them after
    all, their postings are explained as any others.
    """
    open_returns: dict[tuple[str, int], int] = {}
    due = [place for place, on in enumerate(reasons.on) if place not in used and on <= day]
    for place in due:
        if reasons.kind[place] is MatchKind.RETURN_POSTING and reasons.reference[place]:
            open_returns[reasons.reference[place], reasons.amount[place]] = place
    found: set[int] = set()
    for place in due:
        back = open_returns.get((reasons.reference[place], -reasons.amount[place]))
        same = back is not None and reasons.batch[back] in {0, reasons.batch[place]}
        if reasons.kind[place] is MatchKind.SETTLEMENT and back is not None and same:
            found |= {place, back}
    return found


def matched_before(session: Session, batch_ids: Sequence[int], now: set[int]) -> dict[int, int]:
    """Return what standing matches of other postings than those of ``now`` took of these batches."""
    found: dict[int, int] = {}
    for start in range(0, len(batch_ids), _AT_ONCE):
        rows = session.execute(
            select(Match.target_id, Match.subject_id, Match.amount_minor).where(
                Match.target_id.in_(batch_ids[start : start + _AT_ONCE]),
                Match.kind == MatchKind.SETTLEMENT,
                Match.undone_at.is_(None),
            )
        )
        for batch_id, posting_id, amount in rows:
            if posting_id not in now:
                found[batch_id] = found.get(batch_id, 0) + amount
    return found


def _taken(session: Session, batch_ids: Sequence[int]) -> set[tuple[int, str, int]]:
    """Return what standing matches took of these batches: the references and traces their postings name."""
    rows = session.execute(
        select(Match.target_id, BankPosting.reference, BankPosting.trace)
        .join(BankPosting, BankPosting.id == Match.subject_id)
        .where(Match.target_id.in_(batch_ids), Match.kind == MatchKind.SETTLEMENT, Match.undone_at.is_(None))
    )
    return {(batch_id, reference or "", trace or 0) for batch_id, reference, trace in rows}
