"""The sealed parts of a file's bytes, only those that are wanted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.store.tables import FileChunk


def sealed_parts(session: Session, file_id: int, first: int, last: int) -> Sequence[tuple[int, bytes]]:
    """Return the sealed parts of a file from one number to another, both included, in order."""
    rows = session.execute(
        select(FileChunk.part, FileChunk.content)
        .where(FileChunk.file_id == file_id, FileChunk.part.between(first, last))
        .order_by(FileChunk.part)
    )
    return [(part, content) for part, content in rows]
