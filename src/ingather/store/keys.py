"""Epochs of keys in the book, and sealed values by their places: read by pages, swapped only where still as read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import LargeBinary, bindparam, func, literal_column, select, text, update
from sqlalchemy.orm import Session

from ingather.domain.keys import Epoch, Epochs, EpochState, KeyPurpose, Rotation, RotationKind, RotationState
from ingather.store.engine import is_postgresql
from ingather.store.tables import Book, KeyEpoch, KeyRotation


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column of sealed values: the place it is bound to, its table, the row's key and the column."""

    place: str
    table: str
    key: str
    column: str


VALUES: Final = (
    SealedColumn(place="accounts.number", table="accounts", key="id", column="number"),
    SealedColumn(place="account_changes.number", table="account_changes", key="id", column="number"),
    SealedColumn(place="merchant_accounts.number", table="merchant_accounts", key="id", column="number"),
    SealedColumn(place="users.totp_sealed", table="users", key="id", column="totp_sealed"),
    SealedColumn(place="webhook_secrets.sealed", table="webhook_secrets", key="id", column="sealed"),
)
"""What a rotation seals anew, in the order in which it does."""
EVIDENCE: Final = (
    SealedColumn(place="file_chunks.bytes", table="file_chunks", key="file_id", column="content"),
    SealedColumn(place="report_chunks.bytes", table="report_chunks", key="report_id", column="content"),
    SealedColumn(place="corrections.corrected_data", table="corrections", key="id", column="corrected_data"),
)
"""What is kept and shredded with its epoch, and never sealed anew."""


_TURN = select(Book.key_turn, Book.instance)
_EPOCHS = select(KeyEpoch).order_by(KeyEpoch.number)


def read_epochs(session: Session) -> Epochs:
    """Return the book's epochs; the turn of a book that is still to be founded is -1."""
    # The turn first: epochs that are newer than it are only read once more than needed.
    book = session.execute(_TURN).one_or_none()
    rows = session.execute(_EPOCHS).scalars().all()
    epochs = tuple(_epoch(row) for row in rows)
    return Epochs(turn=book.key_turn, instance=book.instance, epochs=epochs) if book else Epochs(turn=-1, epochs=epochs)


def _epoch(row: KeyEpoch) -> Epoch:
    return Epoch(
        number=row.number,
        purpose=KeyPurpose(row.purpose),
        state=EpochState(row.state),
        kek=row.kek,
        wrapped=row.wrapped,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        destroyed_at=row.destroyed_at,
    )


def add_epoch(session: Session, epoch: Epoch) -> None:
    """Keep a new epoch; the open one of the same purpose must be closed before."""
    session.add(
        KeyEpoch(
            number=epoch.number,
            purpose=epoch.purpose,
            state=epoch.state,
            kek=epoch.kek,
            wrapped=epoch.wrapped,
            opened_at=epoch.opened_at,
        ),
    )
    session.flush()


def close_epochs(session: Session, purposes: Collection[KeyPurpose], *, at: datetime) -> None:
    """Close the open epochs of these purposes: they open what they sealed, and seal nothing new."""
    session.execute(
        update(KeyEpoch)
        .where(KeyEpoch.state == EpochState.OPEN, KeyEpoch.purpose.in_(purposes))
        .values(state=EpochState.CLOSED, closed_at=at)
    )


def destroy_epoch(session: Session, number: int, *, at: datetime) -> None:
    """Forget the data key of an epoch."""
    session.execute(
        update(KeyEpoch)
        .where(KeyEpoch.number == number, KeyEpoch.state != EpochState.DESTROYED)
        .values(
            state=EpochState.DESTROYED,
            wrapped=None,
            destroyed_at=at,
            closed_at=func.coalesce(KeyEpoch.closed_at, bindparam("at", at, KeyEpoch.closed_at.type)),
        )
    )


def keep_wrapped(session: Session, epoch: Epoch) -> None:
    """Keep the data key of an epoch as it is wrapped now."""
    session.execute(
        update(KeyEpoch).where(KeyEpoch.number == epoch.number).values(kek=epoch.kek, wrapped=epoch.wrapped)
    )


def only_evidence(session: Session, number: int) -> None:
    """Have an epoch that sealed both stand for evidence alone."""
    session.execute(update(KeyEpoch).where(KeyEpoch.number == number).values(purpose=KeyPurpose.EVIDENCE))


def raise_turn(session: Session) -> None:
    """Have every writer see that the epochs changed, in its own next transaction."""
    session.execute(update(Book).values(key_turn=Book.key_turn + 1))


def add_counts(session: Session, counted: dict[int, int]) -> None:
    """Add to how often each epoch has sealed."""
    for number, count in counted.items():
        session.execute(update(KeyEpoch).where(KeyEpoch.number == number).values(sealed=KeyEpoch.sealed + count))


def counts(session: Session) -> dict[int, int]:
    """Return how often each epoch has sealed, roughly."""
    rows = session.execute(select(KeyEpoch.number, KeyEpoch.sealed)).all()
    return {row.number: row.sealed for row in rows}


def running(session: Session) -> Rotation | None:
    """Return the rotation that has begun and is not done."""
    statement = select(KeyRotation).where(KeyRotation.state == RotationState.RUNNING)
    row = session.execute(statement).scalar_one_or_none()
    if row is None:
        return None
    return Rotation(
        id=row.id,
        kind=RotationKind(row.kind),
        epoch=row.epoch,
        place=row.place,
        after_id=row.after_id,
        moved=row.moved,
        begun_at=row.begun_at,
        moved_at=row.moved_at,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
    )


def add_rotation(session: Session, row: KeyRotation) -> None:
    """Keep a rotation that begins."""
    session.add(row)
    session.flush()


def advance(session: Session, row: Rotation, *, place: str, after_id: int, moved: int, at: datetime) -> None:
    """Keep how far a rotation has come, unless another process has brought it further meanwhile."""
    session.execute(
        update(KeyRotation)
        .where(
            KeyRotation.id == row.id,
            KeyRotation.state == RotationState.RUNNING,
            KeyRotation.place == row.place,
            KeyRotation.after_id == row.after_id,
        )
        .values(place=place, after_id=after_id, moved=KeyRotation.moved + moved, moved_at=at)
    )


def end_rotation(session: Session, row_id: int, *, moved: int, at: datetime) -> None:
    """Keep that a rotation is done."""
    session.execute(
        update(KeyRotation)
        .where(KeyRotation.id == row_id)
        .values(state=RotationState.DONE, done_at=at, moved_at=at, moved=KeyRotation.moved + moved)
    )


def sealed_page(session: Session, column: SealedColumn, *, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Return the next rows of a column of values after a key, by key: (key, sealed value)."""
    statement = text(
        f"SELECT {column.key}, {column.column} FROM {column.table} "  # noqa: S608 -- names of our own tables
        f"WHERE {column.key} > :after AND {column.column} IS NOT NULL ORDER BY {column.key} LIMIT :limit"
    )
    found = session.execute(statement, {"after": after, "limit": limit})
    return [(key, bytes(sealed)) for key, sealed in found]


def sealed_under(
    session: Session, column: SealedColumn, epochs: Sequence[int], *, limit: int
) -> list[tuple[int, bytes]]:
    """Return rows of a column whose values were sealed by one of these epochs, wherever they stand."""
    statement = text(
        f"SELECT {column.key}, {column.column} FROM {column.table} "  # noqa: S608 -- names of our own tables
        f"WHERE {_head(session, column)} IN :heads LIMIT :limit"
    ).bindparams(bindparam("heads", expanding=True, type_=LargeBinary))
    found = session.execute(statement, {"heads": [each.to_bytes(2, "big") for each in epochs], "limit": limit})
    return [(key, bytes(sealed)) for key, sealed in found]


def rows_by_epoch(session: Session, column: SealedColumn) -> dict[int, int]:
    """Return how many sealed values of a column each epoch has, by its number."""
    head = literal_column(_head(session, column), LargeBinary)
    statement = select(head, func.count()).select_from(text(column.table)).where(head.is_not(None)).group_by(head)
    return {int.from_bytes(bytes(each), "big"): count for each, count in session.execute(statement)}


def _head(session: Session, column: SealedColumn) -> str:
    return f"substring({column.column} FROM 1 FOR 2)" if is_postgresql(session) else f"substr({column.column}, 1, 2)"


def swap_sealed(
    session: Session, column: SealedColumn, rows: Sequence[int], before: Sequence[bytes], after: Sequence[bytes]
) -> int:
    """Put values sealed anew where the row still holds what was read; returns how many did.

    A row that somebody changed meanwhile keeps what they wrote, which is sealed under the epoch of today.
    """
    if not rows:
        return 0
    connection = session.connection()
    if is_postgresql(session):
        done = connection.exec_driver_sql(
            f"UPDATE {column.table} AS t SET {column.column} = v.later "  # noqa: S608 -- names of our own tables
            f"FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS v(key, sooner, later) "
            f"WHERE t.{column.key} = v.key AND t.{column.column} = v.sooner",
            (list(rows), list(before), list(after)),
        )
        return int(done.rowcount)
    statement = f"UPDATE {column.table} SET {column.column} = ? WHERE {column.key} = ? AND {column.column} = ?"  # noqa: S608 -- as above
    found: list[tuple[Any, ...]] = list(zip(after, rows, before, strict=True))
    return int(connection.exec_driver_sql(statement, found).rowcount)
