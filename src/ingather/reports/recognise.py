"""Reading whatever a bank delivers: the carrier by its content, the version of the profile by its day and its header.

Of the versions in force on the report's day the one whose header fits and that reads complete is taken, the newest
first; a bank's own profiles come before the packaged ones. So two versions may live at once while a bank changes over.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from ingather.base.problems import Severity
from ingather.reports.acknowledgement import read_acknowledgement
from ingather.reports.bai2.reader import read_bai2
from ingather.reports.camt.reader import read_camt
from ingather.reports.camt.status import read_status
from ingather.reports.carriers import describe_unread, recognise
from ingather.reports.fedach import read_fedach
from ingather.reports.findings import Findings
from ingather.reports.fitting import fits
from ingather.reports.items import Carrier, Report
from ingather.reports.lines import MAX_BYTES
from ingather.reports.nacha_returns import read_nacha
from ingather.reports.plain_acknowledgement import read_plain
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_tolerances import tolerate
from ingather.reports.str_report import read_str
from ingather.reports.swift.reader import read_swift
from ingather.reports.tables import packaged_profiles

__all__ = ["read_report", "read_reports", "read_with", "recognise", "refused_for_its_size"]


def read_reports(
    data: bytes,
    *,
    near: date,
    tolerated: frozenset[str] = frozenset(),
    profiles: Sequence[ReportProfile] = (),
) -> tuple[Report, ...]:
    """Return every report in some bytes, one an account and statement, in the order they stand; at least one.

    Never raises on content. Bytes that are no report we read give one with carrier ``unknown`` and one problem; so do
    more than 1 GiB. ``near`` is a day close to the report's, for dates that carry no year. This bank's NACHA files may
    fail the ``tolerated`` checks beside those that any bank's may; ``profiles`` are the bank's own.
    """
    if len(data) > MAX_BYTES:
        return refused_for_its_size()
    incomplete: tuple[Report, ...] = ()
    outdated: list[ReportProfile] = []
    others: list[tuple[ReportProfile, tuple[Report, ...]]] = []
    for profile in _candidates(data, profiles):
        found = read_with(data, profile, near=near, tolerated=tolerated)
        if profile.bank and any(report.bank not in {"", profile.bank} for report in found):
            continue
        if not all(profile.in_force(_day_of(report, near)) for report in found):
            outdated.append(profile)
            others.append((profile, found))
            if not (found := _by_day(others, near)):
                continue
            return found
        found = _noted(found, profile, outdated)
        if all(report.complete for report in found):
            return found
        incomplete = incomplete or found
    if incomplete:
        return incomplete
    if outdated:
        over = outdated[0]
        message = f"The report is laid out as {over.name} says, which is not in force on the report's day."
        return (_refused("profile-not-in-force", message, carrier=over.carrier, profile=over.name),)
    return (_refused("report-unknown", describe_unread(data)),)


def _by_day(read: Sequence[tuple[ReportProfile, tuple[Report, ...]]], near: date) -> tuple[Report, ...]:
    """Return the reports of one file, each as a version in force on its own day reads it; none where one has no such.

    Banks stack the reports of several days in a file, also over the day on which they change them.
    """
    last, found = read[-1]
    versions = [(profile, reports) for profile, reports in read if profile.id == last.id and len(reports) == len(found)]
    chosen = []
    for at in range(len(found)):
        fitting = [reports[at] for profile, reports in versions if profile.in_force(_day_of(reports[at], near))]
        if not fitting:
            return ()
        chosen.append(next((report for report in fitting if report.complete), fitting[0]))
    return tuple(chosen)


def _noted(found: tuple[Report, ...], profile: ReportProfile, outdated: Sequence[ReportProfile]) -> tuple[Report, ...]:
    """Return reports with a warning when a bank's own profile would have read them on another day."""
    over = next((each for each in outdated if each.id != profile.id), None)
    if over is None:
        return found
    findings = Findings()
    message = f"The report was read with {profile.name}: {over.name} is not in force on the report's day."
    findings.add("profile-not-in-force", message, severity=Severity.WARNING)
    return tuple(replace(report, problems=(*report.problems, *findings.all())) for report in found)


def read_with(
    data: bytes, profile: ReportProfile, *, near: date, tolerated: frozenset[str] = frozenset()
) -> tuple[Report, ...]:
    """Return every report in some bytes as one profile reads them, whatever they look like and whatever the day.

    So a kept report is read again as it was read before; otherwise as ``read_reports``.
    """
    if len(data) > MAX_BYTES:
        return refused_for_its_size()
    try:
        found = _read(data, profile, near=near, tolerated=tolerated)
    except Exception as fault:  # noqa: BLE001 -- a reader's own fault is this report's: its neighbours are read on
        message = f"Reading the report failed ({type(fault).__name__}); nothing of it was applied."
        return (_refused("reader-failed", message, carrier=profile.carrier, profile=profile.name),)
    return tuple(tolerate(report, profile.tolerances) for report in found)


def refused_for_its_size() -> tuple[Report, ...]:
    """Return what reading a report of more than 1 GiB gives: one report with one problem."""
    return (_refused("report-too-large", "The report is larger than 1 GiB and was not read."),)


def read_report(data: bytes, *, near: date, tolerated: frozenset[str] = frozenset()) -> Report:
    """Return the first report in some bytes, read as ``read_reports`` does with the packaged profiles."""
    return read_reports(data, near=near, tolerated=tolerated)[0]


def _candidates(data: bytes, profiles: Sequence[ReportProfile]) -> Iterator[ReportProfile]:
    """Yield the profiles a report may be read with, in the order they are tried, each name once."""
    carrier = recognise(data)
    ranked = sorted(profiles, key=lambda profile: (profile.id, -profile.version))
    tried: set[str] = set()
    for profile in ranked:
        laid_out = profile.layout is not None
        if profile.name not in tried and (fits(data, profile) if laid_out else profile.reads(carrier)):
            tried.add(profile.name)
            yield profile
    for profile in packaged_profiles():
        if profile.name not in tried and profile.reads(carrier):
            tried.add(profile.name)
            yield profile


def _read(data: bytes, profile: ReportProfile, *, near: date, tolerated: frozenset[str]) -> tuple[Report, ...]:
    if profile.carrier is Carrier.NACHA:
        return (replace(read_nacha(data, near=near, tolerated=tolerated), profile=profile.name),)
    return _READERS[profile.carrier](data, profile, near=near)


_READERS: dict[Carrier, Callable[..., tuple[Report, ...]]] = {
    Carrier.STR_DELIMITED: read_str,
    Carrier.STR_FIXED: read_str,
    Carrier.ACKNOWLEDGEMENT: read_acknowledgement,
    Carrier.BAI2: read_bai2,
    Carrier.CAMT_052: read_camt,
    Carrier.CAMT_053: read_camt,
    Carrier.CAMT_054: read_camt,
    Carrier.PAIN_002: read_status,
    Carrier.MT940: read_swift,
    Carrier.MT942: read_swift,
    Carrier.FEDACH_ACKNOWLEDGEMENT: read_fedach,
    Carrier.PLAIN_ACKNOWLEDGEMENT: read_plain,
}


def _day_of(report: Report, near: date) -> date:
    if report.business_date is not None:
        return report.business_date
    return report.as_of.date() if report.as_of is not None else near


def _refused(check: str, message: str, *, carrier: Carrier = Carrier.UNKNOWN, profile: str = "") -> Report:
    findings = Findings()
    findings.add(check, message)
    return Report(carrier=carrier, profile=profile, problems=findings.all())
