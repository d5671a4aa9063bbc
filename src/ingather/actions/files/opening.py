"""Opening a file's sealed bytes a stretch at a time: only the parts in which the wanted lines lie are decrypted.

The opening is on record once; what is read on within it is the same view going on. The whole of the bytes is compared
with their hash when a file is read for the first time by a process, and each part is bound to its file and place.
"""

import hashlib

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import BrokenInvariant, NoSuch
from ingather.nacha.records import RECORD_WIDTH
from ingather.store.reading.file_bytes import sealed_parts
from ingather.store.tables import File
from ingather.vault.sealing import CHUNK_BYTES, Place

_EVERY_PART = 2**31 - 1


def the_file(ctx: Context, file_id: int) -> File:
    """Return a file's row; raises ``NoSuch``."""
    row = ctx.session.get(File, file_id)
    if row is None:
        fact = f"there is no file {public_id(Prefix.FILE, file_id)}"
        raise NoSuch(fact)
    return row


def note_opening(ctx: Context, file_id: int, *, line: int) -> None:
    """Leave the record that somebody opened a file, from which line on; raises ``NoSuch``."""
    the_file(ctx, file_id)
    ctx.audit("show_file", public_id(Prefix.FILE, file_id), after=line - 1)


def open_whole(ctx: Context, row: File) -> bytes:
    """Return all bytes of a file; raises ``BrokenInvariant`` when they are not those that were sealed.

    They hold account numbers: whoever asks masks them, and keeps none.
    """
    parts = sealed_parts(ctx.session, row.id, 0, _EVERY_PART)
    data = ctx.vault.open_chunks(Place.FILE_BYTES, row.id, [content for _, content in parts])
    if len(data) != row.size or hashlib.sha256(data).digest() != row.sha256:
        fact = f"the kept bytes of file {row.name} are not those that were sealed"
        raise BrokenInvariant(fact, "Restore the book from a backup; nothing was sent")
    return data


def open_part(ctx: Context, row: File, part: int) -> bytes:
    """Return one part of a file's bytes; nothing where it has no such part. They hold account numbers, as above."""
    found = sealed_parts(ctx.session, row.id, part, part)
    return b"".join(ctx.vault.open(Place.FILE_BYTES, row.id, content, part=number) for number, content in found)


def open_lines(ctx: Context, row: File, *, first: int, last: int, stride: int) -> list[bytes]:
    """Return the lines from one to another, both included, of a file whose lines all take ``stride`` bytes.

    Fewer where the file ends. They hold account numbers: whoever asks masks them, and keeps none.
    """
    begin, end = (first - 1) * stride, min(last * stride, row.size)
    if first < 1 or begin >= end:
        return []
    low, high = begin // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
    plain = b"".join(
        ctx.vault.open(Place.FILE_BYTES, row.id, content, part=part)
        for part, content in sealed_parts(ctx.session, row.id, low, high)
    )
    cut = plain[begin - low * CHUNK_BYTES : end - low * CHUNK_BYTES]
    return [cut[at : at + RECORD_WIDTH] for at in range(0, len(cut), stride)]
