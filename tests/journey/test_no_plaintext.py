"""After a whole journey no account number lies anywhere but in the folders that are shared with the bank."""

import base64
import gzip
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ingather.vault.epochs import data_key
from tests.journey.whole import STEM_HERE, Whole
from tests.leaks import in_files, in_postgresql, in_sqlite, key_needles, needles, planted
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("whole")


def _backed_up(whole: Whole) -> Path:
    """Back the book up, with our verb and as the engine itself does it, and return the folder of both."""
    folder = whole.stage.folder / "backups"
    folder.mkdir(exist_ok=True)
    if not (folder / "ours").exists():
        assert whole.say("db", "backup", str(folder / "ours")).code == 0
    if whole.book is None:
        with (
            closing(sqlite3.connect(whole.stage.folder / "book.sqlite")) as book,
            closing(sqlite3.connect(folder / "book.sqlite")) as copy,
        ):
            book.backup(copy)
        return folder
    url = whole.book.replace("+psycopg", "", 1)
    with psycopg.connect(url) as connection:
        programs = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    assert programs is not None
    command = [f"{programs[0]}/pg_dump", "--dbname", url, "--file", str(folder / "book.sql")]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": os.environ["PATH"]})
    return folder


def test_no_file_of_ours_holds_an_account_number(whole: Whole) -> None:
    backups = [path for path in _backed_up(whole).rglob("*") if path.is_file()]
    without = whole.channel_folders
    looked_at = [path for path in whole.stage.folder.rglob("*") if path.is_file()]
    names = {path.name for path in looked_at if not any(path.is_relative_to(folder) for folder in without)}
    assert {
        "sent.register", "audit.head", "2026-11-24-harbor.csv", "cli-order-list.txt", "orders.parquet", "api.log",
        "answers.txt", "webhooks.txt",
    } <= names  # fmt: skip
    assert whole.book or {"book.sqlite", "book.sqlite-wal", "book.sqlite-shm"} <= names
    assert len({path.parent for path in backups}) == 2
    assert sum(path.stat().st_size for path in backups) > 200_000
    assert in_files(whole.stage.folder, whole.sought, without=without) == []


def test_no_column_of_the_book_holds_one(whole: Whole) -> None:
    sought = whole.sought
    found = in_postgresql(whole.book, sought) if whole.book else in_sqlite(whole.stage.folder / "book.sqlite", sought)
    assert found == []


def test_no_key_lies_outside_the_key_folder_and_no_secret_anywhere(whole: Whole) -> None:
    """Keys of data lie nowhere unwrapped, not even beside the keys that wrap them."""
    vault = whole.stage.desk.vault
    ring = vault.ring
    data = [data_key(ring, epoch) for epoch in vault.epochs]
    assert len(data) == 2
    everywhere = key_needles([*data, *whole.secrets])
    outside = key_needles([ring.index, *(ring.kek(name) for name in ring.keks())])
    folder, without = whole.stage.folder, whole.channel_folders
    assert in_files(folder, everywhere, without=without) == []
    assert in_files(folder, outside, without=[*without, ring.folder]) == []
    if whole.book:
        assert in_postgresql(whole.book, everywhere) == in_postgresql(whole.book, outside) == []


def test_the_servers_own_files_hold_none(whole: Whole) -> None:
    if whole.book is None:
        book = whole.stage.folder / "book.sqlite"
        with closing(sqlite3.connect(book)) as connection:
            connection.execute("PRAGMA wal_checkpoint(FULL)")
        # Pages that hold no row any more are in the file as well.
        assert whole.sought.forms_in(book.read_bytes()) == []
        return
    with psycopg.connect(whole.book.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert found is not None
    cluster, here = Path(found[0]), str(found[1])
    for place in (cluster / "base" / here, cluster / "global"):
        assert in_files(place, whole.sought) == []
    log = [path for path in (cluster / "pg_wal").iterdir() if path.is_file() and path.name >= whole.wal_from]
    assert log
    assert [path.name for path in log if whole.sought.forms_in(path.read_bytes())] == []
    written = cluster.parent / "log"
    assert whole.sought.forms_in(written.read_bytes()) == []


def test_the_bank_got_them_and_nothing_else_was_left_out(whole: Whole) -> None:
    for folder in whole.channel_folders:
        assert in_files(folder, whole.sought) != []
    assert {folder.parent for folder in whole.channel_folders} == {whole.stage.folder / "bank"}


def test_every_form_is_found_in_every_place(tmp_path: Path, postgres_url: str) -> None:
    number = red_account(7_300_042)
    assert number.startswith(STEM_HERE)
    sought = needles(stem=STEM_HERE, others=["000012345678"])
    assert sought.forms_in(b"nothing to be found " * 1000) == []
    assert sought.forms_in(b"x000012345678x") == ["plain"]
    key = bytes(range(100, 132))
    for lies in (
        key,
        key.hex().encode(),
        key.hex().upper().encode(),
        base64.b64encode(b"xx" + key),
        gzip.compress(key),
    ):
        assert key_needles([key]).forms_in(b"x" + lies), "a key is found as well"
    (tmp_path / "files").mkdir()
    wide = sqlite3.connect(tmp_path / "book.sqlite")
    with closing(wide), psycopg.connect(postgres_url.replace("+psycopg", "", 1)) as server:
        wide.execute("CREATE TABLE kept (value BLOB)")
        server.execute("CREATE TABLE kept (value BYTEA)")
        for index, (form, shape) in enumerate(planted(number)):
            assert form in sought.forms_in(shape), form
            (tmp_path / "files" / f"{index}").write_bytes(shape)
            wide.execute("INSERT INTO kept VALUES (?)", (shape,))
            server.execute("INSERT INTO kept VALUES (%s)", (shape,))
        wide.commit()
        server.commit()
        forms = {form for form, _ in planted(number)}
        told = in_files(tmp_path / "files", sought)
        assert len({line.partition(":")[0] for line in told}) == len(list(planted(number)))
        for found in (in_sqlite(tmp_path / "book.sqlite", sought), in_postgresql(postgres_url, sought)):
            assert {line.partition(": ")[2] for line in found} >= forms
    assert number not in str(told)
