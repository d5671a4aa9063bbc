"""Report profiles: how a bank's records and fields are laid out, as data that one reader is driven by.

A profile names the carrier, how a record is recognised (its first field or column), where each field stands, its type,
whether it is required, and which control total it claims.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ingather.reports.items import ITEM_KINDS, Carrier


class Place(StrEnum):
    """Where a record's values go: the report itself, a kind of items, or the check of its totals."""

    HEADER = "header"
    ITEMS = "items"
    TRAILER = "trailer"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLayout:
    """One field: its label in the bank's own words, the column it fills, and where and how it stands.

    ``at`` counts delimited fields from 1, the record type included; ``start`` and ``end`` are fixed columns from 1,
    both included. ``signs`` names the amount column a sign belongs to, ``total`` the control total it claims. An empty
    ``column`` is read and checked, not kept.
    """

    label: str
    column: str
    type: str
    required: bool
    at: int
    start: int
    end: int
    values: frozenset[str]
    pattern: str
    signs: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayout:
    """One record type: its selector, its place, the kind of items it holds, and its fields."""

    selector: str
    title: str
    place: Place
    items: str
    first: bool
    fields: tuple[FieldLayout, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLayout:
    """One report profile; ``delimiter`` is empty for fixed records, ``width`` 0 for delimited ones."""

    id: str
    carrier: Carrier
    delimiter: str
    width: int
    records: Mapping[str, RecordLayout]


def read_layout(text: str) -> ReportLayout:
    """Return the profile of a TOML text; raises ``ValueError`` or ``KeyError`` when it is not one."""
    values = tomllib.loads(text)
    records = [_record(record) for record in values["records"]]
    layout = ReportLayout(
        id=values["id"],
        carrier=Carrier(values["carrier"]),
        delimiter=values.get("delimiter", ""),
        width=values.get("width", 0),
        records=MappingProxyType({record.selector: record for record in records}),
    )
    if bool(layout.delimiter) == bool(layout.width):
        message = f"the report profile {layout.id} needs either a delimiter or a width"
        raise ValueError(message)
    return layout


def _record(values: Mapping[str, Any]) -> RecordLayout:
    place = Place(values["place"])
    items = values.get("items", "")
    if place is Place.ITEMS and items not in ITEM_KINDS:
        message = f"the record {values['selector']} names the unknown items {items}"
        raise ValueError(message)
    return RecordLayout(
        selector=values["selector"],
        title=values["title"],
        place=place,
        items=items,
        first=values.get("first", place is Place.HEADER),
        fields=tuple(_field(field) for field in values["fields"]),
    )


def _field(values: Mapping[str, Any]) -> FieldLayout:
    return FieldLayout(
        label=values["label"],
        column=values.get("name", values["label"]),
        type=values.get("type", "text"),
        required=values.get("required", False),
        at=values.get("at", 0),
        start=values.get("start", 0),
        end=values.get("end", 0),
        values=frozenset(values.get("values", ())),
        pattern=values.get("pattern", ""),
        signs=values.get("signs", ""),
        total=values.get("total", ""),
    )
