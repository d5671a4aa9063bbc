"""Declaring a banking day's reports complete although one never came: one person asks, another signs."""

from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.reconciliation.feeds import advance_feed
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import MakerIsChecker, NoSuch, WrongState
from ingather.rules.calendar import is_banking_day
from ingather.store.tables import Feed, ReportSignOff


def sign_off_reports(ctx: Context, feed_id: int, on: date, *, reason: str) -> str:
    """Ask to declare a day's reports complete, or sign what another asked; returns ``asked`` or ``signed``.

    Once signed the day is complete, and what waited for it alone is released. Raises ``NoSuch``, ``MakerIsChecker``
    when who asked would sign, and ``WrongState`` for a day that is no banking day, is not over, or is signed already.
    """
    feed = ctx.session.execute(select(Feed).where(Feed.id == feed_id).with_for_update()).scalar_one_or_none()
    name = public_id(Prefix.FEED, feed_id)
    if feed is None:
        fact = f"there is no account {name}"
        raise NoSuch(fact, "ingather report feeds lists them")
    if not is_banking_day(on) or on > ctx.today:
        fact = f"{on} is no banking day that has come"
        raise WrongState(fact, "Name the day whose report is missing: ingather report gaps")
    row = ctx.session.scalar(
        select(ReportSignOff).where(ReportSignOff.feed_id == feed_id, ReportSignOff.on_date == on).with_for_update()
    )
    if row is None:
        asked = ReportSignOff(
            id=ctx.ids.one(), originator_id=feed.originator_id, feed_id=feed_id, on_date=on, reason=reason,
            asked_by=ctx.actor, asked_at=ctx.now,
        )  # fmt: skip
        ctx.session.add(asked)
        ctx.session.flush()
        ctx.fact(
            FactKind.ASKED, scope=Scope.FEED, subject=feed_id, originator=feed.originator_id, on=on,
            once=f"sign-off|{on}", reason=reason,
        )  # fmt: skip
        ctx.audit("ask_report_sign_off", name, day=on.isoformat(), reason=reason)
        return "asked"
    if row.signed_by is not None:
        fact = f"the reports of {on} are signed off already, by {row.signed_by}"
        raise WrongState(fact)
    if row.asked_by == ctx.actor:
        raise MakerIsChecker
    row.signed_by, row.signed_at = ctx.actor, ctx.now
    ctx.session.flush()
    ctx.fact(
        FactKind.SIGNED_OFF, scope=Scope.FEED, subject=feed_id, originator=feed.originator_id, on=on,
        once=on.isoformat(), reason=reason,
    )  # fmt: skip
    advance_feed(ctx, feed_id)
    ctx.audit("sign_report_off", name, day=on.isoformat(), reason=reason)
    return "signed"
