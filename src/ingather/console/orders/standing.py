"""How an order's state, and why it waits or how it ended, are said to a person."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from ingather.console.visits import Visit
from ingather.domain.orders import OrderState
from ingather.rules.reasons import REASONS
from ingather.rules.return_codes import return_reason

MARKS: dict[str, tuple[str, str]] = {
    OrderState.OPEN: ("", "wait"),
    OrderState.SEALED: ("info", "half"),
    OrderState.SUBMITTED: ("info", "half"),
    OrderState.SETTLED: ("info", "half"),
    OrderState.COLLECTED: ("good", "ok"),
    OrderState.RETURNED: ("att", "look"),
    OrderState.REVERSED: ("", "full"),
    OrderState.CANCELED: ("", "full"),
    OrderState.FAILED: ("dan", "no"),
}
"""The colour and the mark of each state: green is money certain, blue is under way, amber waits for a person."""
_REASONS = {reason.id: reason for reason in REASONS}
_CAME_BACK = re.compile(r"returned-(R\d\d)")
_OURS = {
    "suspected-duplicate": "Confirm that both are owed, or cancel one of them.",
    "notice-missing": "Send the notice, record that it was sent, and wait out its days.",
    "change-overdue": "Apply, leave or refuse the change.",
    "disputed": "The ODFI is asked to dishonor the return; the order waits for the end of that.",
}
"""Ways out where the table names a command: here it is a button."""

_ENDED = {
    "paid-otherwise": "The buyer paid in another way.",
    "disputed": "Its return is in dispute.",
}
"""Reasons that no table of the night has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an order is not debited, or how it ended: in a sentence, and the way out where there is one."""

    sentence: Markup
    way_out: Markup | str = ""


def why_of(visit: Visit, order: dict[str, Any]) -> Why | None:
    """Return why an order waits or how it ended, None where its state says all."""
    if order["held"]:
        return Why(
            sentence=visit.say("A person holds the order."), way_out=visit.say("Release the hold to have it debited.")
        )
    reason = "suspected-duplicate" if order["suspected"] else order["reason"]
    return _known(visit, reason) if reason else None


def _known(visit: Visit, reason: str) -> Why:
    way_out = visit.say(_OURS[reason]) if reason in _OURS else ""
    if (code := _CAME_BACK.fullmatch(reason)) is not None:
        meaning = meaning_of(visit, code[1], visit.today)
        return Why(sentence=visit.say("It came back as {code}, {meaning}.", code=code[1], meaning=meaning))
    if reason in _REASONS:
        found = _REASONS[reason]
        return Why(sentence=visit.say(found.sentence), way_out=way_out or visit.say(found.way_out))
    return Why(sentence=visit.say(_ENDED.get(reason, reason)), way_out=way_out)


def meaning_of(visit: Visit, code: str, on: date) -> Markup:
    """Return what a return code means, in words; the word of the table where it is known, else that it is not."""
    found = return_reason(code, on=on)
    return visit.say(found.title) if found is not None else visit.say("which no table knows")


def short_reason(visit: Visit, order: dict[str, Any]) -> Markup | str:
    """Return why an order waits or how it ended, as a list shows it: the sentence alone."""
    why = why_of(visit, order)
    return why.sentence if why is not None else ""
