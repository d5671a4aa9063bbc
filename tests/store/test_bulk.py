"""Rows by the many go in and come out as they are, on each engine, whatever their types."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from ingather.store.bulk import insert_columns, read_columns
from ingather.store.engine import open_engine, reading, writing
from ingather.store.migrate import upgrade
from ingather.store.tables import Batch, Entry, Fact, FileChunk, Order

_AT = datetime(2026, 11, 16, 17, 30, 0, 123456, tzinfo=UTC)
_AWKWARD = ['plain "quotes"', "tab\tnew\nline\\N\\.", "żółć ✓", ""]


@pytest.fixture
def engine(book_url: str) -> Iterator[Engine]:
    """Yield the engine of a migrated, empty book."""
    opened = open_engine(book_url, must_exist=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def _orders() -> dict[str, list[Any]]:
    return {
        "id": [1, 2, 3, (1 << 63) - 1],
        "external_id": _AWKWARD,
        "instalment": [1, 2, 3, 32_767],
        "amount_minor": [1, 9_999_999_999, 1 << 40, 1],
        "due_on": ["2026-11-16", "2024-02-29", "1999-12-31", "2026-11-16"],
        "collect_on": ["2026-11-16", None, None, "2026-11-17"],
        "goods": [True, False, True, False],
        "reason": [None, "no-route", None, None],
        "route_id": [None, 7, None, None],
    }


_ORDER: dict[str, Any] = {
    "originator_id": 1, "merchant_id": 1, "buyer_id": 1, "authorization_id": 1, "rail": "ach_debit", "currency": "USD",
    "state": "open", "held": False, "presentations": 0, "first_settled_on": date(2026, 11, 18), "last_code": None,
    "late": True, "bucket": 255, "version": 1, "created_at": _AT,
}  # fmt: skip


def test_every_type_comes_out_as_it_went_in(engine: Engine) -> None:
    columns = _orders()
    with writing(engine) as session:
        insert_columns(session, Order, columns, same=_ORDER)
    with reading(engine) as session:
        names = [*columns, *_ORDER]
        found = dict(
            zip(
                names,
                read_columns(session, select(*[getattr(Order, name) for name in names]).order_by(Order.id)),
                strict=True,
            )
        )
    days = {"due_on", "collect_on"}
    for name, values in columns.items():
        meant = [date.fromisoformat(value) if value else None for value in values] if name in days else values
        assert list(found[name]) == meant, name
    for name, value in _ORDER.items():
        assert found[name] == (value,) * 4, name


def test_bytes_of_every_value_and_json_come_out_as_they_went_in(engine: Engine) -> None:
    every = bytes(range(256)) * 3
    detail = {"word": _AWKWARD, "count": 1, "none": None, "deep": [{"a": True}]}
    with writing(engine) as session:
        insert_columns(
            session,
            Fact,
            {"subject_id": [1, 2], "detail": [json.dumps(detail), "{}"], "on_date": ["2026-11-16", "2026-11-17"]},
            same={
                "originator_id": 1, "scope": "order", "kind": "canceled", "once": "", "recorded_at": _AT,
                "actor": "ana",
            },
        )  # fmt: skip
    with reading(engine) as session:
        details, instants = read_columns(session, select(Fact.detail, Fact.recorded_at).order_by(Fact.seq))
    assert details == (detail, {})
    assert instants == (_AT, _AT)
    with writing(engine) as session:
        if engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        else:
            session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        insert_columns(session, FileChunk, {"part": [0, 1], "content": [every, b""]}, same={"file_id": 1})
        (contents,) = read_columns(session, select(FileChunk.content).order_by(FileChunk.part))
        assert contents == (every, b"")
        session.rollback()


def test_no_rows_are_no_rows(engine: Engine) -> None:
    with writing(engine) as session:
        insert_columns(session, Order, {name: [] for name in _orders()}, same=_ORDER)
        assert read_columns(session, select(Order.id, Order.state)) == [(), ()]


def test_columns_of_unequal_length_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"zip|length"), writing(engine) as session:
        insert_columns(session, Entry, {"id": [1, 2], "order_id": [1]}, same={})


def test_a_refused_row_takes_the_whole_transaction_with_it(engine: Engine) -> None:
    columns = _orders() | {"amount_minor": [1, 2, 0, 3]}
    with pytest.raises(IntegrityError), writing(engine) as session:
        insert_columns(session, Order, columns, same=_ORDER)
    with reading(engine) as session:
        assert read_columns(session, select(Order.id)) == [()]


def test_a_missing_parent_is_refused_where_there_are_keys_to_it(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        insert_columns(
            session,
            Batch,
            {"id": [1], "number": [1]},
            same={
                "originator_id": 1, "file_id": 1, "merchant_id": 1, "service_class": 225, "entry_class": "CCD",
                "company_name": "HARBOR GOODS", "company_identification": "1845550101", "entry_description": "ORDERS",
                "effective_on": date(2026, 11, 17), "entries": 1, "debit_cents": 1, "rejected": False,
                "settled_on": None, "settlement_basis": None, "hold_until": None, "released": False,
            },
        )  # fmt: skip
