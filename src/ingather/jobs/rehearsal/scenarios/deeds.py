"""What people do in the scenarios: the desk's own verbs, each by whoever may."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from ingather.actions.authorizations.notices import note_sent
from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.corrections.applying import apply_change
from ingather.actions.corrections.refusing import refuse_change
from ingather.actions.files.approval import approve_file
from ingather.actions.follow_ups.asking import ask_reversal
from ingather.actions.follow_ups.deciding import approve_follow_up
from ingather.actions.follow_ups.notified import note_notified
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.actions.order_decisions import correct_order
from ingather.actions.orders import NewOrders, record_orders
from ingather.actions.returns.disputing import dispute_return
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.corrections import CorrectionState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.orders import WITH_THE_BANK, OrderState
from ingather.domain.refusals import Refusal
from ingather.jobs.night.run import NightReport, run_night
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading.authorizations import notices
from ingather.store.reading.disputes import allowed_dishonours
from ingather.store.tables import Authorization, Case, Correction, File, FollowUp, Merchant, Order, Return

ANA, BEN = "ana", "ben"
_EVERY = 6
_LATER = timedelta(days=7)
_MORE_MINOR = 777
_REFUSAL = "C65"


def attempt(stage: Stage, who: str, deed: Callable[..., object], /, *given: Any, **named: Any) -> bool:  # noqa: ANN401 -- the verb's own arguments
    """Do something in one action; returns whether the desk did not refuse it."""
    try:
        with stage.desk.as_actor(who).action() as ctx:
            deed(ctx, *given, **named)
    except Refusal:
        return False
    return True


def correct(stage: Stage) -> None:
    """Plan the corrected entry of each return that allows one."""
    for order_id in _orders_of_cases(stage, CaseKind.CORRECTABLE_RETURN):
        attempt(stage, ANA, correct_order, order_id, reason="as authorized, one day later")


def approve_but_the_first(stage: Stage, night: NightReport) -> None:
    """Approve what waits, but forget the first night's file until it is stale."""
    first = stage.clock.now.date() == _first_night(stage)
    if not first:
        _approve(stage, night)


def revoke_then_approve(stage: Stage, night: NightReport) -> None:
    """On the first night revoke an authorization of an order that is sealed; approve what waits on every night."""
    if stage.clock.now.date() == _first_night(stage):
        with stage.desk.view() as ctx:
            key = ctx.session.scalars(
                select(Authorization.id)
                .join(Order, Order.authorization_id == Authorization.id)
                .where(Order.state == OrderState.SEALED)
                .order_by(Order.id)
            ).first()
        if key is not None:
            attempt(stage, BEN, revoke_authorization, key, reason="the buyer wrote")
    _approve(stage, night)


def order_more(stage: Stage) -> None:
    """Have each buyer of a series owe another amount a week later: it must be announced ten days before."""
    with stage.desk.action() as ctx:
        rows = ctx.session.execute(
            select(Order.external_id, Order.due_on, Authorization.external_id, Merchant.external_id)
            .join(Authorization, Authorization.id == Order.authorization_id)
            .join(Merchant, Merchant.id == Order.merchant_id)
            .order_by(Order.id)
        ).all()
        record_orders(
            ctx,
            stage.desk.originator_id(),
            NewOrders(
                external_id=[f"{row[0]}-MORE" for row in rows],
                instalment=[1] * len(rows),
                merchant=[row[3] for row in rows],
                authorization=[row[2] for row in rows],
                amount_minor=[_MORE_MINOR + number for number in range(len(rows))],
                due_on=[row[1] + _LATER for row in rows],
                goods=[False] * len(rows),
            ),
        )


def send_notices(stage: Stage) -> None:
    """Send the notices that are due, each with its proof."""
    with stage.desk.view() as ctx:
        due = [parse_public_id(Prefix.ORDER, row["order"]) for row in notices(ctx.session)]
    for order_id in due:
        attempt(stage, ANA, note_sent, order_id, on=stage.clock.now.date(), proof="letter 17")


def _approve(stage: Stage, night: NightReport) -> None:
    """Approve what waits and send it, and what is sealed again in place of it, as long as there is something."""
    while night.needs_approval:
        files = [parse_public_id(Prefix.FILE, name) for name in night.needs_approval]
        approved = [attempt(stage, BEN, approve_file, file_id) for file_id in files]
        if not any(approved):
            return
        night = run_night(stage.desk)


def dispute(stage: Stage) -> None:
    """Ask the ODFI to dishonor every return that anything is wrong with."""
    with stage.desk.view() as ctx:
        rows = ctx.session.scalars(select(Return).where(Return.undone_on.is_(None)).order_by(Return.id)).all()
        allowed = {key: found[0].code for key, found in allowed_dishonours(ctx.session, rows).items() if found}
    for return_id, code in allowed.items():
        attempt(stage, ANA, dispute_return, return_id, code=code, reason="wrong")


def decide_changes(stage: Stage) -> None:
    """Apply what waits for a person; ask the ODFI to refuse what cannot be applied."""
    with stage.desk.view() as ctx:
        waiting = ctx.session.scalars(
            select(Correction.id).where(Correction.state == CorrectionState.OPEN).order_by(Correction.id)
        ).all()
    for key in waiting:
        if not attempt(stage, ANA, apply_change, key):
            attempt(stage, BEN, refuse_change, key, as_code=_REFUSAL, reason="unreadable")


def reverse_some(stage: Stage) -> None:
    """Find that some debits were made twice, the day after they settled, and reverse them by two persons."""
    with stage.desk.view() as ctx:
        ids = ctx.session.scalars(select(Order.id).order_by(Order.id)).all()[::_EVERY]
        settled = ctx.session.scalars(
            select(Order.id).where(Order.id.in_(ids), Order.state.in_(WITH_THE_BANK)).order_by(Order.id)
        ).all()
    for order_id in settled:
        attempt(stage, ANA, ask_reversal, order_id, reason="duplicate", words="paid twice")
    approve_follow_ups(stage)


def refund_some(stage: Stage) -> None:
    """Refund some collected orders by half, once no return of them can come any more."""
    with stage.desk.view() as ctx:
        ids = ctx.session.scalars(select(Order.id).order_by(Order.id)).all()[::_EVERY]
        collected = ctx.session.execute(
            select(Order.id, Order.amount_minor)
            .where(Order.id.in_(ids), Order.state == OrderState.COLLECTED, Order.refunded_minor == 0)
            .order_by(Order.id)
        ).all()
    for order_id, minor in collected:
        half, why = minor // 2, "one of two was broken"
        attempt(stage, ANA, ask_refund, order_id, amount_minor=half, reason=why, after_window=True)
    approve_follow_ups(stage)


def approve_follow_ups(stage: Stage) -> None:
    """Have a second person approve what was asked, and tell the receivers of reversals."""
    with stage.desk.view() as ctx:
        asked = ctx.session.scalars(
            select(FollowUp.id).where(FollowUp.state == FollowUpState.ASKED).order_by(FollowUp.id)
        ).all()
        untold = ctx.session.scalars(
            select(FollowUp.id)
            .where(FollowUp.kind == FollowUpKind.REVERSAL, FollowUp.notified_on.is_(None))
            .order_by(FollowUp.id)
        ).all()
    for key in asked:
        attempt(stage, BEN, approve_follow_up, key)
    for key in untold:
        attempt(stage, ANA, note_notified, key, on=stage.clock.now.date(), proof="letter 3")


def _orders_of_cases(stage: Stage, kind: CaseKind) -> list[int]:
    with stage.desk.view() as ctx:
        found = ctx.session.scalars(
            select(Case.order_id).where(Case.kind == kind, Case.state == CaseState.OPEN).order_by(Case.id)
        )
        return [order_id for order_id in found if order_id is not None]


def _first_night(stage: Stage) -> date | None:
    with stage.desk.view() as ctx:
        return ctx.session.scalar(select(func.min(File.night_on)))
