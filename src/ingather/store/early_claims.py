"""Claiming rows before the writers' turn on PostgreSQL, so that nobody waits for his turn while many rows are claimed.

Everybody else takes the turn first and locks rows then, so this order is the opposite of theirs. It cannot end in a
deadlock, because whoever claims early never waits long: for a row a moment, for the turn less than a deadlock takes to
be looked for, and before each wait it asks whether the holder of the turn waits for its rows. Then it lets them go.
"""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from ingather.store.engine import BookFault, aborted, is_postgresql, join_writers, joined, too_long_held
from ingather.store.turns import TAKE_TURN

_TRIES: Final = 2
_FOR_A_ROW_MS: Final = 50
_FOR_THE_TURN_MS: Final = (100, 200, *(500,) * 20)
_APART_MS: Final = 50
_KEEPS_THE_TURN: Final = text(
    "SELECT EXISTS (SELECT FROM pg_locks held JOIN pg_locks wanted ON wanted.pid = held.pid AND NOT wanted.granted "
    "WHERE held.locktype = 'relation' AND held.relation = 'audit_turns'::regclass AND held.mode = 'ExclusiveLock' "
    "AND held.granted AND pg_backend_pid() = ANY (pg_blocking_pids(held.pid)))"
)


class HeldUp(Exception):  # noqa: N818 -- it ends nothing: the rows are claimed again
    """Whoever holds the writers' turn waits for a row that was claimed before its turn."""


def let_pass(session: Session) -> None:
    """Raise ``HeldUp`` when the holder of the turn waits for what this session claimed early; asked between claims."""
    if is_postgresql(session) and not joined(session) and session.execute(_KEEPS_THE_TURN).scalar_one():
        raise HeldUp


def claim_before_turn(session: Session, claim: Callable[[], None]) -> bool:
    """Claim rows and then take the turn to write; return whether that is done.

    False means that nothing is claimed and the turn is not taken: on SQLite, where it began with the transaction, and
    when others needed the rows each time. What ``claim`` raises is raised, with what it claimed still claimed.
    """
    if not is_postgresql(session) or joined(session):
        return False
    session.flush()
    connection = session.connection()
    patience = connection.exec_driver_sql("SHOW lock_timeout").scalar_one()
    connection.exec_driver_sql("SAVEPOINT claimed_early")
    for _ in range(_TRIES):
        try:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_FOR_A_ROW_MS}")
            claim()
            _take_turn(session, connection)
        except HeldUp:
            pass
        except BookFault as fault:
            if not (too_long_held(fault) or aborted(fault)):
                raise
        else:
            connection.exec_driver_sql("RELEASE SAVEPOINT claimed_early")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{patience}'")
            join_writers(session)
            return True
        # This lets the rows go at once, to those who waited for them.
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT claimed_early")
        time.sleep(_APART_MS / 1000)
    return False


def _take_turn(session: Session, connection: Connection) -> None:
    connection.exec_driver_sql("SAVEPOINT before_turn")
    for patience in _FOR_THE_TURN_MS:
        let_pass(session)
        try:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience}")
            connection.exec_driver_sql(TAKE_TURN)
        except BookFault as fault:
            if not too_long_held(fault):
                raise
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT before_turn")
        else:
            connection.exec_driver_sql("RELEASE SAVEPOINT before_turn")
            return
    raise HeldUp
