"""Orders as they stand: listed, shown with what belongs to them, and labelled."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.api.authorizations.showing import Authorization
from ingather.api.buyers import Buyer
from ingather.api.calls import JSON, Call, etag_of, found
from ingather.api.merchants import Merchant
from ingather.api.naming import relabelled
from ingather.api.paging import Page, PageMeta, PageQuery, paged, read_page, wanted_of
from ingather.api.routes import Routes
from ingather.api.shapes import (
    Day,
    KnownAt,
    Labels,
    Metadata,
    Minor,
    Moment,
    Named,
    OrderId,
    OwnName,
    Shown,
    Untold,
    id_field,
)
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.merchants import Party
from ingather.domain.orders import OrderState
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.rules.return_codes import return_reason
from ingather.store.reading import authorizations, orders, parties
from ingather.store.reading.past import orders as past
from ingather.store.reading.past.known import refuse_ahead

routes = Routes("orders")


class Expand(StrEnum):
    """What may be shown with an order."""

    AUTHORIZATION = "authorization"
    BUYER = "buyer"
    MERCHANT = "merchant"
    ENTRIES = "entries"
    RETURNS = "returns"


class OrderEntry(Shown):
    """One entry of an order, and where it stands in its file."""

    id: str
    kind: str = Field(description="debit, retry, corrected, reversal, refund, return_fee; more may be added.")
    presentation: int | None
    file_id: str
    file: str
    file_state: str
    line: int
    trace: str
    reference: str = Field(description="What the bank gives back: the order's id without its prefix.")
    amount_minor: int
    entry_class: str
    description: str
    effective_on: date
    settled_on: date | None
    hold_until: date | None
    ended: str | None


class OrderReturn(Shown):
    """One return of an order's entry, its code as it came and in words."""

    id: str
    entry_id: str | None
    code: str
    meaning: str | None
    category: str | None
    sentence: str | None
    returned_on: date | None
    late: bool
    applied: bool
    next_step: str | None
    deadline_on: date | None


class Expanded(Shown):
    """What belongs to an order, as far as it was asked for."""

    authorization: Authorization | None = None
    buyer: Buyer | None = None
    merchant: Merchant | None = None
    entries: list[OrderEntry] | None = None
    returns: list[OrderReturn] | None = None


class Order(Shown):
    """One amount due on one date."""

    id: Annotated[str, id_field("ord", "the order")]
    external_id: str = Field(description="The merchant's own name for it.")
    instalment: int
    merchant: str = Field(description="The merchant, by its own name.")
    merchant_id: str
    buyer: str = Field(description="The buyer, by its own name.")
    buyer_id: str
    authorization: str = Field(description="The authorization, by its own name.")
    authorization_id: str
    amount_minor: int
    currency: str
    due_on: date
    goods: bool
    same_day: bool
    state: str = Field(description=f"One of {', '.join(OrderState)}; more may be added.")
    reason: str | None = Field(description="Why it is not being debited, or how it ended.")
    held: bool
    suspected: bool = Field(description="It looks like another order, and waits until somebody confirms it.")
    collect_on: date | None = Field(description="The date it waits for; null when it waits for nothing.")
    presentations: int
    last_code: str | None = Field(description="The code of its last return, as it came.")
    last_meaning: str | None = Field(description="The same in words.")
    late: bool
    refunded_minor: int
    created_at: datetime
    metadata: Metadata
    known_at: datetime | None = Field(default=None, description="The instant that was asked for; null: as it stands.")
    untold: Untold = Field(default_factory=list)
    expanded: Expanded | None = Field(default=None, description="What `expand[]` asked for.")


class OrdersQuery(PageQuery):
    """Which orders."""

    state: list[OrderState] | None = Field(default=None, description="Orders in any of these states.")
    external_id: OwnName | None = None
    merchant: Named | None = None
    buyer: Named | None = None
    authorization: Named | None = None
    due_from: Day | None = Field(default=None, alias="due_on[gte]")
    due_to: Day | None = Field(default=None, alias="due_on[lte]")
    created_from: Moment | None = Field(default=None, alias="created_at[gte]")
    created_to: Moment | None = Field(default=None, alias="created_at[lte]")
    amount_from: Minor | None = Field(default=None, alias="amount_minor[gte]")
    amount_to: Minor | None = Field(default=None, alias="amount_minor[lte]")
    last_code: list[Annotated[str, Field(pattern="^R[0-9]{2}$")]] | None = Field(
        default=None, description="Orders whose last return has any of these codes."
    )
    held: bool | None = None
    suspected: bool | None = None
    last4: Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,4}$")] | None = None
    batch: Annotated[str, Field(max_length=40, description="Orders with an entry in this batch.")] | None = None
    file: Annotated[str, Field(max_length=40, description="Orders with an entry in this file.")] | None = None
    trace: (
        Annotated[str, Field(pattern="^[0-9]{15}$", description="The trace number of one of its entries.")] | None
    ) = None
    known_at: KnownAt = None
    expand: list[Expand] = Field(default_factory=list, alias="expand[]")


@routes.get("/orders", needs=Permission.ORDERS_READ, returns=Page[Order], may=(422,))
def list_orders(call: Call, query: Annotated[OrdersQuery, Query()]) -> Response:
    """List orders; of an instant that has passed by what never changes of them, and by the state they were in."""
    at = query.known_at
    if at is None:
        rows, meta = read_page(call, orders.LISTING, query)
    else:
        rows, meta = read_page_known(call, query, at)
    shown = [order_of(row) for row in rows]
    if query.expand:
        with call.view() as ctx:
            shown = expanded(ctx, shown, query.expand) if at is None else expanded_then(ctx, shown, query.expand, at)
    return call.show(Page[Order](data=shown, meta=meta))


def read_page_known(call: Call, query: OrdersQuery, at: datetime) -> tuple[list[dict[str, Any]], PageMeta]:
    """Return a page of orders as known at an instant; raises ``Unreadable`` for one ahead, or other filters."""
    with call.view() as ctx:
        refuse_ahead(at, now=ctx.now)
        wanted = wanted_of(call, query, leave_out=("known_at",))
        return paged(*past.page_known(ctx.session, at, wanted))


@routes.get("/orders/{order_id}", needs=Permission.ORDERS_READ, returns=Order)
def show_order(
    call: Call,
    order_id: OrderId,
    expand: Annotated[list[Expand], Query(alias="expand[]")] = [],  # noqa: B006 -- only read
    known_at: KnownAt = None,
) -> Response:
    """Return one order as it stands, or stood; its ETag is that of the order without what is expanded."""
    if known_at is not None:
        return _show_known(call, order_id, expand, known_at)
    with call.desk.glance() as ctx:
        shown = order_shown(ctx, call.key_of(ctx, Prefix.ORDER, order_id))
        if not expand:
            return call.show(shown)
    tag = etag_of(shown.model_dump_json().encode())
    with call.view() as ctx:
        full = expanded(ctx, [shown], expand)[0]
    return Response(full.model_dump_json(), media_type=JSON, headers={"ETag": tag})


def _show_known(call: Call, order_id: str, expand: Collection[Expand], at: datetime) -> Response:
    with call.view() as ctx:
        refuse_ahead(at, now=ctx.now)
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        shown = order_of(found(past.in_full(ctx.session, [key], at).get(key), Prefix.ORDER, key))
        if not expand:
            return call.show(shown)
        full = expanded_then(ctx, [shown], expand, at)[0]
    tag = etag_of(shown.model_dump_json().encode())
    return Response(full.model_dump_json(), media_type=JSON, headers={"ETag": tag})


def expanded_then(ctx: Context, shown: Sequence[Order], expand: Collection[Expand], at: datetime) -> list[Order]:
    """Return orders with their entries and returns as known at an instant.

    Raises ``Unreadable`` for what the book keeps only as it is now.
    """
    if now := sorted(set(expand) - {Expand.ENTRIES, Expand.RETURNS}):
        fact = f"the {', '.join(now)} of then is not kept: only entries and returns are expanded with known_at"
        raise Unreadable(fact, "Ask for it without known_at")
    keys = [parse_public_id(Prefix.ORDER, order.id) for order in shown]
    entries = past.entries_of(ctx.session, keys, at) if Expand.ENTRIES in expand else {}
    returns = past.returns_of(ctx.session, keys, at) if Expand.RETURNS in expand else {}
    full = []
    for key, order in zip(keys, shown, strict=True):
        parts: dict[str, Any] = {}
        if key in entries:
            parts["entries"] = [OrderEntry(**row) for row in entries[key]]
        if key in returns:
            parts["returns"] = [
                # What follows from a return may be decided again later: it is not told.
                OrderReturn(**row, next_step=None, deadline_on=None, **meaning_of(row["code"], order.due_on))
                for row in returns[key]
            ]
        full.append(order.model_copy(update={"expanded": Expanded(**parts)}))
    return full


@routes.post("/orders/{order_id}", needs=Permission.ORDERS_WRITE, returns=Order, money=False, method="PATCH")
def label_order(call: Call, order_id: OrderId, body: Labels) -> Response:
    """Replace the metadata of an order; amount and date are agreed, and change by another instalment or a refund."""
    return relabelled(call, Prefix.ORDER, order_id, body.metadata, show=order_shown)


def order_shown(ctx: Context, key: int) -> Order:
    """Return an order as it stands."""
    return order_of(found(orders.in_full(ctx.session, [key]).get(key), Prefix.ORDER, key))


def order_of(row: dict[str, Any]) -> Order:
    """Return an order as it is shown, its last code with its meaning."""
    return Order(**row, last_meaning=meaning_of(row["last_code"], row["due_on"])["meaning"])


def meaning_of(code: str | None, on: date) -> dict[str, str | None]:
    """Return what a return code means: its title as a word, its category, its sentence; None where it is not known."""
    reason = return_reason(code, on=on) if code else None
    if reason is None:
        return {"meaning": None, "category": None, "sentence": None}
    return {"meaning": reason.meaning, "category": str(reason.category), "sentence": reason.sentence}


def expanded(ctx: Context, shown: Sequence[Order], expand: Collection[Expand]) -> list[Order]:
    """Return orders with what belongs to them, each kind of it read once for all."""
    keys = [parse_public_id(Prefix.ORDER, order.id) for order in shown]
    entries = orders.entries_of(ctx.session, keys) if Expand.ENTRIES in expand else {}
    returns = orders.returns_of(ctx.session, keys) if Expand.RETURNS in expand else {}
    known: dict[Expand, dict[int, dict[str, Any]]] = {}
    for each, prefix, name in _ABOUT:
        if each in expand:
            wanted = sorted({parse_public_id(prefix, getattr(order, name)) for order in shown})
            known[each] = _read(ctx, each, wanted)
    full = []
    for key, order in zip(keys, shown, strict=True):
        parts: dict[str, Any] = {
            str(each): model(**known[each][parse_public_id(prefix, getattr(order, name))])
            for each, prefix, name, model in _MODELS
            if each in known
        }
        if key in entries:
            parts["entries"] = [OrderEntry(**row) for row in entries[key]]
        if key in returns:
            parts["returns"] = [_return(row) for row in returns[key]]
        full.append(order.model_copy(update={"expanded": Expanded(**parts)}))
    return full


_ABOUT = (
    (Expand.AUTHORIZATION, Prefix.AUTHORIZATION, "authorization_id"),
    (Expand.BUYER, Prefix.BUYER, "buyer_id"),
    (Expand.MERCHANT, Prefix.MERCHANT, "merchant_id"),
)
_MODELS = tuple((*about, model) for about, model in zip(_ABOUT, (Authorization, Buyer, Merchant), strict=True))


def _read(ctx: Context, each: Expand, keys: list[int]) -> dict[int, dict[str, Any]]:
    if each is Expand.AUTHORIZATION:
        return authorizations.in_full(ctx.session, keys)
    return parties.in_full(ctx.session, Party.BUYER if each is Expand.BUYER else Party.MERCHANT, keys)


def _return(row: Any) -> OrderReturn:  # noqa: ANN401 -- a row of the store's
    on = row.returned_on or row.received_at.date()
    return OrderReturn(
        id=public_id(Prefix.RETURN, row.id),
        entry_id=public_id(Prefix.ENTRY, row.entry_id) if row.entry_id else None,
        code=row.code,
        returned_on=row.returned_on,
        late=row.late,
        applied=row.applied,
        next_step=row.next_step,
        deadline_on=row.deadline_on,
        **meaning_of(row.code, on),
    )
