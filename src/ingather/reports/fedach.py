"""FedACH acknowledgements: the Federal Reserve's printed answer to an ACH file, in lines or as one stream of rows.

Read after the samples that moov-io/fedach publishes (Apache-2.0), since the layout itself is not public; what they do
not show is a problem, never a guess. The rows have tags of one letter before them in the stream, so the values are
found behind their labels, which both forms have. Dates are MM/DD/YY; a file whose creation date is no date was
rejected for that and cannot be named. Only batches with something wrong are listed; entries never are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from ingather.base.problems import Severity
from ingather.reports.acknowledgement import contradictions
from ingather.reports.findings import Findings
from ingather.reports.item_rows import Rows
from ingather.reports.items import Acknowledgements, BatchAnswers, Carrier, Report
from ingather.reports.lines import eight_bit
from ingather.reports.profile import ReportProfile

_TITLE = re.compile(r"ACKNOWLEDGE?MENT OF ACH FILE DEPOSITS")
_BATCH = re.compile(r"BATCH NUMBER:[ ]{1,40}([0-9]{1,7})\b")
_END = re.compile(r"END OF ACKNOWLEDGE?MENT")
_ERROR = re.compile(r"([A-Z]{2}[0-9]{3}-\S[^\n]{0,200}?)(?=[ ]{2,}|\n|\Z)")
_MOST_REASON = 200
_STATUSES = ("ACCEPTED", "PENDED", "REJECTED")

_REPORTED = re.compile(
    r"REPORT DATE AND TIME:.{0,200}?([0-9]{2}/[0-9]{2}/[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})", re.DOTALL
)
_FILE_STATUS = re.compile(r"FILE STATUS:[ ]{0,40}FILE ([A-Z]{1,20})\b")
_ORIGIN = re.compile(r"IMMEDIATE ORIGIN:[ ]{0,40}([0-9A-Z-]{1,20})")
_DESTINATION = re.compile(r"IMMEDIATE DEST:[ ]{0,40}([0-9A-Z-]{1,20})")
_CREATED_ON = re.compile(r"FILE CREATION DATE:[ ]{0,40}([0-9]{2}/[0-9]{2}/[0-9]{2})")
_CREATED_AT = re.compile(r"FILE CREATION TIME:[ ]{0,40}([0-9]{2}):([0-9]{2})")
_MODIFIER = re.compile(r"FILE ID MODIFIER:[ ]{0,40}([0-9A-Z])\b")
_ENTRIES = re.compile(r"ENTRY/ADDENDA:[ ]{0,40}([0-9,]{1,12})")
_DEBITS = re.compile(r"DEBIT:[ ]{0,40}\$[ ]{0,40}([0-9,]{1,18})\.([0-9]{2})")
_COMPANY = re.compile(r"COMPANY ID:[ ]{0,4}([0-9A-Z]{1,10})")
_BATCH_STATUS = re.compile(r"BATCH STATUS:[ ]{0,40}BATCH ([A-Z]{1,20})\b")


def read_fedach(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:  # noqa: ARG001 -- every reader is asked alike
    """Return the acknowledgements in some bytes, one a file answered, at least one; content never raises.

    Counts are of entries and addenda together, cents those of debits. A file accepted but for batches is PARTIAL.
    """
    text = eight_bit(data).decode("ascii", errors="replace").replace("\r\n", "\n")
    starts = [found.start() for found in _TITLE.finditer(text)] or [0]
    line, before = 1, 0
    reports = []
    for start, end in pairwise([*starts, len(text)]):
        line, before = line + text.count("\n", before, start), start
        reports.append(_Answer(text=text[start:end], line=line, profile=profile, findings=Findings()).report())
    return tuple(reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The text of one acknowledgement and the line it begins on."""

    text: str
    line: int
    profile: ReportProfile
    findings: Findings

    def report(self) -> Report:
        """Return the acknowledgement as a report."""
        marks = [found.start() for found in _BATCH.finditer(self.text)]
        head = self.text[: marks[0]] if marks else self.text
        if _END.search(self.text) is None:
            self.findings.add("trailer-missing", "The acknowledgement does not say where it ends.", line=self.line)
        batches = Rows(BatchAnswers)
        for start, end in pairwise([*marks, len(self.text)]):
            batches.add(**self._batch(self.text[start:end], start))
        files = self._file(head, batches.items())
        # Only batches with something wrong are listed, and all of a file's may be.
        contradictions(files, self.findings, all_told=False)
        name = files.origination_file[0]
        return Report(
            carrier=Carrier.FEDACH_ACKNOWLEDGEMENT,
            profile=self.profile.name,
            bank=files.bank[0],
            kind="ACKNOWLEDGEMENT",
            as_of=files.answered_at[0],
            report_id=f"ACK-{name}-{files.status[0]}" if name else "",
            lines=self.text.count("\n") + 1,
            acknowledgements=files,
            batch_answers=batches.items(),
            problems=self.findings.all(),
        )

    def _file(self, head: str, batches: BatchAnswers) -> Acknowledgements:
        status = self._word(_FILE_STATUS, head, "file status", 0)
        entries, cents = self._count(head, 0), self._cents(head, 0)
        refused = [at for at, told in enumerate(batches.status) if told == "REJECTED"]
        if status == "ACCEPTED" and refused:
            status = "PARTIAL"
        match status:
            case "REJECTED":
                rejected = entries, cents
            case "PARTIAL":
                rejected = sum(batches.entries[at] for at in refused), sum(batches.debit_cents[at] for at in refused)
            case _:
                rejected = 0, 0
        taken = status in {"ACCEPTED", "PARTIAL"}
        day, clock, modifier = self._created(head)
        destination = _digits(_DESTINATION, head)
        rows = Rows(Acknowledgements)
        rows.add(
            line=self.line,
            bank=destination,
            destination=destination,
            origin=_digits(_ORIGIN, head),
            created_on=day,
            created_at=clock,
            modifier=modifier,
            origination_file=f"{day:%y%m%d}{clock}{modifier}" if day is not None and clock and modifier else "",
            status=status,
            accepted_entries=entries - rejected[0] if taken else 0,
            accepted_cents=cents - rejected[1] if taken else 0,
            rejected_entries=rejected[0],
            rejected_cents=rejected[1],
            reason="; ".join(_errors(head))[:_MOST_REASON],
        )
        return replace(rows.items(), answered_at=[self._answered_at(head)])

    def _batch(self, text: str, start: int) -> dict[str, object]:
        company = _COMPANY.search(text)
        number = _BATCH.match(text)
        return {
            "line": self._line_at(start),
            "batch_number": int(number[1]) if number is not None else 0,
            "status": self._word(_BATCH_STATUS, text, "batch status", start),
            "company_identification": company[1] if company is not None else "",
            "entries": self._count(text, start),
            "debit_cents": self._cents(text, start),
            "reason": "; ".join(_errors(text))[:_MOST_REASON],
        }

    def _created(self, head: str) -> tuple[date | None, str, str]:
        found, clock, modifier = _CREATED_ON.search(head), _CREATED_AT.search(head), _MODIFIER.search(head)
        day = None
        if found is not None:
            try:
                day = datetime.strptime(found[1], "%m/%d/%y").date()  # noqa: DTZ007 -- a day, no instant
            except ValueError:
                message = "The acknowledgement gives a file creation date that is no date."
                self.findings.add("field-unreadable", message, line=self.line, severity=Severity.WARNING)
        if day is None or clock is None or modifier is None:
            message = "The acknowledgement does not say which file it answers."
            self.findings.add("file-unnamed", message, line=self.line)
        return day, f"{clock[1]}{clock[2]}" if clock is not None else "", modifier[1] if modifier is not None else ""

    def _answered_at(self, head: str) -> datetime | None:
        found = _REPORTED.search(head)
        if found is None:
            return None
        try:
            at = datetime.strptime(f"{found[1]} {found[2]}", "%m/%d/%y %H:%M:%S")  # noqa: DTZ007 -- the zone follows
        except ValueError:
            return None
        return at.replace(tzinfo=ZoneInfo(self.profile.semantics.zone))

    def _word(self, pattern: re.Pattern[str], text: str, name: str, start: int) -> str:
        found = pattern.search(text)
        if found is not None and found[1] in _STATUSES:
            return found[1]
        what = f"has the {name} {found[1]}, which is not known" if found is not None else f"lacks its {name}"
        self.findings.add("field-unreadable", f"The acknowledgement {what}.", line=self._line_at(start), name=name)
        return ""

    def _count(self, text: str, start: int) -> int:
        found = _ENTRIES.search(text)
        if found is None or not found[1].replace(",", ""):
            message = "The acknowledgement lacks a count of entries."
            self.findings.add("field-missing", message, line=self._line_at(start), name="entry/addenda")
            return 0
        return int(found[1].replace(",", ""))

    def _cents(self, text: str, start: int) -> int:
        found = _DEBITS.search(text)
        if found is None:
            message = "The acknowledgement lacks an amount of debits."
            self.findings.add("field-missing", message, line=self._line_at(start), name="debit")
            return 0
        return int((found[1].replace(",", "") or "0") + found[2])

    def _line_at(self, start: int) -> int:
        return self.line + self.text.count("\n", 0, start)


def _digits(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].replace("-", "") if found is not None else ""


def _errors(text: str) -> Iterator[str]:
    """Yield what is wrong, each with its code such as FH005; the stream has one letter before it, lines do not."""
    for found in _ERROR.finditer(text):
        yield found[1].strip()
