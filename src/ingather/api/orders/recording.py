"""Recording orders: one by one, together with whatever else waits, or ten thousand in one call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Response
from pydantic import Field, TypeAdapter, ValidationError

from ingather.actions.context import Context
from ingather.actions.intake import Intake, Verdict
from ingather.actions.labels import set_labels_of_new
from ingather.actions.orders import NewOrders, record_orders
from ingather.api.calls import Answer, Call
from ingather.api.intake import Done
from ingather.api.naming import named_all, of_book, own_merchant, refused
from ingather.api.orders.showing import Order, order_of
from ingather.api.problems import Fault, pointer_of
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Metadata, Minor, Moment, Named, OwnName, Shown
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import Channel
from ingather.domain.refusals import OtherRequest, Refusal, SameKeyOtherContent, Unreadable
from ingather.domain.users import Permission
from ingather.store.answered_calls import AnsweredKey, keep_answers, kept_answers
from ingather.store.reading import names, orders

routes = Routes("orders")
MOST_ROWS = 10_000
NDJSON = "application/x-ndjson"


class NewOrder(Body):
    """An order to record: one amount due on one date, an instalment of what a buyer owes."""

    external_id: OwnName
    instalment: Annotated[int, Field(ge=1, le=32_767)] = 1
    merchant: Named | None = Field(default=None, description="Its id or own name; by default the authorization's.")
    authorization: Named
    buyer: Named | None = Field(default=None, description="Where it is given, it must be the authorization's.")
    amount_minor: Minor
    currency: Literal["USD"] = "USD"
    due_on: Day
    goods: bool = False
    same_day: bool = Field(default=False, description="Settle on the day it is sent, where bank and Rules allow it.")
    act_channel: Channel | None = Field(default=None, description="How the buyer started a debit under a standing one.")
    act_at: Moment | None = None
    metadata: Metadata | None = None


class OrderResult(Shown):
    """What became of one line."""

    line: int = Field(description="The number of the line, from 1.")
    status: str = Field(description="created, existing or refused; more may be added.")
    id: str | None = Field(description="The order that stands in the book under this name.")
    external_id: str | None
    instalment: int | None
    warning: str | None = Field(default=None, description="What is to be known of an order that was taken.")
    code: str | None = Field(default=None, description="Why it was refused, for programs.")
    errors: list[Fault] = Field(default_factory=list)


class OrderResults(Shown):
    """What became of each line, in order."""

    created: int
    existing: int
    refused: int
    data: list[OrderResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one row of an intake: the order's key, whether it is new, or the refusal; and a warning."""

    key: int | None = None
    fresh: bool = False
    refusal: Refusal | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One call that wants an order recorded."""

    call: Call
    body: NewOrder


@routes.post("/orders", needs=Permission.ORDERS_WRITE, returns=Order, status=201, known=True)
async def record_order(call: Call, body: NewOrder) -> Response:
    """Record an order; the same one again is the existing one."""
    item = Waiting(call=call, body=body)
    office = call.office
    writer = office.writers.of(record_waiting, afterwards=office.desk.remember)
    return await call.join(lambda: writer.take(item))


@routes.post(
    "/orders:batch", needs=Permission.ORDERS_WRITE, returns=OrderResults,
    takes={NDJSON: {"schema": {"type": "string", "description": "One order, as for POST /v1/orders, in each line."}}},
)  # fmt: skip
def record_order_batch(call: Call) -> Response:
    """Record up to 10,000 orders, one JSON object a line, with a result for each; a bad line hurts no other."""
    rows = _read_lines(call.body)

    def do(ctx: Context) -> Answer:
        good = [(line, body) for line, body in rows if isinstance(body, NewOrder)]
        outcomes = iter(record_rows(ctx, call, [body for _, body in good]))
        data = [_result(line, body, next(outcomes) if isinstance(body, NewOrder) else None) for line, body in rows]
        count = {word: sum(each.status == word for each in data) for word in ("created", "existing", "refused")}
        return Answer(model=OrderResults(**count, data=data))

    return call.act(do)


def record_rows(ctx: Context, call: Call, bodies: Sequence[NewOrder]) -> list[Outcome]:
    """Record orders for one caller and return what became of each; ``metadata`` is kept of those that are new."""
    outcomes: list[Outcome | None] = [None] * len(bodies)
    places, new = _columns(ctx, call, bodies, outcomes)
    intake = record_orders(ctx, of_book(ctx), new) if places else Intake()
    labels = {intake.keys[row]: kept for row in sorted(intake.fresh) if (kept := bodies[places[row]].metadata)}
    set_labels_of_new(ctx, of_book(ctx), labels)
    refusals = {verdict.row: _refusal(intake, verdict) for verdict in intake.refused}
    warnings = {verdict.row: verdict.message for verdict in intake.told}
    for row, place in enumerate(places):
        outcomes[place] = Outcome(
            key=intake.keys.get(row),
            fresh=row in intake.fresh,
            refusal=refusals.get(row),
            warning=warnings.get(row),
        )
    return [outcome for outcome in outcomes if outcome is not None]


def _columns(
    ctx: Context, call: Call, bodies: Sequence[NewOrder], outcomes: list[Outcome | None]
) -> tuple[list[int], NewOrders]:
    """Return the rows that the action is asked about, and their columns; what cannot be named is refused here.

    A caller bound to a merchant names no other one, and is told of no other one's authorizations.
    """
    authorizations = named_all(call, ctx, Prefix.AUTHORIZATION, [body.authorization for body in bodies])
    merchants = named_all(call, ctx, Prefix.MERCHANT, [body.merchant for body in bodies if body.merchant])
    buyers = named_all(call, ctx, Prefix.BUYER, [body.buyer for body in bodies if body.buyer])
    own = own_merchant(call, ctx)
    unnamed = [authorizations[body.authorization] for body in bodies if body.merchant is None]
    owners = names.merchants_of(ctx.session, unnamed) if unnamed and own is None else {}
    places: list[int] = []
    of: list[str] = []
    for place, body in enumerate(bodies):
        merchant = merchants[body.merchant] if body.merchant else own or owners.get(authorizations[body.authorization])
        if merchant is None:
            sentence = f"there is no authorization {body.authorization}; record the authorization first"
            outcomes[place] = Outcome(refusal=refused(field="authorization", sentence=sentence))
        elif own is not None and merchant != own:
            sentence = f"there is no merchant {body.merchant} for this key; leave it out"
            outcomes[place] = Outcome(refusal=refused(field="merchant", sentence=sentence))
        else:
            places.append(place)
            of.append(merchant)
    chosen = [bodies[place] for place in places]
    return places, NewOrders(
        external_id=[body.external_id for body in chosen],
        instalment=[body.instalment for body in chosen],
        merchant=of,
        authorization=[authorizations[body.authorization] for body in chosen],
        amount_minor=[body.amount_minor for body in chosen],
        due_on=[body.due_on for body in chosen],
        goods=[body.goods for body in chosen],
        buyer=[buyers[body.buyer] if body.buyer else None for body in chosen],
        act_channel=[body.act_channel for body in chosen],
        act_at=[body.act_at for body in chosen],
        same_day=[body.same_day for body in chosen],
    )


def _refusal(intake: Intake, verdict: Verdict) -> Refusal:
    """Return why a row was refused: what stands under its name has other content, or the field at fault."""
    if verdict.row in intake.keys:
        existing = public_id(Prefix.ORDER, intake.keys[verdict.row])
        return SameKeyOtherContent(verdict.message, existing=existing)
    return refused(field=verdict.field, sentence=verdict.message)


def record_waiting(items: Sequence[Waiting]) -> list[Done]:
    """Record the orders of many calls in one transaction, each with its own answer kept under its own key.

    What a call is refused is its own: it never keeps another one back. A call that was answered before is answered
    alike, and one that names another request under its key gets that refusal.
    """
    first = items[0].call
    with first.desk.action() as ctx:
        done: dict[int, Done] = {}
        kept = kept_answers(ctx.session, [(item.call.caller.actor, item.call.key or "") for item in items])
        waiting: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            known = kept.get((item.call.caller.actor, item.call.key or ""))
            if known is None:
                waiting.setdefault(item.call.caller.actor, []).append(place)
            elif known.fingerprint == item.call.fingerprint(ctx):
                done[place] = Done(answer=known, new=False)
            else:
                done[place] = Done(refusal=OtherRequest())
        for actor, places in waiting.items():
            _record_for(replace(ctx, actor=actor), [items[place] for place in places], places, done)
        new = [
            AnsweredKey(
                caller=item.call.caller.actor,
                key=item.call.key or "",
                route=item.call.route,
                answer=each.answer,
                subject=each.subject,
            )
            for place, item in enumerate(items)
            if (each := done[place]).new and each.answer is not None
        ]
        keep_answers(ctx.session, new, at=ctx.now)
    return [done[place] for place in range(len(items))]


def _record_for(ctx: Context, items: Sequence[Waiting], places: Sequence[int], done: dict[int, Done]) -> None:
    outcomes = record_rows(ctx, items[0].call, [item.body for item in items])
    rows = orders.in_full(ctx.session, sorted({each.key for each in outcomes if each.key and not each.refusal}))
    for place, item, outcome in zip(places, items, outcomes, strict=True):
        if outcome.refusal is not None or outcome.key is None:
            answer = item.call.refusal_of(ctx, outcome.refusal or Unreadable("the order was not taken"))
        else:
            model = order_of(rows[outcome.key])
            answer = item.call.answer_of(ctx, Answer(model=model, status=201 if outcome.fresh else 200))
        done[place] = Done(answer=answer, new=True, subject=outcome.key)


def _read_lines(content: bytes) -> list[tuple[int, NewOrder | Unreadable]]:
    """Return each line that is not blank with its number; raises ``Unreadable`` for none or too many."""
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    if not 0 < len(lines) <= MOST_ROWS:
        fact = f"a batch has 1 to {MOST_ROWS} lines, this one has {len(lines)}"
        raise Unreadable(fact, "Send one order as JSON in each line")
    read = _ROW.validate_json
    rows: list[tuple[int, NewOrder | Unreadable]] = []
    for number, line in lines:
        try:
            rows.append((number, read(line)))
        except ValidationError as error:
            rows.append((number, _unreadable(error)))
    return rows


_ROW = TypeAdapter(NewOrder)


def _unreadable(error: ValidationError) -> Unreadable:
    faults = tuple(
        (pointer_of(("body", *each["loc"])), each["type"], each["msg"])
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return Unreadable("the line is no order", faults=faults)


def _result(line: int, body: NewOrder | Unreadable, outcome: Outcome | None) -> OrderResult:
    refusal = body if isinstance(body, Unreadable) else outcome and outcome.refusal
    named = body if isinstance(body, NewOrder) else None
    key = outcome.key if outcome else None
    status = "refused" if refusal else "created" if outcome and outcome.fresh else "existing"
    faults = refusal.faults if isinstance(refusal, Unreadable) else ()
    if isinstance(refusal, SameKeyOtherContent):
        faults = (("/external_id", "other_content", str(refusal)),)
    return OrderResult(
        line=line,
        status=status,
        id=public_id(Prefix.ORDER, key) if key else None,
        external_id=named.external_id if named else None,
        instalment=named.instalment if named else None,
        warning=outcome.warning if outcome else None,
        code=type(refusal).code() if refusal else None,
        errors=[Fault(pointer=pointer, code=code, message=message) for pointer, code, message in faults],
    )
