"""Showing a person an account's number: for a case, with a reason, for some minutes, and never without a record.

The number is in the answer alone. The record says who saw which account, never a digit of it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.refusals import NoSuch, NotPermitted, Unreadable, WrongState
from ingather.rules.policy_watch import UnmaskTerms
from ingather.store.reading.unmasking import right_of
from ingather.store.tables import Account, Case, Unmasking

_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNumber:
    """An account's number as it is shown this once, to whom, when, for which case, and until when it may be again."""

    number: str = field(repr=False)
    routing: str
    actor: str
    case: str
    at: datetime
    until: datetime


def unmask_account(ctx: Context, account_id: int, *, case_id: int, reason: str, terms: UnmaskTerms) -> ShownNumber:
    """Show a person an account's number, and let them see it again for some minutes.

    Raises ``NoSuch`` for an unknown account or case, ``WrongState`` for a case that is closed, ``Unreadable`` without a
    reason, and ``NotPermitted`` for an actor who is no person.
    """
    if not ctx.actor.startswith("user:"):
        fact = "account numbers are shown to people only"
        raise NotPermitted(fact)
    if not reason.strip() or len(reason) > _LONGEST:
        fact = f"the reason is missing, or longer than {_LONGEST} characters"
        raise Unreadable(fact, "Say in a sentence what the number is needed for")
    account = _account(ctx, account_id)
    state = ctx.session.scalar(
        select(Case.state).where(Case.id == case_id, Case.originator_id == account.originator_id)
    )
    case = public_id(Prefix.CASE, case_id)
    if state is None:
        fact = f"there is no case {case}"
        raise NoSuch(fact, "Name the case that the number is needed for")
    if state == CaseState.CLOSED:
        fact = f"case {case} is closed"
        raise WrongState(fact, "A number is shown for a case that is open")
    until = ctx.now + timedelta(minutes=terms.minutes)
    ctx.session.add(
        Unmasking(
            id=ctx.ids.one(), originator_id=account.originator_id, account_id=account_id, case_id=case_id,
            actor=ctx.actor, reason=reason.strip(), at=ctx.now, until_at=until,
        )
    )  # fmt: skip
    ctx.audit(
        "unmask_account", public_id(Prefix.ACCOUNT, account_id), case=case, reason=reason.strip(),
        until=until.isoformat(),
    )  # fmt: skip
    return _shown(ctx, account, case=case, until=until)


def see_account(ctx: Context, account_id: int) -> ShownNumber:
    """Show a number again to whom it was shown some minutes ago; raises ``NoSuch``, and ``NotPermitted`` after them."""
    account = _account(ctx, account_id)
    right = right_of(ctx.session, account_id, ctx.actor, now=ctx.now)
    if right is None:
        fact = "the minutes are over in which this number may be seen again"
        raise NotPermitted(fact, "Ask for it anew, with reason, case and a one-time code")
    case = public_id(Prefix.CASE, right.case_id)
    ctx.audit("see_account", public_id(Prefix.ACCOUNT, account_id), case=case, reason=right.reason)
    return _shown(ctx, account, case=case, until=right.until_at)


def _account(ctx: Context, account_id: int) -> Account:
    row = ctx.session.get(Account, account_id)
    if row is None:
        fact = f"there is no account {public_id(Prefix.ACCOUNT, account_id)}"
        raise NoSuch(fact)
    return row


def _shown(ctx: Context, account: Account, *, case: str, until: datetime) -> ShownNumber:
    (plain,) = ctx.vault.open_many([account.id], [account.number])
    return ShownNumber(
        number=plain.tobytes().decode("ascii").strip(), routing=f"{account.routing:09d}", actor=ctx.actor, case=case,
        at=ctx.now, until=until,
    )  # fmt: skip
