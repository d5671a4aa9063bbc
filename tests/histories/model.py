"""Two orders of one buyer over pure functions alone: the rules decide, the fold says where each stands, no book.

What a book does with the decisions is done here in the plainest way, so that ten thousand histories take a minute. The
functions are called through their modules: a test plants a fault where they live.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import assert_never

import numpy as np

from ingather.base.dates import NEW_YORK
from ingather.domain.cases import CaseKind
from ingather.domain.orders import OrderState
from ingather.rules import calendar, debitable, effective, entry_class, returns
from ingather.rules.due import Terms
from ingather.rules.effective import Window
from ingather.rules.profile_parts import Retry
from ingather.rules.returns import Block, Decision
from ingather.rules.vocabulary import (
    AccountState,
    AuthorizationKind,
    AuthorizationState,
    Channel,
    Holder,
    OrderStanding,
    PartyState,
)
from tests.histories import afterwards
from tests.histories.afterwards import After
from tests.histories.judging import Judge, Line, What
from tests.unit.rules.due_orders import day, due

START = date(2026, 11, 16)
AMOUNT = 12_500
WINDOW = Window(cutoff=time(20, 0), zone=NEW_YORK)
NIGHT_AT = time(18, 0)
RETRY = Retry()
OWN_WORDS = "ORDERS"


class Act(StrEnum):
    """What a person does: the buyer, or somebody at the desk."""

    REVOKE = "revoke"
    SUSPEND_OR_RESUME = "suspend or resume"
    HOLD_OR_LET_GO = "hold or let go"
    OPEN_OR_CLOSE_A_CASE = "open or close a case"
    CANCEL = "cancel"
    PAY_OTHERWISE = "pay otherwise"
    CORRECT = "correct"
    GIVE_UP = "give up"


@dataclass(slots=True, kw_only=True)
class Debit:
    """One debit of an order with what became of it."""

    number: int
    settles_on: date
    entry_class: str
    corrected: bool = False
    voided: bool = False
    rejected: bool = False
    settled: bool = False
    complete: bool = False
    returned: bool = False
    returned_on: date | None = None
    undone: bool = False
    reversed: bool = False
    amount: int = AMOUNT

    @property
    def stands(self) -> bool:
        """Return whether the debit is neither voided nor rejected, nor came back for good."""
        return not (self.voided or self.rejected or (self.returned and not self.undone))


@dataclass(slots=True, kw_only=True)
class Sale:
    """One order: what is stored about it, its debits, its story and the judge who hears it."""

    key: int
    judge: Judge
    state: OrderState = OrderState.OPEN
    held: bool = False
    canceled: bool = False
    given_up: bool = False
    collect_on: date | None = START
    first_settled_on: date | None = None
    last_code: str = ""
    returned_on: date | None = None
    corrected: bool = False
    was_corrected: bool = False
    correct_by: date | None = None
    cases: int = 0
    found: set[CaseKind] = field(default_factory=set)
    debits: list[Debit] = field(default_factory=list)
    after: After = field(default_factory=After)

    def tell(self, what: What, on: date, **particulars: object) -> None:
        """Tell the judge the next line of the story."""
        self.judge.hear(Line(what=what, on=on, **particulars))  # type: ignore[arg-type]  # a line's own particulars

    @property
    def live(self) -> Debit | None:
        """Return the debit that stands, if one does."""
        return next((each for each in self.debits if each.stands), None)

    @property
    def last_returned(self) -> Debit | None:
        """Return the newest debit when it came back for good."""
        newest = next((each for each in reversed(self.debits) if not (each.voided or each.rejected)), None)
        return newest if newest is not None and newest.returned and not newest.undone else None

    @property
    def holds(self) -> bool:
        """Return whether something keeps the money from being free."""
        return bool(self.cases) or self.after.holds

    def standing(self) -> OrderState:
        """Return where an order stands whose live debit is at the bank, by that debit alone."""
        debit = self.live
        assert debit is not None
        if not debit.settled:
            return OrderState.SUBMITTED if debit.undone else OrderState.SEALED
        if debit.reversed:
            return OrderState.REVERSED
        return OrderState.COLLECTED if debit.complete and not self.holds else OrderState.SETTLED

    @property
    def presentations(self) -> int:
        """Return how many debits were made and count."""
        return sum(not (debit.voided or debit.rejected) for debit in self.debits)


@dataclass(slots=True, kw_only=True)
class Buyer:
    """A buyer with one account, one authorization and two orders under it."""

    holder: Holder
    channel: Channel
    kind: AuthorizationKind
    goods: bool = False
    today: date = START
    authorization: AuthorizationState = AuthorizationState.ACTIVE
    account: AccountState = AccountState.ACTIVE
    state: PartyState = PartyState.ACTIVE
    change_due_on: date | None = None
    sales: list[Sale] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Record two orders."""
        business = self.holder is Holder.BUSINESS
        self.sales = [Sale(key=key, judge=Judge(amount=AMOUNT, business=business)) for key in (1, 2)]

    def tell_all(self, what: What) -> None:
        """Tell what happened to the authorization, the account or the buyer in the story of every order."""
        for sale in self.sales:
            sale.tell(what, self.today)

    def effective_on(self) -> date:
        """Return when tonight's debits settle."""
        return effective.effective_date(datetime.combine(self.today, NIGHT_AT, tzinfo=NEW_YORK), WINDOW)

    def night(self) -> list[Sale]:
        """Decide about both orders and send what may be debited; returns those that were."""
        waiting = np.array([sale.collect_on is not None for sale in self.sales], np.bool_)
        if not waiting.any():
            return []
        settles_on = self.effective_on()
        columns = due(*[self._row(sale) for sale in self.sales])
        codes = debitable.decide(
            columns, Terms(effective_on=settles_on, max_presentations=RETRY.max + 1, sent_on=self.today)
        )
        classes = entry_class.choose(
            holder=columns.account_holder,
            channel=columns.channel,
            goods=columns.goods,
            authorization_kind=columns.authorization_kind,
            retry=(columns.standing == OrderStanding.RETURNED) & ~columns.corrected,
            effective_on=settles_on,
        )
        words = entry_class.description_words(OWN_WORDS)
        chosen = np.flatnonzero(waiting & (codes == debitable.DEBITABLE)).tolist()
        for row in chosen:
            sale = self.sales[row]
            number = len(sale.debits) + 1
            sec = entry_class.SEC_CODES[int(classes.sec[row])]
            sale.debits.append(
                Debit(number=number, settles_on=settles_on, entry_class=sec, corrected=sale.corrected),
            )
            sale.was_corrected |= sale.corrected
            sale.state, sale.corrected, sale.collect_on = OrderState.SEALED, False, None
            sale.tell(
                What.DEBITED,
                settles_on,
                number=number,
                entry_class=sec,
                description=words[int(classes.description[row])],
                amount=int(columns.amount_minor[row]),
                sent=self.today,
            )
        return [self.sales[row] for row in chosen]

    def _row(self, sale: Sale) -> dict[str, object]:
        standings = {OrderState.OPEN: OrderStanding.OPEN, OrderState.RETURNED: OrderStanding.RETURNED}
        reason = returns.return_reason(sale.last_code, on=self.today) if sale.last_code else None
        return {
            "order_id": sale.key,
            "standing": standings.get(sale.state, OrderStanding.CLOSED),
            "amount_minor": AMOUNT,
            "due_on": day(START),
            "collect_on": day(sale.collect_on) if sale.collect_on else 0,
            "held": sale.held,
            "entangled": bool(sale.cases) or sale.after.entangles,
            "presentations": sale.presentations,
            "retryable": reason is not None and reason.next_step is returns.NextStep.RETRY,
            "first_settled_on": day(sale.first_settled_on) if sale.first_settled_on else 0,
            "authorization_state": self.authorization,
            "authorization_kind": self.kind,
            "corrected": sale.corrected,
            "returned_on": day(sale.returned_on) if sale.returned_on else 0,
            "channel": self.channel,
            "account_state": self.account,
            "change_due_on": day(self.change_due_on) if self.change_due_on else 0,
            "account_holder": self.holder,
            "buyer_state": self.state,
            "goods": self.goods,
        }

    def void(self, sale: Sale) -> None:
        """Void the file of the live debit: no byte left."""
        self._undo(sale, What.VOIDED)

    def reject(self, sale: Sale) -> None:
        """Let the bank reject the live debit."""
        self._undo(sale, What.REJECTED)

    def _undo(self, sale: Sale, what: What) -> None:
        debit = sale.live
        assert debit is not None
        debit.voided, debit.rejected = what is What.VOIDED, what is What.REJECTED
        before = [each for each in sale.debits if not (each.voided or each.rejected)]
        sale.state = OrderState.RETURNED if before else OrderState.OPEN
        sale.collect_on = self.today
        # What was to be the one corrected entry has not been made, and is still to be one.
        sale.corrected = debit.corrected
        sale.was_corrected &= not debit.corrected
        sale.tell(what, self.today, number=debit.number)

    def settle(self, sale: Sale) -> None:
        """Let the bank say that the live debit settled."""
        debit = sale.live
        assert debit is not None
        if debit.settled:
            return
        debit.settled = True
        sale.state = OrderState.REVERSED if debit.reversed else OrderState.SETTLED
        sale.first_settled_on = sale.first_settled_on or debit.settles_on
        sale.tell(What.SETTLED, debit.settles_on, number=debit.number)

    def release(self, sale: Sale) -> None:
        """Let the reports be complete through the hold of the live debit."""
        debit = sale.live
        assert debit is not None
        debit.complete = True
        sale.state = sale.standing()

    def open_case(self, sale: Sale) -> None:
        """Open a case about an order; one of an order that is collected holds nothing any more."""
        sale.cases += sale.state is not OrderState.COLLECTED
        sale.tell(What.CASE_OPENED, self.today)

    def close_case(self, sale: Sale) -> None:
        """Close the case of an order, which may let its money go."""
        sale.cases -= 1
        sale.tell(What.CASE_CLOSED, self.today)
        if not sale.cases and sale.live is not None and sale.live.complete:
            sale.state = sale.standing()

    def come_back(self, sale: Sale, code: str, *, information: str, on: date) -> None:
        """Let the live debit come back with a code, and do what the rules say follows."""
        debit = sale.live
        assert debit is not None
        if afterwards.overtaken(self, sale, debit):
            return
        sale.first_settled_on = sale.first_settled_on or debit.settles_on
        decision = returns.decide_return(
            code,
            returned_on=on,
            presentations=sale.presentations,
            first_settled_on=sale.first_settled_on,
            policy=RETRY,
            information=information,
            entry_class=debit.entry_class,
            holder=self.holder.name.lower(),
            settled_on=debit.settles_on,
            corrected=sale.was_corrected,
        )
        debit.returned, debit.undone, debit.returned_on = True, False, on
        sale.last_code, sale.returned_on = code, on
        sale.tell(What.RETURNED, on, number=debit.number, code=code)
        # What was given up stays so, and what ended with the money with us is never debited again.
        sale.given_up |= decision.ends or sale.after.never_again
        sale.collect_on = None if sale.given_up else decision.retry_on
        sale.correct_by = None if sale.given_up else decision.correct_by
        sale.state = OrderState.FAILED if sale.given_up else OrderState.RETURNED
        afterwards.want_fee(self, sale, debit, code)
        if decision.corrects_holder is not None:
            self.holder = Holder.CONSUMER
            self.tell_all(What.CONSUMER)
        self._block(decision)
        late = {CaseKind.LATE_RETURN} if decision.timeliness is returns.Timeliness.LATE else set()
        sale.found = late | ({decision.case} if decision.case else set())
        if sale.found or not decision.fits:
            self.open_case(sale)

    def _block(self, decision: Decision) -> None:
        if Block.AUTHORIZATION in decision.blocks and self.authorization is not AuthorizationState.REVOKED:
            released = decision.until is returns.Until.RELEASED
            self.authorization = AuthorizationState.SUSPENDED if released else AuthorizationState.REVOKED
            self.tell_all(What.SUSPENDED if released else What.REVOKED)
        if Block.ACCOUNT in decision.blocks:
            self.account = AccountState.BLOCKED
            self.tell_all(What.BLOCKED)
        if Block.BUYER in decision.blocks:
            self.state = PartyState.SUSPENDED
            self.tell_all(What.BLOCKED)

    def act(self, sale: Sale, act: Act) -> None:
        """Let a person do what the order's state allows; what it does not allow changes nothing."""
        match act:
            case Act.REVOKE | Act.SUSPEND_OR_RESUME:
                self._authorize(act)
            case Act.HOLD_OR_LET_GO:
                sale.held = not sale.held
                sale.tell(What.HELD if sale.held else What.LET_GO, self.today)
            case Act.OPEN_OR_CLOSE_A_CASE:
                if sale.cases:
                    self.close_case(sale)
                elif sale.state is not OrderState.COLLECTED:
                    self.open_case(sale)
            case Act.CANCEL | Act.PAY_OTHERWISE | Act.GIVE_UP:
                states, told = _ENDING[act]
                if sale.state in states:
                    self._end(sale, told)
            case Act.CORRECT:
                self._correct(sale)
            case _:
                assert_never(act)

    def clear(self, sale: Sale) -> None:
        """Let the desk close what is open about an order and let it go."""
        while sale.cases:
            self.close_case(sale)
        if sale.held:
            self.act(sale, Act.HOLD_OR_LET_GO)
        if self.authorization is AuthorizationState.SUSPENDED:
            self.act(sale, Act.SUSPEND_OR_RESUME)

    def _authorize(self, act: Act) -> None:
        if self.authorization is AuthorizationState.REVOKED:
            return
        if act is Act.REVOKE:
            self.authorization = AuthorizationState.REVOKED
            self.tell_all(What.REVOKED)
        elif self.authorization is AuthorizationState.SUSPENDED:
            self.authorization = AuthorizationState.ACTIVE
            self.tell_all(What.RESUMED)
        else:
            self.authorization = AuthorizationState.SUSPENDED
            self.tell_all(What.SUSPENDED)

    def _end(self, sale: Sale, told: What) -> None:
        fails = sale.state is OrderState.RETURNED
        sale.canceled, sale.given_up = not fails, fails
        sale.state, sale.collect_on = OrderState.FAILED if fails else OrderState.CANCELED, None
        sale.tell(told, self.today)

    def _correct(self, sale: Sale) -> None:
        """Plan the one corrected entry, where the last return allows one; its case is closed with it."""
        if sale.state is OrderState.RETURNED and sale.correct_by is not None:
            sale.corrected, sale.collect_on = True, self.today
            while sale.cases:
                self.close_case(sale)


_ENDING = {
    Act.CANCEL: ({OrderState.OPEN}, What.CANCELED),
    Act.PAY_OTHERWISE: ({OrderState.OPEN, OrderState.RETURNED}, What.PAID_OTHERWISE),
    Act.GIVE_UP: ({OrderState.RETURNED}, What.GIVEN_UP),
}


def later(on: date, days: int) -> date:
    """Return the first banking day so many days later or after."""
    return calendar.banking_day_on_or_after(on + timedelta(days=days))
