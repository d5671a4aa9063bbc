"""The machine that makes up histories of two orders, one thing after another, and looks at everything each time."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import ClassVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ingather.domain.cases import CaseKind
from ingather.domain.follow_ups import FollowUpKind
from ingather.domain.orders import OrderState
from ingather.rules.calendar import previous_banking_day
from ingather.rules.vocabulary import AuthorizationKind, Channel, Holder
from tests.histories import afterwards, model
from tests.histories.folding import folded
from tests.histories.judging import MOST_PRESENTATIONS as MOST
from tests.histories.model import Act, Buyer, Sale

STEPS = 10
CODES = ("R01", "R09", "R02", "R05", "R06", "R07", "R08", "R10", "R11", "R16", "R17", "R29", "R98")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says of a debit; a return has a code and settles so many days after the debit."""

    word: str
    code: str = ""
    after: int = 0
    information: str = ""


which = st.sampled_from((0, 0, 0, 1))
waits = st.sampled_from((0, 0, 0, 1, 2, 7, 30, 61, 190))
acts = st.sampled_from((*Act, Act.CORRECT, Act.CORRECT, Act.OPEN_OR_CLOSE_A_CASE, Act.HOLD_OR_LET_GO))
comes_back = st.builds(
    Answer,
    st.just("returned"),
    st.sampled_from((*CODES, *["R01"] * 9, *["R09"] * 3, *["R11"] * 6)),
    st.sampled_from((1, 1, 1, 2, 2, 0, 30, 61, 90)),
    st.sampled_from(("", "", "QUESTIONABLE")),
)
findings = st.sampled_from((CaseKind.WRONG_DATA_RETURN, CaseKind.MISROUTED_RETURN, CaseKind.LATE_RETURN))
disputes_end = st.sampled_from(("asked", "dishonoured", "undone", "back", "contested", "replaced", "not in time"))
credits_end = st.sampled_from(("asked", "sent", "sent", "settled", "done", "done", "back", "back late", "debit back"))
amounts = st.sampled_from((1, model.AMOUNT // 2, model.AMOUNT // 2 + 1, model.AMOUNT))
reasons = st.sampled_from(("duplicate", "wrong_amount", "remorse"))
answers = st.one_of(
    comes_back, comes_back, st.builds(Answer, st.sampled_from(("settled", "complete", "voided", "rejected")))
)


class Histories(RuleBasedStateMachine):
    """Histories of a buyer with two orders; the invariants are asked after every step."""

    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        """Begin with a buyer nobody has described yet."""
        super().__init__()
        self.buyer = Buyer(holder=Holder.CONSUMER, channel=Channel.ONLINE, kind=AuthorizationKind.RECURRING)
        self.draw = Random(1)  # noqa: S311 -- a seeded sequence for shuffling

    @initialize(
        holder=st.sampled_from((Holder.CONSUMER, Holder.BUSINESS)),
        channel=st.sampled_from((Channel.ONLINE, Channel.PHONE, Channel.PAPER)),
        kind=st.sampled_from((AuthorizationKind.RECURRING, AuthorizationKind.STANDING)),
        goods=st.booleans(),
    )
    def a_buyer_authorizes(self, holder: Holder, channel: Channel, kind: AuthorizationKind, *, goods: bool) -> None:
        self.buyer = Buyer(holder=holder, channel=channel, kind=kind, goods=goods)

    def sale(self, number: int) -> Sale:
        return self.buyer.sales[number]

    @rule(number=which, cleared=st.booleans(), answer=answers)
    def a_debit_runs_its_course(self, number: int, answer: Answer, *, cleared: bool) -> None:
        sale = self.sale(number)
        if cleared:
            self.buyer.act(sale, Act.CORRECT)
            self.buyer.clear(sale)
        if sale.collect_on is not None:
            self.buyer.today = max(self.buyer.today, previous_banking_day(sale.collect_on))
        self.night()
        self.the_bank_says(sale, answer)

    @rule(number=which, cleared=st.booleans(), answer=comes_back)
    def a_debit_comes_back(self, number: int, answer: Answer, *, cleared: bool) -> None:
        """Let returns be frequent: what follows them is what this is about."""
        self.a_debit_runs_its_course(number, answer, cleared=cleared)

    @rule(days=waits)
    def a_night(self, days: int) -> None:
        self.buyer.today = model.later(self.buyer.today, days)
        self.night()

    def night(self) -> None:
        """Send debits first, then what is given back: no debit may go out beside it."""
        self.buyer.night()
        for sale in self.buyer.sales:
            afterwards.night(self.buyer, sale)

    @rule(number=which, answer=answers)
    def the_bank_answers(self, number: int, answer: Answer) -> None:
        self.the_bank_says(self.sale(number), answer)

    def the_bank_says(self, sale: Sale, answer: Answer) -> None:
        debit = sale.live
        if debit is None:
            return
        match answer.word:
            case "returned":
                on = model.later(debit.settles_on, answer.after)
                self.buyer.today = max(self.buyer.today, on)
                self.buyer.come_back(sale, answer.code, information=answer.information, on=on)
            case "voided" | "rejected":
                if not (debit.settled or debit.undone):
                    (self.buyer.void if answer.word == "voided" else self.buyer.reject)(sale)
            case _:
                self.buyer.settle(sale)
                if answer.word == "complete":
                    self.buyer.release(sale)

    @rule(number=which, act=acts)
    def somebody_acts(self, number: int, act: Act) -> None:
        self.buyer.act(self.sale(number), act)

    @rule(number=which, finding=findings, ends=disputes_end, again=st.booleans())
    def a_return_is_disputed(self, number: int, finding: CaseKind, ends: str, *, again: bool) -> None:
        """Dispute the last return, as far as it goes; then somebody may plan a retry and a night follows."""
        buyer, sale = self.buyer, self.sale(number)
        afterwards.choose_dishonour(buyer, sale, finding)
        if ends != "asked":
            afterwards.dishonour(buyer, sale, done=ends != "not in time")
        if ends in {"contested", "replaced"}:
            afterwards.contest(buyer, sale, corrected=ends == "replaced", code="R01")
        if ends in {"undone", "contested", "back"}:
            afterwards.watermark(buyer, sale)
        if ends == "back":
            self.the_bank_says(sale, Answer("returned", "R01", 1))
        if again:
            buyer.clear(sale)
            afterwards.plan_again(buyer, sale)
            self.a_night(0)

    @rule(number=which, amount=amounts, reason=reasons, refund=st.booleans(), waits=st.booleans(), ends=credits_end)
    def something_is_given_back(
        self, number: int, amount: int, reason: str, ends: str, *, refund: bool, waits: bool
    ) -> None:
        """Settle the live debit and take it back, or refund some of it, as far as it goes."""
        buyer, sale = self.buyer, self.sale(number)
        debit = sale.live
        if debit is None:
            return
        buyer.today = max(buyer.today, debit.settles_on)
        buyer.settle(sale)
        if refund:
            buyer.release(sale)
            afterwards.ask_refund(buyer, sale, amount, waits=waits)
        else:
            afterwards.ask_reversal(buyer, sale, reason)
        if ends == "debit back":
            self.the_bank_says(sale, Answer("returned", "R10", 1))
        if ends != "asked":
            afterwards.approve(sale)
            self.a_night(0)
        if ends in {"settled", "done", "back late"}:
            afterwards.bank_settles(buyer, sale, complete=ends != "settled")
        if ends in {"back", "back late"}:
            afterwards.bank_returns(buyer, sale)
        afterwards.pay_out(buyer, sale)

    @rule(number=which, step=st.sampled_from(("ask", "ask", "apply", "pay", "settle")))
    def something_else_follows(self, number: int, step: str) -> None:
        buyer, sale = self.buyer, self.sale(number)
        match step:
            case "ask":
                afterwards.ask_change(buyer)
            case "apply":
                afterwards.apply_change(buyer)
            case "settle":
                afterwards.bank_settles(buyer, sale, complete=True)
            case _:
                afterwards.pay_out(buyer, sale)

    @invariant()
    def what_is_collected_is_settled_and_complete_with_nothing_open(self) -> None:
        for sale in self.buyer.sales:
            if sale.state is OrderState.COLLECTED:
                debit = sale.live
                assert debit is not None
                assert (debit.settled, debit.complete) == (True, True)
                assert sale.after.dispute is None

    @invariant()
    def nobody_was_wronged(self) -> None:
        for sale in self.buyer.sales:
            judge = sale.judge
            assert not judge.verdicts, "; ".join(judge.verdicts)
            assert judge.with_us in {0, model.AMOUNT}, f"{judge.with_us} taken for an order over {model.AMOUNT}"

    @invariant()
    def what_is_stored_is_the_fold_of_the_facts_in_any_order_and_repetition(self) -> None:
        stored, found = [sale.state for sale in self.buyer.sales], folded(self.buyer.sales, draw=self.draw)
        assert found == stored, f"stored {stored}, folded {found}"

    def teardown(self) -> None:
        for sale in self.buyer.sales:
            self.reached["orders"] += 1
            self.reached["debits"] += len(sale.judge.counted)
            self.reached["returns"] += len(sale.judge.returned)
            self.reached["third presentations"] += len(sale.judge.counted) - len(sale.judge.corrected) == MOST
            self.reached["corrected entries"] += len(sale.judge.corrected)
            after = sale.judge.after
            self.reached["dishonours won"] += len(after.won)
            self.reached["contests"] += len(after.contested)
            self.reached["reversals"] += len(sale.after.of(FollowUpKind.REVERSAL, standing=False))
            self.reached["reversals sent"] += len(after.reversed)
            self.reached["refunds sent"] += bool(after.refunded)
            self.reached["credits that came back"] += after.stayed
            self.reached["double credits"] += after.doubled
            self.reached["fees"] += len(after.fees)
            self.reached["second orders"] += sale is self.buyer.sales[1] and bool(sale.debits)
        self.reached["histories"] += 1


def play(seed: int, *, histories: int, steps: int = STEPS, shrink: bool = True) -> Counter[str]:
    """Make up histories from a seed until one breaks an invariant; returns how far they reached, counted."""

    class Drawn(Histories):
        reached: ClassVar[Counter[str]] = Counter()

    run_state_machine_as_test(
        hypothesis.seed(seed)(Drawn),
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Drawn.reached
