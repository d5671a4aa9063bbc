"""Facts: what happened, to what, on which banking date. They are only ever added.

A fact has a scope. What is true of a whole file, batch or feed (sent, settled, complete through a day) is one fact
of that file, batch or feed and is never copied to the orders in it.
"""

from enum import StrEnum


class Scope(StrEnum):
    """What a fact is about."""

    ORDER = "order"
    ENTRY = "entry"
    BATCH = "batch"
    FILE = "file"
    FEED = "feed"
    REPORT = "report"
    AUTHORIZATION = "authorization"
    ACCOUNT = "account"
    MERCHANT = "merchant"
    CASE = "case"


class FactKind(StrEnum):
    """What happened."""

    SEALED = "sealed"
    APPROVED = "approved"
    REFUSED = "refused"
    SENDING = "sending"
    TRANSMITTED = "transmitted"
    IN_DOUBT = "in_doubt"
    PENDED = "pended"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    VOIDED = "voided"
    SETTLED = "settled"
    RETURNED = "returned"
    WATERMARK = "watermark"
    TAKEN = "taken"
    CANCELED = "canceled"
    HELD = "held"
    UNHELD = "unheld"
    GIVEN_UP = "given_up"
    RETRY_PLANNED = "retry_planned"
    REVOKED = "revoked"
    BLOCKED = "blocked"
    CORRECTED = "corrected"
    OPENED = "opened"
    CLOSED = "closed"
    PAID_OUT = "paid_out"
