"""A restored book: what a comparison with what is outside of it can find, and what became of each finding."""

from enum import StrEnum


class FindingKind(StrEnum):
    """What is not as the book has it."""

    ADOPTED = "adopted"
    """A file the book did not know, taken into it from its bytes."""
    PROVEN = "proven"
    """A file the book did not know to be sent, and the host's memory or the bank shows that it was."""
    VOIDED = "voided"
    """A file the book holds ready, which never left: it is sealed anew."""
    IN_DOUBT = "in_doubt"
    """A file that may have left, without proof either way: its orders wait for the bank's word."""
    BYTES_MISSING = "bytes_missing"
    """A file that was sent and whose bytes are not to be had: what could be in it is held."""
    OTHER_BYTES = "other_bytes"
    """A file that was sent under a name which the book has for other bytes."""
    NOT_TAKEN = "not_taken"
    """A file, or some entries of one, that cannot be taken into the book: orders it does not know, credits, checks."""
    FOREIGN = "foreign"
    """Something that lies at the bank and cannot be read as a file of ours."""
    HOST_MEMORY = "host_memory"
    """The host remembers nothing: what was sent since the backup is known from the bank alone."""


class FindingState(StrEnum):
    """Whether a finding still stands in the way of a release."""

    SETTLED = "settled"
    OPEN = "open"
    WAVED = "waved"


class RestoredState(StrEnum):
    """How far a restored book has come."""

    COMPARED = "compared"
    RELEASED = "released"


BLOCKING = frozenset(
    {
        FindingKind.BYTES_MISSING,
        FindingKind.OTHER_BYTES,
        FindingKind.NOT_TAKEN,
        FindingKind.FOREIGN,
        FindingKind.HOST_MEMORY,
    }
)
"""What two persons must answer for by name before the book may seal again."""
