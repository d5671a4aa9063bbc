"""Events as others read them: facts in the order of their numbers, each with its object, its cause and its evidence.

A cursor may be trusted: facts are numbered under the writers' lock, which is held until they can be read, so that no
smaller number ever appears after a larger one. Nothing is copied: a fact about a file is one event of that file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.events import OF_A_MERCHANT, PREFIXES, cause_of, type_from, type_name
from ingather.domain.facts import FactKind, Scope
from ingather.rules.return_codes import return_reason
from ingather.store.reading.evidence import evidence_of, orders_of
from ingather.store.tables import (
    Authorization,
    Batch,
    Entry,
    Fact,
    FollowUp,
    Order,
    Payout,
    Return,
    Settlement,
)

LOOKED_AT = 50_000
"""How many facts one page looks through for those that are wanted: a page always takes a moment, and says where on."""
_NAMED = {
    "order": Prefix.ORDER,
    "account": Prefix.ACCOUNT,
    "payout": Prefix.PAYOUT,
    "rule_set": Prefix.RULE_SET,
}
"""Particulars of facts that are keys, and what their ids begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEvents:
    """Which events: so many after a number (or before it, the newest first), and which of them.

    ``merchant_id`` is whose events alone are shown, ``about`` what they are about, ``types`` as callers write them.
    """

    limit: int
    after: int = 0
    newest_first: bool = False
    merchant_id: int | None = None
    about: tuple[Scope, int] | None = None
    types: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """A page of events; ``looked_to`` is the number up to which everything wanted is in it, or was on one before."""

    events: list[dict[str, Any]]
    looked_to: int
    more: bool


def last_number(session: Session) -> int:
    """Return the number of the newest fact, 0 in an empty book."""
    return session.execute(select(func.max(Fact.seq))).scalar() or 0


def events_page(session: Session, wanted: WantedEvents) -> EventPage:
    """Return a page of events, the oldest first unless the newest are wanted first."""
    newest = last_number(session)
    if wanted.newest_first:
        start = min(wanted.after - 1, newest) if wanted.after else newest
        edge = 1 if wanted.about else max(1, start - LOOKED_AT + 1)
        bounds = and_(Fact.seq <= start, Fact.seq >= edge)
    else:
        edge = newest if wanted.about else min(newest, wanted.after + LOOKED_AT)
        bounds = and_(Fact.seq > wanted.after, Fact.seq <= edge)
    statement = select(Fact).where(bounds, *_conditions(wanted))
    statement = statement.order_by(Fact.seq.desc() if wanted.newest_first else Fact.seq).limit(wanted.limit + 1)
    rows = list(session.scalars(statement))
    full = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    looked_to = rows[-1].seq if full else edge
    if not full and not wanted.newest_first:
        looked_to = max(looked_to, wanted.after)
    more = full or (edge > 1 if wanted.newest_first else edge < newest)
    return EventPage(events=as_events(session, rows), looked_to=looked_to, more=more)


def one_event(session: Session, seq: int, *, merchant_id: int | None) -> dict[str, Any] | None:
    """Return an event by its number; None when there is none, or it is none of the merchant's."""
    statement = select(Fact).where(Fact.seq == seq)
    if merchant_id is not None:
        statement = statement.where(of_merchant(merchant_id))
    row = session.scalar(statement)
    return None if row is None else as_events(session, [row])[0]


def events_numbered(session: Session, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the events with these numbers."""
    rows = list(session.scalars(select(Fact).where(Fact.seq.in_(numbers)).order_by(Fact.seq)))
    return {row.seq: event for row, event in zip(rows, as_events(session, rows), strict=True)}


def of_merchant(merchant_id: int) -> ColumnElement[bool]:
    """Return the condition that a fact is told to a caller bound to a merchant: of what is that merchant's alone."""
    mine = {
        Scope.ORDER: exists().where(Order.id == Fact.subject_id, Order.merchant_id == merchant_id),
        Scope.ENTRY: exists().where(
            Entry.id == Fact.subject_id, Order.id == Entry.order_id, Order.merchant_id == merchant_id
        ),
        Scope.RETURN: exists().where(
            Return.id == Fact.subject_id, Order.id == Return.order_id, Order.merchant_id == merchant_id
        ),
        Scope.FOLLOW_UP: exists().where(FollowUp.id == Fact.subject_id, FollowUp.merchant_id == merchant_id),
        Scope.AUTHORIZATION: exists().where(
            Authorization.id == Fact.subject_id, Authorization.merchant_id == merchant_id
        ),
        Scope.BATCH: exists().where(Batch.id == Fact.subject_id, Batch.merchant_id == merchant_id),
        Scope.SETTLEMENT: exists().where(Settlement.id == Fact.subject_id, Settlement.merchant_id == merchant_id),
        Scope.PAYOUT: exists().where(Payout.id == Fact.subject_id, Payout.merchant_id == merchant_id),
    }
    return or_(*(and_(Fact.scope == scope, mine[scope]) for scope in OF_A_MERCHANT))


def of_types(types: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a fact is of one of these types; a name that is no type is of nothing."""
    wanted = [found for each in types if (found := type_from(each)) is not None]
    if not wanted:
        return false()
    return or_(
        *(
            Fact.scope == scope if kind is None else and_(Fact.scope == scope, Fact.kind == kind)
            for scope, kind in wanted
        )
    )


def _conditions(wanted: WantedEvents) -> Iterable[ColumnElement[bool]]:
    if wanted.merchant_id is not None:
        yield of_merchant(wanted.merchant_id)
    if wanted.about is not None:
        yield and_(Fact.scope == wanted.about[0], Fact.subject_id == wanted.about[1])
    if wanted.types:
        yield of_types(wanted.types)
    if wanted.since is not None:
        yield Fact.recorded_at >= wanted.since
    if wanted.until is not None:
        yield Fact.recorded_at <= wanted.until


def as_events(session: Session, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Return facts as events, ready to be written as JSON: three questions to the book for any number of them."""
    places = _places(session, facts)
    evidence = evidence_of(session, facts)
    orders = orders_of(session, facts)
    return [
        {
            "id": public_id(Prefix.EVENT, fact.seq),
            "type": type_name(fact.scope, fact.kind),
            "sequence": fact.seq,
            "object": {"id": public_id(PREFIXES[Scope(fact.scope)], fact.subject_id), "type": fact.scope},
            "object_sequence": places[fact.seq],
            "created_at": fact.recorded_at.isoformat().replace("+00:00", "Z"),
            "on": fact.on_date.isoformat(),
            "actor": fact.actor,
            "cause": {
                "kind": str(
                    cause_of(
                        Scope(fact.scope),
                        FactKind(fact.kind),
                        fact.actor,
                        inferred=fact.detail.get("basis") == "inferred",
                    )
                ),
                "evidence": evidence.get(fact.seq),
            },
            "orders": orders.get((fact.scope, fact.subject_id)),
            "data": _with_meaning(fact, _with_ids(fact.detail)),
        }
        for fact in facts
    ]


def _with_ids(detail: dict[str, Any]) -> dict[str, Any]:
    """Return a fact's particulars with public ids in place of keys."""
    return {
        name: public_id(_NAMED[name], value) if name in _NAMED and isinstance(value, int) else value
        for name, value in detail.items()
    }


def _with_meaning(fact: Fact, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the particulars of a return with its code in words and what the code allows."""
    if fact.kind != FactKind.RETURNED or "code" not in shown:
        return shown
    reason = return_reason(shown["code"], on=fact.on_date)
    if reason is None:
        return shown
    return shown | {"meaning": reason.meaning, "category": reason.category, "retryable": reason.retryable}


def _places(session: Session, facts: Sequence[Fact]) -> dict[int, int]:
    """Return of each fact the how manieth about its object it is, from 1."""
    if not facts:
        return {}
    by_scope: dict[str, set[int]] = {}
    for fact in facts:
        by_scope.setdefault(fact.scope, set()).add(fact.subject_id)
    last = max(fact.seq for fact in facts)
    place = func.row_number().over(partition_by=(Fact.scope, Fact.subject_id), order_by=Fact.seq)
    about = or_(*(and_(Fact.scope == scope, Fact.subject_id.in_(keys)) for scope, keys in by_scope.items()))
    numbered = select(Fact.seq, place.label("place")).where(about, Fact.seq <= last).subquery()
    wanted = [fact.seq for fact in facts]
    rows = session.execute(select(numbered.c.seq, numbered.c.place).where(numbered.c.seq.in_(wanted)))
    return {seq: int(number) for seq, number in rows}
