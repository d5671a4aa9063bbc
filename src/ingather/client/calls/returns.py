"""Calls about returns.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.returns import Candidates, Decided, Matched, Return, ReturnInFull


class ReturnsCalls:
    """Calls about returns."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        code: str,
        returned_on: date,
        evidence: str,
        entry: str | None = None,
        order: str | None = None,
        information: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ReturnInFull:
        """Record a return that the bank told of by telephone or mail; a report that tells it later applies
        nothing.
        """
        return self._connection.act(
            "POST",
            "/v1/returns",
            ReturnInFull,
            body={
                "entry": entry,
                "order": order,
                "code": code,
                "returned_on": returned_on,
                "evidence": evidence,
                "information": information,
            },
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(self, return_id: str) -> ReturnInFull:
        """Return one return: its window, what follows, the rule rows, disputes, cases and requests."""
        return self._connection.read(path("/v1/returns/{return_id}", return_id=return_id), ReturnInFull)

    def candidates(self, return_id: str, *, limit: int | None = None) -> Candidates:
        """List the debits that a return may be about, each with what agrees, what differs and a score."""
        return self._connection.read(
            path("/v1/returns/{return_id}/candidates", return_id=return_id), Candidates, query={"limit": limit}
        )

    def retry(
        self, return_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Decided:
        """Present a debit again whose return was disputed and stands, within the days and times of the Rules."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/retry", return_id=return_id),
            Decided,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def corrected_entry(
        self,
        return_id: str,
        *,
        reason: str,
        on: date | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Decided:
        """Plan the one corrected entry that may follow a debit not authorized on those terms."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/corrected-entry", return_id=return_id),
            Decided,
            body={"reason": reason, "on": on},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def block(
        self, return_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Decided:
        """Stop the account that a return came from."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/block", return_id=return_id),
            Decided,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def unblock(
        self, return_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Decided:
        """Let the account that a return came from be debited again, where what stopped it leaves that to a person."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/unblock", return_id=return_id),
            Decided,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def dishonour(
        self,
        return_id: str,
        *,
        code: str,
        reason: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Decided:
        """Ask the bank to dishonor a return; its order is not debited again meanwhile."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/dishonour", return_id=return_id),
            Decided,
            body={"code": code, "reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def let_stand(
        self,
        return_id: str,
        *,
        reason: str,
        declined: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Decided:
        """Let a disputed return stand after all, while the bank has not been told, or because it declined."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/let-stand", return_id=return_id),
            Decided,
            body={"reason": reason, "declined": declined},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def write_off(
        self, return_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Decided:
        """Take a return that moved no order, and that nobody disputes any more, as a loss."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/write-off", return_id=return_id),
            Decided,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def take_back(
        self, return_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Decided:
        """Take back a return that was recorded by hand in error, before any report told of it."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/take-back", return_id=return_id),
            Decided,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def statement_copy(
        self, return_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Decided:
        """Have the bank ask for the consumer's written statement behind an unauthorized return."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/statement-copy", return_id=return_id),
            Decided,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def close(
        self,
        return_id: str,
        *,
        outcome: str,
        evidence: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Decided:
        """Close every open case about a return with what came of it, and with what shows that."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/close", return_id=return_id),
            Decided,
            body={"outcome": outcome, "evidence": evidence},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def match(
        self,
        return_id: str,
        *,
        reason: str,
        entry: str,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Matched:
        """Say which debit a return is about, and apply it."""
        return self._connection.act(
            "POST",
            path("/v1/returns/{return_id}/match", return_id=return_id),
            Matched,
            body={"reason": reason, "entry": entry},
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
        code: Sequence[str] | None = None,
        category: str | None = None,
        timeliness: Sequence[Literal["in_time", "late", "by_agreement", "not_defined"]] | None = None,
        next_step: Sequence[
            Literal[
                "retry",
                "reauthorize",
                "corrected_entry",
                "new_entry",
                "new_account",
                "new_authorization",
                "investigate",
                "none",
            ]
        ]
        | None = None,
        late: bool | None = None,
        unmatched: bool | None = None,
        disputable: bool | None = None,
        merchant: str | None = None,
        external_id: str | None = None,
        order_id: str | None = None,
        trace: str | None = None,
        returned_on_gte: date | None = None,
        returned_on_lte: date | None = None,
        effective_on_gte: date | None = None,
        effective_on_lte: date | None = None,
        amount_minor_gte: int | None = None,
        amount_minor_lte: int | None = None,
        known_at: datetime | None = None,
    ) -> Pages[Return]:
        """List returns, by the day they settled or by the day of the debit, or those that had come in by an
        instant.
        """
        in_query = {
            "limit": limit, "after": after, "order": order, "code": code, "category": category, "timeliness":
            timeliness, "next_step": next_step, "late": late, "unmatched": unmatched, "disputable": disputable,
            "merchant": merchant, "external_id": external_id, "order_id": order_id, "trace": trace,
            "returned_on[gte]": returned_on_gte, "returned_on[lte]": returned_on_lte, "effective_on[gte]":
            effective_on_gte, "effective_on[lte]": effective_on_lte, "amount_minor[gte]": amount_minor_gte,
            "amount_minor[lte]": amount_minor_lte, "known_at": known_at,
        }  # fmt: skip
        return self._connection.pages("/v1/returns", Return, query=in_query)
