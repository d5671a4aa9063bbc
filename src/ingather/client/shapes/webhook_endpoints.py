"""What is given and shown about webhook endpoints.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered


class Attempt(Answered):
    """One attempt at a delivery."""

    at: datetime
    took_ms: int
    status: int | None
    said: str | None


class SecretHeld(Answered):
    """A secret that an endpoint's messages are signed with."""

    created_at: datetime
    retires_at: datetime | None


class Endpoint(Answered):
    """Where events are sent."""

    id: str
    url: str
    description: str
    types: tuple[str, ...]
    merchant: str | None
    merchant_id: str | None
    state: str
    reason: str | None
    told_to: int
    waiting: int
    failing_since: datetime | None
    rest_until: datetime | None
    secrets: tuple[SecretHeld, ...]
    version: int
    created_at: datetime
    created_by: str


class EndpointWithSecret(Answered):
    """An endpoint and its new secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


class WebhooksDelivery(Answered):
    """One event's message to one endpoint; its id is the `webhook-id` that the receiver sees."""

    id: str
    endpoint: str
    event: str | None
    replay: int
    state: str
    attempts: tuple[Attempt, ...]
    next_at: datetime | None
    created_at: datetime


class WebhooksReplayed(Answered):
    """How many events will be sent again."""

    events: int
