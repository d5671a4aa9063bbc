"""Calls about webhook endpoints.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.webhook_endpoints import Endpoint, EndpointWithSecret, WebhooksDelivery, WebhooksReplayed


class WebhookEndpointsCalls:
    """Calls about webhook endpoints."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        url: str,
        types: Sequence[str] | None = None,
        description: str | None = None,
        merchant: str | None = None,
    ) -> EndpointWithSecret:
        """Make an endpoint that is told what happens from now on, and return its secret, this once.

        A key of one merchant makes endpoints of that merchant alone.
        """
        return self._connection.act(
            "POST",
            "/v1/webhook-endpoints",
            EndpointWithSecret,
            body={"url": url, "types": types, "description": description, "merchant": merchant},
            once="no",
        )

    def get(self, endpoint_id: str) -> Endpoint:
        """Return one endpoint."""
        return self._connection.read(path("/v1/webhook-endpoints/{endpoint_id}", endpoint_id=endpoint_id), Endpoint)

    def update(
        self,
        endpoint_id: str,
        *,
        url: str | None = None,
        types: Sequence[str] | None = None,
        description: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Endpoint:
        """Change where events are sent, or which."""
        return self._connection.act(
            "PATCH",
            path("/v1/webhook-endpoints/{endpoint_id}", endpoint_id=endpoint_id),
            Endpoint,
            body={"url": url, "types": types, "description": description},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def delete(self, endpoint_id: str, *, if_match: str | None = None, idempotency_key: str | None = None) -> Endpoint:
        """Disable an endpoint for good: its secrets are forgotten, what waits is given up, and its log stays."""
        return self._connection.act(
            "DELETE",
            path("/v1/webhook-endpoints/{endpoint_id}", endpoint_id=endpoint_id),
            Endpoint,
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def enable(
        self,
        endpoint_id: str,
        *,
        from_now: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Endpoint:
        """Send to an endpoint again, and also what happened meanwhile."""
        return self._connection.act(
            "POST",
            path("/v1/webhook-endpoints/{endpoint_id}/enable", endpoint_id=endpoint_id),
            Endpoint,
            body={"from_now": from_now},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def disable(
        self, endpoint_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Endpoint:
        """Send nothing more until the endpoint is enabled again."""
        return self._connection.act(
            "POST",
            path("/v1/webhook-endpoints/{endpoint_id}/disable", endpoint_id=endpoint_id),
            Endpoint,
            body={"reason": reason},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def rotate(self, endpoint_id: str, *, overlap_hours: int | None = None) -> EndpointWithSecret:
        """Give an endpoint a new secret, shown this once; those before sign as well for a while."""
        return self._connection.act(
            "POST",
            path("/v1/webhook-endpoints/{endpoint_id}/rotate", endpoint_id=endpoint_id),
            EndpointWithSecret,
            body={"overlap_hours": overlap_hours},
            once="no",
        )

    def ping(
        self, endpoint_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> WebhooksDelivery:
        """Have the worker send a message that tells of nothing, to see whether the endpoint takes it."""
        return self._connection.act(
            "POST",
            path("/v1/webhook-endpoints/{endpoint_id}/ping", endpoint_id=endpoint_id),
            WebhooksDelivery,
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def replay(
        self,
        endpoint_id: str,
        *,
        delivery: str | None = None,
        first_event: str | None = None,
        last_event: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        types: Sequence[str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhooksReplayed:
        """Have events sent again, each under a new webhook-id and with its own event's id."""
        return self._connection.act(
            "POST",
            path("/v1/webhook-endpoints/{endpoint_id}/replay", endpoint_id=endpoint_id),
            WebhooksReplayed,
            body={
                "delivery": delivery,
                "first_event": first_event,
                "last_event": last_event,
                "since": since,
                "until": until,
                "types": types,
            },
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def deliveries(
        self,
        endpoint_id: str,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        state: Sequence[Literal["due", "delivered", "given_up"]] | None = None,
        event: str | None = None,
    ) -> Pages[WebhooksDelivery]:
        """List what was and will be sent to an endpoint, with every attempt."""
        return self._connection.pages(
            path("/v1/webhook-endpoints/{endpoint_id}/deliveries", endpoint_id=endpoint_id),
            WebhooksDelivery,
            query={"limit": limit, "after": after, "order": order, "state": state, "event": event},
        )

    def get_delivery(self, endpoint_id: str, delivery_id: str) -> WebhooksDelivery:
        """Return one delivery with its attempts."""
        return self._connection.read(
            path(
                "/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}",
                endpoint_id=endpoint_id,
                delivery_id=delivery_id,
            ),
            WebhooksDelivery,
        )

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        state: Sequence[Literal["enabled", "disabled", "gone"]] | None = None,
    ) -> Pages[Endpoint]:
        """List the endpoints that are told what happens."""
        return self._connection.pages(
            "/v1/webhook-endpoints", Endpoint, query={"limit": limit, "after": after, "order": order, "state": state}
        )
