"""What is to come for an order, in the words of the page: its days, and who does what next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from ingather.console.visits import Visit
from ingather.domain.orders import OrderState
from ingather.store.reading.next_steps import APPROVER, DESK, Deadline, next_steps_of
from ingather.store.reading.timeline import Life

_DAYS: Mapping[str, str] = {
    "collect": "It is debited on this day or after it.",
    "hold": "Until this day its money is on hold.",
    "return_window": "By this day its return had to be made.",
    "retry": "After this day it is not presented again.",
    "case": "The last day of a case about it.",
    "notice": "By this day the buyer is told, or the debit waits.",
}
_OVERDUE = frozenset({"case", "notice"})
_NEXT: Mapping[tuple[OrderState, str], str] = {
    (OrderState.SEALED, APPROVER): "A second person approves its file.",
    (OrderState.SEALED, DESK): "Find out whether its file reached the bank.",
    (OrderState.RETURNED, DESK): "Decide: a corrected debit where its code allows one, paid otherwise, or give it up.",
}
_OTHERWISE: Mapping[OrderState, str] = {
    OrderState.OPEN: "A night debits it when it is due.",
    OrderState.SEALED: "Its file is sent by the next transmission.",
    OrderState.SUBMITTED: "The bank settles it, or returns it.",
    OrderState.SETTLED: "It is collected when its hold is over and the bank has reported through that day.",
    OrderState.COLLECTED: "It is collected. A late return would claw it back.",
    OrderState.RETURNED: "It is presented again by the next night that may.",
    OrderState.REVERSED: "Nothing more is done with it.",
    OrderState.CANCELED: "Nothing more is done with it.",
    OrderState.FAILED: "Nothing more is done with it.",
}
_CORRECTED = "It is debited once more, corrected, by the next night that may."


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One day ahead: what for, and the row of a rule that says so where one does."""

    on: date
    words: Markup
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What is done next: by whom, empty for nobody in particular, and from or by which day."""

    who: str
    words: Markup
    on: date | None


def coming_of(visit: Visit, deadlines: Iterable[Deadline]) -> list[Coming]:
    """Return the days ahead that matter to an order, in words, and those behind on which somebody was to act."""
    return [
        Coming(on=each.on, words=visit.say(_DAYS.get(each.kind, each.sentence)), rule=each.rule)
        for each in deadlines
        if each.on >= visit.today or each.kind in _OVERDUE
    ]


def next_of(visit: Visit, life: Life) -> Next:
    """Return what follows from an order's state; what its open cases ask stands with them."""
    step, state = next_steps_of(life)[-1], OrderState(life.order.state)
    words = _NEXT.get((state, step.who)) or _OTHERWISE[state]
    if state is OrderState.RETURNED and step.who != DESK and life.order.corrected:
        words = _CORRECTED
    return Next(who=step.who if step.who in {APPROVER, DESK} else "", words=visit.say(words), on=step.on)
