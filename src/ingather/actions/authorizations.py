"""Recording authorizations with their evidence, and taking them back when the buyer does."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id, known_rows
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.tables import Account, Authorization, Buyer, Merchant


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthorizations:
    """Authorizations to record, as columns; ``evidence`` says how each was given (IP, user agent, signature …)."""

    external_id: Sequence[str]
    buyer: Sequence[str]
    account: Sequence[str]
    merchant: Sequence[str]
    kind: Sequence[str]
    channel: Sequence[str]
    text: Sequence[str]
    given_at: Sequence[datetime]
    evidence: Sequence[Mapping[str, Any]]
    max_amount_minor: Sequence[int | None]
    valid_from: Sequence[date]
    valid_to: Sequence[date | None]


def record_authorizations(ctx: Context, originator_id: int, new: NewAuthorizations) -> Intake:
    """Record authorizations; a known one with another text is refused: what a buyer agreed to is never rewritten."""
    intake = Intake()
    buyers = keys_by_external_id(ctx.session, Buyer, originator_id, new.buyer)
    merchants = keys_by_external_id(ctx.session, Merchant, originator_id, new.merchant)
    accounts = {
        row.external_id: row
        for row in known_rows(
            ctx.session,
            (Account.external_id, Account.id, Account.buyer_id, Account.bucket),
            of=Account.originator_id,
            originator_id=originator_id,
            key=Account.external_id,
            wanted=new.account,
        )
    }
    found = known_rows(
        ctx.session,
        (Authorization.external_id, Authorization.text_sha256, Authorization.account_id),
        of=Authorization.originator_id,
        originator_id=originator_id,
        key=Authorization.external_id,
        wanted=new.external_id,
    )
    known = {row[0]: (row[1], row[2]) for row in found}
    for row, external_id in enumerate(new.external_id):
        account = accounts.get(new.account[row])
        sha256 = hashlib.sha256(new.text[row].encode()).digest()
        if new.buyer[row] not in buyers:
            intake.refuse(row, "buyer", f"there is no buyer {new.buyer[row]}")
        elif new.merchant[row] not in merchants:
            intake.refuse(row, "merchant", f"there is no merchant {new.merchant[row]}")
        elif account is None or account.buyer_id != buyers[new.buyer[row]]:
            intake.refuse(row, "account", f"buyer {new.buyer[row]} has no account {new.account[row]}")
        elif external_id in known:
            if known[external_id] == (sha256, account.id):
                intake.same += 1
            else:
                intake.refuse(row, "external_id", f"authorization {external_id} is known with another text or account")
        else:
            known[external_id] = (sha256, account.id)
            intake.new += 1
            ctx.session.add(
                Authorization(
                    id=ctx.ids.one(),
                    originator_id=originator_id,
                    external_id=external_id,
                    buyer_id=account.buyer_id,
                    account_id=account.id,
                    merchant_id=merchants[new.merchant[row]],
                    kind=new.kind[row],
                    channel=new.channel[row],
                    state=AuthorizationState.ACTIVE,
                    text=new.text[row],
                    text_sha256=sha256,
                    given_at=new.given_at[row],
                    evidence=dict(new.evidence[row]),
                    max_amount_minor=new.max_amount_minor[row],
                    valid_from=new.valid_from[row],
                    valid_to=new.valid_to[row],
                    revoked_at=None,
                    bucket=account.bucket,
                    version=1,
                    created_at=ctx.now,
                ),
            )
    ctx.session.flush()
    ctx.audit("record_authorizations", "book", new=intake.new, same=intake.same, refused=len(intake.refused))
    return intake


def revoke_authorization(ctx: Context, authorization_id: int, *, reason: str) -> None:
    """End an authorization at once: what is sealed under it and not sent yet will not be sent.

    Raises ``NoSuch`` for an unknown one and ``WrongState`` for one that has ended already.
    """
    row = ctx.session.get(Authorization, authorization_id, with_for_update=True)
    if row is None:
        fact = f"there is no authorization {public_id(Prefix.AUTHORIZATION, authorization_id)}"
        raise NoSuch(fact)
    if row.state not in {AuthorizationState.ACTIVE, AuthorizationState.SUSPENDED, AuthorizationState.CONSUMED}:
        fact = f"authorization {public_id(Prefix.AUTHORIZATION, authorization_id)} is {row.state} already"
        raise WrongState(fact)
    end_authorizations(ctx, row.originator_id, [authorization_id], because=reason)
    ctx.audit("revoke_authorization", public_id(Prefix.AUTHORIZATION, authorization_id), reason=reason)


def end_authorizations(ctx: Context, originator_id: int, ids: Sequence[int], *, because: str) -> None:
    """Mark authorizations revoked because of the buyer's word or a return that says so."""
    standing = list(
        ctx.session.scalars(
            select(Authorization.id).where(
                Authorization.id.in_(ids),
                Authorization.state != AuthorizationState.REVOKED,
            ),
        ),
    )
    if not standing:
        return
    ctx.session.execute(
        update(Authorization)
        .where(Authorization.id.in_(standing))
        .values(state=AuthorizationState.REVOKED, revoked_at=ctx.now, version=Authorization.version + 1),
    )
    for authorization_id in standing:
        ctx.fact(
            FactKind.REVOKED,
            scope=Scope.AUTHORIZATION,
            subject=authorization_id,
            originator=originator_id,
            because=because,
        )
