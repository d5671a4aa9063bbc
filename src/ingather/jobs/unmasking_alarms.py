"""The alarm about account numbers: one person was shown many of them within a day."""

from collections.abc import Iterator
from datetime import timedelta

from ingather.actions.context import Context
from ingather.jobs.key_alarms import KeyAlarm
from ingather.rules.policy_watch import UnmaskTerms
from ingather.store.reading.unmasking import shown_often

_WINDOW = timedelta(hours=24)


def unmasking_alarms(ctx: Context, terms: UnmaskTerms) -> Iterator[KeyAlarm]:
    """Yield an alarm for each person who was shown more numbers within the last 24 hours than the policy says."""
    if not terms.a_day:
        return
    for found in shown_often(ctx.session, since=ctx.now - _WINDOW, more_than=terms.a_day):
        yield KeyAlarm(
            id="unmasked-often",
            subject=found.actor,
            sentence=(
                f"{found.actor} was shown {found.count} account numbers within 24 hours; the policy says at most "
                f"{terms.a_day}."
            ),
            since=found.since.isoformat(),
            commands=(f"ingather audit list --by {found.actor} --verb unmask_account",),
        )
