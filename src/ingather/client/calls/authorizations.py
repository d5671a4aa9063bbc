"""Calls about authorizations.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.authorizations import Given, Proof, ProofAsked
from ingather.client.shapes.shared import Authorization

StatementsWord: TypeAlias = Literal[
    "terms", "kind", "amount", "timing", "receiver", "account", "date", "revocation", "bound"
]


class AuthorizationsCalls:
    """Calls about authorizations."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        external_id: str,
        buyer: str,
        account: str,
        kind: Literal["single", "recurring", "standing"],
        channel: Literal["online", "phone", "paper"],
        text: str,
        given_at: datetime,
        valid_from: date,
        merchant: str | None = None,
        evidence: Given | None = None,
        statements: Sequence[StatementsWord] | None = None,
        text_version: str | None = None,
        locale: str | None = None,
        amount_terms: Literal["fixed", "range", "varying"] | None = None,
        min_amount_minor: int | None = None,
        max_amount_minor: int | None = None,
        every: Literal["week", "two_weeks", "month", "quarter", "year"] | None = None,
        debits: int | None = None,
        valid_to: date | None = None,
        validation_method: Literal["prenote", "micro_entries", "external", "earlier_debit"] | None = None,
        validated_on: date | None = None,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Authorization:
        """Record an authorization with its evidence; the same one again is the existing one."""
        in_body = {
            "external_id": external_id, "merchant": merchant, "buyer": buyer, "account": account, "kind": kind,
            "channel": channel, "text": text, "given_at": given_at, "evidence": evidence, "statements": statements,
            "text_version": text_version, "locale": locale, "amount_terms": amount_terms, "min_amount_minor":
            min_amount_minor, "max_amount_minor": max_amount_minor, "every": every, "debits": debits, "valid_from":
            valid_from, "valid_to": valid_to, "validation_method": validation_method, "validated_on": validated_on,
            "metadata": metadata,
        }  # fmt: skip
        return self._connection.act(
            "POST",
            "/v1/authorizations",
            Authorization,
            body=in_body,
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(self, authorization_id: str) -> Authorization:
        """Return one authorization with the words the buyer agreed to and the evidence."""
        return self._connection.read(
            path("/v1/authorizations/{authorization_id}", authorization_id=authorization_id), Authorization
        )

    def update(
        self,
        authorization_id: str,
        *,
        metadata: Mapping[str, str],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Authorization:
        """Replace the metadata of an authorization."""
        return self._connection.act(
            "PATCH",
            path("/v1/authorizations/{authorization_id}", authorization_id=authorization_id),
            Authorization,
            body={"metadata": metadata},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def revoke(
        self, authorization_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Authorization:
        """End an authorization at once; what is sealed under it and not sent is not sent."""
        return self._connection.act(
            "POST",
            path("/v1/authorizations/{authorization_id}/revoke", authorization_id=authorization_id),
            Authorization,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def suspend(
        self, authorization_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Authorization:
        """Let nothing be debited under an authorization until it is resumed."""
        return self._connection.act(
            "POST",
            path("/v1/authorizations/{authorization_id}/suspend", authorization_id=authorization_id),
            Authorization,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def resume(
        self, authorization_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Authorization:
        """Let debits rest on a suspended authorization again."""
        return self._connection.act(
            "POST",
            path("/v1/authorizations/{authorization_id}/resume", authorization_id=authorization_id),
            Authorization,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def complete(
        self,
        authorization_id: str,
        *,
        evidence: Given | None = None,
        statements: Sequence[StatementsWord] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Authorization:
        """Add what a draft lacks; it is active once nothing is lacking."""
        return self._connection.act(
            "POST",
            path("/v1/authorizations/{authorization_id}/complete", authorization_id=authorization_id),
            Authorization,
            body={"evidence": evidence, "statements": statements},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def proof_requests(
        self,
        authorization_id: str,
        *,
        order: str,
        on: date,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ProofAsked:
        """Note that the bank asks for proof of an authorization, which opens a case with its deadline."""
        return self._connection.act(
            "POST",
            path("/v1/authorizations/{authorization_id}/proof-requests", authorization_id=authorization_id),
            ProofAsked,
            body={"order": order, "on": on},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def proofs(
        self, authorization_id: str, *, order: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Proof:
        """Make the page that proves an authorization to the bank: words, evidence, debits, history, the rules
        behind.
        """
        return self._connection.act(
            "POST",
            path("/v1/authorizations/{authorization_id}/proofs", authorization_id=authorization_id),
            Proof,
            body={"order": order},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        external_id: str | None = None,
        state: Sequence[Literal["draft", "active", "suspended", "revoked", "expired", "consumed", "superseded"]]
        | None = None,
        buyer: str | None = None,
        merchant: str | None = None,
        account: str | None = None,
        last4: str | None = None,
        given_at_gte: datetime | None = None,
        given_at_lte: datetime | None = None,
    ) -> Pages[Authorization]:
        """List authorizations, without their words."""
        in_query = {
            "limit": limit, "after": after, "order": order, "external_id": external_id, "state": state, "buyer":
            buyer, "merchant": merchant, "account": account, "last4": last4, "given_at[gte]": given_at_gte,
            "given_at[lte]": given_at_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/authorizations", Authorization, query=in_query)
