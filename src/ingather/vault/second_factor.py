"""The second factor: codes of six digits that change every thirty seconds (RFC 6238), from a secret in the vault."""

import base64
import hmac
import os
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ingather.vault.sealing import Place, Vault

STEP_S = 30
DIGITS = 6
ISSUER = "Ingather"
_DRIFT = 1
_SECRET_BYTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A new secret: sealed for the book, and as what a person's app takes, shown this once."""

    sealed: bytes = field(repr=False)
    uri: str = field(repr=False)
    secret: str = field(repr=False)


def new_factor(vault: Vault, user_id: int, name: str) -> Enrolment:
    """Return a new second factor for a person."""
    secret = os.urandom(_SECRET_BYTES)
    return Enrolment(
        sealed=vault.seal(Place.SECOND_FACTOR, user_id, secret),
        uri=_totp(secret).get_provisioning_uri(name, ISSUER),
        secret=base64.b32encode(secret).decode(),
    )


def step_of(vault: Vault, user_id: int, sealed: bytes, code: str, *, now: datetime, used: int | None) -> int | None:
    """Return the step that a code belongs to; None when it fits none of now, the one before and the one after.

    A step is used once (RFC 6238 §5.2): ``used`` is the last one that was, and no earlier one fits either.
    """
    totp = _totp(vault.open(Place.SECOND_FACTOR, user_id, sealed))
    this = int(now.timestamp()) // STEP_S
    found = None
    for step in range(this - _DRIFT, this + _DRIFT + 1):
        # Every step is compared, in constant time, whichever fits.
        fits = hmac.compare_digest(totp.generate(step * STEP_S), code.strip().encode())
        if fits and (used is None or step > used):
            found = step
    return found


def next_code(vault: Vault, user_id: int, sealed: bytes, *, now: datetime, used: int) -> str:
    """Return the code that a device would show, of the first step that still fits and was not used: a rehearsal's."""
    totp = _totp(vault.open(Place.SECOND_FACTOR, user_id, sealed))
    this = int(now.timestamp()) // STEP_S
    return totp.generate(min(max(used + 1, this - _DRIFT), this + _DRIFT) * STEP_S).decode()


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what every app computes (RFC 6238 §1.2); as an HMAC it is sound.
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303 -- as said above
