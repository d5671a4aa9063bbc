"""What is wrong with a profile's records and fields: places that do not exist, types that do not fill their column."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import get_args, get_type_hints

from ingather.reports.fields import TRANSFORMS, TYPES, date_shape
from ingather.reports.items import ITEM_KINDS
from ingather.reports.laid_out import MEASURES
from ingather.reports.layout import HeaderRow, Place, RecordEnds
from ingather.reports.profile_lines import Path
from ingather.reports.profile_schema import FieldTerms, ProfileTerms, RecordTerms

Fault = tuple[Path, str]

HEADER_COLUMNS: dict[str, type] = {
    **dict.fromkeys(("bank", "account", "currency", "kind", "mode", "report_id", "previous_report_id"), str),
    **dict.fromkeys(("status", "corrects", "as_of_time", "layout_version"), str),
    "as_of_date": date,
    "utc_offset": object,
    "sequence": int,
    "business_date": date,
    "as_of": datetime,
}
"""What a header may say of its report, and what each is."""


@cache
def _columns_of(kind: str) -> dict[str, type]:
    """Return what each column of a kind of items holds."""
    hints = get_type_hints(ITEM_KINDS[kind])
    held: dict[str, type] = {}
    for name in ITEM_KINDS[kind].column_names():
        inner = get_args(hints[name])[0]
        held[name] = next((each for each in get_args(inner) if each is not type(None)), inner)
    return held


def layout_faults(terms: ProfileTerms) -> Iterator[Fault]:
    """Yield what is wrong with a laid-out profile: the path of each key, and a sentence that goes on from its name."""
    delivery = terms.delivery
    delimited = terms.carrier != "str-fixed" and not delivery.record_length
    if delimited and not delivery.delimiter:
        yield ("delivery", "delimiter"), " is missing."
    if not delimited and not delivery.record_length:
        yield ("delivery", "record_length"), " is missing."
    if not delimited and (delivery.delimiter or delivery.quote or delivery.header_row is not HeaderRow.NONE):
        yield ("delivery",), " is of fixed records, which have no delimiter, quote or header_row."
    if delimited and delivery.record_ends is not RecordEnds.LINE:
        yield ("delivery", "record_ends"), " is for records of a fixed width."
    if delivery.quote and delivery.quote == delivery.delimiter:
        yield ("delivery", "quote"), " is the delimiter too."
    if not terms.records:
        yield ("records",), " is missing: a profile needs one record at least."
    yield from _selector_faults(terms, delimited=delimited)
    yield from _day_faults(terms)
    for at, record in enumerate(terms.records):
        for path, message in _record_faults(record, terms, delimited=delimited):
            yield ("records", at, *path), message


def _selector_faults(terms: ProfileTerms, *, delimited: bool) -> Iterator[Fault]:
    selector = terms.selector
    if selector.source and terms.delivery.header_row is not HeaderRow.NAMES:
        yield ("selector", "source"), ' needs header_row = "names".'
    if selector.start and (delimited or not selector.start <= selector.end <= terms.delivery.record_length):
        yield ("selector", "start"), " and end must lie within a fixed record."
    if selector.at and not delimited:
        yield ("selector", "at"), " is for delimited records; write start and end."
    given = bool(selector.at or selector.start or selector.source)
    if not given and len(terms.records) > 1:
        yield ("selector",), " is missing: there are several records."
    seen: dict[str, int] = {}
    for at, record in enumerate(terms.records):
        words = (record.selector,) if isinstance(record.selector, str) else record.selector
        if given and not words:
            yield ("records", at, "selector"), " is missing."
        for word in words:
            if seen.setdefault(word, at) != at:
                yield ("records", at, "selector"), f": {word!r} selects another record already."
    yield from _once_faults(terms)


def _once_faults(terms: ProfileTerms) -> Iterator[Fault]:
    for place in (Place.HEADER, Place.TRAILER):
        if sum(record.place is place for record in terms.records) > 1:
            yield ("records",), f": there may be one {place}."
    if sum(record.place is Place.HEADER or bool(record.first) for record in terms.records) > 1:
        yield ("records",), ": one record may be first."


def _day_faults(terms: ProfileTerms) -> Iterator[Fault]:
    if not terms.report.day_from:
        return
    kind, _, column = terms.report.day_from.partition(".")
    if kind not in ITEM_KINDS or _columns_of(kind).get(column) is not date:
        yield ("report", "day_from"), " names no date column of items, such as returns.return_settled_on."


def _record_faults(record: RecordTerms, terms: ProfileTerms, *, delimited: bool) -> Iterator[Fault]:
    if record.place is Place.ITEMS and record.items not in ITEM_KINDS:
        yield ("items",), f": there are no items {record.items!r}; one of {', '.join(ITEM_KINDS)}."
        return
    if record.place is not Place.ITEMS and record.items:
        yield ("items",), f" is for records whose place is items, and this one's is {record.place}."
    filled: set[str] = set()
    for at, field in enumerate(record.fields):
        here = ("fields", at)
        for path, message in (*_place_faults(field, terms, delimited=delimited), *_type_faults(field)):
            yield (*here, *path), message
        for path, message in _column_faults(field, record, terms):
            yield (*here, *path), message
        column = field.label if field.name is None else field.name
        if column and not field.signs and column in filled:
            yield (*here, "name"), f": another field fills {column} already."
        filled.add(column if not field.signs else "")
    for at, field in enumerate(record.fields):
        if field.signs and field.signs not in filled:
            yield ("fields", at, "signs"), f": no field of this record fills {field.signs!r}."


def _place_faults(field: FieldTerms, terms: ProfileTerms, *, delimited: bool) -> Iterator[Fault]:
    named = terms.delivery.header_row is HeaderRow.NAMES
    if field.constant:
        if field.at or field.start or field.source:
            yield ("constant",), " stands for a field that has no place; write the one or the other."
    elif not delimited:
        if not (field.start and field.end and field.start <= field.end <= terms.delivery.record_length):
            yield ("start",), f" and end must lie within 1 to {terms.delivery.record_length}, start first."
    elif field.source and not named:
        yield ("source",), ' needs header_row = "names".'
    elif not (field.at or field.source):
        yield ("at",), " is missing: say which field it is." if not named else " or source is missing."


def _type_faults(field: FieldTerms) -> Iterator[Fault]:
    if field.type not in TYPES:
        yield ("type",), f": there is no type {field.type!r}; one of {', '.join(TYPES)}."
    for at, word in enumerate(field.transforms):
        if word not in TRANSFORMS:
            yield ("transforms", at), f": there is no {word!r}; one of {', '.join(TRANSFORMS)}."
    try:
        re.compile(field.pattern)
    except (re.error, RecursionError, OverflowError):
        yield ("pattern",), " is no regular expression."
    if field.format and field.type not in {"date", "julian"}:
        yield ("format",), " is for dates."
    elif field.format:
        try:
            date_shape(field.format)
        except ValueError:
            yield ("format",), " must tell a day once, such as YYYYMMDD, MM/DD/YYYY, YYDDD or DD-MMM-YY."


def _column_faults(field: FieldTerms, record: RecordTerms, terms: ProfileTerms) -> Iterator[Fault]:
    column = field.label if field.name is None else field.name
    if field.signs:
        if field.type != "sign":
            yield ("type",), ' of a sign is "sign".'
    elif record.place is Place.TRAILER:
        if field.total:
            yield from _total_faults(field.total, terms)
        if field.total and not column:
            yield ("name",), " is empty: a total is compared under its name."
    elif column and record.place is not Place.IGNORED:
        of_header = record.place is Place.HEADER
        columns = HEADER_COLUMNS if of_header else _columns_of(record.items)
        yield from _filling_faults(field, column, columns, "a header" if of_header else record.items)


def _filling_faults(field: FieldTerms, column: str, columns: dict[str, type], where: str) -> Iterator[Fault]:
    held = TYPES[field.type].holds if field.type in TYPES else object
    if column not in columns or column == "line":
        known = ", ".join(name for name in columns if name != "line")
        yield ("name",), f": {where} has no {column!r}; one of {known}. An empty name is read and not kept."
    elif columns[column] not in {held, object} and held is not object:
        yield ("type",), f": {column} is not what {field.type!r} gives."


def _total_faults(total: str, terms: ProfileTerms) -> Iterator[Fault]:
    measure, _, of = total.partition(":")
    names = {record.title for record in terms.records}
    for record in terms.records:
        names |= {record.selector} if isinstance(record.selector, str) else set(record.selector[:1])
    kind, _, column = of.partition(".")
    good = (
        total == "records"
        or (measure == "count" and set(of.split("+")) <= names)
        or (measure in MEASURES and kind in ITEM_KINDS and _columns_of(kind).get(column) is int)
    )
    if not good:
        yield ("total",), f": {total!r} is no total; records, count:RECORD or {', '.join(MEASURES)} of items.column."
