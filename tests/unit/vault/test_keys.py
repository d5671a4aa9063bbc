"""The key folder: made once, closed to others, and never quoted."""

import json
import os
import stat
from pathlib import Path

import pytest

from ingather.domain.refusals import KeyMissing
from ingather.vault.keys import load_ring, make_ring
from ingather.vault.sealing import Place, Vault


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


def test_a_kept_ring_opens_what_the_made_one_sealed(tmp_path: Path) -> None:
    made = make_ring(tmp_path)
    sealed = Vault(made).seal(Place.FILE_BYTES, 1, b"bytes")
    kept = load_ring(tmp_path)
    assert kept.instance == made.instance
    assert Vault(kept).open(Place.FILE_BYTES, 1, sealed) == b"bytes"


def test_keys_are_never_made_over_other_keys(tmp_path: Path) -> None:
    make_ring(tmp_path)
    content = (tmp_path / "ring.json").read_bytes()
    with pytest.raises(KeyMissing, match="a key ring already"):
        make_ring(tmp_path)
    assert (tmp_path / "ring.json").read_bytes() == content


def test_two_rings_have_nothing_in_common(tmp_path: Path) -> None:
    one, other = make_ring(tmp_path / "one"), make_ring(tmp_path / "other")
    assert one.instance != other.instance
    assert one.sealing[1] != other.sealing[1]
    assert one.index != other.index


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_ring(tmp_path)
    (tmp_path / "ring.json").chmod(mode)
    with pytest.raises(KeyMissing, match="others than its owner"):
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


def test_a_ring_with_half_a_key_is_refused_without_quoting_it(tmp_path: Path) -> None:
    make_ring(tmp_path)
    content = json.loads((tmp_path / "ring.json").read_text())
    key = content["sealing"]["1"]
    content["sealing"]["1"] = f"{key[:-1]}x"
    (tmp_path / "ring.json").write_text(json.dumps(content))
    with pytest.raises(KeyMissing) as refused:
        load_ring(tmp_path)
    assert key[:8] not in str(refused.value)


def test_nothing_of_the_keys_shows_in_what_a_ring_says_of_itself(tmp_path: Path) -> None:
    ring = make_ring(tmp_path)
    assert repr(ring) == f"KeyRing(instance={ring.instance!r}, ***)"
    for secret in (ring.sealing[1], ring.index):
        for shown in (repr(ring), str(ring), f"{ring}"):
            assert secret.hex() not in shown
            assert repr(secret) not in shown
