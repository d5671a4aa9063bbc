"""A buyer's authorization: what was agreed, how it was given, and whether it still stands."""

from enum import StrEnum


class AuthorizationKind(StrEnum):
    """For one debit, a series, or whatever further act of the buyer calls for."""

    SINGLE = "single"
    RECURRING = "recurring"
    STANDING = "standing"


class Channel(StrEnum):
    """How the authorization was given."""

    ONLINE = "online"
    PHONE = "phone"
    PAPER = "paper"


class AuthorizationState(StrEnum):
    """Whether debits may rest on it."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    SUPERSEDED = "superseded"
