"""Signatures of webhooks, by the Standard Webhooks: a secret of 32 bytes, shown as ``whsec_`` and base64.

Every secret that holds signs, so that a receiver may change over in its own time.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

_BYTES = 32
_PREFIX = "whsec_"


def new_secret() -> bytes:
    """Return a secret nobody can guess."""
    return secrets.token_bytes(_BYTES)


def secret_text(secret: bytes) -> str:
    """Return what the receiver keeps."""
    return _PREFIX + base64.b64encode(secret).decode("ascii")


def signature_of(held: Sequence[bytes], message_id: str, at: datetime, body: str) -> str:
    """Return the value of ``webhook-signature``: one signature for each secret, the newest secret's first."""
    # The library takes the instant apart as if it were UTC, whatever its zone.
    moment = at.astimezone(UTC)
    return " ".join(Webhook(secret).sign(message_id, moment, body) for secret in held)
