"""Webhooks: events pushed to an endpoint of a merchant's or an ERP's, and how each message stands."""

from enum import StrEnum


class EndpointState(StrEnum):
    """Whether messages are sent to an endpoint; one that answered 410 is gone until a person enables it again."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"


class MessageState(StrEnum):
    """How one event's message to one endpoint stands."""

    DUE = "due"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
