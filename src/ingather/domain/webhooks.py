"""Webhooks: events pushed to an endpoint of a merchant's or an ERP's, how each message stands, and when it is tried.

A message is tried over three days and a bit. What was answered with an error waits for its own next attempt and holds
back nobody; an endpoint that does not answer at all rests as a whole, so that a dead one costs little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

PING = "webhook.ping"
"""The type of a message that tells of nothing: it only shows that an endpoint answers."""

TIMEOUT_S = 10
"""How long an endpoint has for its whole answer."""
LARGEST_BYTES = 20_000
"""A message is smaller than this."""
MOST_ENDPOINTS = 50
"""How many endpoints of one merchant, or of all at once, are enabled at a time."""
MOST_SECRETS = 5
"""How many secrets of one endpoint hold at a time."""
MOST_REPLAYED = 10_000
"""How many events one call replays at most."""

RETRIES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""How long after each failed attempt the next one is made, in seconds: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h."""
GIVE_UP_S = 3 * 86_400
"""A message is given up when its attempts are used up, and never sooner than after these seconds."""
RESTS_S = (5, 30, 120, 300, 900)
"""How long an endpoint that does not answer rests, by how often it did not; the last one holds from then on."""
LONGEST_WAIT_S = 86_400
"""The longest ``Retry-After`` that is honoured."""
_JITTER = 10
"""A wait is up to one tenth longer than the table says."""


class EndpointState(StrEnum):
    """Whether messages are sent to an endpoint; one that answered 410 is gone until a person enables it again."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"


class MessageState(StrEnum):
    """How one event's message to one endpoint stands."""

    DUE = "due"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Verdict(StrEnum):
    """What an attempt came to: taken, not taken by an endpoint that answers, no answer, or gone for good."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    NO_ANSWER = "no_answer"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came back of one attempt: the status, or why there is none; ``wait_s`` is its ``Retry-After``."""

    verdict: Verdict
    status: int | None
    said: str
    took_ms: int
    wait_s: int | None = None


def verdict_of(status: int) -> Verdict:
    """Return what a status means; a redirect is never followed, and so not taken."""
    if 200 <= status < 300:  # noqa: PLR2004 -- the statuses that say yes
        return Verdict.TAKEN
    if status == 410:  # noqa: PLR2004 -- the status that says: never again
        return Verdict.GONE
    # Too many, or a gateway whose server is away: the endpoint as a whole is to be left in peace.
    return Verdict.NO_ANSWER if status in {429, 502, 503, 504} else Verdict.NOT_TAKEN


def retry_after_s(attempts: int, draw: Callable[[int], int]) -> int:
    """Return how long to wait after so many failed attempts; ``draw`` gives a number below the one it is given."""
    wait = RETRIES_S[min(attempts, len(RETRIES_S)) - 1]
    return wait + draw(wait // _JITTER + 1)


def rest_s(failures: int, draw: Callable[[int], int]) -> int:
    """Return how long an endpoint rests after it did not answer so many times in a row."""
    rest = RESTS_S[min(failures, len(RESTS_S)) - 1]
    return rest + draw(rest // _JITTER + 1)


def is_spent(attempts: int, age_s: int) -> bool:
    """Return whether a message is given up after so many failed attempts, so long after it was made."""
    return attempts > len(RETRIES_S) and age_s >= GIVE_UP_S
