"""What the tests of reversals, refunds and return fees share: the persons at the desk, and rows as they stand."""

from typing import Any

from ingather.actions.follow_ups.asking import AskedReversal, ask_reversal
from ingather.actions.follow_ups.deciding import approve_follow_up
from ingather.actions.follow_ups.refunding import AskedRefund, ask_refund
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import follow_ups
from ingather.store.tables import FollowUp
from tests.journey.stage import order_key

MARIA = "user:maria"
OMAR = "user:omar"


def reverse(stage: Stage, name: str, *, reason: str = "duplicate", actor: str = MARIA) -> AskedReversal:
    """Ask for the reversal of an order by its external id."""
    key = order_key(stage, name)
    with stage.desk.as_actor(actor).action() as ctx:
        return ask_reversal(ctx, key, reason=reason, words="it went out twice")


def refund(stage: Stage, name: str, minor: int, *, actor: str = MARIA, after_window: bool = False) -> AskedRefund:
    """Ask for a refund of an order by its external id."""
    key = order_key(stage, name)
    with stage.desk.as_actor(actor).action() as ctx:
        return ask_refund(ctx, key, amount_minor=minor, reason="goods came back", after_window=after_window)


def approve(stage: Stage, follow_up_id: int, *, actor: str = OMAR) -> None:
    """Approve as another person."""
    with stage.desk.as_actor(actor).action() as ctx:
        approve_follow_up(ctx, follow_up_id)


def row(stage: Stage, follow_up_id: int) -> FollowUp:
    """Return a follow-up as it stands."""
    with stage.desk.view() as ctx:
        found = ctx.session.get_one(FollowUp, follow_up_id)
        ctx.session.expunge_all()
    return found


def listed(stage: Stage) -> list[dict[str, Any]]:
    """Return all follow-ups as people see them."""
    with stage.desk.view() as ctx:
        return follow_ups.listed(ctx.session)
