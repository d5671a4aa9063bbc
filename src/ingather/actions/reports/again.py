"""Reading a kept report again, with the version of the profile it was read with: it must tell of the same items."""

from dataclasses import dataclass, replace

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.report_profiles import profiles_of
from ingather.actions.reports.keeping import kept_bytes
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import NoSuch
from ingather.domain.reports import ReportState
from ingather.reports.digest import digest_of
from ingather.reports.items import Report as Reading
from ingather.reports.profile import ReportProfile
from ingather.reports.recognise import read_reports
from ingather.reports.tables import profile_called
from ingather.store.reading.retention import shredded_reports
from ingather.store.tables import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What came of reading one report again: whether its items are the same, None where nothing was kept of them."""

    report_id: int
    name: str
    profile: str
    same: bool | None


def read_again(ctx: Context, report_id: int, *, tolerated: frozenset[str]) -> Reading:
    """Return what a kept report says, read with the profile it was read with; raises ``NoSuch``.

    ``tolerated`` are the checks that the bank's NACHA files may fail.
    """
    row = ctx.session.get(Report, report_id)
    if row is None:
        fact = f"there is no report {public_id(Prefix.REPORT, report_id)}"
        raise NoSuch(fact)
    found = read_reports(
        kept_bytes(ctx, report_id),
        near=row.received_at.astimezone(NEW_YORK).date(),
        tolerated=tolerated,
        profiles=_pinned(ctx, row),
    )
    return found[row.part] if row.part < len(found) else Reading(carrier=found[0].carrier)


def compare_again(ctx: Context, report_id: int, *, tolerated: frozenset[str]) -> Again:
    """Read a kept report again and compare its items with what was taken; raises ``NoSuch``."""
    reading = read_again(ctx, report_id, tolerated=tolerated)
    row = ctx.session.get_one(Report, report_id)
    kept = row.items_sha256
    same = None if kept is None else bytes(kept) == digest_of(reading)
    return Again(report_id=row.id, name=row.name, profile=row.profile or "", same=same)


def readable_reports(ctx: Context) -> list[int]:
    """Return the keys of all reports whose items were kept as a hash and whose bytes still open, the oldest first."""
    gone = shredded_reports(ctx.session)
    rows = ctx.session.execute(
        select(Report.id, func.coalesce(Report.bytes_of, Report.id))
        .where(Report.items_sha256.is_not(None), Report.state != ReportState.KEPT)
        .order_by(Report.id)
    )
    return [key for key, holder in rows if holder not in gone]


def _pinned(ctx: Context, row: Report) -> tuple[ReportProfile, ...]:
    """Return the profile a report was read with, in force on any day, before those of the book."""
    own = profiles_of(ctx, row.originator_id)
    used = profile_called(row.profile, own) if row.profile else None
    return own if used is None else (replace(used, effective_from=None, effective_to=None),)
