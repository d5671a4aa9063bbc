"""One order: where it stands and why, everything that happened to it, what is to come, and what its merchant sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.console.case_words import kind_words, without_commands
from ingather.console.orders.coming import Next, coming_of, next_of
from ingather.console.orders.standing import MARKS, meaning_of, why_of
from ingather.console.orders.telling import Life as ToldLife
from ingather.console.orders.telling import told
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.cases import CaseState
from ingather.domain.orders import FINAL, WITH_THE_BANK, OrderState
from ingather.domain.refusals import NoSuch, Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import authorizations, follow_ups, orders
from ingather.store.reading.next_steps import deadlines_of
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.reading.past import orders as past
from ingather.store.reading.past.known import refuse_ahead
from ingather.store.reading.sought.orders import rows_of, statement_lines
from ingather.store.reading.timeline import Life, life_of, moments_of

pages = Pages("Orders")
_MOST_FOLLOW_UPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An order as it was read: its row, who it is about, its entries and returns, its life, and what is to come."""

    key: int
    row: Mapping[str, Any]
    about: Mapping[str, Any]
    entries: list[dict[str, Any]]
    returns: list[dict[str, Any]]
    life: Life
    told: ToldLife
    known_at: datetime | None = None


@pages.get("/orders/{order_id}", needs=Permission.ORDERS_READ)
def show(visit: Visit) -> Response:
    """Show an order as it stands, or as it was known at an instant."""
    return order_page(visit)


@pages.get("/orders/{order_id}/merchant", needs=Permission.ORDERS_READ)
def show_as_merchant(visit: Visit) -> Response:
    """Show what the order's merchant sees of it: the same order, without what belongs to all merchants at once."""
    with visit.view() as ctx:
        seen = _seen(visit, ctx, bound=True)
        return visit.show(
            "orders/merchant.html", tab="merchant", **_common(visit, seen), told=seen.told,
            deadlines=coming_of(visit, deadlines_of(ctx.session, seen.life)), steps=_steps(visit, seen),
        )  # fmt: skip


@pages.get("/orders/{order_id}/timeline.csv", needs=Permission.ORDERS_READ)
def download(visit: Visit) -> Response:
    """Answer with everything that happened to an order as CSV."""
    with visit.view() as ctx:
        seen = _seen(visit, ctx)
        moments = moments_of(ctx.session, seen.life)
    rows = [(each.at.isoformat(), each.kind, each.sentence, each.actor or "") for each in moments]
    return visit.csv(f"order-{seen.row['external_id']}", ("at", "kind", "what", "actor"), rows)


def order_page(visit: Visit, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    """Return the page of an order; with a refusal the form that was ``tried`` stands open with what was typed."""
    with visit.view() as ctx:
        at = None
        try:
            at = _instant(visit)
            refuse_ahead(at, now=ctx.now) if at is not None else None
        except Unreadable as unread:
            at, refusal = None, refusal or unread
        seen = _seen(visit, ctx, at=at)
        wanted = Wanted(limit=_MOST_FOLLOW_UPS, filters={"order_id": seen.key})
        following, _ = page_of(ctx.session, follow_ups.LISTING, wanted)
        row = authorizations.in_full(ctx.session, [seen.life.order.authorization_id])
        return visit.show(
            "orders/order.html",
            status=refusal.status if refusal else 200,
            tab="all",
            refusal=refusal,
            tried=tried,
            typed=dict(visit.form) if tried else {},
            **_common(visit, seen),
            told=seen.told,
            deadlines=[] if at else coming_of(visit, deadlines_of(ctx.session, seen.life)),
            steps=[] if at else _steps(visit, seen),
            authorization=row[seen.life.order.authorization_id],
            cases=[] if at else _cases(visit, seen),
            lines=[] if at else statement_lines(ctx.session, [entry.id for entry, _, _ in seen.life.entries]),
            follow_ups=[] if at else following,
            acts=acts_of(seen) if at is None else frozenset(),
            asked_at=visit.asked.get("known_at", ""),
        )  # fmt: skip


def _cases(visit: Visit, seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "id": public_id(Prefix.CASE, case.id),
            "kind": kind_words(visit, case.kind),
            "open": case.state == CaseState.OPEN,
            "due_on": case.due_on,
            "outcome": case.outcome,
            "sentence": without_commands(case.sentence),
        }
        for case in seen.life.cases
    ]


def _common(visit: Visit, seen: Seen) -> dict[str, Any]:
    row = seen.row
    last = row["last_code"]
    return {
        "order": row,
        "about": seen.about,
        "reference": encode_key(seen.key),
        "entries": seen.entries,
        "returns": [
            each | {"meaning": meaning_of(visit, each["code"], each["returned_on"] or visit.today)}
            for each in seen.returns
        ],
        "last_meaning": meaning_of(visit, last, visit.today) if last else "",
        "why": why_of(visit, dict(row)),
        "left": row["amount_minor"] - row["refunded_minor"],
        "known_at": seen.known_at,
        "marks": MARKS,
    }


def acts_of(seen: Seen) -> frozenset[str]:
    """Return what can be done with an order as it stands; whether somebody may is the page's question."""
    row, state = seen.row, OrderState(seen.row["state"])
    found = {
        "release": row["held"],
        "hold": not row["held"] and state not in FINAL | {OrderState.COLLECTED, OrderState.REVERSED},
        "cancel": state is OrderState.OPEN,
        "confirm": row["suspected"] and state is OrderState.OPEN,
        "paid": state in {OrderState.OPEN, OrderState.RETURNED},
        "fail": state is OrderState.RETURNED,
        "refund": state is OrderState.COLLECTED and row["amount_minor"] > row["refunded_minor"],
        "request-return": state in WITH_THE_BANK,
    }
    return frozenset(name for name, offered in found.items() if offered)


def _seen(visit: Visit, ctx: Context, *, at: datetime | None = None, bound: bool = False) -> Seen:
    text = visit.path["order_id"]
    key = visit.key_of(Prefix.ORDER, text)
    life = life_of(ctx.session, key)
    found = past.in_full(ctx.session, [key], at) if at is not None else orders.in_full(ctx.session, [key])
    if life is None or key not in found:
        fact = f"there is no order {text[:40]}" if life is None else "the order was not recorded by then"
        raise NoSuch(fact, "Look for it under Find")
    moments = moments_of(ctx.session, life, bound=bound)
    if at is not None:
        moments = [each for each in moments if each.at <= at]
    return Seen(
        key=key,
        row=found[key],
        about=rows_of(ctx.session, [key])[0],
        entries=(past.entries_of(ctx.session, [key], at) if at is not None else orders.entries_of(ctx.session, [key]))[
            key
        ],
        returns=past.returns_of(ctx.session, [key], at)[key] if at is not None else _returns(ctx, key),
        life=life,
        told=told(visit, moments, bound=bound),
        known_at=at,
    )


def _steps(visit: Visit, seen: Seen) -> list[Next]:
    """Return what is next, unless the page says it already: why an open order waits."""
    said = seen.row["state"] == OrderState.OPEN and why_of(visit, dict(seen.row)) is not None
    return [] if said else [next_of(visit, seen.life)]


def _returns(ctx: Context, key: int) -> list[dict[str, Any]]:
    return [
        {
            "id": public_id(Prefix.RETURN, row.id),
            "code": row.code,
            "returned_on": row.returned_on,
            "late": row.late,
            "applied": row.applied,
        }
        for row in orders.returns_of(ctx.session, [key])[key]
    ]


def _instant(visit: Visit) -> datetime | None:
    """Return the instant that was asked for, New York time; the end of a day where only a day is named."""
    text = visit.asked.get("known_at", "").strip()
    if not text:
        return None
    try:
        if len(text) == len("2026-11-25"):
            return datetime.combine(date.fromisoformat(text), datetime.max.time(), tzinfo=NEW_YORK)
        read = datetime.fromisoformat(text)
    except ValueError:
        fact = f"{text[:40]} is no instant"
        raise Unreadable(fact, "Write it as 2026-11-25 or 2026-11-25T18:00") from None
    return read if read.tzinfo is not None else read.replace(tzinfo=NEW_YORK)
