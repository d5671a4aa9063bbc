"""What banks ask of us and we of them: proofs of authorization, written statements, returns; each with its days."""

from typing import Any

from starlette.responses import Response

from ingather.actions.corrections.refusing import take_refusal_back
from ingather.actions.odfi_requests import answer_request, withdraw_request
from ingather.base.ids import Prefix, encode_key
from ingather.console.authorizations.deciding import day_of
from ingather.console.case_words import kind_words
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch, Refusal, Unreadable, WrongState
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.domain.users import Permission
from ingather.rules.asking import basis_of
from ingather.store.reading import requests
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.reading.sought.authorizations import asked_about

pages = Pages("Authorizations")
ROWS = 50
HEAD = (
    "request", "kind", "code", "about", "order", "external_id", "reason", "state", "asked_on", "by", "due_on",
    "document", "sent_at", "answered_on", "outcome",
)  # fmt: skip
_PREFIXES = {"ret": "/returns/", "cor": "/changes/"}


@pages.get("/authorizations/requests", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show what is asked of us, and what our bank was asked to do."""
    return _page(visit)


@pages.get("/authorizations/requests.csv", needs=Permission.RETURNS_READ)
def download(visit: Visit) -> Response:
    """Answer with what our bank was asked to do as CSV."""
    with visit.view() as ctx:
        rows, _ = page_of(ctx.session, requests.listing(visit.today), Wanted(limit=2_000, filters=_filters(visit)))
    return visit.csv("requests", HEAD, [[row[_FIELDS.get(name, name)] or "" for name in HEAD] for row in rows])


_FIELDS = {"request": "id"}


@pages.post("/authorizations/requests/{request_id}/answer", needs=Permission.RETURNS_WRITE)
def answer(visit: Visit) -> Response:
    """Record what came of a request."""
    key = visit.key_of(Prefix.REQUEST, visit.path["request_id"])
    outcome = " ".join(visit.form.get("outcome", "").split())[:500]
    try:
        if not outcome:
            fact = "what the bank said is missing"
            raise Unreadable(fact, "Write it in a sentence; it is kept")
        on = day_of(visit)
        visit.desk.decide(lambda ctx: answer_request(ctx, key, on=on, outcome=outcome))
    except Refusal as refusal:
        return _page(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/authorizations/requests")


@pages.post("/authorizations/requests/{request_id}/withdraw", needs=Permission.RETURNS_WRITE)
def withdraw(visit: Visit) -> Response:
    """Take a request back that has not gone out."""
    key = visit.key_of(Prefix.REQUEST, visit.path["request_id"])
    try:
        reason = reason_of(visit)
        with visit.view() as ctx:
            kind = (requests.shown(ctx.session, key, today=visit.today) or {}).get("kind")
        if kind is None:
            fact = f"there is no request {visit.path['request_id'][:40]}"
            raise NoSuch(fact)
        if kind == OdfiRequestKind.DISHONOUR:
            fact = "this request belongs to the dispute of a return"
            raise WrongState(fact, "Let the return stand instead, on its own page")
        taken = take_refusal_back if kind == OdfiRequestKind.REFUSE_CHANGE else withdraw_request
        visit.desk.decide(lambda ctx: taken(ctx, key, reason=reason))
    except Refusal as refusal:
        return _page(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/authorizations/requests")


def _filters(visit: Visit) -> dict[str, Any]:
    state, kind = visit.asked.get("state", ""), visit.asked.get("kind", "")
    return {
        "state": [state] if state in set(RequestState) else None,
        "kind": [kind] if kind in set(OdfiRequestKind) else None,
    }


def _page(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    after = visit.after()
    originator_id = visit.desk.originator_id()
    with visit.view() as ctx:
        asked = asked_about(ctx.session, originator_id)
        wanted = Wanted(limit=ROWS, after=after, filters=_filters(visit))
        rows, following = page_of(ctx.session, requests.listing(visit.today), wanted)
    return visit.show(
        "authorizations/requests.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        tab="requests",
        asked=[each | {"words": kind_words(visit, each["kind"])} for each in asked],
        rows=[row | {"address": _PREFIXES.get(row["about"][:3], ""), "rule": _rule(visit, row)} for row in rows],
        following=encode_key(following) if following is not None else "",
        states=list(RequestState),
        chosen=visit.asked.get("state", ""),
        tried=visit.path.get("request_id", ""),
        typed=dict(visit.form),
    )


def _rule(visit: Visit, row: dict[str, Any]) -> str:
    basis = basis_of(OdfiRequestKind(row["kind"]), visit.today)
    return basis.says if basis is not None else ""
