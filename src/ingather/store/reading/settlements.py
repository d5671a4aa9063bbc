"""Statements as merchants read them."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.tables import Merchant, Order, Settlement, SettlementLine


def listed(
    session: Session, settlement_ids: list[int] | None = None, *, as_of: date | None = None
) -> list[dict[str, Any]]:
    """Return statements with their lines, by merchant and day; all of them when neither keys nor a day are given."""
    statement = (
        select(Settlement, Merchant)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .order_by(Merchant.external_id, Settlement.as_of)
    )
    if settlement_ids is not None:
        statement = statement.where(Settlement.id.in_(settlement_ids))
    if as_of is not None:
        statement = statement.where(Settlement.as_of == as_of)
    return [_as_dict(session, row, merchant) for row, merchant in session.execute(statement)]


def _as_dict(session: Session, row: Settlement, merchant: Merchant) -> dict[str, Any]:
    lines = session.execute(
        select(SettlementLine, Order.external_id, Order.instalment, Order.due_on)
        .join(Order, Order.id == SettlementLine.order_id)
        .where(SettlementLine.settlement_id == row.id)
        .order_by(SettlementLine.kind, Order.due_on, Order.external_id, Order.instalment),
    )
    return {
        "id": public_id(Prefix.SETTLEMENT, row.id),
        "merchant": merchant.external_id,
        "merchant_name": merchant.name,
        "as_of": row.as_of.isoformat(),
        "currency": row.currency,
        "opening_minor": row.opening_minor,
        "collected_minor": row.collected_minor,
        "clawed_back_minor": row.clawed_back_minor,
        "given_back_minor": row.given_back_minor,
        "restored_minor": row.restored_minor,
        "fees_minor": row.fees_minor,
        "payable_minor": row.payable_minor,
        "closing_minor": row.closing_minor,
        "lines": [
            {
                "order": public_id(Prefix.ORDER, line.order_id),
                "external_id": external_id,
                "instalment": instalment,
                "due_on": due_on.isoformat(),
                "kind": line.kind,
                "amount_minor": line.amount_minor,
                "code": line.code,
                "reason_id": line.reason,
            }
            for line, external_id, instalment, due_on in lines
        ],
    }
