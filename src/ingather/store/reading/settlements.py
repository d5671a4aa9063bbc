"""Statements as merchants read them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.settlements import SUMS
from ingather.store.reading.pages import Listing
from ingather.store.tables import (
    Merchant,
    MerchantLoss,
    Order,
    Originator,
    Payout,
    Posting,
    Report,
    Reserve,
    Settlement,
    SettlementLine,
    SettlementStep,
)

_SUMS = (
    "opening_minor", *(name for name, _ in SUMS.values()), "payable_minor", "closing_minor", "held_minor",
    "reserve_minor",
)  # fmt: skip


def listed(
    session: Session, settlement_ids: list[int] | None = None, *, as_of: date | None = None
) -> list[dict[str, Any]]:
    """Return statements with their lines, by merchant and day; all of them when neither keys nor a day are given."""
    statement = (
        select(Settlement, Merchant, Originator.name)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .join(Originator, Originator.id == Settlement.originator_id)
        .order_by(Merchant.external_id, Settlement.as_of)
    )
    if settlement_ids is not None:
        statement = statement.where(Settlement.id.in_(settlement_ids))
    if as_of is not None:
        statement = statement.where(Settlement.as_of == as_of)
    return [_as_dict(session, *found) for found in session.execute(statement).all()]


def summed(
    session: Session, *, merchant_id: int | None = None, limit: int = 50, known_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the newest statements' sums without their lines; ``known_at`` leaves out those made later.

    A statement never changes once it is made.
    """
    statement = (
        select(Settlement, Merchant)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .order_by(Settlement.as_of.desc(), Merchant.external_id)
        .limit(limit)
    )
    if merchant_id is not None:
        statement = statement.where(Settlement.merchant_id == merchant_id)
    if known_at is not None:
        statement = statement.where(Settlement.made_at <= known_at)
    return [_sums(row, merchant) for row, merchant in session.execute(statement)]


def summed_of(session: Session, settlement_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the sums of these statements without their lines, by merchant."""
    rows = session.execute(
        select(Settlement, Merchant)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .where(Settlement.id.in_(settlement_ids))
        .order_by(Merchant.external_id, Settlement.as_of)
    )
    return [_sums(row, merchant) for row, merchant in rows]


def terms_of(session: Session, merchant_id: int) -> dict[str, Any] | None:
    """Return what a merchant itself has agreed to; None without it. What is None in it is as the policy says."""
    row = session.get(Merchant, merchant_id)
    if row is None:
        return None
    return {name: getattr(row, name) for name in ("tier", "hold_days", "reserve_bps", "payout_method")}


def asked_loss(session: Session, merchant_id: int) -> dict[str, Any] | None:
    """Return the loss that somebody asked to take with a merchant and nobody has approved yet; None without one."""
    row = session.scalar(
        select(MerchantLoss).where(MerchantLoss.merchant_id == merchant_id, MerchantLoss.approved_by.is_(None))
    )
    if row is None:
        return None
    return {
        "amount_minor": row.amount_minor,
        "reason": row.reason,
        "asked_by": row.asked_by,
        "asked_at": row.asked_at.isoformat(),
    }


def owed(session: Session, merchant_id: int, *, known_at: datetime | None = None) -> dict[str, int]:
    """Return where a merchant stands, in minor units: available, in reserve, and owing by invoice.

    ``known_at`` leaves out what was booked after that instant.
    """
    wanted = (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.MERCHANT_RESERVE, LedgerAccount.MERCHANT_RECEIVABLE)
    found: defaultdict[str, int] = defaultdict(int)
    statement = select(Posting.account, Posting.amount_minor).where(
        Posting.merchant_id == merchant_id, Posting.account.in_(wanted)
    )
    if known_at is not None:
        statement = statement.where(Posting.recorded_at <= known_at)
    for account, minor in session.execute(statement):
        found[account] += int(minor)
    return {
        "available_minor": -found[wanted[0]],
        "reserve_minor": -found[wanted[1]],
        "receivable_minor": found[wanted[2]],
    }


def shown(session: Session, settlement_id: int) -> dict[str, Any] | None:
    """Return one statement without its lines, with its steps left out too; None when there is none."""
    found = session.execute(
        select(Settlement, Merchant)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .where(Settlement.id == settlement_id)
    ).one_or_none()
    if found is None:
        return None
    row, merchant = found
    return _sums(row, merchant) | {
        "since": _day_before(session, row),
        "lines": session.scalar(
            select(func.count()).select_from(SettlementLine).where(SettlementLine.settlement_id == row.id)
        ),
        "reserves": _reserves(session, row),
        "payout": _payout(session, row),
    }


def _sums(row: Settlement, merchant: Merchant) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.SETTLEMENT, row.id),
        "merchant": merchant.external_id,
        "merchant_name": merchant.name,
        "as_of": row.as_of.isoformat(),
        "currency": row.currency,
        **{name: getattr(row, name) for name in _SUMS},
    }


def _as_dict(session: Session, row: Settlement, merchant: Merchant, originator: str) -> dict[str, Any]:
    return _sums(row, merchant) | {
        "originator": originator,
        "merchant_id": public_id(Prefix.MERCHANT, merchant.id),
        "since": _day_before(session, row),
        "lines": _lines(session, row),
        "steps": _steps(session, row),
        "reserves": _reserves(session, row),
        "payout": _payout(session, row),
    }


def _day_before(session: Session, row: Settlement) -> str | None:
    before = session.execute(
        select(Settlement.as_of)
        .where(Settlement.merchant_id == row.merchant_id, Settlement.as_of < row.as_of)
        .order_by(Settlement.as_of.desc())
        .limit(1)
    ).scalar()
    return before.isoformat() if before else None


def _lines(session: Session, row: Settlement) -> list[dict[str, Any]]:
    about = _sources(session, [row.id])
    lines = session.execute(
        _line_rows()
        .where(SettlementLine.settlement_id == row.id)
        .order_by(SettlementLine.kind, Order.due_on, Order.external_id, Order.instalment, SettlementLine.id),
    ).all()
    return _lines_as_dicts(lines, about)


def _line_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(SettlementLine, Order.external_id, Order.instalment, Order.due_on, Report.name)
        .outerjoin(Order, Order.id == SettlementLine.order_id)
        .outerjoin(Report, Report.id == SettlementLine.report_id)
    )


def _lines_as_dicts(lines: Sequence[Any], about: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "order": public_id(Prefix.ORDER, line.order_id) if line.order_id else None,
            "external_id": external_id or about.get(line.id, ""),
            "instalment": instalment,
            "due_on": due_on.isoformat() if line.order_id else None,
            "kind": line.kind,
            "amount_minor": line.amount_minor,
            "code": line.code,
            "reason_id": line.reason,
            "payable_on": line.payable_on.isoformat() if line.payable_on else None,
            "return": public_id(Prefix.RETURN, line.return_id) if line.return_id else None,
            "report": report,
            "report_line": line.report_line,
        }
        for line, external_id, instalment, due_on, report, *_ in lines
    ]


def _sources(session: Session, settlement_ids: Sequence[int]) -> dict[int, str]:
    """Return by line which payout it is about that is owed again."""
    rows = session.execute(
        select(SettlementLine.id, Payout.id)
        .join(Posting, Posting.id == SettlementLine.source_id)
        .join(Payout, Payout.id == Posting.source_id)
        .where(SettlementLine.settlement_id.in_(settlement_ids), Posting.kind == JournalKind.PAYABLE_AGAIN)
    )
    return {line_id: public_id(Prefix.PAYOUT, payout_id) for line_id, payout_id in rows}


def _steps(session: Session, row: Settlement) -> list[dict[str, Any]]:
    """Return the steps taken by a statement, of its own lines and of older ones that it nets."""
    rows = session.execute(
        _step_rows().where(SettlementStep.settlement_id == row.id).order_by(SettlementStep.line_id, SettlementStep.id)
    ).all()
    return _steps_as_dicts(rows)


def _step_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(SettlementStep, SettlementLine.kind, Order.external_id, Order.instalment, Report.name)
        .join(SettlementLine, SettlementLine.id == SettlementStep.line_id)
        .outerjoin(Order, Order.id == SettlementStep.order_id)
        .outerjoin(Report, Report.id == SettlementStep.report_id)
    )


def _steps_as_dicts(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "order": public_id(Prefix.ORDER, step.order_id),
            "external_id": external_id,
            "instalment": instalment,
            "kind": kind,
            "step": step.step,
            "amount_minor": step.amount_minor,
            "return": public_id(Prefix.RETURN, step.return_id) if step.return_id else None,
            "report": report,
            "report_line": step.report_line,
        }
        for step, kind, external_id, instalment, report, *_ in rows
    ]


def _reserves(session: Session, row: Settlement) -> list[dict[str, Any]]:
    """Return the reserves of a statement's merchant that it kept, used or released, or found as they were."""
    question = (
        select(Reserve)
        .where(
            Reserve.originator_id == row.originator_id,
            Reserve.merchant_id == row.merchant_id,
            Reserve.held_on <= row.as_of,
            Reserve.released_on.is_(None) | (Reserve.released_on >= row.as_of),
        )
        .order_by(Reserve.due_on, Reserve.id)
    )
    rows = session.scalars(question).all()
    used: defaultdict[int, int] = defaultdict(int)
    moved = session.execute(
        select(SettlementLine.source_id, SettlementLine.kind, SettlementLine.amount_minor)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .where(
            SettlementLine.source_id.in_([each.id for each in rows]),
            SettlementLine.kind.in_(["covered", "unreserved"]),
            Settlement.as_of <= row.as_of,
        )
    )
    for source_id, _, minor in moved:
        used[source_id or 0] += minor
    return [
        {
            "held_on": each.held_on.isoformat(),
            "due_on": each.due_on.isoformat(),
            "amount_minor": each.amount_minor,
            "left_minor": each.amount_minor - used[each.id],
        }
        for each in rows
    ]


def _payout(session: Session, row: Settlement) -> dict[str, Any] | None:
    """Return the payout of a statement: its reference and way; how far it has come is not the statement's to say."""
    found = session.execute(
        select(Payout.id, Payout.method, Payout.amount_minor)
        .where(Payout.settlement_id == row.id)
        .order_by(Payout.id)
        .limit(1)
    ).first()
    if found is None:
        return None
    return {"id": public_id(Prefix.PAYOUT, found.id), "method": found.method, "amount_minor": found.amount_minor}


LISTING = Listing(
    statement=lambda: select(Settlement, Merchant).join(Merchant, Merchant.id == Settlement.merchant_id),
    key=Settlement.id,
    shown=lambda _, rows: [_sums(row[0], row[1]) for row in rows],
    merchant=lambda merchant_id: Settlement.merchant_id == merchant_id,
    filters={
        "merchant": lambda key: Settlement.merchant_id == key,
        "as_of_from": lambda day: Settlement.as_of >= day,
        "as_of_to": lambda day: Settlement.as_of <= day,
    },
)
"""Statements' sums page by page."""

LINES = Listing(
    statement=_line_rows,
    key=SettlementLine.id,
    shown=lambda session, rows: _lines_as_dicts(
        rows, _sources(session, sorted({row[0].settlement_id for row in rows}))
    ),
    merchant=lambda merchant_id: (
        select(Settlement.id)
        .where(Settlement.id == SettlementLine.settlement_id, Settlement.merchant_id == merchant_id)
        .exists()
    ),
    filters={
        "settlement": lambda key: SettlementLine.settlement_id == key,
        "kind": SettlementLine.kind.in_,
        "code": SettlementLine.code.in_,
        "external_id": lambda name: Order.external_id == name,
    },
)
"""The lines of one statement page by page; whoever asks has made sure whose the statement is."""

STEPS = Listing(
    statement=_step_rows,
    key=SettlementStep.id,
    shown=lambda _, rows: _steps_as_dicts(rows),
    merchant=lambda merchant_id: (
        select(Settlement.id)
        .where(Settlement.id == SettlementStep.settlement_id, Settlement.merchant_id == merchant_id)
        .exists()
    ),
    filters={"settlement": lambda key: SettlementStep.settlement_id == key},
)
"""The steps of one statement page by page; whoever asks has made sure whose the statement is."""
