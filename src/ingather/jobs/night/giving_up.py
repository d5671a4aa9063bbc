"""The end of a night: what policy and Rules give up fails, and what waits as long for a person is counted."""

from ingather.actions.giving_up import GivenUp, give_up_overdue
from ingather.jobs.desk import Desk


def give_up(desk: Desk) -> GivenUp:
    """Give up what is overdue on the night's date, after the night has looked at every order once more."""
    originator_id, policy = desk.originator_id(), desk.policy()
    with desk.action() as ctx:
        found = give_up_overdue(ctx, originator_id, policy=policy)
    if found.orders:
        desk.tell("given_up", orders=found.orders)
    return found
