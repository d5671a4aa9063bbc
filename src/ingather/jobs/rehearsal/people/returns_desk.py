"""The returns desk: each open case is worked by somebody some day, in the way its kind allows.

Returns are disputed, notifications decided, reversals and refunds asked for by one person and approved by another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select

from ingather.actions.authorizations.notices import note_sent
from ingather.actions.cases import close_case
from ingather.actions.context import Context
from ingather.actions.corrections.applying import apply_change, leave_change
from ingather.actions.corrections.refusing import refuse_change
from ingather.actions.follow_ups.asking import ask_reversal
from ingather.actions.follow_ups.deciding import approve_follow_up, refuse_follow_up, withdraw_follow_up
from ingather.actions.follow_ups.notified import note_notified
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.actions.order_decisions import correct_order, paid_order
from ingather.actions.orders import fail_order
from ingather.actions.returns.disputing import dispute_return, let_be
from ingather.actions.returns.requests import request_return
from ingather.actions.suspected import confirm_order
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.corrections import CorrectionState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.orders import WITH_THE_BANK, OrderState
from ingather.jobs.rehearsal.people.acting import ANA, BEN, CARL, Acting
from ingather.store.reading.authorizations import notices
from ingather.store.reading.disputes import allowed_dishonours
from ingather.store.tables import Case, Correction, Dispute, FollowUp, Order, Return

_WORKS, _DISPUTES, _LETS_BE, _DECIDES = 0.4, 0.6, 0.05, 0.5
_REVERSES, _REFUNDS, _ASKS_BACK = 0.08, 0.12, 0.02
_APPROVES, _REFUSES, _WITHDRAWS, _TELLS = 0.6, 0.05, 0.03, 0.5
_REASONS = ("duplicate", "wrong_amount", "wrong_receiver", "early_debit", "remorse")
_REFUSALS = ("C61", "C65", "C67", "C68")


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One open case as the desk sees it."""

    case_id: int
    kind: CaseKind
    order_id: int | None
    entry_id: int | None
    name: str


Way = tuple[str, Callable[[Context, Open], object]]


def _close(ctx: Context, case: Open) -> None:
    close_case(ctx, case.case_id, outcome="looked at")


def _on_order(deed: Callable[..., object]) -> Callable[[Context, Open], object]:
    def on_order(ctx: Context, case: Open) -> None:
        if case.order_id is None:
            _close(ctx, case)
        else:
            deed(ctx, case.order_id, reason="decided with the buyer")

    return on_order


_END_BY_THEMSELVES = (
    CaseKind.REPORT_GAP,
    CaseKind.SETTLEMENT_DIFFERS,
    CaseKind.IN_DOUBT,
    CaseKind.DISHONOUR,
    CaseKind.REVERSAL,
    CaseKind.REFUND,
    CaseKind.CHANGE,
)
_WAYS: Mapping[CaseKind, tuple[Way, ...]] = MappingProxyType(
    {
        CaseKind.CORRECTABLE_RETURN: (
            ("correct", _on_order(correct_order)),
            ("correct", _on_order(correct_order)),
            ("give up", _on_order(fail_order)),
            ("pay otherwise", _on_order(paid_order)),
        ),
        CaseKind.SUSPECTED_DUPLICATE: (("confirm", _on_order(confirm_order)),),
        **dict.fromkeys(_END_BY_THEMSELVES, ()),
    }
)
_ANY: tuple[Way, ...] = (("close case", _close),)


@dataclass(frozen=True, slots=True)
class ReturnsDesk:
    """Who works the cases."""

    acting: Acting

    def work(self) -> None:
        """Work a morning: returns, notifications, what follows debits, notices, and then the other open cases."""
        self._dispute()
        self._decide_changes()
        self._ask_for_follow_ups()
        self._decide_follow_ups()
        self._send_notices()
        for case in self._open():
            ways = _WAYS.get(case.kind, _ANY)
            way = self.acting.one_of(ways) if self.acting.happens(_WORKS) else None
            if way is not None:
                verb, deed = way
                who = ANA if self.acting.happens(0.5) else BEN
                about = f"{case.name} ({case.kind})"
                self.acting.act(who, verb, about, deed, case)

    def _dispute(self) -> None:
        """Dispute returns that something is wrong with, and let some disputes be."""
        with self.acting.stage.desk.view() as ctx:
            chosen = ctx.session.scalars(select(Dispute.return_id).order_by(Dispute.id)).all()
            rows = ctx.session.scalars(select(Return).where(Return.id.not_in(chosen)).order_by(Return.id)).all()
            allowed = {key: found[0].code for key, found in allowed_dishonours(ctx.session, rows).items() if found}
        for return_id, code in sorted(allowed.items()):
            if self.acting.happens(_DISPUTES):
                name = public_id(Prefix.RETURN, return_id)
                self.acting.act(ANA, f"dispute as {code}", name, dispute_return, return_id, code=code, reason="wrong")
        for return_id in chosen:
            if self.acting.happens(_LETS_BE):
                self.acting.act(
                    BEN, "undispute", public_id(Prefix.RETURN, return_id), let_be, return_id, reason="no use"
                )

    def _decide_changes(self) -> None:
        with self.acting.stage.desk.view() as ctx:
            waiting = ctx.session.scalars(
                select(Correction.id)
                .where(Correction.state.in_((CorrectionState.OPEN, CorrectionState.UNMATCHED)))
                .order_by(Correction.id)
            ).all()
        for key in waiting:
            name = public_id(Prefix.CORRECTION, key)
            if not self.acting.happens(_DECIDES):
                continue
            match self.acting.draw.randrange(4):
                case 0:
                    code = self.acting.draw.choice(_REFUSALS)
                    self.acting.act(BEN, "refuse change", name, refuse_change, key, as_code=code, reason="not ours")
                case 1:
                    self.acting.act(BEN, "leave change", name, leave_change, key, reason="a single entry")
                case _:
                    self.acting.act(ANA, "apply change", name, apply_change, key)

    def _ask_for_follow_ups(self) -> None:
        acting = self.acting
        if acting.happens(_REVERSES) and (order := self._an_order(*WITH_THE_BANK)):
            why = acting.draw.choice(_REASONS)
            name = public_id(Prefix.ORDER, order[0])
            acting.act(ANA, "ask reversal", name, ask_reversal, order[0], reason=why, words="found at the desk")
        if acting.happens(_REFUNDS) and (order := self._an_order(OrderState.COLLECTED)):
            cents = max(1, order[1] // acting.draw.choice((1, 2, 3)))
            later = acting.happens(0.3)
            name = public_id(Prefix.ORDER, order[0])
            acting.act(
                ANA,
                "ask refund",
                name,
                ask_refund,
                order[0],
                amount_minor=cents,
                reason="sent back",
                after_window=later,
            )
        if acting.happens(_ASKS_BACK) and (order := self._an_order(OrderState.SUBMITTED, OrderState.SETTLED)):
            name = public_id(Prefix.ORDER, order[0])
            acting.act(BEN, "request return", name, request_return, order[0], reason="the wrong amount")

    def _decide_follow_ups(self) -> None:
        acting = self.acting
        with acting.stage.desk.view() as ctx:
            rows = ctx.session.execute(
                select(FollowUp.id, FollowUp.kind, FollowUp.state, FollowUp.notified_on)
                .where(FollowUp.state.in_((FollowUpState.ASKED, FollowUpState.WANTED, FollowUpState.SETTLED)))
                .order_by(FollowUp.id)
            ).all()
        for key, kind, state, notified_on in rows:
            name = f"{public_id(Prefix.FOLLOW_UP, key)} ({kind})"
            if state == FollowUpState.ASKED and acting.happens(_APPROVES):
                acting.act(BEN if acting.happens(0.9) else ANA, "approve follow-up", name, approve_follow_up, key)
            elif state == FollowUpState.ASKED and acting.happens(_REFUSES):
                acting.act(CARL, "refuse follow-up", name, refuse_follow_up, key, reason="no need")
            elif state != FollowUpState.SETTLED and acting.happens(_WITHDRAWS):
                acting.act(ANA, "withdraw follow-up", name, withdraw_follow_up, key, reason="a mistake")
            if kind == FollowUpKind.REVERSAL and notified_on is None and acting.happens(_TELLS):
                today = acting.stage.clock.now.date()
                acting.act(ANA, "tell receiver", name, note_notified, key, on=today, proof="letter 3")

    def _send_notices(self) -> None:
        with self.acting.stage.desk.view() as ctx:
            due = [row["order"] for row in notices(ctx.session)]
        for name in due:
            today = self.acting.stage.clock.now.date()
            order_id = parse_public_id(Prefix.ORDER, name)
            self.acting.act(ANA, "send notice", name, note_sent, order_id, on=today, proof="letter 17")

    def _an_order(self, *states: OrderState) -> tuple[int, int] | None:
        """Return the key and the amount of an order in one of these states, if there is one."""
        with self.acting.stage.desk.view() as ctx:
            found = ctx.session.execute(
                select(Order.id, Order.amount_minor).where(Order.state.in_(states)).order_by(Order.id)
            ).all()
        chosen = self.acting.one_of(found)
        return None if chosen is None else (chosen.id, chosen.amount_minor)

    def _open(self) -> list[Open]:
        with self.acting.stage.desk.view() as ctx:
            rows = ctx.session.execute(
                select(Case.id, Case.kind, Case.order_id, Case.entry_id)
                .where(Case.state == CaseState.OPEN)
                .order_by(Case.id)
            )
            return [
                Open(
                    case_id=row.id,
                    kind=CaseKind(row.kind),
                    order_id=row.order_id,
                    entry_id=row.entry_id,
                    name=public_id(Prefix.CASE, row.id),
                )
                for row in rows
            ]
