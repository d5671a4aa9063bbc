"""A slow judge: it reads the story of one order line by line and says what was against the Rules or the promise.

It knows the Rules as a person would tell them and shares no line with the code it judges. A story is told in the order
in which things became known to us; a debit is told when it goes to the bank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from tests.histories.judging_after import AFTER, AfterJudge
from tests.histories.telling import RETRIED, Line, What

__all__ = ["ENDING", "MOST_PRESENTATIONS", "RETRY_WORDS", "Judge", "Line", "StopWord", "What", "verdicts"]

CORRECTABLE = "R11"
ENDING = frozenset({"R05", "R07", "R10", "R29"})
MOST_PRESENTATIONS = 3
RETRY_WINDOW = timedelta(days=180)
CORRECTION_WINDOW = timedelta(days=60)
RETRY_WORDS = "RETRY PYMT"


class StopWord(StrEnum):
    """Why no debit may be made at all, in the words of a verdict."""

    REVOKED = "debited after revocation"
    SUSPENDED = "debited under a suspended authorization"
    BLOCKED = "debited where an account or buyer is blocked"
    HELD = "debited while held"
    CANCELED = "debited after it was canceled"
    PAID = "debited although paid otherwise"
    FAILED = "debited after it was given up"
    OPEN = "debited while a case is open"


_BEGINS = {
    What.REVOKED: StopWord.REVOKED,
    What.SUSPENDED: StopWord.SUSPENDED,
    What.BLOCKED: StopWord.BLOCKED,
    What.HELD: StopWord.HELD,
    What.CANCELED: StopWord.CANCELED,
    What.PAID_OTHERWISE: StopWord.PAID,
    What.GIVEN_UP: StopWord.FAILED,
}
_ENDS = {
    What.RESUMED: StopWord.SUSPENDED,
    What.UNBLOCKED: StopWord.BLOCKED,
    What.LET_GO: StopWord.HELD,
}


@dataclass(slots=True, kw_only=True)
class Judge:
    """What has been told so far, and the verdicts: one sentence for each thing that was wrong."""

    amount: int
    business: bool
    stops: set[StopWord] = field(default_factory=set)
    cases: int = 0
    counted: dict[int, Line] = field(default_factory=dict)
    returned: dict[int, Line] = field(default_factory=dict)
    corrected: set[int] = field(default_factory=set)
    after: AfterJudge = field(default_factory=AfterJudge)
    verdicts: list[str] = field(default_factory=list)

    def hear(self, line: Line) -> None:
        """Take one line and judge it by all that was told before."""
        match line.what:
            case What.DEBITED:
                self._debited(line)
            case What.VOIDED | What.REJECTED:
                self.counted.pop(line.number, None)
                self.corrected.discard(line.number)
            case What.RETURNED:
                self._returned(line)
            case What.CASE_OPENED:
                self.cases += 1
            case What.CASE_CLOSED:
                self.cases -= 1
            case What.CONSUMER:
                self.business = False
            case What.SETTLED:
                pass
            case _ if line.what in AFTER:
                self.verdicts += self.after.hear(line, self)
            case _:
                self.stops |= {_BEGINS[line.what]} if line.what in _BEGINS else set()
                self.stops -= {_ENDS[line.what]} if line.what in _ENDS else set()

    @property
    def with_us(self) -> int:
        """Return what was taken from the buyer and not given back; 0 or the order's amount, always."""
        taken = sum(line.amount for line in self.counted.values())
        return taken - sum(self.counted[number].amount for number in self.returned if number in self.counted)

    def _debited(self, line: Line) -> None:
        said = [str(stop) for stop in sorted(self.stops)]
        if self.cases:
            said.append(str(StopWord.OPEN))
        if self.counted.keys() - self.returned.keys():
            said.append("debited while another debit is live")
        if line.number in self.counted:
            said.append("the same presentation twice")
        if line.amount != self.amount:
            said.append("debited another amount than the order's")
        if (line.entry_class == "CCD") != self.business:
            said.append(f"debited as {line.entry_class} against the holder's kind")
        said += self.after.debited(line)
        said += self._again(line) if self.counted else self._first(line)
        self.counted[line.number] = line
        self.verdicts += said

    @staticmethod
    def _first(line: Line) -> list[str]:
        return ["a first debit says RETRY PYMT"] if line.description == RETRY_WORDS else []

    def _again(self, line: Line) -> list[str]:
        last = self.returned.get(max(self.counted))
        if last is None:
            return []
        if last.code == CORRECTABLE:
            return self._corrected(line, last)
        if last.code not in RETRIED:
            return [f"debited again after {last.code}"]
        said = []
        if len(self.counted) - len(self.corrected) >= MOST_PRESENTATIONS:
            said.append("presented more than three times")
        if line.on > self.counted[min(self.counted)].on + RETRY_WINDOW:
            said.append("presented more than 180 days after the first settlement")
        if line.on <= last.on:
            said.append("presented again before the return had settled")
        if line.description != RETRY_WORDS:
            said.append("a retry that does not say RETRY PYMT")
        return said

    def _corrected(self, line: Line, last: Line) -> list[str]:
        said = []
        if self.corrected:
            said.append("corrected more than once")
        if line.on > last.on + CORRECTION_WINDOW:
            said.append("corrected more than 60 days after the return")
        if line.description == RETRY_WORDS:
            said.append("a corrected debit that says RETRY PYMT")
        self.corrected.add(line.number)
        return said

    def _returned(self, line: Line) -> None:
        if line.number not in self.counted:
            self.verdicts.append("a return of a debit that was never made")
        if line.number in self.returned:
            self.verdicts.append("one debit returned twice")
        self.returned[line.number] = line
        if line.code in ENDING:
            self.stops.add(StopWord.REVOKED)


def verdicts(amount: int, lines: Sequence[Line], *, business: bool) -> list[str]:
    """Return what was wrong in a story told from its start."""
    judge = Judge(amount=amount, business=business)
    for line in lines:
        judge.hear(line)
        if judge.with_us not in {0, amount}:
            judge.verdicts.append(f"{judge.with_us} taken for an order over {amount}")
    return judge.verdicts
