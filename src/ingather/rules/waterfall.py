"""The waterfall: from what is taken what a merchant gives back, step by step, oldest first.

What is available is taken first, then the reserve; what neither pays is carried and netted from later statements, or
invoiced once it has been carried for long enough. Nothing of it is a rule of Nacha: it is the house's policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingather.domain.settlements import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing to be taken, in minor units; ``carried`` when an earlier statement could not take it."""

    line_id: int
    amount_minor: int
    carried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One step of one line: positive into a step, negative out of what was carried."""

    line_id: int
    step: Step
    amount_minor: int


def steps_of(
    owed: Sequence[Owed], *, short: int, reserve: int, invoiced: bool, by_hand: int = 0, before: int = 0
) -> list[Taken]:
    """Return the steps by which what is owed is taken, in the order given.

    ``short`` is what is missing of it all, in minor units; ``reserve`` what of that the reserve pays; the rest is
    carried, or invoiced. ``by_hand`` was invoiced already, and pays first; ``before`` is what was owed earlier and has
    no line: it is taken first.
    """
    total = before + sum(each.amount_minor for each in owed)
    paid = total - short
    earlier = max(min(by_hand, paid), 0)
    left = [
        (Step.INVOICE, earlier),
        (Step.AVAILABLE, paid - earlier),
        (Step.RESERVE, reserve),
        (Step.INVOICE if invoiced else Step.CARRIED, short - reserve),
    ]
    _take(before, left)
    found: list[Taken] = []
    for each in owed:
        parts = _take(each.amount_minor, left)
        if each.carried:
            stays = parts.pop(Step.CARRIED, 0)
            if moved := each.amount_minor - stays:
                found.append(Taken(line_id=each.line_id, step=Step.CARRIED, amount_minor=-moved))
        found += [Taken(line_id=each.line_id, step=step, amount_minor=minor) for step, minor in parts.items()]
    return found


def _take(amount: int, left: list[tuple[Step, int]]) -> dict[Step, int]:
    """Take an amount from what is left, in its order; returns what each step gave."""
    parts: dict[Step, int] = {}
    for place, (step, minor) in enumerate(left):
        if part := min(amount, minor):
            left[place] = (step, minor - part)
            parts[step] = parts.get(step, 0) + part
            amount -= part
    return parts


def spread(amount: int, over: Sequence[int]) -> list[int]:
    """Return how an amount is taken from several in their order, at most all of each, in minor units."""
    parts: list[int] = []
    for each in over:
        part = min(amount, each)
        parts.append(part)
        amount -= part
    return parts
