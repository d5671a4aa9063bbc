"""Webhooks over HTTP: endpoints that are told what happens, their secrets, and the log of what was delivered."""

from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.webhooks.endpoints import (
    LONGEST_OVERLAP_H,
    LONGEST_URL,
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    make_endpoint,
    rotate_secret,
)
from ingather.actions.webhooks.messages import ping_endpoint, replay_events, replay_message
from ingather.api.calls import Answer, Call, etag_of, found, no_such
from ingather.api.events import known_types, merchant_named
from ingather.api.naming import of_book
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.sessions import secretly
from ingather.api.shapes import Body, Moment, Named, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.domain.webhooks import MOST_REPLAYED, EndpointState, MessageState
from ingather.store.reading import webhooks

routes = Routes("webhook-endpoints")
EndpointId: TypeAlias = Annotated[str, in_path("whk", "an endpoint")]
DeliveryId: TypeAlias = Annotated[str, in_path("msg", "a delivery")]
Url: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_URL, description="Where events are sent: https, at a public address.",
          examples=["https://erp.example.com/ingather"]),
]  # fmt: skip
Types: TypeAlias = Annotated[
    list[Annotated[str, Field(max_length=80)]],
    Field(max_length=50, description="Which events, such as `entry.returned` or `order.*`; empty for all."),
]
Description: TypeAlias = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class NewEndpoint(Body):
    """An endpoint to make."""

    url: Url
    types: Annotated[Types, Field(default_factory=list)]
    description: Description = ""
    merchant: Annotated[
        Named | None, Field(description="The one merchant whose events it is told, by id or own name; without it, all.")
    ] = None


class EndpointChange(Body):
    """What is to be changed about an endpoint; what is left out stays."""

    url: Url | None = None
    types: Types | None = None
    description: Description | None = None


class Enabling(Body):
    """How an endpoint goes on."""

    from_now: Annotated[bool, Field(description="Leave out what happened meanwhile and what still waits.")] = False


class SecretRotation(Body):
    """A new secret for an endpoint."""

    overlap_hours: Annotated[
        int, Field(ge=0, le=LONGEST_OVERLAP_H, description="For how many hours the secrets before sign as well.")
    ] = 24


class Replay(Body):
    """What is to be sent again: one delivery, or the events of a range."""

    delivery: Annotated[str | None, Field(max_length=40, description="The id of a delivery.")] = None
    first_event: Annotated[str | None, Field(max_length=40, description="The id of the first event.")] = None
    last_event: Annotated[str | None, Field(max_length=40, description="The id of the last event.")] = None
    since: Moment | None = None
    until: Moment | None = None
    types: Annotated[Types, Field(default_factory=list)]


class SecretHeld(Shown):
    """A secret that an endpoint's messages are signed with."""

    created_at: datetime
    retires_at: datetime | None = Field(description="When it is forgotten; null for the newest one.")


class Endpoint(Shown):
    """Where events are sent."""

    id: Annotated[str, id_field("whk", "the endpoint")]
    url: str
    description: str
    types: list[str] = Field(description="Which events; empty for all.")
    merchant: str | None = Field(description="The one merchant whose events it is told, by its own name.")
    merchant_id: str | None
    state: str = Field(description=f"One of {', '.join(EndpointState)}; more may be added.")
    reason: str | None = Field(description="Why nothing is sent to it.")
    told_to: int = Field(description="The sequence of the last event for which messages were made.")
    waiting: int = Field(description="How many messages are due or wait for their next attempt.")
    failing_since: datetime | None = Field(description="Since when every attempt has failed.")
    rest_until: datetime | None = Field(description="When it is tried again, while it does not answer.")
    secrets: list[SecretHeld]
    version: int = Field(description="Counts what people changed; the ETag is of this alone, not of what is sent.")
    created_at: datetime
    created_by: str


class EndpointVersion(Shown):
    """What the ETag of an endpoint is made of."""

    id: str
    version: int


class EndpointWithSecret(Shown):
    """An endpoint and its new secret, which is shown this once."""

    endpoint: Endpoint
    secret: str = Field(description="`whsec_…`: the key by which the receiver checks signatures (Standard Webhooks).")


class Attempt(Shown):
    """One attempt at a delivery."""

    at: datetime
    took_ms: int
    status: int | None = Field(description="The status that came back; null when none came.")
    said: str | None = Field(description="What became of it, in a few words; nothing of the answer's body is kept.")


class Delivery(Shown):
    """One event's message to one endpoint; its id is the `webhook-id` that the receiver sees."""

    id: Annotated[str, id_field("msg", "the delivery")]
    endpoint: Annotated[str, id_field("whk", "the endpoint")]
    event: str | None = Field(description="The id of its event; null for a ping.")
    replay: int = Field(description="0 for the first delivery of the event, greater ones were asked for.")
    state: str = Field(description=f"One of {', '.join(MessageState)}; more may be added.")
    attempts: list[Attempt]
    next_at: datetime | None = Field(description="When it is tried next.")
    created_at: datetime


class Replayed(Shown):
    """How many events will be sent again."""

    events: int


class EndpointsQuery(PageQuery):
    """Which endpoints."""

    state: list[EndpointState] | None = Field(default=None, description="Endpoints in any of these states.")


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    state: list[MessageState] | None = Field(default=None, description="Deliveries in any of these states.")
    event: str | None = Field(default=None, max_length=40, description="Deliveries of this event, by its id.")


@routes.get("/webhook-endpoints", needs=Permission.EVENTS_READ, returns=Page[Endpoint], may=(422,))
def list_webhook_endpoints(call: Call, query: Annotated[EndpointsQuery, Query()]) -> Response:
    """List the endpoints that are told what happens."""
    rows, meta = read_page(call, webhooks.LISTING, query)
    return call.show(Page[Endpoint](data=[Endpoint(**row) for row in rows], meta=meta))


@routes.get("/webhook-endpoints/{endpoint_id}", needs=Permission.EVENTS_READ, returns=Endpoint)
def show_webhook_endpoint(call: Call, endpoint_id: EndpointId) -> Response:
    """Return one endpoint."""
    with call.view() as ctx:
        shown = _shown(ctx, call.key_of(ctx, Prefix.WEBHOOK, endpoint_id))
        response = call.show(shown)
        response.headers["ETag"] = _etag(shown)
        return response


@routes.post(
    "/webhook-endpoints", needs=Permission.WEBHOOKS_WRITE, returns=EndpointWithSecret, status=201, money=False,
    keeps=False,
)  # fmt: skip
def make_webhook_endpoint(call: Call, body: NewEndpoint) -> Response:
    """Make an endpoint that is told what happens from now on, and return its secret, this once.

    A key of one merchant makes endpoints of that merchant alone.
    """
    with call.desk.action() as ctx:
        merchant_id = call.caller.merchant_id
        if body.merchant is not None:
            merchant_id = merchant_named(call, ctx, body.merchant)
        made = make_endpoint(
            ctx, of_book(ctx), url=body.url, networks=call.desk.networks, types=known_types(body.types),
            description=body.description, merchant_id=merchant_id,
        )  # fmt: skip
        shown = EndpointWithSecret(endpoint=_shown(ctx, made.endpoint_id), secret=made.text)
    call.desk.remember()
    return secretly(call, shown)


@routes.post(
    "/webhook-endpoints/{endpoint_id}", needs=Permission.WEBHOOKS_WRITE, returns=Endpoint, money=False, method="PATCH"
)
def change_webhook_endpoint(call: Call, endpoint_id: EndpointId, body: EndpointChange) -> Response:
    """Change where events are sent, or which."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        types = None if body.types is None else known_types(body.types)
        change_endpoint(
            ctx, key, networks=call.desk.networks, url=body.url, types=types, description=body.description
        )  # fmt: skip
        return _tagged(_shown(ctx, key))

    return call.act(do, read=lambda ctx: _version(_shown(ctx, call.key_of(ctx, Prefix.WEBHOOK, endpoint_id))))


@routes.post("/webhook-endpoints/{endpoint_id}/enable", needs=Permission.WEBHOOKS_WRITE, returns=Endpoint, money=False)
def enable_webhook_endpoint(call: Call, endpoint_id: EndpointId, body: Enabling) -> Response:
    """Send to an endpoint again, and also what happened meanwhile."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        enable_endpoint(ctx, key, from_now=body.from_now)
        return _tagged(_shown(ctx, key))

    return call.act(do, read=lambda ctx: _version(_shown(ctx, call.key_of(ctx, Prefix.WEBHOOK, endpoint_id))))


@routes.post("/webhook-endpoints/{endpoint_id}/disable", needs=Permission.WEBHOOKS_WRITE, returns=Endpoint, money=False)
def disable_webhook_endpoint(call: Call, endpoint_id: EndpointId, body: Reasoned) -> Response:
    """Send nothing more until the endpoint is enabled again."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        disable_endpoint(ctx, key, reason=body.reason[:200])
        return _tagged(_shown(ctx, key))

    return call.act(do, read=lambda ctx: _version(_shown(ctx, call.key_of(ctx, Prefix.WEBHOOK, endpoint_id))))


@routes.post(
    "/webhook-endpoints/{endpoint_id}", needs=Permission.WEBHOOKS_WRITE, returns=Endpoint, money=False, method="DELETE"
)
def delete_webhook_endpoint(call: Call, endpoint_id: EndpointId) -> Response:
    """Disable an endpoint for good: its secrets are forgotten, what waits is given up, and its log stays."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        delete_endpoint(ctx, key)
        return _tagged(_shown(ctx, key))

    return call.act(do, read=lambda ctx: _version(_shown(ctx, call.key_of(ctx, Prefix.WEBHOOK, endpoint_id))))


@routes.post(
    "/webhook-endpoints/{endpoint_id}/rotate", needs=Permission.WEBHOOKS_WRITE, returns=EndpointWithSecret,
    money=False, keeps=False,
)  # fmt: skip
def rotate_webhook_secret(call: Call, endpoint_id: EndpointId, body: SecretRotation) -> Response:
    """Give an endpoint a new secret, shown this once; those before sign as well for a while."""
    with call.desk.action() as ctx:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        made = rotate_secret(ctx, key, overlap_hours=body.overlap_hours)
        shown = EndpointWithSecret(endpoint=_shown(ctx, key), secret=made.text)
    call.desk.remember()
    return secretly(call, shown)


@routes.post(
    "/webhook-endpoints/{endpoint_id}/ping", needs=Permission.WEBHOOKS_WRITE, returns=Delivery, status=202, money=False
)
def ping_webhook_endpoint(call: Call, endpoint_id: EndpointId) -> Response:
    """Have the worker send a message that tells of nothing, to see whether the endpoint takes it."""

    def do(ctx: Context) -> Answer:
        message_id = ping_endpoint(ctx, call.key_of(ctx, Prefix.WEBHOOK, endpoint_id))
        return Answer(model=_delivery(ctx, message_id), status=202)

    return call.act(do)


@routes.post(
    "/webhook-endpoints/{endpoint_id}/replay", needs=Permission.WEBHOOKS_WRITE, returns=Replayed, status=202,
    money=False,
)  # fmt: skip
def replay_webhooks(call: Call, endpoint_id: EndpointId, body: Replay) -> Response:
    """Have events sent again, each under a new webhook-id and with its own event's id."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        ranged = any(each is not None for each in (body.first_event, body.last_event, body.since, body.until))
        if body.delivery is not None and (ranged or body.types):
            fact = "a replay is of one delivery, or of a range of events"
            raise Unreadable(fact, f"Leave out one of them; a range holds at most {MOST_REPLAYED} events")
        if body.delivery is not None:
            count = replay_message(ctx, key, _key(Prefix.MESSAGE, body.delivery))
        else:
            count = replay_events(
                ctx, key, first=_number(body.first_event), last=_number(body.last_event), since=body.since,
                until=body.until, types=known_types(body.types),
            )  # fmt: skip
        return Answer(model=Replayed(events=count), status=202)

    return call.act(do)


@routes.get("/webhook-endpoints/{endpoint_id}/deliveries", needs=Permission.EVENTS_READ, returns=Page[Delivery])
def list_webhook_deliveries(
    call: Call, endpoint_id: EndpointId, query: Annotated[DeliveriesQuery, Query()]
) -> Response:
    """List what was and will be sent to an endpoint, with every attempt."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
    also = {"endpoint": key, "event": _number(query.event)}
    rows, meta = read_page(call, webhooks.DELIVERIES, query, also=also)
    return call.show(Page[Delivery](data=[Delivery(**row) for row in rows], meta=meta))


@routes.get("/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}", needs=Permission.EVENTS_READ, returns=Delivery)
def show_webhook_delivery(call: Call, endpoint_id: EndpointId, delivery_id: DeliveryId) -> Response:
    """Return one delivery with its attempts."""
    with call.view() as ctx:
        call.key_of(ctx, Prefix.WEBHOOK, endpoint_id)
        shown = _delivery(ctx, _key(Prefix.MESSAGE, delivery_id))
        if shown.endpoint != endpoint_id:
            raise no_such(Prefix.MESSAGE, delivery_id)
        return call.show(shown)


def _shown(ctx: Context, key: int) -> Endpoint:
    ctx.session.flush()
    return Endpoint(**found(webhooks.shown(ctx.session, key), Prefix.WEBHOOK, key))


def _version(shown: Endpoint) -> EndpointVersion:
    return EndpointVersion(id=shown.id, version=shown.version)


def _etag(shown: Endpoint) -> str:
    return etag_of(_version(shown).model_dump_json().encode())


def _tagged(shown: Endpoint) -> Answer:
    return Answer(model=shown, headers={"ETag": _etag(shown)})


def _delivery(ctx: Context, key: int) -> Delivery:
    return Delivery(**found(webhooks.delivery(ctx.session, key), Prefix.MESSAGE, key))


def _key(prefix: Prefix, text: str) -> int:
    try:
        return parse_public_id(prefix, text)
    except ValueError:
        raise no_such(prefix, text) from None


def _number(text: str | None) -> int | None:
    return None if text is None else _key(Prefix.EVENT, text)
