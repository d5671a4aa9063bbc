"""How a bank's records and fields are laid out, as data that one reader is driven by.

A layout says how a record is recognised, where each field stands, its type, what is done to its text before it is read,
and which control total it claims.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a record's values go: the report itself, a kind of items, the check of its totals, or nowhere."""

    HEADER = "header"
    ITEMS = "items"
    TRAILER = "trailer"
    IGNORED = "ignored"


class HeaderRow(StrEnum):
    """Whether a delimited report begins with a row of column names, and whether fields are found by them."""

    NONE = "none"
    SKIP = "skip"
    NAMES = "names"


class RecordEnds(StrEnum):
    """How records of fixed width end: each its line, or one behind the other."""

    LINE = "line"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLayout:
    """One field: its label in the bank's own words, the column it fills, and where and how it stands.

    ``at`` counts delimited fields from 1, the record type included; ``start`` and ``end`` are fixed columns from 1,
    both included; ``source`` is the name of its column in a row of names; ``constant`` stands for a field the bank
    does not write. ``signs`` names the amount column a sign belongs to, ``total`` the control total it claims. An
    empty ``column`` is read and checked, not kept. ``transforms``, then ``map``, work on the text before it is read
    as its ``type`` by ``format``; ``decimals`` is how many an amount has, ``mark`` what stands before them,
    ``pivot`` the first year of two digits that is one of the last century.
    """

    label: str
    column: str
    type: str = "text"
    required: bool = False
    at: int = 0
    start: int = 0
    end: int = 0
    source: str = ""
    constant: str = ""
    values: frozenset[str] = frozenset()
    pattern: str = ""
    signs: str = ""
    total: str = ""
    format: str = ""
    decimals: int = 2
    mark: str = "."
    pivot: int = 100
    transforms: tuple[str, ...] = ()
    map: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayout:
    """One record type: the values that select it, its place, the kind of items it holds, and its fields."""

    selectors: tuple[str, ...]
    title: str
    place: Place
    items: str
    first: bool
    fields: tuple[FieldLayout, ...]

    @property
    def name(self) -> str:
        """Return what the record is called by totals and problems: its first selector, or its title without one."""
        return self.selectors[0] if self.selectors else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Where a record's type stands: a delimited field, fixed columns or a named column; none of them, one type."""

    at: int = 0
    start: int = 0
    end: int = 0
    source: str = ""
    unknown_is_error: bool = True

    @property
    def given(self) -> bool:
        """Return whether records have a type at all."""
        return bool(self.at or self.start or self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLayout:
    """One profile's records; ``delimiter`` is empty for fixed ones, ``width`` 0 for delimited ones.

    ``constants`` are values of the report that no record of it carries, such as its bank; ``day_from`` names the items'
    date column whose latest date is the report's day where no header says it.
    """

    name: str
    delimiter: str
    width: int
    records: tuple[RecordLayout, ...]
    selector: Selector
    quote: str = ""
    header_row: HeaderRow = HeaderRow.NONE
    further_columns: bool = True
    record_ends: RecordEnds = RecordEnds.LINE
    constants: Mapping[str, str]
    day_from: str = ""

    @property
    def by_selector(self) -> dict[str, RecordLayout]:
        """Return the record types by each value that selects them; a layout of one type has it under ""."""
        if not self.selector.given:
            return {"": self.records[0]}
        return {selector: record for record in self.records for selector in record.selectors}

    @property
    def trailer(self) -> RecordLayout | None:
        """Return the record that claims the totals, if there is one."""
        return next((record for record in self.records if record.place is Place.TRAILER), None)
