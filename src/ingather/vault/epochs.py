"""Data keys of epochs: made once, wrapped by the ring, bound to the instance, the epoch's number and its purpose."""

import secrets
from dataclasses import replace
from datetime import datetime

from ingather.domain.keys import LAST_EPOCH, Epoch, EpochState, KeyPurpose
from ingather.domain.refusals import KeyDestroyed, LimitReached, WrongState
from ingather.vault.keys import KeyRing
from ingather.vault.providers import KEY_BYTES


def new_epoch(ring: KeyRing, number: int, purpose: KeyPurpose, *, at: datetime) -> Epoch:
    """Return a new epoch with a new data key; one of evidence has a key-encrypting key of its own in the key folder.

    Raises ``WrongState`` for a ring without a root, ``LimitReached`` when there are no numbers left, and
    ``KeysSilent`` when the root's keeper is.
    """
    if not (root := ring.present_root()):
        fact = "this key ring is from before there were epochs, and has no root"
        raise WrongState(fact, "Give it one: ingather keys init")
    if number > LAST_EPOCH:
        fact = f"a book has at most {LAST_EPOCH} epochs of keys"
        raise LimitReached(fact, "Go on in a new book")
    kek = ring.make_kek(f"{purpose}-{number}") if purpose is KeyPurpose.EVIDENCE else root
    wrapped = ring.wrap(kek, secrets.token_bytes(KEY_BYTES), of=_named(number, purpose))
    return Epoch(number=number, purpose=purpose, state=EpochState.OPEN, kek=kek, wrapped=wrapped, opened_at=at)


def data_key(ring: KeyRing, epoch: Epoch) -> bytes:
    """Return the data key of an epoch; raises ``KeyDestroyed`` when it is gone, and as ``KeyRing.unwrap`` does."""
    if epoch.state is EpochState.DESTROYED:
        on = f" on {epoch.destroyed_at:%Y-%m-%d}" if epoch.destroyed_at else ""
        fact = f"the key of epoch {epoch.number} was destroyed{on}"
        way_out = f"Its hash, counts and amounts are kept; see ingather retention certificate {epoch.number}"
        raise KeyDestroyed(fact, way_out if epoch.purpose is KeyPurpose.EVIDENCE else None)
    if epoch.wrapped is None:
        return ring.kek(epoch.kek)
    return ring.unwrap(epoch.kek, epoch.wrapped, of=_named(epoch.number, epoch.purpose))


def rewrapped(ring: KeyRing, epoch: Epoch) -> Epoch | None:
    """Return an epoch of values wrapped under the ring's present root; None when nothing is to be done.

    Evidence is wrapped by key-encrypting keys of the folder, which the ring wraps anew itself.
    """
    root = ring.root
    if epoch.wrapped is None or ":" not in epoch.kek or epoch.kek == root:
        return None
    of = _named(epoch.number, epoch.purpose)
    plain = ring.unwrap(epoch.kek, epoch.wrapped, of=of)
    return replace(epoch, kek=root, wrapped=ring.wrap(root, plain, of=of))


def _named(number: int, purpose: KeyPurpose) -> str:
    return f"epoch {number} {purpose}"
