"""Find: one field for anything that people have, and what of the book it names.

A text is read in every way it can be (``console/readings.py``). Where it names exactly one thing whole, that thing is
shown at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.console.orders.standing import MARKS, short_reason
from ingather.console.pages import Pages
from ingather.console.readings import Kind, Reading, readings_of
from ingather.console.visits import Visit
from ingather.domain.users import Permission
from ingather.store.reading.sought import anything
from ingather.store.reading.sought.rows import shown as shown_of

pages = Pages("Orders")

_ADDRESSES: Mapping[Prefix, str] = {
    Prefix.ORDER: "/orders/{id}",
    Prefix.AUTHORIZATION: "/authorizations/{id}",
    Prefix.FILE: "/files/{id}",
    Prefix.RETURN: "/returns/{id}",
    Prefix.CASE: "/cases/{id}",
    Prefix.CORRECTION: "/changes/{id}",
    Prefix.SETTLEMENT: "/settlements/{id}",
    Prefix.ACCOUNT: "/accounts/{id}",
    Prefix.BUYER: "/orders?buyer={id}",
    Prefix.MERCHANT: "/orders?merchant={id}",
}
_NEEDS: Mapping[Prefix, Permission] = {
    Prefix.ORDER: Permission.ORDERS_READ,
    Prefix.BUYER: Permission.ORDERS_READ,
    Prefix.MERCHANT: Permission.ORDERS_READ,
    Prefix.AUTHORIZATION: Permission.AUTHORIZATIONS_READ,
    Prefix.ACCOUNT: Permission.PARTIES_READ,
    Prefix.FILE: Permission.FILES_READ,
    Prefix.REPORT: Permission.REPORTS_READ,
    Prefix.RETURN: Permission.RETURNS_READ,
}
_ORDER = (
    Prefix.ORDER, Prefix.BUYER, Prefix.MERCHANT, Prefix.AUTHORIZATION, Prefix.ACCOUNT, Prefix.RETURN, Prefix.FILE,
    Prefix.REPORT,
)  # fmt: skip
_FEWEST = 2


@dataclass(slots=True, kw_only=True)  # mutable -- readings add to it
class Group:
    """What was found of one kind: its keys in order, how, and whether there is more."""

    kind: Prefix
    keys: list[int] = field(default_factory=list)
    how: list[Markup] = field(default_factory=list)
    newest_only: bool = False
    more: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, hits: anything.Hits, how: Markup) -> None:
        """Add what one reading found."""
        fresh = [key for key in hits.keys if key not in self.keys]
        self.keys += fresh
        if hits.keys and how not in self.how:
            self.how.append(how)
        self.newest_only |= hits.newest_only
        self.more |= hits.more


@pages.get("/find", needs=Permission.ORDERS_READ)
def find(visit: Visit) -> Response:
    """Show what a text of a link names, or go straight to the one thing that it names whole."""
    return _find(visit, visit.asked.get("q", ""))


@pages.post("/find", needs=Permission.ORDERS_READ)
def find_typed(visit: Visit) -> Response:
    """Find what somebody typed, which never stands in an address: it may be more than they should have typed."""
    return _find(visit, visit.form.get("q", ""))


def _find(visit: Visit, text: str) -> Response:
    readings = readings_of(text, today=visit.today)
    groups: dict[Prefix, Group] = {}
    exact: set[tuple[Prefix, int]] = set()
    with visit.view() as ctx:
        for reading in readings:
            address = _straight(ctx, reading)
            if address is not None:
                return visit.go(address)
            for kind, hits in _asked(visit, ctx, reading):
                groups.setdefault(kind, Group(kind=kind)).add(hits, _how(visit, reading))
                if hits.exact:
                    exact.add((kind, hits.keys[0]))
        if len(exact) == 1 and (kind_of := next(iter(exact)))[0] in _ADDRESSES:
            return visit.go(_ADDRESSES[kind_of[0]].format(id=public_id(*kind_of)))
        shown = [groups[kind] for kind in _ORDER if kind in groups and groups[kind].keys]
        for group in shown:
            group.rows = shown_of(ctx.session, group.kind, group.keys[: anything.MOST])
            if group.kind is Prefix.ORDER:
                group.rows = [row | {"why": short_reason(visit, row)} for row in group.rows]
    return visit.show(
        "orders/find.html",
        text=text,
        could=list(dict.fromkeys(_how(visit, each) for each in readings)),
        groups=shown,
        newest_only=any(group.newest_only for group in groups.values()),
        addresses={str(kind): address.partition("{")[0] for kind, address in _ADDRESSES.items()},
        marks=MARKS,
    )


def _straight(ctx: Context, reading: Reading) -> str | None:
    """Return the address of what an id or a reference names, None for another reading or what is not there."""
    if reading.kind not in {Kind.ID, Kind.REFERENCE} or reading.prefix is None:
        return None
    if reading.prefix is Prefix.ENTRY:
        place = anything.entry_place(ctx.session, reading.key)
        return None if place is None else f"/files/{public_id(Prefix.FILE, place[0])}?line={place[1]}#L{place[1]}"
    if reading.prefix not in _ADDRESSES:
        return None
    known = reading.prefix in {Prefix.CORRECTION, Prefix.SETTLEMENT}
    if not known and not anything.exists(ctx.session, reading.prefix, reading.key):
        return None
    return _ADDRESSES[reading.prefix].format(id=public_id(reading.prefix, reading.key))


def _asked(visit: Visit, ctx: Context, reading: Reading) -> Iterator[tuple[Prefix, anything.Hits]]:
    for kind, hits in _found(ctx, reading):
        if visit.may(_NEEDS[kind]):
            yield kind, hits


def _found(ctx: Context, reading: Reading) -> Iterator[tuple[Prefix, anything.Hits]]:
    match reading.kind:
        case Kind.TRACE:
            yield Prefix.ORDER, anything.orders_of_trace(ctx.session, reading.number)
            yield Prefix.RETURN, anything.returns_of_trace(ctx.session, reading.number)
        case Kind.AMOUNT:
            yield Prefix.ORDER, anything.orders_of_amount(ctx.session, reading.number)
            yield Prefix.RETURN, anything.returns_of_amount(ctx.session, reading.number)
            yield Prefix.FILE, anything.files_of_amount(ctx.session, reading.number)
        case Kind.LAST_FOUR:
            yield Prefix.ORDER, anything.orders_of_last_four(ctx.session, reading.text)
        case Kind.DAY if reading.day is not None:
            yield Prefix.FILE, anything.files_of_day(ctx.session, reading.day)
            yield Prefix.ORDER, anything.orders_due_on(ctx.session, reading.day)
        case Kind.HASH:
            files, reports = anything.of_hash(ctx.session, reading.text)
            yield Prefix.FILE, files
            yield Prefix.REPORT, reports
        case Kind.NAME if len(reading.text) >= _FEWEST:
            yield Prefix.ORDER, anything.orders_named(ctx.session, reading.text)
            yield Prefix.BUYER, anything.buyers_named(ctx.session, reading.text)
            yield Prefix.MERCHANT, anything.merchants_named(ctx.session, reading.text)
            yield Prefix.AUTHORIZATION, anything.authorizations_named(ctx.session, reading.text)
            yield Prefix.ACCOUNT, anything.accounts_named(ctx.session, reading.text)
            yield Prefix.FILE, anything.files_named(ctx.session, reading.text)
            yield Prefix.REPORT, anything.reports_named(ctx.session, reading.text)
        case _:
            return


_HOW: Mapping[Kind, str] = {
    Kind.ID: "an id of this book",
    Kind.REFERENCE: "our reference, columns 40 to 54 of an entry",
    Kind.TRACE: "a trace number",
    Kind.LAST_FOUR: "the last four of an account",
    Kind.HASH: "the beginning of a SHA-256",
    Kind.NAME: "a name",
}


def _how(visit: Visit, reading: Reading) -> Markup:
    if reading.kind is Kind.AMOUNT:
        return visit.say("an amount of {amount}", amount=visit.figures.plain_money(reading.number))
    if reading.kind is Kind.DAY:
        return visit.say("the day {day}", day=visit.figures.day(reading.day))
    return visit.say(_HOW[reading.kind])
