"""Comparing books: the bank in a box keeps its own, and they must equal ours to the cent."""

from ingather.jobs.rehearsal.money_ring import ring_faults
from ingather.jobs.rehearsal.stage import Stage


def bank_agrees(stage: Stage) -> dict[str, bool]:
    """Return by name what holds between the bank's books and ours; see ``money_ring`` for what each name asks."""
    return {name: not faults for name, faults in ring_faults(stage).items()}
