"""What is to come for one order: its deadlines, and what must be done next and by whom."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.rules.clocks import clock
from ingather.rules.reasons import REASONS
from ingather.rules.retries import WINDOW_CLOCK
from ingather.store.reading.timeline import Life
from ingather.store.tables import Notice

MERCHANT, DESK, APPROVER, BANK, NOBODY = "merchant", "desk", "approver", "bank", "nobody"
_REASONS = {reason.id: reason for reason in REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A day that matters: what for, and the row of a rule that says so where one does."""

    on: date
    kind: str
    sentence: str
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What is done next, by whom, and from or by which day where that is known."""

    who: str
    sentence: str
    on: date | None = None


def deadlines_of(session: Session, life: Life) -> list[Deadline]:
    """Return the days that matter to an order, in their order."""
    order, found = life.order, []
    if order.collect_on is not None:
        found.append(Deadline(on=order.collect_on, kind="collect", sentence="It is debited on this day or after it."))
    for entry, batch, _ in life.entries:
        if batch.hold_until is not None and entry.ended is None:
            found.append(Deadline(on=batch.hold_until, kind="hold", sentence="Until this day its money is on hold."))
    for row, _ in life.returns:
        if row.deadline_on is not None:
            sentence = f"By this day the return {row.code} had to be made."
            found.append(Deadline(on=row.deadline_on, kind="return_window", sentence=sentence))
    if order.state == OrderState.RETURNED and order.first_settled_on is not None:
        window = clock(WINDOW_CLOCK, order.first_settled_on)
        last = order.first_settled_on + timedelta(days=window.count)
        found.append(
            Deadline(on=last, kind="retry", sentence="After this day it is not presented again.", rule=window.row.id)
        )
    found += [
        Deadline(on=case.due_on, kind="case", sentence=case.sentence, rule=case.clock)
        for case in life.cases
        if case.state == CaseState.OPEN and case.due_on is not None
    ]
    notices = session.scalars(select(Notice).where(Notice.order_id == order.id, Notice.sent_on.is_(None)))
    for notice in notices if order.state == OrderState.OPEN else ():
        sentence = f"By this day the buyer is told of the {notice.kind}, or the debit waits."
        found.append(Deadline(on=notice.send_by, kind="notice", sentence=sentence))
    return sorted(found, key=lambda each: (each.on, each.kind))


def next_steps_of(life: Life) -> list[NextStep]:
    """Return what must be done next, the most pressing first; one step of nobody's when nothing is to be done."""
    steps = [
        NextStep(who=case.owner, sentence=f"Settle the case {public_id(Prefix.CASE, case.id)}: {case.sentence}",
                 on=case.due_on)
        for case in life.cases if case.state == CaseState.OPEN
    ]  # fmt: skip
    return [*steps, _of_state(life)]


def _of_state(life: Life) -> NextStep:
    order = life.order
    match OrderState(order.state):
        case OrderState.OPEN:
            step = _of_open(life)
        case OrderState.SEALED:
            step = _of_sealed(life)
        case OrderState.SUBMITTED:
            step = NextStep(who=BANK, sentence="The bank settles it, or returns it.")
        case OrderState.SETTLED:
            holds = [batch.hold_until for entry, batch, _ in life.entries if batch.hold_until and entry.ended is None]
            sentence = "It is collected when its hold is over and the bank's reports are complete through that day."
            step = NextStep(who=BANK, sentence=sentence, on=max(holds, default=None))
        case OrderState.RETURNED:
            step = _of_returned(life)
        case OrderState.COLLECTED:
            step = NextStep(who=NOBODY, sentence="It is collected. A late return would claw it back.")
        case OrderState.REVERSED | OrderState.CANCELED | OrderState.FAILED:
            step = NextStep(who=NOBODY, sentence=f"It is {order.state}: nothing more is done with it.")
        case state:
            assert_never(state)
    return step


def _of_returned(life: Life) -> NextStep:
    order = life.order
    if order.collect_on is None:
        sentence = "Decide: a corrected debit where its code allows one, paid otherwise, or give it up."
        return NextStep(who=DESK, sentence=sentence)
    kind = "debited once more, corrected" if order.corrected else "presented again"
    return NextStep(who=NOBODY, sentence=f"It is {kind} by the next night that may.", on=order.collect_on)


def _of_open(life: Life) -> NextStep:
    order = life.order
    if order.held:
        return NextStep(who=MERCHANT, sentence="It is held: release it to have it debited.")
    if order.suspected:
        return NextStep(who=MERCHANT, sentence="It looks like another order: confirm that both are owed, or cancel it.")
    reason = _REASONS.get(order.reason or "")
    if reason is not None:
        return NextStep(who=MERCHANT, sentence=f"{reason.sentence} {reason.way_out}", on=order.collect_on)
    return NextStep(who=NOBODY, sentence="A night debits it when it is due.", on=order.collect_on)


def _of_sealed(life: Life) -> NextStep:
    files = [file for entry, _, file in life.entries if entry.ended is None]
    file = files[-1] if files else None
    if file is None or file.state == FileState.APPROVED:
        return NextStep(who=NOBODY, sentence="Its file is sent by the next transmission.")
    name = public_id(Prefix.FILE, file.id)
    if file.state == FileState.SEALED:
        return NextStep(who=APPROVER, sentence=f"A second person approves file {name}.", on=file.effective_on)
    return NextStep(who=DESK, sentence=f"File {name} is {file.state}: find out whether it reached the bank.")
