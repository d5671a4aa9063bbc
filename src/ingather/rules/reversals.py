"""Reversals: for which reasons a debit is taken back by a reversing entry, until when, and what else must hold.

Only an error of ours is reversed: a duplicate, another receiver or amount than meant, an earlier day. Remorse, lack of
funds and disputes are refunded. A reversal is for the whole debit and available to the receiver's bank within five
banking days of the settlement of the debit; a whole file besides within 24 hours of discovery.
(Nacha Operating Rules, reversing entries and files; the tables ``reversal_reasons`` and ``reversal_terms``.)
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from ingather.domain.files import NOT_SENT, FileState
from ingather.domain.orders import OrderState
from ingather.rules.clocks import clock
from ingather.rules.deadlines import deadline
from ingather.rules.rows import Row, ids_of, in_force

REVERSAL_CLOCK = "reversal"
_DISCOVERY = "file-discovery"
_RELEASED = frozenset({FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS})


class NotReversible(StrEnum):
    """Why a debit is not reversed."""

    REASON_UNKNOWN = "reason-unknown"
    REASON_IMPROPER = "reason-improper"
    NOTHING_SENT = "nothing-sent"
    NOT_SENT = "not-sent"
    IN_DOUBT = "in-doubt"
    NOT_RELEASED = "not-released"
    CAME_BACK = "came-back"
    REVERSED = "reversed"
    REFUNDED = "refunded"
    TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalReason:
    """A reason for which somebody would reverse a debit.

    ``permitted`` says that the Rules allow it, ``correcting`` that a debit as it was meant goes with it, ``instead``
    what is done where it is not permitted.
    """

    id: str
    permitted: bool
    correcting: bool
    meaning: str
    instead: str
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDebit:
    """What is known of the debit that is to be reversed.

    ``state`` is its order's, ``file_state`` that of the file of its live entry (None: it has none). ``settled_on`` is
    None while no settlement is known; ``effective_on`` stands for it then, the earliest day it can be. ``refunded``
    says that a refund of the order stands.
    """

    state: OrderState
    file_state: FileState | None
    effective_on: date | None
    settled_on: date | None
    refunded: bool = False

    @property
    def counts_from(self) -> date | None:
        """Return the day that the days of a reversal are counted from."""
        return self.settled_on or self.effective_on


def reversal_reasons(on: date) -> tuple[ReversalReason, ...]:
    """Return the reasons in the table on a day, permitted or not, in its order."""
    return tuple(
        ReversalReason(
            id=row.values["id"],
            permitted=row.values["permitted"] == "yes",
            correcting=row.values["correcting"] == "yes",
            meaning=row.values["meaning"],
            instead=row.values["instead"],
            row=row,
        )
        for row in in_force("reversal_reasons", on).values()
    )


def reversal_reason(name: str, on: date) -> ReversalReason | None:
    """Return a reason by its id as it stood on a day, or None."""
    return next((each for each in reversal_reasons(on) if each.id == name), None)


def last_day_of_reversal(settled_on: date) -> date:
    """Return the last day on which a reversal of a debit that settled on a day may settle itself."""
    return deadline(REVERSAL_CLOCK, settled_on)


def send_file_reversal_by(discovered_at: datetime, on: date) -> datetime:
    """Return the last instant at which the reversal of a whole file may go out, by when its error was discovered."""
    hours = int(in_force("reversal_terms", on)[_DISCOVERY].values["hours"])
    return discovered_at + timedelta(hours=hours)


def reversible(name: str, debit: SentDebit, *, on: date, available_on: date) -> NotReversible | None:
    """Return why a debit may not be reversed for a reason on a day, or None when it may.

    ``available_on`` is the effective date of a file that is handed over now: the day the reversal would settle.
    """
    reason = reversal_reason(name, on)
    if reason is None:
        return NotReversible.REASON_UNKNOWN
    if not reason.permitted:
        return NotReversible.REASON_IMPROPER
    if (found := _of_state(debit, on)) is not None:
        return found
    if debit.refunded:
        return NotReversible.REFUNDED
    start = debit.counts_from
    if start is None or available_on > last_day_of_reversal(start):
        return NotReversible.TOO_LATE
    return None


def _of_state(debit: SentDebit, on: date) -> NotReversible | None:
    """Return why the debit cannot be reversed as it stands: it is not out, not released, or back already."""
    match debit.state:
        case OrderState.OPEN | OrderState.CANCELED:
            return NotReversible.NOTHING_SENT
        case OrderState.SEALED:
            return NotReversible.NOT_SENT if debit.file_state in NOT_SENT else NotReversible.IN_DOUBT
        case OrderState.RETURNED | OrderState.FAILED:
            return NotReversible.CAME_BACK
        case OrderState.REVERSED:
            return NotReversible.REVERSED
        case OrderState.SUBMITTED | OrderState.SETTLED | OrderState.COLLECTED:
            return None if _released(debit, on) else NotReversible.NOT_RELEASED
    assert_never(debit.state)


def _released(debit: SentDebit, on: date) -> bool:
    """Return whether the ODFI has passed the debit on: it accepted the file, or the day of settlement has come."""
    due = debit.effective_on is not None and debit.effective_on <= on
    return debit.settled_on is not None or debit.file_state in _RELEASED or due


def rows_of_reversal(name: str, *, settled_on: date, on: date, whole_file: bool = False) -> tuple[str, ...]:
    """Return the ids of the rows that the reversal of a debit rests on."""
    reason = reversal_reason(name, on)
    terms = in_force("reversal_terms", on)
    wanted = {"identical", "available", "notice", *([_DISCOVERY, "correcting-file"] if whole_file else [])}
    chosen = [row for key, row in terms.items() if key in wanted]
    return ids_of([*([reason.row] if reason else []), clock(REVERSAL_CLOCK, settled_on).row, *chosen])


_TOLD: dict[NotReversible, tuple[str, str]] = {
    NotReversible.REASON_UNKNOWN: (
        "{name} is no reason to reverse a debit",
        "Give one of {permitted}; for anything else refund the buyer: ingather order refund {order}",
    ),
    NotReversible.REASON_IMPROPER: (
        "a debit is not reversed because of {name}: only our own errors are",
        "Refund the buyer instead: ingather order refund {order}",
    ),
    NotReversible.NOTHING_SENT: ("order {order} has no debit to reverse", "Cancel it while it is open"),
    NotReversible.NOT_SENT: (
        "order {order} is in a file that is not sent yet",
        "Void the file, or hold the order and its file is made again without it",
    ),
    NotReversible.IN_DOUBT: (
        "it is not known whether the bank has the debit of order {order}",
        "Say first what the bank answers: ingather file resolve",
    ),
    NotReversible.NOT_RELEASED: (
        "our bank has not accepted the file of order {order} yet",
        "Ask it to delete the entry before it releases the file; reverse the debit once the file is accepted",
    ),
    NotReversible.CAME_BACK: ("the debit of order {order} came back", "There is nothing left to reverse"),
    NotReversible.REVERSED: ("order {order} is reversed already", ""),
    NotReversible.REFUNDED: (
        "a refund of order {order} stands, and a reversal gives the whole debit back",
        "Withdraw the refund while it is not sent: ingather follow-up withdraw",
    ),
    NotReversible.TOO_LATE: (
        "the last day of a reversal of order {order} is {last_day}, and what is sent now settles later",
        "Refund the buyer instead: ingather order refund {order}",
    ),
}


def told(why: NotReversible, *, name: str, order: str, last_day: date | None, on: date) -> tuple[str, str]:
    """Return the fact and the way out of a refusal; ``order`` is the order's public id, ``name`` the reason asked."""
    permitted = ", ".join(each.id for each in reversal_reasons(on) if each.permitted)
    words = {"name": name.replace("_", " "), "order": order, "last_day": last_day or "unknown", "permitted": permitted}
    fact, way_out = _TOLD[why]
    return fact.format_map(words), way_out.format_map(words)
