"""A book from before there were epochs: its one key opens everything, and a rotation takes it to the ladder."""

import json
import os
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from ingather.actions.banks import NewBook
from ingather.actions.keys.epochs import forget_evidence
from ingather.domain.refusals import WrongState
from ingather.jobs import key_rotation
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.keys import destroy_keks, renew, standing
from ingather.jobs.night.run import run_night
from ingather.jobs.rehearsal.order_book import record_book
from ingather.jobs.rehearsal.scenarios import START
from ingather.rules.tables import profile_text
from ingather.store.engine import open_engine
from ingather.store.migrate import scripts_folder, upgrade
from ingather.vault.keys import SEALING
from ingather.vault.sealing import Place
from ingather.wiring import fixed_clock, new_desk, open_desk
from tests.crash.stories import evening
from tests.red import red_account
from tests.store.key_books import by_epoch, fill, numbers, opened, states

ORDERS = 4
_AS_IT_WAS = (
    "DELETE FROM key_epochs WHERE number = 2",
    "UPDATE key_epochs SET purpose = 'both', kek = 'sealing-1', wrapped = NULL",
    "UPDATE book SET key_turn = 0",
)


def _as_it_was(desk: Desk) -> None:
    """Give a book that holds nothing yet the one key, and the ring, that books once had."""
    folder, ring = desk.vault.ring.folder, desk.vault.ring
    with desk.engine.begin() as connection:
        for statement in _AS_IT_WAS:
            connection.execute(text(statement))
    for path in folder.glob("*.kek"):
        path.unlink()
    content = {
        "instance": ring.instance, "current": 1, "sealing": {"1": os.urandom(32).hex()}, "index": ring.index.hex(),
    }  # fmt: skip
    (folder / "ring.json").write_text(json.dumps(content))


@pytest.fixture
def older(book_url: str, tmp_path: Path) -> Desk:
    """Return a book of the older kind with orders that are due and a value in every place."""
    for name in ("out", "in"):
        (tmp_path / name).mkdir()
    keys, clock = str(tmp_path / "keys"), fixed_clock(evening())
    founded = new_desk(book_url, keys=keys, actor="system:init", clock=clock, node=1)
    channel = {"kind": "folder", "outbound": str(tmp_path / "out"), "inbound": str(tmp_path / "in")}
    profile = profile_text("first-example")
    found(
        founded,
        NewBook(
            mark="test", originator="Market", profile=profile, bank="EXAMUS33", account=red_account(0), channel=channel
        ),
    )
    _as_it_was(founded)
    desk = open_desk(book_url, keys=keys, actor="user:carla", clock=clock, node=1)
    record_book(desk, seed=1, count=ORDERS, due=[START])
    fill(desk)
    return desk


def test_the_one_key_of_an_older_book_seals_and_opens_both(older: Desk) -> None:
    run_night(older)
    assert states(older) == {1: ("both", "open")}
    assert by_epoch(older) == {1: ORDERS + 4}
    assert opened(older)[Place.FILE_BYTES] == 1
    assert renew(older) == []
    assert standing(older).faults == ["The ring has no root yet. Give it one: ingather keys init"]
    with pytest.raises(WrongState, match="ingather keys init"), older.action() as ctx:
        ctx.vault.ring.make_kek("evidence-2")


def test_a_rotation_takes_an_older_book_to_the_ladder_and_its_evidence_still_opens(older: Desk) -> None:
    run_night(older)
    said, had, folder = numbers(older), opened(older), older.vault.ring.folder
    key = json.loads((folder / "ring.json").read_text())["sealing"]["1"]
    ended = key_rotation.rotate_values(older, second="user:otto", reason="the ladder")
    assert ended is not None
    assert (ended.count, ended.destroyed, ended.evidence) == (ORDERS + 4, (), (1,))
    assert states(older) == {1: ("evidence", "closed"), 2: ("values", "open"), 3: ("evidence", "open")}
    assert (by_epoch(older), numbers(older), opened(older)) == ({2: ORDERS + 4}, said, had)
    assert all(key not in path.read_text() for path in folder.iterdir())
    assert SEALING in older.vault.ring.keks()


def test_an_older_key_is_shredded_like_any_other_evidence_once_its_values_have_moved(older: Desk) -> None:
    key_rotation.rotate_values(older, second="user:otto", reason="the ladder")
    with older.action() as ctx:
        assert forget_evidence(ctx, 1) == SEALING
    assert destroy_keks(older) == [SEALING]
    assert states(older)[1] == ("evidence", "destroyed")
    assert (SEALING in older.vault.ring.keks(), len(numbers(older))) == (False, ORDERS)


def test_the_upgrade_of_a_founded_book_makes_its_key_the_first_epoch(empty_url: str) -> None:
    engine = open_engine(empty_url, must_exist=False)
    config = Config()
    config.set_main_option("script_location", str(scripts_folder()))
    config.attributes["engine"] = engine
    command.upgrade(config, "0010")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO book (id, mark, instance, state, created_at) VALUES (1, 'test', 'abc', 'ready', 7)")
        )
    upgrade(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT number, purpose, state, kek, wrapped, opened_at FROM key_epochs")).all()
    assert [tuple(row) for row in rows] == [(1, "both", "open", SEALING, None, 7)]
    engine.dispose()
