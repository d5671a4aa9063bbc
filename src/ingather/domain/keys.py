"""Keys: what the epochs of a book are for, how far each has come, and who keeps the key above them.

The ladder has two steps. The host's ring keeps key-encrypting keys (KEKs), by name; the book keeps a data key for each
epoch, wrapped by one of them. An epoch's number is what each sealed value begins with.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LAST_EPOCH = 65_535
"""An epoch's number has two bytes in every sealed value."""
MOST_SEALED = 1 << 30
"""After so many encryptions an epoch is renewed: random nonces of 96 bits may meet from 2^32 on (NIST SP 800-38D)."""


class KeyPurpose(StrEnum):
    """What an epoch seals: ``values`` live and are sealed anew by a rotation; ``evidence`` is kept and shredded later.

    ``both`` is the one sealing key of a book that was founded before there were epochs.
    """

    VALUES = "values"
    EVIDENCE = "evidence"
    BOTH = "both"


class EpochState(StrEnum):
    """How far an epoch has come: it seals and opens, it only opens, its key is gone."""

    OPEN = "open"
    CLOSED = "closed"
    DESTROYED = "destroyed"


class Provider(StrEnum):
    """Who keeps the root key of a ring, under which the KEKs of the host and the epochs of the book are wrapped."""

    FILE = "file"
    ENV = "env"
    AWS_KMS = "aws-kms"


class RotationKind(StrEnum):
    """What is rotated: the ``epoch`` under which values are sealed, or the ``kek`` at the root of the host's ring."""

    EPOCH = "epoch"
    KEK = "kek"


class RotationState(StrEnum):
    """How far a rotation has come."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch: its number, what it is for, the name of the KEK that wraps its data key, and the wrapped key.

    ``wrapped`` is None once the key is destroyed, and for an epoch whose data key is the KEK itself.
    """

    number: int
    purpose: KeyPurpose
    state: EpochState
    kek: str
    wrapped: bytes | None = field(repr=False)
    opened_at: datetime
    closed_at: datetime | None = None
    destroyed_at: datetime | None = None

    @property
    def seals(self) -> frozenset[KeyPurpose]:
        """Return what new values an epoch may seal: none once it is closed."""
        if self.state is not EpochState.OPEN:
            return frozenset()
        if self.purpose is KeyPurpose.BOTH:
            return frozenset({KeyPurpose.VALUES, KeyPurpose.EVIDENCE})
        return frozenset({self.purpose})


@dataclass(frozen=True, slots=True, kw_only=True)
class Epochs:
    """All epochs of a book at one moment; ``turn`` is raised by whatever changes them, with them.

    ``instance`` is the book's, empty while it is still to be founded.
    """

    turn: int
    instance: str = ""
    epochs: tuple[Epoch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A rotation that has begun, as far as it has come.

    ``epoch`` is the new one of values, 0 when the root is rotated. ``place`` is where values are sealed anew, empty
    once all have been gone through, and ``after_id`` the last row of it that was; for a root it is the root's name.
    """

    id: int
    kind: RotationKind
    epoch: int
    place: str
    after_id: int
    moved: int
    begun_at: datetime
    moved_at: datetime
    asked_by: str
    approved_by: str
