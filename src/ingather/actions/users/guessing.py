"""Guessing slowed down: who is wrong too often under a name waits, whether anybody has that name or not."""

from datetime import timedelta

from sqlalchemy import delete

from ingather.actions.context import Context
from ingather.domain.refusals import TooManyAttempts
from ingather.store.tables import GuessedName

FREE_FAILURES = 5
"""How often in a row somebody may be wrong before they have to wait."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
_FORGOTTEN = timedelta(days=1)
_MOST_DOUBLINGS = 10
_PURPOSE = "guess"


def plain_name(name: str) -> str:
    """Return a name as the book keeps it."""
    return name.strip().lower()


def listen(ctx: Context, name: str) -> None:
    """Raise ``TooManyAttempts`` while nobody is listened to under a name."""
    row = ctx.session.get(GuessedName, _mac(ctx, name))
    if row is not None and row.locked_until is not None and ctx.now < row.locked_until:
        raise TooManyAttempts(wait_s=int((row.locked_until - ctx.now).total_seconds()) + 1)


def note_failure(ctx: Context, name: str) -> None:
    """Count an attempt that was wrong; from the fifth on, each makes the next wait twice as long."""
    ctx.session.execute(delete(GuessedName).where(GuessedName.last_at < ctx.now - _FORGOTTEN))
    mac = _mac(ctx, name)
    row = ctx.session.get(GuessedName, mac)
    if row is None:
        row = GuessedName(name_mac=mac, failures=0, last_at=ctx.now)
        ctx.session.add(row)
    row.failures += 1
    row.last_at = ctx.now
    if row.failures >= FREE_FAILURES:
        doublings = min(row.failures - FREE_FAILURES, _MOST_DOUBLINGS)
        row.locked_until = ctx.now + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
        ctx.audit("refuse_sign_in", f"guess:{mac.hex()[:12]}", failures=row.failures)


def forget_failures(ctx: Context, name: str) -> None:
    """Begin again to count."""
    ctx.session.execute(delete(GuessedName).where(GuessedName.name_mac == _mac(ctx, name)))


def _mac(ctx: Context, name: str) -> bytes:
    return ctx.vault.mac_of(_PURPOSE, plain_name(name).encode())
