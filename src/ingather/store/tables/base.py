"""What every table shares: the key, instant and name types, and checks made from enumerations."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from ingather.base.dates import from_micros, to_micros

# SQLite finds rows by an INTEGER PRIMARY KEY without a second index; PostgreSQL wants BIGINT said.
Key = BigInteger().with_variant(Integer(), "sqlite")
Name = String(200)
Code = String(40)
_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as microseconds UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware instant into microseconds; a naive one raises ``ValueError``."""
        _ = dialect
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401 -- SQLAlchemy's own signature
        """Turn microseconds back into an aware instant."""
        _ = dialect
        return None if value is None else from_micros(value)


class Base(DeclarativeBase):
    """The books' tables."""

    metadata = MetaData(naming_convention=_CONVENTION)


def one_of(column: str, values: type[StrEnum], *, optional: bool = False) -> CheckConstraint:
    """Return a check that a column holds one of an enumeration's values, or NULL where that is allowed."""
    allowed = ", ".join(f"'{value}'" for value in values)
    empty = f"{column} IS NULL OR " if optional else ""
    return CheckConstraint(f"{empty}{column} IN ({allowed})", name=f"{column}_known")
