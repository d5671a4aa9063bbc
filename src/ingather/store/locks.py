"""One night at a time on a book: a lock that dies with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from ingather.domain.refusals import NightRunning
from ingather.store.engine import sqlite_path

_NIGHT = 0x1264_7468


@contextmanager
def night_lock(engine: Engine) -> Iterator[None]:
    """Hold the night's lock; raises ``NightRunning`` at once when somebody else holds it.

    The lock only saves work. That no order enters two files rests on the claim and on the uniques, not on it.
    """
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    if path is None:
        with engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _NIGHT}).scalar_one():
                raise NightRunning
            # The lock belongs to the session; ending the transaction keeps it and frees the snapshot.
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _NIGHT})
        return
    descriptor = os.open(f"{path}.night", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NightRunning from None
        yield
    finally:
        os.close(descriptor)
