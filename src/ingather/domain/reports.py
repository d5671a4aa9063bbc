"""A bank report as the book keeps it: bytes first, then what became of it."""

from enum import StrEnum


class ReportState(StrEnum):
    """What became of a report."""

    KEPT = "kept"
    TAKEN = "taken"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"
    SUPERSEDED = "superseded"


class SettlementBasis(StrEnum):
    """How we know that a batch settled."""

    CONFIRMED = "confirmed"
    INFERRED = "inferred"
