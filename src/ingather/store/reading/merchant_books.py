"""What merchants are owed and owe, read for all of them together: positions, claw-backs, and how far payouts are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.ledger import LedgerAccount
from ingather.domain.payouts import PayoutState
from ingather.store.reading.pages import Listing
from ingather.store.tables import (
    Merchant,
    MerchantLoss,
    Order,
    Payout,
    Posting,
    Report,
    Settlement,
    SettlementLine,
    SettlementStep,
)

_WANTED = (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.MERCHANT_RESERVE, LedgerAccount.MERCHANT_RECEIVABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a merchant stands, in minor units; ``loss_asked`` is what somebody asked to write off, None for nothing."""

    merchant_id: int
    name: str
    external_id: str
    available_minor: int
    reserve_minor: int
    receivable_minor: int
    loss_asked: int | None

    @property
    def address(self) -> str:
        """Return the merchant's public id."""
        return public_id(Prefix.MERCHANT, self.merchant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsOfState:
    """Payouts of one state: how many, and their sum in minor units."""

    state: PayoutState
    count: int
    minor: int


def positions(session: Session, originator_id: int) -> list[Position]:
    """Return where every merchant stands, those that owe us first, then by name."""
    sums: defaultdict[int, dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        select(Posting.merchant_id, Posting.account, func.sum(Posting.amount_minor))
        .where(Posting.originator_id == originator_id, Posting.account.in_(_WANTED))
        .group_by(Posting.merchant_id, Posting.account)
    )
    for merchant_id, account, minor in rows:
        sums[merchant_id][account] = int(minor)
    losses = select(MerchantLoss.merchant_id, MerchantLoss.amount_minor).where(MerchantLoss.approved_by.is_(None))
    asked = {row.merchant_id: row.amount_minor for row in session.execute(losses)}
    merchants = session.execute(
        select(Merchant.id, Merchant.name, Merchant.external_id).where(Merchant.originator_id == originator_id)
    )
    found = [
        Position(
            merchant_id=key,
            name=name,
            external_id=external_id,
            available_minor=-sums[key].get(_WANTED[0], 0),
            reserve_minor=-sums[key].get(_WANTED[1], 0),
            receivable_minor=sums[key].get(_WANTED[2], 0),
            loss_asked=asked.get(key),
        )
        for key, name, external_id in merchants
    ]
    return sorted(found, key=lambda each: (min(each.available_minor, 0) - each.receivable_minor, each.name))


def merchant_of(session: Session, merchant_id: int) -> dict[str, str] | None:
    """Return a merchant's name, what its client calls it, and its state; None for none."""
    found = session.execute(
        select(Merchant.name, Merchant.external_id, Merchant.state).where(Merchant.id == merchant_id)
    ).one_or_none()
    return None if found is None else {"name": found.name, "external_id": found.external_id, "state": found.state}


def payouts_by_state(session: Session, originator_id: int) -> list[PayoutsOfState]:
    """Return how many payouts are in each state that is not over, and their sums."""
    rows = session.execute(
        select(Payout.state, func.count(), func.sum(Payout.amount_minor))
        .where(
            Payout.originator_id == originator_id,
            Payout.state.in_([PayoutState.DUE, PayoutState.APPROVED, PayoutState.SEALED, PayoutState.SENT]),
        )
        .group_by(Payout.state)
    )
    found = {
        state: PayoutsOfState(state=PayoutState(state), count=count, minor=int(minor)) for state, count, minor in rows
    }
    return [found[state] for state in PayoutState if state in found]


def payout_states(session: Session, settlement_ids: Sequence[int]) -> dict[str, tuple[str, str]]:
    """Return the id and state of each statement's newest payout, by the statement's public id."""
    rows = session.execute(
        select(Payout.settlement_id, Payout.id, Payout.state)
        .where(Payout.settlement_id.in_(settlement_ids))
        .order_by(Payout.id)
    )
    return {
        public_id(Prefix.SETTLEMENT, settlement_id): (public_id(Prefix.PAYOUT, key), state)
        for settlement_id, key, state in rows
    }


def line_kinds(session: Session, settlement_id: int) -> dict[str, int]:
    """Return how many lines of each kind a statement has."""
    rows = session.execute(
        select(SettlementLine.kind, func.count().label("lines"))
        .where(SettlementLine.settlement_id == settlement_id)
        .group_by(SettlementLine.kind)
    )
    return {row.kind: row.lines for row in rows}


def last_settled_on(session: Session, originator_id: int) -> date | None:
    """Return the day of the newest statements; None before the first."""
    return session.scalar(select(func.max(Settlement.as_of)).where(Settlement.originator_id == originator_id))


def _step(row: Any) -> dict[str, Any]:  # noqa: ANN401 -- a row of the question below
    step, as_of, merchant_id, name, kind, external_id, instalment, code, report, *_ = row
    return {
        "id": step.id,
        "as_of": as_of,
        "statement": public_id(Prefix.SETTLEMENT, step.settlement_id),
        "merchant": public_id(Prefix.MERCHANT, merchant_id),
        "merchant_name": name,
        "order": public_id(Prefix.ORDER, step.order_id) if step.order_id else None,
        "external_id": external_id,
        "instalment": instalment,
        "kind": kind,
        "code": code,
        "step": step.step,
        "amount_minor": step.amount_minor,
        "return": public_id(Prefix.RETURN, step.return_id) if step.return_id else None,
        "report": report,
        "report_line": step.report_line,
    }


TAKEN_BACK = Listing(
    statement=lambda: (
        select(
            SettlementStep, Settlement.as_of, Merchant.id, Merchant.name, SettlementLine.kind, Order.external_id,
            Order.instalment, SettlementLine.code, Report.name,
        )
        .join(Settlement, Settlement.id == SettlementStep.settlement_id)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .join(SettlementLine, SettlementLine.id == SettlementStep.line_id)
        .outerjoin(Order, Order.id == SettlementStep.order_id)
        .outerjoin(Report, Report.id == SettlementStep.report_id)
    ),
    key=SettlementStep.id,
    shown=lambda _, rows: [_step(row) for row in rows],
    merchant=lambda merchant_id: Settlement.merchant_id == merchant_id,
    filters={"merchant": lambda key: Settlement.merchant_id == key},
)  # fmt: skip
"""Claw-backs of all merchants page by page, each with from what it was taken."""
