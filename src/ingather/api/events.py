"""Events over HTTP: the facts of the book in the order of their numbers, read with a cursor that never misses one."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ingather.actions.context import Context
from ingather.api.calls import Call, found, no_such
from ingather.api.naming import named
from ingather.api.routes import Routes
from ingather.api.shapes import Moment, Named, Shown, id_field, in_path
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.events import OF_A_MERCHANT, SCOPES, Cause, type_from
from ingather.domain.facts import Scope
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import names
from ingather.store.reading.told import WantedEvents, events_page, one_event

routes = Routes("events")
FIRST = 100
MOST = 500
EventId = Annotated[str, in_path("evt", "an event")]


class Columns(Shown):
    """Columns of a record, counted from 1, both ends included."""

    start: int
    end: int


class Evidence(Shown):
    """Where the bank said it."""

    report: Annotated[str, id_field("rep", "the report")]
    file: str = Field(description="The name under which the report came.")
    line: int | None = Field(description="The line of the report, from 1; null where the report as a whole says it.")
    columns: Columns | None = Field(description="Where in the line, if it is a record of fixed columns.")


class EventCause(Shown):
    """What made it happen."""

    kind: str = Field(description=f"One of {', '.join(Cause)}; more may be added.")
    evidence: Evidence | None


class EventObject(Shown):
    """What an event is about."""

    id: str = Field(description="Its id.", examples=["ord_0C4M7R2V9K1HZ"])
    type: str = Field(description=f"One of {', '.join(Scope)}; more may be added.")


class OrdersOf(Shown):
    """The orders that an event of a batch or a file is about."""

    count: int = Field(description="How many entries it has.")
    url: str = Field(description="Where they are listed.")


class Event(Shown):
    """Something that happened."""

    id: Annotated[str, id_field("evt", "the event")]
    type: str = Field(description="What happened to what, such as `entry.returned`; types may be added.")
    sequence: int = Field(description="Its number among all events of the book; greater ones come later.")
    object: EventObject
    object_sequence: int = Field(description="Its number among the events of this object: 1, 2, 3, without holes.")
    created_at: datetime = Field(description="When the book learned of it.")
    on: date = Field(description="The banking date that it is of.")
    actor: str = Field(description="Who did it, or recorded it.")
    cause: EventCause
    orders: OrdersOf | None = Field(
        description="Given for batches and files: their orders have no events of their own."
    )
    data: dict[str, Any] = Field(description="Particulars; which ones depends on the type.")


class EventsMeta(BaseModel):
    """Where a page of events ends."""

    next_cursor: str = Field(description="What to send as `after` next, now or later: also the last page has one.")
    has_more: bool = Field(description="Whether to read on at once, however few events are on this page.")


class Events(BaseModel):
    """A page of events."""

    data: list[Event]
    meta: EventsMeta


class EventsQuery(BaseModel):
    """Which events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: str | None = Field(
        default=None,
        max_length=40,
        description="The `next_cursor` of the page before, or the id of the last event that was read.",
        examples=["evt_0000000000042"],
    )
    limit: int = Field(default=FIRST, ge=1, le=MOST, description="How many events at most.")
    order: Literal["oldest", "newest"] = Field(default="oldest", description="Which events come first.")
    types: list[str] | None = Field(
        default=None, max_length=50, description="Events of any of these types; `order.*` is every type about orders.",
        examples=[["entry.returned", "batch.settled"]],
    )  # fmt: skip
    object: str | None = Field(
        default=None, max_length=40, description="Events about this object, by its id.", examples=["ord_0C4M7R2V9K1HZ"]
    )
    merchant: Named | None = Field(default=None, description="Only what this merchant is told: its id or own name.")
    since: Moment | None = Field(default=None, alias="created_at[gte]", description="From this instant on.")
    until: Moment | None = Field(default=None, alias="created_at[lte]", description="Until this instant.")


@routes.get("/events", needs=Permission.EVENTS_READ, returns=Events)
def list_events(call: Call, query: Annotated[EventsQuery, Query()]) -> Response:
    """List events, the oldest first.

    To follow a book, read with the cursor of the page before, and again a while later with the cursor of the last
    page: no event is missed and none comes twice. A key of one merchant is told of its orders, their entries, returns
    and refunds, its authorizations, batches, settlements and payouts.
    """
    with call.view() as ctx:
        page = events_page(ctx.session, _wanted(call, ctx, query))
    cursor = public_id(Prefix.EVENT, page.looked_to)
    return call.show(
        Events(data=[Event(**each) for each in page.events], meta=EventsMeta(next_cursor=cursor, has_more=page.more))
    )


@routes.get("/events/{event_id}", needs=Permission.EVENTS_READ, returns=Event)
def show_event(call: Call, event_id: EventId) -> Response:
    """Return one event."""
    try:
        seq = parse_public_id(Prefix.EVENT, event_id)
    except ValueError:
        raise no_such(Prefix.EVENT, event_id) from None
    with call.view() as ctx:
        event = one_event(ctx.session, seq, merchant_id=call.caller.merchant_id)
        return call.show(Event(**found(event, Prefix.EVENT, seq)))


def _wanted(call: Call, ctx: Context, query: EventsQuery) -> WantedEvents:
    merchant_id = call.caller.merchant_id
    if query.merchant is not None:
        merchant_id = merchant_named(call, ctx, query.merchant)
    return WantedEvents(
        limit=query.limit,
        after=number_of(query.after),
        newest_first=query.order == "newest",
        merchant_id=merchant_id,
        about=_about(call, ctx, query.object),
        types=known_types(query.types or ()),
        since=query.since,
        until=query.until,
    )


def merchant_named(call: Call, ctx: Context, text: str) -> int:
    """Return the key of a merchant by its id or its own name; raises ``NoSuch`` for one the caller may not see."""
    bound = call.caller.merchant_id
    key = names.key_of(ctx.session, Prefix.MERCHANT, named(call, ctx, Prefix.MERCHANT, text), merchant_id=bound)
    if key is None:
        raise no_such(Prefix.MERCHANT, text)
    return key


def number_of(cursor: str | None) -> int:
    """Return the number behind a cursor, 0 for none; raises ``Unreadable`` for what is no cursor of ours."""
    try:
        return parse_public_id(Prefix.EVENT, cursor) if cursor else 0
    except ValueError:
        fact = "the cursor in `after` is none of ours"
        raise Unreadable(fact, "Send the next_cursor of a page, or the id of an event, or leave it out") from None


def known_types(types: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return wanted types as they are; raises ``Unreadable`` for what can be no type."""
    faults = tuple(
        (f"/types/{place}", "unknown_type", f"{text[:80]} is no type of event")
        for place, text in enumerate(types)
        if type_from(text) is None
    )
    if faults:
        fact = f"{len(faults)} of the types are no types of events"
        raise Unreadable(fact, "See docs/events.md for those there are", faults=faults)
    return tuple(types)


def _about(call: Call, ctx: Context, text: str | None) -> tuple[Scope, int] | None:
    if text is None:
        return None
    prefix = next((each for each in SCOPES if text.startswith(f"{each}_")), None)
    if prefix is None or (call.caller.merchant_id is not None and SCOPES[prefix] not in OF_A_MERCHANT):
        raise no_such(prefix or Prefix.EVENT, text)
    if SCOPES[prefix] is Scope.BATCH:
        # Batches are nobody's to ask for; what a caller may not see of them is left out below.
        return Scope.BATCH, _key(prefix, text)
    return SCOPES[prefix], call.key_of(ctx, prefix, text)


def _key(prefix: Prefix, text: str) -> int:
    try:
        return parse_public_id(prefix, text)
    except ValueError:
        raise no_such(prefix, text) from None
