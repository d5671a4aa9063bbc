"""Reports and the accounts they tell of, as people and systems ask for them."""

import json
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.reports import ReportState
from ingather.store.coverage import covered_of
from ingather.store.tables import Adjustment, BankPosting, Case, Feed, Report, ReportedSettlement, ReportSignOff, Return

GAPS = (CaseKind.REPORT_GAP, CaseKind.REPORT_LATE, CaseKind.BALANCE_BREAK)


def listed(session: Session) -> list[dict[str, Any]]:
    """Return every kept report, the oldest first."""
    return [_as_dict(row) for row in session.scalars(select(Report).order_by(Report.id))]


def shown(session: Session, report_id: int) -> dict[str, Any] | None:
    """Return one report: where it stands, how it was read, and what of it is in the books; None without it."""
    row = session.get(Report, report_id)
    if row is None:
        return None
    by = session.scalar(select(Report.id).where(Report.corrects == report_id).limit(1))
    kept = {
        "postings": (BankPosting, BankPosting.report_id),
        "returns": (Return, Return.report_id),
        "adjustments": (Adjustment, Adjustment.report_id),
        "settlements": (ReportedSettlement, ReportedSettlement.report_id),
    }
    return {
        **_as_dict(row),
        "feed": _id(Prefix.FEED, row.feed_id),
        "part": row.part,
        "bytes_of": _id(Prefix.REPORT, row.bytes_of),
        "profile": row.profile,
        "mode": row.mode,
        "final": bool(row.final),
        "as_of": row.as_of.isoformat() if row.as_of else None,
        "number": row.number,
        "previous_number": row.previous_number,
        "opening_minor": row.opening_minor,
        "closing_minor": row.closing_minor,
        "corrects_report": _id(Prefix.REPORT, row.corrects),
        "superseded_by": _id(Prefix.REPORT, by),
        "received_at": row.received_at.isoformat(),
        "items_sha256": row.items_sha256.hex() if row.items_sha256 else None,
        "in_the_books": {
            name: session.scalar(select(func.count()).select_from(table).where(column == report_id))
            for name, (table, column) in kept.items()
        },
    }


def feeds(session: Session) -> list[dict[str, Any]]:
    """Return the accounts whose reports are taken: how far they are complete, and what is missing."""
    found = []
    for feed in session.scalars(select(Feed).order_by(Feed.id)):
        newest = session.scalar(
            select(func.max(Report.business_on)).where(
                Report.feed_id == feed.id, Report.final, Report.state == ReportState.TAKEN
            )
        )
        covered = covered_of(session, feed.id)
        found.append(
            {
                "id": public_id(Prefix.FEED, feed.id),
                "bank": feed.bank,
                "account": f"...{feed.account_last4}",
                "complete_through": feed.watermark_on.isoformat() if feed.watermark_on else None,
                "complete_behind_gaps": sorted(
                    day.isoformat() for day in covered if feed.watermark_on is None or day > feed.watermark_on
                ),
                "newest_report": newest.isoformat() if newest else None,
                "closing_minor": feed.closing_balance_minor,
                "closing_on": feed.closing_on.isoformat() if feed.closing_on else None,
                "gaps": len([gap for gap in gaps(session) if gap["feed"] == public_id(Prefix.FEED, feed.id)]),
            }
        )
    return found


def gaps(session: Session) -> list[dict[str, Any]]:
    """Return what is missing of the accounts' reports, the oldest first, and the days that one person asked to sign."""
    missing = [
        {
            "feed": row.subject,
            "kind": row.kind,
            "what": row.once.partition("|")[2].partition("#")[0],
            "sentence": row.sentence,
            "since": row.opened_on.isoformat(),
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "case": public_id(Prefix.CASE, row.id),
        }
        for row in session.scalars(
            select(Case).where(Case.kind.in_(GAPS), Case.state == CaseState.OPEN).order_by(Case.id)
        )
    ]
    asked = session.scalars(select(ReportSignOff).where(ReportSignOff.signed_by.is_(None)).order_by(ReportSignOff.id))
    return missing + [
        {
            "feed": public_id(Prefix.FEED, row.feed_id),
            "kind": "sign_off_asked",
            "what": row.on_date.isoformat(),
            "sentence": f"{row.asked_by} asks to declare the day complete: {row.reason}",
            "since": row.asked_at.date().isoformat(),
            "due_on": None,
            "case": None,
        }
        for row in asked
    ]


def _as_dict(row: Report) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.REPORT, row.id),
        "name": row.name,
        "carrier": row.carrier,
        "state": row.state,
        "business_on": row.business_on.isoformat() if row.business_on else None,
        "sequence": row.sequence,
        "control_totals": row.control_totals,
        "problems": row.problems,
        "sha256": row.sha256.hex(),
        **json.loads(row.summary),
    }


def _id(prefix: Prefix, key: int | None) -> str | None:
    return public_id(prefix, key) if key is not None else None
