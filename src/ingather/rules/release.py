"""When collected money is payable, and what is kept of it: the merchant's terms, its tier's, the class's, the house's.

Each term is looked for by itself, from the narrowest to the general: a tier that says only how much is kept leaves the
days to the class. All of it is the house's policy; the Nacha Rules do not speak of it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from ingather.rules.policy_settlement import ReleaseTerms, SettlementTerms

BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTerms:
    """What a merchant itself has agreed to: its tier, days and share in basis points; None where nothing of its own."""

    tier: str | None = None
    hold_days: int | None = None
    reserve_bps: int | None = None


def release_terms(policy: SettlementTerms, own: OwnTerms, entry_class: str) -> ReleaseTerms:
    """Return the terms for a merchant's debits of an SEC class; a tier that the policy does not know says nothing."""
    given = (policy.tiers.get(own.tier or ""), policy.classes.get(entry_class))

    def term(name: str, mine: int | None = None) -> int:
        if mine is not None:
            return mine
        for terms in given:
            if terms is not None and name in terms.model_fields_set:
                return int(getattr(terms, name))
        return int(getattr(policy, name))

    return ReleaseTerms(
        hold_days=term("hold_days", own.hold_days),
        reserve_bps=term("reserve_bps", own.reserve_bps),
        reserve_days=term("reserve_days"),
    )


def payable_on(terms: ReleaseTerms, collected_on: date) -> date | None:
    """Return from which calendar day money collected on a day is payable; None where it is so at once."""
    return collected_on + timedelta(days=terms.hold_days) if terms.hold_days else None


def reserved_of(terms: ReleaseTerms, amount_minor: int) -> int:
    """Return what is kept of an amount in minor units; a part of a cent is the merchant's."""
    return max(amount_minor, 0) * terms.reserve_bps // BPS
