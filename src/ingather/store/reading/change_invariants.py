"""The invariants of notifications of change, each a question that returns how often it is broken: 0, always."""

from sqlalchemy import and_, func, or_, select

from ingather.domain.corrections import CorrectionState
from ingather.domain.facts import FactKind, Scope
from ingather.store.reading.breaches import Question, count
from ingather.store.tables import Account, AccountChange, Authorization, Correction, Entry, Fact, Order

_EARLIEST = (
    select(Correction.account_id, func.min(Correction.due_on).label("due_on"))
    .where(Correction.state == CorrectionState.OPEN, Correction.account_id.is_not(None))
    .group_by(Correction.account_id)
    .subquery()
)
_KEPT = (
    select(AccountChange.correction_id, func.count().label("times"))
    .where(AccountChange.correction_id.is_not(None))
    .group_by(AccountChange.correction_id)
    .subquery()
)

CHANGE_INVARIANTS: dict[str, Question] = {
    "accounts_know_the_earliest_change_that_waits": count(
        select(func.count())
        .select_from(Account)
        .outerjoin(_EARLIEST, _EARLIEST.c.account_id == Account.id)
        .where(Account.change_due_on.is_distinct_from(_EARLIEST.c.due_on)),
    ),
    "an_account_is_changed_once_by_each_applied_notification_and_by_no_other": count(
        select(func.count())
        .select_from(Correction)
        .outerjoin(_KEPT, _KEPT.c.correction_id == Correction.id)
        .where(
            or_(
                and_(Correction.state == CorrectionState.APPLIED, func.coalesce(_KEPT.c.times, 0) != 1),
                and_(Correction.state != CorrectionState.APPLIED, _KEPT.c.times.is_not(None)),
            ),
        ),
    ),
    "no_debit_sent_while_a_change_was_overdue": count(
        select(func.count())
        .select_from(Correction)
        .join(Authorization, Authorization.account_id == Correction.account_id)
        .join(Order, Order.authorization_id == Authorization.id)
        .join(Entry, and_(Entry.order_id == Order.id, Entry.presentation.is_not(None)))
        .join(
            Fact,
            and_(Fact.scope == Scope.FILE, Fact.kind == FactKind.SENDING, Fact.subject_id == Entry.file_id),
        )
        .where(
            Fact.on_date > Correction.due_on,
            Fact.recorded_at >= Correction.received_at,
            or_(Correction.ended_at.is_(None), Correction.ended_at > Fact.recorded_at),
        ),
    ),
}
"""Every invariant by its name, with the question that counts its breaches."""
