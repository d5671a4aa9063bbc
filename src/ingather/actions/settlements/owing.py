"""What a merchant owes: invoiced when its statements stay below zero, paid, or taken as a loss by two persons."""

import hashlib

from sqlalchemy import ColumnElement, exists, select

from ingather.actions.cases import close_many, open_case
from ingather.actions.context import Context
from ingather.actions.ledger import balances_of, post
from ingather.actions.settlements.reserves import reserve_left
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.refusals import MakerIsChecker, NoSuch, WrongState
from ingather.store.tables import Case, Merchant, MerchantLoss, Posting


def invoice_merchant(ctx: Context, merchant_id: int) -> int:
    """Turn what a merchant is short of into an invoice now, and return the sum in minor units.

    What its reserve pays is left to its next statement, which tells of the invoice as well. Raises ``NoSuch``, and
    ``WrongState`` for a merchant that is not below zero by more than its reserve.
    """
    merchant = _locked(ctx, merchant_id)
    below = _balance(ctx, merchant, LedgerAccount.PAYABLE_AVAILABLE)
    reserve = reserve_left(ctx, merchant.originator_id, merchant_id)
    short = below - reserve
    name = public_id(Prefix.MERCHANT, merchant_id)
    if below <= 0:
        fact = f"merchant {name} is not below zero"
        raise WrongState(fact)
    if short <= 0:
        fact = f"merchant {name} is short of {format_minor(below)} USD, and has {format_minor(reserve)} in reserve"
        raise WrongState(fact, "Its next statement takes it from there: ingather settle")
    key = ctx.ids.one()
    _post(ctx, JournalKind.INVOICED, merchant, key, short)
    tell_owing(ctx, merchant.originator_id, merchant, minor=short, source_id=key)
    ctx.audit("invoice_merchant", name, minor=short)
    return short


def note_invoice_paid(ctx: Context, merchant_id: int, *, minor: int, reference: str) -> int:
    """Book what a merchant paid of what it owes by invoice; returns what it still owes, in minor units.

    ``reference`` is that of the payment, and names it: letters alike and spaces aside, each is noted once of a
    merchant. Raises ``NoSuch``, and ``WrongState`` for one that was noted already, or more than the merchant owes.
    """
    merchant = _locked(ctx, merchant_id)
    source_id = _key_of_payment(merchant_id, reference)
    if ctx.session.scalar(select(exists().where(*_paid_by(merchant, source_id)))):
        fact = f"a payment with the reference {reference} is noted already of {public_id(Prefix.MERCHANT, merchant_id)}"
        raise WrongState(fact, "If this is another payment, add its day to the reference")
    owes = owed_by(ctx, merchant)
    name = public_id(Prefix.MERCHANT, merchant_id)
    if not 0 < minor <= owes:
        fact = f"merchant {name} owes {format_minor(owes)} by invoice, and {format_minor(minor)} is to be noted as paid"
        raise WrongState(fact, "What is paid beyond that is another receipt: let it stay with the bank's posting")
    _post(ctx, JournalKind.INVOICE_PAID, merchant, source_id, minor)
    ctx.audit("note_invoice_paid", name, minor=minor, reference=reference)
    if minor == owes:
        close_paid(ctx, merchant_id)
    return owes - minor


def ask_loss(ctx: Context, merchant_id: int, *, reason: str) -> int:
    """Ask that what a merchant owes by invoice be taken as a loss; returns the sum in minor units.

    A second person approves it. Asking again takes the place of what was asked before. Raises ``NoSuch``, and
    ``WrongState`` for a merchant that owes nothing.
    """
    merchant = _locked(ctx, merchant_id)
    owes, name = owed_by(ctx, merchant), public_id(Prefix.MERCHANT, merchant_id)
    if owes <= 0:
        fact = f"merchant {name} owes nothing by invoice"
        raise WrongState(fact)
    row = _asked(ctx, merchant_id)
    if row is None:
        row = MerchantLoss(id=ctx.ids.one(), originator_id=merchant.originator_id, merchant_id=merchant_id)
        ctx.session.add(row)
    row.amount_minor, row.reason, row.asked_by, row.asked_at = owes, reason, ctx.actor, ctx.now
    ctx.session.flush()
    ctx.audit("ask_loss", name, minor=owes, reason=reason)
    return owes


def approve_loss(ctx: Context, merchant_id: int) -> int:
    """Take what was asked for as a loss, as a second person; returns the sum in minor units.

    Raises ``NoSuch``, ``MakerIsChecker``, and ``WrongState`` when nothing was asked or something was paid meanwhile.
    """
    merchant = _locked(ctx, merchant_id)
    row, name = _asked(ctx, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if row is None:
        fact = f"nobody has asked that a loss be taken with merchant {name}"
        raise WrongState(fact, f"Ask for it first: ingather merchant write-off {name} --reason TEXT")
    if row.asked_by == ctx.actor:
        raise MakerIsChecker
    owes = owed_by(ctx, merchant)
    if owes != row.amount_minor:
        fact = f"merchant {name} owes {format_minor(owes)} now, and {format_minor(row.amount_minor)} was asked for"
        raise WrongState(fact, f"Ask again: ingather merchant write-off {name} --reason TEXT")
    row.approved_by, row.approved_at = ctx.actor, ctx.now
    _post(ctx, JournalKind.MERCHANT_LOSS, merchant, row.id, row.amount_minor)
    ctx.audit("approve_loss", name, minor=row.amount_minor, asked_by=row.asked_by)
    close_paid(ctx, merchant_id)
    return row.amount_minor


def owed_by(ctx: Context, merchant: Merchant) -> int:
    """Return what a merchant owes by invoice, in minor units."""
    ctx.session.flush()
    return _balance(ctx, merchant, LedgerAccount.MERCHANT_RECEIVABLE)


def tell_owing(ctx: Context, originator_id: int, merchant: Merchant, *, minor: int, source_id: int) -> None:
    """Open the case of a new invoice: a person sends it and sees that it is paid."""
    name = public_id(Prefix.MERCHANT, merchant.id)
    open_case(
        ctx,
        CaseKind.MERCHANT_OWES,
        originator_id=originator_id,
        once=str(source_id),
        subject=name,
        sentence=f"Merchant {merchant.external_id} owes {format_minor(minor)} USD: more was taken back than it had "
        "available and in reserve. Send it an invoice. What it pays is noted with ingather merchant paid, what it "
        "never will is a loss that two persons take: ingather merchant write-off",
    )


def close_paid(ctx: Context, merchant_id: int) -> None:
    """Close the cases of a merchant that owes nothing any more."""
    merchant = ctx.session.get_one(Merchant, merchant_id)
    if owed_by(ctx, merchant):
        return
    cases = ctx.session.scalars(
        select(Case.id).where(
            Case.originator_id == merchant.originator_id,
            Case.kind == CaseKind.MERCHANT_OWES,
            Case.state == CaseState.OPEN,
            Case.subject == public_id(Prefix.MERCHANT, merchant_id),
        ),
    ).all()
    close_many(ctx, merchant.originator_id, cases, outcome="the merchant owes nothing any more")


def _balance(ctx: Context, merchant: Merchant, account: LedgerAccount) -> int:
    return balances_of(ctx, merchant.originator_id, account, merchant_id=merchant.id).get(merchant.id, 0)


def _key_of_payment(merchant_id: int, reference: str) -> int:
    """Return the journal's source for a payment, from its reference: the ledger books a source once."""
    words = " ".join(reference.split()).casefold()
    return int.from_bytes(hashlib.sha256(f"{merchant_id}|{words}".encode()).digest()[:8]) >> 1


def _paid_by(merchant: Merchant, source_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Posting.originator_id == merchant.originator_id,
        Posting.kind == JournalKind.INVOICE_PAID,
        Posting.source_id == source_id,
        Posting.batch_id == 0,
    )


def _asked(ctx: Context, merchant_id: int) -> MerchantLoss | None:
    return ctx.session.scalar(
        select(MerchantLoss).where(MerchantLoss.merchant_id == merchant_id, MerchantLoss.approved_by.is_(None)),
    )


def _locked(ctx: Context, merchant_id: int) -> Merchant:
    row = ctx.session.scalar(select(Merchant).where(Merchant.id == merchant_id).with_for_update(key_share=True))
    if row is None:
        fact = f"there is no merchant {public_id(Prefix.MERCHANT, merchant_id)}"
        raise NoSuch(fact)
    return row


def _post(ctx: Context, kind: JournalKind, merchant: Merchant, source_id: int, minor: int) -> None:
    post(
        ctx, kind, originator_id=merchant.originator_id, source_id=source_id, on=ctx.today,
        amounts={(0, merchant.id): minor},
    )  # fmt: skip
