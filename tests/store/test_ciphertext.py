"""Ciphertext is bound to its row: swapped in the database it does not open, and nothing is sealed or sent from it."""

from pathlib import Path

import pytest

from ingather.actions.banks import NewBook
from ingather.domain.refusals import BrokenInvariant, KeyMissing
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.night.run import run_night
from ingather.jobs.rehearsal.order_book import record_book
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.transmit import verify_file
from ingather.rules.tables import profile_text
from ingather.vault.keys import load_ring, make_ring
from ingather.wiring import new_desk
from tests.crash.stories import evening
from tests.red import red_account


@pytest.fixture
def desk(tmp_path: Path, book_url: str) -> Desk:
    """Return the desk of a test book with ten orders that are due."""
    for name in ("out", "in"):
        (tmp_path / name).mkdir()
    made = new_desk(book_url, keys=str(tmp_path / "keys"), actor="system:night", clock=evening, node=1)
    channel = {"kind": "folder", "outbound": str(tmp_path / "out"), "inbound": str(tmp_path / "in")}
    toml = profile_text("first-example").replace("entries = 100000", "entries = 5")
    found(
        made,
        NewBook(
            mark="test", originator="Marketplace", profile=toml, bank="EXAMUS33", account=red_account(0),
            channel=channel,
        ),
    )  # fmt: skip
    record_book(made, seed=1, count=10, due=[START])
    return made


def _swap(desk: Desk, table: str, column: str, key: str) -> None:
    """Swap a column between the first two rows of a table."""
    with desk.engine.begin() as connection:
        rows = connection.exec_driver_sql(f"SELECT {key}, {column} FROM {table} ORDER BY {key} LIMIT 2").all()  # noqa: S608 -- names of our own
        mark = "%s" if desk.engine.dialect.name == "postgresql" else "?"
        for (row, _), (_, other) in zip(rows, reversed(rows), strict=True):
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = {mark} WHERE {key} = {mark}", (other, row))  # noqa: S608 -- names of our own


def test_account_numbers_swapped_between_rows_stop_the_night(desk: Desk, tmp_path: Path) -> None:
    _swap(desk, "accounts", "number", "id")
    with pytest.raises(BrokenInvariant, match="does not open"):
        run_night(desk)
    assert not list((tmp_path / "out").iterdir())


def test_file_bytes_swapped_between_files_do_not_open(desk: Desk) -> None:
    report = run_night(desk)
    assert len(report.sent) == 2
    with desk.engine.connect() as connection:
        files = [row[0] for row in connection.exec_driver_sql("SELECT id FROM files ORDER BY id")]
    assert [verify_file(desk, file_id) for file_id in files] == [[], []]
    _swap(desk, "file_chunks", "content", "file_id")
    for file_id in files:
        (said,) = verify_file(desk, file_id)
        assert "does not open" in said


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_ring(tmp_path / "keys")
    (key_file,) = (tmp_path / "keys").iterdir()
    assert key_file.stat().st_mode & 0o777 == 0o600
    load_ring(tmp_path / "keys")
    for mode in (0o640, 0o604, 0o620):
        key_file.chmod(mode)
        with pytest.raises(KeyMissing, match="others than its owner"):
            load_ring(tmp_path / "keys")
