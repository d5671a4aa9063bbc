"""Destroying evidence that need not be kept any longer: how far a shredding has come."""

from enum import StrEnum


class ShreddingState(StrEnum):
    """How far the shredding of an epoch has come.

    ``BEGUN`` is the intent, kept before the key is destroyed: from there it only goes on to ``DONE``, which has the
    certificate.
    """

    ASKED = "asked"
    APPROVED = "approved"
    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"


class Hold(StrEnum):
    """What keeps evidence from being destroyed although its days are over."""

    FILE = "file"
    ORDER = "order"
    CASE = "case"
    LEGAL = "legal_hold"
    REPORT = "report"
    CHANGE = "change"


HOLD_WORDS: dict[Hold, str] = {
    Hold.FILE: "files that are not final",
    Hold.ORDER: "orders that are still moving",
    Hold.CASE: "open cases",
    Hold.LEGAL: "authorizations under a legal hold",
    Hold.REPORT: "reports that were not taken",
    Hold.CHANGE: "notifications of change that nobody decided",
}
"""Each hold for people, in the plural."""
