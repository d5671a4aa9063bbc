"""Payouts to merchants over HTTP: listed with what each waits for, approved by a second person, sent, and noted."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.payouts.deciding import approve_all_due, approve_payouts, cancel_payout, set_method
from ingather.actions.payouts.returned import note_returned
from ingather.actions.payouts.settling import note_settled
from ingather.actions.payouts.terms import company_named, why_waiting
from ingather.api.calls import Call, found
from ingather.api.merchant_keys import Bound, OfMerchant, merchant_filter
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Line, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix, decode_key, public_id
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.jobs.desk import Desk
from ingather.jobs.payout_sheets import call_off, send_sheets
from ingather.rules.return_codes import return_reason
from ingather.store.reading import payouts

routes = Routes("payouts")
PayoutId = Annotated[str, in_path("pay", "a payout")]
_AT_ONCE = 1_000


class Payout(Shown):
    """Money owed by one statement on its way to the merchant."""

    id: Annotated[str, id_field("pay", "the payout")]
    merchant: str = Field(description="The merchant, by its own name.")
    merchant_name: str
    statement: str = Field(description="The statement that owes it, stl_...")
    as_of: date
    amount_minor: int
    currency: str
    method: str = Field(description=f"One of {', '.join(PayoutMethod)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(PayoutState)}; more may be added.")
    reference: str = Field(description="What names it at the bank and on the merchant's statement of account.")
    account: str | None = Field(description="The merchant's account that it went to, mac_...")
    last4: str | None
    file: str | None
    sheet: str | None
    asked_by: str | None = Field(description="Null for who is bound to a merchant.")
    approved_by: str | None = Field(description="Null for who is bound to a merchant, and while nobody approved it.")
    made_on: date
    sent_on: date | None
    settled_on: date | None
    ended_on: date | None
    return_code: str | None = Field(description="The code by which it came back, as the bank sent it.")
    return_meaning: str | None = Field(description="What the code means, in a word for programs.")
    waits_for: str | None = Field(description="What it waits for, in words, while it has not gone out.")


class PayoutsQuery(PageQuery):
    """Which payouts."""

    merchant: OfMerchant = None
    state: list[PayoutState] | None = None
    method: list[PayoutMethod] | None = None
    settlement: str | None = Field(default=None, description="Of this statement, stl_...")
    reference: Line | None = Field(default=None, description="The one that the bank knows by this reference.")
    amount_from: Bound = Field(default=None, alias="amount_minor[gte]")
    amount_to: Bound = Field(default=None, alias="amount_minor[lte]")
    made_from: Day | None = Field(default=None, alias="made_on[gte]")
    made_to: Day | None = Field(default=None, alias="made_on[lte]")


class PayoutsToApprove(Body):
    """Which payouts to approve: these, or all that are due and somebody else made."""

    payouts: Annotated[list[str] | None, Field(min_length=1, max_length=_AT_ONCE)] = None
    all_due: bool = False


class ApprovedPayouts(Shown):
    """What an approval came to."""

    did: str
    payouts: int
    amount_minor: int


class OtherMethod(Reasoned):
    """Another way for a payout."""

    method: PayoutMethod


class SeenAtBank(Body):
    """What came of a payout by a person's word, with what shows it."""

    evidence: Annotated[str, Field(min_length=1, max_length=500, description="A line of the bank's portal, a letter.")]
    on: Day | None = Field(default=None, description="The day; today unless given.")


class CameBack(SeenAtBank):
    """A payout that came back, and whether its account is paid to no more."""

    end_account: bool = False


class SentSheet(Shown):
    """A sheet that left."""

    name: str
    payouts: int
    amount_minor: int


class SentSheets(Shown):
    """The sheets that left, and those that wait, with why."""

    did: str
    sheets: list[SentSheet]
    waiting: dict[str, str]


@routes.get("/payouts", needs=Permission.SETTLEMENTS_READ, returns=Page[Payout])
def list_payouts(call: Call, query: Annotated[PayoutsQuery, Query()]) -> Response:
    """List payouts, each with what it waits for."""
    also: dict[str, Any] = merchant_filter(call, query.merchant)
    with call.view() as ctx:
        if query.settlement is not None:
            also["settlement"] = call.key_of(ctx, Prefix.SETTLEMENT, query.settlement)
        waits = _waits(call, ctx)
    if query.reference is not None:
        also["reference"] = _key_of_reference(query.reference)
    rows, meta = read_page(call, payouts.LISTING, query, also=also)
    return call.show(Page[Payout](data=[_payout(call, row, waits) for row in rows], meta=meta))


@routes.get("/payouts/{payout_id}", needs=Permission.SETTLEMENTS_READ, returns=Payout)
def show_payout(call: Call, payout_id: PayoutId) -> Response:
    """Return a payout: its statement, way, account, file or sheet, and days."""
    with call.view() as ctx:
        return call.show(_shown(call, ctx, payout_id))


@routes.post("/payouts/{payout_id}/approve", needs=Permission.SETTLEMENTS_APPROVE, returns=Payout, guarded=True)
def approve_payout(call: Call, payout_id: PayoutId) -> Response:
    """Approve a due payout as another person than who made its statement; If-Match names it as it was read."""

    def do(ctx: Context) -> Payout:
        approve_payouts(ctx, [call.key_of(ctx, Prefix.PAYOUT, payout_id)])
        return _shown(call, ctx, payout_id)

    return call.act(do, read=lambda ctx: _shown(call, ctx, payout_id))


@routes.post("/payouts/approve", needs=Permission.SETTLEMENTS_APPROVE, returns=ApprovedPayouts)
def approve_many_payouts(call: Call, body: PayoutsToApprove) -> Response:
    """Approve many due payouts at once, all of those named or none."""
    if body.all_due == (body.payouts is not None):
        fact = "it is not said which payouts"
        raise Unreadable(fact, "Send either payouts or all_due")

    def do(ctx: Context) -> ApprovedPayouts:
        if body.payouts is None:
            approved = approve_all_due(ctx, originator_of(ctx).id)
        else:
            approved = approve_payouts(ctx, [call.key_of(ctx, Prefix.PAYOUT, each) for each in body.payouts])
        did = "something" if approved.payouts else "nothing"
        return ApprovedPayouts(did=did, payouts=approved.payouts, amount_minor=approved.minor)

    return call.act(do)


@routes.post("/payouts/{payout_id}/cancel", needs=Permission.SETTLEMENTS_WRITE, returns=Payout)
def cancel_a_payout(call: Call, payout_id: PayoutId, body: Reasoned) -> Response:
    """Call off or refuse a payout that has not gone out; the next statement owes its amount again."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.PAYOUT, payout_id)
        on_sheet = payouts.sheet_of(ctx.session, key) is not None
    if on_sheet:
        # Its sheet is taken back where it lies, which is more than one transaction.
        return call.run(lambda desk: _called_off(call, desk, key, reason=body.reason))

    def do(ctx: Context) -> Payout:
        cancel_payout(ctx, key, reason=body.reason)
        return _shown(call, ctx, payout_id)

    return call.act(do, read=lambda ctx: _shown(call, ctx, payout_id))


@routes.post("/payouts/{payout_id}/method", needs=Permission.SETTLEMENTS_WRITE, returns=Payout)
def change_method_of_payout(call: Call, payout_id: PayoutId, body: OtherMethod) -> Response:
    """Let a payout that has not gone out go the other way; it is approved anew, by somebody else."""

    def do(ctx: Context) -> Payout:
        set_method(ctx, call.key_of(ctx, Prefix.PAYOUT, payout_id), method=body.method, reason=body.reason)
        return _shown(call, ctx, payout_id)

    return call.act(do, read=lambda ctx: _shown(call, ctx, payout_id))


@routes.post("/payouts/{payout_id}/settled", needs=Permission.SETTLEMENTS_WRITE, returns=Payout)
def note_payout_settled(call: Call, payout_id: PayoutId, body: SeenAtBank) -> Response:
    """Record that a payout by sheet left our account, where no statement of the bank shows it."""

    def do(ctx: Context) -> Payout:
        key = call.key_of(ctx, Prefix.PAYOUT, payout_id)
        note_settled(ctx, key, on=body.on or ctx.today, evidence=body.evidence)
        return _shown(call, ctx, payout_id)

    return call.act(do, read=lambda ctx: _shown(call, ctx, payout_id))


@routes.post("/payouts/{payout_id}/returned", needs=Permission.SETTLEMENTS_WRITE, returns=Payout)
def note_payout_returned(call: Call, payout_id: PayoutId, body: CameBack) -> Response:
    """Record that a payout by sheet came back or was never carried out; the next statement owes its amount again."""

    def do(ctx: Context) -> Payout:
        key = call.key_of(ctx, Prefix.PAYOUT, payout_id)
        on = body.on or ctx.today
        note_returned(ctx, key, on=on, evidence=body.evidence, ends_account=body.end_account)
        return _shown(call, ctx, payout_id)

    return call.act(do, read=lambda ctx: _shown(call, ctx, payout_id))


@routes.post("/payouts/sheets", needs=Permission.SETTLEMENTS_WRITE, returns=SentSheets, may=())
def send_payout_sheets(call: Call) -> Response:
    """Write the approved payouts that go by sheet on one, and send it to the bank once."""

    def do(desk: Desk) -> SentSheets:
        report = send_sheets(desk)
        return SentSheets(
            did="something" if report.sheets else "nothing",
            sheets=[SentSheet(name=each.name, payouts=each.payouts, amount_minor=each.minor) for each in report.sheets],
            waiting=report.waiting,
        )

    return call.run(do)


def _called_off(call: Call, desk: Desk, key: int, *, reason: str) -> Payout:
    call_off(desk, key, reason=reason)
    with desk.view() as ctx:
        return _shown(call, ctx, public_id(Prefix.PAYOUT, key))


def _shown(call: Call, ctx: Context, payout_id: str) -> Payout:
    ctx.session.flush()
    ctx.session.expire_all()  # what was written set by set is read anew
    key = call.key_of(ctx, Prefix.PAYOUT, payout_id)
    return _payout(call, found(payouts.shown(ctx.session, key), Prefix.PAYOUT, key), _waits(call, ctx))


def _waits(call: Call, ctx: Context) -> dict[str, str]:
    """Return what payouts wait for; who is bound to a merchant hears nothing of how the desk works."""
    if call.caller.merchant_id is not None:
        return {}
    why = why_waiting(ctx, originator_of(ctx).id, company=company_named(ctx))
    return {public_id(Prefix.PAYOUT, key): said for key, said in why.items()}


def _payout(call: Call, row: dict[str, Any], waits: dict[str, str]) -> Payout:
    hidden = dict.fromkeys(("asked_by", "approved_by")) if call.caller.merchant_id is not None else {}
    reason = return_reason(row["return_code"], on=row["ended_on"]) if row["return_code"] else None
    meaning = reason.meaning if reason is not None else None
    return Payout(**row | hidden, waits_for=waits.get(row["id"]), return_meaning=meaning)


def _key_of_reference(text: str) -> int:
    try:
        return decode_key(text.strip())
    except ValueError:
        return 0
