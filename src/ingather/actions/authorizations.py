"""Recording authorizations with their evidence, and taking them back when the buyer does."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from ingather.actions.accounts import note_validations
from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id, known_rows
from ingather.base.dates import to_micros
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.bulk import insert_columns
from ingather.store.tables import Account, Authorization, Buyer, Merchant


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthorizations:
    """Authorizations to record, as columns; ``evidence`` says how each was given (IP, user agent, signature …).

    ``validation_method`` and ``validated_on`` tell how the account was validated when it was given; both may be left
    out, and a method is empty where there was none.
    """

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
    validation_method: Sequence[str] | None = None
    validated_on: Sequence[date | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    """What authorizations refer to, by external id; an account is (key, buyer, bucket)."""

    buyers: dict[str, int]
    merchants: dict[str, int]
    accounts: dict[str, tuple[int, int, int]]

    def fault_of(self, new: NewAuthorizations, row: int) -> tuple[str, str] | None:
        """Return the field at fault and the sentence when an authorization refers to what is not there.

        The account is not quoted: somebody may have put its number where its id belongs.
        """
        if new.buyer[row] not in self.buyers:
            return "buyer", f"there is no buyer {new.buyer[row]}; record the buyer first"
        if new.merchant[row] not in self.merchants:
            return "merchant", f"there is no merchant {new.merchant[row]}; record the merchant first"
        account = self.accounts.get(new.account[row])
        if account is None or account[1] != self.buyers[new.buyer[row]]:
            return "account", f"buyer {new.buyer[row]} has no account of this id; record the account first"
        return None


def record_authorizations(ctx: Context, originator_id: int, new: NewAuthorizations) -> Intake:
    """Record authorizations; a known one with other content is refused: what a buyer agreed to is never rewritten.

    A known one that brings a validation not seen before counts as new, and only the validation is added. An intake
    that brought nothing new leaves no record.
    """
    intake = Intake()
    references = _references(ctx, originator_id, new)
    known = _known_authorizations(ctx, originator_id, new.external_id)
    chosen: list[int] = []
    repeated: list[int] = []
    for row, external_id in enumerate(new.external_id):
        if fault := references.fault_of(new, row):
            intake.refuse(row, *fault)
            continue
        content = _content(new, row, references)
        if external_id not in known:
            known[external_id] = content
            chosen.append(row)
        elif known[external_id] == content:
            repeated.append(row)
        else:
            intake.refuse(
                row,
                "external_id",
                f"authorization {external_id} is known with another text, account, term or evidence; "
                "record what the buyer agreed to now as another one",
            )
    if chosen:
        _insert(ctx, originator_id, new, chosen=chosen, references=references)
    _validate(ctx, new, chosen, references)
    proven = _validate(ctx, new, repeated, references)
    intake.new = len(chosen) + proven
    intake.same = len(repeated) - proven
    if intake.new:
        ctx.audit("record_authorizations", "book", new=intake.new, same=intake.same, refused=len(intake.refused))
    return intake


def _references(ctx: Context, originator_id: int, new: NewAuthorizations) -> _References:
    accounts = known_rows(
        ctx.session,
        (Account.external_id, Account.id, Account.buyer_id, Account.bucket),
        of=Account.originator_id,
        originator_id=originator_id,
        key=Account.external_id,
        wanted=new.account,
    )
    return _References(
        buyers=keys_by_external_id(ctx.session, Buyer, originator_id, new.buyer),
        merchants=keys_by_external_id(ctx.session, Merchant, originator_id, new.merchant),
        accounts={name: (key, buyer, bucket) for name, key, buyer, bucket in accounts},
    )


def _known_authorizations(ctx: Context, originator_id: int, wanted: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    rows = known_rows(
        ctx.session,
        (Authorization.external_id, Authorization.text_sha256, Authorization.account_id, Authorization.merchant_id,
         Authorization.kind, Authorization.channel, Authorization.given_at, Authorization.evidence,
         Authorization.max_amount_minor, Authorization.valid_from, Authorization.valid_to),
        of=Authorization.originator_id,
        originator_id=originator_id,
        key=Authorization.external_id,
        wanted=wanted,
    )  # fmt: skip
    return {row[0]: tuple(row[1:]) for row in rows}


def _content(new: NewAuthorizations, row: int, references: _References) -> tuple[Any, ...]:
    """Return what an authorization says, as ``_known_authorizations`` does."""
    return (
        hashlib.sha256(new.text[row].encode()).digest(),
        references.accounts[new.account[row]][0],
        references.merchants[new.merchant[row]],
        new.kind[row],
        new.channel[row],
        new.given_at[row],
        dict(new.evidence[row]),
        new.max_amount_minor[row],
        new.valid_from[row],
        new.valid_to[row],
    )


def _insert(
    ctx: Context, originator_id: int, new: NewAuthorizations, *, chosen: list[int], references: _References
) -> None:
    accounts = [references.accounts[new.account[row]] for row in chosen]
    until = [new.valid_to[row] for row in chosen]
    insert_columns(
        ctx.session,
        Authorization,
        {
            "id": ctx.ids.many(len(chosen)).tolist(),
            "external_id": [new.external_id[row] for row in chosen],
            "buyer_id": [account[1] for account in accounts],
            "account_id": [account[0] for account in accounts],
            "merchant_id": [references.merchants[new.merchant[row]] for row in chosen],
            "kind": [new.kind[row] for row in chosen],
            "channel": [new.channel[row] for row in chosen],
            "text": [new.text[row] for row in chosen],
            "text_sha256": [hashlib.sha256(new.text[row].encode()).digest() for row in chosen],
            "given_at": [to_micros(new.given_at[row]) for row in chosen],
            # The JSON column keeps what json.dumps makes, on both engines.
            "evidence": [json.dumps(dict(new.evidence[row])) for row in chosen],
            "max_amount_minor": [new.max_amount_minor[row] for row in chosen],
            "valid_from": [new.valid_from[row].isoformat() for row in chosen],
            "valid_to": [day and day.isoformat() for day in until],
            "bucket": [account[2] for account in accounts],
        },
        same={
            "originator_id": originator_id,
            "state": AuthorizationState.ACTIVE,
            "revoked_at": None,
            "version": 1,
            "created_at": ctx.now,
        },
    )


def _validate(ctx: Context, new: NewAuthorizations, rows: list[int], references: _References) -> int:
    """Keep the validations that came with these rows; returns how many of the rows brought one not known yet."""
    if new.validation_method is None or new.validated_on is None:
        return 0
    proven = [row for row in rows if new.validation_method[row]]
    if not proven:
        return 0
    days = [new.validated_on[row] for row in proven]
    return sum(
        note_validations(
            ctx,
            [references.accounts[new.account[row]][0] for row in proven],
            method=[new.validation_method[row] for row in proven],
            validated_on=[day or ctx.today for day in days],
            evidence="as recorded with an authorization",
        )
    )


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
