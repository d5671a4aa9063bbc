"""Whether a webhook is the server's: Standard Webhooks signatures, with every secret that is valid meanwhile."""

import base64
import hmac
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from ingather.client.shape import Answered
from ingather.client.shapes.events import Event

TOLERANCE_S = 300
_PREFIX = "whsec_"
_VERSION = "v1"


class Ping(Answered):
    """What an endpoint is sent to try it; nothing happened."""

    type: str
    created_at: datetime
    data: Mapping[str, Any]


class NotTheirs(Exception):  # noqa: N818 -- a verdict, not a fault
    """The message is not signed with any of the secrets, or is too old to be taken."""


def verify(
    headers: Mapping[str, str],
    body: bytes | str,
    secrets: str | Iterable[str],
    *,
    now: int | None = None,
    tolerance_s: int = TOLERANCE_S,
) -> Event | Ping:
    """Return the event of a webhook, or the ping that an endpoint was tried with, or raise ``NotTheirs``.

    ``secrets`` are several while one is being rotated.

    ``body`` is what came, byte for byte. ``now`` are seconds since 1970; a message from another time than now, by more
    than the tolerance either way, may be an old one sent again by somebody else.
    """
    known = {name.lower(): value for name, value in headers.items()}
    identity, moment, signed = (known.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not identity or not signed or not moment.isdigit():
        message = "the headers webhook-id, webhook-timestamp and webhook-signature are not all there"
        raise NotTheirs(message)
    clock = time.time() if now is None else now  # noqa: TID251 -- the receiver's own clock is what is asked for
    if abs(clock - int(moment)) > tolerance_s:
        message = f"the message was signed more than {tolerance_s} seconds from now"
        raise NotTheirs(message)
    content = body.encode() if isinstance(body, str) else body
    meant = f"{identity}.{moment}.".encode() + content
    found = [part.partition(",")[2] for part in signed.split() if part.startswith(f"{_VERSION},")]
    held = [secrets] if isinstance(secrets, str) else list(secrets)
    # Every pair is compared, so that time tells nothing.
    matches = [hmac.compare_digest(_signature(secret, meant), each) for secret in held for each in found]
    if not any(matches):
        message = "no signature of the message is of one of the secrets"
        raise NotTheirs(message)
    said = from_json(content)
    return Event.model_validate(said) if "sequence" in said else Ping.model_validate(said)


def _signature(secret: str, meant: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, meant, "sha256")).decode()
