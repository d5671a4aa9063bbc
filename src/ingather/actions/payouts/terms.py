"""What a payout must be like to go out: asked when it is sealed, and again right before its file or sheet is sent.

A statement pays collected money only, so no payout rests on money that can still be taken back in its ordinary time.
"""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from ingather.actions.context import Context
from ingather.actions.payouts.accounts import first_day
from ingather.actions.rules import policy_of
from ingather.actions.screening import not_clear
from ingather.domain.entries import EntryKind
from ingather.domain.payouts import PayeeState, PayoutMethod, PayoutState
from ingather.rules.banks import load_profile
from ingather.rules.debitable import FORMAT_LIMIT_MINOR
from ingather.store.entries import of_file
from ingather.store.tables import BankProfileRow, Entry, File, Merchant, MerchantAccount, Payout, Route

CURRENCY = "USD"
"""What a file of ours moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPayout:
    """An approved payout and the account it goes to; the sealed number is red and stays out of the repr."""

    payout_id: int
    version: int
    merchant_id: int
    merchant: str
    settlement_id: int
    amount_minor: int
    currency: str
    account_id: int
    name: str
    routing: int
    kind: str
    last4: str
    number: bytes = field(repr=False)


def stopped_merchant(*, on: date, required: bool, by_file: bool) -> ColumnElement[bool]:
    """Return the condition that a merchant is not paid on a day: suspended, or its screening not clear.

    ``by_file``: nor by an entry of ours when it is paid abroad, which would make the entry an international one.
    """
    stopped = or_(Merchant.state != "active", not_clear(Merchant, on=on, required=required))
    return or_(stopped, Merchant.paid_abroad) if by_file else stopped


def wanted_payouts(ctx: Context, originator_id: int, method: PayoutMethod, *, on: date) -> list[WantedPayout]:
    """Return the approved payouts of one way that may go out for a day, by merchant and key.

    Each has the account that is in use for its merchant and past its waiting days by today; the others wait.
    """
    policy = policy_of(ctx, originator_id)
    required, waits = policy.screening.required, policy.settlement.new_account_banking_days
    by_file = method is PayoutMethod.ACH
    rows = ctx.session.execute(
        select(Payout, MerchantAccount, Merchant.external_id)
        .join(Merchant, Merchant.id == Payout.merchant_id)
        .join(
            MerchantAccount,
            and_(MerchantAccount.merchant_id == Payout.merchant_id, MerchantAccount.state == PayeeState.ACTIVE),
        )
        .where(
            Payout.originator_id == originator_id,
            Payout.state == PayoutState.APPROVED,
            Payout.method == method,
            # A merchant that was never screened is neither clear nor not: what is unknown is NULL there.
            func.coalesce(stopped_merchant(on=on, required=required, by_file=by_file), false()).is_(False),
            *([Payout.currency == CURRENCY] if by_file else []),
        )
        .order_by(Payout.merchant_id, Payout.id),
    ).all()
    return [
        _wanted(payout, account, merchant)
        for payout, account, merchant in rows
        if first_day(account, banking_days=waits) <= ctx.today
    ]


def company_named(ctx: Context) -> bool:
    """Return whether a bank profile of a route names our company for payouts by file."""
    texts = ctx.session.scalars(select(BankProfileRow.toml).join(Route, Route.bank_profile_id == BankProfileRow.id))
    return any(load_profile(text).payouts.company_name.strip() for text in set(texts))


def why_waiting(ctx: Context, originator_id: int, *, company: bool) -> dict[int, str]:
    """Return what each payout that has not gone out waits for, in words, by key.

    ``company``: whether a bank profile names our company for payouts by file.
    """
    policy = policy_of(ctx, originator_id)
    required, waits = policy.screening.required, policy.settlement.new_account_banking_days
    stopped = func.coalesce(stopped_merchant(on=ctx.today, required=required, by_file=False), false())
    rows = ctx.session.execute(
        select(Payout, MerchantAccount, Merchant.paid_abroad, stopped.label("stopped"))
        .join(Merchant, Merchant.id == Payout.merchant_id)
        .outerjoin(
            MerchantAccount,
            and_(MerchantAccount.merchant_id == Payout.merchant_id, MerchantAccount.state == PayeeState.ACTIVE),
        )
        .where(
            Payout.originator_id == originator_id, Payout.state.in_([PayoutState.DUE, PayoutState.APPROVED])
        ),
    )  # fmt: skip
    found: dict[int, str] = {}
    for payout, account, paid_abroad, is_stopped in rows:
        by_file = payout.method == PayoutMethod.ACH
        if is_stopped:
            found[payout.id] = "the merchant, which is suspended or not clear by its screening"
        elif account is None:
            found[payout.id] = "an account in use: ingather merchant account ask"
        elif payout.state == PayoutState.DUE:
            found[payout.id] = "a second person: ingather payout approve"
        elif (day := first_day(account, banking_days=waits)) > ctx.today:
            found[payout.id] = f"{day}, the first day of its new account"
        elif by_file and paid_abroad:
            found[payout.id] = "another way: a merchant paid abroad is not paid by file"
        elif by_file and payout.amount_minor > FORMAT_LIMIT_MINOR:
            found[payout.id] = "another way: its amount does not fit an entry; ingather payout method PAYOUT sheet"
        elif by_file and not company:
            found[payout.id] = "our company in the bank profile: [payouts]"
        else:
            found[payout.id] = "the next night" if by_file else "a sheet: ingather payout sheet"
    return found


def payouts_on_sheet(ctx: Context, originator_id: int, name: str) -> list[WantedPayout]:
    """Return the payouts that stand on a sheet with the accounts they go to, by key."""
    rows = ctx.session.execute(
        select(Payout, MerchantAccount, Merchant.external_id)
        .join(Merchant, Merchant.id == Payout.merchant_id)
        .join(MerchantAccount, MerchantAccount.id == Payout.merchant_account_id)
        .where(Payout.originator_id == originator_id, Payout.sheet == name)
        .order_by(Payout.id),
    ).all()
    return [_wanted(payout, account, merchant) for payout, account, merchant in rows]


def _wanted(payout: Payout, account: MerchantAccount, merchant: str) -> WantedPayout:
    return WantedPayout(
        payout_id=payout.id,
        version=payout.version,
        merchant_id=payout.merchant_id,
        merchant=merchant,
        settlement_id=payout.settlement_id,
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        account_id=account.id,
        name=account.name,
        routing=account.routing,
        kind=account.kind,
        last4=account.last4,
        number=account.number,
    )


def unfit_payouts(ctx: Context, file: File) -> int:
    """Return how many credits to merchants in a file may not go out any more.

    Their payout was taken out of the file, or stands in another one by now; its account ended; its merchant is stopped.
    """
    if not file.credit_cents:
        return 0
    required = policy_of(ctx, file.originator_id).screening.required
    credits_of_payouts = select(func.count()).where(
        *of_file(file), Entry.kind == EntryKind.PAYOUT, Entry.ended.is_(None)
    )
    # Counted from the entries: an entry that no payout names any more is the worst of them.
    fit = (
        select(func.count())
        .select_from(Payout)
        .join(Entry, Entry.id == Payout.entry_id)
        .where(in_file(file), Entry.ended.is_(None), _may_go(on=file.effective_on, required=required, by_file=True))
    )
    return ctx.session.execute(credits_of_payouts).scalar_one() - ctx.session.execute(fit).scalar_one()


def unfit_on_sheet(ctx: Context, originator_id: int, name: str) -> int:
    """Return how many payouts on a sheet may not go out any more, or were decided by a person meanwhile."""
    required = policy_of(ctx, originator_id).screening.required
    unfit = select(func.count()).where(
        Payout.originator_id == originator_id,
        Payout.sheet == name,
        ~_may_go(on=ctx.today, required=required, by_file=False),
    )
    return ctx.session.execute(unfit).scalar_one()


def _may_go(*, on: date, required: bool, by_file: bool) -> ColumnElement[bool]:
    """Return the condition that a sealed payout may leave: its account is in use, its merchant not stopped."""
    active = exists().where(
        MerchantAccount.id == Payout.merchant_account_id,
        MerchantAccount.merchant_id == Payout.merchant_id,
        MerchantAccount.state == PayeeState.ACTIVE,
    )
    stopped = exists().where(
        Merchant.id == Payout.merchant_id, stopped_merchant(on=on, required=required, by_file=by_file)
    )
    return and_(Payout.state == PayoutState.SEALED, active, ~stopped)


def in_file(file: File) -> ColumnElement[bool]:
    """Return the condition that a payout's credit is in a file."""
    return Payout.entry_id.between(file.first_entry_id, file.last_entry_id)
