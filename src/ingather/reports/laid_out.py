"""The one reader of reports that a profile lays out, delimited or fixed: records in, columns and problems out.

A row with an unreadable or missing field is left out and named; the rest is read. Unknown record types, a missing
header or trailer, and totals that differ are problems. Further fields at the end of a delimited record are allowed
unless the profile says otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from types import MappingProxyType

from ingather.reports.fields import TYPES, read_column, words_of
from ingather.reports.findings import Findings
from ingather.reports.items import ITEM_KINDS, ControlTotals, Items, PostingEvent
from ingather.reports.layout import FieldLayout, Place, RecordEnds, RecordLayout, ReportLayout
from ingather.reports.lines import Line, text_lines, width_lines
from ingather.reports.record_rows import RecordRows, SortedRecords, sort_records

HASH_MODULUS = 10**10

Columns = dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """What a profile's reader found: the header's values, the items by kind, and whether the totals tie."""

    header: Mapping[str, object]
    items: Mapping[str, Items]
    records: int
    control_totals: ControlTotals


def lines_of(content: bytes, layout: ReportLayout, findings: Findings) -> list[Line]:
    """Return a report's records as lines, however the layout says they end."""
    if layout.record_ends is RecordEnds.NONE:
        return width_lines(content, layout.width, findings)
    return text_lines(content, findings)


def read_laid_out(lines: Sequence[Line], layout: ReportLayout, findings: Findings, *, near: date) -> LaidOut:
    """Return the records of a report by its profile; ``findings`` takes every problem. Linear in the lines."""
    found = sort_records(lines, layout, findings)
    header: dict[str, object] = dict(layout.constants)
    claimed: Mapping[str, object] | None = None
    columns: dict[str, list[Columns]] = {}
    kept: dict[str, list[Items]] = {}
    for record in layout.records:
        read, good = _Reading(layout=layout, findings=findings, found=found, near=near).read(record)
        match record.place:
            case Place.HEADER:
                header |= {name: column[0] for name, column in read.items() if column}
            case Place.TRAILER:
                claimed = {name: column[0] for name, column in read.items()} if good else None
            case Place.ITEMS:
                columns.setdefault(record.items, []).append(read)
                kept.setdefault(record.items, []).append(_keep(record.items, read, good))
            case Place.IGNORED:
                pass
    counts = {name: len(rows.numbers) for name, rows in found.rows.items()}
    totals = _Totals(counts=counts, columns=columns, records=found.records)
    return LaidOut(
        header=header,
        items={kind: _joined(parts) for kind, parts in kept.items()},
        records=found.records,
        control_totals=totals.compare(claimed, layout, findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    layout: ReportLayout
    findings: Findings
    found: SortedRecords
    near: date

    def read(self, record: RecordLayout) -> tuple[Columns, list[int]]:
        """Return a record type's columns, and the rows that are good."""
        rows = self.found.rows[record.name]
        columns: Columns = {"line": list(rows.numbers)}
        signs: dict[str, list[object]] = {}
        bad: set[int] = set()
        # Turned once, a delimited field is a column at hand; what a row leaves off at its end is blank.
        turned = list(zip_longest(*rows.cells, fillvalue="")) if self.layout.delimiter else []
        for field in record.fields:
            column = self._field(rows, self._texts(rows, turned, field), field, record, bad)
            if field.signs:
                signs[field.signs] = column
            elif field.column:
                columns[field.column] = column
        for name, sign in signs.items():
            columns[name] = [_times(amount, by) for amount, by in zip(columns[name], sign, strict=True)]
        if self.layout.delimiter and not self.layout.further_columns:
            self._no_further(rows, record)
        return columns, [index for index in range(len(rows.numbers)) if index not in bad]

    def _field(
        self, rows: RecordRows, texts: Sequence[str] | None, field: FieldLayout, record: RecordLayout, bad: set[int]
    ) -> list[object]:
        # A total that is not given claims nothing, and an amount whose sign is not given is neither.
        blank = None if field.total else TYPES[field.type].blank
        needed = field.required or (bool(field.signs) and record.place is Place.ITEMS)
        if texts is None:
            if needed and rows.numbers:
                message = f"The report has no column named {field.source}, which {record.title} records need."
                self.findings.add("column-missing", message, line=self.found.names_line, name=field.label)
                bad.update(range(len(rows.numbers)))
            return [blank] * len(rows.numbers)
        distinct = set(texts)
        known = read_column(distinct, field, near=self.near)
        blanks = {text for text in known if not text.strip(" ") and known[text] == TYPES[field.type].blank}
        if field.total:
            known |= dict.fromkeys(blanks)
        blanks = blanks if needed else set()
        if blanks or len(known) < len(distinct):
            self._name_bad(texts, rows.numbers, field, record, bad=bad, good=known.keys() - blanks)
            known |= dict.fromkeys(distinct - known.keys(), blank)
        return list(map(known.__getitem__, texts))

    def _texts(self, rows: RecordRows, turned: list[tuple[str, ...]], field: FieldLayout) -> Sequence[str] | None:
        """Return a field's text in every row; None for a named column that the report does not have."""
        if field.constant:
            return [field.constant] * len(rows.cells)
        if field.start:
            return [str(row[field.start - 1 : field.end]) for row in rows.cells]
        at = self.found.names.get(field.source.casefold()) if field.source else field.at - 1
        if at is None:
            return None
        return turned[at] if at < len(turned) else [""] * len(rows.cells)

    def _name_bad(
        self,
        texts: Sequence[str],
        numbers: list[int],
        field: FieldLayout,
        record: RecordLayout,
        *,
        bad: set[int],
        good: set[str],
    ) -> None:
        start, end = (field.start, field.end) if field.start else (0, 0)
        of_form = " of the right form" if field.pattern else ""
        for index, text in enumerate(texts):
            if text in good:
                continue
            bad.add(index)
            if text.strip(" "):
                check = "field-unreadable"
                message = f"Line {numbers[index]} ({record.title}): {field.label} is not {words_of(field)}{of_form}."
            else:
                check = "field-missing"
                message = f"Line {numbers[index]} ({record.title}) lacks {field.label}."
            self.findings.add(check, message, line=numbers[index], start=start, end=end, name=field.label)

    def _no_further(self, rows: RecordRows, record: RecordLayout) -> None:
        most = max((field.at for field in record.fields), default=0) or len(self.found.names)
        for number, cells in zip(rows.numbers, rows.cells, strict=True):
            if len(cells) > most:
                message = f"Line {number} ({record.title}) has {len(cells)} fields; the profile knows {most}."
                self.findings.add("fields-further", message, line=number)


def _times(amount: object, sign: object) -> object:
    """Return an amount with its sign; one without a sign stays as it is."""
    return amount * sign if isinstance(amount, int) and isinstance(sign, int) and sign else amount


def _keep(kind: str, read: Columns, good: list[int]) -> Items:
    items = ITEM_KINDS[kind]
    everything = len(good) == len(read["line"])
    kept: Columns = {}
    for name in items.column_names():
        column = read.get(name)
        if column is None:
            column = [_BLANKS.get(name, "")] * len(read["line"])
        kept[name] = column if everything else [column[index] for index in good]
    return items(**kept)  # type: ignore[arg-type]  # the profile's types give each column its element type


def _joined(parts: list[Items]) -> Items:
    """Return the items of several record types that hold the same kind, in the order of their lines."""
    if len(parts) == 1:
        return parts[0]
    kind = type(parts[0])
    lines = [line for part in parts for line in part.line]
    order = sorted(range(len(lines)), key=lines.__getitem__)
    columns = {name: [value for part in parts for value in getattr(part, name)] for name in kind.column_names()}
    return kind(**{name: [column[index] for index in order] for name, column in columns.items()})


_BLANKS: dict[str, object] = {
    **dict.fromkeys(("original_trace", "return_trace", "change_trace", "dishonour_trace", "trace"), 0),
    **dict.fromkeys(("transaction_code", "amount_cents", "amount_minor", "batch_number", "count", "items"), 0),
    **dict.fromkeys(("accepted_entries", "accepted_cents", "rejected_entries", "rejected_cents", "entries"), 0),
    **dict.fromkeys(("debit_cents",), 0),
    **dict.fromkeys(("original_effective_on", "original_settled_on", "return_settled_on", "died_on"), None),
    **dict.fromkeys(("effective_on", "settled_on", "dishonour_settled_on", "value_on", "as_of_on"), None),
    **dict.fromkeys(("created_on", "answered_at"), None),
    "event": PostingEvent.UNKNOWN,
    "klass": "RETURN",
    "corrected": " " * 29,
    "provisional": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Totals:
    counts: Mapping[str, int]
    columns: Mapping[str, list[Columns]]
    records: int

    def compare(self, claimed: Mapping[str, object] | None, layout: ReportLayout, findings: Findings) -> ControlTotals:
        """Return whether the trailer's totals are those of the records; each that is not is a problem.

        A total that is blank or left off is none, never zero.
        """
        trailer = layout.trailer
        if claimed is None or trailer is None or not any(field.total for field in trailer.fields):
            return ControlTotals.NONE
        result, compared = ControlTotals.TIE, False
        line = claimed["line"]
        for field in trailer.fields:
            if not field.total or claimed[field.column] is None:
                continue
            compared = True
            found = self._of(field.total)
            if found != claimed[field.column]:
                result = ControlTotals.DIFFER
                message = f"The trailer says {claimed[field.column]} for {field.label}, the records give {found}."
                findings.add("control-total", message, line=line if isinstance(line, int) else 0, name=field.label)
        return result if compared else ControlTotals.NONE

    def _of(self, words: str) -> int:
        measure, _, of = words.partition(":")
        if measure == "records":
            return self.records
        if measure == "count":
            return sum(self.counts.get(name, 0) for name in of.split("+"))
        kind, _, name = of.partition(".")
        numbers = [value for part in self.columns.get(kind, []) for value in part.get(name, []) if type(value) is int]
        return MEASURES[measure](numbers)


def _hash(numbers: list[int]) -> int:
    return sum(value % HASH_MODULUS for value in numbers) % HASH_MODULUS


MEASURES: Mapping[str, Callable[[list[int]], int]] = MappingProxyType(
    {
        "sum": lambda numbers: sum(map(abs, numbers)),
        "net": sum,
        "credits": lambda numbers: sum(value for value in numbers if value > 0),
        "debits": lambda numbers: -sum(value for value in numbers if value < 0),
        "hash": _hash,
    }
)
"""The measures of a total over a column; beside them ``records`` and ``count:RECORD``."""
