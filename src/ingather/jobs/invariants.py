"""Sweeping the books: every invariant is asked, and the kept bytes are opened and hashed again."""

import hashlib

from sqlalchemy import select

from ingather.domain.refusals import KeyDestroyed
from ingather.jobs.desk import Desk
from ingather.store.reading.invariants import sweep
from ingather.store.reading.retention import destroyed_keks, is_shredded, shredded_epochs
from ingather.store.tables import File, FileChunk
from ingather.vault.sealing import Place


def check_invariants(desk: Desk, *, bytes_too: bool = True) -> dict[str, bool]:
    """Return every invariant by its name with whether it holds; ``bytes_too`` opens every kept file as well."""
    with desk.view() as ctx:
        held = {name: breaches == 0 for name, breaches in sweep(ctx.session).items()}
        held["what_is_destroyed_has_no_key_here"] = destroyed_keks(ctx.session).isdisjoint(desk.vault.ring.traces())
    if bytes_too:
        held["kept_bytes_are_what_was_sealed"] = _bytes_hold(desk)
    return held


def _bytes_hold(desk: Desk) -> bool:
    with desk.view() as ctx:
        shredded = shredded_epochs(ctx.session)
        for file_id, sha256, size in ctx.session.execute(select(File.id, File.sha256, File.size)).all():
            chunks = ctx.session.scalars(
                select(FileChunk.content).where(FileChunk.file_id == file_id).order_by(FileChunk.part),
            ).all()
            if is_shredded(chunks, shredded):
                continue
            try:
                data = desk.vault.open_chunks(Place.FILE_BYTES, file_id, chunks)
            except KeyDestroyed:
                # Nobody shredded it: the key was lost.
                return False
            if len(data) != size or hashlib.sha256(data).digest() != sha256:
                return False
    return True
