"""Books put back from a backup that was taken at some moment: brought back to work, and looked at against the bank."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ingather.jobs.backup import Manifest, back_up, note_backup, read_manifest, restore
from ingather.jobs.desk import Desk
from ingather.jobs.recovery.comparing import Compared, reconcile_restored
from ingather.jobs.recovery.releasing import release_restored
from ingather.store.engine import book_url
from ingather.store.postgres_programs import Programs, find_programs
from tests.crash.stories import Story, evening


def programs(server: int) -> Programs:
    """Return PostgreSQL's programs: those named by the environment, or of the system, or of the test environment."""
    named = os.environ.get("INGATHER_PG_BIN")
    return find_programs(server, folder=Path(named) if named else None)


def take(story: Story, backup: Path) -> None:
    """Take a backup of the story's book as it is at this moment."""
    desk = story.desk(evening(), node=900)
    back_up(desk.engine, backup, clock=desk.clock, programs=programs)
    desk.engine.dispose()


def note(story: Story, backup: Path) -> Manifest:
    """Leave the record of a backup in the book, as the verb does once the copy is made."""
    manifest = read_manifest(backup)
    desk = story.desk(evening(), node=901)
    note_backup(desk, manifest)
    desk.engine.dispose()
    return manifest


def put_back(story: Story, backup: Path) -> None:
    """Lose a SQLite book and restore a backup in its place."""
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{story.book}{ending}").unlink()
    restore(backup, book_url(story.book), programs=programs)


def come_back(
    desk: Desk, *, evidence: Mapping[str, bytes] | None = None, waved: bool = False, let_held_go: bool = False
) -> Compared:
    """Reconcile a restored book and release it; open findings are answered for when they may be."""
    compared = reconcile_restored(desk, evidence=evidence or {})
    names = compared.open if waved else []
    release_restored(desk, second="user:ben", reason="the drill", waved=names, let_held_go=let_held_go)
    return compared


def copied(folder: Path, to: Path) -> None:
    """Copy a folder anew."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
