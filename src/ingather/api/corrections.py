"""Notifications of change over HTTP: the old value and the new one, masked, until when, and what a person decides."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.corrections import showing
from ingather.actions.corrections.applying import apply_change, leave_change
from ingather.actions.corrections.refusing import refuse_change
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import CorrectionId, Reasoned, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.corrections import CorrectionState
from ingather.domain.users import Permission
from ingather.store.reading import corrections
from ingather.store.reading.pages import Listing

routes = Routes("corrections")


class Correction(Shown):
    """A notification of change: what a buyer's bank asks us to correct."""

    id: Annotated[str, id_field("cor", "the notification")]
    code: str = Field(description="The raw change code, such as C01.", examples=["C01"])
    title: str
    state: str = Field(description=f"One of {', '.join(CorrectionState)}; more may be added.")
    does: str = Field(description="What follows from the code.")
    account: str | None
    external_id: str | None = Field(description="The account by its own name.")
    order: str | None
    trace: str = Field(description="The trace of the entry it is about.")
    old: dict[str, str] = Field(description="What the account was; an account number by its end.")
    new: dict[str, str] = Field(description="What it is to be; an account number by its end.")
    problem: str | None = Field(description="Why what it says cannot be read.")
    received_on: date
    due_on: date | None = Field(description="The last day to apply it.")
    days_left: int | None = Field(description="In banking days; negative when the last day has passed.")
    refuse_by: date | None = Field(description="The last day on which the bank can refuse it.")
    ended_at: datetime | None
    ended_by: str | None
    refused_as: str | None
    request: str | None
    request_state: str | None
    next_actions: list[str] = Field(description="What may be called next.")


class CorrectionsQuery(PageQuery):
    """Which notifications."""

    state: list[CorrectionState] | None = None
    waiting: Annotated[bool | None, Field(description="Those that wait for a person, or the others.")] = None
    code: list[Annotated[str, Field(pattern="^C[0-9]{2}$")]] | None = None
    order_id: Annotated[str | None, Field(max_length=40, description="About this order, ord_...")] = None
    trace: Annotated[str | None, Field(pattern="^[0-9]{1,15}$")] = None
    due_on_lte: Annotated[date | None, Field(alias="due_on[lte]")] = None


class RefusedChange(Reasoned):
    """Why a notification is refused, as the Rules name it."""

    as_code: Annotated[str, Field(pattern="^C6[1-9]$", description="C61 to C69.", examples=["C61"])]


@routes.get("/corrections", needs=Permission.RETURNS_READ, returns=Page[Correction], bound=False)
def list_corrections(call: Call, query: Annotated[CorrectionsQuery, Query()]) -> Response:
    """List notifications of change, the old value and the new one masked."""
    also: dict[str, Any] = {"trace": int(query.trace)} if query.trace else {}
    if query.order_id:
        with call.view() as ctx:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    rows, meta = read_page(call, _listing(call), query, also=also)
    return call.show(Page[Correction](data=[_as_model(row) for row in rows], meta=meta))


@routes.get("/corrections/{correction_id}", needs=Permission.RETURNS_READ, returns=Correction, bound=False)
def show_a_correction(call: Call, correction_id: CorrectionId) -> Response:
    """Return a notification of change: what it says, until when, and who did what about it."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.CORRECTION, correction_id)))


@routes.post("/corrections/{correction_id}/apply", needs=Permission.RETURNS_WRITE, returns=Correction)
def apply_a_correction(call: Call, correction_id: CorrectionId) -> Response:
    """Apply a notification of change that waits for a person."""
    return _decide(call, correction_id, apply_change)


@routes.post("/corrections/{correction_id}/leave", needs=Permission.RETURNS_WRITE, returns=Correction)
def leave_a_correction(call: Call, correction_id: CorrectionId, body: Reasoned) -> Response:
    """Leave a notification of change as it is, where that is ours to do."""
    return _decide(call, correction_id, lambda ctx, key: leave_change(ctx, key, reason=body.reason))


@routes.post("/corrections/{correction_id}/refuse", needs=Permission.RETURNS_WRITE, returns=Correction)
def refuse_a_correction(call: Call, correction_id: CorrectionId, body: RefusedChange) -> Response:
    """Ask the bank to refuse a notification of change; the request goes out with the next night."""
    return _decide(
        call, correction_id, lambda ctx, key: refuse_change(ctx, key, as_code=body.as_code, reason=body.reason)
    )


def _decide(call: Call, correction_id: str, decide: Callable[[Context, int], object]) -> Response:
    def do(ctx: Context) -> Correction:
        key = call.key_of(ctx, Prefix.CORRECTION, correction_id)
        decide(ctx, key)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.CORRECTION, correction_id)))


def _listing(call: Call) -> Listing:
    """Return the list of notifications with what opens and masks each: the corrected data are sealed in the book."""
    desk = call.desk

    def shown(session: Any, rows: Sequence[Any]) -> list[dict[str, Any]]:  # noqa: ANN401 -- the store's own session
        ctx = Context(session=session, vault=desk.vault, clock=desk.clock, ids=desk.ids, actor=desk.actor)
        return showing.rows_shown(ctx, corrections.LISTING.shown(session, rows))

    return replace(corrections.LISTING, shown=shown)


def _shown(ctx: Context, key: int) -> Correction:
    ctx.session.flush()
    ctx.session.expire_all()
    return _as_model(found(showing.shown(ctx, key), Prefix.CORRECTION, key))


def _as_model(row: dict[str, Any]) -> Correction:
    following: list[str] = []
    if row["refuse_by"] is not None:
        following = ["apply", "leave", "refuse"] if row["account"] else ["refuse"]
    return Correction(**row, next_actions=following)
