"""Passwords as argon2id hashes, of what only this host's key folder can make of them.

A password is first put through the keyed hash of the ring: who has a copy of the book alone cannot try passwords.
"""

import base64
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ingather.vault.sealing import Vault

SHORTEST = 12
LONGEST = 200
_PURPOSE = "password"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordCost:
    """What one guess costs: memory in KiB and passes over it (RFC 9106's second choice unless said otherwise)."""

    memory_kib: int = 65_536
    passes: int = 3


def hash_password(vault: Vault, password: str, cost: PasswordCost) -> str:
    """Return the hash that the book keeps."""
    return _hasher(cost).hash(_peppered(vault, password))


def password_fits(vault: Vault, kept: str | None, password: str, cost: PasswordCost) -> bool:
    """Return whether a password is the one that was kept; without one kept it costs the same time and never fits."""
    try:
        _hasher(cost).verify(kept or _decoy(cost), _peppered(vault, password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str, cost: PasswordCost) -> bool:
    """Return whether a hash was made at another cost than is asked now."""
    return _hasher(cost).check_needs_rehash(kept)


def fault_of(name: str, password: str) -> str | None:
    """Return what is wrong with a password that somebody chooses, None when it may be taken.

    Length is what counts (NIST SP 800-63B §3.1.1): no rule asks for special letters, and it never expires.
    """
    if len(password) < SHORTEST:
        return f"a password has at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"a password has at most {LONGEST} characters"
    if name.casefold() in password.casefold():
        return "a password does not hold the name of who has it"
    if len(set(password)) <= SHORTEST // 4:
        return "a password is not the same few characters over and over"
    return None


@cache
def _hasher(cost: PasswordCost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1)


@cache
def _decoy(cost: PasswordCost) -> str:
    return _hasher(cost).hash(secrets.token_hex())


def _peppered(vault: Vault, password: str) -> str:
    # The same letters may be typed as different code points (NIST SP 800-63B §3.1.1.2).
    plain = unicodedata.normalize("NFKC", password).encode()
    return base64.b64encode(vault.mac_of(_PURPOSE, plain)).decode()
