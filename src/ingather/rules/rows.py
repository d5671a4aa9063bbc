"""Dated rows: everything that changes with the years is a row with a beginning, an end, a source and a confidence.

A decision is made under the rows in force on its date, and names them: a row's id is ``table/key@beginning``, such as
``return_codes/R01@2000-01-01``. So an old decision can be judged again under what was in force then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from ingather.rules.tables import table


class Standing(StrEnum):
    """How a row stands on a day; ``unknown`` is what could not be established, whatever the day."""

    PAST = "past"
    IN_FORCE = "in_force"
    FUTURE = "future"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule row. ``effective_from`` is None where it is not known when, or whether, the rule comes into force.

    ``confidence`` is 2 for two independent sources, 1 for one, G for general knowledge, I for our own inference.
    """

    table: str
    key: str
    effective_from: date | None
    effective_to: date | None
    source: str
    confidence: str
    values: Mapping[str, str]

    @property
    def id(self) -> str:
        """Return the id that decisions name."""
        return f"{self.table}/{self.key}@{self.effective_from or 'unknown'}"

    def standing(self, on: date) -> Standing:
        """Return how the row stands on a day."""
        if self.effective_from is None:
            return Standing.UNKNOWN
        if on < self.effective_from:
            return Standing.FUTURE
        return Standing.PAST if self.effective_to is not None and on > self.effective_to else Standing.IN_FORCE


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """A table of rule rows: its name, what it is about, and the columns that make a row's key."""

    name: str
    about: str
    key: tuple[str, ...]


@cache
def rule_tables() -> tuple[RuleTable, ...]:
    """Return the tables of rule rows, as the table of tables lists them."""
    return tuple(
        RuleTable(name=row["name"], about=row["about"], key=tuple(row["key"].split())) for row in table("tables")
    )


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return every row of a table in its own order; raises ``KeyError`` for a table that is not listed."""
    keys = {each.name: each.key for each in rule_tables()}[name]
    return tuple(
        Row(
            table=name,
            key="-".join(value for column in keys if (value := values[column])),
            effective_from=_day(values["effective_from"]),
            effective_to=_day(values["effective_to"]),
            source=values["source"],
            confidence=values["confidence"],
            values=values,
        )
        for values in table(name)
    )


@cache
def in_force(name: str, on: date) -> Mapping[str, Row]:
    """Return the rows of a table that are in force on a day, by their keys."""
    return {row.key: row for row in rows(name) if row.standing(on) is Standing.IN_FORCE}


def ids_of(chosen: Sequence[Row]) -> tuple[str, ...]:
    """Return the ids of rows, sorted and each once: what a decision rests on."""
    return tuple(sorted({row.id for row in chosen}))


def row_of(row_id: str) -> Row | None:
    """Return the row of an id, or None."""
    name = row_id.partition("/")[0]
    if name not in {each.name for each in rule_tables()}:
        return None
    return next((row for row in rows(name) if row.id == row_id), None)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
