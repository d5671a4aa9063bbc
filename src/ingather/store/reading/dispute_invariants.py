"""The invariants of disputes, each a question that returns how often it is broken: 0, always."""

from sqlalchemy import and_, exists, func, or_, select

from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.returns import OPEN_DISPUTES, DisputeState
from ingather.store.reading.breaches import Question, count
from ingather.store.tables import Case, Dispute, Entry, Fact, Feed, File, Order, Return, Route

_OPEN = and_(Dispute.state.in_(sorted(OPEN_DISPUTES)), Dispute.ended_on.is_(None))
_UNDONE_FACT = exists().where(
    Fact.kind == FactKind.UNDONE, Fact.scope == Scope.ENTRY, Fact.subject_id == Return.entry_id
)

DISPUTE_INVARIANTS: dict[str, Question] = {
    "returns_undone_only_when_nobody_could_contest": count(
        select(func.count())
        .select_from(Dispute)
        .join(Return, Return.id == Dispute.return_id)
        .outerjoin(Entry, Entry.id == Dispute.entry_id)
        .outerjoin(File, File.id == Entry.file_id)
        .outerjoin(Route, Route.id == File.route_id)
        .outerjoin(Feed, Feed.id == Route.feed_id)
        .where(
            Dispute.state == DisputeState.UNDONE,
            or_(
                Dispute.dishonoured_on.is_(None),
                Dispute.contest_by.is_(None),
                Return.undone_on.is_(None),
                Return.undone_on < Dispute.contest_by,
                Feed.watermark_on < Dispute.contest_by,
                Return.applied,
            ),
        ),
    ),
    "undone_returns_have_their_fact": count(
        select(func.count())
        .select_from(Return)
        .where(Return.undone_on.is_not(None), Return.deadline_on.is_not(None), ~_UNDONE_FACT),
    ),
    "an_open_dispute_keeps_its_order_from_a_retry": count(
        select(func.count())
        .select_from(Dispute)
        .join(Return, and_(Return.id == Dispute.return_id, Return.applied))
        .join(Order, Order.id == Dispute.order_id)
        .where(_OPEN, Order.state == OrderState.RETURNED, Order.collect_on.is_not(None)),
    ),
    "an_open_dispute_has_its_open_case": count(
        select(func.count())
        .select_from(Dispute)
        .where(_OPEN, ~exists().where(Case.id == Dispute.case_id, Case.state == CaseState.OPEN)),
    ),
    "a_replaced_return_is_not_applied": count(
        select(func.count()).select_from(Return).where(Return.replaced_by.is_not(None), Return.applied),
    ),
}
"""Every invariant of disputes by its name, with the question that counts its breaches."""
