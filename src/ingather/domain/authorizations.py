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


class AmountTerms(StrEnum):
    """What was agreed about the amount: one amount, a range the buyer chose, or as the purchase determines."""

    FIXED = "fixed"
    RANGE = "range"
    VARYING = "varying"


class Every(StrEnum):
    """How often a recurring authorization is debited."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class NoticeKind(StrEnum):
    """What a buyer must be told before a debit of a series: another amount, another date, or both."""

    AMOUNT = "amount"
    DATE = "date"
    BOTH = "both"


class AuthorizationState(StrEnum):
    """Whether debits may rest on it."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    SUPERSEDED = "superseded"


class Statement(StrEnum):
    """What the text of an authorization says; which of them it must say stands in the table of contents."""

    TERMS = "terms"
    KIND = "kind"
    AMOUNT = "amount"
    TIMING = "timing"
    RECEIVER = "receiver"
    ACCOUNT = "account"
    DATE = "date"
    REVOCATION = "revocation"
    BOUND = "bound"


class Evidence(StrEnum):
    """What shows that the buyer gave it: where from, how authenticated, and what the buyer was sent."""

    IP = "ip"
    USER_AGENT = "user_agent"
    SIGNATURE = "signature"
    AUTHENTICATION = "authentication"
    RECORDING = "recording"
    NOTICE = "notice"
    COPY_SENT = "copy_sent"


ENDED = frozenset(
    {
        AuthorizationState.REVOKED,
        AuthorizationState.EXPIRED,
        AuthorizationState.CONSUMED,
        AuthorizationState.SUPERSEDED,
    }
)
"""The states from whose beginning an authorization is kept for years."""
