"""The driver itself, for what SQLAlchemy has no words for: what it raises is told as SQLAlchemy would tell it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def driver_of(connection: Connection, what: str) -> Iterator[Any]:
    """Yield the driver's connection; its errors come as ``BookFault``, or the class of it that each one is.

    ``what`` is said in place of the statement, which may hold values. A connection that is gone is not used again.
    """
    driver = connection.connection.driver_connection
    dialect = connection.dialect
    try:
        yield driver
    except dialect.loaded_dbapi.Error as fault:
        gone = dialect.is_disconnect(fault, connection.connection.dbapi_connection, None)
        if gone:
            connection.invalidate(fault)
        told = DBAPIError.instance(
            what, None, fault, dialect.loaded_dbapi.Error,
            hide_parameters=True, connection_invalidated=gone, dialect=dialect,
        )  # fmt: skip
        raise told from None
