"""Correcting who holds an account: a bank that returns a business debit as a consumer's has told us.

What the account was is kept; its next debit carries a consumer's SEC code, under an authorization that still stands.
"""

from collections.abc import Mapping

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.store.tables import Account, AccountChange
from ingather.vault.sealing import Place


def correct_holders(ctx: Context, originator_id: int, holders: Mapping[int, tuple[str, str]]) -> list[int]:
    """Set who holds each account, by (holder, return code), and return those that said otherwise until now."""
    corrected: list[int] = []
    for account_id, (holder, code) in sorted(holders.items()):
        account = ctx.session.scalar(select(Account).where(Account.id == account_id).with_for_update())
        if account is None or account.holder == holder:
            continue
        change_id = ctx.ids.one()
        number = ctx.vault.open(Place.ACCOUNT_NUMBER, account.id, account.number)
        ctx.session.add(
            AccountChange(
                id=change_id,
                account_id=account.id,
                routing=account.routing,
                number=ctx.vault.seal(Place.ACCOUNT_NUMBER_BEFORE, change_id, number),
                last4=account.last4,
                kind=account.kind,
                because=code,
                correction_id=None,
                holder=account.holder,
                changed_at=ctx.now,
            ),
        )
        account.holder = holder
        account.version += 1
        ctx.fact(
            FactKind.CORRECTED,
            scope=Scope.ACCOUNT,
            subject=account.id,
            originator=originator_id,
            once=f"holder-{account.version}",
            code=code,
            holder=str(holder),
        )
        ctx.audit("correct_holder", public_id(Prefix.ACCOUNT, account.id), holder=str(holder), because=code)
        corrected.append(account.id)
    ctx.session.flush()
    return corrected
