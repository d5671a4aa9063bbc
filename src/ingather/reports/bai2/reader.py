"""Reading BAI2: one report an account of each group, with its balances and postings.

What a code means is asked of the profile, then of the packaged table. Only one amount of a status or summary code is
in force for an account and day, so the last one counts; details add up, and code 890 is words without money.
"""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from ingather.base.problems import Problem, Severity
from ingather.reports.bai2.details import Details, read_details
from ingather.reports.bai2.moments import read_day, read_moment
from ingather.reports.bai2.outline import Account, File, Group, Row, outline
from ingather.reports.bai2.postings import postings_of
from ingather.reports.bai2.records import Records, read_records
from ingather.reports.bai2.summaries import (
    AVAILABLE,
    CLOSING,
    OPENING,
    TRAILING_COMMA,
    Summary,
    note_summary,
    read_summary,
)
from ingather.reports.bai2.totals import compare
from ingather.reports.charges import charges_of
from ingather.reports.findings import Findings
from ingather.reports.items import Balances, Carrier, ControlTotals, Postings, Report
from ingather.reports.profile import ReportProfile
from ingather.reports.tables import codes_before_packaged

_STATUSES = {"": "UPDATE", "1": "UPDATE", "2": "DELETE", "3": "CORRECTION", "4": "TEST"}
_KINDS = {"1": "INTRADAY", "2": "EOD", "3": "INTRADAY", "4": "EOD"}
"""As-of date modifiers: interim and final of the previous day, interim and final of the same day."""
_VERSION = "2"
_DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An account as read: its report, and its share in the totals above it."""

    report: Report
    total: int
    lines: range


def read_bai2(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:
    """Return the reports of a BAI2 file, one an account of each group, at least one; content never raises.

    ``near`` is a day close to the report's, for years of two digits. A problem stands in the report on whose lines it
    is; any other in the first, and in the others one of its kind. A total of a group or file that differs, differs in
    each report below it.
    """
    findings = Findings()
    records = read_records(data, findings)
    reading = _Reading(records, profile, near=near, findings=findings)
    read = list(chain.from_iterable(reading.file(file) for file in outline(records, findings)))
    if not read:
        findings.add("header-missing", "The file holds no account (03).")
        return (Report(carrier=Carrier.BAI2, profile=profile.name, lines=len(records), problems=findings.all()),)
    return _told(read, findings.all())


def _told(read: list[_Read], problems: tuple[Problem, ...]) -> tuple[Report, ...]:
    """Return the reports with their problems: those on an account's lines are its own, all others the first one's.

    A file may have thousands of accounts: the others have one problem of each check and severity.
    """
    starts = [each.lines.start for each in read]
    own: list[list[Problem]] = [[] for _ in read]
    top: list[Problem] = []
    for problem in problems:
        # Accounts follow each other, and one line may hold several.
        at = last = bisect_right(starts, problem.line) - 1
        while at >= 0 and problem.line in read[at].lines:
            own[at].append(problem)
            at -= 1
        if at == last:
            top.append(problem)
    told = [top] + [_in_short(top)] * (len(read) - 1)
    parts = zip(read, own, told, strict=True)
    return tuple(replace(each.report, problems=(*mine, *more)) for each, mine, more in parts)


def _in_short(problems: list[Problem]) -> list[Problem]:
    """Return the first problem of each check and severity, with how many of them there are."""
    counts = Counter((problem.check, problem.severity) for problem in problems)
    first = {(problem.check, problem.severity): problem for problem in reversed(problems)}
    return [
        problem
        if counts[key] == 1
        else replace(problem, message=f"{problem.message} The file's first account tells {counts[key]} like it.")
        for key, problem in first.items()
    ]


class _Reading:
    """One file's bytes on their way to reports."""

    __slots__ = ("codes", "findings", "near", "profile", "records")

    def __init__(self, records: Records, profile: ReportProfile, *, near: date, findings: Findings) -> None:
        self.records = records
        self.profile = profile
        self.codes = codes_before_packaged(profile.codes)
        self.near = near
        self.findings = findings

    def file(self, file: File) -> list[_Read]:
        """Return the accounts of a file, with what its total says in each."""
        if file.header is not None and file.header.field(8) != _VERSION:
            message = f"The file header on line {file.header.number} does not say version 2 of BAI."
            self.findings.add("version", message, line=file.header.number, severity=Severity.WARNING)
        read = [each for number, group in enumerate(file.groups, start=1) for each in self.group(group, file, number)]
        tie = ControlTotals.NONE
        if file.trailer is not None:
            records = file.trailer.last - file.first + 1
            counts = (("number of groups", len(file.groups)), ("number of records", records))
            tie = compare(file.trailer, "file trailer", sum(each.total for each in read), counts, self.findings)
        return [_also(each, tie) for each in read]

    def group(self, group: Group, file: File, number: int) -> list[_Read]:
        """Return the accounts of a group, with what its total says in each."""
        head = self._head(group, file)
        read = [
            self.account(account, head, f"{number}.{place}") for place, account in enumerate(group.accounts, start=1)
        ]
        tie = ControlTotals.NONE
        if group.trailer is not None:
            records = group.trailer.last - group.first + 1
            counts = (("number of accounts", len(group.accounts)), ("number of records", records))
            tie = compare(group.trailer, "group trailer", sum(each.total for each in read), counts, self.findings)
        return [_also(each, tie) for each in read]

    def account(self, account: Account, head: Report, place: str) -> _Read:
        """Return one account as its report."""
        row = account.header
        summary = read_summary(row)
        first, after = account.details
        details = read_details(self.records, first, after, near=self.near, findings=self.findings)
        total = summary.total + details.total
        last = account.trailer.last if account.trailer is not None else max(row.last, after - 1)
        counts = (("number of records", last - row.first + 1),)
        tie = compare(account.trailer, "account trailer", total, counts, self.findings)
        if summary.lenient and tie is not ControlTotals.TIE:
            summary = replace(summary, good=False)
        note_summary(summary, row, self.codes, self.findings)
        postings = self._postings(details, head)
        report = replace(
            head,
            account=row.field(1),
            currency=row.field(2) or head.currency or _DEFAULT_CURRENCY,
            report_id=f"{head.report_id}-{place}" if head.report_id else "",
            lines=last - row.first + 1,
            tolerances=(TRAILING_COMMA,) if summary.lenient and summary.good else (),
            balances=_balances(summary, row, head.business_date),
            postings=postings,
            adjustments=charges_of(postings, self.codes),
            control_totals=tie,
        )
        if not report.account:
            self.findings.add("field-missing", f"Line {row.number} lacks its account.", line=row.number, name="account")
        return _Read(report=report, total=total, lines=range(row.number, self.records.numbers[last] + 1))

    def _postings(self, details: Details, head: Report) -> Postings:
        return postings_of(details, head, codes=self.codes, profile=self.profile, findings=self.findings)

    def _head(self, group: Group, file: File) -> Report:
        """Return what all reports of a group have in common."""
        head, top = group.header, file.header
        report = Report(
            carrier=Carrier.BAI2,
            profile=self.profile.name,
            kind=self.profile.semantics.kind,
            mode=self.profile.semantics.mode,
            bank=top.field(1) if top is not None else "",
            report_id=_name(top),
        )
        if head is None:
            return report
        status = head.field(3)
        if status not in _STATUSES:
            self._unreadable(head, "group status")
        modifier = head.field(7)
        if modifier and modifier not in _KINDS:
            self._unreadable(head, "as-of date modifier")
        day, moment = self._as_of(head)
        return replace(
            report,
            bank=head.field(2) or report.bank,
            currency=head.field(6),
            status=_STATUSES.get(status, ""),
            kind=_KINDS.get(modifier, report.kind),
            business_date=day,
            as_of=moment,
        )

    def _as_of(self, head: Row) -> tuple[date | None, datetime | None]:
        try:
            day = read_day(head.field(4), near=self.near)
        except ValueError:
            self._unreadable(head, "as-of date")
            return None, None
        try:
            return day, read_moment(day, head.field(5), self.profile.semantics.zone)
        except ValueError:
            self._unreadable(head, "as-of time")
            return day, None

    def _unreadable(self, row: Row, name: str) -> None:
        message = f"The group header on line {row.number} has no readable {name}."
        self.findings.add("field-unreadable", message, line=row.number, name=name)


def _also(each: _Read, tie: ControlTotals) -> _Read:
    """Return an account with what a total above it says: the worst of both counts."""
    worst = [ControlTotals.DIFFER, ControlTotals.NONE, ControlTotals.TIE]
    told = min(each.report.control_totals, tie, key=worst.index)
    return replace(each, report=replace(each.report, control_totals=told))


def _name(top: Row | None) -> str:
    """Return a file's own name: its creation date and its identification, which is unique on that date alone."""
    if top is None or not (top.field(3) or top.field(5)):
        return ""
    return f"{top.field(3)}-{top.field(5)}"[:60]


def _balances(summary: Summary, row: Row, day: date | None) -> Balances:
    found = [("OPENING", OPENING), ("CLOSING", CLOSING)]
    found += [("AVAILABLE", code) for code in AVAILABLE if code in summary.amounts][:1]
    found = [(kind, code) for kind, code in found if code in summary.amounts]
    return Balances(
        line=[row.number] * len(found),
        kind=[kind for kind, _ in found],
        amount_minor=[summary.amounts[code] for _, code in found],
        as_of_on=[day] * len(found),
    )
