"""Sealing with AES-256-GCM, bound to table, column and row: a ciphertext moved elsewhere does not open.

A sealed value is ``key number (2 bytes) | nonce (12) | ciphertext and tag``. Account numbers are blank-filled to
seventeen bytes first, so that their length tells nothing.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from enum import StrEnum

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingather.base.columns import Bytes2D
from ingather.domain.refusals import BrokenInvariant
from ingather.vault.keys import KeyRing

ACCOUNT_WIDTH = 17
CHUNK_BYTES = 4 << 20
_NONCE = 12
_HEAD = 2 + _NONCE
_INDEX_BYTES = 16


class Place(StrEnum):
    """The table and column a sealed value belongs to."""

    ACCOUNT_NUMBER = "accounts.number"
    ACCOUNT_NUMBER_BEFORE = "account_changes.number"
    FILE_BYTES = "file_chunks.bytes"
    REPORT_BYTES = "report_chunks.bytes"
    CORRECTED_DATA = "corrections.corrected_data"
    PAYEE_NUMBER = "merchant_accounts.number"
    SECOND_FACTOR = "users.totp_sealed"
    SIGN_IN = "sign_ins.begun"
    WEBHOOK_SECRET = "webhook_secrets.sealed"  # noqa: S105 -- the name of a column


class Vault:
    """Seals and opens with the keys of one ring."""

    __slots__ = ("_ciphers", "_current", "_index", "instance")

    def __init__(self, ring: KeyRing) -> None:
        """Take the ring's keys; nothing is read later."""
        self.instance = ring.instance
        self._ciphers = {number: AESGCM(key) for number, key in ring.sealing.items()}
        self._current = ring.current
        self._index = ring.index

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "Vault(***)"

    def seal(self, place: Place, row: int, plain: bytes, *, part: int = 0) -> bytes:
        """Return the sealed form of a value that belongs to this place, row and part."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, plain, _binding(place, row, part))
        return self._current.to_bytes(2, "big") + nonce + sealed

    def open(self, place: Place, row: int, sealed: bytes, *, part: int = 0) -> bytes:
        """Return the value; raises ``BrokenInvariant`` when it was changed or belongs elsewhere."""
        cipher = self._ciphers.get(int.from_bytes(sealed[:2], "big"))
        if cipher is None:
            fact = f"a sealed value of {place} needs a key that the ring does not hold"
            raise BrokenInvariant(fact, "Restore the key folder that belongs to this book")
        try:
            return cipher.decrypt(sealed[2:_HEAD], sealed[_HEAD:], _binding(place, row, part))
        except (InvalidTag, ValueError):
            # A value cut inside its nonce is refused by the cipher as a ValueError.
            fact = f"a sealed value of {place} does not open: it was changed or moved from another row"
            raise BrokenInvariant(fact, "Restore the row from a backup") from None

    def seal_account(self, account_id: int, number: str) -> bytes:
        """Return the sealed form of an account number of at most seventeen characters."""
        if len(number) > ACCOUNT_WIDTH:
            message = "an account number has at most 17 characters"
            raise ValueError(message)
        return self.seal(Place.ACCOUNT_NUMBER, account_id, number.encode("ascii").ljust(ACCOUNT_WIDTH))

    def open_many(self, rows: Sequence[int], sealed: Sequence[bytes]) -> Bytes2D:
        """Return ``n`` account numbers as ``(n, 17)`` bytes, blank-filled; raises as ``open`` does."""
        ciphers, prefix = self._ciphers, f"{Place.ACCOUNT_NUMBER}|".encode()
        from_bytes = int.from_bytes
        try:
            plain = b"".join(
                [
                    ciphers[from_bytes(value[:2], "big")].decrypt(value[2:14], value[14:], b"%b%d|0" % (prefix, row))
                    for row, value in zip(rows, sealed, strict=True)
                ],
            )
        except (InvalidTag, KeyError, ValueError):
            # The slow way names the key or the row's fault.
            plain = b"".join(
                [self.open(Place.ACCOUNT_NUMBER, row, value) for row, value in zip(rows, sealed, strict=True)],
            )
        return np.frombuffer(plain, np.uint8).reshape(-1, ACCOUNT_WIDTH)

    def seal_chunks(self, place: Place, row: int, content: bytes) -> Iterator[bytes]:
        """Yield the sealed chunks of a long value, each bound to its number."""
        view = memoryview(content)
        for part, start in enumerate(range(0, max(len(content), 1), CHUNK_BYTES)):
            yield self.seal(place, row, bytes(view[start : start + CHUNK_BYTES]), part=part)

    def open_chunks(self, place: Place, row: int, chunks: Sequence[bytes]) -> bytes:
        """Return the long value of its chunks, given in order."""
        return b"".join([self.open(place, row, chunk, part=part) for part, chunk in enumerate(chunks)])

    def index_of(self, routing: str, number: str) -> bytes:
        """Return the sixteen bytes by which equal accounts are found; without the key they tell nothing."""
        return hmac.digest(self._index, f"{routing}|{number}".encode(), hashlib.sha256)[:_INDEX_BYTES]

    def mac_of(self, purpose: str, content: bytes) -> bytes:
        """Return the 32 bytes by which a secret or a request is known again; without the key they tell nothing.

        ``purpose`` is a word of lower-case letters: the same content has another one for another purpose.
        """
        return hmac.digest(self._index, purpose.encode() + b"|" + content, hashlib.sha256)


def _binding(place: Place, row: int, part: int) -> bytes:
    return f"{place}|{row}|{part}".encode()
