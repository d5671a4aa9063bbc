"""Matches over HTTP: what explains a return or a posting, and undoing a return's match, by two where money moved."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.matches.undoing import Unmatched, approve_undo, refuse_undo, undo_return_match
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import MatchId, Reasoned, Shown, id_field
from ingather.base.ids import Prefix, public_id
from ingather.domain.reconciliation import MatchKind
from ingather.domain.users import Permission
from ingather.store.reading import matches

routes = Routes("matches")


class Match(Shown):
    """What explains a return or a posting, by which rule and how surely."""

    id: Annotated[str, id_field("mat", "the match")]
    kind: str = Field(description=f"One of {', '.join(MatchKind)}; more may be added.")
    subject: str = Field(description="The return or posting that is explained.")
    target: str = Field(description="What explains it; empty where a person did in words.")
    batch: str | None
    amount_minor: int = Field(description="How much of it is explained, with its sign.")
    currency: str = "USD"
    rule: str
    score: int = Field(description="0 to 100: how sure it is.")
    by: str
    on: date
    undone_at: datetime | None
    undone_by: str | None
    undone_because: str | None
    undo_asked_by: str | None = Field(description="Who asked to undo it; another person does.")


class MatchInFull(Match):
    """A match with what shows it."""

    order: str | None
    sentence: str
    evidence: dict[str, Any] = Field(description="What agreed, and what differed.")


class MatchesQuery(PageQuery):
    """Which matches."""

    kind: list[MatchKind] | None = None
    rule: Annotated[str | None, Field(max_length=60, pattern="^[a-z0-9+-]+$", examples=["by-hand"])] = None
    return_id: Annotated[str | None, Field(max_length=40, description="Of this return, ret_...")] = None
    order_id: Annotated[str | None, Field(max_length=40, description="Of this order's debits, ord_...")] = None
    undone: bool | None = None
    asked: Annotated[bool | None, Field(description="Those that somebody asked to undo and nobody did yet.")] = None
    matched_on_gte: Annotated[date | None, Field(alias="matched_on[gte]")] = None
    matched_on_lte: Annotated[date | None, Field(alias="matched_on[lte]")] = None


class Undone(Shown):
    """What became of a match that was to be undone."""

    match: MatchInFull
    undone: bool = Field(description="Whether it is; a match whose money a merchant was told of waits for another.")
    returned: str | None = Field(description="The return that has the money in suspense now.")
    next_actions: list[str] = Field(description="What may be called next.")


@routes.get("/matches", needs=Permission.RETURNS_READ, returns=Page[Match], bound=False)
def list_matches(call: Call, query: Annotated[MatchesQuery, Query()]) -> Response:
    """List matches of returns and postings."""
    also: dict[str, Any] = {}
    with call.view() as ctx:
        if query.return_id:
            also["return_id"] = call.key_of(ctx, Prefix.RETURN, query.return_id)
        if query.order_id:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    rows, meta = read_page(call, matches.LISTING, query, also=also)
    return call.show(Page[Match](data=[Match(**row) for row in rows], meta=meta))


@routes.get("/matches/{match_id}", needs=Permission.RETURNS_READ, returns=MatchInFull, bound=False)
def show_a_match(call: Call, match_id: MatchId) -> Response:
    """Return a match with its rule, its score, what agreed and what differed."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.MATCH, match_id)))


@routes.post("/matches/{match_id}/undo", needs=Permission.RETURNS_WRITE, returns=Undone)
def undo_a_match(call: Call, match_id: MatchId, body: Reasoned) -> Response:
    """Undo the match of a return; where a merchant was told of it already, ask another person to."""

    def do(ctx: Context) -> Undone:
        key = call.key_of(ctx, Prefix.MATCH, match_id)
        return _undone(ctx, key, undo_return_match(ctx, key, reason=body.reason))

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.MATCH, match_id)))


@routes.post("/matches/{match_id}/approve", needs=Permission.RETURNS_APPROVE, returns=Undone)
def approve_undoing_a_match(call: Call, match_id: MatchId) -> Response:
    """Undo a match as another person asked."""

    def do(ctx: Context) -> Undone:
        key = call.key_of(ctx, Prefix.MATCH, match_id)
        return _undone(ctx, key, approve_undo(ctx, key))

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.MATCH, match_id)))


@routes.post("/matches/{match_id}/refuse", needs=Permission.RETURNS_APPROVE, returns=MatchInFull)
def refuse_undoing_a_match(call: Call, match_id: MatchId, body: Reasoned) -> Response:
    """Let a match stand that somebody asked to undo."""

    def do(ctx: Context) -> MatchInFull:
        key = call.key_of(ctx, Prefix.MATCH, match_id)
        refuse_undo(ctx, key, reason=body.reason)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.MATCH, match_id)))


def _undone(ctx: Context, key: int, came: Unmatched) -> Undone:
    back = public_id(Prefix.RETURN, came.return_id) if came.return_id is not None else None
    return Undone(
        match=_shown(ctx, key),
        undone=back is not None,
        returned=back,
        next_actions=["match_by_hand", "dishonour", "write_off"] if back else ["approve", "refuse"],
    )


def _shown(ctx: Context, key: int) -> MatchInFull:
    ctx.session.flush()
    ctx.session.expire_all()
    return MatchInFull(**found(matches.shown(ctx.session, key), Prefix.MATCH, key))
