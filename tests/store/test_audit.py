"""The audit chain names the first record that was edited, taken out or moved, by whoever got past the database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from ingather.store import audit
from ingather.store.engine import open_engine, reading, writing
from ingather.store.migrate import upgrade

_NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)
_RECORDS = 6


@pytest.fixture
def chained(book_url: str) -> Iterator[Engine]:
    """Yield the engine of a book with six audit records, its triggers taken away."""
    engine = open_engine(book_url, must_exist=False)
    upgrade(engine)
    for number in range(_RECORDS):
        with writing(engine) as session:
            audit.append(
                session, at=_NOON + timedelta(seconds=number), actor="ana", verb="look", subject=f"file {number}",
                detail={"number": number, "word": "żółć"},
            )  # fmt: skip
    on_table = " ON audit" if engine.dialect.name == "postgresql" else ""
    with engine.begin() as connection:
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER audit_no_{verb}{on_table}")
    yield engine
    engine.dispose()


def _fault(engine: Engine) -> int | None:
    with reading(engine) as session:
        return audit.first_fault(session)


def test_a_chain_left_alone_holds(chained: Engine) -> None:
    assert _fault(chained) is None
    with reading(chained) as session:
        seq, value = audit.head(session)
        assert seq == _RECORDS
        assert audit.holds(session, seq, value)
        assert not audit.holds(session, seq, audit.GENESIS)
        assert not audit.holds(session, seq + 1, value)
        assert audit.holds(session, 0, audit.GENESIS)


@pytest.mark.parametrize(
    ("change", "first"),
    [
        pytest.param("UPDATE audit SET actor = 'eve' WHERE seq = 3", 3, id="actor"),
        pytest.param("UPDATE audit SET at = at + 1 WHERE seq = 2", 2, id="instant"),
        pytest.param("UPDATE audit SET verb = 'wink' WHERE seq = 6", 6, id="verb-of-the-last"),
        pytest.param("UPDATE audit SET subject = 'file 9' WHERE seq = 1", 1, id="subject-of-the-first"),
        pytest.param("UPDATE audit SET detail = '{}' WHERE seq = 4", 4, id="detail"),
        pytest.param("DELETE FROM audit WHERE seq = 3", 3, id="deleted"),
        pytest.param("DELETE FROM audit WHERE seq = 1", 1, id="first-deleted"),
        pytest.param("UPDATE audit SET seq = 7 WHERE seq = 3", 3, id="moved-to-the-end"),
    ],
)
def test_the_first_record_that_does_not_follow_is_named(chained: Engine, change: str, first: int) -> None:
    with chained.begin() as connection:
        connection.execute(text(change))
    assert _fault(chained) == first


def test_two_records_in_each_others_place_are_found(chained: Engine) -> None:
    with chained.begin() as connection:
        for change in ("SET seq = 99 WHERE seq = 2", "SET seq = 2 WHERE seq = 3", "SET seq = 3 WHERE seq = 99"):
            connection.execute(text(f"UPDATE audit {change}"))
    assert _fault(chained) == 2


def test_a_closed_up_gap_is_found(chained: Engine) -> None:
    with chained.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
        for seq in range(3, _RECORDS + 1):
            connection.execute(text(f"UPDATE audit SET seq = {seq - 1} WHERE seq = {seq}"))  # noqa: S608 -- a number
    assert _fault(chained) == 2


def test_a_tail_cut_off_is_found_by_who_remembers_the_head(chained: Engine) -> None:
    with reading(chained) as session:
        remembered = audit.head(session)
    with chained.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq > 4"))
    assert _fault(chained) is None
    with reading(chained) as session:
        assert not audit.holds(session, *remembered)
