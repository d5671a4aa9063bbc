"""``ingather keys``: two persons rotate, one command shows where the keys stand, and providers are chosen by a word."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ingather.actions.keys.rotating import Ended, begin_rotation
from ingather.cli.keys import _ended_said
from ingather.domain.keys import RotationKind
from ingather.domain.refusals import ExitCode
from ingather.jobs.rehearsal.stage import Stage
from ingather.vault import providers
from ingather.vault.keys import load_ring, make_ring, waiting_ring
from ingather.wiring import new_desk
from tests.journey.stage import MONDAY, Sale, night, staged
from tests.unit.cli.shell import Said, at_book, call
from tests.unit.cli.test_making import init

pytest_plugins = ("tests.kms",)
BY_TWO = ("--as", "carla", "--second", "otto", "--reason", "the yearly rotation")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a book with two orders, one file of which was sent."""
    made = staged(tmp_path, [Sale(), Sale()])
    night(made, MONDAY)
    return made


@pytest.fixture(autouse=True)
def nothing_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a new process does: with nothing taken out of the environment yet."""
    monkeypatch.setattr(providers, "_TAKEN", {})
    for name in ("INGATHER_KEK", "INGATHER_KEK_NEXT"):
        monkeypatch.delenv(name, raising=False)


def _rotate(stage: Stage, *more: str) -> Said:
    return at_book(stage, "keys", "rotate", *BY_TWO, "--as-of", stage.clock.now.isoformat(), *more)


def _status(stage: Stage) -> Said:
    return at_book(stage, "keys", "status", "--json", "--as-of", stage.clock.now.isoformat())


def test_status_tells_where_the_keys_stand(stage: Stage) -> None:
    said = _status(stage)
    assert (said.code, said.json["ok"], said.json["rotation"]) == (0, True, None)
    assert [(each["number"], each["purpose"], each["state"], each["rows"]) for each in said.json["epochs"]] == [
        (1, "values", "open", {"accounts.number": 2}),
        (2, "evidence", "open", {"file_chunks.bytes": 1}),
    ]
    page = at_book(stage, "keys", "status", "--as-of", stage.clock.now.isoformat())
    assert (page.code, "Values are next rotated by" in page.words) == (0, True)


def test_two_persons_rotate_and_the_old_key_is_gone(stage: Stage) -> None:
    planned = _rotate(stage, "--dry-run", "--json")
    assert planned.json == {"did": "nothing", "root": stage.desk.vault.ring.root, "values": 2}
    said = _rotate(stage)
    assert (said.code, said.words) == (0, "2 value(s) are sealed under a new key. The key of epoch 1 is destroyed.")
    states = {each["number"]: (each["state"], each["rows"]) for each in _status(stage).json["epochs"]}
    assert states[1] == ("destroyed", {})
    assert states[3] == ("open", {"accounts.number": 2})
    assert at_book(stage, "db", "check").code == 0


def test_one_person_does_not_rotate_alone(stage: Stage) -> None:
    said = at_book(stage, "keys", "rotate", "--as", "carla", "--second", "carla", "--reason", "a test")
    assert (said.code, "may not approve it" in said.words) == (ExitCode.HAS_ERRORS, True)
    assert at_book(stage, "keys", "rotate", "--as", "carla", "--reason", "a test").code == ExitCode.USAGE


def test_a_rotation_that_was_interrupted_is_an_error_until_it_is_resumed(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        begin_rotation(ctx, second="user:otto", reason="the yearly rotation")
    stage.desk.remember()
    said = _status(stage)
    assert (said.code, said.json["rotation"]["place"]) == (ExitCode.HAS_ERRORS, "accounts.number")
    assert "ingather keys resume" in _rotate(stage).words
    assert at_book(stage, "keys", "resume").words.startswith("The rotation is done. 2 value(s) are sealed under a new")
    nothing = {"did": "nothing", "count": 0, "destroyed": [], "stay": []}
    assert at_book(stage, "keys", "resume", "--json").json == nothing
    assert _status(stage).code == 0


def test_the_root_is_rotated_and_the_former_one_forgotten(stage: Stage) -> None:
    former = _status(stage).json["root"]
    assert "--kek" in at_book(stage, "keys", "rotate", *BY_TWO, "--provider", "env").words
    assert _rotate(stage, "--kek", "--json").json["count"] == 1
    found = _status(stage).json
    assert (found["root"] != former, found["roots"]) == (True, [found["root"], former])
    assert at_book(stage, "keys", "forget", found["root"], *BY_TWO).code == ExitCode.HAS_ERRORS
    assert at_book(stage, "keys", "forget", former, *BY_TWO).words == f"{former} is forgotten."
    assert "has no root" in at_book(stage, "keys", "forget", former, *BY_TWO).words
    assert at_book(stage, "db", "check").code == 0


def test_a_ring_made_beforehand_waits_for_its_book(tmp_path: Path) -> None:
    place = ("--book", str(tmp_path / "book.sqlite"), "keys", "init", "--json")
    made = call(*place).json
    assert (made["did"], made["root"][:5]) == ("something", "file:")
    assert call(*place).json == made | {"did": "nothing"}
    founded = init(tmp_path, "--json")
    assert (founded.code, founded.json["instance"]) == (0, made["instance"])
    assert "a key ring already" in init(tmp_path).words


def test_a_ring_goes_on_waiting_when_the_founding_of_its_book_fails(tmp_path: Path) -> None:
    place, folder = str(tmp_path / "book.sqlite"), tmp_path / "book.keys"
    make_ring(folder, waiting=True)
    for _ in range(2):
        assert new_desk(place, actor="system:init").vault.instance == load_ring(folder).instance
    assert init(tmp_path).code == 0
    assert waiting_ring(folder) is None
    # As if whoever founded it had died before the ring knew.
    content = json.loads((folder / "ring.json").read_text())
    (folder / "ring.json").write_text(json.dumps(content | {"waiting": True}))
    assert call("--book", place, "keys", "status").code == 0
    assert waiting_ring(folder) is None


def test_it_is_told_which_key_goes_and_which_stays() -> None:
    ended = Ended(kind=RotationKind.EPOCH, count=12, evidence=(1,))
    assert _ended_said(ended, root="file:x") == (
        "12 value(s) are sealed under a new key. The key of epoch 1 stays: files and reports open with it until they "
        "are shredded."
    )
    assert "is destroyed. The key of epoch 1 stays" in _ended_said(replace(ended, destroyed=(3, 4)), root="file:x")


def test_a_book_whose_root_is_in_the_environment_is_used_with_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INGATHER_KEK", os.urandom(32).hex())
    assert init(tmp_path, "--keys-from", "env").code == 0
    place = ("--book", str(tmp_path / "book.sqlite"))
    assert call(*place, "keys", "status", "--json").json["root"].startswith("env:")
    monkeypatch.setattr(providers, "_TAKEN", {})
    said = call(*place, "night")
    assert (said.code, "is not in the environment. Set INGATHER_KEK" in said.words) == (ExitCode.USAGE, True)


@pytest.mark.parametrize("provider", ["file", "env", "aws-kms"])
def test_a_copy_without_the_hosts_key_folder_sends_nothing_whoever_keeps_the_root(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, provider: str
) -> None:
    key: tuple[str, ...] = ()
    if provider == "env":
        monkeypatch.setenv("INGATHER_KEK", os.urandom(32).hex())
    if provider == "aws-kms":
        key = ("--key-id", request.getfixturevalue("key_id"))
    if provider != "file":
        assert _rotate(stage, "--kek", "--provider", provider, *key).code == 0
        assert at_book(stage, "db", "check").code == 0
    stage.desk.engine.dispose()
    other = tmp_path / "other"
    other.mkdir()
    with (
        closing(sqlite3.connect(tmp_path / "book.sqlite")) as book,
        closing(sqlite3.connect(other / "book.sqlite")) as copy,
    ):
        book.backup(copy)
    place = ("--book", str(other / "book.sqlite"))
    night_of = ("night", "--as-of", stage.clock.now.isoformat())
    said = call(*place, *night_of)
    assert (said.code, "there is no key ring" in said.words.lower()) == (ExitCode.USAGE, True)
    assert call(*place, "keys", "init", "--provider", provider, *key).code == 0
    said = call(*place, *night_of)
    assert (said.code, "belongs to another book" in said.words) == (ExitCode.BROKEN_INVARIANT, True)
    said = call(*place, "file", "send")
    assert said.code == ExitCode.BROKEN_INVARIANT
