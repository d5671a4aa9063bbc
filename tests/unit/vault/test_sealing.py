"""Sealing: a value opens where it was sealed, as it was sealed, and nowhere else."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.domain.keys import KeyPurpose
from ingather.domain.refusals import BrokenInvariant, KeyDestroyed
from ingather.vault.keys import make_ring
from ingather.vault.sealing import ACCOUNT_WIDTH, CHUNK_BYTES, Place, Vault
from tests.red import ACCOUNTS
from tests.seeds import seed
from tests.unit.vault.vaults import Shelf, lone_vault

CASES = 1_000
DAMAGES = 10_000
ROW = 4_711


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Return a vault with a ring of its own."""
    return lone_vault(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Return another instance's vault."""
    return lone_vault(tmp_path_factory.mktemp("other"))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return epochs that change."""
    return Shelf(make_ring(tmp_path / "keys"))


@given(st.sampled_from(Place), st.integers(0, 2**63 - 1), st.binary(max_size=200), st.integers(0, 9))
def test_what_is_sealed_opens_in_its_place(vault: Vault, place: Place, row: int, plain: bytes, part: int) -> None:
    assert vault.open(place, row, vault.seal(place, row, plain, part=part), part=part) == plain


@pytest.mark.parametrize(
    ("place", "row", "part"),
    [
        (Place.ACCOUNT_NUMBER, ROW + 1, 0),
        (Place.ACCOUNT_NUMBER_BEFORE, ROW, 0),
        (Place.FILE_BYTES, ROW, 0),
        (Place.ACCOUNT_NUMBER, ROW, 1),
        (Place.ACCOUNT_NUMBER, ROW * 10, 0),
    ],
    ids=["another row", "another column", "another table", "another part", "a longer row number"],
)
def test_a_ciphertext_moved_elsewhere_does_not_open(vault: Vault, place: Place, row: int, part: int) -> None:
    sealed = vault.seal_account(ROW, ACCOUNTS[0])
    with pytest.raises(BrokenInvariant, match="changed or moved"):
        vault.open(place, row, sealed, part=part)


def test_a_changed_cut_or_moved_ciphertext_never_opens(vault: Vault) -> None:
    draw = random.Random(seed())  # noqa: S311 -- repeatable damage
    sealed = {place: vault.seal(place, ROW, ACCOUNTS[1].encode()) for place in Place}
    for _ in range(DAMAGES):
        place = draw.choice(list(Place))
        value, row = sealed[place], ROW
        match draw.randrange(3):
            case 0:
                damaged = value[: draw.randrange(len(value))]
            case 1:
                at = draw.randrange(len(value))
                damaged = value[:at] + bytes([value[at] ^ 1 << draw.randrange(8)]) + value[at + 1 :]
            case _:
                damaged = value
                while (place, row) in {(each, ROW) for each in Place if sealed[each] is value}:
                    place, row = draw.choice(list(Place)), ROW ^ 1 << draw.randrange(40)
        with pytest.raises(BrokenInvariant):
            vault.open(place, row, damaged)


def test_the_same_value_is_never_sealed_alike_twice(vault: Vault) -> None:
    sealed = {vault.seal_account(ROW, ACCOUNTS[2]) for _ in range(CASES)}
    assert len(sealed) == CASES


def test_another_ring_does_not_open_it(vault: Vault, other: Vault) -> None:
    with pytest.raises(BrokenInvariant):
        other.open(Place.ACCOUNT_NUMBER, ROW, vault.seal_account(ROW, ACCOUNTS[3]))


def test_an_epoch_that_nobody_opened_is_named_as_such(vault: Vault) -> None:
    sealed = (77).to_bytes(2, "big") + vault.seal(Place.FILE_BYTES, ROW, b"x")[2:]
    with pytest.raises(BrokenInvariant, match="needs epoch 77 of keys, which the book does not have"):
        vault.open(Place.FILE_BYTES, ROW, sealed)


def test_values_and_evidence_are_sealed_under_epochs_of_their_own(shelf: Shelf) -> None:
    vault = shelf.vault()
    heads = {place: vault.seal(place, ROW, b"x")[:2] for place in Place}
    assert {place for place, head in heads.items() if head == b"\0\2"} == {
        Place.FILE_BYTES, Place.REPORT_BYTES, Place.CORRECTED_DATA,
    }  # fmt: skip
    assert set(heads.values()) == {b"\0\1", b"\0\2"}


def test_what_an_older_epoch_sealed_still_opens_and_what_is_new_is_of_the_new_one(shelf: Shelf) -> None:
    vault = shelf.vault()
    sealed = vault.seal_account(ROW, ACCOUNTS[4])
    shelf.renew(KeyPurpose.VALUES)
    vault.refresh()
    assert vault.open(Place.ACCOUNT_NUMBER, ROW, sealed) == ACCOUNTS[4].encode().ljust(ACCOUNT_WIDTH)
    assert (sealed[:2], vault.seal_account(ROW, ACCOUNTS[4])[:2]) == (b"\0\1", b"\0\3")


def test_a_value_of_an_epoch_that_somebody_else_opened_has_the_epochs_read_again_once(shelf: Shelf) -> None:
    reads, writes = shelf.vault(), shelf.vault()
    reads.refresh()
    shelf.renew(KeyPurpose.VALUES)
    sealed = [writes.seal_account(row, ACCOUNTS[row]) for row in range(3)]
    asked = shelf.asked
    assert bytes(reads.open_many(range(3), sealed)[2]).decode().strip() == ACCOUNTS[2]
    reads.open(Place.ACCOUNT_NUMBER, 0, sealed[0])
    assert shelf.asked == asked + 1


def test_a_value_read_a_moment_ago_opens_although_its_epoch_is_destroyed_meanwhile(shelf: Shelf) -> None:
    vault = shelf.vault()
    sealed = vault.seal_account(ROW, ACCOUNTS[5])
    shelf.renew(KeyPurpose.VALUES)
    shelf.destroy(1)
    vault.refresh()
    assert vault.open(Place.ACCOUNT_NUMBER, ROW, sealed).strip() == ACCOUNTS[5].encode()
    with pytest.raises(KeyDestroyed, match="epoch 1 was destroyed on 2026-11-16"):
        shelf.vault().open(Place.ACCOUNT_NUMBER, ROW, sealed)


def test_evidence_whose_epoch_was_destroyed_is_forgotten_by_who_had_it_open(shelf: Shelf) -> None:
    vault = shelf.vault()
    sealed = vault.seal(Place.FILE_BYTES, ROW, b"file")
    assert vault.open(Place.FILE_BYTES, ROW, sealed) == b"file"
    shelf.renew(KeyPurpose.EVIDENCE)
    shelf.destroy(2)
    vault.refresh()
    with pytest.raises(KeyDestroyed):
        vault.open(Place.FILE_BYTES, ROW, sealed)


def test_without_the_key_of_its_own_in_the_folder_evidence_is_gone_whatever_the_book_has(shelf: Shelf) -> None:
    sealed = shelf.vault().seal(Place.FILE_BYTES, ROW, b"file")
    (name,) = shelf.ring.keks()
    assert shelf.ring.destroy_kek(name)
    assert not shelf.ring.destroy_kek(name)
    with pytest.raises(KeyDestroyed, match="not in the key folder"):
        shelf.vault().open(Place.FILE_BYTES, ROW, sealed)


def test_a_data_key_wrapped_for_one_epoch_unwraps_as_no_other(shelf: Shelf) -> None:
    number = shelf.renew(KeyPurpose.VALUES)
    shelf.epochs[number] = replace(shelf.epochs[number], wrapped=shelf.epochs[1].wrapped)
    with pytest.raises(BrokenInvariant, match=f"wrapped key of epoch {number} values"):
        shelf.vault().refresh()


def test_encryptions_are_counted_by_epoch(shelf: Shelf) -> None:
    vault = shelf.vault()
    for row in range(3):
        vault.seal_account(row, ACCOUNTS[row])
    vault.seal(Place.FILE_BYTES, ROW, b"x")
    assert vault.take_count(over=4) == {}
    assert vault.take_count(over=3) == {1: 3, 2: 1}
    assert vault.take_count() == {}


def test_threads_seal_and_open_while_epochs_change(shelf: Shelf) -> None:
    vault = shelf.vault()

    def work(thread: int) -> int:
        wrong = 0
        for turn in range(200):
            row = thread * 1_000 + turn
            wrong += vault.open(Place.ACCOUNT_NUMBER, row, vault.seal_account(row, ACCOUNTS[0]))[:9] != b"436585908"
        return wrong

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, thread) for thread in range(4)]
        for _ in range(5):
            shelf.renew(KeyPurpose.VALUES)
            vault.refresh()
        assert [each.result() for each in running] == [0] * 4


def test_many_open_as_one_by_one(vault: Vault) -> None:
    rows = list(range(len(ACCOUNTS)))
    sealed = [vault.seal_account(row, number) for row, number in zip(rows, ACCOUNTS, strict=True)]
    many = vault.open_many(rows, sealed)
    assert many.shape == (len(ACCOUNTS), ACCOUNT_WIDTH)
    single = [vault.open(Place.ACCOUNT_NUMBER, row, value) for row, value in zip(rows, sealed, strict=True)]
    assert [bytes(row) for row in many] == single
    assert vault.open_many([], []).shape == (0, ACCOUNT_WIDTH)


def test_one_moved_among_many_stops_them_all(vault: Vault) -> None:
    sealed = [vault.seal_account(row, ACCOUNTS[row]) for row in range(3)]
    with pytest.raises(BrokenInvariant):
        vault.open_many([0, 2, 1], sealed)
    with pytest.raises(BrokenInvariant):
        vault.open_many([0, 1, 2], [sealed[0], b"", sealed[2]])


def test_the_length_of_a_number_does_not_show(vault: Vault) -> None:
    assert len({len(vault.seal_account(ROW, "4" * length)) for length in range(1, ACCOUNT_WIDTH + 1)}) == 1


def test_a_number_too_long_is_refused_without_being_quoted(vault: Vault) -> None:
    with pytest.raises(ValueError, match="at most 17 characters") as refused:
        vault.seal_account(ROW, "9" * (ACCOUNT_WIDTH + 1))
    assert "9" not in str(refused.value)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1]))
def test_a_long_value_opens_from_its_chunks_in_their_order_only(vault: Vault, size: int) -> None:
    content = random.Random(size).randbytes(size)  # noqa: S311 -- repeatable content
    chunks = list(vault.seal_chunks(Place.FILE_BYTES, ROW, content))
    assert vault.open_chunks(Place.FILE_BYTES, ROW, chunks) == content
    if len(chunks) > 1:
        with pytest.raises(BrokenInvariant):
            vault.open_chunks(Place.FILE_BYTES, ROW, chunks[::-1])


def test_the_index_finds_equal_accounts_and_differs_between_rings(vault: Vault, other: Vault) -> None:
    index = vault.index_of("021000021", ACCOUNTS[0])
    assert index == vault.index_of("021000021", ACCOUNTS[0])
    assert index != vault.index_of("011401533", ACCOUNTS[0])
    assert index != vault.index_of("021000021", ACCOUNTS[1])
    assert index != other.index_of("021000021", ACCOUNTS[0])


def test_nothing_shows_in_what_a_vault_says_of_itself(vault: Vault) -> None:
    assert repr(vault) == str(vault) == "Vault(***)"
