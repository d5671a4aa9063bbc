"""Recording authorizations with their evidence, and taking them back when the buyer does.

What an authorization lacks makes a draft of it: it is kept, and nothing is debited under it until the rest is there.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ingather.actions.accounts import note_validations
from ingather.actions.authorizations.stopping import end_authorizations
from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id, known_rows
from ingather.actions.standing_cases import note_extended_return
from ingather.base.dates import NEW_YORK, to_micros
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationKind, AuthorizationState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.authorizations import (
    ALL_STATEMENTS,
    Judged,
    amount_terms_of,
    fault_of_amounts,
    judge,
    sentence_of,
)
from ingather.store.bulk import insert_columns
from ingather.store.tables import Account, Authorization, Buyer, Merchant

_TERMS = ("text_version", "locale", "amount_terms", "min_amount_minor", "every", "debits")
_REVOCABLE = frozenset(
    {AuthorizationState.DRAFT, AuthorizationState.ACTIVE, AuthorizationState.SUSPENDED, AuthorizationState.CONSUMED}
)


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
    text_version: Sequence[str] | None = None
    locale: Sequence[str] | None = None
    statements: Sequence[Sequence[str] | None] | None = None
    amount_terms: Sequence[str | None] | None = None
    min_amount_minor: Sequence[int | None] | None = None
    every: Sequence[str | None] | None = None
    debits: Sequence[int | None] | None = None

    def terms(self, row: int) -> dict[str, Any]:
        """Return what a row says in the columns that may be left out, but for its statements."""
        columns = {
            "text_version": self.text_version,
            "locale": self.locale,
            "amount_terms": self.amount_terms,
            "min_amount_minor": self.min_amount_minor,
            "every": self.every,
            "debits": self.debits,
        }
        return {name: column[row] or None if column else None for name, column in columns.items()}

    def said(self, row: int) -> Sequence[str] | None:
        """Return the statements of a row's text, None where nobody has read it for them."""
        return self.statements[row] if self.statements is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    """What authorizations refer to, by external id; an account is (key, buyer, bucket, holder)."""

    buyers: dict[str, int]
    merchants: dict[str, int]
    accounts: dict[str, tuple[int, int, int, str]]

    def fault_of(self, new: NewAuthorizations, row: int) -> tuple[str, str] | None:
        """Return the field at fault and the sentence when an authorization refers to what is not there, or cannot be.

        The account is not quoted: somebody may have put its number where its id belongs.
        """
        if new.buyer[row] not in self.buyers:
            return "buyer", f"there is no buyer {new.buyer[row]}; record the buyer first"
        if new.merchant[row] not in self.merchants:
            return "merchant", f"there is no merchant {new.merchant[row]}; record the merchant first"
        account = self.accounts.get(new.account[row])
        if account is None or account[1] != self.buyers[new.buyer[row]]:
            return "account", f"buyer {new.buyer[row]} has no account of this id; record the account first"
        return _fault_of_terms(new, row)

    def judged(self, new: NewAuthorizations, row: int) -> Judged:
        """Return what a row lacks under the rules of the day it was given."""
        return judge(
            holder=self.accounts[new.account[row]][3],
            channel=new.channel[row],
            kind=new.kind[row],
            statements=new.said(row),
            evidence=new.evidence[row],
            given_on=new.given_at[row].astimezone(NEW_YORK).date(),
        )


def _fault_of_terms(new: NewAuthorizations, row: int) -> tuple[str, str] | None:
    terms = new.terms(row)
    if fault := fault_of_amounts(terms["amount_terms"], terms["min_amount_minor"], new.max_amount_minor[row]):
        return "amount_terms", fault
    if unknown := sorted(set(new.said(row) or ()) - set(ALL_STATEMENTS)):
        return "statements", f"{', '.join(unknown)} is none of the statements {', '.join(ALL_STATEMENTS)}"
    if (terms["every"] or terms["debits"]) and new.kind[row] != AuthorizationKind.RECURRING:
        return "every" if terms["every"] else "debits", "only a series, of kind recurring, has a schedule or a number"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What an authorization says: what never changes, and what may be completed while it is a draft."""

    fixed: tuple[Any, ...]
    evidence: Mapping[str, Any]
    statements: frozenset[str] | None
    terms: Mapping[str, Any]
    purged: bool = False

    def has(self, other: "_Content") -> bool:
        """Return whether another one says nothing that this one does not."""
        if self.fixed != other.fixed:
            return False
        if self.purged:
            return True
        said = other.statements is None or other.statements <= (self.statements or frozenset())
        terms = all(self.terms[name] == value for name, value in other.terms.items() if value is not None)
        missing = object()
        return said and terms and all(self.evidence.get(key, missing) == it for key, it in other.evidence.items())


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
        elif known[external_id].has(content):
            repeated.append(row)
        else:
            intake.refuse(
                row,
                "external_id",
                f"authorization {external_id} is known with another text, account, term or evidence; "
                "record what the buyer agreed to now as another one",
            )
    judged = [references.judged(new, row) for row in chosen]
    if chosen:
        _insert(ctx, originator_id, new, chosen=chosen, references=references, judged=judged)
    _tell_drafts(intake, new, chosen, judged)
    _validate(ctx, new, chosen, references)
    proven = _validate(ctx, new, repeated, references)
    intake.new = len(chosen) + proven
    intake.same = len(repeated) - proven
    if intake.new:
        ctx.audit(
            "record_authorizations", "book", new=intake.new, same=intake.same, refused=len(intake.refused),
            drafts=len(intake.told),
        )  # fmt: skip
    return intake


def _tell_drafts(intake: Intake, new: NewAuthorizations, chosen: list[int], judged: list[Judged]) -> None:
    for row, found in zip(chosen, judged, strict=True):
        if found.lacks:
            wanted = "; ".join(sentence_of(word, found.rows) for word in found.lacks)
            intake.tell(
                row,
                "evidence" if new.said(row) is not None else "statements",
                f"authorization {new.external_id[row]} is a draft, under which nothing is debited; it lacks: {wanted}",
            )


def _references(ctx: Context, originator_id: int, new: NewAuthorizations) -> _References:
    accounts = known_rows(
        ctx.session,
        (Account.external_id, Account.id, Account.buyer_id, Account.bucket, Account.holder),
        of=Account.originator_id,
        originator_id=originator_id,
        key=Account.external_id,
        wanted=new.account,
    )
    return _References(
        buyers=keys_by_external_id(ctx.session, Buyer, originator_id, new.buyer),
        merchants=keys_by_external_id(ctx.session, Merchant, originator_id, new.merchant),
        accounts={row[0]: (row[1], row[2], row[3], row[4]) for row in accounts},
    )


def _known_authorizations(ctx: Context, originator_id: int, wanted: Sequence[str]) -> dict[str, _Content]:
    of = Authorization
    rows = known_rows(
        ctx.session,
        (of.external_id, of.text_sha256, of.account_id, of.merchant_id, of.kind, of.channel, of.given_at,
         of.max_amount_minor, of.valid_from, of.valid_to, of.evidence, of.statements, of.purged_at, of.text_version,
         of.locale, of.amount_terms, of.min_amount_minor, of.every, of.debits),
        of=of.originator_id,
        originator_id=originator_id,
        key=of.external_id,
        wanted=wanted,
    )  # fmt: skip
    return {
        row[0]: _Content(
            fixed=tuple(row[1:10]),
            evidence=row.evidence,
            statements=None if row.statements is None else frozenset(row.statements),
            terms={name: getattr(row, name) for name in _TERMS},
            purged=row.purged_at is not None,
        )
        for row in rows
    }


def _content(new: NewAuthorizations, row: int, references: _References) -> _Content:
    """Return what an authorization says, as ``_known_authorizations`` does."""
    said = new.said(row)
    return _Content(
        fixed=(
            hashlib.sha256(new.text[row].encode()).digest(),
            references.accounts[new.account[row]][0],
            references.merchants[new.merchant[row]],
            new.kind[row],
            new.channel[row],
            new.given_at[row],
            new.max_amount_minor[row],
            new.valid_from[row],
            new.valid_to[row],
        ),
        evidence=dict(new.evidence[row]),
        statements=None if said is None else frozenset(said),
        terms=new.terms(row),
    )


def _insert(
    ctx: Context,
    originator_id: int,
    new: NewAuthorizations,
    *,
    chosen: list[int],
    references: _References,
    judged: list[Judged],
) -> None:
    accounts = [references.accounts[new.account[row]] for row in chosen]
    terms = [new.terms(row) for row in chosen]
    said = [new.said(row) for row in chosen]
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
            "state": [AuthorizationState.DRAFT if found.lacks else AuthorizationState.ACTIVE for found in judged],
            "statements": [None if words is None else json.dumps(sorted(set(words))) for words in said],
            "lacks": [json.dumps(found.lacks) for found in judged],
            **{name: [each[name] for each in terms] for name in _TERMS if name != "amount_terms"},
            "amount_terms": [
                amount_terms_of(each["amount_terms"], new.max_amount_minor[row])
                for row, each in zip(chosen, terms, strict=True)
            ],
        },
        same={
            "originator_id": originator_id,
            "revoked_at": None,
            "legal_hold": False,
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
    if row.state not in _REVOCABLE:
        fact = f"authorization {public_id(Prefix.AUTHORIZATION, authorization_id)} is {row.state} already"
        raise WrongState(fact)
    end_authorizations(ctx, row.originator_id, [authorization_id], because=reason)
    note_extended_return(ctx, authorization_id, because="The buyer revoked.")
    ctx.audit("revoke_authorization", public_id(Prefix.AUTHORIZATION, authorization_id), reason=reason)
