"""What a channel can show of the past, for a book that was restored from an earlier moment."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A report that was taken and set aside; ``at_ns`` is when the bank had written it, in nanoseconds."""

    name: str
    at_ns: int


@runtime_checkable
class ShowsEvidence(Protocol):
    """A channel that still has what was sent and what was taken; each call may raise a ``ChannelFault``."""

    def sent_bytes(self, name: str) -> bytes | None:
        """Return the bytes under a final name, None when the bank shows nothing there."""

    def archived(self) -> list[Archived]:
        """Return the reports that were taken and set aside, the oldest first."""

    def fetch_archived(self, name: str) -> bytes:
        """Return the whole content of one of them."""
