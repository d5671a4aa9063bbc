"""Vaults without a book: a ring in a folder and epochs in a list."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ingather.domain.keys import Epoch, Epochs, EpochState, KeyPurpose
from ingather.vault.keys import KeyRing, make_ring
from ingather.vault.sealing import Vault

NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)


class Shelf:
    """The epochs of a book that is none; ``read`` counts how often somebody asks."""

    def __init__(self, ring: KeyRing) -> None:
        """Begin with one open epoch of values and one of evidence."""
        self.ring = ring
        self.epochs: dict[int, Epoch] = {}
        self.asked = 0
        for purpose in (KeyPurpose.VALUES, KeyPurpose.EVIDENCE):
            self.renew(purpose)

    def read(self) -> Epochs:
        """Return the epochs, as a vault reads them."""
        self.asked += 1
        return Epochs(turn=len(self.epochs), epochs=tuple(self.epochs.values()))

    def renew(self, purpose: KeyPurpose) -> int:
        """Open a new epoch and close the one before; returns its number."""
        self.epochs = {
            number: replace(each, state=EpochState.CLOSED) if each.purpose is purpose else each
            for number, each in self.epochs.items()
        }
        number = len(self.epochs) + 1
        self.epochs[number] = Vault(self.ring, self.read).new_epoch(number, purpose, at=NOON)
        return number

    def destroy(self, number: int) -> None:
        """Forget an epoch's data key."""
        self.epochs[number] = replace(self.epochs[number], state=EpochState.DESTROYED, wrapped=None, destroyed_at=NOON)

    def vault(self) -> Vault:
        """Return a vault over these epochs, as another process would have it."""
        return Vault(self.ring, self.read)


def lone_vault(folder: Path) -> Vault:
    """Return a vault with a new ring in this folder and epochs of its own."""
    return Shelf(make_ring(folder)).vault()
