"""The key folder: made once, closed to others, and never quoted."""

import json
import os
import stat
from pathlib import Path

import pytest

from ingather.domain.keys import KeyPurpose, Provider
from ingather.domain.refusals import BrokenInvariant, KeyDestroyed, KeyMissing, WrongState
from ingather.vault.epochs import new_epoch
from ingather.vault.keys import SEALING, load_ring, make_ring, waiting_ring
from ingather.vault.providers import LocalKey, kept_root
from ingather.vault.sealing import Place, Vault
from tests.unit.vault.vaults import NOON, Shelf


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of a folder and of each file in it."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_folder_and_file_are_for_their_owner_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        make_ring(tmp_path / "keys")
    finally:
        os.umask(before)
    assert modes(tmp_path / "keys") == {"keys": 0o700, "ring.json": 0o600}


def test_an_empty_folder_of_ours_is_closed_and_one_with_things_in_it_refused(tmp_path: Path) -> None:
    for name in ("empty", "used"):
        (tmp_path / name).mkdir(mode=0o755)
    make_ring(tmp_path / "empty")
    assert modes(tmp_path / "empty") == {"empty": 0o700, "ring.json": 0o600}
    (tmp_path / "used" / "notes").touch()
    with pytest.raises(KeyMissing, match="may enter the key folder"):
        make_ring(tmp_path / "used")


def test_a_kept_ring_opens_what_the_made_one_sealed(tmp_path: Path) -> None:
    shelf = Shelf(make_ring(tmp_path))
    sealed = {place: shelf.vault().seal(place, 1, b"bytes") for place in Place}
    kept = load_ring(tmp_path)
    assert kept.instance == shelf.ring.instance
    assert {Vault(kept, shelf.read).open(place, 1, each) for place, each in sealed.items()} == {b"bytes"}


def test_keys_are_never_made_over_other_keys(tmp_path: Path) -> None:
    make_ring(tmp_path)
    content = (tmp_path / "ring.json").read_bytes()
    with pytest.raises(KeyMissing, match="a key ring already"):
        make_ring(tmp_path)
    assert (tmp_path / "ring.json").read_bytes() == content


def test_two_rings_have_nothing_in_common(tmp_path: Path) -> None:
    one, other = make_ring(tmp_path / "one"), make_ring(tmp_path / "other")
    assert one.instance != other.instance
    assert one.root != other.root
    assert one.index != other.index


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_ring(tmp_path)
    (tmp_path / "ring.json").chmod(mode)
    with pytest.raises(KeyMissing, match="others than its owner"):
        load_ring(tmp_path)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o701, 0o777])
def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    make_ring(tmp_path / "keys")
    (tmp_path / "keys").chmod(mode)
    with pytest.raises(KeyMissing, match="others than its owner may enter"):
        load_ring(tmp_path / "keys")


def test_a_key_of_evidence_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    name = ring.make_kek("evidence-2")
    assert modes(tmp_path)[f"{name}.kek"] == 0o600
    (tmp_path / f"{name}.kek").chmod(0o640)
    with pytest.raises(KeyMissing, match="others than its owner may read"):
        ring.kek(name)


def test_a_file_for_reading_alone_will_do(tmp_path: Path) -> None:
    made = make_ring(tmp_path)
    (tmp_path / "ring.json").chmod(0o400)
    assert load_ring(tmp_path).index == made.index


def test_a_link_is_followed_and_what_it_leads_to_is_judged(tmp_path: Path) -> None:
    make_ring(tmp_path / "elsewhere")
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "ring.json").symlink_to(tmp_path / "elsewhere" / "ring.json")
    assert load_ring(tmp_path / "keys").root
    (tmp_path / "elsewhere").chmod(0o755)
    with pytest.raises(KeyMissing, match="may enter the key folder"):
        load_ring(tmp_path / "keys")
    (tmp_path / "elsewhere").chmod(0o700)
    (tmp_path / "elsewhere" / "ring.json").chmod(0o644)
    with pytest.raises(KeyMissing, match="may read the key file"):
        load_ring(tmp_path / "keys")


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_belongs_to_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    make_ring(tmp_path)
    uid = os.geteuid() + 1
    if what == "folder":
        # Nobody but root may give a folder away: here it is us who are somebody else.
        monkeypatch.setattr(os, "geteuid", lambda: uid)
    else:
        answers = iter([uid - 1, uid])
        monkeypatch.setattr(os, "geteuid", lambda: next(answers))
    with pytest.raises(KeyMissing, match="belongs to another user"):
        load_ring(tmp_path)


def test_a_folder_without_a_ring_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="no key ring"):
        load_ring(tmp_path / "nowhere")


@pytest.mark.parametrize("damage", ["{", "[]", '{"instance": "x"}', "null", '{"sealing": {"1": "zz"}}'])
def test_a_damaged_ring_is_refused_without_quoting_it(tmp_path: Path, damage: str) -> None:
    make_ring(tmp_path)
    (tmp_path / "ring.json").write_text(damage)
    with pytest.raises(KeyMissing, match="cannot be read") as refused:
        load_ring(tmp_path)
    assert refused.value.__cause__ is None
    assert damage not in str(refused.value)


@pytest.mark.parametrize("of", ["root", "index", "evidence"])
def test_a_ring_with_half_a_key_is_refused_without_quoting_it(tmp_path: Path, of: str) -> None:
    ring = make_ring(tmp_path)
    name = ring.make_kek("evidence-2")
    path = tmp_path / (f"{name}.kek" if of == "evidence" else "ring.json")
    content = json.loads(path.read_text())
    match of:
        case "root":
            at, key = content["roots"][ring.root], "key"
        case "index":
            at, key = content["index"], "wrapped"
        case _:
            at, key = content, "wrapped"
    secret, at[key] = at[key], f"{at[key][:-1]}x"
    path.write_text(json.dumps(content))
    with pytest.raises(KeyMissing) as refused:
        load_ring(tmp_path).kek(name)
    assert refused.value.__cause__ is None
    assert secret[:8] not in str(refused.value)


def test_a_key_wrapped_for_one_thing_unwraps_as_no_other(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    one, other = (ring.make_kek("evidence-2") for _ in range(2))
    assert ring.kek(one) != ring.kek(other)
    (tmp_path / f"{other}.kek").write_text((tmp_path / f"{one}.kek").read_text())
    with pytest.raises(BrokenInvariant, match="does not open"):
        ring.kek(other)
    with pytest.raises(KeyMissing, match="not the name of a key"):
        ring.kek("../../elsewhere")


def test_a_destroyed_key_is_written_over_before_it_goes(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    name = ring.make_kek("evidence-2")
    path = tmp_path / f"{name}.kek"
    os.link(path, tmp_path / "seen")
    before = path.read_bytes()
    assert ring.destroy_kek(name)
    after = (tmp_path / "seen").read_bytes()
    assert (len(after), after != before) == (len(before), True)
    with pytest.raises(KeyDestroyed):
        ring.kek(name)


def test_a_replaced_ring_is_written_over(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    before = (tmp_path / "ring.json").read_bytes()
    os.link(tmp_path / "ring.json", tmp_path / "seen")
    ring.add_root(Provider.FILE)
    assert json.loads(before)["roots"][ring.roots()[1]]["key"].encode() not in (tmp_path / "seen").read_bytes()


def test_a_new_root_wraps_every_key_and_the_old_one_is_forgotten_only_then(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    old, index, name = ring.root, ring.index, ring.make_kek("evidence-2")
    key = ring.kek(name)
    assert ring.add_root(Provider.FILE) == ring.root != old
    with pytest.raises(WrongState, match="still wrapped under"):
        ring.forget_root(old)
    assert (ring.rewrap(), ring.rewrap()) == (2, 0)
    assert ring.forget_root(old)
    assert not ring.forget_root(old)
    again = load_ring(tmp_path)
    assert (again.index, again.kek(name), again.roots()) == (index, key, (ring.root,))


def test_a_ring_that_was_loaded_before_a_rotation_finds_the_new_root(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    earlier = load_ring(tmp_path)
    ring.add_root(Provider.FILE)
    name = ring.make_kek("evidence-2")
    assert earlier.kek(name) == ring.kek(name)


def test_a_ring_waits_for_one_book_alone(tmp_path: Path) -> None:
    made = make_ring(tmp_path, waiting=True)
    found = waiting_ring(tmp_path)
    assert found is not None
    assert (found.instance, found.index) == (made.instance, made.index)
    assert waiting_ring(tmp_path) is not None, "a founding that fails is tried again"
    made.wait_no_longer()
    found.wait_no_longer()
    assert waiting_ring(tmp_path) is None
    assert waiting_ring(tmp_path / "nowhere") is None


def _older(folder: Path) -> dict[str, str]:
    """Lay out a ring as it was before there were epochs."""
    folder.mkdir(mode=0o700, exist_ok=True)
    keys = {"1": os.urandom(32).hex()}
    index = os.urandom(32).hex()
    (folder / "ring.json").touch(mode=0o600)
    (folder / "ring.json").write_text(
        json.dumps({"instance": "0123456789abcdef", "current": 1, "sealing": keys, "index": index})
    )
    return {"sealing": keys["1"], "index": index}


def test_a_ring_from_before_there_were_epochs_opens_and_is_given_a_root(tmp_path: Path) -> None:
    keys = _older(tmp_path / "keys")
    ring = load_ring(tmp_path / "keys")
    assert (ring.root, ring.index.hex(), ring.kek(SEALING).hex()) == ("", keys["index"], keys["sealing"])
    with pytest.raises(WrongState, match="ingather keys init"):
        ring.make_kek("evidence-2")
    assert ring.adopt(Provider.FILE)
    assert not ring.adopt(Provider.FILE)
    for each in (ring, load_ring(tmp_path / "keys")):
        assert (each.instance, each.index.hex(), each.kek(SEALING).hex()) == (
            "0123456789abcdef", keys["index"], keys["sealing"],
        )  # fmt: skip
    assert keys["sealing"] not in (tmp_path / "keys" / "ring.json").read_text()
    assert keys["sealing"] not in (tmp_path / "keys" / f"{SEALING}.kek").read_text()


def test_nothing_of_the_keys_shows_in_what_a_ring_says_of_itself(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    name = ring.make_kek("evidence-2")
    epoch = new_epoch(ring, 3, KeyPurpose.EVIDENCE, at=NOON)
    root = kept_root(ring.root, json.loads((tmp_path / "ring.json").read_text())["roots"][ring.root])
    assert isinstance(root, LocalKey)
    assert epoch.wrapped is not None
    assert repr(ring) == f"KeyRing(instance={ring.instance!r}, ***)"
    for secret in (root.key, ring.index, ring.kek(name), epoch.wrapped):
        for shown in (repr(ring), str(ring), f"{ring}", repr(root), repr(epoch)):
            assert secret.hex() not in shown
            assert repr(secret) not in shown
