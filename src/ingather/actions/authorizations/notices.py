"""Notices before the debits of a consumer's series: which are due, with their text, and the proof that they were sent.

The product sends no letters: the fact ``notice_due`` carries the text to whoever does, and the debit waits until the
proof is on record and the days of the notice have passed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import Holder
from ingather.domain.authorizations import AmountTerms, AuthorizationKind, Every, NoticeKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.notices import Debit, Series, joined, notice_text, notices_of, send_by, still_missing
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.entries import of_authorization
from ingather.store.tables import Account, Authorization, Merchant, Notice, Order

_AT_ONCE = 5_000

_Found = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A notice that is due: of which order, what it tells, and what the order's notices cover then."""

    order_id: int
    authorization_id: int
    kind: NoticeKind
    covers: NoticeKind
    text: str
    send_by: date


def note_needed(ctx: Context, originator_id: int, authorization_ids: Sequence[int]) -> int:
    """Find which open orders of these authorizations need a notice and put it on record; returns how many notices.

    A consumer's series is looked at as a whole, so that an order recorded late, or canceled, changes what the ones
    after it need. What was found needed once stays needed.
    """
    wanted = sorted(set(authorization_ids))
    due: list[_Due] = []
    for start in range(0, len(wanted), _AT_ONCE):
        rows = ctx.session.execute(
            select(
                Authorization.id, Authorization.amount_terms, Authorization.every, Authorization.valid_from,
                Merchant.name.label("merchant"),
                Order.id.label("order_id"), Order.due_on, Order.amount_minor, Order.state, Order.presentations,
                Order.notice,
            )
            .join(Account, Account.id == Authorization.account_id)
            .join(Merchant, Merchant.id == Authorization.merchant_id)
            .join(Order, of_authorization())
            .where(
                Authorization.id.in_(wanted[start : start + _AT_ONCE]),
                Authorization.kind == AuthorizationKind.RECURRING,
                (Authorization.amount_terms == AmountTerms.VARYING) | Authorization.every.is_not(None),
                Account.holder == Holder.CONSUMER,
                Order.state != OrderState.CANCELED,
            )
            .order_by(Authorization.id, Order.due_on, Order.id),
        ).all()  # fmt: skip
        by_series: dict[int, list[_Found]] = defaultdict(list)
        for row in rows:
            by_series[row.id].append(row)
        for series in by_series.values():
            due += _due_of(series)
    if due:
        _keep(ctx, originator_id, due)
    return len(due)


def _due_of(rows: list[_Found]) -> list[_Due]:
    first = rows[0]
    series = Series(
        terms=AmountTerms(first.amount_terms),
        every=Every(first.every) if first.every else None,
        starts_on=first.valid_from,
    )
    debits = [Debit(due_on=row.due_on, amount_minor=row.amount_minor) for row in rows]
    found: list[_Due] = []
    for at, (row, needed) in enumerate(zip(rows, notices_of(series, debits), strict=True)):
        if row.state != OrderState.OPEN or row.presentations:
            continue
        covered = NoticeKind(row.notice) if row.notice else None
        kind = still_missing(needed, covered)
        covers = joined(covered, kind)
        if kind is None or covers is None:
            continue
        found.append(
            _Due(
                order_id=row.order_id,
                authorization_id=row.id,
                kind=kind,
                covers=covers,
                text=notice_text(kind, series, debits[at], debits[at - 1] if at else None, merchant=row.merchant),
                send_by=send_by(kind, row.due_on),
            )
        )
    return found


def _keep(ctx: Context, originator_id: int, due: list[_Due]) -> None:
    insert_columns(
        ctx.session,
        Notice,
        {
            "id": ctx.ids.many(len(due)).tolist(),
            "authorization_id": [each.authorization_id for each in due],
            "order_id": [each.order_id for each in due],
            "kind": [each.kind for each in due],
            "text": [each.text for each in due],
            "send_by": [each.send_by.isoformat() for each in due],
        },
        same={"originator_id": originator_id, "sent_on": None, "proof": None, "created_at": ctx.now},
    )
    for covers in NoticeKind:
        ids = [each.order_id for each in due if each.covers == covers]
        for start in range(0, len(ids), _AT_ONCE):
            ctx.session.execute(
                update(Order)
                .where(Order.id.in_(ids[start : start + _AT_ONCE]))
                .values(notice=covers, noticed_on=None, version=Order.version + 1)
                .execution_options(synchronize_session=False),
            )
    events.add_many(
        ctx.session, FactKind.NOTICE_DUE, scope=Scope.ORDER, subjects=[each.order_id for each in due],
        originator=originator_id, on=[ctx.today] * len(due), at=ctx.now, actor=ctx.actor,
        once=[each.kind for each in due],
        detail=[
            {"notice": each.kind, "send_by": each.send_by.isoformat(), "text": each.text,
             "authorization": public_id(Prefix.AUTHORIZATION, each.authorization_id)}
            for each in due
        ],
    )  # fmt: skip
    ctx.audit("note_notices", "book", due=len(due))


def note_sent(ctx: Context, order_id: int, *, on: date, proof: str) -> None:
    """Record that the notices of an order were sent, with what proves it; the debit then waits out their days.

    Raises ``NoSuch`` for an unknown order and ``WrongState`` when no notice of it is due or the day is still to come.
    """
    order = ctx.session.scalar(select(Order).where(Order.id == order_id).with_for_update())
    name = public_id(Prefix.ORDER, order_id)
    if order is None:
        fact = f"there is no order {name}"
        raise NoSuch(fact)
    due = ctx.session.scalars(select(Notice).where(Notice.order_id == order_id, Notice.sent_on.is_(None))).all()
    if not due:
        fact = f"no notice of order {name} is due"
        raise WrongState(fact)
    if not proof.strip():
        fact = "a notice without proof of its sending is none"
        raise WrongState(fact, "Name what proves it, such as the letter's or message's reference")
    if on > ctx.today:
        fact = f"{on} is still to come; a notice is recorded when it was sent"
        raise WrongState(fact)
    for notice in due:
        notice.sent_on, notice.proof = on, proof
        ctx.fact(
            FactKind.NOTICE_SENT, scope=Scope.ORDER, subject=order_id, originator=order.originator_id, on=on,
            once=notice.kind, notice=notice.kind, proof=proof,
        )  # fmt: skip
    earlier = ctx.session.scalar(select(func.max(Notice.sent_on)).where(Notice.order_id == order_id))
    order.noticed_on = max(on, earlier or on)
    order.version += 1
    ctx.audit("note_notice_sent", name, on=on.isoformat(), notices=len(due))
