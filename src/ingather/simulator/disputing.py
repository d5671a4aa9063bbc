"""Dishonours of returns and what the receivers' banks answer, with the money that goes with each.

A dishonour brings the money back, a contest or a corrected return takes it again. A bank contests whatever is not so:
a return that was not late, no duplicate, without an error. Windows are this bank's own count. (nacha-rules §2.)
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from ingather.simulator.banking_days import after, on_or_after
from ingather.simulator.behaviour import Answer, Blemish
from ingather.simulator.entries import Status, live_credits
from ingather.simulator.evenings import Evening
from ingather.simulator.intake import Desk
from ingather.simulator.postings import CONTESTED, DISHONOURED, dispute_row, next_bank_ref, post
from ingather.simulator.return_files import BackEntry, Dispute
from ingather.simulator.settling import view_of
from ingather.simulator.state import Act, BankState, Due, ReturnRow, Stage
from ingather.simulator.taking_back import back_entry, note_sent_back

_SIXTY_DAYS = frozenset({"R05", "R07", "R10", "R11", "R33", "R37", "R38", "R51", "R52", "R53"})
_BY_AGREEMENT = frozenset({"R06", "R31"})
_RETURN_WINDOW = 2
_LONG_WINDOW = timedelta(days=61)


class Reason(StrEnum):
    """Why a return is dishonoured."""

    MISROUTED = "R61"
    DOUBLE_CREDIT = "R62"
    DUPLICATE = "R67"
    UNTIMELY = "R68"
    FIELDS = "R69"
    NOT_ASKED = "R70"


_CONTESTS: Mapping[str, str] = {
    Reason.MISROUTED: "R71",
    Reason.DOUBLE_CREDIT: "R77",
    Reason.DUPLICATE: "R75",
    Reason.UNTIMELY: "R73",
    Reason.FIELDS: "R76",
    Reason.NOT_ASKED: "R72",
}
_CORRECTED = "R74"
_WRONG_FIELDS: Mapping[Blemish, str] = {
    Blemish.NONE: "01",
    Blemish.TRACE: "02",
    Blemish.AMOUNT: "03",
    Blemish.REFERENCE: "04",
}


def dishonour(desk: Desk, state: BankState, evening: Evening, place: int, *, code: str, asked: bool) -> None:
    """Dishonor a return: its money comes back today; ``asked`` says that this bank had asked for the return."""
    row = state.returns[place]
    fields = _WRONG_FIELDS[Blemish(row.blemish)] if code == Reason.FIELDS else ""
    row.stage, row.dishonour_code, row.dishonoured_on = Stage.DISHONOURED, code, evening.day
    row.dishonour_trace = state.next_trace_of(int(desk.terms.routing))
    _move(state, evening, row, back=True, cents=row.cents)
    _restate(state, row)
    _tell(state, evening, row, information=fields)
    if not _is_so(desk, state, row, asked=asked):
        _plan_answer(desk, state, place, _CONTESTS[code], days=1)
        return
    if row.entry < 0:
        return
    fate = desk.behaviour.decide(view_of(state, row.entry), desk.chance)
    if fate.answer is Answer.SILENT:
        return
    corrects = fate.answer is Answer.CORRECTS and code == Reason.FIELDS
    _plan_answer(desk, state, place, _CORRECTED if corrects else _CONTESTS[code], days=fate.answer_days)


def answer_dishonours(state: BankState, evening: Evening) -> None:
    """Post and tell the contests and corrected returns that settle by the day."""
    for item in state.due(evening.day, Act.ANSWER):
        row = state.returns[item.subject]
        row.stage = Stage.CORRECTED if item.code == _CORRECTED else Stage.CONTESTED
        row.answer_code, row.answered_on = item.code, evening.day
        row.answered_cents = row.due_cents if row.stage is Stage.CORRECTED else row.cents
        row.answer_trace = state.next_trace_of(row.rdfi)
        _move(state, evening, row, back=False, cents=row.answered_cents)
        _restate(state, row)
        _tell(state, evening, row, information="")


def _plan_answer(desk: Desk, state: BankState, place: int, code: str, *, days: int) -> None:
    day = state.returns[place].dishonoured_on
    assert day is not None  # noqa: S101 -- a return is answered for after it was dishonoured
    state.agenda.append(Due(on=after(day, days, desk.is_banking_day), act=Act.ANSWER, subject=place, code=code))


def _is_so(desk: Desk, state: BankState, row: ReturnRow, *, asked: bool) -> bool:
    """Return whether the reason of a dishonour is a fact in this bank's books."""
    match Reason(row.dishonour_code):
        case Reason.MISROUTED:
            return row.entry < 0
        case Reason.DOUBLE_CREDIT:
            entries = state.entries
            same = live_credits(entries) & np.isin(entries["status"], (Status.WAITING, Status.SETTLED))
            return row.entry >= 0 and bool((entries["reference"][same] == entries["reference"][row.entry]).any())
        case Reason.DUPLICATE:
            others = (other for other in state.returns if other.entry == row.entry and other is not row)
            return row.entry >= 0 and any(other.standing_cents for other in others)
        case Reason.UNTIMELY:
            return row.settled_on > _last_day(desk, row)
        case Reason.FIELDS:
            return row.entry < 0 or row.blemish != Blemish.NONE
        case Reason.NOT_ASKED:
            return row.reason in _BY_AGREEMENT and not asked


def _last_day(desk: Desk, row: ReturnRow) -> date:
    """Return the last settlement day on which a return is in time."""
    if row.reason in _BY_AGREEMENT:
        return row.settled_on
    if row.reason in _SIXTY_DAYS:
        return on_or_after(row.original_settled_on + _LONG_WINDOW, desk.is_banking_day)
    return after(row.original_settled_on, _RETURN_WINDOW, desk.is_banking_day)


def _move(state: BankState, evening: Evening, row: ReturnRow, *, back: bool, cents: int) -> None:
    """Post a dishonour (the money comes ``back``) or its answer."""
    post(
        state,
        evening.body,
        evening.day,
        DISHONOURED if back else CONTESTED,
        cents=cents,
        bank_ref=next_bank_ref(state, evening.day),
        customer_ref=f"{row.original_trace:015d}",
        about={
            "company": state.batches[row.batch].company_identification,
            "trace": f"{row.original_trace:015d}",
            "reference": row.reference,
            "reason": row.answer_code or row.dishonour_code,
        },
    )


def _restate(state: BankState, row: ReturnRow) -> None:
    """Give the entry of a disputed return the status that its returns leave it in: one that stands outweighs."""
    if row.entry < 0:
        return
    stages = {other.stage for other in state.returns if other.entry == row.entry}
    standing = (
        (Stage.RETURNED, Status.RETURNED),
        (Stage.CONTESTED, Status.CONTESTED),
        (Stage.CORRECTED, Status.CORRECTED),
    )
    status = next((status for stage, status in standing if stage in stages), Status.DISHONOURED)
    note_sent_back(state, row.entry, status)


def _tell(state: BankState, evening: Evening, row: ReturnRow, *, information: str) -> None:
    """Write what is told of a dishonour or of its answer."""
    batch = state.batches[row.batch]
    entry = _disputed_entry(state, row, evening.day, information)
    evening.disputed.append((state.files[batch.file], entry))
    evening.body.disputes.append(dispute_row(row, entry))


def _disputed_entry(state: BankState, row: ReturnRow, day: date, information: str) -> BackEntry:
    """Return a dishonour, or the answer to one, as it goes its way."""
    answered = bool(row.answer_code)
    return replace(
        back_entry(state, row),
        trace=row.answer_trace if answered else row.dishonour_trace,
        amount_cents=row.answered_cents if answered else row.cents,
        settled_on=day,
        reason=row.answer_code or row.dishonour_code,
        information=information,
        dispute=Dispute(
            return_trace=row.trace,
            returned_on=row.settled_on,
            return_reason=row.reason,
            original_settled_on=row.original_settled_on,
            dishonour_trace=row.dishonour_trace if answered else 0,
            dishonoured_on=row.dishonoured_on,
            dishonour_code=row.dishonour_code,
        ),
    )
