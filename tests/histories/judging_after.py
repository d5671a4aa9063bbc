"""What the slow judge says of dishonours, reversals, refunds, fees, changes and payouts.

It counts banking days by the Federal Reserve's own calendar and shares no line with the code it judges.
"""

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from tests.histories.telling import RETRIED, Line, What

REVERSAL_DAYS = 5
CONTEST_DAYS = 2
CHANGE_DAYS = 6
FEE_WINDOW = timedelta(days=45)
_DISPUTES = frozenset(
    {What.DISPUTE_CHOSEN, What.DISHONOURED, What.CONTESTED, What.UNDONE, What.REPLACED, What.DISPUTE_ENDED}
)
AFTER = _DISPUTES | frozenset(
    {
        *(What.FOLLOW_UP_ASKED, What.FOLLOW_UP_ENDED, What.REVERSED, What.REVERSAL_BACK, What.REFUNDED),
        *(What.REFUND_BACK, What.DOUBLE_CREDIT, What.FEE, What.PAID_OUT, What.CLAWED_BACK),
        *(What.CHANGE_ASKED, What.CHANGE_MADE),
    }
)
_HOLIDAYS = Path(__file__).parents[1] / "unit" / "rules" / "fed_holidays.csv"


@cache
def _closed() -> frozenset[date]:
    rows = csv.DictReader(_HOLIDAYS.read_text("utf-8").splitlines())
    return frozenset(date.fromisoformat(row["date"]) for row in rows if row["fed_weekday_closure"] == "closed")


def banking_days_after(day: date, count: int) -> date:
    """Return the day so many banking days later, counted one by one."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in _closed()
    return day


class Story(Protocol):
    """What the judge of the debits knows."""

    amount: int
    counted: dict[int, Line]
    returned: dict[int, Line]

    @property
    def with_us(self) -> int:
        """Return what was taken from the buyer and did not come back."""
        ...


@dataclass(slots=True)
class AfterJudge:
    """What has been told of what follows the debits."""

    disputes: set[int] = field(default_factory=set)
    dishonoured: dict[int, date] = field(default_factory=dict)
    contested: set[int] = field(default_factory=set)
    won: set[int] = field(default_factory=set)
    open: int = 0
    reversed: dict[int, int] = field(default_factory=dict)
    refunded: int = 0
    stayed: bool = False
    doubled: bool = False
    fees: set[int] = field(default_factory=set)
    paid: int = 0
    change_asked: date | None = None

    @property
    def given_back(self) -> int:
        """Return what reversals and refunds that stand gave back to the buyer."""
        return sum(self.reversed.values()) + self.refunded

    def debited(self, line: Line) -> list[str]:
        """Return why this debit must not have been made, by what follows the earlier ones."""
        said = []
        if self.disputes:
            said.append("debited while a dishonour is open")
        if self.open:
            said.append("debited while a reversal or refund is open")
        if self.won:
            said.append("debited after a dishonour was won")
        if self.stayed:
            said.append("debited after a reversal or refund had come back")
        # Where a refunded debit came back, a person has been told and decides.
        if self.reversed or (self.refunded and not self.doubled):
            said.append("debited after the money was given back")
        if self.change_asked and line.sent and line.sent > banking_days_after(self.change_asked, CHANGE_DAYS):
            said.append("debited although a change is overdue")
        return said

    def hear(self, line: Line, story: Story) -> list[str]:
        """Take one line and return what was wrong with it."""
        said = self._of_disputes(line, story) if line.what in _DISPUTES else self._of_credits(line, story)
        if not self.doubled and self.given_back > story.with_us:
            said.append("given back more than was taken")
        return said

    def _of_disputes(self, line: Line, story: Story) -> list[str]:
        number, said = line.number, list[str]()
        match line.what:
            case What.DISPUTE_CHOSEN:
                if number not in story.returned:
                    said.append("a dishonour of what did not come back")
                if number != max(story.counted, default=0):
                    said.append("a dishonour although the debit was presented again")
                self.disputes.add(number)
            case What.DISHONOURED:
                self.dishonoured[number] = line.on
            case What.CONTESTED:
                self.contested.add(number)
            case What.REPLACED:
                story.returned[number] = line
            case What.UNDONE:
                said += self._undone(line)
                story.returned.pop(number, None)
            case _:
                self.disputes.discard(number)
        return said

    def _of_credits(self, line: Line, story: Story) -> list[str]:
        match line.what:
            case What.FOLLOW_UP_ASKED | What.FOLLOW_UP_ENDED:
                self.open += 1 if line.what is What.FOLLOW_UP_ASKED else -1
            case What.REVERSED:
                return self._reversed(line, story)
            case What.REFUNDED:
                return self._refunded(line, story)
            case What.REVERSAL_BACK | What.REFUND_BACK:
                self.stayed = True
                self.refunded -= line.amount * (line.what is What.REFUND_BACK)
                self.reversed = {} if line.what is What.REVERSAL_BACK else self.reversed
            case What.FEE:
                return self._fee(line, story)
            case What.PAID_OUT | What.CLAWED_BACK:
                return self._paid(line, story)
            case What.CHANGE_ASKED | What.CHANGE_MADE:
                self.change_asked = line.on if line.what is What.CHANGE_ASKED else None
            case _:
                self.doubled = True
        return []

    def _refunded(self, line: Line, story: Story) -> list[str]:
        said = ["reversal and refund both"] if self.reversed else []
        self.refunded += line.amount
        return [*said, "refunded more than was collected"] if self.refunded > story.with_us else said

    def _paid(self, line: Line, story: Story) -> list[str]:
        more = line.what is What.PAID_OUT
        self.paid += line.amount if more else -line.amount
        return ["paid out more than is with us"] if more and self.paid > story.with_us - self.given_back else []

    def _undone(self, line: Line) -> list[str]:
        said = []
        if line.number in self.contested:
            said.append("undone although contested")
        if (dishonoured := self.dishonoured.get(line.number)) is None:
            said.append("undone although nobody dishonored it")
        elif line.on <= banking_days_after(dishonoured, CONTEST_DAYS):
            said.append("undone before the days of a contest were over")
        self.disputes.discard(line.number)
        self.won.add(line.number)
        return said

    def _reversed(self, line: Line, story: Story) -> list[str]:
        said = []
        if line.number in story.returned:
            said.append("a reversal sent after the debit came back")
        if line.amount != story.amount:
            said.append("a reversal over another amount than the debit")
        if self.refunded:
            said.append("reversal and refund both")
        if line.number in self.reversed:
            said.append("one debit reversed twice")
        debit = story.counted.get(line.number)
        if debit is None or line.on > banking_days_after(debit.on, REVERSAL_DAYS):
            said.append("a reversal after its five banking days")
        self.reversed[line.number] = line.amount
        return said

    def _fee(self, line: Line, story: Story) -> list[str]:
        said = []
        back = story.returned.get(line.number)
        if back is None or back.code not in RETRIED:
            said.append("a fee for what did not come back for lack of funds")
        elif line.on > back.on + FEE_WINDOW:
            said.append("a fee after its 45 days")
        if line.number in self.fees:
            said.append("two fees for one return")
        self.fees.add(line.number)
        return said
