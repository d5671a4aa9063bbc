"""When an order is given up by policy, and which obstacles are for a person or for us to clear instead.

What a person holds, what looks like a duplicate, what a case is open about, and what waits for our own limits is told
when it waits too long; only the rest fails.
"""

from datetime import date, timedelta

from ingather.rules.clocks import clock
from ingather.rules.policy import GiveUp
from ingather.rules.retries import WINDOW_CLOCK
from ingather.rules.returns import CORRECTION_CLOCK

WAITS_FOR_US = frozenset(
    {
        "held",
        "entangled",
        "suspected-duplicate",
        "company-name-unregistered",
        "no-route",
        "entry-limit",
        "buyer-limit",
        "merchant-limit",
        "night-limit",
        "exposure-limit",
    }
)
"""Reasons for which no order is given up: a person decides, or our own capacity and set-up are missing."""


def last_due(policy: GiveUp, *, today: date) -> date | None:
    """Return the last due date that has been over for as long as the policy waits; None when it waits for ever."""
    return today - timedelta(days=policy.after_days + 1) if policy.after_days else None


def last_first_settlement(today: date) -> date:
    """Return the last first settlement whose 180 days for a re-presentment are over."""
    return today - timedelta(days=clock(WINDOW_CLOCK, today).count + 1)


def last_correctable_return(today: date) -> date:
    """Return the last settlement of a return whose 60 days for the one corrected entry are over."""
    return today - timedelta(days=clock(CORRECTION_CLOCK, today).count + 1)
