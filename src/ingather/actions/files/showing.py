"""Opening a file's sealed bytes for a person: its records with account numbers masked, each view on record.

Nobody is given the bytes themselves: they hold the account numbers of all buyers in the file.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import BrokenInvariant, NoSuch
from ingather.nacha.reader import read
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.show import ShownRecord, show_line, show_text
from ingather.store.tables import File, FileChunk
from ingather.vault.sealing import Place

_FILLER = "9" * RECORD_WIDTH


class ShownLine(NamedTuple):
    """One line of a file: its number from 1, its 94 columns masked, its fields, and the problems found on it.

    ``record`` is None for a line that only fills the last block.
    """

    line: int
    text: str
    record: ShownRecord | None
    problems: list[dict[str, object]]


class ShownLines(NamedTuple):
    """Some lines of a file, how many it has, and the problems of the whole file."""

    lines: list[ShownLine]
    total: int
    problems: list[dict[str, object]]


def show_file(ctx: Context, file_id: int, *, after: int, limit: int) -> ShownLines:
    """Return so many lines of a file after a line, masked and decoded; the view leaves an audit record.

    Raises ``NoSuch``, and ``BrokenInvariant`` when the kept bytes are not those that were sealed.
    """
    data = _opened(ctx, file_id)
    reading = read(data)
    total = len(data.splitlines())
    found: dict[int, list[dict[str, object]]] = {}
    for problem in reading.problems:
        found.setdefault(problem.line, []).append(problem.as_dict())
    lines = [
        ShownLine(number, show_text(reading, number) or _FILLER, show_line(reading, number), found.get(number, []))
        for number in range(after + 1, min(after + limit, total) + 1)
    ]
    ctx.audit("show_file", public_id(Prefix.FILE, file_id), after=after, lines=len(lines))
    return ShownLines(lines, total, found.get(0, []))


def _opened(ctx: Context, file_id: int) -> bytes:
    row = ctx.session.get(File, file_id)
    if row is None:
        fact = f"there is no file {public_id(Prefix.FILE, file_id)}"
        raise NoSuch(fact)
    chunks = ctx.session.scalars(
        select(FileChunk.content).where(FileChunk.file_id == file_id).order_by(FileChunk.part)
    ).all()
    data = ctx.vault.open_chunks(Place.FILE_BYTES, file_id, chunks)
    if len(data) != row.size or hashlib.sha256(data).digest() != row.sha256:
        fact = f"the kept bytes of file {row.name} are not those that were sealed"
        raise BrokenInvariant(fact, "Restore the book from a backup; nothing was sent")
    return data
