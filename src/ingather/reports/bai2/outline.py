"""The order of a BAI2 file: files hold groups, groups hold accounts, accounts hold details, each between two records.

What stands where it may not is a problem; what can still be placed is read.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from ingather.reports.bai2.records import CONTINUATION, Records, body
from ingather.reports.findings import Findings

_WIDTH = 3
_RUN = re.compile(r"(?:16,|88,)+|(?P<mark>[0-9]{2},)")
"""Codes in a row: details and continuations, or one of the records between which they stand."""

_TITLES = {
    "01": "file header",
    "02": "group header",
    "03": "account",
    "49": "account trailer",
    "98": "group trailer",
    "99": "file trailer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record with its continuations: its line, the bodies of its physical records, and where these stand."""

    number: int
    pieces: tuple[str, ...]
    first: int
    last: int

    @property
    def fields(self) -> list[str]:
        """Return the fields of all its records; before a continuation the slash stands for a comma."""
        return [value for piece in self.pieces for value in piece.split(",")]

    def field(self, at: int) -> str:
        """Return the field at a place from 1, without blanks around it; empty when there is none."""
        fields = self.fields
        return fields[at - 1].strip() if at <= len(fields) else ""


@dataclass(slots=True, kw_only=True)  # mutable -- filled in while the records are walked
class Account:
    """An account of a group: its first and last record, and the range of its details among the records."""

    header: Row
    details: tuple[int, int] = (0, 0)
    trailer: Row | None = None


@dataclass(slots=True, kw_only=True)  # mutable -- filled in while the records are walked
class Group:
    """A group of accounts with one as-of date."""

    header: Row | None = None
    accounts: list[Account] = field(default_factory=list)
    trailer: Row | None = None
    first: int = 0


@dataclass(slots=True, kw_only=True)  # mutable -- filled in while the records are walked
class File:
    """One file, of which several may stand behind each other."""

    header: Row | None = None
    groups: list[Group] = field(default_factory=list)
    trailer: Row | None = None
    first: int = 0


class _Walk:
    """Where the walk over the records stands: the open file, group and account."""

    __slots__ = ("account", "file", "files", "findings", "group")

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.files: list[File] = []
        self.file: File | None = None
        self.group: Group | None = None
        self.account: Account | None = None

    def take(self, code: str, row: Row) -> None:
        """Place one record that is neither detail nor continuation."""
        match code:
            case "01":
                self.end_file()
                self.file = File(header=row, first=row.first)
                self.files.append(self.file)
            case "02":
                self.end_group()
                self.group = Group(header=row, first=row.first)
                self.open_file(row).groups.append(self.group)
            case "03":
                self.end_account()
                self.account = Account(header=row)
                self.open_group(row).accounts.append(self.account)
            case "49" if self.account is not None:
                self.account.trailer = row
                self.account = None
            case "98" if self.group is not None:
                self.end_account()
                self.group.trailer = row
                self.group = None
            case "99" if self.file is not None:
                self.end_group()
                self.file.trailer = row
                self.file = None
            case _:
                message = f"Line {row.number} is a {_TITLES[code]} ({code}) of nothing; it was not read."
                self.findings.add("record-order", message, line=row.number)

    def open_file(self, row: Row) -> File:
        """Return the open file; a new one without a header, which is a problem, when there is none."""
        if self.file is None:
            self.missing("header-missing", "01", row.number)
            self.file = File(first=row.first)
            self.files.append(self.file)
        return self.file

    def open_group(self, row: Row) -> Group:
        """Return the open group; a new one without a header, which is a problem, when there is none."""
        if self.group is None:
            file = self.open_file(row)
            self.missing("header-missing", "02", row.number)
            self.group = Group(first=row.first)
            file.groups.append(self.group)
        return self.group

    def end_account(self) -> None:
        """Close the account that is open, which then has no trailer."""
        if self.account is not None:
            self.missing("trailer-missing", "49", self.account.header.number)
            self.account = None

    def end_group(self) -> None:
        """Close the group that is open, which then has no trailer."""
        self.end_account()
        if self.group is not None:
            self.missing("trailer-missing", "98", self.group.header.number if self.group.header else 0)
            self.group = None

    def end_file(self) -> None:
        """Close the file that is open, which then has no trailer."""
        self.end_group()
        if self.file is not None:
            self.missing("trailer-missing", "99", self.file.header.number if self.file.header else 0)
            self.file = None

    def missing(self, check: str, code: str, number: int) -> None:
        """Note that a record is not there."""
        self.findings.add(check, f"The {_TITLES[code]} record ({code}) is missing.", line=number, name=code)


def outline(records: Records, findings: Findings) -> list[File]:
    """Return the files in some records; ``findings`` takes what is out of order or missing. Linear in the records."""
    walk = _Walk(findings)
    runs = _RUN.finditer("".join(records.codes))
    marks = [run.start() // _WIDTH for run in runs if run["mark"]]
    if not marks or marks[0]:
        _out_of_place(records, 0, marks[0] if marks else len(records), findings)
    for mark, after in pairwise([*marks, len(records)]):
        details = mark + 1
        while details < after and records.codes[details] == CONTINUATION:
            details += 1
        pieces = tuple(body(text) for text in records.texts[mark:details])
        row = Row(number=records.numbers[mark], pieces=pieces, first=mark, last=details - 1)
        walk.take(records.codes[mark][:2], row)
        if details < after:
            if records.codes[mark] == "03," and walk.account is not None:
                walk.account.details = (details, after)
            else:
                _out_of_place(records, details, after, findings)
    walk.end_file()
    return walk.files


def _out_of_place(records: Records, first: int, after: int, findings: Findings) -> None:
    if first < after:
        number = records.numbers[first]
        message = f"From line {number} on {after - first} records stand in no account; they were not read."
        findings.add("record-order", message, line=number)
