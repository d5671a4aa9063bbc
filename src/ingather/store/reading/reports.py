"""Reports and the accounts they tell of, as people and systems ask for them."""

import json
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.reports import ReportState
from ingather.store.coverage import covered_of
from ingather.store.reading.pages import Listing
from ingather.store.tables import (
    Adjustment,
    BankPosting,
    Case,
    Feed,
    Report,
    ReportedSettlement,
    ReportHabit,
    ReportProfileRow,
    ReportSignOff,
    Return,
)

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


def sign_off_asked(session: Session, feed_id: int, on: date) -> bool:
    """Return whether somebody asked to declare an account's day complete, whether or not it was signed."""
    asked = select(ReportSignOff.id).where(ReportSignOff.feed_id == feed_id, ReportSignOff.on_date == on)
    return session.scalar(asked) is not None


def habits(session: Session, profile: str) -> list[dict[str, Any]]:
    """Return what the reports read with a profile, as id/version, usually hold, by account: how often and since when.

    ``drifted_on`` is the last day on which a report departed from it.
    """
    rows = session.scalars(
        select(ReportHabit)
        .where(ReportHabit.profile == profile)
        .order_by(ReportHabit.feed_id, ReportHabit.kind, ReportHabit.what)
    )
    return [
        {
            "feed": public_id(Prefix.FEED, row.feed_id),
            "kind": row.kind,
            "what": row.what,
            "rows": row.rows,
            "filled": row.filled,
            "first_on": row.first_on.isoformat(),
            "last_on": row.last_on.isoformat(),
            "drifted_on": row.drifted_on.isoformat() if row.drifted_on else None,
        }
        for row in rows
    ]


def profiles_taken(session: Session, originator_id: int) -> dict[str, dict[str, Any]]:
    """Return who took each report profile of the book and when, by its name as id/version."""
    rows = session.scalars(select(ReportProfileRow).where(ReportProfileRow.originator_id == originator_id))
    return {
        f"{row.profile_id}/{row.version}": {"taken_by": row.taken_by, "taken_at": row.created_at.isoformat()}
        for row in rows
    }


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
        "received_at": row.received_at.isoformat(),
        **json.loads(row.summary),
    }


def _id(prefix: Prefix, key: int | None) -> str | None:
    return public_id(prefix, key) if key is not None else None


LISTING = Listing(
    statement=lambda: select(Report),
    key=Report.id,
    shown=lambda _, rows: [_as_dict(row[0]) | {"feed": _id(Prefix.FEED, row[0].feed_id)} for row in rows],
    filters={
        "carrier": Report.carrier.in_,
        "state": Report.state.in_,
        "feed": lambda key: Report.feed_id == key,
        "business_from": lambda day: Report.business_on >= day,
        "business_to": lambda day: Report.business_on <= day,
        "received_from": lambda at: Report.received_at >= at,
        "received_to": lambda at: Report.received_at <= at,
        "name": lambda name: Report.name == name,
    },
)
"""Reports page by page."""
