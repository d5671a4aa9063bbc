"""Accounts of ours at banks: how far their reports are complete, what is missing, and days declared complete."""

from datetime import date
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.reconciliation.signing_off import sign_off_reports
from ingather.api.calls import Call
from ingather.api.routes import Routes
from ingather.api.shapes import Day, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix
from ingather.domain.refusals import NoSuch, WrongState
from ingather.domain.users import Permission
from ingather.store.reading import reports

routes = Routes("feeds")
FeedId = Annotated[str, in_path("fed", "an account")]
DayInPath = Annotated[Day, Path(description="A banking day.", examples=["2026-11-23"])]


class Feed(Shown):
    """One account of ours: through which day its reports are complete."""

    id: Annotated[str, id_field("fed", "the account")]
    bank: str
    account: str = Field(description="Its last four digits.")
    complete_through: date | None
    complete_behind_gaps: list[date] = Field(description="Later days that are complete, with a gap before them.")
    newest_report: date | None
    closing_minor: int | None
    closing_on: date | None
    gaps: int


class Feeds(Shown):
    """All accounts of ours; they are few."""

    data: list[Feed]


class Gap(Shown):
    """What is missing of an account's reports, or a day that waits for a second signature."""

    feed: str
    kind: str = Field(description="report_gap, report_late, balance_break or sign_off_asked; more may be added.")
    what: str
    sentence: str
    since: date
    due_on: date | None
    case: str | None


class Gaps(Shown):
    """Everything that is missing."""

    data: list[Gap]


class AskedDay(Reasoned):
    """A day to declare complete although its report never came."""

    day: Day


class SignOff(Shown):
    """How a day's declaration stands."""

    feed: str
    day: date
    state: str = Field(description="asked, or signed by a second person")


@routes.get("/feeds", needs=Permission.REPORTS_READ, returns=Feeds, may=(422,))
def list_feeds(call: Call) -> Response:
    """List the accounts whose reports are taken, and through which day those are complete."""
    with call.view() as ctx:
        return call.show(Feeds(data=[Feed(**row) for row in reports.feeds(ctx.session)]))


@routes.get("/feeds/gaps", needs=Permission.REPORTS_READ, returns=Gaps, may=(422,))
def list_gaps(call: Call) -> Response:
    """List what is missing of the accounts' reports, and the days that wait for a second signature."""
    with call.view() as ctx:
        return call.show(Gaps(data=[Gap(**row) for row in reports.gaps(ctx.session)]))


@routes.post("/feeds/{feed_id}/sign-offs", needs=Permission.REPORTS_WRITE, returns=SignOff, status=201, money=False)
def ask_sign_off(call: Call, feed_id: FeedId, body: AskedDay) -> Response:
    """Ask to declare a day complete although its report never came; another person signs it."""

    def do(ctx: Context) -> SignOff:
        key = call.key_of(ctx, Prefix.FEED, feed_id)
        if reports.sign_off_asked(ctx.session, key, body.day):
            fact = f"somebody has asked to declare {body.day} complete already"
            raise WrongState(fact, "A second person signs it")
        state = sign_off_reports(ctx, key, body.day, reason=body.reason)
        return SignOff(feed=feed_id, day=body.day, state=state)

    return call.act(do)


@routes.post("/feeds/{feed_id}/sign-offs/{day}/sign", needs=Permission.SETTLEMENTS_APPROVE, returns=SignOff)
def sign_off_day(call: Call, feed_id: FeedId, day: DayInPath, body: Reasoned) -> Response:
    """Sign that a day is complete, as another person than who asked; what waited for it alone is released."""

    def do(ctx: Context) -> SignOff:
        key = call.key_of(ctx, Prefix.FEED, feed_id)
        if not reports.sign_off_asked(ctx.session, key, day):
            fact = f"nobody has asked to declare {day} complete"
            raise NoSuch(fact, "One person asks, another signs")
        return SignOff(feed=feed_id, day=day, state=sign_off_reports(ctx, key, day, reason=body.reason))

    return call.act(do)
