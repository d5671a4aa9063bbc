"""How far the reports of an account are complete, as the book has them: its watermark, its gaps, and their cases."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import assert_never

from sqlalchemy import Select, func, or_, select

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.reconciliation.statements import tied_days
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import AT_THE_BANK
from ingather.domain.reports import ReportState
from ingather.reports.feed import family_of, series_of
from ingather.reports.items import Carrier
from ingather.rules.banks import BankProfile, load_profile
from ingather.rules.calendar import is_banking_day, previous_banking_day
from ingather.rules.profile_parts import WatermarkNeeds
from ingather.rules.watermark import Completeness, Gap, GapKind, Terms, Told, completeness
from ingather.store.asking import Value, asked
from ingather.store.coverage import covered_of
from ingather.store.tables import BankProfileRow, Case, Feed, File, Report, ReportSignOff, Route

_STR = "str"
_BEFORE = timedelta(days=10)
"""How long before the watermark reports are looked at: the first of them says where numbers and balances go on from."""
_CASE_OF = {
    GapKind.NUMBER: CaseKind.REPORT_GAP,
    GapKind.DAY: CaseKind.REPORT_GAP,
    GapKind.UNTIED: CaseKind.REPORT_GAP,
    GapKind.LATE: CaseKind.REPORT_LATE,
    GapKind.BREAK: CaseKind.BALANCE_BREAK,
}
_KINDS = tuple(sorted(set(_CASE_OF.values())))


@asked()
def _first_due(feed_id: Value) -> Select[date | None]:
    return (
        select(func.min(File.effective_on))
        .join(Route, Route.id == File.route_id)
        .where(Route.feed_id == feed_id, File.state.in_(AT_THE_BANK))
    )


@asked()
def _signed_off(feed_id: Value) -> Select[date]:
    return select(ReportSignOff.on_date).where(ReportSignOff.feed_id == feed_id, ReportSignOff.signed_by.is_not(None))


@asked()
def _profile_of(feed_id: Value) -> Select[str]:
    return (
        select(BankProfileRow.toml)
        .join(Route, Route.bank_profile_id == BankProfileRow.id)
        .where(Route.feed_id == feed_id)
        .order_by(Route.priority, Route.id)
        .limit(1)
    )


def move_watermark(ctx: Context, feed_id: int) -> int:
    """Move a feed's watermark as far as its reports are complete; returns how many gaps are open.

    Each gap has a case, which closes when what was missing has come or two persons declared its days complete.
    """
    feed = ctx.session.execute(select(Feed).where(Feed.id == feed_id).with_for_update()).scalar_one()
    found = how_complete(ctx, feed)
    if found.through is not None and (feed.watermark_on is None or found.through > feed.watermark_on):
        feed.watermark_on = found.through
        ctx.fact(
            FactKind.WATERMARK,
            scope=Scope.FEED,
            subject=feed_id,
            originator=feed.originator_id,
            on=found.through,
            once=found.through.isoformat(),
        )
    if found.covered:
        for day in sorted(found.covered - covered_of(ctx.session, feed_id)):
            if feed.watermark_on is None or day > feed.watermark_on:
                ctx.fact(
                    FactKind.COVERED, scope=Scope.FEED, subject=feed_id, originator=feed.originator_id, on=day,
                    once=day.isoformat(),
                )  # fmt: skip
    _tell_gaps(ctx, feed, found.gaps)
    return len(found.gaps)


def how_complete(ctx: Context, feed: Feed) -> Completeness:
    """Return how far a feed's reports are complete by its bank's terms, and what is missing."""
    profile = profile_of_feed(ctx, feed.id)
    start = ctx.session.execute(*_first_due(feed_id=feed.id)).scalar()
    told = _told(ctx, feed, profile)
    if start is not None and feed.watermark_on is not None:
        start = max(start, feed.watermark_on)
    signed = ctx.session.scalars(*_signed_off(feed_id=feed.id))
    by_statement = profile.watermark.needs is WatermarkNeeds.STATEMENT
    proving = _proving(told, profile)
    days = {report.day for report in told if report.final and report.family in proving}
    if feed.watermark_on is not None:
        days = {day for day in days if day > feed.watermark_on}
    ties = tied_days(ctx, feed, sorted(days), terms=profile.posting) if by_statement else None
    if ties is not None and feed.watermark_on is not None:
        # What the watermark has passed is not asked again.
        ties |= {report.day: True for report in told if report.day <= feed.watermark_on}
    terms = Terms(
        numbered=profile.feed.sequence,
        chain=profile.feed.chain,
        proving=proving,
        tied=ties,
        signed=frozenset(signed),
        due_through=_due_through(ctx.now, profile) if start is not None else None,
    )
    return completeness(told, start=start, terms=terms)


def profile_of_feed(ctx: Context, feed_id: int) -> BankProfile:
    """Return the profile of the bank that tells of an account: that of its first route."""
    return load_profile(ctx.session.execute(*_profile_of(feed_id=feed_id)).scalar_one())


def _proving(told: list[Told], profile: BankProfile) -> frozenset[str]:
    """Return whose final report completes a day: STR, which tells of items, where it comes, else the statement."""
    if profile.watermark.needs is WatermarkNeeds.STATEMENT:
        return frozenset({profile.posting.statement})
    items = any(report.family == _STR and report.final for report in told)
    return frozenset({_STR if items else profile.posting.statement})


def _told(ctx: Context, feed: Feed, profile: BankProfile) -> list[Told]:
    mine = Report.feed_id == feed.id
    if profile.feed.sequence == "bank":
        same = select(Feed.id).where(Feed.originator_id == feed.originator_id, Feed.bank == feed.bank)
        mine = or_(mine, Report.feed_id.in_(same))
    recent = [Report.business_on >= feed.watermark_on - _BEFORE] if feed.watermark_on is not None else []
    rows = ctx.session.execute(
        select(
            Report.feed_id, Report.carrier, Report.business_on, Report.sequence, Report.final, Report.mode,
            Report.opening_minor, Report.closing_minor,
        ).where(mine, *recent, Report.state == ReportState.TAKEN, Report.business_on.is_not(None))
    )  # fmt: skip
    return [
        Told(
            series=series_of(Carrier(row.carrier)),
            family=family_of(Carrier(row.carrier)) if row.feed_id == feed.id else "",
            day=row.business_on,
            sequence=row.sequence,
            final=bool(row.final) and row.feed_id == feed.id,
            mode=row.mode or "DELTA",
            opening_minor=row.opening_minor,
            closing_minor=row.closing_minor,
        )
        for row in rows
    ]


def _due_through(now: datetime, profile: BankProfile) -> date | None:
    """Return the last banking day whose final report should be here by the bank's clock."""
    by = profile.feed.heartbeat_by
    if by is None:
        return None
    local = now.astimezone(profile.zone)
    today = local.date()
    return today if is_banking_day(today) and local.time() >= by else previous_banking_day(today)


def _tell_gaps(ctx: Context, feed: Feed, gaps: tuple[Gap, ...]) -> None:
    wanted = {(_CASE_OF[gap.kind], f"{feed.id}|{gap.name}"): gap for gap in gaps}
    rows = ctx.session.execute(
        select(Case.id, Case.kind, Case.once, Case.state).where(
            Case.originator_id == feed.originator_id, Case.kind.in_(_KINDS), Case.once.startswith(f"{feed.id}|")
        ),
    ).all()
    told = Counter((CaseKind(row.kind), row.once.partition("#")[0]) for row in rows)
    standing = {(CaseKind(row.kind), row.once.partition("#")[0]): row.id for row in rows if row.state == CaseState.OPEN}
    for (kind, once), gap in wanted.items():
        if (kind, once) not in standing:
            # What was missing, came and was withdrawn again is a new finding.
            times = told[kind, once]
            open_case(
                ctx,
                kind,
                originator_id=feed.originator_id,
                once=f"{once}#{times + 1}" if times else once,
                subject=public_id(Prefix.FEED, feed.id),
                sentence=_sentence(gap),
            )
    for key, case_id in standing.items():
        if key not in wanted:
            close_case(ctx, case_id, outcome="what was missing has come, or was signed off")


def _sentence(gap: Gap) -> str:
    what = f"{gap.words[0].upper()}{gap.words[1:]}"
    match gap.kind:
        case GapKind.NUMBER | GapKind.DAY:
            return (
                f"{what} never came, while later ones did. A return may hide in it: nothing it could cover is "
                "released. Ask the bank to deliver it again."
            )
        case GapKind.LATE:
            return f"{what} has not come by its hour. Nothing it could cover is released. Ask the bank for it."
        case GapKind.BREAK:
            return (
                f"{what}. Something was not told: nothing it could be about is released. Ask the bank what is missing, "
                "or to correct its report."
            )
        case GapKind.UNTIED:
            return (
                f"{what}, while later statements came. Returns may be missing: nothing they could be about is "
                "released. Ask the bank for them."
            )
        case _:
            assert_never(gap.kind)
