"""The machine that makes up histories of two orders, one thing after another, and looks at everything each time."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import ClassVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ingather.rules.calendar import previous_banking_day
from ingather.rules.vocabulary import AuthorizationKind, Channel, Holder
from tests.histories import model
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
        self.buyer.night()
        self.the_bank_says(sale, answer)

    @rule(days=waits)
    def a_night(self, days: int) -> None:
        self.buyer.today = model.later(self.buyer.today, days)
        self.buyer.night()

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
                if not debit.settled:
                    (self.buyer.void if answer.word == "voided" else self.buyer.reject)(sale)
            case _:
                self.buyer.settle(sale)
                if answer.word == "complete":
                    self.buyer.release(sale)

    @rule(number=which, act=acts)
    def somebody_acts(self, number: int, act: Act) -> None:
        self.buyer.act(self.sale(number), act)

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
