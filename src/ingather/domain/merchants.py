"""Merchants and buyers as parties that are screened: an outside service says whether sanctions lists name them."""

from enum import StrEnum


class Party(StrEnum):
    """Who is screened."""

    BUYER = "buyer"
    MERCHANT = "merchant"


class Screening(StrEnum):
    """What the screening of a party said; only clear lets a debit through, and not for ever."""

    CLEAR = "clear"
    PENDING = "pending"
    MATCH = "match"
