"""Passwords: known again, worth nothing without the key folder, and as dear for a name that nobody has."""

import unicodedata
from pathlib import Path
from time import perf_counter

import pytest

from ingather.vault.passwords import (
    LONGEST,
    PasswordCost,
    fault_of,
    hash_password,
    is_outdated,
    password_fits,
)
from ingather.vault.sealing import Vault
from tests.unit.vault.vaults import lone_vault

CHEAP = PasswordCost(memory_kib=8, passes=1)
WORDS = "four words of nobody"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return lone_vault(tmp_path / "keys")


def test_a_password_is_known_again_and_no_other(vault: Vault) -> None:
    kept = hash_password(vault, WORDS, CHEAP)
    assert kept.startswith("$argon2id$")
    assert password_fits(vault, kept, WORDS, CHEAP)
    assert not password_fits(vault, kept, f"{WORDS} ", CHEAP)
    assert hash_password(vault, WORDS, CHEAP) != kept, "salted"
    assert not password_fits(vault, "no hash", WORDS, CHEAP)


def test_a_stolen_hash_tells_nothing_without_the_key_folder(vault: Vault, tmp_path: Path) -> None:
    other = lone_vault(tmp_path / "other")
    assert not password_fits(other, hash_password(vault, WORDS, CHEAP), WORDS, CHEAP)


def test_letters_typed_in_another_way_are_the_same(vault: Vault) -> None:
    word = "Müllers großes Haus"
    kept = hash_password(vault, unicodedata.normalize("NFD", word), CHEAP)
    assert password_fits(vault, kept, unicodedata.normalize("NFC", word), CHEAP)


def test_without_a_hash_it_takes_as_long(vault: Vault) -> None:
    cost = PasswordCost(memory_kib=16_384, passes=2)
    kept = hash_password(vault, WORDS, cost)
    assert not password_fits(vault, None, WORDS, cost)
    took: dict[bool, float] = {}
    for known in (True, False):
        rounds = []
        for _ in range(5):
            begun = perf_counter()
            password_fits(vault, kept if known else None, "something else", cost)
            rounds.append(perf_counter() - begun)
        took[known] = min(rounds)
    assert 0.25 < took[True] / took[False] < 4


def test_a_hash_of_another_cost_is_outdated(vault: Vault) -> None:
    kept = hash_password(vault, WORDS, CHEAP)
    assert not is_outdated(kept, CHEAP)
    assert is_outdated(kept, PasswordCost(memory_kib=16, passes=1))


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("eleven char", "at least"),
        ("x" * (LONGEST + 1), "at most"),
        ("MARIA and many words", "name"),
        ("aaaaaaaaaaaaaaaa", "over and over"),
    ],
)
def test_what_may_not_be_chosen(password: str, word: str) -> None:
    assert word in (fault_of("maria", password) or "")


def test_length_is_what_counts() -> None:
    assert fault_of("maria", "only small letters") is None
