"""Which record each line of a laid-out report is: by its type, in its place, once where it stands once."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ingather.base.problems import Severity
from ingather.reports.findings import Findings
from ingather.reports.layout import HeaderRow, Place, RecordLayout, ReportLayout
from ingather.reports.lines import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRows:
    """The lines of one record type: their numbers, and their fields, or their text where columns are fixed."""

    numbers: list[int] = field(default_factory=list)
    cells: list[Sequence[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedRecords:
    """A report's lines by the name of their record; ``names`` gives the position of each named column, from 0."""

    rows: dict[str, RecordRows]
    names: dict[str, int]
    names_line: int
    records: int


def cells_of(text: str, layout: ReportLayout) -> Sequence[str]:
    """Return a line's fields, unquoted, or its text where columns are fixed; split at marks where quotes make none."""
    if not layout.delimiter:
        return text
    if layout.quote and layout.quote in text:
        with suppress(csv.Error):
            return next(csv.reader([text], delimiter=layout.delimiter, quotechar=layout.quote), [])
    return text.split(layout.delimiter)


def column_names(cells: Sequence[str]) -> dict[str, int]:
    """Return the position of each column by its name, in small letters and without blanks around; the first counts."""
    names: dict[str, int] = {}
    for position, name in enumerate(cells):
        names.setdefault(name.strip().casefold(), position)
    return names


def selector_of(cells: Sequence[str], layout: ReportLayout, names: dict[str, int]) -> str:
    """Return a line's record type; empty where the layout has one type only, or the line is too short for it."""
    selector = layout.selector
    if selector.start:
        return str(cells[selector.start - 1 : selector.end]).strip()
    position = names.get(selector.source.casefold(), -1) if selector.source else selector.at - 1
    return cells[position].strip() if 0 <= position < len(cells) else ""


def split_reports(lines: Sequence[Line], layout: ReportLayout) -> list[Sequence[Line]]:
    """Return the lines of each report: a new one begins where a trailer is followed by the record that stands first.

    Banks stack reports in one file. Without both kinds of records, or where none ends, all lines are one report's.
    """
    known, trailer = layout.by_selector, layout.trailer
    if trailer is None or not any(record.first for record in layout.records):
        return [lines]
    # Where the type stands first in a line, most lines show by their first characters that they are no trailer.
    shown = trailer.selectors if 1 in {layout.selector.at, layout.selector.start} else ("",)
    ends = [
        at
        for at, line in enumerate(lines[:-1])
        if line.text.startswith(shown) and _is(line, layout, known, trailer=True)
    ]
    starts = [0, *(at + 1 for at in ends if _is(lines[at + 1], layout, known, trailer=False))]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _is(line: Line, layout: ReportLayout, known: dict[str, RecordLayout], *, trailer: bool) -> bool:
    record = known.get(selector_of(cells_of(line.text, layout), layout, {}))
    return record is not None and (record.place is Place.TRAILER if trailer else record.first)


def sort_records(lines: Sequence[Line], layout: ReportLayout, findings: Findings) -> SortedRecords:
    """Return the lines of a report by record type; what has no place there is a problem, never skipped silently."""
    names: dict[str, int] = {}
    names_line = 0
    if layout.header_row is not HeaderRow.NONE and lines:
        names_line = lines[0].number
        if layout.header_row is HeaderRow.NAMES:
            names = column_names(cells_of(lines[0].text, layout))
        lines = lines[1:]
    rows = {record.name: RecordRows() for record in layout.records}
    _Sorting(layout=layout, findings=findings, rows=rows, names=names).sort(lines)
    return SortedRecords(rows=rows, names=names, names_line=names_line, records=len(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorting:
    layout: ReportLayout
    findings: Findings
    rows: dict[str, RecordRows]
    names: dict[str, int]

    def sort(self, lines: Sequence[Line]) -> None:
        layout, rows, findings, names = self.layout, self.rows, self.findings, self.names
        known = layout.by_selector
        once = {record.name for record in layout.records if record.first or record.place is Place.TRAILER}
        leading = next((record for record in layout.records if record.first), None)
        ended = False
        widths: dict[Severity, list[Line]] = {}
        for position, line in enumerate(lines):
            cells = cells_of(line.text, layout)
            record = known.get(selector_of(cells, layout, names))
            if record is None:
                self._unknown(line)
                continue
            if ended:
                findings.add("after-trailer", f"Line {line.number} stands after the trailer.", line=line.number)
            found = rows[record.name]
            if record.name in once and found.numbers:
                message = f"Line {line.number} is a second {record.title} record; it was not read."
                findings.add("record-repeated", message, line=line.number)
                continue
            if leading is not None and record.first != (position == 0) and (record.first or position == 0):
                message = f"Line {line.number} is out of place: a report begins with its {leading.title} record."
                findings.add("record-order", message, line=line.number)
            ended = ended or record.place is Place.TRAILER
            found.numbers.append(line.number)
            found.cells.append(self._fit(line, widths) if layout.width else cells)
        self._missing(leading)
        self._tell(widths)

    def _unknown(self, line: Line) -> None:
        severity = Severity.ERROR if self.layout.selector.unknown_is_error else Severity.WARNING
        message = f"Line {line.number} is of a record type the profile {self.layout.name} does not know."
        self.findings.add("record-unknown", message, line=line.number, severity=severity)

    def _missing(self, leading: RecordLayout | None) -> None:
        for record, check in ((leading, "header-missing"), (self.layout.trailer, "trailer-missing")):
            if record is not None and not self.rows[record.name].numbers:
                message = f"The report has no {record.title} record ({record.name})."
                self.findings.add(check, message, name=record.name)

    def _fit(self, line: Line, widths: dict[Severity, list[Line]]) -> str:
        width = self.layout.width
        if len(line.text) == width:
            return line.text
        severity = Severity.WARNING if not line.text[width:].strip() else Severity.ERROR
        widths.setdefault(severity, []).append(line)
        return line.text.ljust(width)

    def _tell(self, widths: dict[Severity, list[Line]]) -> None:
        """Tell records of another width once: the first, and how many there are."""
        for severity, (line, *more) in widths.items():
            columns = len(line.text)
            message = f"Line {line.number} has {columns} columns, a record has {self.layout.width}."
            message += f" Lines of another width behind it: {len(more)}." if more else ""
            self.findings.add("record-width", message, line=line.number, start=1, end=columns, severity=severity)
