"""The migrations make exactly the tables' own schema, and the database itself refuses what must never happen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, Inspector, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.schema import SchemaItem

from ingather.domain.refusals import WrongState
from ingather.store import audit
from ingather.store.bulk import insert_columns
from ingather.store.engine import open_engine, reading, writing
from ingather.store.migrate import check_current, upgrade
from ingather.store.tables import Base, Entry, Fact, Order

_NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)


@pytest.fixture
def engine(book_url: str) -> Iterator[Engine]:
    """Yield the engine of a migrated, empty book."""
    opened = open_engine(book_url, must_exist=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def _described(engine: Engine, leaving: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return what the database says of itself: columns, keys, uniques, checks and indexes with their conditions."""
    found: Inspector = inspect(engine)

    def worded(value: object) -> object:
        return {key: str(each) for key, each in value.items()} if isinstance(value, dict) else str(value)

    def plain(rows: list[Any]) -> list[str]:
        return sorted(str(sorted((key, worded(value)) for key, value in row.items())) for row in rows)

    names = sorted(set(found.get_table_names()) - {"alembic_version"} - leaving)
    return {
        f"{table} {what}": plain(getattr(found, f"get_{what}")(table))
        for table in names
        for what in ("columns", "foreign_keys", "unique_constraints", "check_constraints", "indexes")
    } | {f"{table} key": str(found.get_pk_constraint(table)) for table in names}


def _in_parts(connection: Connection) -> frozenset[str]:
    """Return the tables that are in parts by month, and their parts: PostgreSQL has such, SQLite has none."""
    if connection.dialect.name == "sqlite":
        return frozenset()
    asked = text("SELECT inhparent::regclass::text, inhrelid::regclass::text FROM pg_inherits "
                 "JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind IN ('r', 'p')")  # fmt: skip
    return frozenset(name for pair in connection.execute(asked) for name in pair)


def _other_engines(found: SchemaItem, engine: str) -> bool:
    """Return whether an index is only for the other engine."""
    only = getattr(found, "_ddl_if", None)
    return only is not None and only.dialect != engine


def test_the_migrations_make_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        parted = _in_parts(connection)
        wholes = parted & set(Base.metadata.tables)
        assert wholes == ({"entries", "facts"} if parted else set())

        def meant(found: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
            if kind == "table":
                return name not in parted - wholes
            return not _other_engines(found, engine.dialect.name)

        options = {"compare_type": True, "compare_server_default": True, "include_object": meant}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    migrated = _described(engine, parted)
    assert len(migrated) > 100
    plain = [table for table in Base.metadata.sorted_tables if table.name not in parted]
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection, tables=plain)
    assert _described(engine) == migrated


def test_a_book_of_another_schema_is_refused_by_name(engine: Engine) -> None:
    check_current(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(WrongState, match="the book has schema 0000"):
        check_current(engine)


def _with_a_record_and_a_fact(engine: Engine) -> None:
    with writing(engine) as session:
        audit.append(session, at=_NOON, actor="ana", verb="look", subject="book", detail={})
        session.add(
            Fact(
                originator_id=1, scope="order", subject_id=1, kind="canceled", once="", on_date=_NOON.date(),
                recorded_at=_NOON, actor="ana", detail={},
            ),
        )  # fmt: skip


@pytest.mark.parametrize("table", ["audit", "facts"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET actor = 'eve'", "DELETE FROM {}"])
def test_what_is_written_once_is_never_changed(engine: Engine, table: str, verb: str) -> None:
    _with_a_record_and_a_fact(engine)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), engine.begin() as connection:
        connection.execute(text(verb.format(table)))
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT actor FROM {table}")).all() == [("ana",)]  # noqa: S608 -- one of two names


@pytest.mark.parametrize("table", ["audit", "facts"])
def test_what_is_written_once_is_not_emptied_either(postgres_url: str, table: str) -> None:
    engine = open_engine(postgres_url)
    upgrade(engine)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {table}"))


def _entries(engine: Engine, *rows: dict[str, Any]) -> None:
    columns: dict[str, list[Any]] = {name: [] for name in ("id", "order_id", "kind", "presentation", "trace", "ended")}
    for row in rows:
        for name, values in columns.items():
            values.append(row.get(name))
    with writing(engine) as session:
        insert_columns(
            session,
            Entry,
            columns,
            same={
                "originator_id": 1, "original_entry_id": None, "file_id": 1, "batch_id": 1, "order_version": 1,
                "line": 3, "amount_cents": 1, "bucket": 0,
            },
        )  # fmt: skip


def _entry(key: int, **particulars: object) -> dict[str, Any]:
    return {"id": key, "order_id": 7, "kind": "debit", "presentation": 1, "trace": key, "ended": None, **particulars}


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(_entry(2, presentation=2, kind="retry"), id="a-second-live-debit"),
        pytest.param(_entry(2, ended="returned"), id="the-same-presentation-twice"),
        pytest.param(_entry(2, order_id=8, trace=1), id="the-same-trace-in-a-file"),
    ],
)
def test_the_uniques_refuse(engine: Engine, second: dict[str, Any]) -> None:
    _entries(engine, _entry(1))
    with pytest.raises(IntegrityError):
        _entries(engine, second)
    with reading(engine) as session:
        assert session.query(Entry.id).all() == [(1,)]


def test_the_uniques_let_a_retry_through_once_its_debit_came_back(engine: Engine) -> None:
    _entries(engine, _entry(1, ended="returned"), _entry(2, presentation=2, kind="retry"))
    _entries(engine, _entry(3, order_id=9, ended="voided"), _entry(4, order_id=9))
    with pytest.raises(IntegrityError):
        _entries(engine, _entry(5, presentation=2, kind="retry", ended="returned"))


def test_an_order_is_unique_in_its_merchants_own_words(engine: Engine) -> None:
    def record(key: int, instalment: int) -> None:
        with writing(engine) as session:
            session.add(
                Order(
                    id=key, originator_id=1, merchant_id=1, buyer_id=1, authorization_id=1, external_id="PO-1",
                    instalment=instalment, rail="ach_debit", amount_minor=1, currency="USD", due_on=date(2026, 11, 16),
                    collect_on=None, goods=False, state="open", reason=None, held=False, presentations=0,
                    first_settled_on=None, route_id=None, last_code=None, late=False, bucket=0, version=1,
                    created_at=_NOON,
                ),
            )  # fmt: skip

    record(1, 1)
    record(2, 2)
    with pytest.raises(IntegrityError):
        record(3, 1)
