"""Sealing with AES-256-GCM, bound to table, column and row: a ciphertext moved elsewhere does not open.

A sealed value is ``epoch number (2 bytes) | nonce (12) | ciphertext and tag``. Account numbers are blank-filled to
seventeen bytes first, so that their length tells nothing.
"""

import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from threading import RLock
from typing import Final, assert_never

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingather.base.columns import Bytes2D
from ingather.domain.keys import Epoch, Epochs, EpochState, KeyPurpose
from ingather.domain.refusals import BrokenInvariant, KeyDestroyed, KeyMissing, KeysSilent
from ingather.vault.epochs import data_key, new_epoch
from ingather.vault.keys import KeyRing

ACCOUNT_WIDTH = 17
CHUNK_BYTES = 4 << 20
_NONCE = 12
_HEAD = 2 + _NONCE
_INDEX_BYTES = 16
_UNREAD: Final = Epochs(turn=-2)
"""What a vault knows before it has read the book's epochs."""


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

    @property
    def purpose(self) -> KeyPurpose:
        """Return what such values are: live ones, which a rotation seals anew, or evidence, which is shredded later.

        Corrected data is what a bank's report told: it goes with the report's own bytes.
        """
        match self:
            case Place.FILE_BYTES | Place.REPORT_BYTES | Place.CORRECTED_DATA:
                return KeyPurpose.EVIDENCE
            case (
                Place.ACCOUNT_NUMBER
                | Place.ACCOUNT_NUMBER_BEFORE
                | Place.PAYEE_NUMBER
                | Place.SECOND_FACTOR
                | Place.SIGN_IN
                | Place.WEBHOOK_SECRET
            ):
                return KeyPurpose.VALUES
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """The epochs as last read, and their ciphers by number; a cipher is made when it is first needed."""

    epochs: Epochs
    known: dict[int, Epoch]
    ciphers: dict[int, AESGCM] = field(repr=False)
    current: dict[KeyPurpose, int]


class Vault:
    """Seals and opens with the data keys of a book's epochs, which the ring of the host unwraps; threads share it.

    ``read`` reads the epochs from the book. It is asked again when a value needs an epoch that is not known here:
    another process has opened it.
    """

    __slots__ = ("_counted", "_held", "_index", "_lock", "_read", "instance", "ring")

    def __init__(self, ring: KeyRing, read: Callable[[], Epochs]) -> None:
        """Take the ring; the book's epochs are read when they are first needed."""
        self.instance = ring.instance
        self.ring = ring
        self._index = ring.index
        self._read = read
        self._lock = RLock()
        self._counted: Counter[int] = Counter()
        self._held = _Held(epochs=_UNREAD, known={}, ciphers={}, current={})

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "Vault(***)"

    @property
    def turn(self) -> int:
        """Return the turn of the epochs this vault works with; below zero when it has not read any yet."""
        return self._held.epochs.turn

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """Return the epochs this vault works with, as last read."""
        return self._held.epochs.epochs

    def take(self, epochs: Epochs) -> None:
        """Work with these epochs of the book from now on, and have the keys of all living values at hand.

        A value read a moment ago still opens when its epoch is destroyed meanwhile; destroyed evidence is forgotten.
        Epochs of an earlier turn than is known here were read before: they are let be. Raises ``KeysSilent`` when an
        epoch that seals is new here and the root's keeper is silent.
        """
        with self._lock:
            if epochs.instance == self._held.epochs.instance and epochs.turn < self.turn:
                return
            if epochs.instance not in {"", self.instance}:
                # Another instance's: nothing of it opens here, and what it is for is asked elsewhere.
                self._held = _Held(epochs=replace(epochs, epochs=()), known={}, ciphers={}, current={})
                return
            before = self._held
            ciphers: dict[int, AESGCM] = {}
            for epoch in epochs.epochs:
                number, known = epoch.number, before.known.get(epoch.number)
                same = known is not None and (known.opened_at, known.purpose) == (epoch.opened_at, epoch.purpose)
                if same and number in before.ciphers and not _shredded(epoch):
                    ciphers[number] = before.ciphers[number]
                elif epoch.purpose is not KeyPurpose.EVIDENCE and epoch.state is not EpochState.DESTROYED:
                    try:
                        ciphers[number] = AESGCM(data_key(self.ring, epoch))
                    except (BrokenInvariant, KeyDestroyed, KeyMissing, KeysSilent):
                        # What seals must be there; what only opens is missed, or asked for again, by who needs it.
                        if epoch.seals:
                            raise
            self._held = _Held(
                epochs=epochs,
                known={epoch.number: epoch for epoch in epochs.epochs},
                ciphers=ciphers,
                current={purpose: epoch.number for epoch in epochs.epochs for purpose in epoch.seals},
            )

    def refresh(self) -> None:
        """Read the book's epochs again."""
        self.take(self._read())

    def new_epoch(self, number: int, purpose: KeyPurpose, *, at: datetime) -> Epoch:
        """Return a new epoch with a new data key, for the book to keep; raises as ``vault.epochs.new_epoch`` does."""
        return new_epoch(self.ring, number, purpose, at=at)

    def take_count(self, *, over: int = 0) -> dict[int, int]:
        """Return how often each epoch sealed here since this was last asked, nothing while it is not over so many."""
        if sum(self._counted.values()) <= over:
            return {}
        counted, self._counted = self._counted, Counter()
        return dict(counted)

    def seal(self, place: Place, row: int, plain: bytes, *, part: int = 0) -> bytes:
        """Return the sealed form of a value that belongs to this place, row and part.

        What is sealed is kept by the transaction in which it is sealed: an action sees the epochs of its own moment.
        """
        number = self._current(place.purpose)
        nonce = os.urandom(_NONCE)
        self._counted[number] += 1
        return (
            number.to_bytes(2, "big")
            + nonce
            + self._cipher(number, place).encrypt(nonce, plain, _binding(place, row, part))
        )

    def open(self, place: Place, row: int, sealed: bytes, *, part: int = 0) -> bytes:
        """Return the value.

        Raises ``BrokenInvariant`` when it was changed or belongs elsewhere, ``KeyDestroyed`` when its key is gone.
        """
        cipher = self._cipher(int.from_bytes(sealed[:2], "big"), place)
        try:
            return cipher.decrypt(sealed[2:_HEAD], sealed[_HEAD:], _binding(place, row, part))
        except (InvalidTag, ValueError):
            # A value cut inside its nonce is refused by the cipher as a ValueError.
            fact = f"a sealed value of {place} does not open: it was changed or moved from another row"
            raise BrokenInvariant(fact, "Restore the row from a backup") from None

    def seal_anew(self, place: Place, row: int, sealed: bytes) -> bytes:
        """Return a sealed value sealed under the epoch of today, read back; raises as ``open`` does, naming the row."""
        try:
            plain = self.open(place, row, sealed)
        except BrokenInvariant as broken:
            fact = f"row {row}: {broken.fact}"
            raise BrokenInvariant(fact, broken.way_out) from None
        again = self.seal(place, row, plain)
        if self.open(place, row, again) != plain:
            fact = f"row {row}: what was sealed anew for {place} does not read back"
            raise BrokenInvariant(fact, "Nothing was changed. Check this machine's memory")
        return again

    def seal_account(self, account_id: int, number: str) -> bytes:
        """Return the sealed form of an account number of at most seventeen characters."""
        if len(number) > ACCOUNT_WIDTH:
            message = "an account number has at most 17 characters"
            raise ValueError(message)
        return self.seal(Place.ACCOUNT_NUMBER, account_id, number.encode("ascii").ljust(ACCOUNT_WIDTH))

    def open_many(self, rows: Sequence[int], sealed: Sequence[bytes]) -> Bytes2D:
        """Return ``n`` account numbers as ``(n, 17)`` bytes, blank-filled; raises as ``open`` does."""
        try:
            plain = self._opened(rows, sealed)
        except (InvalidTag, KeyError, ValueError):
            # Epochs that are new to this process, or seldom needed, are made ready for all rows at once.
            for head in {bytes(value[:2]) for value in sealed}:
                self._cipher(int.from_bytes(head, "big"), Place.ACCOUNT_NUMBER)
            try:
                plain = self._opened(rows, sealed)
            except (InvalidTag, KeyError, ValueError):
                # The slow way names the row's fault.
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

    def _opened(self, rows: Sequence[int], sealed: Sequence[bytes]) -> bytes:
        ciphers, prefix = self._held.ciphers, f"{Place.ACCOUNT_NUMBER}|".encode()
        from_bytes = int.from_bytes
        return b"".join(
            [
                ciphers[from_bytes(value[:2], "big")].decrypt(value[2:14], value[14:], b"%b%d|0" % (prefix, row))
                for row, value in zip(rows, sealed, strict=True)
            ],
        )

    def _current(self, purpose: KeyPurpose) -> int:
        found = self._held.current.get(purpose)
        if found is None:
            self.refresh()
            found = self._held.current.get(purpose)
        if found is None:
            self._refuse_foreign()
            fact = f"the book has no open epoch of keys for {purpose}"
            raise BrokenInvariant(fact, "See ingather keys status, and open one: ingather keys rotate")
        return found

    def _refuse_foreign(self) -> None:
        if self._held.epochs.instance not in {"", self.instance}:
            fact = "the key folder belongs to another book: nothing of this one opens with it"
            raise KeyMissing(fact)

    def _cipher(self, number: int, place: Place) -> AESGCM:
        held = self._held
        if (found := held.ciphers.get(number)) is not None:
            return found
        with self._lock:
            if number not in self._held.known:
                self.refresh()
            held = self._held
            if (found := held.ciphers.get(number)) is not None:
                return found
            epoch = held.known.get(number)
            if epoch is None:
                self._refuse_foreign()
                fact = f"a sealed value of {place} needs epoch {number} of keys, which the book does not have"
                raise BrokenInvariant(fact, "Restore the row, or the key folder that belongs to this book")
            found = held.ciphers[number] = AESGCM(data_key(self.ring, epoch))
            return found


def _shredded(epoch: Epoch) -> bool:
    return epoch.state is EpochState.DESTROYED and epoch.purpose is KeyPurpose.EVIDENCE


def _binding(place: Place, row: int, part: int) -> bytes:
    return f"{place}|{row}|{part}".encode()
