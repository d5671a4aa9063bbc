"""The policy's part about merchants: how long collected money is held, what is kept in reserve, how it is paid out."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from ingather.nacha.sec import SEC_CODES
from ingather.rules.entry_class import fault_of_description
from ingather.rules.profile_parts import Flag, Part

Days = Annotated[int, Field(ge=0, le=180, strict=True)]
Bps = Annotated[int, Field(ge=0, le=10_000, strict=True)]


class ReleaseTerms(Part):
    """How one kind of money is released.

    ``hold_days``: calendar days after collection until it is payable. ``reserve_bps``: the share kept in reserve, in
    basis points, for ``reserve_days`` calendar days.
    """

    hold_days: Days = 0
    reserve_bps: Bps = 0
    reserve_days: Days = 60


class SettlementTerms(Part):
    """How merchants are settled.

    The terms of a merchant itself come before those of its tier, those before the class's, and those before the
    general ones. ``pass_return_fees``: whether the bank's fee for a returned debit is the merchant's.
    ``invoice_after``: after how many calendar days a negative position becomes an invoice. ``method``: how merchants
    without one of their own are paid. ``least_payout_minor``: smaller sums wait for the next statement. Money that
    settled and is not collected is never paid out: that would invite debiting, being paid, and having it returned.
    ``new_account_banking_days``: how many banking days after its approval a merchant's account is first paid to.
    """

    hold_days: Days = 0
    reserve_bps: Bps = 0
    reserve_days: Days = 60
    classes: dict[str, ReleaseTerms] = Field(default_factory=dict)
    tiers: dict[str, ReleaseTerms] = Field(default_factory=dict)
    pass_return_fees: Flag = False
    invoice_after: Annotated[int, Field(ge=0, le=3_650, strict=True)] = 90
    method: Literal["sheet", "ach"] = "sheet"
    least_payout_minor: Annotated[int, Field(ge=0, strict=True)] = 0
    new_account_banking_days: Annotated[int, Field(ge=0, le=30, strict=True)] = 2
    description: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 ]{0,9}$")] = "PAYOUT"

    @field_validator("description")
    @classmethod
    def _describes(cls, value: str) -> str:
        if wrong := fault_of_description(value):
            raise ValueError(wrong)
        return value

    @field_validator("classes")
    @classmethod
    def _classes_are_known(cls, value: dict[str, ReleaseTerms]) -> dict[str, ReleaseTerms]:
        known = sorted(SEC_CODES)
        if wrong := sorted(set(value) - set(known)):
            message = f"{wrong[0]} is no class of entries; write some of {', '.join(known)}"
            raise ValueError(message)
        return value
