"""The role as which the program works does all its work, and can take nothing back of what is only added to."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ingather import store
from ingather.domain.refusals import Unreadable, WrongState
from ingather.jobs.watch import watch
from ingather.simulator.behaviour import Fate
from ingather.store import tables
from ingather.store.engine import open_engine
from ingather.store.roles import ADDED_TO, DELETED_FROM, apply_statements, role_statements
from tests.api.office import front_of
from tests.journey.stage import MONDAY, TUESDAY, WEDNESDAY, Sale, Script, play, staged, states

_OWNER, _PROGRAM = "ingather_owner", "ingather_app"
_FORBIDDEN = (
    "UPDATE audit SET actor = actor",
    "UPDATE facts SET actor = actor",
    "UPDATE audit_anchors SET fault = fault",
    "DELETE FROM audit",
    "DELETE FROM facts",
    "DELETE FROM audit_anchors",
    "DELETE FROM facts_once",
    "DELETE FROM orders",
    "DELETE FROM entries",
    "DELETE FROM files",
    *(f"TRUNCATE {table}" for table in ("audit", "facts", "audit_anchors", "orders", "audit_turns")),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("audit", "facts")),
    "DROP TRIGGER audit_no_update ON audit",
    "DROP TABLE audit",
    "CREATE TABLE another (id bigint)",
    "CREATE TRIGGER quiet BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE OR REPLACE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "SET session_replication_role = replica",
    "UPDATE alembic_version SET version_num = '0000'",
    "LOCK TABLE audit IN EXCLUSIVE MODE",
    "SET ROLE ingather_owner",
)  # fmt: skip
_REFUSED = "42501"


@pytest.fixture
def program_url(postgres_book_url: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL book as the program's role; the roles are gone afterwards."""
    engine = open_engine(postgres_book_url)
    apply_statements(engine, role_statements(engine, owner=_OWNER, program=_PROGRAM))
    yield postgres_book_url.replace("//ingather@", f"//{_PROGRAM}@")
    with engine.begin() as connection:
        for role in (_PROGRAM, _OWNER):
            connection.exec_driver_sql(f"REASSIGN OWNED BY {role} TO ingather")
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
    engine.dispose()


def _refusal(engine: Engine, statement: str) -> str:
    """Return the state with which the database refuses a statement, empty when it does not."""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    except DBAPIError as refused:
        return getattr(refused.orig, "sqlstate", "") or ""
    return ""


def test_days_are_played_as_the_programs_role_and_nothing_is_taken_back(program_url: str, tmp_path: Path) -> None:
    fates = {("B 000", 1): Fate(return_code="R01"), ("B 001", 1): Fate(change_code="C01")}
    stage = staged(
        tmp_path, [Sale(), Sale(), Sale(), Sale(due=date(2026, 12, 1))], behaviour=Script(fates=fates), book=program_url
    )
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    client = front_of(stage).client()
    held = next(row["id"] for row in client.get("/orders").json()["data"] if row["state"] == "open")
    assert client.post(f"/orders/{held}/hold", {"reason": "wait"}).status_code == 200
    assert client.get("/audit-head").json()["sequence"] > 1
    assert sorted(states(stage).values()) == ["open", "returned", "settled", "settled"]
    assert watch(stage.desk, full=True) == []
    engine = stage.desk.engine
    let = {statement: state for statement in _FORBIDDEN if (state := _refusal(engine, statement)) != _REFUSED}
    assert let == {}
    with engine.connect() as connection:
        parts = connection.scalars(
            text("SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind = 'r'")
        ).all()
    changes = [f"{verb} {part}" for part in parts for verb in ("DELETE FROM", "TRUNCATE")]
    assert [each for each in changes if _refusal(engine, each) != _REFUSED] == []
    assert stage.desk.host.head() is not None


def test_giving_the_roles_twice_changes_nothing(program_url: str, postgres_book_url: str) -> None:
    engine = open_engine(postgres_book_url)
    apply_statements(engine, role_statements(engine, owner=_OWNER, program=_PROGRAM))
    assert _refusal(open_engine(program_url), "DELETE FROM audit") == _REFUSED
    engine.dispose()


def test_roles_have_names_and_a_database_that_knows_them(tmp_path: Path, postgres_book_url: str) -> None:
    engine = open_engine(postgres_book_url)
    for owner, program in (("one", "one"), ("one", "two; DROP TABLE audit"), ("One", "two")):
        with pytest.raises(Unreadable, match="two names of roles"):
            role_statements(engine, owner=owner, program=program)
    with pytest.raises(WrongState, match="SQLite"):
        role_statements(open_engine(f"sqlite:///{tmp_path / 'book'}", must_exist=False), owner="one", program="two")


def test_the_table_of_rights_names_whatever_the_program_deletes_from() -> None:
    found = set()
    for path in Path(store.__path__[0]).parent.rglob("*.py"):
        for name in re.findall(r"\bdelete\((\w+)\)", path.read_text(encoding="utf-8")):
            if hasattr(tables, name):
                found.add(getattr(tables, name).__tablename__)
    assert found
    assert found <= DELETED_FROM
    assert not found & ADDED_TO
