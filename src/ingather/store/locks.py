"""One night, one inbound run and one worker at a time on a book: locks that die with their holders."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine, text

from ingather.domain.refusals import (
    DeliverRunning,
    InboundRunning,
    NightRunning,
    Refusal,
    RehearsalRunning,
    WorkRunning,
    WrongState,
)
from ingather.store.engine import sqlite_path

_NIGHT = 0x1264_7468
_INBOUND = 0x1264_746A
_WORK = 0x1264_746B
_REHEARSAL = 0x1264_746C
_DELIVER = 0x1264_746D


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock as long as it is held; on PostgreSQL it ends with its connection, whatever its holder does."""

    ask: Callable[[], None]

    def confirm(self) -> None:
        """Do nothing while the lock is held; raises ``WrongState`` once it is lost, and somebody else may hold it."""
        try:
            self.ask()
        except psycopg.Error as gone:
            fact = "the connection that held this run's lock is gone, and another run may be at it"
            raise WrongState(fact, "It stops here; run it again, and it goes on from what is proven") from gone


def night_lock(engine: Engine) -> AbstractContextManager[HeldLock]:
    """Hold the night's lock; raises ``NightRunning`` at once when somebody else holds it.

    The lock only saves work. That no order enters two files rests on the claim and on the uniques, not on it.
    """
    return _held(engine, _NIGHT, "night", NightRunning)


def inbound_lock(engine: Engine) -> AbstractContextManager[HeldLock]:
    """Hold the inbound run's lock; raises ``InboundRunning`` at once when somebody else holds it."""
    return _held(engine, _INBOUND, "inbound", InboundRunning)


def work_lock(engine: Engine) -> AbstractContextManager[HeldLock]:
    """Hold the worker's lock; raises ``WorkRunning`` at once when another worker holds it."""
    return _held(engine, _WORK, "work", WorkRunning)


def rehearsal_lock(engine: Engine) -> AbstractContextManager[HeldLock]:
    """Hold the lock of a test book's clock and bank; raises ``RehearsalRunning`` when somebody else holds it."""
    return _held(engine, _REHEARSAL, "rehearsal", RehearsalRunning)


def deliver_lock(engine: Engine) -> AbstractContextManager[HeldLock]:
    """Hold the lock of who delivers webhooks; raises ``DeliverRunning`` at once when somebody else holds it."""
    return _held(engine, _DELIVER, "deliver", DeliverRunning)


@contextmanager
def _held(engine: Engine, number: int, name: str, refusal: type[Refusal]) -> Iterator[HeldLock]:
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    if path is None:
        with engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": number}).scalar_one():
                raise refusal
            # The lock belongs to the session; ending the transaction keeps it and frees the snapshot.
            connection.commit()

            # The driver's own connection is asked: it never connects anew, which would be without the lock.
            session: psycopg.Connection[tuple[Any, ...]] = connection.connection.dbapi_connection  # type: ignore[assignment]  # psycopg's

            def ask() -> None:
                session.execute("SELECT 1")
                session.rollback()

            try:
                yield HeldLock(ask)
            finally:
                try:
                    session.execute("SELECT pg_advisory_unlock(%s)", (number,))
                    session.rollback()
                except psycopg.Error:
                    # A connection that is gone has let the lock go already.
                    connection.invalidate()
        return
    descriptor = os.open(f"{path}.{name}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        # The lock of an open file is held until this process closes it.
        yield HeldLock(lambda: None)
    finally:
        os.close(descriptor)
