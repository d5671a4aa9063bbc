"""Reconciliation over HTTP: what moved on our accounts explained, what is open, and banking days closed and signed."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import AwareDatetime, Field

from ingather.actions.context import Context
from ingather.actions.reconciliation.by_hand import (
    Choice,
    choice_of_batch,
    choice_of_fee,
    choice_of_return,
    locked_posting,
    match_by_hand,
    undo_posting_match,
)
from ingather.actions.reconciliation.day_report import day_as_dict
from ingather.api.calls import Call, found, no_such
from ingather.api.feeds import DayInPath, FeedId
from ingather.api.merchant_keys import Bound
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Line, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix, public_id
from ingather.domain.reconciliation import DayState, MatchKind
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.reconcile import accounts_of, close_of, day_of_account, run_reconcile, sign_of
from ingather.reports.items import PostingEvent
from ingather.rules.calendar import FIRST_YEAR, LAST_YEAR
from ingather.store.reading import bank_days, bank_postings

routes = Routes("reconciliation")
PostingId = Annotated[str, in_path("pst", "a posting on an account of ours")]
MatchId = Annotated[str, in_path("mat", "a match")]
_TRACE = r"^[0-9]{15}$"


class Equation(Shown):
    """One thing that must hold of a day: both sides in minor units."""

    id: str
    sentence: str | None = None
    holds: bool
    left_minor: int
    right_minor: int


class Suspense(Shown):
    """Open questions about money of one kind."""

    kind: str
    owner: str
    count: int
    amount_minor: int
    oldest_on: date


class ClosedDay(Shown):
    """A banking day of an account as it was closed."""

    feed: Annotated[str, id_field("fed", "the account")]
    on: date
    state: str = Field(description=f"One of {', '.join(DayState)}; more may be added.")
    opening_minor: int
    closing_minor: int
    equations: list[Equation]
    open_items: int
    closed_at: AwareDatetime
    closed_by: str
    signed_at: AwareDatetime | None
    signed_by: str | None
    note: str | None
    page_sha256: str | None


class BankingDay(Shown):
    """How a banking day of an account stands now; ``closed`` is how it was closed, null where nobody did."""

    feed: str
    day: date
    balanced: bool
    statement: bool = Field(description="Whether the account's statement of the day has come.")
    gaps: int = Field(description="Reports of the account that never came.")
    equations: list[Equation]
    postings: int
    explained: int
    by_the_rules: int
    automatic_bps: int | None = Field(description="The share that the rules explained, in basis points.")
    suspense: list[Suspense] = Field(description="Open questions about money, of all days.")
    closed: ClosedDay | None = None


class ReconcileRun(Shown):
    """What a run explained, and how the last day of each account stands."""

    did: str
    explained: dict[str, int] = Field(description="How many postings each rule explained.")
    confirmed: int
    cases: int
    reopened: list[date] = Field(description="Signed days on which something was booked since.")
    days: list[BankingDay]


class Match(Shown):
    """What explains a posting, or a part of it."""

    id: Annotated[str, id_field("mat", "the match")]
    kind: str = Field(description=f"One of {', '.join(MatchKind)}; more may be added.")
    target: str
    amount_minor: int
    rule: str
    score: int = Field(description="From 0 to 100.")
    evidence: dict[str, Any]
    by: str
    on: date
    undone_because: str | None


class Suggestion(Shown):
    """What might explain a posting; it is shown and never recorded by itself."""

    kind: str
    target: str
    amount_minor: int
    on: date
    score: int


class Posting(Shown):
    """Money that moved on an account of ours, as its bank says."""

    id: Annotated[str, id_field("pst", "the posting")]
    feed: str
    report: str
    line: int
    code: str = Field(description="The bank's code, as type:code.")
    event: str = Field(description=f"What the code means: {', '.join(PostingEvent)}; more may be added.")
    amount_minor: int = Field(description="Positive for a credit to our account.")
    currency: str
    value_on: date
    bank_ref: str
    matched: bool
    provisional: bool = Field(description="Whether a final report has yet to confirm it.")


class PostingInFull(Posting):
    """One posting with what explains it, or what might."""

    matches: list[Match]
    suggestions: list[Suggestion]


class NewMatch(Reasoned):
    """What explains a posting: exactly one of a batch, a return, a charge, or the reason's own words."""

    batch: str | None = Field(default=None, description="The batch that settled, bat_...")
    returned: str | None = Field(default=None, alias="return", description="The return that it took, ret_...")
    fee: bool = Field(default=False, description="A charge of this amount that the bank told of.")
    note: bool = Field(default=False, description="None of these: the reason says what it is.")


class SignedNote(Body):
    """A sentence that is kept with a signature."""

    note: Annotated[str | None, Field(max_length=500)] = None


class PostingsQuery(PageQuery):
    """Which postings of record; the newest taken first."""

    matched: bool | None = Field(default=None, description="false: those that nothing explains.")
    feed: str | None = None
    report: str | None = None
    event: list[PostingEvent] | None = None
    trace: Annotated[str | None, Field(pattern=_TRACE)] = None
    bank_ref: Line | None = None
    value_from: Day | None = Field(default=None, alias="value_on[gte]")
    value_to: Day | None = Field(default=None, alias="value_on[lte]")
    amount_from: Bound = Field(default=None, alias="amount_minor[gte]")
    amount_to: Bound = Field(default=None, alias="amount_minor[lte]")


class DaysQuery(PageQuery):
    """Which closed days."""

    feed: str | None = None
    state: list[DayState] | None = None
    on_from: Day | None = Field(default=None, alias="on[gte]")
    on_to: Day | None = Field(default=None, alias="on[lte]")


@routes.post("/reconciliation/runs", needs=Permission.REPORTS_WRITE, returns=ReconcileRun, money=False, may=())
def reconcile_accounts(call: Call) -> Response:
    """Explain what can be explained on every account, and say how the last day of each stands."""

    def do(desk: Desk) -> ReconcileRun:
        run = run_reconcile(desk)
        return ReconcileRun(
            did=run.did, explained=dict(sorted(run.by_rule.items())), confirmed=run.confirmed, cases=run.cases,
            reopened=run.reopened, days=[BankingDay(**day_as_dict(each)) for each in run.days],
        )  # fmt: skip

    return call.run(do)


@routes.get("/reconciliation/days", needs=Permission.REPORTS_READ, returns=Page[ClosedDay])
def list_closed_days(call: Call, query: Annotated[DaysQuery, Query()]) -> Response:
    """List the banking days that were closed, with who signed them."""
    rows, meta = read_page(call, bank_days.LISTING, query, also=_keys(call, feed=query.feed))
    return call.show(Page[ClosedDay](data=[ClosedDay(**row) for row in rows], meta=meta))


@routes.get("/reconciliation/days/{feed_id}/{day}", needs=Permission.REPORTS_READ, returns=BankingDay)
def show_banking_day(call: Call, feed_id: FeedId, day: DayInPath) -> Response:
    """Return how a banking day of an account stands: its equations, its postings and what is open."""
    account = _account(call, feed_id, day)
    with call.view() as ctx:
        return call.show(_day(ctx, account, day))


@routes.post(
    "/reconciliation/days/{feed_id}/{day}/close", needs=Permission.REPORTS_WRITE, returns=BankingDay, money=False
)
def close_banking_day(call: Call, feed_id: FeedId, day: DayInPath) -> Response:
    """Close a banking day: explain what can be, and keep how it stands; another person signs it."""
    account = _account(call, feed_id, day)

    def do(ctx: Context) -> BankingDay:
        close_of(ctx, account, day)
        return _day(ctx, account, day)

    return call.act(do, read=lambda ctx: _day(ctx, account, day))


@routes.post(
    "/reconciliation/days/{feed_id}/{day}/sign", needs=Permission.SETTLEMENTS_APPROVE, returns=BankingDay,
    money=False, guarded=True,
)  # fmt: skip
def sign_banking_day(call: Call, feed_id: FeedId, day: DayInPath, body: SignedNote) -> Response:
    """Sign a closed day off, as another person than who closed it; If-Match names the day as it was read."""
    account = _account(call, feed_id, day)

    def do(ctx: Context) -> BankingDay:
        sign_of(ctx, account, day, note=body.note)
        return _day(ctx, account, day)

    return call.act(do, read=lambda ctx: _day(ctx, account, day))


@routes.get("/postings", needs=Permission.REPORTS_READ, returns=Page[Posting])
def list_postings(call: Call, query: Annotated[PostingsQuery, Query()]) -> Response:
    """List what moved on our accounts; ``matched=false`` leaves what nothing explains."""
    also = _keys(call, feed=query.feed, report=query.report)
    if query.trace is not None:
        also["trace"] = int(query.trace)
    rows, meta = read_page(call, bank_postings.LISTING, query, also=also)
    return call.show(Page[Posting](data=[Posting(**row) for row in rows], meta=meta))


@routes.get("/postings/{posting_id}", needs=Permission.REPORTS_READ, returns=PostingInFull)
def show_posting(call: Call, posting_id: PostingId) -> Response:
    """Return a posting with what explains it, or what might."""
    with call.view() as ctx:
        return call.show(_posting(ctx, call.key_of(ctx, Prefix.POSTING, posting_id)))


@routes.post("/postings/{posting_id}/match", needs=Permission.REPORTS_WRITE, returns=PostingInFull)
def match_posting(call: Call, posting_id: PostingId, body: NewMatch) -> Response:
    """Explain a posting by hand: by a batch, a return, a charge, or in words."""
    if sum((body.batch is not None, body.returned is not None, body.fee, body.note)) != 1:
        fact = "a posting is one thing"
        raise Unreadable(fact, "Send exactly one of batch, return, fee and note")

    def do(ctx: Context) -> PostingInFull:
        key = call.key_of(ctx, Prefix.POSTING, posting_id)
        row = locked_posting(ctx, key)
        if body.batch is not None:
            choice = choice_of_batch(ctx, call.key_of(ctx, Prefix.BATCH, body.batch))
        elif body.returned is not None:
            choice = choice_of_return(ctx, call.key_of(ctx, Prefix.RETURN, body.returned))
        else:
            choice = choice_of_fee(ctx, row.feed_id, row.amount_minor) if body.fee else Choice(kind=MatchKind.BY_HAND)
        match_by_hand(ctx, key, choice, reason=body.reason)
        return _posting(ctx, key)

    return call.act(do, read=lambda ctx: _posting(ctx, call.key_of(ctx, Prefix.POSTING, posting_id)))


@routes.post("/postings/{posting_id}/matches/{match_id}/undo", needs=Permission.REPORTS_WRITE, returns=PostingInFull)
def undo_match_of_posting(call: Call, posting_id: PostingId, match_id: MatchId, body: Reasoned) -> Response:
    """Undo a match of a posting, with the others of the same posting: it is in suspense again."""

    def do(ctx: Context) -> PostingInFull:
        key, match = call.key_of(ctx, Prefix.POSTING, posting_id), call.key_of(ctx, Prefix.MATCH, match_id)
        if match_id not in {each.id for each in _posting(ctx, key).matches}:
            raise no_such(Prefix.MATCH, match_id)
        undo_posting_match(ctx, match, reason=body.reason)
        return _posting(ctx, key)

    return call.act(do, read=lambda ctx: _posting(ctx, call.key_of(ctx, Prefix.POSTING, posting_id)))


def _account(call: Call, feed_id: str, day: date) -> BankRoute:
    if not FIRST_YEAR < day.year < LAST_YEAR:
        fact = f"no banking calendar is known around {day.year}"
        raise Unreadable(fact)
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.FEED, feed_id)
    return accounts_of(call.desk, public_id(Prefix.FEED, key))[0]


def _day(ctx: Context, account: BankRoute, day: date) -> BankingDay:
    ctx.session.flush()
    ctx.session.expire_all()  # what was written set by set is read anew
    report, closed = day_of_account(ctx, account, day)
    kept = ClosedDay(**bank_days.as_dict(closed)) if closed is not None else None
    return BankingDay(**day_as_dict(report), closed=kept)


def _posting(ctx: Context, key: int) -> PostingInFull:
    ctx.session.flush()
    ctx.session.expire_all()  # what was written set by set is read anew
    return PostingInFull(**found(bank_postings.shown(ctx.session, key), Prefix.POSTING, key))


def _keys(call: Call, *, feed: str | None, report: str | None = None) -> dict[str, int]:
    """Return the filters by these ids as their keys; raises ``NoSuch`` for ids of nothing."""
    asked = (("feed", Prefix.FEED, feed), ("report", Prefix.REPORT, report))
    with call.view() as ctx:
        return {name: call.key_of(ctx, prefix, text) for name, prefix, text in asked if text is not None}
