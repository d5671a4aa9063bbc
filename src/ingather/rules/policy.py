"""The house's own policy, as TOML with a schema: what the Rules leave to us, and where we are stricter than they are.

It is not about a bank (that is the bank profile) but about all of an originator's debits. A policy has a version; the
newest one a book has taken is in force.
"""

import re
import tomllib
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator

from ingather.rules.changes import change_reasons
from ingather.rules.entry_class import fault_of_description
from ingather.rules.policy_settlement import SettlementTerms
from ingather.rules.policy_watch import CasePolicy, UnmaskTerms, WatchTerms
from ingather.rules.policy_work import WorkTerms
from ingather.rules.profile_faults import ProfileRefused, explain, fault
from ingather.rules.profile_parts import Flag, Part

_WHAT = "house policy"


class Duplicates(Part):
    """When an order looks like another: same buyer, merchant and amount, due within so many days; 0 asks nothing."""

    days: Annotated[int, Field(ge=0, le=31, strict=True)] = 3


class ScreeningTerms(Part):
    """Whether a party that has never been screened may be debited or paid; a match or a lapsed one never is."""

    required: Flag = True


class GiveUp(Part):
    """After how many calendar days past its due date an order that could never be debited fails; 0 means never."""

    after_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 30


class Unpaid(Part):
    """After how many calendar days a collected order whose merchant is unpaid raises an alarm; 0 means never."""

    after_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 7


class Retention(Part):
    """How many years an authorization is kept after it ended; the Rules ask for two.

    ``files_years`` and ``reports_years``: how long the bytes of files are kept after their debits settled, and those of
    the bank's reports after the day they tell of. After that the key they were sealed with may be destroyed.
    """

    years: Annotated[int, Field(ge=2, le=30, strict=True)] = 2
    files_years: Annotated[int, Field(ge=2, le=30, strict=True)] = 7
    reports_years: Annotated[int, Field(ge=2, le=30, strict=True)] = 7


class ValidationTerms(Part):
    """How accounts are validated.

    ``again_after_correction``: a notification of change that alters routing or number ends the validation.
    ``automatic``: what a night sends by itself for an account whose order waits for validation.
    """

    again_after_correction: Flag = True
    automatic: Literal["none", "prenote", "micro_entries"] = "none"
    micro_attempts: Annotated[int, Field(ge=1, le=5, strict=True)] = 3


class ChangeTerms(Part):
    """How notifications of change are taken.

    ``manual``: codes that wait for a person although the account could take what they say. ``single_entries``: whether
    a change of an account that was debited under an authorization for one debit is applied or left, which is ours to
    choose since 21 June 2024.
    """

    manual: tuple[str, ...] = ()
    single_entries: Literal["apply", "leave"] = "apply"

    @field_validator("manual")
    @classmethod
    def _codes_are_applied(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = sorted(code for code, reason in change_reasons().items() if reason.applied)
        if wrong := sorted(set(value) - set(known)):
            message = f"{wrong[0]} is not applied anyway; write some of {', '.join(known)}"
            raise ValueError(message)
        return value


class RateTerms(Part):
    """From which return rates, in basis points, people are warned, and when a merchant is paused.

    ``pause``: never, from the warning on, or over the limit; a person lets the merchant go on. Rates of fewer than
    ``least_debits`` debits are shown and not judged; 0 judges always.
    """

    warn_unauthorized_bps: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 30
    warn_administrative_bps: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 200
    warn_overall_bps: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 1_000
    pause: Literal["none", "warn", "limit"] = "none"
    least_debits: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = 0


class RefundTerms(Part):
    """How refunds are made.

    Over ``dual_over_cents`` two persons answer for one; as long as the debit can still come back they always do.
    ``description`` is what the buyer reads on the statement.
    """

    dual_over_cents: Annotated[int, Field(ge=0, strict=True)] = 100_000
    description: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 ]{0,9}$")] = "REFUND"

    @field_validator("description")
    @classmethod
    def _describes(cls, value: str) -> str:
        if wrong := fault_of_description(value):
            raise ValueError(wrong)
        return value


class HousePolicy(Part):
    """One policy as data."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    version: Annotated[int, Field(ge=1, strict=True)]
    duplicates: Duplicates = Duplicates()
    screening: ScreeningTerms = ScreeningTerms()
    give_up: GiveUp = GiveUp()
    unpaid: Unpaid = Unpaid()
    retention: Retention = Retention()
    validation: ValidationTerms = ValidationTerms()
    rates: RateTerms = RateTerms()
    cases: CasePolicy = CasePolicy()
    watch: WatchTerms = WatchTerms()
    unmask: UnmaskTerms = UnmaskTerms()
    changes: ChangeTerms = ChangeTerms()
    refunds: RefundTerms = RefundTerms()
    settlement: SettlementTerms = SettlementTerms()
    work: WorkTerms = WorkTerms()


@lru_cache(maxsize=64)
def load_policy(text: str) -> HousePolicy:
    """Return the policy of a TOML text; raises ``ProfileRefused`` naming every wrong, missing or unknown key."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = int(match[1]) if (match := re.search(r"at line (\d+)", str(error))) else 0
        not_toml = fault("", "policy-toml", f"This is not TOML: {error}.", line=line)
        raise ProfileRefused((not_toml,), what=_WHAT) from error
    try:
        return HousePolicy.model_validate(values)
    except ValidationError as error:
        told = tuple(explain(detail, HousePolicy, {}) for detail in error.errors(include_url=False))
        raise ProfileRefused(told, what=_WHAT) from error
