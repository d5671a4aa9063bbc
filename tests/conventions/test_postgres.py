"""The databases of the tests are real, fresh and empty, and the server stops with its block."""

from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from ingather.store.migrate import check_current
from ingather.store.tables import Base
from tests import postgres
from tests.postgres import empty_database, running_cluster


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_gets_an_empty_database(empty_url: str, time: str) -> None:
    engine = sqlalchemy.create_engine(empty_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.execute(sqlalchemy.text(f"CREATE TABLE left_by_the_{time} (id BIGINT)"))
    engine.dispose()


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_gets_a_book_with_the_newest_schema_and_no_rows(book_url: str, time: str) -> None:
    engine = sqlalchemy.create_engine(book_url)
    with engine.begin() as connection:
        tables = set(sqlalchemy.inspect(connection).get_table_names())
        # What lies in parts by month has tables of its own for them.
        parts = {name for name in tables - set(Base.metadata.tables) if name.startswith(("entries_", "facts_"))}
        assert tables - parts == {*Base.metadata.tables, "alembic_version"}
        counting = engine.dialect.name == "postgresql"  # the count of changes of terms has its row from the start
        for table in Base.metadata.tables.values():
            rows = connection.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(table))
            assert rows == (counting and table.name == "terms_changes")
        connection.execute(sqlalchemy.text(f"CREATE TABLE left_by_the_{time} (id BIGINT)"))
    check_current(engine)
    engine.dispose()


def test_a_test_may_ask_for_a_durable_server_which_is_gone_afterwards() -> None:
    with running_cluster(durable=True) as url:
        plain = url.replace("+psycopg", "")
        with psycopg.connect(plain) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
    folder = Path(url.partition("host=")[2])
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(plain)


def test_the_packaged_server_serves_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_SYSTEM", Path("nowhere"))
    with (
        running_cluster() as cluster,
        empty_database(cluster) as url,
        psycopg.connect(url.replace("+psycopg", "")) as it,
    ):
        assert it.execute("SELECT current_database()").fetchone() != ("postgres",)
