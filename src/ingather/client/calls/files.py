"""Calls about files.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.files import (
    DecidedTogether,
    Entry,
    File,
    FileInFull,
    FileReversal,
    NotifiedTogether,
    Records,
    Verification,
)

KindWord: TypeAlias = Literal[
    "debit",
    "retry",
    "corrected",
    "reversal",
    "return_fee",
    "refund",
    "prenote",
    "micro_credit",
    "micro_debit",
    "offset",
    "payout",
]
StateWord: TypeAlias = Literal[
    "sealed",
    "approved",
    "sending",
    "transmitted",
    "pended",
    "accepted",
    "accepted_with_rejects",
    "rejected",
    "in_doubt",
    "voided",
]


class FilesCalls:
    """Calls about files."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, file_id: str, *, known_at: datetime | None = None) -> FileInFull:
        """Return a file with its batches and approvals; its ETag is the hash of its bytes."""
        return self._connection.read(
            path("/v1/files/{file_id}", file_id=file_id), FileInFull, query={"known_at": known_at}
        )

    def entries(
        self,
        file_id: str,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        batch: int | None = None,
        trace: str | None = None,
        kind: Sequence[KindWord] | None = None,
        ended: Sequence[Literal["returned", "rejected", "voided"]] | None = None,
        amount_minor_gte: int | None = None,
        amount_minor_lte: int | None = None,
        last4: str | None = None,
        external_id: str | None = None,
    ) -> Pages[Entry]:
        """List the entries of a file, or of one batch of it."""
        in_query = {
            "limit": limit, "after": after, "order": order, "batch": batch, "trace": trace, "kind": kind, "ended":
            ended, "amount_minor[gte]": amount_minor_gte, "amount_minor[lte]": amount_minor_lte, "last4": last4,
            "external_id": external_id,
        }  # fmt: skip
        return self._connection.pages(path("/v1/files/{file_id}/entries", file_id=file_id), Entry, query=in_query)

    def records(self, file_id: str, *, after: int | None = None, limit: int | None = None) -> Records:
        """Return the lines of a file, accounts masked, each field by name and columns; who looked is kept."""
        return self._connection.read(
            path("/v1/files/{file_id}/records", file_id=file_id), Records, query={"after": after, "limit": limit}
        )

    def verification(self, file_id: str) -> Verification:
        """Open a file's kept bytes, hash them, read them again and compare with the book."""
        return self._connection.read(path("/v1/files/{file_id}/verification", file_id=file_id), Verification)

    def approve(self, file_id: str, *, if_match: str, idempotency_key: str | None = None) -> FileInFull:
        """Approve the bytes that If-Match names by their hash; who made the file may not."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/approve", file_id=file_id),
            FileInFull,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def refuse(
        self, file_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> FileInFull:
        """Refuse a sealed file: it is voided and its orders wait for the next night."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/refuse", file_id=file_id),
            FileInFull,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def void(
        self, file_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> FileInFull:
        """Void a file of which no byte has left; its orders wait for the next night."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/void", file_id=file_id),
            FileInFull,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reverse(
        self,
        file_id: str,
        *,
        reason: str,
        words: str,
        discovered_at: datetime,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> FileReversal:
        """Ask for the reversal of every debit of a file that went out in error, within 24 hours of its discovery."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/reverse", file_id=file_id),
            FileReversal,
            body={"reason": reason, "words": words, "discovered_at": discovered_at},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reversals_approve(
        self, file_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> DecidedTogether:
        """Approve all reversals of a file's debits that wait for it."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/reversals/approve", file_id=file_id),
            DecidedTogether,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reversals_refuse(
        self, file_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> DecidedTogether:
        """Refuse all reversals of a file's debits that wait for a second person."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/reversals/refuse", file_id=file_id),
            DecidedTogether,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reversals_withdraw(
        self, file_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> DecidedTogether:
        """Let all reversals of a file's debits be that are not in a file yet."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/reversals/withdraw", file_id=file_id),
            DecidedTogether,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reversals_notify(
        self,
        file_id: str,
        *,
        proof: str,
        on: date | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> NotifiedTogether:
        """Record that all buyers of a file's reversals were told, where that is not on record."""
        return self._connection.act(
            "POST",
            path("/v1/files/{file_id}/reversals/notify", file_id=file_id),
            NotifiedTogether,
            body={"proof": proof, "on": on},
            once="taken",
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
        name: str | None = None,
        night_on_gte: date | None = None,
        night_on_lte: date | None = None,
        effective_on_gte: date | None = None,
        effective_on_lte: date | None = None,
    ) -> Pages[File]:
        """List files."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "name": name, "night_on[gte]":
            night_on_gte, "night_on[lte]": night_on_lte, "effective_on[gte]": effective_on_gte, "effective_on[lte]":
            effective_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/files", File, query=in_query)
