"""Merchants' accounts for payouts: one person asks with evidence, another approves, and a new account waits.

A letter that says "pay us to another account from now on" is the oldest fraud there is. So no account comes into use by
one person, none on the day it is approved, and the one before it ends with the approval.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.payouts import PayeeState
from ingather.domain.refusals import MakerIsChecker, NoSuch, WrongState
from ingather.nacha.routing import are_routing_numbers
from ingather.nacha.text import NotTransliterable, abbreviate_name
from ingather.rules.calendar import add_banking_days
from ingather.store import events
from ingather.store.tables import Merchant, MerchantAccount
from ingather.vault.sealing import ACCOUNT_WIDTH, Place

_NAME = 22
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]*")
_ROUTING = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayee:
    """An account to ask for: routing and account number in digits and letters, the name as the bank has it.

    ``evidence`` says what shows that it is the merchant's: a voided check, a bank letter, a call back to a known
    number. The number never shows.
    """

    merchant_id: int
    routing: str
    number: str = field(repr=False)
    kind: AccountKind
    name: str
    evidence: str


def ask_account(ctx: Context, new: NewPayee) -> int:
    """Ask that a merchant be paid to an account, and return its key; a second person approves it.

    Raises ``NoSuch``, and ``WrongState`` for what no bank would take, without evidence, or when the same account is
    asked for or in use already. No message quotes a number.
    """
    merchant = ctx.session.scalar(
        select(Merchant).where(Merchant.id == new.merchant_id).with_for_update(key_share=True)
    )
    if merchant is None:
        fact = f"there is no merchant {public_id(Prefix.MERCHANT, new.merchant_id)}"
        raise NoSuch(fact)
    number, name = new.number.strip(), _name_of(new.name)
    _refuse_unusable(new.routing, number, new.evidence)
    index = ctx.vault.index_of(new.routing, number)
    known = ctx.session.scalar(
        select(MerchantAccount).where(
            MerchantAccount.merchant_id == merchant.id,
            MerchantAccount.state != PayeeState.ENDED,
            MerchantAccount.number_index == index,
            MerchantAccount.kind == new.kind,
        ),
    )
    if known is not None:
        fact = f"this account is {public_id(Prefix.MERCHANT_ACCOUNT, known.id)}, which is {known.state}"
        raise WrongState(fact, "See: ingather merchant account list")
    key = ctx.ids.one()
    row = MerchantAccount(
        id=key,
        originator_id=merchant.originator_id,
        merchant_id=merchant.id,
        name=name,
        routing=int(new.routing),
        number=ctx.vault.seal(Place.PAYEE_NUMBER, key, number.encode("ascii").ljust(ACCOUNT_WIDTH)),
        number_index=index,
        last4=number[-4:],
        kind=new.kind,
        state=PayeeState.ASKED,
        evidence=new.evidence.strip(),
        asked_by=ctx.actor,
        asked_at=ctx.now,
        approved_by=None,
        approved_at=None,
        ended_on=None,
    )
    ctx.session.add(row)
    ctx.session.flush()
    _note(ctx, FactKind.ASKED, row, verb="ask_merchant_account")
    return key


def approve_account(ctx: Context, account_id: int) -> date:
    """Put an account into use as another person than who asked for it; returns the first day it is paid to.

    The account before it ends. Raises ``NoSuch``, ``MakerIsChecker``, and ``WrongState`` for one that is not asked for.
    """
    row = _locked(ctx, account_id)
    if row.state != PayeeState.ASKED:
        fact = f"account {public_id(Prefix.MERCHANT_ACCOUNT, account_id)} is {row.state}"
        raise WrongState(fact)
    if row.asked_by == ctx.actor:
        raise MakerIsChecker
    # Locked with its merchant, so that two approvals of two accounts come one after the other.
    ctx.session.execute(select(Merchant.id).where(Merchant.id == row.merchant_id).with_for_update(key_share=True))
    before = ctx.session.scalars(
        select(MerchantAccount.id).where(
            MerchantAccount.merchant_id == row.merchant_id, MerchantAccount.state == PayeeState.ACTIVE
        ),
    ).all()
    end_accounts(ctx, before, because=f"replaced by {public_id(Prefix.MERCHANT_ACCOUNT, account_id)}")
    row.state, row.approved_by, row.approved_at = PayeeState.ACTIVE, ctx.actor, ctx.now
    ctx.session.flush()
    _note(ctx, FactKind.ACCOUNT_NAMED, row, verb="approve_merchant_account", asked_by=row.asked_by)
    return first_day(row, banking_days=policy_of(ctx, row.originator_id).settlement.new_account_banking_days)


def first_day(row: MerchantAccount, *, banking_days: int) -> date:
    """Return the first day on which an approved account is paid to: the policy's banking days after its approval.

    One that nobody has approved is paid to on no day.
    """
    if row.approved_at is None:
        return date.max
    return add_banking_days(row.approved_at.astimezone(NEW_YORK).date(), banking_days)


def end_account(ctx: Context, account_id: int, *, reason: str) -> None:
    """End an account, or refuse one that is asked for, by a person's word; what is not sent yet waits for another.

    Raises ``NoSuch``, and ``WrongState`` for one that has ended.
    """
    row = _locked(ctx, account_id)
    if row.state == PayeeState.ENDED:
        fact = f"account {public_id(Prefix.MERCHANT_ACCOUNT, account_id)} has ended already"
        raise WrongState(fact)
    end_accounts(ctx, [account_id], because=reason)


def end_accounts(ctx: Context, account_ids: Sequence[int], *, because: str) -> None:
    """End accounts, few at a time, each with its fact; those that have ended already stay as they are."""
    for account_id in account_ids:
        ended = ctx.session.execute(
            update(MerchantAccount)
            .where(MerchantAccount.id == account_id, MerchantAccount.state != PayeeState.ENDED)
            .values(state=PayeeState.ENDED, ended_on=ctx.today)
            .returning(MerchantAccount.id)
            .execution_options(synchronize_session="fetch"),
        ).first()
        if ended is not None:
            row = ctx.session.get_one(MerchantAccount, account_id)
            _note(ctx, FactKind.CLOSED, row, verb="end_merchant_account", because=because)


def _refuse_unusable(routing: str, number: str, evidence: str) -> None:
    digits = routing.isascii() and routing.isdigit() and len(routing) == _ROUTING
    if not digits or not are_routing_numbers(np.array([int(routing)], np.int64))[0]:
        fact = "the routing number's check digit is wrong, or it has not nine digits"
        raise WrongState(fact, "Read it from the check or the bank's letter again")
    if len(number) > ACCOUNT_WIDTH or not _NUMBER.fullmatch(number):
        # Anything else would keep the file of a whole night from being written.
        fact = "an account number has 1 to 17 letters, digits, blanks or hyphens; it is never cut"
        raise WrongState(fact, "Give it alone, in a file or on the standard input")
    if not evidence.strip():
        fact = "nothing is said of what shows that the account is the merchant's"
        raise WrongState(fact, "Say it: --evidence TEXT")


def _name_of(name: str) -> str:
    try:
        shown, _ = abbreviate_name(name, _NAME)
    except NotTransliterable as refusal:
        fact = str(refusal).rstrip(".")
        raise WrongState(fact, "Give the name as the bank writes it") from None
    return shown


def _locked(ctx: Context, account_id: int) -> MerchantAccount:
    row = ctx.session.scalar(select(MerchantAccount).where(MerchantAccount.id == account_id).with_for_update())
    if row is None:
        fact = f"there is no account {public_id(Prefix.MERCHANT_ACCOUNT, account_id)} for payouts"
        raise NoSuch(fact)
    return row


def _note(
    ctx: Context,
    kind: FactKind,
    row: MerchantAccount,
    *,
    verb: str,
    **said: Any,  # noqa: ANN401 -- any JSON value
) -> None:
    """Leave the fact with the merchant, and the record; of the number no more than its last four."""
    name = public_id(Prefix.MERCHANT_ACCOUNT, row.id)
    before = events.count(ctx.session, kind, scope=Scope.MERCHANT, subject=row.merchant_id)
    ctx.fact(
        kind, scope=Scope.MERCHANT, subject=row.merchant_id, originator=row.originator_id,
        once=f"{name}|{before}", account=name, last4=row.last4, **said,
    )  # fmt: skip
    ctx.session.flush()
    ctx.audit(verb, name, merchant=public_id(Prefix.MERCHANT, row.merchant_id), evidence=row.evidence, **said)
