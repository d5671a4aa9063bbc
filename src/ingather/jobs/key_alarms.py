"""Alarms about keys: values under a key that is older than the policy says, and a rotation that stands still."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from ingather.actions.context import Context
from ingather.actions.keys.epochs import eldest_values
from ingather.base.dates import NEW_YORK
from ingather.rules.policy_watch import WatchTerms
from ingather.store import keys

_ROTATE = "ingather keys rotate --as NAME --second OTHER --reason TEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAlarm:
    """One alarm about keys: its row's id, what it is about, the fact, since when, and what to type."""

    id: str
    subject: str
    sentence: str
    since: str
    commands: tuple[str, ...]


def key_alarms(ctx: Context, terms: WatchTerms) -> Iterator[KeyAlarm]:
    """Yield what is wrong with the keys at the clock's instant."""
    rotation = keys.running(ctx.session)
    if rotation is not None:
        if terms.rotation_minutes and ctx.now >= rotation.moved_at + timedelta(minutes=terms.rotation_minutes):
            yield KeyAlarm(
                id="rotation-stands",
                subject=str(rotation.kind),
                sentence=(
                    f"The rotation of the {rotation.kind} begun by {rotation.asked_by} stands still since "
                    f"{rotation.moved_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}; {rotation.moved} value(s) have moved."
                ),
                since=rotation.moved_at.isoformat(),
                commands=("ingather keys resume",),
            )
        return
    eldest = eldest_values(keys.read_epochs(ctx.session).epochs)
    if eldest is None or not terms.key_days:
        return
    opened_on = eldest.opened_at.astimezone(NEW_YORK).date()
    if ctx.today >= opened_on + timedelta(days=terms.key_days):
        yield KeyAlarm(
            id="keys-old",
            subject=f"epoch {eldest.number}",
            sentence=f"Values may still be under epoch {eldest.number} of {opened_on}, over {terms.key_days} days old.",
            since=opened_on.isoformat(),
            commands=("ingather keys status", _ROTATE),
        )
