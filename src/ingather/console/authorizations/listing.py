"""Authorizations as a list: narrowed by what a person knows of them, page by page, the newest first."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.base.ids import Prefix, encode_key, parse_public_id, public_id
from ingather.base.money import format_minor
from ingather.console.case_words import kind_words
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.authorizations import AuthorizationKind, AuthorizationState, Channel
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import names
from ingather.store.reading.sought.authorizations import Found, Wanted, asked_about, authorizations_wanted
from ingather.store.reading.sought.orders import merchants

pages = Pages("Authorizations")
ROWS = 50
CSV_ROWS = 2_000
HEAD = (
    "authorization", "external_id", "merchant", "buyer", "last4", "kind", "channel", "state", "lacks", "least", "most",
    "every", "given_at", "legal_hold",
)  # fmt: skip
_NAMES = ("state", "merchant", "buyer", "account", "kind", "channel", "last4", "name", "held")
MARKS: dict[str, tuple[str, str]] = {
    AuthorizationState.DRAFT: ("att", "look"),
    AuthorizationState.ACTIVE: ("", "ok"),
    AuthorizationState.SUSPENDED: ("att", "look"),
    AuthorizationState.REVOKED: ("dan", "no"),
    AuthorizationState.EXPIRED: ("", "wait"),
    AuthorizationState.CONSUMED: ("", "full"),
    AuthorizationState.SUPERSEDED: ("", "wait"),
}
"""The colour and the mark of each state: amber waits for a person, red is where nothing may be debited."""


@pages.get("/authorizations", needs=Permission.AUTHORIZATIONS_READ)
def show(visit: Visit) -> Response:
    """Show a page of authorizations, and above it what is asked of us; an own name goes straight to its one."""
    refusal: Unreadable | None = None
    found = Found(rows=(), following=None)
    typed = _typed(visit)
    originator_id = visit.desk.originator_id()
    with visit.view() as ctx:
        if typed["name"] and (named := _named(ctx, typed["name"])) is not None:
            return visit.go(f"/authorizations/{named}")
        shops = merchants(ctx.session)
        asked = asked_about(ctx.session, originator_id)
        try:
            if typed["name"]:
                _refuse_unnamed(typed["name"])
            found = authorizations_wanted(ctx.session, _wanted(typed), after=visit.after(), limit=ROWS)
        except Unreadable as known:
            refusal = known
    asking = {name: value for name, value in typed.items() if value}
    further = "" if found.following is None else urlencode(asking | {"after": encode_key(found.following)})
    return visit.show(
        "authorizations/list.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        tab="all",
        typed=typed,
        narrowed=bool(asking),
        rows=found.rows,
        following=further,
        looked_to=found.looked_to,
        first=not visit.asked.get("after"),
        merchants=[(public_id(Prefix.MERCHANT, key), name) for key, _, name in shops],
        states=list(AuthorizationState),
        kinds=list(AuthorizationKind),
        channels=list(Channel),
        marks=MARKS,
        asked=[each | {"words": kind_words(visit, each["kind"])} for each in asked],
        csv=f"/authorizations.csv?{visit.request.url.query}",
    )


@pages.get("/authorizations.csv", needs=Permission.AUTHORIZATIONS_READ)
def download(visit: Visit) -> Response:
    """Answer with the same authorizations as CSV, as many as one sheet has, from where the page begins."""
    with visit.view() as ctx:
        rows = _all(ctx, _wanted(_typed(visit)), visit.after())
    return visit.csv("authorizations", HEAD, [_cells(row) for row in rows])


def _all(ctx: Context, wanted: Wanted, after: int | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while len(rows) < CSV_ROWS:
        found = authorizations_wanted(ctx.session, wanted, after=after, limit=min(CSV_ROWS - len(rows), 500))
        rows += found.rows
        after = found.following
        if after is None or found.looked_to is not None:
            break
    return rows


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    least, most = (
        "" if minor is None else format_minor(minor).replace(",", "")
        for minor in (row["min_amount_minor"], row["max_amount_minor"])
    )
    return (
        row["id"], row["external_id"], row["merchant_name"], row["buyer_name"], row["last4"], row["kind"],
        row["channel"], row["state"], " ".join(row["lacks"]), least,
        most, row["every"] or "", row["given_at"].isoformat(),
        row["legal_hold"],
    )  # fmt: skip


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.asked.get(name, "").strip() for name in _NAMES}


def _wanted(typed: dict[str, str]) -> Wanted:
    for value, known, noun in (
        (typed["state"], set(AuthorizationState), "state"), (typed["kind"], set(AuthorizationKind), "kind"),
        (typed["channel"], set(Channel), "channel"),
    ):  # fmt: skip
        if value and value not in known:
            fact = f"{value[:40]} is no {noun} of an authorization"
            raise Unreadable(fact, f"Choose one of {', '.join(sorted(known))}")
    return Wanted(
        state=AuthorizationState(typed["state"]) if typed["state"] else None,
        merchant_id=_key(Prefix.MERCHANT, typed["merchant"]),
        buyer_id=_key(Prefix.BUYER, typed["buyer"]),
        account_id=_key(Prefix.ACCOUNT, typed["account"]),
        last4=typed["last4"] or None,
        kind=typed["kind"] or None,
        channel=typed["channel"] or None,
        legal_hold=bool(typed["held"]),
    )


def _key(prefix: Prefix, text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_public_id(prefix, text)
    except ValueError:
        fact = f"{text[:40]} names no {prefix.name.lower()}"
        raise Unreadable(fact, "Look for it under Find") from None


def _named(ctx: Context, text: str) -> str | None:
    """Return the id of the authorization that a text names: its id or its own name."""
    key = names.key_of(ctx.session, Prefix.AUTHORIZATION, text)
    if key is None:
        key = names.key_among(Prefix.AUTHORIZATION, text)
        key = key if names.name_of(ctx.session, Prefix.AUTHORIZATION, key) else None
    return None if key is None else public_id(Prefix.AUTHORIZATION, key)


def _refuse_unnamed(text: str) -> None:
    fact = f"no authorization is named {text[:60]}"
    raise Unreadable(fact, "Look for part of a name under Find")
