"""Sealing: a value opens where it was sealed, as it was sealed, and nowhere else."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.domain.refusals import BrokenInvariant
from ingather.vault.keys import KeyRing
from ingather.vault.sealing import ACCOUNT_WIDTH, CHUNK_BYTES, Place, Vault
from tests.red import ACCOUNTS

CASES = 1_000
ROW = 4_711


def ring(seed: int, *, current: int = 1, numbers: tuple[int, ...] = (1,)) -> KeyRing:
    """Return an invented ring."""
    draw = random.Random(seed)  # noqa: S311 -- repeatable keys, of tests only
    return KeyRing(
        instance="abc",
        current=current,
        sealing={number: draw.randbytes(32) for number in numbers},
        index=draw.randbytes(32),
    )


VAULT = Vault(ring(1))


@given(st.sampled_from(Place), st.integers(0, 2**63 - 1), st.binary(max_size=200), st.integers(0, 9))
def test_what_is_sealed_opens_in_its_place(place: Place, row: int, plain: bytes, part: int) -> None:
    assert VAULT.open(place, row, VAULT.seal(place, row, plain, part=part), part=part) == plain


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
def test_a_ciphertext_moved_elsewhere_does_not_open(place: Place, row: int, part: int) -> None:
    sealed = VAULT.seal_account(ROW, ACCOUNTS[0])
    with pytest.raises(BrokenInvariant, match="changed or moved"):
        VAULT.open(place, row, sealed, part=part)


def test_a_changed_or_cut_ciphertext_never_opens() -> None:
    draw = random.Random(5)  # noqa: S311 -- repeatable damage
    sealed = VAULT.seal_account(ROW, ACCOUNTS[1])
    for _ in range(CASES):
        if draw.random() < 0.5:
            damaged = sealed[: draw.randrange(len(sealed))]
        else:
            place = draw.randrange(len(sealed))
            damaged = sealed[:place] + bytes([sealed[place] ^ 1 << draw.randrange(8)]) + sealed[place + 1 :]
        with pytest.raises(BrokenInvariant):
            VAULT.open(Place.ACCOUNT_NUMBER, ROW, damaged)


def test_the_same_value_is_never_sealed_alike_twice() -> None:
    sealed = {VAULT.seal_account(ROW, ACCOUNTS[2]) for _ in range(CASES)}
    assert len(sealed) == CASES


def test_another_ring_does_not_open_it() -> None:
    with pytest.raises(BrokenInvariant):
        Vault(ring(2)).open(Place.ACCOUNT_NUMBER, ROW, VAULT.seal_account(ROW, ACCOUNTS[3]))


def test_a_key_that_is_gone_is_named_as_such() -> None:
    sealed = Vault(ring(3, current=2, numbers=(1, 2))).seal(Place.FILE_BYTES, ROW, b"x")
    with pytest.raises(BrokenInvariant, match="a key that the ring does not hold"):
        Vault(ring(3)).open(Place.FILE_BYTES, ROW, sealed)


def test_what_an_older_key_sealed_still_opens() -> None:
    older = Vault(ring(4, current=1, numbers=(1, 2)))
    newer = Vault(ring(4, current=2, numbers=(1, 2)))
    sealed = older.seal_account(ROW, ACCOUNTS[4])
    assert newer.open(Place.ACCOUNT_NUMBER, ROW, sealed) == ACCOUNTS[4].encode().ljust(ACCOUNT_WIDTH)
    assert newer.seal_account(ROW, ACCOUNTS[4])[:2] != sealed[:2]


def test_many_open_as_one_by_one() -> None:
    rows = list(range(len(ACCOUNTS)))
    sealed = [VAULT.seal_account(row, number) for row, number in zip(rows, ACCOUNTS, strict=True)]
    many = VAULT.open_many(rows, sealed)
    assert many.shape == (len(ACCOUNTS), ACCOUNT_WIDTH)
    single = [VAULT.open(Place.ACCOUNT_NUMBER, row, value) for row, value in zip(rows, sealed, strict=True)]
    assert [bytes(row) for row in many] == single
    assert VAULT.open_many([], []).shape == (0, ACCOUNT_WIDTH)


def test_one_moved_among_many_stops_them_all() -> None:
    sealed = [VAULT.seal_account(row, ACCOUNTS[row]) for row in range(3)]
    with pytest.raises(BrokenInvariant):
        VAULT.open_many([0, 2, 1], sealed)
    with pytest.raises(BrokenInvariant):
        VAULT.open_many([0, 1, 2], [sealed[0], b"", sealed[2]])


def test_the_length_of_a_number_does_not_show() -> None:
    assert len({len(VAULT.seal_account(ROW, "4" * length)) for length in range(1, ACCOUNT_WIDTH + 1)}) == 1


def test_a_number_too_long_is_refused_without_being_quoted() -> None:
    with pytest.raises(ValueError, match="at most 17 characters") as refused:
        VAULT.seal_account(ROW, "9" * (ACCOUNT_WIDTH + 1))
    assert "9" not in str(refused.value)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1]))
def test_a_long_value_opens_from_its_chunks_in_their_order_only(size: int) -> None:
    content = random.Random(size).randbytes(size)  # noqa: S311 -- repeatable content
    chunks = list(VAULT.seal_chunks(Place.FILE_BYTES, ROW, content))
    assert VAULT.open_chunks(Place.FILE_BYTES, ROW, chunks) == content
    if len(chunks) > 1:
        with pytest.raises(BrokenInvariant):
            VAULT.open_chunks(Place.FILE_BYTES, ROW, chunks[::-1])


def test_the_index_finds_equal_accounts_and_differs_between_rings() -> None:
    index = VAULT.index_of("021000021", ACCOUNTS[0])
    assert index == VAULT.index_of("021000021", ACCOUNTS[0])
    assert index != VAULT.index_of("011401533", ACCOUNTS[0])
    assert index != VAULT.index_of("021000021", ACCOUNTS[1])
    assert index != Vault(ring(2)).index_of("021000021", ACCOUNTS[0])


def test_nothing_shows_in_what_a_vault_says_of_itself() -> None:
    assert repr(VAULT) == str(VAULT) == "Vault(***)"
