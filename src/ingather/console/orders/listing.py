"""Orders as a list: narrowed by what a person knows of them, page by page, the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.base.ids import Prefix, encode_key, parse_public_id, public_id
from ingather.base.money import format_minor, parse_minor
from ingather.console.orders.standing import MARKS, short_reason
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.merchants import Party
from ingather.domain.orders import OrderState
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.rules.reasons import REASONS
from ingather.store.reading import authorizations, parties
from ingather.store.reading.sought.orders import Found, Wanted, file_name, merchants, orders_wanted

pages = Pages("Orders")
ROWS = 50
CSV_ROWS = 2_000
"""How many orders one CSV has at most; the list says where it goes on."""
_NAMES = (
    "state",
    "reason",
    "code",
    "merchant",
    "buyer",
    "authorization",
    "file",
    "from",
    "to",
    "least",
    "most",
    "only",
)
_ABOUT = (("buyer", Prefix.BUYER), ("authorization", Prefix.AUTHORIZATION), ("file", Prefix.FILE))
HEAD = (
    "order", "external_id", "instalment", "merchant", "buyer", "last4", "amount", "currency", "due_on", "state",
    "reason", "held", "suspected", "last_code", "recorded_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What was asked for: as it was typed, and as the book is asked."""

    typed: dict[str, str]
    wanted: Wanted
    about: tuple[tuple[str, str], ...] = ()


@pages.get("/orders", needs=Permission.ORDERS_READ)
def show(visit: Visit) -> Response:
    """Show a page of orders."""
    refusal: Unreadable | None = None
    narrowed, found = Narrowed(typed=_typed(visit), wanted=Wanted()), Found(rows=(), following=None)
    with visit.view() as ctx:
        names = merchants(ctx.session)
        try:
            narrowed = narrowed_by(visit, ctx)
            found = orders_wanted(ctx.session, narrowed.wanted, after=visit.after(), limit=ROWS)
        except Unreadable as known:
            refusal = known
    return visit.show(
        "orders/list.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        typed=narrowed.typed,
        about=narrowed.about,
        narrowed=any(narrowed.typed.values()),
        rows=[row | {"why": short_reason(visit, row)} for row in found.rows],
        following=_address(visit, found),
        looked_to=found.looked_to,
        first=not visit.asked.get("after"),
        merchants=[(public_id(Prefix.MERCHANT, key), name) for key, _, name in names],
        states=list(OrderState),
        reasons=[(each.id, each.sentence) for each in REASONS if each.id not in {"debitable", "state-closed"}],
        marks=MARKS,
        csv=_csv_address(visit),
        newest=f"/orders?{urlencode(filled)}"
        if (filled := {n: v for n, v in narrowed.typed.items() if v})
        else "/orders",
    )


@pages.get("/orders.csv", needs=Permission.ORDERS_READ)
def download(visit: Visit) -> Response:
    """Answer with the same orders as CSV, as many as one sheet has, from where the page begins."""
    with visit.view() as ctx:
        wanted = narrowed_by(visit, ctx).wanted
        rows = list(_all(ctx, wanted, visit.after()))
    return visit.csv("orders", HEAD, [_cells(row) for row in rows])


def _all(ctx: Context, wanted: Wanted, after: int | None) -> Iterator[dict[str, Any]]:
    left = CSV_ROWS
    while left > 0:
        found = orders_wanted(ctx.session, wanted, after=after, limit=min(left, 500))
        yield from found.rows
        left -= len(found.rows)
        after = found.following
        if after is None or found.looked_to is not None:
            return


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    return (
        row["id"], row["external_id"], row["instalment"], row["merchant"], row["buyer"], row["last4"],
        format_minor(row["amount_minor"]).replace(",", ""), "USD", row["due_on"].isoformat(), row["state"],
        row["reason"] or "", row["held"], row["suspected"], row["last_code"] or "", row["created_at"].isoformat(),
    )  # fmt: skip


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.asked.get(name, "").strip() for name in _NAMES}


def narrowed_by(visit: Visit, ctx: Context) -> Narrowed:
    """Return what a visit asks the list for; raises ``Unreadable`` for what cannot be read."""
    typed = _typed(visit)
    states = set(OrderState)
    if typed["state"] and typed["state"] not in states:
        fact = f"{typed['state']} is no state of an order"
        raise Unreadable(fact, f"Choose one of {', '.join(OrderState)}")
    keys = {
        name: _key(prefix, typed[name]) if typed[name] else None
        for name, prefix in (("merchant", Prefix.MERCHANT), *_ABOUT)
    }
    wanted = Wanted(
        state=OrderState(typed["state"]) if typed["state"] else None,
        reason=typed["reason"] or None,
        code=typed["code"].upper() or None,
        merchant_id=keys["merchant"],
        buyer_id=keys["buyer"],
        authorization_id=keys["authorization"],
        file_id=keys["file"],
        due_from=_day(typed["from"]),
        due_to=_day(typed["to"]),
        amount_from=_minor(typed["least"]),
        amount_to=_minor(typed["most"]),
        held=typed["only"] == "held",
        suspected=typed["only"] == "suspected",
    )
    about = [
        (f"of the {name}", _name_of(ctx, prefix, keys[name] or 0) or typed[name])
        for name, prefix in _ABOUT
        if keys[name]
    ]
    return Narrowed(typed=typed, wanted=wanted, about=tuple(about))


def _name_of(ctx: Context, prefix: Prefix, key: int) -> str | None:
    if prefix is Prefix.FILE:
        return file_name(ctx.session, key)
    if prefix is Prefix.AUTHORIZATION:
        found = authorizations.in_full(ctx.session, [key]).get(key)
        return found["external_id"] if found else None
    party = parties.in_full(ctx.session, Party.BUYER, [key]).get(key)
    return f"{party['name']} ({party['external_id']})" if party else None


def _key(prefix: Prefix, text: str) -> int:
    try:
        return parse_public_id(prefix, text)
    except ValueError:
        fact = f"{text[:40]} names no {prefix.name.lower()}"
        raise Unreadable(fact, "Choose one from the list, or look for it under Find") from None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fact = f"{text[:40]} is no day"
        raise Unreadable(fact, "Write days as 2026-11-25") from None


def _minor(text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_minor(text.replace(",", "").removeprefix("$"))
    except ValueError:
        fact = f"{text[:40]} is no amount"
        raise Unreadable(fact, "Write amounts as 84.15") from None


def _address(visit: Visit, found: Found) -> str:
    if found.following is None:
        return ""
    asked = {name: value for name, value in _typed(visit).items() if value}
    return str(visit.request.url.include_query_params(**asked, after=encode_key(found.following)).query)


def _csv_address(visit: Visit) -> str:
    query = visit.request.url.query
    return f"/orders.csv?{query}" if query else "/orders.csv"
