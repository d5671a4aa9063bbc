"""The people of a simulated world, each with a generator of their own and no way to act but the desk's verbs."""

from ingather.jobs.rehearsal.people.buyers import Buyers
from ingather.jobs.rehearsal.people.operators import Operators
from ingather.jobs.rehearsal.people.returns_desk import ReturnsDesk

__all__ = ["Buyers", "Operators", "ReturnsDesk"]
