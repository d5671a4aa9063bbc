"""Refunds, reversals and return fees over HTTP: asked for, approved by a second person, let be, and looked at."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.follow_ups.asking import ask_file_reversal, ask_reversal
from ingather.actions.follow_ups.deciding import (
    Decided,
    approve_file_reversal,
    approve_follow_up,
    let_be_file_reversal,
    refuse_follow_up,
    withdraw_follow_up,
)
from ingather.actions.follow_ups.notified import note_file_notified, note_notified
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import (
    Body,
    Day,
    FileId,
    FollowUpId,
    Minor,
    Moment,
    OrderId,
    Reasoned,
    Shown,
    id_field,
)
from ingather.base.ids import Prefix, public_id
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.users import Permission
from ingather.store.reading import follow_ups

routes = Routes("follow-ups")

_TEXT = r"^[^\x00]*$"
_MOST_CENTS = 10**15
Cents = Annotated[int, Field(ge=0, le=_MOST_CENTS)]
Sentence = Annotated[str, Field(min_length=1, max_length=500, pattern=_TEXT)]
OwnError = Annotated[
    str,
    Field(pattern="^[a-z_]{1,40}$", description="duplicate, wrong_receiver, wrong_amount or early_debit: our errors."),
]


class FollowUp(Shown):
    """A refund, a reversal or a return fee: one entry that follows a debit."""

    id: Annotated[str, id_field("fup", "the follow-up")]
    kind: str = Field(description=f"One of {', '.join(FollowUpKind)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(FollowUpState)}; more may be added.")
    order: str
    external_id: str
    instalment: int
    merchant: str
    amount_minor: int
    currency: str = "USD"
    reason: str
    words: str
    maker: str
    checker: str | None
    asked_on: date
    not_before: date | None = Field(description="The first night that may send it.")
    last_day: date | None = Field(description="The last day on which it may settle.")
    send_by: datetime | None
    settled_on: date | None
    ended_on: date | None
    ended_because: str | None
    notified_on: date | None
    notice_proof: str | None
    notice_due_on: date | None
    duty: str | None = Field(description="What a person still has to do.")


class FollowUpEntry(Shown):
    """An entry of a follow-up: its debit, or its own."""

    id: Annotated[str, id_field("ent", "the entry")]
    kind: str
    entry_class: str
    description: str
    amount_minor: int
    currency: str = "USD"
    file_id: str
    file: str
    file_state: str
    line: int
    trace: str
    effective_on: date
    settled_on: date | None
    ended: str | None


class OfCase(Shown):
    """The case of a follow-up."""

    id: Annotated[str, id_field("case", "the case")]
    state: str


class FollowUpInFull(FollowUp):
    """A follow-up with its debit, its own entry, its case, the rule rows it rests on and its history."""

    debit: FollowUpEntry | None
    entry: FollowUpEntry | None
    case: OfCase | None
    rows: list[str]
    facts: list[dict[str, Any]]


class FollowUpsQuery(PageQuery):
    """Which follow-ups."""

    state: list[FollowUpState] | None = None
    kind: list[FollowUpKind] | None = None
    merchant: Annotated[str | None, Field(max_length=200, pattern=_TEXT)] = None
    external_id: Annotated[str | None, Field(max_length=200, pattern=_TEXT)] = None
    order_id: Annotated[str | None, Field(max_length=40, description="Of this order, ord_...")] = None
    asked_on_gte: Annotated[date | None, Field(alias="asked_on[gte]")] = None
    asked_on_lte: Annotated[date | None, Field(alias="asked_on[lte]")] = None
    amount_minor_gte: Annotated[Cents | None, Field(alias="amount_minor[gte]")] = None
    amount_minor_lte: Annotated[Cents | None, Field(alias="amount_minor[lte]")] = None


class NewRefund(Reasoned):
    """How much of an order is given back to its buyer."""

    amount_minor: Minor
    currency: Annotated[str, Field(pattern="^USD$")] = "USD"
    after_window: Annotated[bool, Field(description="Wait until the debit cannot come back any more.")] = False


class NewReversal(Body):
    """Which error of ours a reversal takes back."""

    reason: OwnError
    words: Annotated[Sentence, Field(description="What happened; the buyer is told why.")]


class NewFileReversal(NewReversal):
    """Which error of ours the reversal of a whole file takes back, and when it was discovered."""

    discovered_at: Moment


class Notified(Body):
    """The notice to a buyer of a reversal and its reason."""

    proof: Annotated[Sentence, Field(description="Where the proof is: a mail, a letter, a call.")]
    on: Annotated[Day | None, Field(description="The day; today unless given.")] = None


class Refund(Shown):
    """A refund that was asked for."""

    follow_up: FollowUpInFull
    window_ends: date = Field(description="The last day on which the debit can come back.")
    left_minor: int = Field(description="How much of the order can be refunded still.")
    currency: str = "USD"


class Reversal(Shown):
    """A reversal that waits for its second person."""

    follow_up: FollowUpInFull
    last_day: date = Field(description="The last day on which it may settle.")
    correcting: bool = Field(description="Whether what is owed after all is to be recorded as another instalment.")


class FileReversal(Shown):
    """The reversals of a whole file, which wait for their second person."""

    file: Annotated[str, id_field("fil", "the file")]
    debits: int
    amount_minor: int
    currency: str = "USD"
    left_out: int
    last_day: date
    send_by: datetime
    correcting: bool


class DecidedTogether(Shown):
    """What became of the reversals of a file that were decided together."""

    file: Annotated[str, id_field("fil", "the file")]
    follow_ups: int
    amount_minor: int
    currency: str = "USD"
    unfit: int = Field(description="How many could not go out any more, and were withdrawn.")


class NotifiedTogether(Shown):
    """How many buyers of a file's reversals are on record as told."""

    file: Annotated[str, id_field("fil", "the file")]
    follow_ups: int


@routes.get("/follow-ups", needs=Permission.RETURNS_READ, returns=Page[FollowUp])
def list_follow_ups(call: Call, query: Annotated[FollowUpsQuery, Query()]) -> Response:
    """List refunds, reversals and return fees, with what is still to be done."""
    also: dict[str, Any] = {}
    if query.order_id:
        with call.view() as ctx:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    rows, meta = read_page(call, follow_ups.LISTING, query, also=also)
    return call.show(Page[FollowUp](data=[FollowUp(**row) for row in rows], meta=meta))


@routes.get("/follow-ups/{follow_up_id}", needs=Permission.RETURNS_READ, returns=FollowUpInFull)
def show_a_follow_up(call: Call, follow_up_id: FollowUpId) -> Response:
    """Return a follow-up: who asked and approved, its debit, its own entry, its days and its history."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.FOLLOW_UP, follow_up_id)))


@routes.post("/orders/{order_id}/refund", needs=Permission.ORDERS_WRITE, returns=Refund, status=201)
def refund_an_order(call: Call, order_id: OrderId, body: NewRefund) -> Response:
    """Give some or all of a collected order back; what is large or may still come back needs a second person."""

    def do(ctx: Context) -> Refund:
        asked = ask_refund(
            ctx,
            call.key_of(ctx, Prefix.ORDER, order_id),
            amount_minor=body.amount_minor,
            reason=body.reason,
            after_window=body.after_window,
        )
        return Refund(
            follow_up=_shown(ctx, asked.follow_up_id), window_ends=asked.window_ends, left_minor=asked.left_minor
        )

    return call.act(do)


@routes.post("/orders/{order_id}/reverse", needs=Permission.ORDERS_WRITE, returns=Reversal, status=201)
def reverse_an_order(call: Call, order_id: OrderId, body: NewReversal) -> Response:
    """Ask for the reversal of an order's debit that was our error; a second person approves it."""

    def do(ctx: Context) -> Reversal:
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        asked = ask_reversal(ctx, key, reason=body.reason, words=body.words)
        return Reversal(follow_up=_shown(ctx, asked.follow_up_id), last_day=asked.last_day, correcting=asked.correcting)

    return call.act(do)


@routes.post("/files/{file_id}/reverse", needs=Permission.FILES_WRITE, returns=FileReversal, status=201)
def reverse_a_file(call: Call, file_id: FileId, body: NewFileReversal) -> Response:
    """Ask for the reversal of every debit of a file that went out in error, within 24 hours of its discovery."""

    def do(ctx: Context) -> FileReversal:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        asked = ask_file_reversal(ctx, key, reason=body.reason, words=body.words, discovered_at=body.discovered_at)
        return FileReversal(
            file=public_id(Prefix.FILE, key),
            debits=asked.debits,
            amount_minor=asked.cents,
            left_out=asked.left_out,
            last_day=asked.last_day,
            send_by=asked.send_by,
            correcting=asked.correcting,
        )

    return call.act(do)


@routes.post("/follow-ups/{follow_up_id}/approve", needs=Permission.RETURNS_APPROVE, returns=FollowUpInFull)
def approve_a_follow_up(call: Call, follow_up_id: FollowUpId) -> Response:
    """Approve what another person asked for: the next night that may send it does."""
    return _decide(call, follow_up_id, approve_follow_up)


@routes.post("/follow-ups/{follow_up_id}/refuse", needs=Permission.RETURNS_APPROVE, returns=FollowUpInFull)
def refuse_a_follow_up(call: Call, follow_up_id: FollowUpId, body: Reasoned) -> Response:
    """Refuse what another person asked for."""
    return _decide(call, follow_up_id, lambda ctx, key: refuse_follow_up(ctx, key, reason=body.reason))


@routes.post("/follow-ups/{follow_up_id}/withdraw", needs=Permission.ORDERS_WRITE, returns=FollowUpInFull)
def withdraw_a_follow_up(call: Call, follow_up_id: FollowUpId, body: Reasoned) -> Response:
    """Let a follow-up be that is not in a file yet."""
    return _decide(call, follow_up_id, lambda ctx, key: withdraw_follow_up(ctx, key, reason=body.reason))


@routes.post("/follow-ups/{follow_up_id}/notify", needs=Permission.ORDERS_WRITE, returns=FollowUpInFull, money=False)
def note_a_notice(call: Call, follow_up_id: FollowUpId, body: Notified) -> Response:
    """Record that the buyer was told of a reversal and why, which is due by the day it settles."""
    return _decide(
        call, follow_up_id, lambda ctx, key: note_notified(ctx, key, on=body.on or ctx.today, proof=body.proof)
    )


@routes.post("/files/{file_id}/reversals/approve", needs=Permission.RETURNS_APPROVE, returns=DecidedTogether)
def approve_the_reversals_of_a_file(call: Call, file_id: FileId) -> Response:
    """Approve all reversals of a file's debits that wait for it."""
    return _decide_together(call, file_id, approve_file_reversal)


@routes.post("/files/{file_id}/reversals/refuse", needs=Permission.RETURNS_APPROVE, returns=DecidedTogether)
def refuse_the_reversals_of_a_file(call: Call, file_id: FileId, body: Reasoned) -> Response:
    """Refuse all reversals of a file's debits that wait for a second person."""
    return _decide_together(
        call, file_id, lambda ctx, key: let_be_file_reversal(ctx, key, reason=body.reason, refused=True)
    )


@routes.post("/files/{file_id}/reversals/withdraw", needs=Permission.FILES_WRITE, returns=DecidedTogether)
def withdraw_the_reversals_of_a_file(call: Call, file_id: FileId, body: Reasoned) -> Response:
    """Let all reversals of a file's debits be that are not in a file yet."""
    return _decide_together(
        call, file_id, lambda ctx, key: let_be_file_reversal(ctx, key, reason=body.reason, refused=False)
    )


@routes.post("/files/{file_id}/reversals/notify", needs=Permission.FILES_WRITE, returns=NotifiedTogether, money=False)
def note_the_notices_of_a_file(call: Call, file_id: FileId, body: Notified) -> Response:
    """Record that all buyers of a file's reversals were told, where that is not on record."""

    def do(ctx: Context) -> NotifiedTogether:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        told = note_file_notified(ctx, key, on=body.on or ctx.today, proof=body.proof)
        return NotifiedTogether(file=public_id(Prefix.FILE, key), follow_ups=told)

    return call.act(do)


def _decide(call: Call, follow_up_id: str, decide: Callable[[Context, int], object]) -> Response:
    def do(ctx: Context) -> FollowUpInFull:
        key = call.key_of(ctx, Prefix.FOLLOW_UP, follow_up_id)
        decide(ctx, key)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.FOLLOW_UP, follow_up_id)))


def _decide_together(call: Call, file_id: str, decide: Callable[[Context, int], Decided]) -> Response:
    def do(ctx: Context) -> DecidedTogether:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        came = decide(ctx, key)
        return DecidedTogether(
            file=public_id(Prefix.FILE, key), follow_ups=came.follow_ups, amount_minor=came.minor, unfit=came.unfit
        )

    return call.act(do)


def _shown(ctx: Context, key: int) -> FollowUpInFull:
    ctx.session.flush()
    ctx.session.expire_all()
    return FollowUpInFull(**found(follow_ups.shown(ctx.session, key), Prefix.FOLLOW_UP, key))
