"""Many rows at once: the one place where rows are tuples, on their way to or from the driver.

SQLite takes them many to a statement on the raw driver, PostgreSQL by COPY. Values are what both drivers take as they
are: int, str, bytes, bool, None, and dates as ISO text.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import chain, repeat
from typing import Any, TypeAlias, cast

import numpy as np
from sqlalchemy import CheckConstraint, Connection, Executable, Select, Table
from sqlalchemy.orm import DeclarativeBase, Session

from ingather.base.dates import to_micros
from ingather.store.binary_copy import Column, binary_copy
from ingather.store.driver import driver_of
from ingather.store.engine import is_postgresql
from ingather.store.months import part_of

_FEW = 50
_MANY = 1_000
"""From how many rows on it pays to ask in which part of their table they lie."""
_VALUES = 1_000
"""How many values SQLite takes in one statement: few enough for any build of it."""
_WORD = re.compile(r"\w+")

Scalar: TypeAlias = int | str | bytes | bool | date | datetime | None


def insert_columns(
    session: Session,
    table: type[DeclarativeBase],
    columns: Mapping[str, Column],
    *,
    same: Mapping[str, Scalar],
) -> None:
    """Insert ``n`` rows given as columns of length n, lists or arrays; ``same`` holds the values that all rows share.

    Raises SQLAlchemy's ``IntegrityError`` when a constraint refuses a row, and its other faults for the rest.
    """
    relation = cast("Table", table.__table__).name
    names = ", ".join([*columns, *same])
    count = len(next(iter(columns.values())))
    if not count:
        return
    connection = session.connection()
    if not is_postgresql(session):
        # What all rows share stands in the statement: each value bound a hundred thousand times costs.
        marks = ", ".join(["?"] * len(columns) + [_literal(value) for value in same.values()])
        rows = list(zip(*map(_listed, columns.values()), strict=True))
        head = f"INSERT INTO {relation} ({names}) VALUES "  # noqa: S608 -- names of our own tables
        if count <= _FEW or not _checked_by_one(table, frozenset(columns)):
            _insert_rows(connection, head, f"({marks})", rows)
            return
        # A check of what all rows share holds for all when it holds for the first, and costs more than the row.
        _insert_rows(connection, head, f"({marks})", rows[:1])
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        try:
            _insert_rows(connection, head, f"({marks})", rows[1:])
        finally:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
        return
    if relation == "entries" and count >= _MANY:
        ids = np.asarray(columns["id"])
        relation = part_of(session, relation, int(ids.min()), int(ids.max()))
    statement = f"COPY {relation} ({names}) FROM STDIN"
    block = binary_copy(cast("Table", table.__table__), columns, same, count)
    with driver_of(connection, statement) as driver, driver.cursor() as cursor:
        if block is None:
            shared = [repeat(_plain(value), count) for value in same.values()]
            with cursor.copy(statement) as copy:
                for row in zip(*map(_listed, columns.values()), *shared, strict=True):
                    copy.write_row(row)
        else:
            with cursor.copy(f"{statement} (FORMAT BINARY)") as copy:
                copy.write(block)


def _listed(values: Column) -> Sequence[Any]:
    found: Sequence[Any] = values.tolist() if isinstance(values, np.ndarray) else values
    return found


def _insert_rows(connection: Connection, head: str, row: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows on SQLite, as many in one statement as go well."""
    at_once = max(1, _VALUES // max(1, len(rows[0])))
    whole = len(rows) - len(rows) % at_once
    if whole:
        statement = head + ", ".join([row] * at_once)
        for start in range(0, whole, at_once):
            connection.exec_driver_sql(statement, tuple(chain.from_iterable(rows[start : start + at_once])))
    if whole < len(rows):
        connection.exec_driver_sql(head + row, list(rows[whole:]))


@cache
def _checked_by_one(table: type[DeclarativeBase], varying: frozenset[str]) -> bool:
    """Return whether no check of a table is about a column that varies from row to row."""
    checks = [each for each in cast("Table", table.__table__).constraints if isinstance(each, CheckConstraint)]
    return not any(varying & set(_WORD.findall(str(check.sqltext))) for check in checks)


def _plain(value: Scalar) -> int | str | bytes | bool | None:
    if isinstance(value, datetime):
        return to_micros(value)
    return value.isoformat() if isinstance(value, date) else value


def _literal(value: Scalar) -> str:
    """Return a value as SQLite reads it in a statement."""
    match _plain(value):
        case None:
            return "NULL"
        case bool() | int() as number:
            return str(int(number))
        case bytes() as content:
            return f"x'{content.hex()}'"
        case text:
            return "'" + text.replace("'", "''") + "'"


def read_columns(session: Session, statement: Executable) -> list[tuple[Any, ...]]:
    """Return a query's result as one tuple per column; a result without rows gives empty tuples."""
    result = session.connection().execute(statement)
    width = len(result.keys())
    rows = result.all()
    return list(zip(*rows, strict=True)) if rows else [()] * width


def read_plain_columns(session: Session, statement: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return a large result as one tuple per column, with the values as the driver gives them.

    Dates come as ISO text from SQLite and as dates from PostgreSQL, flags as 0 and 1 or as bools.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    result = connection.exec_driver_sql(str(compiled))
    rows = result.cursor.fetchall()
    result.close()
    return list(zip(*rows, strict=True)) if rows else [()] * len(statement.selected_columns)
