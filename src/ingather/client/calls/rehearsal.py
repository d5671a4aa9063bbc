"""Calls about rehearsal.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from ingather.client.connection import Connection, path
from ingather.client.shapes.rehearsal import Advance, Rehearsal, RehearsedEntry, RehearsedFile, ScenarioOutcome


class RehearsalCalls:
    """Calls about rehearsal."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> Rehearsal:
        """Show the clock of a test book, and what its bank in the box is about to do."""
        return self._connection.read("/v1/rehearsal", Rehearsal)

    def clock(
        self,
        *,
        to: datetime | None = None,
        by_seconds: int | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Advance:
        """Move the clock of a test book on; every run that is due on the way is made."""
        return self._connection.act(
            "POST",
            "/v1/rehearsal/clock",
            Advance,
            body={"to": to, "by_seconds": by_seconds},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def entries_settle(
        self, entry_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> RehearsedEntry:
        """Let an entry settle: the clock moves on to the evening of its settlement day."""
        return self._connection.act(
            "POST",
            path("/v1/rehearsal/entries/{entry_id}/settle", entry_id=entry_id),
            RehearsedEntry,
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def entries_return(
        self,
        entry_id: str,
        *,
        code: str,
        on: date | None = None,
        addenda: str | None = None,
        late: bool | None = None,
        match: Literal["exact", "wrong_trace", "wrong_amount", "wrong_reference", "duplicate"] | None = None,
        at_once: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> RehearsedEntry:
        """Have an entry come back, as the receiver's bank would send it."""
        return self._connection.act(
            "POST",
            path("/v1/rehearsal/entries/{entry_id}/return", entry_id=entry_id),
            RehearsedEntry,
            body={"code": code, "on": on, "addenda": addenda, "late": late, "match": match, "at_once": at_once},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def entries_change(
        self,
        entry_id: str,
        *,
        code: str,
        corrected_data: str | None = None,
        at_once: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> RehearsedEntry:
        """Have the receiver's bank send a notification of change about an entry."""
        return self._connection.act(
            "POST",
            path("/v1/rehearsal/entries/{entry_id}/change", entry_id=entry_id),
            RehearsedEntry,
            body={"code": code, "corrected_data": corrected_data, "at_once": at_once},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def files_acknowledge(
        self,
        file_id: str,
        *,
        outcome: Literal["accepted", "accepted_with_rejects", "rejected"],
        reason: str | None = None,
        entries: Sequence[str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> RehearsedFile:
        """Have the bank take a file that lies there, in whole or in part, or refuse it, and acknowledge it."""
        return self._connection.act(
            "POST",
            path("/v1/rehearsal/files/{file_id}/acknowledge", file_id=file_id),
            RehearsedFile,
            body={"outcome": outcome, "reason": reason, "entries": entries},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def scenarios(
        self,
        name: str,
        *,
        seed: int | None = None,
        orders: int | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ScenarioOutcome:
        """Play a scenario of the bank in the box on a book of its own, and tell how it ended."""
        return self._connection.act(
            "POST",
            path("/v1/rehearsal/scenarios/{name}", name=name),
            ScenarioOutcome,
            body={"seed": seed, "orders": orders},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )
