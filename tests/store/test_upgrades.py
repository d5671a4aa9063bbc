"""A book of an older schema, with rows in it, is brought up: nothing is lost, and what was refused still is."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ingather.store.engine import open_engine
from ingather.store.migrate import check_current, scripts_folder, upgrade

OLDER, BEFORE = "0004", "0006"
_WORDS: dict[str, dict[str, Any]] = {
    "facts": {"scope": "order", "kind": "canceled", "on_date": "2026-11-16", "detail": "{}"},
    "cases": {"kind": "receipt", "state": "open", "opened_on": "2026-11-16"},
    "orders": {"due_on": "2026-11-16", "state": "open", "rail": "ach_debit", "presentations": 0},
    "authorizations": {"kind": "single", "channel": "online", "state": "active", "valid_from": "2026-11-01",
                       "evidence": "{}"},
    "accounts": {"kind": "checking", "holder": "consumer", "state": "active"},
    "buyers": {"state": "active"},
    "merchants": {"state": "active", "company_name": "HARBOR GOODS"},
    "originators": {"role": "originator"},
    "corrections": {"state": "open"},
    "entries": {"kind": "debit", "presentation": 1},
    "odfi_requests": {"kind": "return_requested", "asked_on": "2026-11-20"},
    "postings": {"kind": "settled", "account": "bank_clearing", "on_date": "2026-11-17"},
    "returns": {"code": "R01"},
    "settlements": {"as_of": "2026-11-20"},
    "settlement_lines": {"kind": "collected"},
}  # fmt: skip
_PARENTS_FIRST = ("originators", "merchants", "buyers", "accounts", "authorizations", "orders", "cases", "facts")
_SINCE = ("corrections", "entries", "odfi_requests", "postings", "returns", "settlements", "settlement_lines")


@pytest.fixture
def older(empty_url: str) -> Iterator[Engine]:
    """Yield the engine of a book of the older schema with a row in each table that has changed since."""
    engine = _of_schema(empty_url, OLDER, _PARENTS_FIRST)
    yield engine
    engine.dispose()


@pytest.fixture
def before_the_last(empty_url: str) -> Iterator[Engine]:
    """Yield the engine of a book of the schema before the last, with a row in each table that has changed since."""
    engine = _of_schema(empty_url, BEFORE, (*_PARENTS_FIRST, *_SINCE))
    yield engine
    engine.dispose()


def _of_schema(empty_url: str, revision: str, tables: tuple[str, ...]) -> Engine:
    engine = open_engine(empty_url, must_exist=False)
    config = Config()
    config.set_main_option("script_location", str(scripts_folder()))
    config.attributes["engine"] = engine
    command.upgrade(config, revision)
    for table in tables:
        _fill(engine, table)
    return engine


def _fill(engine: Engine, table: str) -> None:
    """Insert one row whose every column is filled: 1, or one letter, where nothing else is said."""
    values: dict[str, Any] = {}
    for column in inspect(engine).get_columns(table):
        name, kind = column["name"], column["type"].python_type
        if name in _WORDS[table]:
            values[name] = _WORDS[table][name]
        elif column["nullable"]:
            continue
        else:
            values[name] = {bool: False, bytes: b"x", str: "x", dict: "{}"}.get(kind, 1)
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)  # noqa: S608 -- names of our own tables


def _rows(engine: Engine, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {', '.join(columns)} FROM {table}"))  # noqa: S608 -- names of our own tables
        return [tuple(row) for row in found]


def test_a_filled_book_is_brought_up_without_losing_anything(older: Engine) -> None:
    had = {table: [column["name"] for column in inspect(older).get_columns(table)] for table in _PARENTS_FIRST}
    before = {table: _rows(older, table, columns) for table, columns in had.items()}
    assert all(len(rows) == 1 for rows in before.values())
    upgrade(older)
    check_current(older)
    assert {table: _rows(older, table, columns) for table, columns in had.items()} == before


def test_a_filled_book_of_the_schema_before_is_brought_up_and_asks_nothing_of_the_bank_again(
    before_the_last: Engine,
) -> None:
    tables = (*_PARENTS_FIRST, *_SINCE)
    had = {table: [column["name"] for column in inspect(before_the_last).get_columns(table)] for table in tables}
    kept = {table: _rows(before_the_last, table, columns) for table, columns in had.items()}
    upgrade(before_the_last)
    check_current(before_the_last)
    assert {table: _rows(before_the_last, table, columns) for table, columns in had.items()} == kept
    assert _rows(before_the_last, "odfi_requests", ["state", "about_id"]) == [("sent", 0)]
    assert _rows(before_the_last, "orders", ["refunded_minor"]) == [(0,)]
    assert _rows(before_the_last, "settlement_lines", ["turn"]) == [(1,)]


def test_an_authorization_for_one_debit_that_was_made_is_used_up(older: Engine) -> None:
    with older.begin() as connection:
        connection.execute(text("UPDATE orders SET presentations = 1"))
    upgrade(older)
    assert _rows(older, "authorizations", ["state", "ended_because"]) == [("consumed", "consumed")]


def test_facts_are_still_append_only_and_know_more_words(older: Engine) -> None:
    upgrade(older)
    with pytest.raises(DBAPIError, match="facts is append-only"), older.begin() as connection:
        connection.execute(text("UPDATE facts SET actor = 'eve'"))
    with pytest.raises(DBAPIError, match="facts is append-only"), older.begin() as connection:
        connection.execute(text("DELETE FROM facts"))
    insert = (
        "INSERT INTO facts (seq, originator_id, scope, subject_id, kind, once, on_date, recorded_at, actor, detail) "
        "VALUES (:seq, 1, 'buyer', 1, :kind, '', '2026-11-16', 1, 'ana', '{}')"
    )
    with older.begin() as connection:
        connection.execute(text(insert), {"seq": 2, "kind": "screened"})
    with pytest.raises(IntegrityError), older.begin() as connection:
        connection.execute(text(insert), {"seq": 3, "kind": "unheard_of"})


def test_older_rows_get_the_cautious_values(older: Engine) -> None:
    upgrade(older)
    assert _rows(older, "orders", ["suspected", "same_day", "corrected"]) == [(False, False, False)]
    assert _rows(older, "merchants", ["screening", "paid_abroad"]) == [(None, False)]
    assert _rows(older, "authorizations", ["amount_terms", "legal_hold"]) == [("range", False)]
