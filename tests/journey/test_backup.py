"""Backing up a book, looking at the backup, losing the book, and coming back: as people do it at the command line."""

import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ingather.domain.refusals import BrokenInvariant, ExtraMissing, MakerIsChecker, Unreadable, WrongState
from ingather.jobs.backup import MANIFEST, back_up, check_backup, read_manifest, restore
from ingather.jobs.recovery.comparing import reconcile_restored
from ingather.jobs.recovery.releasing import release_restored
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import Stage
from ingather.store import copies
from ingather.store.engine import book_url, open_engine
from ingather.store.postgres_programs import find_programs
from tests.crash.moments import programs
from tests.crash.stories import Story, begin, evening
from tests.postgres import empty_database
from tests.unit.cli.shell import Said, call


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Story, Stage]:
    """Tell of a small book."""
    story, stage = begin(tmp_path_factory.mktemp("backup"), orders=6, entries=6)
    return story, stage


@pytest.fixture
def story(told: tuple[Story, Stage]) -> Iterator[Story]:
    """Give the small book, as it was at its beginning."""
    told[0].begin_again()
    yield told[0]
    told[1].desk.engine.dispose()


def _say(story: Story, *arguments: str) -> Said:
    return call("--book", story.book, "--keys", story.keys, *arguments)


def test_a_book_is_backed_up_checked_lost_restored_reconciled_and_released(story: Story, tmp_path: Path) -> None:
    backup = tmp_path / "monday"
    made = _say(story, "db", "backup", str(backup), "--json").json
    assert made["did"] == "something"
    assert made["counts"]["orders"] == 6
    assert stat.S_IMODE(backup.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in backup.iterdir()} == {
        "book.sqlite": 0o600,
        MANIFEST: 0o600,
    }
    checked = _say(story, "db", "backup", str(backup), "--check", "--json").json
    assert checked["ok"]
    assert checked["loaded"]
    night = _say(story, "night", "--as-of", f"{START}T18:00:00-05:00", "--json")
    assert night.json["sent"] or night.json["needs_approval"]
    other = str(tmp_path / "new.sqlite")
    assert "marked as restored" in _say(story, "db", "restore", str(backup), "--to", other).words
    there = ("--book", other, "--keys", story.keys)
    assert call(*there, "night").code == 40
    assert call(*there, "inbound").code == 40
    unready = call(*there, "db", "release", "--as", "ana", "--second", "ben", "--reason", "drill")
    assert "was not compared" in unready.words
    compared = call(*there, "db", "reconcile", "--as", "ana", "--json")
    assert compared.code == 0, compared.words
    assert [found["kind"] for found in compared.json["found"]] == ["adopted"] if night.json["sent"] else ["voided"]
    alone = call(*there, "db", "release", "--as", "ana", "--second", "ana", "--reason", "drill")
    assert alone.code
    assert call(*there, "db", "release", "--as", "ana", "--second", "ben", "--reason", "drill").code == 0
    assert call(*there, "db", "check").code == 0
    # The host remembers the released book: what was lost is the copy now.
    assert _say(story, "night").code == 40


def test_a_backup_replaces_nothing_and_a_book_is_never_restored_over_another(story: Story, tmp_path: Path) -> None:
    backup = tmp_path / "one"
    assert _say(story, "db", "backup", str(backup)).code == 0
    again = _say(story, "db", "backup", str(backup))
    assert "replaces nothing" in again.words
    over = _say(story, "db", "restore", str(backup), "--to", story.book)
    assert "never restored over another" in over.words
    assert "no folder" in _say(story, "db", "backup", str(tmp_path / "not" / "there")).words


def test_a_backup_that_was_touched_is_refused(story: Story, tmp_path: Path) -> None:
    backup = tmp_path / "touched"
    _say(story, "db", "backup", str(backup))
    with (backup / "book.sqlite").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x01")
    for verb in (["db", "backup", str(backup), "--check"], ["db", "restore", str(backup), "--to", str(tmp_path / "n")]):
        assert _say(story, *verb).code == 40
    (backup / "book.sqlite").unlink()
    with pytest.raises(BrokenInvariant):
        check_backup(backup, programs=programs)
    (backup / MANIFEST).write_text("{}")
    with pytest.raises(Unreadable):
        read_manifest(backup)
    assert not (tmp_path / "n").exists()


def test_a_manifest_that_tells_of_something_else_is_refused(story: Story, tmp_path: Path) -> None:
    backup = tmp_path / "lying"
    _say(story, "db", "backup", str(backup))
    told = json.loads((backup / MANIFEST).read_text())
    told["counts"]["orders"] += 1
    (backup / MANIFEST).write_text(json.dumps(told))
    with pytest.raises(BrokenInvariant, match="counts"):
        check_backup(backup, programs=programs)


def test_a_full_disk_leaves_nothing_half(story: Story, tmp_path: Path) -> None:
    engine = open_engine(book_url(story.book))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
        with pytest.raises(WrongState, match="no room"):
            back_up(engine, tmp_path / "full", clock=evening, programs=programs)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    engine.dispose()
    assert list(tmp_path.iterdir()) == []


def test_a_backup_stops_no_writer(story: Story, tmp_path: Path) -> None:
    engine = open_engine(book_url(story.book))
    pages = []

    def write(done: int, total: int) -> None:
        pages.append((done, total))
        with closing(sqlite3.connect(story.book, timeout=1)) as other, other:
            other.execute("UPDATE book SET last_night_on = '2026-01-02'")

    manifest = back_up(engine, tmp_path / "live", clock=evening, programs=programs, progress=write)
    engine.dispose()
    assert pages
    with closing(sqlite3.connect(tmp_path / "live" / manifest.name)) as copy:
        assert copy.execute("SELECT last_night_on FROM book").fetchone() == (None,)


def test_one_person_releases_nothing(story: Story, tmp_path: Path) -> None:
    backup, other = tmp_path / "one", tmp_path / "new.sqlite"
    _say(story, "db", "backup", str(backup))
    restore(backup, book_url(str(other)), programs=programs)
    desk = Story(folder=story.folder, kept=story.kept, url=book_url(str(other))).desk(
        evening(), node=5, actor="user:ana"
    )
    reconcile_restored(desk, evidence={})
    with pytest.raises(MakerIsChecker):
        release_restored(desk, second="user:ana", reason="alone")
    with pytest.raises(WrongState, match="no finding is called"):
        release_restored(desk, second="user:ben", reason="drill", waved=["nothing"])
    # Were the code to forget it, the book itself would not.
    for change in ("maker = 'user:ana', checker = 'user:ana'", "state = 'released'"):
        with pytest.raises(IntegrityError), desk.engine.begin() as connection:
            connection.execute(text(f"UPDATE restorations SET {change}"))  # noqa: S608 -- one of two
    release_restored(desk, second="user:ben", reason="drill")
    with pytest.raises(WrongState, match="no restored copy"):
        reconcile_restored(desk, evidence={})
    desk.engine.dispose()


def test_a_backup_on_postgresql_is_checked_in_a_scratch_database(
    postgres_book_url: str, postgres_cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = programs(0).folder
    monkeypatch.setenv("INGATHER_PG_BIN", str(folder))
    story, stage = begin(tmp_path / "stage", url=postgres_book_url, orders=4, entries=4)
    backup = tmp_path / "backup"
    manifest = back_up(stage.desk.engine, backup, clock=evening, programs=programs)
    assert manifest.contents["server"]
    unloaded = call("db", "backup", str(backup), "--check", "--json").json
    assert unloaded["ok"]
    assert not unloaded["loaded"]
    with empty_database(postgres_cluster) as scratch:
        loaded = call("db", "backup", str(backup), "--check", "--scratch", scratch, "--json").json
        assert loaded["ok"], loaded
        assert loaded["loaded"]
        again = call("db", "restore", str(backup), "--to", scratch)
        assert "not empty" in again.words
    wrong = call("db", "restore", str(backup), "--to", str(tmp_path / "book.sqlite"))
    assert "another engine" in wrong.words
    cut = tmp_path / "cut"
    shutil.copytree(backup, cut)
    dump = cut / manifest.name
    dump.write_bytes(dump.read_bytes()[:-2000])
    told = json.loads((cut / MANIFEST).read_text())
    told["copy"] = {"name": manifest.name, "size": dump.stat().st_size, "sha256": _sha256(dump)}
    (cut / MANIFEST).write_text(json.dumps(told))
    with empty_database(postgres_cluster) as half:
        with pytest.raises(WrongState, match="failed"):
            restore(cut, half, programs=programs)
        copies.refuse_filled(engine := open_engine(half))
        engine.dispose()
    stage.desk.engine.dispose()
    _ = story


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_programs_that_are_missing_or_too_old_are_named(tmp_path: Path) -> None:
    with pytest.raises(ExtraMissing, match="pg_dump, pg_restore and psql"):
        find_programs(15, folder=tmp_path)
    with pytest.raises(ExtraMissing, match="too old"):
        find_programs(99, folder=programs(0).folder)
