"""Backups: a folder with one consistent copy of a book and the manifest that says what is in it.

The folder is made under a hidden name, made durable and renamed, so that a backup is there whole or not at all. What
is in it is as sealed as in the book: the key folder is never in it and is kept apart, because both together open it.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from ingather.actions.context import Clock
from ingather.domain.refusals import BrokenInvariant, Unreadable, WrongState
from ingather.gateway.renaming import rename_into_place
from ingather.jobs.desk import Desk
from ingather.store.copies import contents_of as contents_in
from ingather.store.copies import copy_book, load_postgres, mark_restored, plain, refuse_filled
from ingather.store.engine import open_engine, reading, sqlite_path
from ingather.store.migrate import HEAD
from ingather.store.postgres_programs import Programs
from ingather.store.reading.invariants import sweep

MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1
_NAMES: Final = {"sqlite": "book.sqlite", "postgresql": "book.dump"}
_CHUNK: Final = 1 << 20
Finder = Callable[[int], Programs]
"""Finds PostgreSQL's programs for a server of this major version."""


def say_no_progress(done: int, total: int) -> None:
    """Tell nobody how far a copy is."""
    _ = done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself; ``contents`` and ``taken_at`` as they were written, without any key."""

    taken_at: datetime
    contents: dict[str, Any]
    name: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as it is written and shown."""
        copy = {"name": self.name, "size": self.size, "sha256": self.sha256}
        return {"format": _FORMAT, "taken_at": self.taken_at.isoformat(), **self.contents, "copy": copy}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking a backup found; ``invariants`` is empty where the copy was not loaded."""

    manifest: Manifest
    invariants: dict[str, bool]


def back_up(
    engine: Engine,
    target: Path,
    *,
    clock: Clock,
    programs: Finder,
    progress: Callable[[int, int], None] = say_no_progress,
) -> Manifest:
    """Copy a live book into a new folder and return its manifest; on any failure nothing is left.

    Raises ``WrongState`` when the folder is there already, its parent is not, or there is no room; ``ExtraMissing``
    without PostgreSQL's programs.
    """
    target = target.absolute()
    if target.exists():
        fact = f"there is something at {target} already: a backup replaces nothing"
        raise WrongState(fact, "Name a folder that is not there yet, such as one with the date")
    if not target.parent.is_dir():
        fact = f"there is no folder {target.parent}"
        raise WrongState(fact, "Make it first, or see that its disk is there")
    half = target.with_name(f".{target.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    try:
        copy = half / _NAMES[engine.dialect.name]
        contents = copy_book(engine, copy, programs=programs, progress=progress)
        size, sha256 = _hashed(copy)
        manifest = Manifest(taken_at=clock(), contents=plain(contents), name=copy.name, size=size, sha256=sha256)
        _write_durably(half / MANIFEST, manifest)
        _sync(half)
        with _opened(target.parent) as folder:
            rename_into_place(half.name, target.name, source_folder=folder, target_folder=folder)
            os.fsync(folder)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return manifest


def note_backup(desk: Desk, manifest: Manifest) -> None:
    """Leave a record that the book was copied, and have the host remember it.

    No copy holds the record of itself: a host that remembers it knows the copy for an earlier state of the book.
    """
    with desk.action() as ctx:
        ctx.audit("back_up", "book", sha256=manifest.sha256, through=manifest.contents["audit"]["seq"])
    desk.remember()


def read_manifest(backup: Path) -> Manifest:
    """Return what a backup says of itself; raises ``Unreadable`` when it is none, or of a later program."""
    try:
        said = json.loads((backup / MANIFEST).read_text("utf-8"))
        if said.pop("format") != _FORMAT:
            fact = f"the backup {backup} was made by a later program"
            raise Unreadable(fact, "Use that program")
        copy, taken_at = said.pop("copy"), datetime.fromisoformat(said.pop("taken_at"))
        name = copy["name"]
        if name != _NAMES[said["kind"]]:
            fact = f"the backup {backup} names another copy than its kind has"
            raise Unreadable(fact, "Use another backup")
        return Manifest(taken_at=taken_at, contents=said, name=name, size=copy["size"], sha256=copy["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        fact = f"{backup} is no backup: it has no {MANIFEST} that can be read"
        raise Unreadable(fact, "Name the folder that ingather db backup made") from error


def verified(backup: Path) -> Manifest:
    """Return a backup's manifest when its copy has exactly the bytes it tells of; raises ``BrokenInvariant`` else."""
    manifest = read_manifest(backup)
    try:
        found = _hashed(backup / manifest.name)
    except FileNotFoundError as missing:
        fact = f"the backup {backup} lacks {manifest.name}"
        raise BrokenInvariant(fact, "Use another backup") from missing
    if found != (manifest.size, manifest.sha256):
        fact = f"{manifest.name} of the backup {backup} has other bytes than its manifest tells of"
        raise BrokenInvariant(fact, "Use another backup, and find out what changed this one")
    return manifest


def check_backup(backup: Path, *, programs: Finder, scratch: Engine | None = None) -> Checked:
    """Verify a backup without its book or keys: its hash, its chain, its counts, and every invariant once loaded.

    A copy from PostgreSQL is loaded into ``scratch``, an empty database, and without one only its table of contents is
    read. Raises ``BrokenInvariant`` when the copy is not what the manifest says.
    """
    manifest = verified(backup)
    if manifest.contents["kind"] == "sqlite":
        with tempfile.TemporaryDirectory(prefix="ingather-check-") as folder:
            loaded = Path(folder) / manifest.name
            shutil.copyfile(backup / manifest.name, loaded)
            engine = open_engine(f"sqlite:///{loaded}")
            try:
                return _swept(manifest, engine)
            finally:
                engine.dispose()
    if scratch is None:
        programs(0).contents(backup / manifest.name)
        return Checked(manifest=manifest, invariants={})
    load_postgres(scratch, backup / manifest.name, programs=programs)
    return _swept(manifest, scratch)


def _swept(manifest: Manifest, engine: Engine) -> Checked:
    with engine.connect() as connection:
        found = plain(contents_in(connection))
        connection.rollback()
    told = manifest.contents
    if {**found, "server": None} != {**told, "server": None}:
        unlike = ", ".join(sorted(name for name in found if name != "server" and found[name] != told.get(name)))
        fact = f"the copy holds something else than its manifest tells: {unlike}"
        raise BrokenInvariant(fact, "Use another backup")
    if told["schema"] != HEAD:
        return Checked(manifest=manifest, invariants={})
    with reading(engine) as session:
        held = {name: breaches == 0 for name, breaches in sweep(session).items()}
    return Checked(manifest=manifest, invariants=held)


def restore(backup: Path, book: str, *, programs: Finder) -> Manifest:
    """Put a backup where there is no book yet; the book is marked as restored before anybody can read it.

    ``book`` is the URL of the new book. Raises ``WrongState`` when there is a book already, or anything in the way.
    """
    manifest = verified(backup)
    path = sqlite_path(book)
    if ("sqlite" if path else "postgresql") != manifest.contents["kind"]:
        fact = f"the backup is of a book on {manifest.contents['kind']}, and the new book would be on another engine"
        raise WrongState(fact, "Restore it to a book of its own kind")
    if manifest.contents["schema"] > HEAD:
        fact = f"the backup has schema {manifest.contents['schema']}, which this program does not know"
        raise WrongState(fact, "Restore it with the program that made it, or a later one")
    if path is None:
        engine = open_engine(book)
        try:
            refuse_filled(engine)
            load_postgres(engine, backup / manifest.name, programs=programs)
        finally:
            engine.dispose()
    else:
        _restore_file(backup / manifest.name, path.absolute())
    return manifest


def _restore_file(copy: Path, path: Path) -> None:
    for there in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if there.exists():
            fact = f"there is something at {there} already: a book is never restored over another"
            raise WrongState(fact, "Name another place with --to, or move what is there away")
    if not path.parent.is_dir():
        fact = f"there is no folder {path.parent}"
        raise WrongState(fact, "Make it first")
    half = path.with_name(f".{path.name}.part")
    half.unlink(missing_ok=True)
    try:
        os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        shutil.copyfile(copy, half)
        mark_restored(half)
        with _opened(path.parent) as folder:
            rename_into_place(half.name, path.name, source_folder=folder, target_folder=folder)
            os.fsync(folder)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _hashed(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _write_durably(path: Path, manifest: Manifest) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(manifest.as_json(), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    with _opened(folder) as descriptor:
        os.fsync(descriptor)
