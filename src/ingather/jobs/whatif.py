"""The book's own history replayed under another hold and reserve, beside today's policy."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from ingather.actions.rules import policy_of
from ingather.jobs.desk import Desk
from ingather.jobs.rates import rates_of
from ingather.rules.rates import Slice
from ingather.rules.whatif import Replay, ReplayTerms, replay
from ingather.store.whatif import read_collected, terms_of

_FIGURES = ("late_minor", "held_minor", "reserve_minor", "netted_minor", "missing_minor", "worst_minor")


def compared(
    desk: Desk, *, hold_days: int | None, reserve_bps: int | None, reserve_days: int | None, first: date | None = None
) -> dict[str, Any]:
    """Return today's policy and the other terms side by side; a term that is not given stays as it is today."""
    originator_id = desk.originator_id()
    with desk.view() as view:
        policy, today = policy_of(view, originator_id).settlement, view.today
        collected = read_collected(
            view.session, originator_id, first=first or today - timedelta(days=730), last=today
        )  # fmt: skip
    now = terms_of(collected, policy)
    asked = (
        ("hold_days", hold_days, now.hold_days),
        ("reserve_bps", reserve_bps, now.reserve_bps),
        ("reserve_days", reserve_days, now.reserve_days),
    )
    other = ReplayTerms(
        **{name: column if value is None else np.full_like(column, value) for name, value, column in asked}
    )
    headroom = [
        {"rate": row["rate"], "method": row["method"], "rate_bps": row["rate_bps"], "limit_bps": row["limit_bps"],
         "more_until_limit": row["more_until_limit"]}
        for row in rates_of(desk, by=Slice.ALL)["rates"]
    ]  # fmt: skip
    return {
        "as_of": today.isoformat(),
        "debits": len(collected.history),
        "collected_minor": int(collected.history.amount_minor.sum()),
        "asked": {name: value for name, value, _ in asked if value is not None},
        "today": _figures(replay(collected.history, now)),
        "what_if": _figures(replay(collected.history, other)),
        "rate_headroom": headroom,
    }


def _figures(found: Replay) -> dict[str, Any]:
    figures = {name: getattr(found, name) for name in _FIGURES}
    return {"delay_days": f"{found.delay_days_tenths // 10}.{found.delay_days_tenths % 10}", **figures}
