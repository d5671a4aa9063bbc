"""Turning the pages of a list, and what somebody writes beside an act."""

from datetime import date
from typing import Any

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.base.money import parse_minor
from ingather.console.visits import Visit
from ingather.domain.refusals import Unreadable
from ingather.store.reading.pages import Listing, Wanted, page_of

ROWS = 50
MOST_ROWS = 20_000
"""How many rows a CSV holds at most."""
_MOST_WORDS = 500


def rows_of(
    visit: Visit, ctx: Context, listing: Listing, prefix: Prefix, *, newest_first: bool = True, limit: int = ROWS,
    **filters: Any,  # noqa: ANN401 -- the values of filters
) -> tuple[list[dict[str, Any]], str | None]:  # fmt: skip
    """Return the page of a list that a visit asks for, and what asks for the next one; None on the last."""
    asked = visit.asked.get("after", "")
    after = visit.key_of(prefix, asked) if asked else None
    wanted = Wanted(limit=limit, after=after, newest_first=newest_first, filters=filters)
    rows, following = page_of(ctx.session, listing, wanted)
    return rows, public_id(prefix, following) if following is not None else None


def reason_of(visit: Visit, name: str = "reason") -> str:
    """Return why somebody does something; raises ``Unreadable`` for no reason, and for too long a one."""
    reason = " ".join(visit.form.get(name, "").split())
    if not reason:
        fact = "a reason is missing"
        raise Unreadable(fact, "Say why, in a sentence; it is kept")
    if len(reason) > _MOST_WORDS:
        fact = f"the reason has {len(reason)} letters, at most {_MOST_WORDS} are kept"
        raise Unreadable(fact, "Say it shorter")
    return reason


def minor_of(visit: Visit, name: str = "amount") -> int:
    """Return an amount somebody wrote, in minor units; raises ``Unreadable`` for what is none."""
    text = visit.form.get(name, "").strip().removeprefix("$").replace(",", "")
    try:
        minor = parse_minor(text)
    except ValueError:
        minor = 0
    if minor <= 0:
        fact = f"{text[:20] or 'nothing'} is no amount"
        raise Unreadable(fact, "Write it as 84.15")
    return minor


def day_of(text: str | None) -> date | None:
    """Return a day somebody wrote or followed a link to, None for none; raises ``Unreadable`` for what is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        fact = f"{text[:20]} is no day"
        raise Unreadable(fact, "Write it as 2026-11-25") from None


def dollars(minor: int) -> str:
    """Return minor units as a CSV has them."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"
