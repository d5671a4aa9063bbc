"""The cases that the calendar opens, escalates and closes: reviews, ending windows, days until a debit is safe.

A night keeps them, each in one statement for all; what has not changed leaves no record.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, exists, func, or_, select, update

from ingather.actions.cases import close_many, open_case, open_cases
from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import Holder
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.rules.calendar import extended_return_deadline, retry_deadline
from ingather.rules.case_clocks import case_terms, escalations, review_due
from ingather.rules.clocks import clock
from ingather.rules.overdue import last_first_settlement
from ingather.rules.policy import HousePolicy
from ingather.rules.policy_watch import CasePolicy
from ingather.rules.return_codes import NextStep, return_reasons
from ingather.rules.rows import Standing
from ingather.store import events
from ingather.store.open_orders import among_open
from ingather.store.tables import Account, Authorization, Batch, Book, Case, Entry, Feed, Order

_AT_ONCE = 5_000
_YEARLY = 12
REVIEWS = {
    CaseKind.FRAUD_MONITORING_REVIEW: "The processes against unauthorized entries, debits included, are reviewed at "
    "least once a year: read how they worked since the last review, decide what changes, and write it down.",
    CaseKind.ACCESS_REVIEW: "Who can approve, send and see account numbers is reviewed: take away what nobody needs, "
    "and write down who looked at it.",
}
"""What the house reviews, and what the case says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many cases the calendar opened, escalated and closed."""

    opened: int
    escalated: int
    closed: int


def keep_clocks(ctx: Context, originator_id: int, *, policy: HousePolicy) -> Kept:
    """Open what has become due, close what is over by itself, and escalate what is near its last day."""
    closed = _close_ended(ctx, originator_id)
    opened = _open_retries_ending(ctx, originator_id, days=policy.cases.retry_ending_days)
    opened += sum(_open_review_when_due(ctx, originator_id, kind, policy.cases) for kind in REVIEWS)
    return Kept(opened=opened, escalated=_escalate(ctx, originator_id), closed=closed)


def open_review(ctx: Context, originator_id: int, kind: CaseKind, *, policy: CasePolicy) -> int:
    """Open a review by hand and return its case's key; raises ``WrongState`` while one is open."""
    standing = ctx.session.scalar(_open_of(originator_id, kind))
    if standing is not None:
        fact = f"that review is open as {public_id(Prefix.CASE, standing)}"
        raise WrongState(fact, "Close it with what was found, then open the next one")
    due_on = max(review_due_on(ctx, originator_id, kind, policy) or ctx.today, ctx.today)
    open_case(
        ctx, kind, originator_id=originator_id, once=f"by hand|{ctx.now.isoformat()}", subject="book",
        sentence=REVIEWS[kind], due_on=due_on,
    )  # fmt: skip
    opened = ctx.session.execute(_open_of(originator_id, kind)).scalar_one()
    ctx.audit("open_review", public_id(Prefix.CASE, opened), kind=str(kind), due_on=due_on.isoformat())
    return opened


def note_extended_return(ctx: Context, authorization_id: int, *, because: str) -> date | None:
    """Open a case until the last day on which a consumer's debits under an authorization can come back.

    Returns that day; None for a business, or where no debit can come back any more. Source: the clock
    ``return-extended``.
    """
    row = ctx.session.get_one(Authorization, authorization_id)
    holder = ctx.session.execute(select(Account.holder).where(Account.id == row.account_id)).scalar_one()
    if holder != Holder.CONSUMER:
        return None
    # By buyer: the index that finds look-alike orders begins with it.
    last: date | None = ctx.session.execute(
        select(func.max(func.coalesce(Batch.settled_on, Batch.effective_on)))
        .select_from(Order)
        .join(Entry, Entry.order_id == Order.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            Order.buyer_id == row.buyer_id,
            Order.authorization_id == row.id,
            Entry.presentation.is_not(None),
            Entry.ended.is_(None),
        ),
    ).scalar_one()
    due_on = None if last is None else extended_return_deadline(last)
    if due_on is None or due_on < ctx.today:
        return None
    name = public_id(Prefix.AUTHORIZATION, row.id)
    open_case(
        ctx,
        CaseKind.EXTENDED_RETURN,
        originator_id=row.originator_id,
        once=f"{row.id}|{due_on}",
        subject=name,
        sentence=f"{because} The consumer's debits under {name} can come back as unauthorized until {due_on}, and "
        "until the bank's reports of that day are in.",
        due_on=due_on,
    )
    return due_on


def _open_of(originator_id: int, kind: CaseKind) -> Select[int]:
    return select(Case.id).where(Case.originator_id == originator_id, Case.kind == kind, Case.state == CaseState.OPEN)


def review_due_on(ctx: Context, originator_id: int, kind: CaseKind, policy: CasePolicy) -> date | None:
    """Return when a review is due next, counted from the last one that was closed, or from the book's beginning."""
    mark, created_at = ctx.session.execute(select(Book.mark, Book.created_at)).one()
    months = policy.access_review_every_months
    if kind is CaseKind.FRAUD_MONITORING_REVIEW:
        months = policy.fraud_review_every_months or (_YEARLY if mark == "live" else 0)
    if not months or case_terms(kind, ctx.today) is None:
        return None
    last = ctx.session.execute(
        select(func.max(Case.closed_at)).where(Case.originator_id == originator_id, Case.kind == kind)
    ).scalar_one()
    return review_due((last or created_at).astimezone(NEW_YORK).date(), every_months=months)


def _open_review_when_due(ctx: Context, originator_id: int, kind: CaseKind, policy: CasePolicy) -> int:
    due_on = review_due_on(ctx, originator_id, kind, policy)
    if due_on is None or ctx.today < due_on - timedelta(days=policy.review_notice_days):
        return 0
    if ctx.session.scalar(_open_of(originator_id, kind)) is not None:
        return 0
    return int(
        open_case(
            ctx, kind, originator_id=originator_id, once=due_on.isoformat(), subject="book", sentence=REVIEWS[kind],
            due_on=due_on,
        )
    )  # fmt: skip


def _open_retries_ending(ctx: Context, originator_id: int, *, days: int) -> int:
    """Open a case for each returned order that may be presented again, is not planned, and soon may not be."""
    # What is over on the day after so many days has its last day within them.
    over = last_first_settlement(ctx.today)
    soon = last_first_settlement(ctx.today + timedelta(days=days + 1))
    again = sorted(
        {
            each.code
            for each in return_reasons()
            if each.next_step is NextStep.RETRY and each.row.standing(ctx.today) is Standing.IN_FORCE
        }
    )
    known = exists().where(Case.order_id == Order.id, Case.kind == CaseKind.RETRY_ENDING)
    found = ctx.session.execute(
        select(Order.id, Order.first_settled_on, Order.last_code)
        .where(
            Order.originator_id == originator_id,
            Order.state == OrderState.RETURNED,
            among_open(ctx.session, originator_id, returned=True),
            # Not planned, or the day of its retry has passed and nothing has gone out.
            or_(Order.collect_on.is_(None), Order.collect_on < ctx.today),
            Order.corrected.is_(False),
            Order.last_code.in_(again),
            Order.presentations <= clock("retry-count", ctx.today).count,
            Order.first_settled_on > over,
            Order.first_settled_on <= soon,
            ~known,
        )
        .order_by(Order.id)
    ).all()
    ends = [retry_deadline(row.first_settled_on) for row in found]
    if found:
        names = [public_id(Prefix.ORDER, row.id) for row in found]
        open_cases(
            ctx,
            CaseKind.RETRY_ENDING,
            originator_id=originator_id,
            once=[f"{row.id}|{row.first_settled_on}" for row in found],
            subject=names,
            sentence=[
                f"Order {name} came back with {row.last_code} and has not been presented again. It may be until {end}; "
                "after that it fails."
                for row, name, end in zip(found, names, ends, strict=True)
            ],
            order_id=[row.id for row in found],
            due_on=ends,
        )
        ctx.audit("note_retries_ending", names[0], orders=len(found))
    return len(found)


def _close_ended(ctx: Context, originator_id: int) -> int:
    """Close what is over by itself: windows for returns that have passed, and retries that are planned or ended."""
    mine = (Case.originator_id == originator_id, Case.state == CaseState.OPEN)
    complete = ctx.session.execute(
        select(func.min(func.coalesce(Feed.watermark_on, date.min))).where(Feed.originator_id == originator_id)
    ).scalar_one()
    passed = list(
        ctx.session.scalars(
            select(Case.id)
            .where(*mine, Case.kind == CaseKind.EXTENDED_RETURN, Case.due_on < ctx.today, Case.due_on <= complete)
            .order_by(Case.id)
        )
    )
    close_many(ctx, originator_id, passed, outcome="the day has passed and the bank's reports of it are in")
    ended = list(
        ctx.session.scalars(
            select(Case.id)
            .join(Order, Order.id == Case.order_id)
            .where(
                *mine,
                Case.kind == CaseKind.RETRY_ENDING,
                (Order.state != OrderState.RETURNED) | (Order.collect_on >= ctx.today),
            )
            .order_by(Case.id)
        )
    )
    close_many(ctx, originator_id, ended, outcome="its order is planned again, or has ended")
    return len(passed) + len(ended)


def _escalate(ctx: Context, originator_id: int) -> int:
    """Give what is near its last day to whom its kind is escalated; what was opened today is looked at first."""
    terms = {kind: each for each in escalations(ctx.today) for kind in each.kinds}
    latest = max((each.last_due for each in terms.values()), default=None)
    if latest is None:
        return 0
    near = ctx.session.execute(
        select(Case.id, Case.kind, Case.owner, Case.due_on)
        .where(
            Case.originator_id == originator_id,
            Case.state == CaseState.OPEN,
            Case.escalated_at.is_(None),
            Case.due_on <= latest,
            Case.opened_on < ctx.today,
        )
        .order_by(Case.id)
    ).all()
    to = {row.id: (terms[CaseKind(row.kind)], row) for row in near if row.kind in terms}
    chosen = {key: (each.to, row) for key, (each, row) in to.items() if row.due_on <= each.last_due}
    for owner in sorted({owner for owner, _ in chosen.values()}):
        ids = [key for key, (named, _) in chosen.items() if named == owner]
        for start in range(0, len(ids), _AT_ONCE):
            ctx.session.execute(
                update(Case)
                .where(Case.id.in_(ids[start : start + _AT_ONCE]))
                .values(owner=owner, escalated_at=ctx.now)
                .execution_options(synchronize_session=False),
            )
    if chosen:
        events.add_many(
            ctx.session,
            FactKind.ESCALATED,
            scope=Scope.CASE,
            subjects=list(chosen),
            originator=originator_id,
            on=[ctx.today] * len(chosen),
            at=ctx.now,
            actor=ctx.actor,
            once=[ctx.today.isoformat()] * len(chosen),
            detail=[
                {"to": owner, "before": row.owner, "because": f"due {row.due_on}"} for owner, row in chosen.values()
            ],
        )
        ctx.audit("escalate_cases", public_id(Prefix.CASE, next(iter(chosen))), cases=len(chosen))
    return len(chosen)
