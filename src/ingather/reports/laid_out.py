"""The one reader of reports that a profile lays out, delimited or fixed: records in, columns and problems out.

A row with an unreadable or missing field is left out and named; the rest is read. Unknown record types, a missing
header or trailer, and totals that differ are problems. Further fields at the end of a delimited record are allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.reports.fields import TYPES, read_column
from ingather.reports.findings import Findings
from ingather.reports.items import ITEM_KINDS, ControlTotals, Items, PostingEvent
from ingather.reports.layout import FieldLayout, Place, RecordLayout, ReportLayout
from ingather.reports.lines import Line

HASH_MODULUS = 10**10

Columns = dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """What a profile's reader found: the header's values, the items by kind, and whether the totals tie."""

    header: Mapping[str, object]
    items: Mapping[str, Items]
    records: int
    control_totals: ControlTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    numbers: list[int]
    cells: list[Sequence[str]]


def read_laid_out(lines: Sequence[Line], layout: ReportLayout, findings: Findings) -> LaidOut:
    """Return the records of a report by its profile; ``findings`` takes every problem. Linear in the lines."""
    rows = _sort_out(lines, layout, findings)
    header: Mapping[str, object] = {}
    claimed: Mapping[str, object] | None = None
    columns: dict[str, Columns] = {}
    items: dict[str, Items] = {}
    for selector, record in layout.records.items():
        read, good = _read_record(rows[selector], record, layout, findings)
        match record.place:
            case Place.HEADER:
                header = {name: column[0] for name, column in read.items() if column}
            case Place.TRAILER:
                claimed = {name: column[0] for name, column in read.items()} if good else None
            case Place.ITEMS:
                columns[record.items] = read
                items[record.items] = _keep(record.items, read, good)
    counts = {selector: len(found.numbers) for selector, found in rows.items()}
    return LaidOut(
        header=header,
        items=items,
        records=len(lines),
        control_totals=_compare(claimed, layout, counts, columns, len(lines), findings),
    )


def _sort_out(lines: Sequence[Line], layout: ReportLayout, findings: Findings) -> dict[str, _Rows]:
    rows = {selector: _Rows(numbers=[], cells=[]) for selector in layout.records}
    once = {selector for selector, record in layout.records.items() if record.first or record.place is Place.TRAILER}
    ended = False
    for position, line in enumerate(lines):
        cells: Sequence[str] = line.text.split(layout.delimiter) if layout.delimiter else line.text
        selector = cells[0] if layout.delimiter else line.text[:1]
        record = layout.records.get(selector)
        if record is None:
            message = f"Line {line.number} is of a record type the profile {layout.id} does not know."
            findings.add("record-unknown", message, line=line.number)
            continue
        if ended:
            findings.add("after-trailer", f"Line {line.number} stands after the trailer.", line=line.number)
        if selector in once and rows[selector].numbers:
            message = f"Line {line.number} is a second {record.title} record; it was not read."
            findings.add("record-repeated", message, line=line.number)
            continue
        if record.first != (position == 0):
            message = f"Line {line.number} is out of place: a report begins with its {_first(layout).title} record."
            if record.first or position == 0:
                findings.add("record-order", message, line=line.number)
        ended = ended or record.place is Place.TRAILER
        rows[selector].numbers.append(line.number)
        rows[selector].cells.append(_fit(line, layout, findings) if layout.width else cells)
    for selector in sorted(once):
        if not rows[selector].numbers:
            title = layout.records[selector].title
            findings.add("record-missing", f"The report has no {title} record ({selector}).", name=selector)
    return rows


def _first(layout: ReportLayout) -> RecordLayout:
    return next(record for record in layout.records.values() if record.first)


def _fit(line: Line, layout: ReportLayout, findings: Findings) -> str:
    if len(line.text) == layout.width:
        return line.text
    severity = Severity.WARNING if not line.text[layout.width :].strip() else Severity.ERROR
    message = f"Line {line.number} has {len(line.text)} columns, a record has {layout.width}."
    findings.add("record-width", message, line=line.number, start=1, end=len(line.text), severity=severity)
    return line.text.ljust(layout.width)


def _read_record(
    rows: _Rows, record: RecordLayout, layout: ReportLayout, findings: Findings
) -> tuple[Columns, list[int]]:
    columns: Columns = {"line": list(rows.numbers)}
    signs: dict[str, list[object]] = {}
    bad: set[int] = set()
    for field in record.fields:
        texts = _texts(rows.cells, field, layout)
        column = _read_field(texts, rows.numbers, field, record, findings, bad)
        if field.signs:
            signs[field.signs] = column
        elif field.column:
            columns[field.column] = column
    for name, sign in signs.items():
        columns[name] = [_times(amount, by) for amount, by in zip(columns[name], sign, strict=True)]
    return columns, [index for index in range(len(rows.numbers)) if index not in bad]


def _texts(cells: list[Sequence[str]], field: FieldLayout, layout: ReportLayout) -> list[str]:
    if layout.delimiter:
        return [row[field.at - 1] if field.at <= len(row) else "" for row in cells]
    return [str(row[field.start - 1 : field.end]) for row in cells]


def _read_field(
    texts: list[str],
    numbers: list[int],
    field: FieldLayout,
    record: RecordLayout,
    findings: Findings,
    bad: set[int],
) -> list[object]:
    kind = TYPES[field.type]
    known = read_column(texts, kind, values=field.values, pattern=field.pattern)
    blanks = {text for text in known if not text.strip(" ")} if field.required else set()
    if blanks or len(known) < len(set(texts)):
        for index, text in enumerate(texts):
            if text in blanks:
                message = f"Line {numbers[index]} ({record.title}) lacks {field.label}."
            elif text not in known:
                allowed = f"one of {', '.join(sorted(field.values))}" if field.values else kind.words
                message = f"Line {numbers[index]} ({record.title}): {field.label} is not {allowed}."
                message = message if not field.pattern else message.removesuffix(".") + " of the right form."
            else:
                continue
            bad.add(index)
            start, end = (field.start, field.end) if field.start else (0, 0)
            check = "field-missing" if text in blanks else "field-unreadable"
            findings.add(check, message, line=numbers[index], start=start, end=end, name=field.label)
    return [known.get(text, kind.blank) for text in texts]


def _times(amount: object, sign: object) -> object:
    return amount * sign if isinstance(amount, int) and isinstance(sign, int) else amount


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


_BLANKS: dict[str, object] = {
    "change_trace": 0,
    "original_effective_on": None,
    "event": PostingEvent.UNKNOWN,
    "trace": 0,
    "batch_number": 0,
    "items": 0,
    "provisional": False,
}


def _compare(
    claimed: Mapping[str, object] | None,
    layout: ReportLayout,
    counts: Mapping[str, int],
    columns: Mapping[str, Columns],
    records: int,
    findings: Findings,
) -> ControlTotals:
    trailer = next((record for record in layout.records.values() if record.place is Place.TRAILER), None)
    if claimed is None or trailer is None:
        return ControlTotals.NONE
    result = ControlTotals.TIE
    line = claimed["line"]
    for field in trailer.fields:
        found = _total(field.total, counts, columns, records)
        if found != claimed[field.column]:
            result = ControlTotals.DIFFER
            message = f"The trailer says {claimed[field.column]} for {field.label}, the records give {found}."
            findings.add("control-total", message, line=line if isinstance(line, int) else 0, name=field.label)
    return result


def _total(words: str, counts: Mapping[str, int], columns: Mapping[str, Columns], records: int) -> int:
    measure, _, of = words.partition(":")
    if measure == "records":
        return records
    if measure == "count":
        return counts[of]
    kind, _, name = of.partition(".")
    numbers = [value for value in columns[kind][name] if isinstance(value, int)]
    match measure:
        case "sum":
            return sum(abs(value) for value in numbers)
        case "credits":
            return sum(value for value in numbers if value > 0)
        case "debits":
            return -sum(value for value in numbers if value < 0)
        case "hash":
            return sum(value % HASH_MODULUS for value in numbers) % HASH_MODULUS
        case _:
            message = f"a report profile names the unknown total {words}"
            raise ValueError(message)
