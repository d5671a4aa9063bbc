"""The postings of a banking day with what explains each, the days an account has, and money in suspense by its age."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.reconciliation import MatchKind
from ingather.store.reading.pages import Listing
from ingather.store.reading.reconciliation import OF_POSTINGS, booked_on
from ingather.store.tables import BankDay, BankPosting, Batch, Case, File, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many postings of record a day has, how many are explained, and their sum in minor units."""

    postings: int
    matched: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMoney:
    """Open questions about money of one kind that arose on one day; ``minor`` is without signs."""

    kind: str
    opened_on: date
    count: int
    minor: int


def day_counts(session: Session, feed_id: int, *, first: date, last: date) -> dict[date, DayCount]:
    """Return the counts of an account's postings of record by the day on which they were booked."""
    day = func.coalesce(BankPosting.booked_on, BankPosting.value_on)
    rows = session.execute(
        select(
            day,
            func.count(),
            func.sum(cast(BankPosting.matched, Integer)),
            func.sum(BankPosting.amount_minor),
        )
        .where(
            BankPosting.feed_id == feed_id,
            BankPosting.of_record,
            BankPosting.provisional.is_(False),
            BankPosting.booked_on.between(first, last)
            | (BankPosting.booked_on.is_(None) & BankPosting.value_on.between(first, last)),
        )
        .group_by(day)
    )
    return {on: DayCount(postings=count, matched=int(matched), minor=int(minor)) for on, count, matched, minor in rows}


def closed_days(session: Session, feed_id: int, *, first: date, last: date) -> dict[date, BankDay]:
    """Return an account's closed days of a span, by day."""
    rows = session.scalars(select(BankDay).where(BankDay.feed_id == feed_id, BankDay.on_date.between(first, last)))
    return {row.on_date: row for row in rows}


def open_money(session: Session, originator_id: int, kinds: Sequence[str]) -> list[OpenMoney]:
    """Return the open cases of these kinds by kind and the day they were opened, the oldest first."""
    rows = session.execute(
        select(Case.kind, Case.opened_on, func.count(), func.sum(func.abs(Case.suspense_minor)))
        .where(Case.originator_id == originator_id, Case.state == CaseState.OPEN, Case.kind.in_(kinds))
        .group_by(Case.kind, Case.opened_on)
        .order_by(Case.opened_on, Case.kind)
    )
    return [OpenMoney(kind=kind, opened_on=on, count=count, minor=int(minor)) for kind, on, count, minor in rows]


def _rows(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    postings = [row[0] for row in rows]
    found = _explained(session, [posting.id for posting in postings])
    return [
        {
            "id": public_id(Prefix.POSTING, posting.id),
            "report": public_id(Prefix.REPORT, posting.report_id),
            "line": posting.line,
            "code": posting.code,
            "event": posting.event,
            "amount_minor": posting.amount_minor,
            "value_on": posting.value_on,
            "bank_ref": posting.bank_ref,
            "matched": posting.matched,
            "explained": found[posting.id],
        }
        for posting in postings
    ]


def _explained(session: Session, posting_ids: Sequence[int]) -> defaultdict[int, list[dict[str, Any]]]:
    """Return what explains each posting: the kind of match, its target as people read it, the rule and the amount."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    matches = session.scalars(
        select(Match)
        .where(Match.subject_id.in_(posting_ids), Match.kind.in_(OF_POSTINGS), Match.undone_at.is_(None))
        .order_by(Match.id)
    ).all()
    settled = [match.target_id for match in matches if match.kind == MatchKind.SETTLEMENT and match.target_id]
    batches = {
        key: (public_id(Prefix.FILE, file_id), name, number)
        for key, number, file_id, name in session.execute(
            select(Batch.id, Batch.number, File.id, File.name)
            .join(File, File.id == Batch.file_id)
            .where(Batch.id.in_(settled))
        )
    }
    for match in matches:
        found[match.subject_id].append(
            {
                "kind": match.kind,
                "rule": match.rule,
                "score": match.score,
                "amount_minor": match.amount_minor,
                "by": match.actor,
                "reason": match.evidence.get("reason", ""),
                "batch": batches.get(match.target_id),
                "return": public_id(Prefix.RETURN, match.target_id)
                if match.kind == MatchKind.RETURN_POSTING and match.target_id
                else None,
                "payout": public_id(Prefix.PAYOUT, match.target_id)
                if match.kind == MatchKind.PAYOUT_POSTING and match.target_id
                else None,
            }
        )
    return found


POSTINGS_OF_DAY = Listing(
    statement=lambda: select(BankPosting),
    key=BankPosting.id,
    shown=_rows,
    filters={
        "day": lambda account_and_day: booked_on(*account_and_day),
        "matched": BankPosting.matched.is_,
    },
)
"""An account's postings of record of a day page by page, each with what explains it."""

UNEXPLAINED = Listing(
    statement=lambda: select(BankPosting).where(BankPosting.of_record, BankPosting.matched.is_(False)),
    key=BankPosting.id,
    shown=_rows,
    filters={"feed": lambda key: BankPosting.feed_id == key},
)
"""Postings of record that nothing explains, page by page."""
