"""Calls about merchants.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.merchants import Balance, InvoicePayment, Terms
from ingather.client.shapes.shared import Merchant


class MerchantsCalls:
    """Calls about merchants."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        external_id: str,
        name: str,
        company_name: str,
        company_identification: str,
        entry_description: str,
        paid_abroad: bool | None = None,
        night_limit_minor: int | None = None,
        night_limit_entries: int | None = None,
        return_fee_minor: int | None = None,
        return_fee_notice: str | None = None,
        return_fee_from: date | None = None,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Merchant:
        """Record a merchant; the same one again is the existing one."""
        in_body = {
            "external_id": external_id, "name": name, "company_name": company_name, "company_identification":
            company_identification, "entry_description": entry_description, "paid_abroad": paid_abroad,
            "night_limit_minor": night_limit_minor, "night_limit_entries": night_limit_entries, "return_fee_minor":
            return_fee_minor, "return_fee_notice": return_fee_notice, "return_fee_from": return_fee_from,
            "metadata": metadata,
        }  # fmt: skip
        return self._connection.act(
            "POST", "/v1/merchants", Merchant, body=in_body, once="taken", key=idempotency_key, if_match=if_match
        )

    def get(self, merchant_id: str) -> Merchant:
        """Return one merchant."""
        return self._connection.read(path("/v1/merchants/{merchant_id}", merchant_id=merchant_id), Merchant)

    def update(
        self,
        merchant_id: str,
        *,
        metadata: Mapping[str, str],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Merchant:
        """Replace the metadata of a merchant."""
        return self._connection.act(
            "PATCH",
            path("/v1/merchants/{merchant_id}", merchant_id=merchant_id),
            Merchant,
            body={"metadata": metadata},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def balance(self, merchant_id: str, *, known_at: datetime | None = None) -> Balance:
        """Return where a merchant stands, or stood by what had been booked: available, in reserve, owing by
        invoice.
        """
        return self._connection.read(
            path("/v1/merchants/{merchant_id}/balance", merchant_id=merchant_id), Balance, query={"known_at": known_at}
        )

    def get_terms(self, merchant_id: str) -> Terms:
        """Return the terms a merchant itself has agreed to."""
        return self._connection.read(path("/v1/merchants/{merchant_id}/terms", merchant_id=merchant_id), Terms)

    def create_terms(
        self,
        merchant_id: str,
        *,
        reason: str,
        tier: str | None = None,
        hold_days: int | None = None,
        reserve_bps: int | None = None,
        payout_method: Literal["sheet", "ach"] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Terms:
        """Set a merchant's own terms, all of them; they count from its next statement on."""
        return self._connection.act(
            "POST",
            path("/v1/merchants/{merchant_id}/terms", merchant_id=merchant_id),
            Terms,
            body={
                "reason": reason,
                "tier": tier,
                "hold_days": hold_days,
                "reserve_bps": reserve_bps,
                "payout_method": payout_method,
            },
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def invoice(self, merchant_id: str, *, if_match: str | None = None, idempotency_key: str | None = None) -> Balance:
        """Turn what a merchant is short of into an invoice now, before the policy's days are over."""
        return self._connection.act(
            "POST",
            path("/v1/merchants/{merchant_id}/invoice", merchant_id=merchant_id),
            Balance,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def invoice_payments(
        self,
        merchant_id: str,
        *,
        amount_minor: int,
        reference: str,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> InvoicePayment:
        """Note that a merchant has paid what it owed by invoice, or a part of it."""
        return self._connection.act(
            "POST",
            path("/v1/merchants/{merchant_id}/invoice-payments", merchant_id=merchant_id),
            InvoicePayment,
            body={"amount_minor": amount_minor, "reference": reference},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def write_off(
        self, merchant_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Balance:
        """Ask that what a merchant owes by invoice be taken as a loss; a second person approves it."""
        return self._connection.act(
            "POST",
            path("/v1/merchants/{merchant_id}/write-off", merchant_id=merchant_id),
            Balance,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def write_off_approve(self, merchant_id: str, *, if_match: str, idempotency_key: str | None = None) -> Balance:
        """Take what a merchant owes as a loss, as the second person; If-Match names the balance as it was read."""
        return self._connection.act(
            "POST",
            path("/v1/merchants/{merchant_id}/write-off/approve", merchant_id=merchant_id),
            Balance,
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
        state: str | None = None,
        screening: Literal["clear", "pending", "match"] | None = None,
    ) -> Pages[Merchant]:
        """List merchants."""
        return self._connection.pages(
            "/v1/merchants",
            Merchant,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "external_id": external_id,
                "state": state,
                "screening": screening,
            },
        )
