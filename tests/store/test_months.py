"""Facts and entries lie in parts by month on PostgreSQL: made ahead, never missing, and unique over all of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ingather.domain.facts import FactKind, Scope
from ingather.store import events, months
from ingather.store.bulk import insert_columns
from ingather.store.engine import open_engine, reading, writing
from ingather.store.reading.month_invariants import MONTH_INVARIANTS
from ingather.store.tables import Entry


@pytest.fixture
def engine(postgres_book_url: str) -> Iterator[Engine]:
    """Yield the engine of an empty book on PostgreSQL."""
    opened = open_engine(postgres_book_url)
    yield opened
    opened.dispose()


def _parts(engine: Engine, whole: str) -> list[months.Part]:
    with reading(engine) as session:
        return months.parts_of(session, whole)


def _first_ahead(engine: Engine) -> date:
    """Return the first month that has a part of its own."""
    return months._month_of("entries", _parts(engine, "entries")[1].lower or 0)  # noqa: SLF001 -- what it is made of


def _insert(engine: Engine, *rows: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "order_id": 7,
        "kind": "debit",
        "presentation": 1,
        "ended": None,
        "original_entry_id": None,
    }
    columns = {name: [{**given, **row}[name] for row in rows] for name in ("id", "trace", *given)}
    same = {
        "originator_id": 1,
        "file_id": 1,
        "batch_id": 1,
        "order_version": 1,
        "line": 3,
        "amount_cents": 1,
        "bucket": 0,
    }
    with writing(engine) as session:
        insert_columns(session, Entry, columns, same=same)


def _count(engine: Engine, table: str) -> int:
    with reading(engine) as session:
        found: int = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 -- names of our own tables
        return found


def test_the_parts_leave_no_key_out(engine: Engine) -> None:
    for whole in months.WHOLES:
        parts = _parts(engine, whole)
        assert parts[0].lower is None
        assert parts[-1].upper is None
        assert [part.lower for part in parts[1:]] == [part.upper for part in parts[:-1]]


def test_months_are_made_ahead_and_a_second_look_makes_nothing(engine: Engine) -> None:
    start = _first_ahead(engine)
    before = {whole: len(_parts(engine, whole)) for whole in months.WHOLES}
    made = months.keep_months(engine, start, ahead=4)
    assert len(made) == 6
    assert months.keep_months(engine, start, ahead=4) == []
    for whole in months.WHOLES:
        assert len(_parts(engine, whole)) == before[whole] + 3
    test_the_parts_leave_no_key_out(engine)


def test_a_book_that_rested_for_months_keeps_its_last_part_as_it_is(engine: Engine) -> None:
    far = date(_first_ahead(engine).year + 1, 3, 1)
    key = months.bound_of("entries", far)
    _insert(engine, {"id": key + 5, "trace": 1})
    made = months.keep_months(engine, far)
    parts = {part.name: part for part in _parts(engine, "entries")}
    closed = parts[next(name for name in made if name.startswith("entries"))]
    assert closed.upper == months.bound_of("entries", date(far.year, 4, 1))
    assert _count(engine, closed.name) == 1
    assert _count(engine, "entries_later") == 0
    test_the_parts_leave_no_key_out(engine)


def test_who_may_not_change_the_schema_leaves_it_and_goes_on(engine: Engine) -> None:
    start = _first_ahead(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE clerk"))
        connection.execute(text("GRANT SELECT ON entries, facts TO clerk"))
    try:
        with engine.connect() as connection:
            connection.execute(text("SET ROLE clerk"))
            connection.commit()
        assert months.keep_months(engine, start, ahead=4) == []
    finally:
        with engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("DROP OWNED BY clerk"))
            connection.execute(text("DROP ROLE clerk"))


def test_whoever_reads_for_long_is_not_waited_for(engine: Engine) -> None:
    start = _first_ahead(engine)
    with reading(engine) as session:
        session.execute(text("SELECT count(*) FROM entries"))
        made = months.keep_months(engine, start, ahead=3)
        assert {name.partition("_")[0] for name in made} == {"facts"}
    assert months.keep_months(engine, start, ahead=3)


_AGAIN = [
    pytest.param({"presentation": 1}, id="the-same-presentation"),
    pytest.param({"presentation": 2, "kind": "retry"}, id="a-second-live-debit"),
]


@pytest.mark.parametrize("again", _AGAIN)
@pytest.mark.parametrize("into", ["whole", "part"])
def test_a_second_debit_in_another_month_is_refused_however_it_is_written(
    engine: Engine, again: dict[str, Any], into: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = months.bound_of("entries", _first_ahead(engine))
    _insert(engine, {"id": later - 1, "trace": 1})
    monkeypatch.setattr("ingather.store.bulk._MANY", 1 if into == "part" else 1_000)
    with pytest.raises(IntegrityError, match="standing_debits"):
        _insert(engine, {"id": later, "trace": 2, **again})
    assert _count(engine, "entries") == 1


@pytest.mark.parametrize("kind", ["reversal", "return_fee"])
def test_a_second_follow_up_in_another_month_is_refused_until_the_first_ended(engine: Engine, kind: str) -> None:
    later = months.bound_of("entries", _first_ahead(engine))
    first = {"kind": kind, "presentation": None, "original_entry_id": 3}
    _insert(engine, {"id": later - 1, "trace": 1, **first})
    with pytest.raises(IntegrityError, match="standing_follow_ups"):
        _insert(engine, {"id": later, "trace": 2, **first})
    with writing(engine) as session:
        session.execute(text("UPDATE entries SET ended = 'voided'"))
    _insert(engine, {"id": later, "trace": 2, **first})
    assert _count(engine, "standing_follow_ups") == 1


def test_what_stands_follows_its_entries_through_every_change(engine: Engine) -> None:
    later = months.bound_of("entries", _first_ahead(engine))
    _insert(engine, {"id": 1, "trace": 1}, {"id": 2, "trace": 2, "order_id": 8})
    changes = [
        ("UPDATE entries SET ended = 'returned' WHERE id = 1", {(7, 1, 1, False), (8, 1, 2, True)}),
        ("UPDATE entries SET ended = 'voided' WHERE id = 2", {(7, 1, 1, False)}),
        ("UPDATE entries SET ended = NULL WHERE id = 1", {(7, 1, 1, True)}),
        ("DELETE FROM entries_before WHERE id = 2", {(7, 1, 1, True)}),
        ("DELETE FROM entries WHERE id = 1", set()),
    ]
    for statement, stands in changes:
        with writing(engine) as session:
            session.execute(text(statement))
            found = session.execute(text("SELECT order_id, presentation, entry_id, live FROM standing_debits")).all()
        assert {tuple(row) for row in found} == stands, statement
    _insert(engine, {"id": later, "trace": 1})


def _tell(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        events.add_many(
            session, FactKind.CANCELED, scope=Scope.ORDER, subjects=[1], originator=1, on=[at.date()],
            at=at, actor="ana", once=["1"], detail=["{}"],
        )  # fmt: skip


def test_a_fact_told_again_in_another_month_is_refused(engine: Engine) -> None:
    start = _first_ahead(engine)
    _tell(engine, datetime(start.year, start.month, 1, tzinfo=UTC))
    with pytest.raises(IntegrityError, match="facts_once"):
        _tell(engine, datetime(start.year - 1, start.month, 1, tzinfo=UTC))
    assert _count(engine, "facts") == 1


@pytest.mark.parametrize("verb", ["UPDATE {} SET actor = 'eve'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["facts", "facts_before", "facts_later", "facts_once"])
def test_no_part_of_the_facts_is_ever_changed(engine: Engine, table: str, verb: str) -> None:
    statement = verb.format(table).replace("actor", "kind" if table == "facts_once" else "actor")
    with pytest.raises(DBAPIError, match="facts is append-only"), engine.begin() as connection:
        connection.execute(text(statement))


def test_parts_made_later_are_watched_as_the_first(engine: Engine) -> None:
    start = _first_ahead(engine)
    made = months.keep_months(engine, start, ahead=3)
    part = next(name for name in made if name.startswith("facts"))
    with pytest.raises(DBAPIError, match="facts is append-only"), engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {part}"))  # noqa: S608 -- a part of our own table
    with pytest.raises(DBAPIError, match="not emptied"), engine.begin() as connection:
        connection.execute(text("TRUNCATE entries_later"))


def test_a_reader_of_one_month_looks_at_one_part(engine: Engine) -> None:
    with reading(engine) as session:
        plan = "\n".join(session.scalars(text("EXPLAIN SELECT * FROM entries WHERE id BETWEEN 1 AND 100")))
    assert "entries_before" in plan
    assert "entries_later" not in plan


@pytest.mark.parametrize(
    ("invariant", "tampering"),
    [
        ("what_stands_is_what_the_entries_say", "DELETE FROM standing_debits"),
        ("what_stands_is_what_the_entries_say", "UPDATE standing_debits SET live = false"),
        ("what_stands_is_what_the_entries_say", "INSERT INTO standing_debits VALUES (9, 1, 9, true)"),
        ("what_stands_is_what_the_entries_say", "INSERT INTO standing_follow_ups VALUES (9, 'reversal', 9)"),
        ("facts_are_told_once_in_all_months", "INSERT INTO facts_once VALUES ('order', 9, 'canceled', '')"),
    ],
)
def test_what_was_changed_behind_the_triggers_is_seen(engine: Engine, invariant: str, tampering: str) -> None:
    _insert(engine, {"id": 1, "trace": 1})
    _tell(engine, datetime(2026, 11, 16, tzinfo=UTC))
    with writing(engine) as session:
        assert MONTH_INVARIANTS[invariant](session) == 0
        session.execute(text(tampering))
        assert MONTH_INVARIANTS[invariant](session) > 0
        session.rollback()


def test_a_trace_that_a_file_has_twice_over_the_end_of_a_month_is_seen(engine: Engine) -> None:
    border = months.bound_of("entries", _first_ahead(engine))
    _insert(engine, {"id": border - 1, "trace": 1}, {"id": border, "trace": 1, "order_id": 8})
    with writing(engine) as session:
        file = dict.fromkeys(("id", "route_id", "size", "batches", "entries", "debit_cents", "credit_cents"), 1)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        names = "destination, origin, created_on, created_hhmm, id_modifier, effective_on"
        session.execute(
            text(
                f"INSERT INTO files (originator_id, name, state, sha256, {names}, maker, night_on, second_reader, "  # noqa: S608 -- our own names
                f"sealed_at, first_entry_id, last_entry_id, {', '.join(file)}) VALUES (1, 'x', 'sealed', '', '1', '1', "
                f"'2026-11-16', '0000', 'A', '2026-11-16', 'ana', '2026-11-16', 'x', 0, {border - 1}, {border}, "
                f"{', '.join(map(str, file.values()))})",
            ),
        )
        assert MONTH_INVARIANTS["what_stands_is_what_the_entries_say"](session) == 1
        session.rollback()
