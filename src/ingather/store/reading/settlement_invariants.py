"""The invariants of merchants' statements, reserves and claw-backs; each returns its breaches."""

from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select

from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.settlements import SUMS, TAKING, LineKind, Step
from ingather.store.reading.breaches import Question, Statement, breaches
from ingather.store.tables import Posting, Reserve, Settlement, SettlementLine, SettlementStep


@breaches
def _statements() -> Statement:
    """Every statement adds up, pays what is free and no more, and its lines and journal say the same (I17).

    What closes above zero is on hold, or less than the house pays out; what closes below zero paid nothing.
    """
    lines = (
        select(SettlementLine.settlement_id, *(_sum_of(kind) for kind in SUMS))
        .group_by(SettlementLine.settlement_id)
        .subquery()
    )
    paid = (
        select(Posting.source_id, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.kind == JournalKind.PAID_OUT, Posting.account == LedgerAccount.PAYABLE_AVAILABLE)
        .group_by(Posting.source_id)
        .subquery()
    )
    position = Settlement.opening_minor
    for name, sign in SUMS.values():
        position = position + sign * getattr(Settlement, name)
    return (
        select(Settlement.id)
        .outerjoin(lines, lines.c.settlement_id == Settlement.id)
        .outerjoin(paid, paid.c.source_id == Settlement.id)
        .where(
            or_(
                position - Settlement.payable_minor != Settlement.closing_minor,
                Settlement.payable_minor < 0,
                and_(Settlement.payable_minor > 0, Settlement.closing_minor != Settlement.held_minor),
                Settlement.held_minor < 0,
                Settlement.held_minor > func.abs(Settlement.closing_minor),
                and_(Settlement.held_minor > 0, Settlement.closing_minor <= 0),
                func.coalesce(paid.c.minor, 0) != Settlement.payable_minor,
                *(func.coalesce(lines.c[kind], 0) != getattr(Settlement, name) for kind, (name, _) in SUMS.items()),
            )
        )
    )


def _sum_of(kind: LineKind) -> Any:  # noqa: ANN401 -- a labelled column
    return func.sum(case((SettlementLine.kind == kind, SettlementLine.amount_minor), else_=0)).label(kind)


@breaches
def _follow_on() -> Statement:
    """Every statement opens with what the one before it closed with."""
    before = func.lag(Settlement.closing_minor, 1, 0).over(
        partition_by=Settlement.merchant_id, order_by=Settlement.as_of
    )
    chain = select(Settlement.opening_minor, before.label("before")).subquery()
    return select(chain.c.before).where(chain.c.before != chain.c.opening_minor)


@breaches
def _closings() -> Statement:
    """What a merchant has available is what its last statement closed with and what was booked since."""
    last = (
        select(Settlement.merchant_id, func.max(Settlement.as_of).label("as_of"))
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    since = (
        select(
            Posting.merchant_id,
            func.sum(Posting.amount_minor).label("minor"),
            func.sum(case((Posting.recorded_at > Settlement.made_at, Posting.amount_minor), else_=0)).label("later"),
        )
        .join(last, last.c.merchant_id == Posting.merchant_id)
        .join(Settlement, and_(Settlement.merchant_id == last.c.merchant_id, Settlement.as_of == last.c.as_of))
        .where(Posting.account == LedgerAccount.PAYABLE_AVAILABLE)
        .group_by(Posting.merchant_id)
        .subquery()
    )
    return (
        select(Settlement.id)
        .join(last, and_(Settlement.merchant_id == last.c.merchant_id, Settlement.as_of == last.c.as_of))
        .join(since, since.c.merchant_id == Settlement.merchant_id)
        .where(Settlement.closing_minor != -(since.c.minor - since.c.later))
    )


@breaches
def _reserves() -> tuple[Statement, ...]:
    """What is in reserve by its rows is what ledger and last statement say, and what is used was taken by a line."""
    booked = (
        select(Posting.merchant_id, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.account == LedgerAccount.MERCHANT_RESERVE)
        .group_by(Posting.merchant_id)
        .subquery()
    )
    left = (
        select(
            Reserve.merchant_id,
            func.sum(case((Reserve.released_on.is_(None), Reserve.amount_minor - Reserve.used_minor), else_=0)).label(
                "minor"
            ),
        )
        .group_by(Reserve.merchant_id)
        .subquery()
    )
    last = (
        select(Settlement.merchant_id, func.max(Settlement.as_of).label("as_of"))
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    unlike = (
        select(Settlement.merchant_id)
        .join(last, and_(last.c.merchant_id == Settlement.merchant_id, last.c.as_of == Settlement.as_of))
        .outerjoin(booked, booked.c.merchant_id == Settlement.merchant_id)
        .outerjoin(left, left.c.merchant_id == Settlement.merchant_id)
        .where(
            or_(
                -func.coalesce(booked.c.minor, 0) != func.coalesce(left.c.minor, 0),
                Settlement.reserve_minor != func.coalesce(left.c.minor, 0),
            )
        )
    )
    used = (
        select(SettlementLine.source_id, func.sum(SettlementLine.amount_minor).label("minor"))
        .where(SettlementLine.kind == LineKind.COVERED)
        .group_by(SettlementLine.source_id)
        .subquery()
    )
    untold = (
        select(Reserve.id)
        .outerjoin(used, used.c.source_id == Reserve.id)
        .where(Reserve.used_minor != func.coalesce(used.c.minor, 0))
    )
    return unlike, untold


@breaches
def _steps() -> tuple[Statement, ...]:
    """The steps of a line sum to it, none is below nothing, and what is carried is no more than a closing is short."""
    sums = (
        select(SettlementStep.line_id, func.sum(SettlementStep.amount_minor).label("minor"))
        .group_by(SettlementStep.line_id)
        .subquery()
    )
    unlike = (
        select(SettlementLine.id)
        .join(sums, sums.c.line_id == SettlementLine.id)
        .where(or_(sums.c.minor != SettlementLine.amount_minor, SettlementLine.kind.not_in(TAKING)))
    )
    stepped = exists().where(SettlementStep.settlement_id == SettlementLine.settlement_id)
    # A statement that keeps steps of anything keeps them of all that it takes.
    missing = (
        select(SettlementLine.id)
        .outerjoin(sums, sums.c.line_id == SettlementLine.id)
        .where(SettlementLine.kind.in_(TAKING), sums.c.line_id.is_(None), stepped)
    )
    below = (
        select(SettlementStep.line_id)
        .group_by(SettlementStep.line_id, SettlementStep.step)
        .having(func.sum(SettlementStep.amount_minor) < 0)
    )
    carried = (
        select(Settlement.merchant_id, func.sum(SettlementStep.amount_minor).label("minor"))
        .join(SettlementStep, SettlementStep.settlement_id == Settlement.id)
        .where(SettlementStep.step == Step.CARRIED)
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    last = (
        select(Settlement.merchant_id, func.max(Settlement.as_of).label("as_of"))
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    short = case((Settlement.closing_minor < 0, -Settlement.closing_minor), else_=0)
    too_much = (
        select(Settlement.id)
        .join(last, and_(last.c.merchant_id == Settlement.merchant_id, last.c.as_of == Settlement.as_of))
        .join(carried, carried.c.merchant_id == Settlement.merchant_id)
        .where(carried.c.minor > short)
    )
    return unlike, missing, below, too_much


@breaches
def _lines_of_claw_backs() -> Statement:
    """Whatever is clawed back, with steps, names the return and the report's line that it rests on."""
    return select(SettlementLine.id).where(
        SettlementLine.kind.in_([LineKind.CLAWED_BACK, LineKind.CHARGE]),
        exists().where(SettlementStep.line_id == SettlementLine.id),
        or_(
            SettlementLine.return_id.is_(None),
            SettlementLine.report_id.is_(None),
            SettlementLine.report_line.is_(None),
        ),
    )


SETTLEMENT_INVARIANTS: dict[str, Question] = {
    "statements_add_up": _statements,
    "statements_follow_on": _follow_on,
    "closings_equal_the_ledger": _closings,
    "reserves_equal_the_ledger": _reserves,
    "claw_backs_are_taken_step_by_step": _steps,
    "claw_backs_name_their_returns": _lines_of_claw_backs,
}
"""Every invariant of statements by its name, with the question that counts its breaches."""
