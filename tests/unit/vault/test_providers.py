"""Who keeps the root: the environment, from which it is taken, and AWS KMS, asked over HTTP; both through one ring."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingather.domain.keys import KeyPurpose, Provider
from ingather.domain.refusals import BrokenInvariant, KeyMissing, KeysSilent
from ingather.vault import kms, providers
from ingather.vault.keys import load_ring, make_ring
from ingather.vault.sealing import Place, Vault
from tests.unit.vault.vaults import Shelf

pytest_plugins = ("tests.kms",)


@pytest.fixture(autouse=True)
def nothing_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a new process does: with nothing taken out of the environment yet."""
    monkeypatch.setattr(providers, "_TAKEN", {})
    for name in ("INGATHER_KEK", "INGATHER_KEK_NEXT"):
        monkeypatch.delenv(name, raising=False)


def test_the_key_is_taken_out_of_the_environment_and_no_child_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = os.urandom(32)
    monkeypatch.setenv("INGATHER_KEK", base64.b64encode(key).decode())
    ring = make_ring(tmp_path, Provider.ENV)
    assert "INGATHER_KEK" not in os.environ
    said = subprocess.run([sys.executable, "-c", "import os; print(dict(os.environ))"], capture_output=True, check=True)
    assert base64.b64encode(key) not in said.stdout
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.hex().encode() not in kept
    assert load_ring(tmp_path).index == ring.index


@pytest.mark.parametrize("said", ["", "short", "x" * 44, "00" * 31, base64.b64encode(b"y" * 33).decode()])
def test_a_key_that_is_none_is_refused_without_quoting_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("INGATHER_KEK", said)
    with pytest.raises(KeyMissing, match="INGATHER_KEK") as refused:
        make_ring(tmp_path / "keys", Provider.ENV)
    assert not said or said not in str(refused.value)


def test_a_ring_of_the_environment_does_not_open_without_its_key_or_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INGATHER_KEK", os.urandom(32).hex())
    root = make_ring(tmp_path, Provider.ENV).root
    for said in ("", os.urandom(32).hex()):
        monkeypatch.setattr(providers, "_TAKEN", {})
        monkeypatch.setenv("INGATHER_KEK", said)
        with pytest.raises(KeyMissing, match=f"the key {root} is not in the environment"):
            load_ring(tmp_path)


def test_the_next_key_takes_over_and_the_old_one_may_leave_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = os.urandom(32).hex(), os.urandom(32).hex()
    monkeypatch.setenv("INGATHER_KEK", old)
    shelf = Shelf(make_ring(tmp_path, Provider.ENV))
    sealed = shelf.vault().seal(Place.FILE_BYTES, 1, b"file")
    monkeypatch.setenv("INGATHER_KEK_NEXT", new)
    shelf.ring.add_root(Provider.ENV)
    shelf.ring.rewrap()
    monkeypatch.setattr(providers, "_TAKEN", {})
    monkeypatch.setenv("INGATHER_KEK", new)
    ring = load_ring(tmp_path)
    assert ring.provider is Provider.ENV
    shelf.epochs.pop(1)
    assert Vault(ring, shelf.read).open(Place.FILE_BYTES, 1, sealed) == b"file"


def test_a_root_in_the_kms_never_leaves_it_and_is_named_by_its_arn(tmp_path: Path, key_id: str) -> None:
    shelf = Shelf(make_ring(tmp_path, Provider.AWS_KMS, key_id))
    assert shelf.ring.root.startswith("aws-kms:arn:aws:kms:us-east-1:")
    assert shelf.ring.root.endswith(key_id)
    sealed = {place: shelf.vault().seal(place, 1, b"bytes") for place in Place}
    again = Vault(load_ring(tmp_path), shelf.read)
    assert {again.open(place, 1, each) for place, each in sealed.items()} == {b"bytes"}
    assert again.index_of("021000021", "1") == shelf.vault().index_of("021000021", "1")


def test_what_the_kms_wrapped_for_one_thing_it_opens_as_no_other(tmp_path: Path, key_id: str) -> None:
    ring = make_ring(tmp_path, Provider.AWS_KMS, key_id)
    wrapped = ring.wrap(ring.root, b"k" * 32, of="epoch 1 values")
    assert ring.unwrap(ring.root, wrapped, of="epoch 1 values") == b"k" * 32
    with pytest.raises(BrokenInvariant, match="epoch 2 values does not open"):
        ring.unwrap(ring.root, wrapped, of="epoch 2 values")
    with pytest.raises(BrokenInvariant):
        ring.unwrap(ring.root, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), of="epoch 1 values")


def test_a_kms_that_is_down_is_one_sentence_and_costs_nothing(
    tmp_path: Path, key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(make_ring(tmp_path, Provider.AWS_KMS, key_id))
    vault = shelf.vault()
    sealed = vault.seal(Place.ACCOUNT_NUMBER, 1, b"x")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    kms._client.cache_clear()  # noqa: SLF001 -- the address has changed
    with pytest.raises(KeysSilent, match=r"^the KMS does not answer \(EndpointConnectionError\)\. Nothing was changed"):
        load_ring(tmp_path)
    with pytest.raises(KeysSilent):
        shelf.renew(KeyPurpose.VALUES)
    assert vault.open(Place.ACCOUNT_NUMBER, 1, sealed) == b"x"


def test_a_key_the_kms_refuses_is_one_sentence(tmp_path: Path, key_id: str) -> None:
    assert key_id
    with pytest.raises(KeysSilent, match=r"refuses describe key with this ring's root key \(NotFoundException\)"):
        make_ring(tmp_path / "other", Provider.AWS_KMS, "no-such-key")
    with pytest.raises(KeyMissing, match="--key-id"):
        make_ring(tmp_path / "other", Provider.AWS_KMS)


def test_a_ring_moves_from_a_file_into_the_kms(tmp_path: Path, key_id: str) -> None:
    ring = make_ring(tmp_path)
    old, index, name = ring.root, ring.index, ring.make_kek("evidence-2")
    key = ring.kek(name)
    ring.add_root(Provider.AWS_KMS, key_id)
    ring.rewrap()
    ring.forget_root(old)
    again = load_ring(tmp_path)
    assert (again.provider, again.index, again.kek(name)) == (Provider.AWS_KMS, index, key)
