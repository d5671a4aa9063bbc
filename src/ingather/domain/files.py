"""A file: bytes sealed once, approved by their hash, and sent at most once under one name."""

from enum import StrEnum


class FileState(StrEnum):
    """Where a file stands."""

    SEALED = "sealed"
    APPROVED = "approved"
    SENDING = "sending"
    TRANSMITTED = "transmitted"
    PENDED = "pended"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_REJECTS = "accepted_with_rejects"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    VOIDED = "voided"


NOT_SENT = frozenset({FileState.SEALED, FileState.APPROVED})
AT_THE_BANK = frozenset(
    {FileState.TRANSMITTED, FileState.PENDED, FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS},
)
UNANSWERED = frozenset({FileState.SENDING, FileState.IN_DOUBT, FileState.TRANSMITTED, FileState.PENDED})
