"""One night, one inbound run and one worker at a time on a book: locks that die with their holders."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Engine, text

from ingather.domain.refusals import (
    DeliverRunning,
    InboundRunning,
    NightRunning,
    Refusal,
    RehearsalRunning,
    WorkRunning,
)
from ingather.store.engine import sqlite_path

_NIGHT = 0x1264_7468
_INBOUND = 0x1264_746A
_WORK = 0x1264_746B
_REHEARSAL = 0x1264_746C
_DELIVER = 0x1264_746D


def night_lock(engine: Engine) -> AbstractContextManager[None]:
    """Hold the night's lock; raises ``NightRunning`` at once when somebody else holds it.

    The lock only saves work. That no order enters two files rests on the claim and on the uniques, not on it.
    """
    return _held(engine, _NIGHT, "night", NightRunning)


def inbound_lock(engine: Engine) -> AbstractContextManager[None]:
    """Hold the inbound run's lock; raises ``InboundRunning`` at once when somebody else holds it."""
    return _held(engine, _INBOUND, "inbound", InboundRunning)


def work_lock(engine: Engine) -> AbstractContextManager[None]:
    """Hold the worker's lock; raises ``WorkRunning`` at once when another worker holds it."""
    return _held(engine, _WORK, "work", WorkRunning)


def rehearsal_lock(engine: Engine) -> AbstractContextManager[None]:
    """Hold the lock of a test book's clock and bank; raises ``RehearsalRunning`` when somebody else holds it."""
    return _held(engine, _REHEARSAL, "rehearsal", RehearsalRunning)


def deliver_lock(engine: Engine) -> AbstractContextManager[None]:
    """Hold the lock of who delivers webhooks; raises ``DeliverRunning`` at once when somebody else holds it."""
    return _held(engine, _DELIVER, "deliver", DeliverRunning)


@contextmanager
def _held(engine: Engine, number: int, name: str, refusal: type[Refusal]) -> Iterator[None]:
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    if path is None:
        with engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": number}).scalar_one():
                raise refusal
            # The lock belongs to the session; ending the transaction keeps it and frees the snapshot.
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": number})
        return
    descriptor = os.open(f"{path}.{name}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield
    finally:
        os.close(descriptor)
