"""Postings on an account as people read them: what each says, what explains it, and what might."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.reconciliation import MatchKind
from ingather.rules.reconciliation import Reasons, named_in
from ingather.store.reading.explaining import Around, reasons_around
from ingather.store.reading.pages import Listing
from ingather.store.reading.reconciliation import OF_POSTINGS
from ingather.store.tables import BankPosting, Feed, Match

_PREFIXES: dict[str, Prefix] = {
    MatchKind.SETTLEMENT: Prefix.BATCH,
    MatchKind.RETURN_POSTING: Prefix.RETURN,
    MatchKind.PAYOUT_POSTING: Prefix.PAYOUT,
}
_AROUND = timedelta(days=10)
_SUGGESTED = 5
_SAME_AMOUNT, _SAME_COMPANY, _SAME_DAY, _NAMED = 50, 20, 20, 10


def listed(session: Session, *, open_only: bool, on: date | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return postings of record as plain values, the newest first."""
    statement = select(BankPosting).where(BankPosting.of_record).order_by(BankPosting.value_on.desc(), BankPosting.id)
    if open_only:
        statement = statement.where(BankPosting.matched.is_(False))
    if on is not None:
        statement = statement.where(BankPosting.value_on == on)
    return [_as_dict(row) for row in session.scalars(statement.limit(limit))]


def shown(session: Session, posting_id: int) -> dict[str, Any] | None:
    """Return one posting with all its matches, undone ones too, and suggestions while nothing explains it."""
    row = session.get(BankPosting, posting_id)
    if row is None:
        return None
    matches = session.scalars(
        select(Match).where(Match.subject_id == posting_id, Match.kind.in_(OF_POSTINGS)).order_by(Match.id)
    )
    return _as_dict(row) | {
        "matches": [match_as_dict(match) for match in matches],
        "suggestions": [] if row.matched else suggestions(session, row),
    }


def suggestions(session: Session, row: BankPosting) -> list[dict[str, Any]]:
    """Return what might explain a posting, the likeliest first; a suggestion is shown and never recorded."""
    feed = session.get_one(Feed, row.feed_id)
    around = Around(
        originator_id=feed.originator_id,
        feed_id=feed.id,
        since=row.value_on - _AROUND,
        through=row.value_on + _AROUND,
        bank_refs=[row.bank_ref] if row.bank_ref else [],
    )
    reasons = reasons_around(session, around)
    scored = [(_likely(row, reasons, place), place) for place in range(len(reasons))]
    best = sorted((each for each in scored if each[0] >= _SAME_AMOUNT), key=lambda each: (-each[0], each[1]))
    return [
        {
            "kind": str(reasons.kind[place]),
            "target": _target(reasons.kind[place], reasons.key[place]),
            "amount_minor": reasons.amount[place],
            "on": reasons.on[place].isoformat(),
            "score": score,
        }
        for score, place in best[:_SUGGESTED]
    ]


def _likely(row: BankPosting, reasons: Reasons, place: int) -> int:
    file, number, trace = named_in(row.customer_ref or "")
    named = (
        reasons.origination_file[place] in {row.origination_file, file} - {"", None}
        and reasons.batch_number[place] in {row.batch_number, number}
    ) or reasons.trace[place] in {row.trace, trace} - {0, None}
    company = (row.company_identification or "").strip()
    return (
        (_SAME_AMOUNT if reasons.amount[place] == row.amount_minor else 0)
        + (_SAME_COMPANY if company and company == reasons.company[place] else 0)
        + (_SAME_DAY if reasons.on[place] == row.value_on else 0)
        + (_SAME_AMOUNT + _NAMED if named else 0)
    )


def match_as_dict(match: Match) -> dict[str, Any]:
    """Return a match as plain values."""
    return {
        "id": public_id(Prefix.MATCH, match.id),
        "kind": match.kind,
        "target": _target(match.kind, match.target_id),
        "amount_minor": match.amount_minor,
        "rule": match.rule,
        "score": match.score,
        "evidence": match.evidence,
        "by": match.actor,
        "on": match.matched_on.isoformat(),
        "undone_because": match.undone_because,
    }


def _target(kind: str, target_id: int) -> str:
    prefix = _PREFIXES.get(kind)
    if prefix is None or not target_id:
        return str(target_id or "")
    return public_id(prefix, target_id)


def _as_dict(row: BankPosting) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.POSTING, row.id),
        "feed": public_id(Prefix.FEED, row.feed_id),
        "report": public_id(Prefix.REPORT, row.report_id),
        "line": row.line,
        "code": row.code,
        "event": row.event,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "value_on": row.value_on.isoformat(),
        "bank_ref": row.bank_ref,
        "matched": row.matched,
        "provisional": row.provisional,
    }


LISTING = Listing(
    statement=lambda: select(BankPosting).where(BankPosting.of_record),
    key=BankPosting.id,
    shown=lambda _, rows: [_as_dict(row[0]) for row in rows],
    filters={
        "matched": BankPosting.matched.is_,
        "feed": lambda key: BankPosting.feed_id == key,
        "report": lambda key: BankPosting.report_id == key,
        "event": BankPosting.event.in_,
        "value_from": lambda day: BankPosting.value_on >= day,
        "value_to": lambda day: BankPosting.value_on <= day,
        "amount_from": lambda minor: BankPosting.amount_minor >= minor,
        "amount_to": lambda minor: BankPosting.amount_minor <= minor,
        "trace": lambda trace: BankPosting.trace == trace,
        "bank_ref": lambda ref: BankPosting.bank_ref == ref,
    },
)
"""Postings of record page by page."""
