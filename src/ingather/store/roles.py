"""Roles of a PostgreSQL: one owns the book and changes its schema, the other works on it and can take nothing back.

What is only ever added to can be read and added to; rows are deleted nowhere but where the program deletes; nobody but
the owner changes a table, a trigger or a function. So whoever has the program's password can neither change the audit
trail or the facts, nor put their guards to rest.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ingather.domain.refusals import Unreadable, WrongState

ADDED_TO: Final = frozenset({"audit", "audit_anchors", "facts", "facts_once", "unmaskings"})
"""Tables whose rows are never changed."""
DELETED_FROM: Final = frozenset(
    {
        "guessed_names",
        "open_orders",
        "standing_debits",
        "standing_follow_ups",
        "webhook_attempts",
        "webhook_messages",
        "webhook_secrets",
    }
)
"""Tables from which the program, or a trigger on what it does, deletes."""
READ: Final = frozenset({"alembic_version"})
"""Tables that only an upgrade writes."""
LOCKED: Final = frozenset({"audit_turns"})
"""Tables that are locked and never written: to lock one is allowed to whoever may update it."""
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_TABLES: Final = text(
    "SELECT c.relname, c.relkind, p.relname AS whole FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() "
    "LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent "
    "WHERE c.relkind IN ('r', 'p', 'S') ORDER BY c.relkind, c.relname"
)
_ROUTINES: Final = text(
    "SELECT p.oid::regprocedure::text FROM pg_proc p "
    "JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = current_schema() ORDER BY 1"
)


def role_statements(engine: Engine, *, owner: str, program: str) -> list[str]:
    """Return the SQL that makes two roles and gives each what it needs, in order; running it twice changes nothing.

    Raises ``WrongState`` for a book that is no PostgreSQL, and ``Unreadable`` for a name that is none, or one for both.
    """
    if engine.dialect.name != "postgresql":
        fact = "a SQLite book has no roles: whoever may write its file may write all of it"
        raise WrongState(fact, "Guard the file and its folder, and keep heads of the audit chain elsewhere")
    for name in (owner, program):
        if not _NAME.fullmatch(name) or owner == program:
            fact = f"{owner} and {program} are not two names of roles"
            raise Unreadable(fact, "Write each with a-z, 0-9 and _, beginning with a letter")
    with Session(engine) as session:
        schema = session.execute(text("SELECT current_schema()")).scalar_one()
        database = session.execute(text("SELECT current_database()")).scalar_one()
        tables = {row.relname: row.whole for row in session.execute(_TABLES) if row.relkind != "S"}
        sequences = [row.relname for row in session.execute(_TABLES) if row.relkind == "S"]
        routines = list(session.scalars(_ROUTINES))
        session.rollback()
    quoted = {name: _quoted(name) for name in (schema, database)}
    later = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {quoted[schema]}"
    return [
        *_made(owner, "NOLOGIN"),
        *_made(program, "LOGIN"),
        f"ALTER SCHEMA {quoted[schema]} OWNER TO {owner}",
        *(f"ALTER TABLE {_quoted(name)} OWNER TO {owner}" for name in tables),
        *(f"ALTER ROUTINE {each} OWNER TO {owner}" for each in routines),
        *(f"REVOKE ALL ON {_quoted(name)} FROM PUBLIC, {program}" for name in [*tables, *sequences]),
        f"REVOKE ALL ON SCHEMA {quoted[schema]} FROM PUBLIC, {program}",
        f"REVOKE TEMPORARY ON DATABASE {quoted[database]} FROM PUBLIC, {program}",
        f"GRANT CONNECT ON DATABASE {quoted[database]} TO {program}",
        f"GRANT USAGE ON SCHEMA {quoted[schema]} TO {program}",
        *_granted(tables, program),
        *(f"GRANT USAGE, SELECT ON SEQUENCE {_quoted(name)} TO {program}" for name in sequences),
        # Months that are made later have what their table's other months have.
        f"{later} GRANT SELECT, INSERT ON TABLES TO {program}",
        f"{later} GRANT USAGE, SELECT ON SEQUENCES TO {program}",
    ]


def _made(role: str, login: str) -> Iterator[str]:
    yield (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
        f"CREATE ROLE {role} {login}; END IF; END $$"
    )
    yield f"ALTER ROLE {role} {login} NOCREATEDB NOCREATEROLE"


def _granted(tables: Mapping[str, str | None], program: str) -> Iterator[str]:
    for name, whole in tables.items():
        yield f"GRANT {', '.join(rights_of(name, whole))} ON {_quoted(name)} TO {program}"


def rights_of(table: str, whole: str | None = None) -> tuple[str, ...]:
    """Return what the program may do with a table, or with a part of a ``whole`` one, which it changes through that."""
    if table in READ:
        return ("SELECT",)
    if table in LOCKED:
        return ("SELECT", "UPDATE")
    if table in ADDED_TO or whole is not None:
        return ("SELECT", "INSERT")
    return ("SELECT", "INSERT", "UPDATE", *(("DELETE",) if table in DELETED_FROM else ()))


def apply_statements(engine: Engine, statements: list[str]) -> None:
    """Run statements as whoever opened the engine, all or none."""
    with engine.begin() as connection:
        for each in statements:
            connection.exec_driver_sql(each)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
