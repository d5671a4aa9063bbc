"""What follows a debit, over pure functions alone: dishonours, reversals, refunds, return fees, changes, payouts.

The rules say what may be done and until when; what a book does with that is done here in the plainest way. The
functions are called through their modules: a test plants a fault where they live.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ingather.domain import follow_ups as follow_up_words
from ingather.domain import returns as return_words
from ingather.domain.cases import CaseKind
from ingather.domain.files import FileState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.orders import OrderState
from ingather.domain.returns import DisputeState
from ingather.rules import calendar, deadlines, dishonours, refunds, return_fees, returns, reversals
from ingather.rules.dishonours import Answer, FoundReturn
from ingather.rules.reversals import SentDebit
from tests.histories.judging import What

if TYPE_CHECKING:
    from tests.histories.model import Buyer, Debit, Sale

OUT = frozenset({FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE})
WAITING = frozenset({FollowUpState.ASKED, FollowUpState.WANTED})
LEAD_DAYS = 1
DUAL_OVER = 10_000
CONTESTS = {True: "R74", False: "R71"}


@dataclass(slots=True, kw_only=True)
class Dispute:
    """A return that the ODFI is asked to dishonor; ``number`` is the debit's."""

    number: int
    code: str
    dishonour_by: date
    state: DisputeState = DisputeState.CHOSEN
    contest_by: date | None = None


@dataclass(slots=True, kw_only=True)
class FollowUp:
    """A reversal, refund or fee of a debit; ``not_before`` is the first night that may send it."""

    kind: FollowUpKind
    number: int
    amount: int
    state: FollowUpState = FollowUpState.ASKED
    of_collected: bool = False
    not_before: date = date.min


@dataclass(slots=True, kw_only=True)
class After:
    """What followed the debits of an order; ``never_again`` says that something ended with the money with us."""

    disputes: list[Dispute] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    never_again: bool = False
    paid: int = 0

    def of(self, kind: FollowUpKind, *, standing: bool = True) -> list[FollowUp]:
        """Return the follow-ups of a kind, only those that still count unless told otherwise."""
        return [each for each in self.follow_ups if each.kind is kind
                and (not standing or each.state in follow_up_words.STANDING)]  # fmt: skip

    @property
    def dispute(self) -> Dispute | None:
        """Return the dispute that is open, if one is."""
        return next((each for each in self.disputes if each.state in return_words.OPEN_DISPUTES), None)

    @property
    def entangles(self) -> bool:
        """Return whether something is open about the order's entries; a fee is a matter of its own."""
        about = [*self.of(FollowUpKind.REVERSAL), *self.of(FollowUpKind.REFUND)]
        return self.dispute is not None or any(each.state in follow_up_words.OPEN_FOLLOW_UPS for each in about)

    @property
    def holds(self) -> bool:
        """Return whether money that is not free yet stays so: its debit is being reversed."""
        reversing = self.of(FollowUpKind.REVERSAL)
        return any(each.state in follow_up_words.OPEN_FOLLOW_UPS and not each.of_collected for each in reversing)

    @property
    def given_back(self) -> int:
        """Return what standing refunds give back of the order."""
        return sum(each.amount for each in self.of(FollowUpKind.REFUND))


def choose_dishonour(buyer: "Buyer", sale: "Sale", finding: CaseKind) -> None:
    """Ask for the dishonour of the last return, where the rules still allow one; its retry is closed with it."""
    debit = sale.last_returned
    if debit is None or sale.live is not None or any(each.number == debit.number for each in sale.after.disputes):
        return
    about = FoundReturn(
        code=sale.last_code, entry_class=debit.entry_class, found=frozenset({finding, *sale.found}), differs=("03",),
        settled_on=sale.returned_on, told_on=buyer.today,
    )  # fmt: skip
    for each in dishonours.open_dishonours(about, lead_days=LEAD_DAYS):
        if each.ask_by is not None and each.dishonour_by is not None and buyer.today <= each.ask_by:
            sale.after.disputes.append(Dispute(number=debit.number, code=each.code, dishonour_by=each.dishonour_by))
            sale.collect_on, sale.corrected = None, False
            sale.tell(What.DISPUTE_CHOSEN, buyer.today, number=debit.number)
            return


def dishonour(buyer: "Buyer", sale: "Sale", *, done: bool) -> None:
    """Let the ODFI dishonor the return that it was asked about, or not in time: then the return stands."""
    dispute = sale.after.dispute
    if dispute is None or dispute.state is not DisputeState.CHOSEN:
        return
    on = calendar.banking_day_on_or_after(buyer.today)
    if not done or on > dispute.dishonour_by:
        _end(buyer, sale, dispute, DisputeState.STANDS)
        return
    buyer.today = on
    dispute.state, dispute.contest_by = DisputeState.DISHONOURED, dishonours.contest_by(on)
    sale.tell(What.DISHONOURED, on, number=dispute.number)


def contest(buyer: "Buyer", sale: "Sale", *, corrected: bool, code: str) -> None:
    """Let the buyer's bank contest the dishonour in time: the return stands, or a corrected one replaces it."""
    dispute = sale.after.dispute
    if dispute is None or dispute.contest_by is None or buyer.today > dispute.contest_by:
        return
    answer = CONTESTS[corrected and dispute.code == "R69"]
    sale.tell(What.CONTESTED, buyer.today, number=dispute.number)
    meaning = dishonours.answer_to(dispute.code, answer, buyer.today)
    if meaning is Answer.REPLACES:
        sale.last_code, sale.returned_on = code, buyer.today
        sale.tell(What.REPLACED, buyer.today, number=dispute.number, code=code)
    _end(buyer, sale, dispute, DisputeState.REPLACED if meaning is Answer.REPLACES else DisputeState.STANDS)


def watermark(buyer: "Buyer", sale: "Sale") -> None:
    """Let the reports be complete past the days of a contest: a dishonour that nobody contested undoes the return."""
    dispute = sale.after.dispute
    if dispute is None or dispute.contest_by is None:
        return
    buyer.today = max(buyer.today, calendar.next_banking_day(dispute.contest_by))
    dispute.state = DisputeState.UNDONE
    sale.debits[dispute.number - 1].undone = True
    sale.after.never_again = True
    sale.state = sale.standing()
    sale.tell(What.UNDONE, buyer.today, number=dispute.number)
    for each in sale.after.of(FollowUpKind.RETURN_FEE):
        if each.state is FollowUpState.WANTED and moot(each, sale.debits[each.number - 1]):
            withdraw(buyer, sale, each)


def _end(buyer: "Buyer", sale: "Sale", dispute: Dispute, state: DisputeState) -> None:
    dispute.state = state
    sale.tell(What.DISPUTE_ENDED, buyer.today, number=dispute.number)


def plan_again(buyer: "Buyer", sale: "Sale") -> None:
    """Let a person plan the retry of a return that was disputed and stands, where its code allows one."""
    reason = returns.return_reason(sale.last_code, on=buyer.today) if sale.last_code else None
    stood = sale.state is OrderState.RETURNED and bool(sale.after.disputes) and not sale.after.entangles
    if stood and not sale.after.never_again and reason is not None and reason.next_step is returns.NextStep.RETRY:
        sale.collect_on = buyer.today


def ask_reversal(buyer: "Buyer", sale: "Sale", reason: str) -> None:
    """Ask to take the live debit back, where the rules allow it."""
    debit = sale.live
    if debit is None or sale.after.of(FollowUpKind.REVERSAL):
        return
    with_bank = OrderState.SUBMITTED if sale.state is OrderState.SEALED else sale.state
    sent = SentDebit(
        state=with_bank, file_state=FileState.TRANSMITTED, effective_on=debit.settles_on,
        settled_on=debit.settles_on if debit.settled else None, refunded=bool(sale.after.of(FollowUpKind.REFUND)),
    )  # fmt: skip
    if reversals.reversible(reason, sent, on=buyer.today, available_on=buyer.effective_on()) is None:
        collected = sale.state is OrderState.COLLECTED
        _want(buyer, sale, FollowUp(kind=FollowUpKind.REVERSAL, number=debit.number, amount=debit.amount,
                                    of_collected=collected))  # fmt: skip


def refundable(sale: "Sale") -> int:
    """Return how much of an order can still be refunded: what was collected and is not given back."""
    debit = sale.live
    if debit is None or sale.state is not OrderState.COLLECTED or sale.after.of(FollowUpKind.REVERSAL):
        return 0
    return debit.amount - sale.after.given_back


def ask_refund(buyer: "Buyer", sale: "Sale", amount: int, *, waits: bool) -> None:
    """Ask to give some of an order back, now or after its return window."""
    debit = sale.live
    if debit is None or amount > refundable(sale):
        return
    ends = refunds.return_window_ends(debit.settles_on, holder=buyer.holder.name.lower(), entry_class=debit.entry_class)
    second = refunds.needs_second_person(amount, waits=waits, returnable=buyer.today <= ends, dual_over_cents=DUAL_OVER)
    state = FollowUpState.ASKED if second else FollowUpState.WANTED
    not_before = refunds.first_night_after(ends) if waits else date.min
    _want(buyer, sale, FollowUp(kind=FollowUpKind.REFUND, number=debit.number, amount=amount, state=state,
                                of_collected=True, not_before=not_before))  # fmt: skip


def want_fee(buyer: "Buyer", sale: "Sale", debit: "Debit", code: str) -> None:
    """Want the fee for a debit that came back for lack of funds: one for each debit, whatever became of the first."""
    before = sale.after.of(FollowUpKind.RETURN_FEE, standing=False)
    if return_fees.bears_fee(code, buyer.today) and all(each.number != debit.number for each in before):
        sale.after.follow_ups.append(FollowUp(kind=FollowUpKind.RETURN_FEE, number=debit.number, amount=25_00,
                                              state=FollowUpState.WANTED))  # fmt: skip


def _want(buyer: "Buyer", sale: "Sale", wish: FollowUp) -> None:
    sale.after.follow_ups.append(wish)
    sale.tell(What.FOLLOW_UP_ASKED, buyer.today)


def approve(sale: "Sale") -> None:
    """Let a second person agree to what waits for one."""
    for each in sale.after.follow_ups:
        if each.state is FollowUpState.ASKED:
            each.state = FollowUpState.WANTED


def night(buyer: "Buyer", sale: "Sale") -> None:
    """Send what is wanted and may still go out; what has nothing to follow any more, or comes too late, is let be."""
    settles_on = buyer.effective_on()
    for each in sale.after.follow_ups:
        if each.state is not FollowUpState.WANTED or buyer.today < each.not_before:
            continue
        debit = sale.debits[each.number - 1]
        if moot(each, debit) or too_late(each, debit, settles_on):
            withdraw(buyer, sale, each)
            continue
        each.state = FollowUpState.SENT
        told = {
            FollowUpKind.REVERSAL: What.REVERSED,
            FollowUpKind.REFUND: What.REFUNDED,
            FollowUpKind.RETURN_FEE: What.FEE,
        }[each.kind]
        sale.tell(told, settles_on, number=each.number, amount=each.amount)


def too_late(wish: FollowUp, debit: "Debit", settles_on: date) -> bool:
    """Return whether a follow-up that goes out now would settle after its last day."""
    match wish.kind:
        case FollowUpKind.REVERSAL:
            return settles_on > reversals.last_day_of_reversal(debit.settles_on)
        case FollowUpKind.RETURN_FEE:
            return debit.returned_on is None or settles_on > return_fees.last_day_of_fee(debit.returned_on)
        case _:
            return False


def moot(wish: FollowUp, debit: "Debit") -> bool:
    """Return whether there is nothing to follow any more: no money to give back, or no return to ask a fee for."""
    return debit.stands is (wish.kind is FollowUpKind.RETURN_FEE)


def withdraw(buyer: "Buyer", sale: "Sale", wish: FollowUp) -> None:
    """Let a follow-up be that has not left."""
    wish.state = FollowUpState.WITHDRAWN
    if wish.kind is not FollowUpKind.RETURN_FEE:
        sale.tell(What.FOLLOW_UP_ENDED, buyer.today)
        sale.state = sale.standing() if sale.live is not None else sale.state


def bank_settles(buyer: "Buyer", sale: "Sale", *, complete: bool) -> None:
    """Let the bank settle what it has, and let the reports be complete past it."""
    for each in sale.after.follow_ups:
        if each.state is FollowUpState.SENT:
            each.state = FollowUpState.SETTLED
        if each.state is FollowUpState.SETTLED and complete:
            each.state = FollowUpState.DONE
            if each.kind is FollowUpKind.REVERSAL:
                sale.debits[each.number - 1].reversed = True
                sale.state = sale.standing()
            if each.kind is not FollowUpKind.RETURN_FEE:
                sale.tell(What.FOLLOW_UP_ENDED, buyer.today)


def bank_returns(buyer: "Buyer", sale: "Sale") -> None:
    """Let the last follow-up that is out come back."""
    out = [each for each in sale.after.follow_ups if each.state in OUT]
    if not out:
        return
    last = out[-1]
    was_open, last.state = last.state is not FollowUpState.DONE, FollowUpState.RETURNED
    if last.kind is FollowUpKind.RETURN_FEE:
        return
    back = What.REVERSAL_BACK if last.kind is FollowUpKind.REVERSAL else What.REFUND_BACK
    sale.tell(back, buyer.today, number=last.number, amount=last.amount)
    if was_open:
        sale.tell(What.FOLLOW_UP_ENDED, buyer.today)
    sale.after.never_again = True
    sale.debits[last.number - 1].reversed = False
    sale.state = sale.standing() if sale.live is not None else sale.state


def overtaken(buyer: "Buyer", sale: "Sale", debit: "Debit") -> bool:
    """Call off what has not left of a debit that comes back; returns whether the return moves nothing.

    It moves nothing when a reversal of the debit is out: then the buyer has the money twice, and a case is opened.
    """
    if any(each.number == debit.number and each.state in OUT for each in sale.after.of(FollowUpKind.REVERSAL)):
        sale.tell(What.DOUBLE_CREDIT, buyer.today, number=debit.number)
        buyer.open_case(sale)
        return True
    gone = [each for each in sale.after.of(FollowUpKind.REFUND) if each.state in OUT]
    if gone:
        sale.tell(What.DOUBLE_CREDIT, buyer.today, number=debit.number)
        sale.cases += 1
        sale.tell(What.CASE_OPENED, buyer.today)
    for each in [*sale.after.of(FollowUpKind.REVERSAL), *sale.after.of(FollowUpKind.REFUND)]:
        if each.state in WAITING:
            withdraw(buyer, sale, each)
    return False


def ask_change(buyer: "Buyer") -> None:
    """Let the buyer's bank ask for a change of the account."""
    if buyer.change_due_on is None:
        buyer.change_due_on = deadlines.deadline("change-apply", buyer.today)
        buyer.tell_all(What.CHANGE_ASKED)


def apply_change(buyer: "Buyer") -> None:
    """Apply the change that the buyer's bank asked for."""
    if buyer.change_due_on is not None:
        buyer.change_due_on = None
        buyer.tell_all(What.CHANGE_MADE)


def pay_out(buyer: "Buyer", sale: "Sale") -> None:
    """Pay the merchant what is collected and not given back, or claw back what no longer is."""
    free = sale.state is OrderState.COLLECTED and not sale.after.of(FollowUpKind.REVERSAL)
    kept = sale.judge.amount - sale.after.given_back if free else 0
    more = kept - sale.after.paid
    if more:
        sale.after.paid = kept
        sale.tell(What.PAID_OUT if more > 0 else What.CLAWED_BACK, buyer.today, amount=abs(more))
