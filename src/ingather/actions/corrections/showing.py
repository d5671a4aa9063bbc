"""Showing notifications of change to people: the old value and the new one, masked, and how many days are left."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ingather.actions.context import Context
from ingather.actions.corrections.applying import opened
from ingather.actions.corrections.refusing import last_day_of_refusal
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.corrections import CorrectionState
from ingather.rules.calendar import banking_days_between
from ingather.rules.changes import Correction as Change
from ingather.rules.changes import read_change, what_follows
from ingather.store.reading import corrections as reading
from ingather.store.tables import Account, AccountChange, Correction, OdfiRequest

_KEPT = 4


def listed(ctx: Context, *, waiting: bool = False, code: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return notifications, the earliest last day first; account numbers are their last four characters."""
    return [_shown(ctx, row) for row in reading.found(ctx.session, waiting=waiting, code=code, limit=limit)]


def rows_shown(ctx: Context, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return notifications that were read as rows of tables, opened and masked."""
    return [_shown(ctx, row) for row in rows]


def shown(ctx: Context, correction_id: int) -> dict[str, Any] | None:
    """Return one notification, None when there is none."""
    rows = reading.found(ctx.session, key=correction_id)
    return _shown(ctx, rows[0]) if rows else None


def _shown(ctx: Context, row: dict[str, Any]) -> dict[str, Any]:
    correction: Correction = row["correction"]
    account: Account | None = row["account"]
    before: AccountChange | None = row["before"]
    request: OdfiRequest | None = row["request"]
    change = read_change(correction.code, opened(ctx, correction), line=correction.line)
    waits = correction.state in reading.WAITING
    received_on = correction.received_at.astimezone(NEW_YORK).date()
    return {
        "id": public_id(Prefix.CORRECTION, correction.id),
        "code": correction.code,
        "title": change.title,
        "state": correction.state,
        "does": str(what_follows(correction.code, received_on)),
        "account": public_id(Prefix.ACCOUNT, account.id) if account else None,
        "external_id": account.external_id if account else None,
        "order": public_id(Prefix.ORDER, row["order"].id) if row["order"] else None,
        "trace": f"{correction.original_trace:015d}",
        "old": _old(before or account, change),
        "new": _new(change),
        "problem": change.problems[0].message if change.problems else None,
        "received_on": received_on.isoformat(),
        "due_on": correction.due_on.isoformat() if correction.due_on else None,
        "days_left": _left(ctx.today, correction.due_on) if waits else None,
        "refuse_by": last_day_of_refusal(correction).isoformat() if waits else None,
        "ended_at": correction.ended_at.isoformat() if correction.ended_at else None,
        "ended_by": correction.ended_by,
        "refused_as": correction.refused_as,
        "request": public_id(Prefix.REQUEST, request.id) if request else None,
        "request_state": request.state if request and correction.state == CorrectionState.REFUSED else None,
    }


def _old(was: Account | AccountChange | None, change: Change) -> dict[str, str]:
    """Return what an account was, of what the notification changes."""
    if was is None or not change.applies:
        return {}
    values = {"routing": f"{was.routing:09d}", "account": f"...{was.last4}", "kind": was.kind}
    return {name: value for name, value in values.items() if name in _new(change)}


def _new(change: Change) -> dict[str, str]:
    """Return what a readable notification says, the account number by its last four characters."""
    said: dict[str, str] = {}
    if change.routing is not None:
        said["routing"] = f"{change.routing:09d}"
    if change.account is not None:
        said["account"] = f"...{change.account[-_KEPT:].decode('ascii')}"
    if change.account_kind is not None:
        said["kind"] = change.account_kind.name.lower()
    return said


def _left(today: date, due_on: date | None) -> int | None:
    """Return how many banking days are left, negative when the last day has passed."""
    if due_on is None:
        return None
    if today <= due_on:
        return len(banking_days_between(today, due_on)) - 1
    return 1 - len(banking_days_between(due_on, today))
