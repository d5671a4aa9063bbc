"""A buyer's bank account: who holds it, of what kind it is, and whether it may be debited."""

from enum import StrEnum


class Holder(StrEnum):
    """Whose account it is; this, not the buyer's type on the order, decides the SEC code."""

    BUSINESS = "business"
    CONSUMER = "consumer"


class AccountKind(StrEnum):
    """Checking and savings accounts take different transaction codes."""

    CHECKING = "checking"
    SAVINGS = "savings"


class AccountState(StrEnum):
    """Whether the account may be debited."""

    ACTIVE = "active"
    BLOCKED = "blocked"


class CheckState(StrEnum):
    """Where a validation of ours by prenote or micro-entries stands."""

    WANTED = "wanted"
    SEALED = "sealed"
    PASSED = "passed"
    FAILED = "failed"
    CANCELED = "canceled"


class ValidationMethod(StrEnum):
    """How an account was shown to be open and debitable before its first WEB entry."""

    PRENOTE = "prenote"
    MICRO_ENTRIES = "micro_entries"
    EXTERNAL = "external"
    EARLIER_DEBIT = "earlier_debit"
