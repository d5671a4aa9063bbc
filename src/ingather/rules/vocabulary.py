"""The words the decisions work with, each as a small integer so that a column of them is an array.

Zero always means "none" or "unknown" and is never permission. Where the domain has the same word, the names here are
its names in capitals, so a code is found by name.
"""

from enum import IntEnum


class OrderStanding(IntEnum):
    """Whether an order's state lets it be debited at all: only open and returned orders are."""

    CLOSED = 0
    OPEN = 1
    RETURNED = 2


class AuthorizationState(IntEnum):
    """What has become of an authorization."""

    NONE = 0
    DRAFT = 1
    ACTIVE = 2
    SUSPENDED = 3
    REVOKED = 4
    EXPIRED = 5
    CONSUMED = 6
    SUPERSEDED = 7


class AuthorizationKind(IntEnum):
    """What an authorization covers: one debit, a series, or further debits each started by an act of the buyer."""

    UNKNOWN = 0
    SINGLE = 1
    RECURRING = 2
    STANDING = 3


class AccountState(IntEnum):
    """Whether a bank account may be debited; not while a prenote or micro-entries of ours to it are under way."""

    UNKNOWN = 0
    ACTIVE = 1
    BLOCKED = 2
    CLOSED = 3
    UNDER_CHECK = 4


class AccountKind(IntEnum):
    """What kind of account it is: checking is debited with code 27, savings with code 37."""

    UNKNOWN = 0
    CHECKING = 1
    SAVINGS = 2


class Holder(IntEnum):
    """Who holds the account; the holder, not the buyer on the order, decides the SEC code."""

    UNKNOWN = 0
    BUSINESS = 1
    CONSUMER = 2


class Channel(IntEnum):
    """How the authorization was given."""

    UNKNOWN = 0
    ONLINE = 1
    PHONE = 2
    PAPER = 3


class AmountTerms(IntEnum):
    """What was agreed about the amount."""

    UNKNOWN = 0
    FIXED = 1
    RANGE = 2
    VARYING = 3


class NoticeKind(IntEnum):
    """What a buyer must be told before a debit."""

    NONE = 0
    AMOUNT = 1
    DATE = 2
    BOTH = 3


class Screening(IntEnum):
    """What the screening of a party said."""

    NONE = 0
    CLEAR = 1
    PENDING = 2
    MATCH = 3


class PartyState(IntEnum):
    """Whether a merchant or a buyer may take part."""

    UNKNOWN = 0
    ACTIVE = 1
    SUSPENDED = 2
    CLOSED = 3
