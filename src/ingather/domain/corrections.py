"""A notification of change and what became of it."""

from enum import StrEnum


class CorrectionState(StrEnum):
    """What became of a notification.

    ``OPEN`` waits for a person and its clock runs; ``APPLIED`` is in the account; ``LEFT`` was left at our discretion
    or corrects nothing we hold; ``LOGGED`` is a code that nobody applies; ``REFUSED`` the ODFI was asked to refuse;
    ``UNMATCHED`` fits none of our entries.
    """

    OPEN = "open"
    APPLIED = "applied"
    LEFT = "left"
    LOGGED = "logged"
    REFUSED = "refused"
    UNMATCHED = "unmatched"
