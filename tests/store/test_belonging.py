"""A batch belongs to an originator, a file and a merchant that are there, and they stay: by the database itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from ingather.store.engine import writing
from ingather.store.tables import Batch
from tests.crash.stories import Story, evening

_PARENTS = {"originator_id": "originators", "file_id": "files", "merchant_id": "merchants"}
_NOBODY = 17


def _add(session: Session, **other: object) -> None:
    """Add a batch as the first one is, but for its key, its number and what is given."""
    row = dict(session.execute(select(*Batch.__table__.columns).order_by(Batch.id).limit(1)).mappings().one())
    session.execute(insert(Batch).values(row | {"id": row["id"] - 1, "number": 999} | other))


@pytest.mark.parametrize("column", _PARENTS)
def test_a_batch_of_nobody_is_refused(book: Story, column: str) -> None:
    engine = book.desk(evening(), node=4).engine
    with pytest.raises(IntegrityError), writing(engine) as session:
        _add(session, **{column: _NOBODY})
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(text(f"UPDATE batches SET {column} = {_NOBODY}"))  # noqa: S608 -- one of three names
    with writing(engine) as session:
        _add(session)


@pytest.mark.parametrize("column", _PARENTS)
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET id = id + 1"])
def test_whom_a_batch_belongs_to_stays(book: Story, column: str, verb: str) -> None:
    engine = book.desk(evening(), node=4).engine
    where = f" WHERE id IN (SELECT {column} FROM batches)"  # noqa: S608 -- one of three names
    # What else belongs to it would keep it as well.
    forgotten = _others(engine, _PARENTS[column]) if engine.dialect.name == "postgresql" else []
    with engine.connect() as connection:
        for each in forgotten:
            connection.execute(text(each))
        with pytest.raises(IntegrityError):
            connection.execute(text(verb.format(_PARENTS[column]) + where))
        connection.rollback()


def _others(engine: Engine, table: str) -> list[str]:
    """Return what drops the foreign keys to a table: batches have none of their own."""
    with engine.connect() as connection:
        keys = connection.execute(
            text("SELECT conrelid::regclass::text, conname FROM pg_constraint "
                 "WHERE contype = 'f' AND confrelid = to_regclass(:whole)"),
            {"whole": table},
        ).all()  # fmt: skip
    assert all(child != "batches" for child, _ in keys)
    return [f"ALTER TABLE {child} DROP CONSTRAINT {name}" for child, name in keys]


def test_a_merchant_is_not_taken_away_under_a_batch_that_is_laid_down(book: Story) -> None:
    engine = book.desk(evening(), node=4).engine
    if engine.dialect.name != "postgresql":
        return  # one writer at a time
    with ThreadPoolExecutor(1) as pool, writing(engine, late=True) as session:
        _add(session)

        def take_away() -> None:
            with Session(engine) as other:
                other.execute(text("SET LOCAL lock_timeout = '200ms'"))
                other.execute(text("DELETE FROM merchants WHERE id IN (SELECT merchant_id FROM batches)"))

        with pytest.raises(OperationalError, match="lock timeout"):
            pool.submit(take_away).result(10)


def test_without_its_trigger_a_batch_of_nobody_goes_in(book: Story) -> None:
    engine = book.desk(evening(), node=4).engine
    if engine.dialect.name != "postgresql":
        return  # there a foreign key sees to it
    with engine.connect() as connection, Session(connection) as session:
        session.execute(text("ALTER TABLE batches DISABLE TRIGGER USER"))
        _add(session, merchant_id=_NOBODY)
        assert session.scalars(select(Batch.id).where(Batch.merchant_id == _NOBODY)).all()
        session.rollback()
