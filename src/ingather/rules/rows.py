"""Dated rows: everything that changes with the years is a row with a beginning, an end, a source and a confidence.

A decision is made under the rows in force on its date, and names them: a row's id is ``table/key@beginning``, such as
``return_codes/R01@2000-01-01``. So an old decision can be judged again under what was in force then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

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
    ``says`` is the row in one line, for people.
    """

    table: str
    key: str
    effective_from: date | None
    effective_to: date | None
    source: str
    confidence: str
    values: Mapping[str, str]
    says: str

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
    """A table of rule rows: its name, what it is about, the columns that make a row's key, and how a row is said.

    ``says`` is a sentence with columns in braces; where it is empty a row is said by all its values.
    """

    name: str
    about: str
    key: tuple[str, ...]
    says: str


@cache
def rule_tables() -> tuple[RuleTable, ...]:
    """Return the tables of rule rows, as the table of tables lists them."""
    return tuple(
        RuleTable(name=row["name"], about=row["about"], key=tuple(row["key"].split()), says=row["says"] or "")
        for row in table("tables")
    )


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return every row of a table in its own order; raises ``KeyError`` for a table that is not listed."""
    listed = {each.name: each for each in rule_tables()}[name]
    return tuple(
        Row(
            table=name,
            key="-".join(value for column in listed.key if (value := values[column])),
            effective_from=_day(values["effective_from"]),
            effective_to=_day(values["effective_to"]),
            source=values["source"],
            confidence=values["confidence"],
            values=values,
            says=_said(listed, values),
        )
        for values in table(name)
    )


@lru_cache(maxsize=4096)
def in_force(name: str, on: date) -> Mapping[str, Row]:
    """Return the rows of a table that are in force on a day, by their keys."""
    return {row.key: row for row in rows(name) if row.standing(on) is Standing.IN_FORCE}


def ids_of(chosen: Sequence[Row]) -> tuple[str, ...]:
    """Return the ids of rows, sorted and each once: what a decision rests on."""
    return tuple(sorted({row.id for row in chosen}))


def row_of(row_id: str) -> Row | None:
    """Return the row of an id, or None."""
    name = row_id.partition("/")[0]
    if name not in table_names():
        return None
    return next((row for row in rows(name) if row.id == row_id), None)


def table_names() -> tuple[str, ...]:
    """Return the names of the tables of rule rows."""
    return tuple(each.name for each in rule_tables())


def rows_called(word: str) -> tuple[Row, ...]:
    """Return the rows that a person means by a word: an id, a table, a whole key or the first part of one.

    ``R17`` means every row of that code, ``consumer`` every entry class of a consumer; capitals make no difference.
    """
    if (exact := row_of(word)) is not None:
        return (exact,)
    wanted = word.upper()
    return tuple(
        row
        for name in table_names()
        for row in rows(name)
        if wanted in {name.upper(), row.key.upper()} or row.key.upper().startswith(f"{wanted}-")
    )


def _said(listed: RuleTable, values: Mapping[str, str]) -> str:
    if not listed.says:
        dated = {"effective_from", "effective_to", "source", "confidence", *listed.key}
        return ", ".join(value for column, value in values.items() if value and column not in dated)
    readable = {column: value.replace("_", " ") for column, value in values.items()}
    return " ".join(listed.says.format_map(readable).split())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
