"""Two processes at one key folder: each change is made to what the folder holds, and what a death left is swept up."""

import json
import os
import threading
from pathlib import Path

import pytest

from ingather.domain.keys import Epoch, KeyPurpose, Provider
from ingather.domain.refusals import KeyDestroyed, KeyMissing, KeysSilent, WrongState
from ingather.vault import key_files, providers, sealing
from ingather.vault.epochs import data_key, new_epoch
from ingather.vault.keys import SEALING, KeyRing, load_ring, make_ring
from ingather.vault.sealing import Place
from tests.unit.vault.vaults import NOON, Shelf

LEFT = "0123abcd"
"""What a writer that died has at the end of its unfinished file's name."""


@pytest.fixture(autouse=True)
def nothing_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a new process does: with nothing taken out of the environment yet."""
    monkeypatch.setattr(providers, "_TAKEN", {})


def _older(folder: Path) -> list[KeyRing]:
    """Lay out a ring as it was before there were epochs, and load it as two processes do."""
    folder.mkdir(mode=0o700)
    content = {"instance": "0123456789abcdef", "sealing": {"1": os.urandom(32).hex()}, "index": os.urandom(32).hex()}
    (folder / "ring.json").touch(mode=0o600)
    (folder / "ring.json").write_text(json.dumps(content))
    return [load_ring(folder) for _ in range(2)]


def test_whoever_gives_a_ring_its_root_second_finds_one(tmp_path: Path) -> None:
    one, other = _older(tmp_path / "keys")
    sealing_key = one.kek(SEALING)
    assert one.adopt(Provider.FILE)
    name = one.make_kek("evidence-2")
    assert not other.adopt(Provider.FILE)
    assert (other.root, other.kek(SEALING), other.kek(name)) == (one.root, sealing_key, one.kek(name))
    assert load_ring(tmp_path / "keys").roots() == (one.root,)


def test_who_changes_a_ring_waits_for_who_does_so_now(tmp_path: Path) -> None:
    ring, done = make_ring(tmp_path), threading.Event()

    def make() -> None:
        ring.make_kek("evidence-2")
        done.set()

    with key_files.alone_in(tmp_path):
        thread = threading.Thread(target=make)
        thread.start()
        assert not done.wait(0.05)
        assert ring.keks() == ()
    thread.join()
    assert len(ring.keks()) == 1


def test_who_began_before_a_rotation_of_the_root_goes_on_with_the_new_one(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    earlier, former = load_ring(tmp_path), ring.root
    ring.add_root(Provider.FILE)
    ring.rewrap()
    values, evidence = (
        new_epoch(earlier, number, purpose, at=NOON)
        for number, purpose in ((3, KeyPurpose.VALUES), (4, KeyPurpose.EVIDENCE))
    )
    assert values.kek == ring.root
    assert earlier.rewrap() == 0
    assert ring.forget_root(former)
    assert load_ring(tmp_path).kek(evidence.kek) == earlier.kek(evidence.kek)


def test_who_began_before_takes_back_nothing_of_what_another_did(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    earlier = load_ring(tmp_path)
    ring.add_root(Provider.FILE)
    assert earlier.rewrap() == 1
    assert (earlier.root, load_ring(tmp_path).roots()) == (ring.root, ring.roots())


def test_a_folder_that_became_another_rings_is_not_written_to(tmp_path: Path) -> None:
    ring, other = make_ring(tmp_path / "one"), make_ring(tmp_path / "other")
    (tmp_path / "one" / "ring.json").write_bytes((tmp_path / "other" / "ring.json").read_bytes())
    with pytest.raises(KeyMissing, match="another one than when this process began"):
        ring.make_kek("evidence-2")
    assert (ring.keks(), load_ring(tmp_path / "one").instance) == ((), other.instance)


def test_a_key_that_goes_while_the_root_is_rotated_stays_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = make_ring(tmp_path)
    name, stays = ring.make_kek("evidence-2"), ring.make_kek("evidence-4")
    former = ring.root
    ring.add_root(Provider.FILE)
    listed = ring.keks()
    (tmp_path / f"{name}.kek").unlink()
    monkeypatch.setattr(KeyRing, "keks", lambda _: listed)
    assert ring.rewrap() == 2
    assert ring.forget_root(former)
    monkeypatch.undo()
    assert ring.keks() == (stays,)


def test_what_a_death_left_of_a_key_is_found_and_destroyed_with_it(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    name = ring.make_kek("evidence-2")
    left = tmp_path / f".{name}.kek.{LEFT}"
    left.write_bytes((tmp_path / f"{name}.kek").read_bytes())
    (tmp_path / f"{name}.kek").unlink()
    assert ring.keks() == ()
    assert ring.traces() == {name}
    with left.open("rb") as seen:
        before = left.read_bytes()
        ring.destroy_kek(name)
        assert seen.read() != before
    assert (ring.traces(), left.exists()) == (frozenset(), False)
    with pytest.raises(KeyDestroyed):
        ring.kek(name)


def test_a_key_file_goes_with_what_was_left_of_it(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    name = ring.make_kek("evidence-2")
    path = tmp_path / f"{name}.kek"
    left = tmp_path / f".{name}.kek.{LEFT}"
    left.write_bytes(path.read_bytes())
    assert key_files.destroy(path)
    assert (path.exists(), left.exists(), key_files.destroy(path)) == (False, False, False)


def test_what_a_death_left_of_the_ring_is_swept_up_and_the_ring_is_not(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    (tmp_path / f".ring.json.{LEFT}").write_bytes((tmp_path / "ring.json").read_bytes())
    # Whoever died between giving a new ring its name and taking the first one away.
    os.link(tmp_path / "ring.json", tmp_path / ".ring.json.4567abcd")
    (tmp_path / ".notes.0123abcd").write_text("not ours")
    assert not ring.destroy_kek("evidence-9")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".notes.0123abcd", "ring.json", "ring.lock"]
    assert load_ring(tmp_path).roots() == ring.roots()


def test_a_root_whose_maker_died_before_the_book_knew_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = make_ring(tmp_path)
    former = ring.root
    monkeypatch.setenv("INGATHER_KEK", os.urandom(32).hex())
    root = ring.add_root(Provider.ENV)
    assert ring.add_root(Provider.ENV, book={former}) == root
    ring.rewrap()
    assert ring.add_root(Provider.ENV, book={former, root}) == root
    with pytest.raises(WrongState, match="is the root of this ring already"):
        ring.add_root(Provider.ENV, book={root})


def test_epochs_read_before_others_were_known_do_not_take_their_place(tmp_path: Path) -> None:
    shelf = Shelf(make_ring(tmp_path))
    vault, before = shelf.vault(), shelf.read()
    shelf.renew(KeyPurpose.VALUES)
    vault.refresh()
    vault.take(before)
    assert vault.seal(Place.ACCOUNT_NUMBER, 1, b"x")[:2] == b"\0\3"


@pytest.mark.parametrize("silent_about", [1, 3])
def test_a_silent_keeper_stops_who_seals_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_about: int
) -> None:
    shelf = Shelf(make_ring(tmp_path))
    sealed = shelf.vault().seal(Place.ACCOUNT_NUMBER, 1, b"x")
    shelf.renew(KeyPurpose.VALUES)
    answers = [silent_about]

    def silent(ring: KeyRing, epoch: Epoch) -> bytes:
        if epoch.number in answers:
            raise KeysSilent
        return data_key(ring, epoch)

    monkeypatch.setattr(sealing, "data_key", silent)
    vault = shelf.vault()
    if silent_about == 3:
        with pytest.raises(KeysSilent):
            vault.refresh()
        return
    vault.refresh()
    assert vault.seal(Place.ACCOUNT_NUMBER, 1, b"x")[:2] == b"\0\3"
    with pytest.raises(KeysSilent):
        vault.open(Place.ACCOUNT_NUMBER, 1, sealed)
    answers.clear()
    assert vault.open(Place.ACCOUNT_NUMBER, 1, sealed) == b"x"
