"""What a report tells of one dishonour, contest or corrected return, and how a case keeps it until its return comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from ingather.reports.items import Dishonours


class Stage(StrEnum):
    """What happened; the words are the reports'."""

    DISHONOURED = "DISHONOURED"
    CONTESTED = "CONTESTED"
    CORRECTED = "CORRECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One item; traces are 0 and days ``None`` where the carrier leaves them out.

    ``settled_on`` is when the dishonour settled, ``reason`` the code of the return that it is about, ``booked`` says
    that its money is in suspense already.
    """

    STRAY: ClassVar[str] = "stray|"

    stage: Stage
    code: str
    original_trace: int
    return_trace: int
    dishonour_trace: int
    amount_cents: int
    reason: str
    settled_on: date | None
    told_on: date
    booked: bool = False

    @property
    def identity(self) -> str:
        """Return what is the same whichever carrier tells of it."""
        return f"{self.STRAY}{self.stage}|{self.code}|{self.original_trace}|{self.return_trace}|"

    @property
    def once(self) -> str:
        """Return the whole item as the key of a case, at most 120 characters, from which it can be read again."""
        settled = self.settled_on.isoformat() if self.settled_on else ""
        rest = (self.dishonour_trace, self.amount_cents, self.reason, settled, self.told_on.isoformat())
        return self.identity + "|".join(map(str, rest))


def told_of(items: Dishonours, *, told_on: date) -> list[Told]:
    """Return the items of a report one by one."""
    return [
        Told(
            stage=Stage(items.stage[index]),
            code=items.code[index],
            original_trace=items.original_trace[index],
            return_trace=items.return_trace[index],
            dishonour_trace=items.dishonour_trace[index],
            amount_cents=items.amount_cents[index],
            reason=items.original_reason[index],
            settled_on=items.dishonour_settled_on[index],
            told_on=told_on,
        )
        for index in range(len(items))
    ]


def stray_items(texts: Iterable[str]) -> list[Told]:
    """Return the items that cases keep, by their keys; their money is booked."""
    found = []
    for text in texts:
        stage, code, trace, back, dishonour, cents, reason, settled, told = text.removeprefix(Told.STRAY).split("|")
        found.append(
            Told(
                stage=Stage(stage),
                code=code,
                original_trace=int(trace),
                return_trace=int(back),
                dishonour_trace=int(dishonour),
                amount_cents=int(cents),
                reason=reason,
                settled_on=date.fromisoformat(settled) if settled else None,
                told_on=date.fromisoformat(told),
                booked=True,
            ),
        )
    return found
