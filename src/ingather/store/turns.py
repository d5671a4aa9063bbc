"""Whose turn it is to extend the audit chain on PostgreSQL: a table without rows, locked before the head is read.

It is a table of its own and not the chain's, so that the program needs no right to change the chain: to lock a table is
allowed to whoever may update it. ``LOCK TABLE`` takes no snapshot. As the first statement of a SERIALIZABLE transaction
it lets the snapshot begin when the turn has come, so that the chain neither forks nor aborts anybody; taken later, or
as an advisory lock by a SELECT, the snapshot is older than the lock and every second transaction is aborted.

Whoever takes both takes the turn before the writers' lock.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

TAKE_TURN: Final = "LOCK TABLE audit_turns IN EXCLUSIVE MODE"
"""Waits until nobody else extends the chain, and keeps it so until the transaction ends; readers are not held up."""


def take_turn(session: Session) -> None:
    """Wait for the turn to extend the chain; on SQLite there is one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(TAKE_TURN))
