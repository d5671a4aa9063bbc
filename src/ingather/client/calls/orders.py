"""Calls about orders.

Written from the document of the API, never by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.orders import (
    AskedForOrder,
    NoticeSent,
    Order,
    OrderResults,
    OrderTimeline,
    Refund,
    Reversal,
)

StateWord: TypeAlias = Literal[
    "open", "sealed", "submitted", "settled", "collected", "returned", "reversed", "canceled", "failed"
]


class OrdersCalls:
    """Calls about orders."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        external_id: str,
        authorization: str,
        amount_minor: int,
        due_on: date,
        instalment: int | None = None,
        merchant: str | None = None,
        buyer: str | None = None,
        currency: str | None = None,
        goods: bool | None = None,
        same_day: bool | None = None,
        act_channel: Literal["online", "phone", "paper"] | None = None,
        act_at: datetime | None = None,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Order:
        """Record an order; the same one again is the existing one."""
        in_body = {
            "external_id": external_id, "instalment": instalment, "merchant": merchant, "authorization":
            authorization, "buyer": buyer, "amount_minor": amount_minor, "currency": currency, "due_on": due_on,
            "goods": goods, "same_day": same_day, "act_channel": act_channel, "act_at": act_at, "metadata":
            metadata,
        }  # fmt: skip
        return self._connection.act(
            "POST", "/v1/orders", Order, body=in_body, once="required", key=idempotency_key, if_match=if_match
        )

    def batch(
        self, *, content: Iterable[Mapping[str, Any]], if_match: str | None = None, idempotency_key: str | None = None
    ) -> OrderResults:
        """Record up to 10,000 orders, one JSON object a line, with a result for each; a bad line hurts no other."""
        return self._connection.act(
            "POST",
            "/v1/orders:batch",
            OrderResults,
            content=content,
            media_type="application/x-ndjson",
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(
        self,
        order_id: str,
        *,
        expand: Sequence[Literal["authorization", "buyer", "merchant", "entries", "returns"]] | None = None,
        known_at: datetime | None = None,
    ) -> Order:
        """Return one order as it stands, or stood; its ETag is that of the order without what is expanded."""
        return self._connection.read(
            path("/v1/orders/{order_id}", order_id=order_id), Order, query={"expand[]": expand, "known_at": known_at}
        )

    def update(
        self,
        order_id: str,
        *,
        metadata: Mapping[str, str],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Order:
        """Replace the metadata of an order; amount and date are agreed, and change by another instalment or a
        refund.
        """
        return self._connection.act(
            "PATCH",
            path("/v1/orders/{order_id}", order_id=order_id),
            Order,
            body={"metadata": metadata},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def timeline(self, order_id: str) -> OrderTimeline:
        """Explain an order: calls, file lines, bank records, ledger lines, approvals, deadlines, and what is next."""
        return self._connection.read(path("/v1/orders/{order_id}/timeline", order_id=order_id), OrderTimeline)

    def cancel(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Order:
        """Cancel an order that is in no file; once it is in one, a refund is the way."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/cancel", order_id=order_id),
            Order,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def hold(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Order:
        """Keep an order from being debited; what is sealed and not sent will not be sent."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/hold", order_id=order_id),
            Order,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def release(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Order:
        """Let a held order be debited again."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/release", order_id=order_id),
            Order,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def confirm(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Order:
        """Let an order be debited that looks like another one: both are owed."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/confirm", order_id=order_id),
            Order,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def fail(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Order:
        """Give up a returned order: it is not debited again."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/fail", order_id=order_id),
            Order,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def paid_otherwise(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Order:
        """Note that the buyer paid an open or returned order otherwise: it is never debited again."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/paid-otherwise", order_id=order_id),
            Order,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def notice_sent(
        self, order_id: str, *, on: date, proof: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> NoticeSent:
        """Note that the notices of an order were sent; the debit then waits out their days."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/notice-sent", order_id=order_id),
            NoticeSent,
            body={"on": on, "proof": proof},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def refund(
        self,
        order_id: str,
        *,
        reason: str,
        amount_minor: int,
        currency: str | None = None,
        after_window: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Refund:
        """Give some or all of a collected order back; what is large or may still come back needs a second person."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/refund", order_id=order_id),
            Refund,
            body={"reason": reason, "amount_minor": amount_minor, "currency": currency, "after_window": after_window},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reverse(
        self, order_id: str, *, reason: str, words: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Reversal:
        """Ask for the reversal of an order's debit that was our error; a second person approves it."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/reverse", order_id=order_id),
            Reversal,
            body={"reason": reason, "words": words},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def request_return(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> AskedForOrder:
        """Ask our bank to have an order's debit returned; the request goes out with the next night."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/request-return", order_id=order_id),
            AskedForOrder,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def consent_to_late_return(
        self, order_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> AskedForOrder:
        """Agree to take a business debit back late; our bank hears of it with the next night."""
        return self._connection.act(
            "POST",
            path("/v1/orders/{order_id}/consent-to-late-return", order_id=order_id),
            AskedForOrder,
            body={"reason": reason},
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
        state: Sequence[StateWord] | None = None,
        external_id: str | None = None,
        merchant: str | None = None,
        buyer: str | None = None,
        authorization: str | None = None,
        due_on_gte: date | None = None,
        due_on_lte: date | None = None,
        created_at_gte: datetime | None = None,
        created_at_lte: datetime | None = None,
        amount_minor_gte: int | None = None,
        amount_minor_lte: int | None = None,
        last_code: Sequence[str] | None = None,
        held: bool | None = None,
        suspected: bool | None = None,
        last4: str | None = None,
        batch: str | None = None,
        file: str | None = None,
        trace: str | None = None,
        known_at: datetime | None = None,
        expand: Sequence[Literal["authorization", "buyer", "merchant", "entries", "returns"]] | None = None,
    ) -> Pages[Order]:
        """List orders; of an instant that has passed by what never changes of them, and by the state they were in."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "external_id": external_id, "merchant":
            merchant, "buyer": buyer, "authorization": authorization, "due_on[gte]": due_on_gte, "due_on[lte]":
            due_on_lte, "created_at[gte]": created_at_gte, "created_at[lte]": created_at_lte, "amount_minor[gte]":
            amount_minor_gte, "amount_minor[lte]": amount_minor_lte, "last_code": last_code, "held": held,
            "suspected": suspected, "last4": last4, "batch": batch, "file": file, "trace": trace, "known_at":
            known_at, "expand[]": expand,
        }  # fmt: skip
        return self._connection.pages("/v1/orders", Order, query=in_query)
