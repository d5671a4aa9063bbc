"""Where merchants stand over HTTP: what is available, kept and owed, their own terms, invoices, payments and losses."""

from typing import Annotated

from fastapi import Response
from pydantic import AwareDatetime, Field

from ingather.actions.context import Context
from ingather.actions.settlements.owing import approve_loss, ask_loss, invoice_merchant, note_invoice_paid
from ingather.actions.settlements.terms import set_terms
from ingather.api.calls import Call, found
from ingather.api.routes import Routes
from ingather.api.shapes import Body, KnownAt, Line, MerchantId, Minor, Reasoned, Shown, Word
from ingather.base.ids import Prefix, public_id
from ingather.domain.payouts import PayoutMethod
from ingather.domain.users import Permission
from ingather.rules.release import OwnTerms
from ingather.store.reading import settlements
from ingather.store.reading.past.known import refuse_ahead

routes = Routes("balances")
USD = "USD"


class AskedLoss(Shown):
    """A loss that waits for a second person."""

    amount_minor: int
    reason: str
    asked_by: str
    asked_at: AwareDatetime


class Balance(Shown):
    """Where a merchant stands, in minor units."""

    merchant: str = Field(description="The merchant's id.")
    currency: str
    available_minor: int = Field(description="Owed to the merchant; negative when more was taken back.")
    reserve_minor: int = Field(description="Kept back against returns that may still come.")
    receivable_minor: int = Field(description="Owed by the merchant by invoice.")
    loss_asked: AskedLoss | None = Field(description="Shown to nobody who is bound to a merchant, nor for the past.")
    known_at: AwareDatetime | None = Field(
        default=None, description="The instant that was asked for; null: as it stands."
    )


class Terms(Shown):
    """What a merchant itself has agreed to; what is null is as the policy says."""

    tier: str | None
    hold_days: int | None
    reserve_bps: int | None = Field(description="The share kept in reserve, in basis points.")
    payout_method: str | None = Field(description=f"One of {', '.join(PayoutMethod)}; more may be added.")


class NewTerms(Reasoned):
    """A merchant's own terms, all of them: what is left out is as the policy says."""

    tier: Word | None = None
    hold_days: Annotated[int | None, Field(ge=0, le=180)] = None
    reserve_bps: Annotated[int | None, Field(ge=0, le=10_000)] = None
    payout_method: PayoutMethod | None = None


class InvoicePayment(Shown):
    """A payment of an invoice."""

    left_minor: int = Field(description="What the merchant still owes by invoice.")
    balance: Balance


class PaidInvoice(Body):
    """What a merchant paid of what it owes by invoice."""

    amount_minor: Minor
    reference: Line = Field(description="The payment's reference; each is noted once of a merchant.")


@routes.get("/merchants/{merchant_id}/balance", needs=Permission.SETTLEMENTS_READ, returns=Balance)
def show_balance(call: Call, merchant_id: MerchantId, known_at: KnownAt = None) -> Response:
    """Return where a merchant stands, or stood by what had been booked: available, in reserve, owing by invoice."""
    with call.view() as ctx:
        if known_at is not None:
            refuse_ahead(known_at, now=ctx.now)
        return call.show(_balance(call, ctx, merchant_id, known_at))


@routes.get("/merchants/{merchant_id}/terms", needs=Permission.SETTLEMENTS_READ, returns=Terms)
def show_terms(call: Call, merchant_id: MerchantId) -> Response:
    """Return the terms a merchant itself has agreed to."""
    with call.view() as ctx:
        return call.show(_terms(ctx, call.key_of(ctx, Prefix.MERCHANT, merchant_id)))


@routes.post("/merchants/{merchant_id}/terms", needs=Permission.SETTLEMENTS_WRITE, returns=Terms)
def set_terms_of_merchant(call: Call, merchant_id: MerchantId, body: NewTerms) -> Response:
    """Set a merchant's own terms, all of them; they count from its next statement on."""

    def do(ctx: Context) -> Terms:
        key = call.key_of(ctx, Prefix.MERCHANT, merchant_id)
        own = OwnTerms(tier=body.tier, hold_days=body.hold_days, reserve_bps=body.reserve_bps)
        set_terms(ctx, key, own, method=body.payout_method, reason=body.reason)
        return _terms(ctx, key)

    return call.act(do, read=lambda ctx: _terms(ctx, call.key_of(ctx, Prefix.MERCHANT, merchant_id)))


@routes.post("/merchants/{merchant_id}/invoice", needs=Permission.SETTLEMENTS_WRITE, returns=Balance)
def invoice_a_merchant(call: Call, merchant_id: MerchantId) -> Response:
    """Turn what a merchant is short of into an invoice now, before the policy's days are over."""

    def do(ctx: Context) -> Balance:
        invoice_merchant(ctx, call.key_of(ctx, Prefix.MERCHANT, merchant_id))
        return _balance(call, ctx, merchant_id)

    return call.act(do, read=lambda ctx: _balance(call, ctx, merchant_id))


@routes.post("/merchants/{merchant_id}/invoice-payments", needs=Permission.SETTLEMENTS_WRITE, returns=InvoicePayment)
def note_invoice_payment(call: Call, merchant_id: MerchantId, body: PaidInvoice) -> Response:
    """Note that a merchant has paid what it owed by invoice, or a part of it."""

    def do(ctx: Context) -> InvoicePayment:
        key = call.key_of(ctx, Prefix.MERCHANT, merchant_id)
        left = note_invoice_paid(ctx, key, minor=body.amount_minor, reference=body.reference)
        return InvoicePayment(left_minor=left, balance=_balance(call, ctx, merchant_id))

    return call.act(do, read=lambda ctx: _balance(call, ctx, merchant_id))


@routes.post("/merchants/{merchant_id}/write-off", needs=Permission.SETTLEMENTS_WRITE, returns=Balance)
def ask_write_off(call: Call, merchant_id: MerchantId, body: Reasoned) -> Response:
    """Ask that what a merchant owes by invoice be taken as a loss; a second person approves it."""

    def do(ctx: Context) -> Balance:
        ask_loss(ctx, call.key_of(ctx, Prefix.MERCHANT, merchant_id), reason=body.reason)
        return _balance(call, ctx, merchant_id)

    return call.act(do, read=lambda ctx: _balance(call, ctx, merchant_id))


@routes.post(
    "/merchants/{merchant_id}/write-off/approve", needs=Permission.SETTLEMENTS_APPROVE, returns=Balance, guarded=True
)
def approve_write_off(call: Call, merchant_id: MerchantId) -> Response:
    """Take what a merchant owes as a loss, as the second person; If-Match names the balance as it was read."""

    def do(ctx: Context) -> Balance:
        approve_loss(ctx, call.key_of(ctx, Prefix.MERCHANT, merchant_id))
        return _balance(call, ctx, merchant_id)

    return call.act(do, read=lambda ctx: _balance(call, ctx, merchant_id))


def _balance(call: Call, ctx: Context, merchant_id: str, at: AwareDatetime | None = None) -> Balance:
    ctx.session.flush()
    ctx.session.expire_all()  # what was written set by set is read anew
    key = call.key_of(ctx, Prefix.MERCHANT, merchant_id)
    found(settlements.terms_of(ctx.session, key), Prefix.MERCHANT, key)
    now = at is None and call.caller.merchant_id is None
    asked = settlements.asked_loss(ctx.session, key) if now else None
    return Balance(
        merchant=public_id(Prefix.MERCHANT, key),
        currency=USD,
        **settlements.owed(ctx.session, key, known_at=at),
        known_at=at,
        loss_asked=AskedLoss(**asked) if asked else None,
    )


def _terms(ctx: Context, key: int) -> Terms:
    ctx.session.flush()
    ctx.session.expire_all()  # what was written set by set is read anew
    return Terms(**found(settlements.terms_of(ctx.session, key), Prefix.MERCHANT, key))
