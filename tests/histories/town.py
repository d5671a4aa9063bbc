"""A town on a real book: buyers, a bank that does what was drawn for each of them, and people who act meanwhile.

What the judge hears of debits is cut out of the bytes that lie at the bank; what he hears of returns is what the book
says it applied. Between the two stand the bank's own books, which must agree with ours.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import assert_never

from sqlalchemy import select

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.authorizations.states import resume_authorization, suspend_authorization
from ingather.actions.cases import open_case
from ingather.actions.casework import close_with_evidence
from ingather.actions.context import Context
from ingather.actions.follow_ups.asking import ask_reversal
from ingather.actions.follow_ups.deciding import approve_follow_up
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.actions.order_decisions import correct_order, paid_order
from ingather.actions.orders import cancel_order, fail_order, hold_order, unhold_order
from ingather.actions.returns.disputing import dispute_return
from ingather.base.dates import parse_yymmdd
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.accounts import Holder
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import EntryEnd
from ingather.domain.orders import OrderState
from ingather.domain.refusals import Refusal
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate, FileFate
from ingather.store.reading.disputes import allowed_dishonours
from ingather.store.tables import Account, Authorization, Case, Dispute, Entry, FollowUp, Order, Return
from tests.histories.judging import ENDING, RETRY_WORDS, Judge, Line, What
from tests.histories.model import Act
from tests.journey.stage import Sale, Script, at, bank_evening, deliver, night, order_key, record, record_again, staged

BETWEEN = "sealed"
CREDITS = frozenset({"22", "32"})
NO_QUARREL = (CaseKind.CHANGE, CaseKind.EXTENDED_RETURN, CaseKind.RETRY_ENDING, CaseKind.UNMATCHED_CREDIT_RETURN)
SECOND = 99
STOPPING = frozenset({"R02", "R03", "R04", "R16"})


class After(StrEnum):
    """What people do about a debit that is out: by two persons where two are needed."""

    DISPUTE = "dispute"
    REVERSE = "reverse"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a person does about one of the orders on a day: before the night, or between its sealing and its sending."""

    day: int
    sale: int
    act: Act | After
    between: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A history to be played: the orders, what the bank does with each presentation, and what people do meanwhile.

    The first ``again`` buyers have a second order under the same authorization. ``refused`` are orders whose entries
    the bank takes out of their file; ``shuffle`` draws in which order a day's reports arrive, and which come twice.
    """

    sales: tuple[Sale, ...]
    again: int
    fates: Mapping[tuple[str, int], Fate]
    files: Mapping[int, FileFate]
    refused: frozenset[int]
    deeds: tuple[Deed, ...]
    days: tuple[date, ...]
    shuffle: int = 0


@dataclass(slots=True)
class Town:
    """A plan while it is played."""

    folder: Path
    plan: Plan
    stage: Stage = field(init=False)
    keys: list[int] = field(init=False)
    judges: dict[int, Judge] = field(init=False)
    heard: set[object] = field(default_factory=set)
    open: Counter[int | None] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Found the book and record the orders."""
        script = Script(fates=self.plan.fates, files=self.plan.files)
        self.stage = staged(self.folder, behaviour=script, tell=self._told)
        self.keys = record(self.stage, self.plan.sales)
        script.refused.update(encode_key(self.keys[number]) for number in self.plan.refused)
        amounts = [sale.amount for sale in self.plan.sales]
        for number in range(self.plan.again):
            record_again(self.stage, f"b{number:03d}", due=self.plan.days[2], amount=SECOND)
            self.keys.append(order_key(self.stage, f"b{number:03d}-again"))
            amounts.append(SECOND)
        self.judges = {
            key: Judge(amount=amount, business=self.plan.sales[place % len(self.plan.sales)].holder == "business")
            for place, (key, amount) in enumerate(zip(self.keys, amounts, strict=True))
        }

    def play(self) -> Counter[str]:
        """Play every day; raises ``AssertionError`` at the first thing that is wrong, returns how far it reached."""
        draw = Random(self.plan.shuffle)  # noqa: S311 -- a seeded sequence for shuffling
        for number, day in enumerate(self.plan.days):
            at(self.stage, day)
            self._today = number
            self._deeds(between=False)
            self._between = True
            night(self.stage, day)
            self._between = False
            self._hear_debits()
            things = bank_evening(self.stage, day)
            if self.plan.shuffle:
                things += draw.choices(things, k=len(things) // 3) if things else []
                draw.shuffle(things)
            deliver(self.stage, *things)
            self._hear_returns(day)
            self._hear_cases(day)
            self.judge()
        return self.done

    _today: int = 0
    _between: bool = False

    def judge(self) -> None:
        """Raise ``AssertionError`` for the first thing that is wrong: a verdict, an invariant, or the bank's books."""
        for judge in self.judges.values():
            assert not judge.verdicts, "; ".join(judge.verdicts)
            assert judge.with_us in {0, judge.amount}, f"{judge.with_us} taken for an order over {judge.amount}"
        found = check_invariants(self.stage.desk, bytes_too=False)
        assert all(found.values()), f"broken: {', '.join(name for name, holds in found.items() if not holds)}"
        disagreed = [name for name, holds in bank_agrees(self.stage).items() if not holds]
        assert not disagreed, f"the bank says otherwise: {', '.join(disagreed)}"

    def _told(self, step: str, **_: object) -> None:
        if step == BETWEEN and self._between:
            self._deeds(between=True)

    def _deeds(self, *, between: bool) -> None:
        for deed in self.plan.deeds:
            if (deed.day, deed.between) != (self._today, between) or deed in self.heard:
                continue
            self.heard.add(deed)
            key = self.keys[deed.sale]
            try:
                with self.stage.desk.as_actor("ana").action() as ctx:
                    asked = _ask(ctx, key, deed.act) if isinstance(deed.act, After) else None
                    told = None if isinstance(deed.act, After) else _do(ctx, key, deed.act)
                if asked is not None:
                    with self.stage.desk.as_actor("ben").action() as ctx:
                        approve_follow_up(ctx, asked)
            except Refusal:
                continue
            self.done[deed.act] += 1
            day = self.plan.days[self._today]
            if told is not None:
                self.judges[key].hear(Line(what=told, on=day))
            if told in {What.REVOKED, What.SUSPENDED, What.RESUMED}:
                self._tell_beside(key, told, day)
            self._hear_cases(self.plan.days[self._today])

    def _hear_debits(self) -> None:
        """Cut every new debit out of the bytes that lie at the bank, by the columns of the format."""
        keys = {encode_key(key): key for key in self.keys}
        for path in sorted(self.stage.outbound.iterdir()):
            if path.name in self.heard:
                continue
            self.heard.add(path.name)
            if path.name.startswith("REQ-"):
                continue
            head = ""
            for row in path.read_text("ascii").splitlines():
                head = row if row[0] == "5" else head
                if row[0] == "6" and row[1:3] in CREDITS:
                    self.done["credits"] += 1
                elif row[0] == "6":
                    self.judges[keys[row[39:54].strip()]].hear(_debit(head, row))
                    self.done["debits"] += 1
                    self.done["retries"] += head[53:63] == RETRY_WORDS

    def _hear_returns(self, day: date) -> None:
        """Hear what the book has applied of the bank's answers since the last time, and what it learned of holders."""
        with self.stage.desk.view() as ctx:
            applied = ctx.session.execute(
                select(Return.id, Return.order_id, Return.original_trace, Return.code, Return.returned_on, Return.late)
                .where(Return.applied)
                .order_by(Return.id)
            ).all()
            rejected = ctx.session.execute(
                select(Entry.id, Entry.order_id, Entry.trace).where(Entry.ended == EntryEnd.REJECTED)
            ).all()
            consumers = ctx.session.execute(
                select(Order.id)
                .join(Authorization, Authorization.id == Order.authorization_id)
                .join(Account, Account.id == Authorization.account_id)
                .where(Account.holder == Holder.CONSUMER)
            ).scalars()
            for key in consumers:
                self.judges[key].hear(Line(what=What.CONSUMER, on=day))
        for refused in rejected:
            if refused.id not in self.heard:
                self.heard.add(refused.id)
                self.judges[refused.order_id].hear(Line(what=What.REJECTED, on=day, number=refused.trace))
                self.done["rejected"] += 1
        self._hear_disputes(day)
        for row in applied:
            if row.id not in self.heard:
                self.heard.add(row.id)
                self._hear_return(row.order_id, row.original_trace, row.code, row.returned_on or day)
                self.done["late returns"] += row.late
                self.done["returns"] += 1

    def _hear_disputes(self, day: date) -> None:
        """Hear what became of returns in dispute: an undone one leaves its debit with us."""
        with self.stage.desk.view() as ctx:
            rows = ctx.session.execute(
                select(Dispute.id, Dispute.order_id, Dispute.state, Dispute.dishonoured_on, Return.original_trace)
                .join(Return, Return.id == Dispute.return_id)
                .where(Dispute.order_id.is_not(None))
                .order_by(Dispute.id)
            ).all()
        # The day's report is complete when it is taken: the day is over.
        evening = day + timedelta(days=1)
        for row in rows:
            judge, trace = self.judges[row.order_id], row.original_trace
            if trace not in judge.returned and (row.id, "chosen") not in self.heard:
                continue  # a return that was never applied: its money is in suspense
            told = [("chosen", What.DISPUTE_CHOSEN, True, day),
                    ("dishonoured", What.DISHONOURED, row.dishonoured_on is not None, row.dishonoured_on),
                    ("undone", What.UNDONE, row.state == "undone", evening),
                    ("ended", What.DISPUTE_ENDED, row.state in {"stands", "replaced", "withdrawn"}, day)]  # fmt: skip
            for word, what, so, on in told:
                if so and (row.id, word) not in self.heard:
                    self.heard.add((row.id, word))
                    judge.hear(Line(what=what, on=on or day, number=trace))
                    self.done[what] += 1

    def _hear_return(self, key: int, trace: int, code: str, on: date) -> None:
        self.judges[key].hear(Line(what=What.RETURNED, on=on, number=trace, code=code))
        if code in STOPPING:
            self._tell_beside(key, What.BLOCKED, on)
        if code in ENDING:
            self._tell_beside(key, What.REVOKED, on)

    def _tell_beside(self, key: int, what: What, on: date) -> None:
        """Tell what happened to the account or authorization in the story of the buyer's other order."""
        place = self.keys.index(key) % len(self.plan.sales)
        for other in self.keys[place :: len(self.plan.sales)]:
            if other != key:
                self.judges[other].hear(Line(what=what, on=on))

    def _hear_cases(self, day: date) -> None:
        """Hear which cases about an order have opened or closed; a change of the account is no quarrel about it."""
        with self.stage.desk.view() as ctx:
            found: Counter[int | None] = Counter(
                ctx.session.scalars(
                    select(Case.order_id).where(
                        Case.state == CaseState.OPEN, Case.order_id.is_not(None), Case.kind.not_in(NO_QUARREL)
                    )
                )
            )
        for key, judge in self.judges.items():
            for _ in range(found[key] - self.open[key]):
                judge.hear(Line(what=What.CASE_OPENED, on=day))
            for _ in range(self.open[key] - found[key]):
                judge.hear(Line(what=What.CASE_CLOSED, on=day))
        self.open = found


def _debit(head: str, row: str) -> Line:
    """Return the line of a debit by the header of its batch and its own record."""
    return Line(
        what=What.DEBITED,
        on=parse_yymmdd(head[69:75]),
        number=int(row[79:94]),
        entry_class=head[50:53],
        description=head[53:63].strip(),
        amount=int(row[29:39]),
    )


def _ask(ctx: Context, order_id: int, act: After) -> int | None:
    """Ask for what follows a debit; returns the follow-up that a second person must approve."""
    match act:
        case After.DISPUTE:
            rows = ctx.session.scalars(select(Return).where(Return.order_id == order_id).order_by(Return.id)).all()
            for key, found in sorted(allowed_dishonours(ctx.session, rows).items()):
                dispute_return(ctx, key, code=found[0].code, reason="wrong")
            return None
        case After.REVERSE:
            return ask_reversal(ctx, order_id, reason="duplicate", words="paid twice").follow_up_id
        case After.REFUND:
            half = max(1, ctx.session.get_one(Order, order_id).amount_minor // 2)
            asked = ask_refund(ctx, order_id, amount_minor=half, reason="sent back")
            waits = ctx.session.get_one(FollowUp, asked.follow_up_id).state == "asked"
            return asked.follow_up_id if waits else None
        case _:
            assert_never(act)


def _do(ctx: Context, order_id: int, act: Act) -> What | None:
    """Do it by the desk's own verbs, which may refuse; returns what the judge must hear."""
    order = ctx.session.get_one(Order, order_id)
    told: What | None = None
    match act:
        case Act.REVOKE:
            revoke_authorization(ctx, order.authorization_id, reason="the buyer called")
            told = What.REVOKED
        case Act.SUSPEND_OR_RESUME:
            active = ctx.session.get_one(Authorization, order.authorization_id).state != "suspended"
            (suspend_authorization if active else resume_authorization)(ctx, order.authorization_id, reason="a doubt")
            told = What.SUSPENDED if active else What.RESUMED
        case Act.HOLD_OR_LET_GO:
            told = What.LET_GO if order.held else What.HELD
            (unhold_order if order.held else hold_order)(ctx, order_id, reason="a question")
        case Act.OPEN_OR_CLOSE_A_CASE:
            _open_or_close(ctx, order)
        case Act.CANCEL:
            cancel_order(ctx, order_id, reason="not wanted")
            told = What.CANCELED
        case Act.PAY_OTHERWISE:
            paid_order(ctx, order_id, reason="by card")
            told = What.PAID_OTHERWISE
        case Act.GIVE_UP:
            fail_order(ctx, order_id, reason="no hope")
            told = What.GIVEN_UP
        case Act.CORRECT:
            correct_order(ctx, order_id, reason="too early, now due")
        case _:
            assert_never(act)
    return told


def _open_or_close(ctx: Context, order: Order) -> None:
    standing = ctx.session.scalars(select(Case.id).where(Case.order_id == order.id, Case.state == CaseState.OPEN)).all()
    for case_id in standing:
        close_with_evidence(ctx, case_id, outcome="settled", evidence="a letter")
    if not standing:
        open_case(
            ctx,
            CaseKind.DISHONOUR,
            originator_id=order.originator_id,
            once=f"{order.id}|{order.version}",
            subject=public_id(Prefix.ORDER, order.id),
            sentence="The ODFI asks about it.",
            order_id=order.id,
            holds_release=order.state != OrderState.COLLECTED,
        )
