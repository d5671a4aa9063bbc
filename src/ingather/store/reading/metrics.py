"""The figures of a book that somebody watches: counts by state, ages and lags, each a small question.

Orders are counted by one pass over their table, since no index by state is worth what it would cost every change of
state; whoever asks again and again keeps the answer for a while.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.files import NOT_SENT
from ingather.domain.webhooks import EndpointState, MessageState
from ingather.domain.work import WorkKind
from ingather.rules.rates import RateTerms, ReturnRate, Slice
from ingather.store.rates import read_rates
from ingather.store.tables import Book, Case, Fact, Feed, File, Order, WebhookEndpoint, WebhookMessage, WorkRun


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDay:
    """Through which banking day the reports of a feed are complete, None for none."""

    feed: str
    complete_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointQueue:
    """A webhook endpoint: messages that are still to be delivered, and facts nobody has made messages of yet."""

    endpoint: str
    state: str
    due: int
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFigures:
    """What a book's state is in numbers; ``restored`` is the mark, not a look at the host's memory."""

    mark: str
    restored: bool
    last_night_on: date | None
    night_ended_at: datetime | None
    orders: dict[str, int]
    files: dict[str, int]
    oldest_unsent_at: datetime | None
    open_cases: int
    overdue_cases: int
    feeds: tuple[FeedDay, ...]
    queues: tuple[EndpointQueue, ...]
    rates: tuple[ReturnRate, ...]


def read_figures(session: Session, originator_id: int, *, today: date, rates: RateTerms) -> BookFigures:
    """Return the figures of a book on a New York date; the rates are those of all debits together."""
    book = session.execute(select(Book)).scalar_one()
    open_cases = select(func.count()).where(Case.originator_id == originator_id, Case.state == CaseState.OPEN)
    unsent = select(func.min(File.sealed_at)).where(
        File.originator_id == originator_id, File.state.in_(sorted(NOT_SENT))
    )
    return BookFigures(
        mark=book.mark,
        restored=book.state == "restored",
        last_night_on=book.last_night_on,
        night_ended_at=session.scalar(select(func.max(WorkRun.ended_at)).where(WorkRun.kind == WorkKind.NIGHT)),
        orders=_by_state(session, originator_id, Order),
        files=_by_state(session, originator_id, File),
        oldest_unsent_at=session.scalar(unsent),
        open_cases=session.scalar(open_cases) or 0,
        overdue_cases=session.scalar(open_cases.where(Case.due_on < today)) or 0,
        feeds=tuple(
            FeedDay(feed=public_id(Prefix.FEED, key), complete_on=day)
            for key, day in session.execute(
                select(Feed.id, Feed.watermark_on).where(Feed.originator_id == originator_id).order_by(Feed.id)
            )
        ),
        queues=_queues(session, originator_id),
        rates=read_rates(session, originator_id, as_of=today, terms=rates, by=(Slice.ALL,)),
    )


def _by_state(session: Session, originator_id: int, table: type[Order] | type[File]) -> dict[str, int]:
    rows = session.execute(
        select(table.state, func.count()).where(table.originator_id == originator_id).group_by(table.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 -- rows of two are a mapping only once they are unpacked


def _queues(session: Session, originator_id: int) -> tuple[EndpointQueue, ...]:
    waiting = (
        select(WebhookMessage.endpoint_id, func.count().label("due"))
        .where(WebhookMessage.state == MessageState.DUE)
        .group_by(WebhookMessage.endpoint_id)
        .subquery()
    )
    last = session.scalar(select(func.max(Fact.seq))) or 0
    rows = session.execute(
        select(WebhookEndpoint.id, WebhookEndpoint.state, WebhookEndpoint.cursor, waiting.c.due)
        .outerjoin(waiting, waiting.c.endpoint_id == WebhookEndpoint.id)
        .where(WebhookEndpoint.originator_id == originator_id)
        .order_by(WebhookEndpoint.id)
    )
    return tuple(
        EndpointQueue(
            endpoint=public_id(Prefix.WEBHOOK, key),
            state=state,
            due=due or 0,
            behind=max(0, last - cursor) if state == EndpointState.ENABLED else 0,
        )
        for key, state, cursor, due in rows
    )
