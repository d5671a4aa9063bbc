"""Closing a banking day of an account: its equations as they stand, kept with a page, and signed by a second person.

A signed day is not changed. What changes it afterwards, a posting that comes late or a correction, opens it again.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.reconciliation.day_page import DayPage, page_of
from ingather.actions.reconciliation.day_report import DayReport, measure_day
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.reconciliation import DayState
from ingather.domain.refusals import MakerIsChecker, NoSuch, WrongState
from ingather.rules.calendar import is_banking_day
from ingather.rules.day_equations import Equation
from ingather.rules.profile_parts import PostingTerms
from ingather.store.reading.reconciliation import bank_day, statement_of
from ingather.store.tables import BankDay, Feed


def close_day(ctx: Context, feed: Feed, day: date, *, terms: PostingTerms) -> tuple[BankDay, str, DayReport]:
    """Keep how a day stands, and return it with its page; a day that does not balance is kept as open.

    The feed is locked by the caller. Raises ``WrongState`` for a day before the account's first statement, one without
    a statement, and one that is signed.
    """
    if feed.opened_on is None or day < feed.opened_on or not is_banking_day(day):
        fact = f"{day} is no banking day of this account's statements"
        raise WrongState(fact, f"They begin on {feed.opened_on}" if feed.opened_on else "Take its first statement")
    report = measure_day(ctx, feed, day, terms=terms)
    if not report.has_statement:
        fact = f"the statement of {day} has not come"
        raise WrongState(fact, "Ask the bank for it and take it: ingather inbound")
    row = bank_day(ctx.session, feed.id, day)
    if row is not None and row.state == DayState.SIGNED:
        fact = f"{day} is signed by {row.signed_by}"
        raise WrongState(fact, "Only what comes later opens it again")
    page = page_of(DayPage(report=report, made_at=ctx.now, made_by=ctx.actor))
    row = row or BankDay(id=ctx.ids.one(), originator_id=feed.originator_id, feed_id=feed.id, on_date=day)
    statement = statement_of(ctx.session, feed.id, day)
    row.state = DayState.BALANCED if report.balanced else DayState.OPEN
    row.opening_minor = int(statement.opening_minor or 0) if statement is not None else 0
    row.closing_minor = int(statement.closing_minor or 0) if statement is not None else 0
    row.equations = as_mapping(report.equations)
    row.open_items = report.open_items
    row.made_at, row.made_by, row.signed_by, row.signed_at = ctx.now, ctx.actor, None, None
    row.page_sha256, row.note = hashlib.sha256(page.encode()).digest(), None
    ctx.session.add(row)
    ctx.session.flush()
    ctx.fact(
        FactKind.RECONCILED, scope=Scope.FEED, subject=feed.id, originator=feed.originator_id, on=day,
        once=f"{day}|{ctx.now.isoformat()}", state=row.state, open=row.open_items,
    )  # fmt: skip
    ctx.audit("close_day", public_id(Prefix.FEED, feed.id), day=day.isoformat(), state=row.state)
    return row, page, report


def sign_day(ctx: Context, feed: Feed, day: date, *, terms: PostingTerms, note: str | None = None) -> BankDay:
    """Sign a balanced day off, as another person than the one who closed it; it must stand as it was closed.

    Raises ``NoSuch`` for a day that was not closed, ``MakerIsChecker``, and ``WrongState`` for one that is open, signed
    already, or not as it was closed.
    """
    row = bank_day(ctx.session, feed.id, day)
    if row is None:
        fact = f"{day} is not closed"
        raise NoSuch(fact, f"Close it first: ingather reconcile close {day}")
    if row.state == DayState.SIGNED:
        fact = f"{day} is signed already"
        raise WrongState(fact)
    if row.made_by == ctx.actor:
        raise MakerIsChecker
    now = measure_day(ctx, feed, day, terms=terms)
    if row.state != DayState.BALANCED or as_mapping(now.equations) != row.equations:
        fact = f"{day} is not balanced" if row.state == DayState.OPEN else f"{day} is not as it was closed"
        raise WrongState(fact, f"See what is open, then close it again: ingather reconcile close {day}")
    row.state, row.signed_by, row.signed_at, row.note = DayState.SIGNED, ctx.actor, ctx.now, note
    ctx.session.flush()
    ctx.fact(
        FactKind.SIGNED_OFF, scope=Scope.FEED, subject=feed.id, originator=feed.originator_id, on=day,
        once=f"{day}|{ctx.now.isoformat()}", note=note,
    )  # fmt: skip
    ctx.audit("sign_day", public_id(Prefix.FEED, feed.id), day=day.isoformat(), note=note)
    return row


def reopen_changed(ctx: Context, feed: Feed, days: Iterable[date]) -> list[date]:
    """Open closed days again on which something was booked meanwhile; returns the signed ones among them.

    ``days`` are those of postings that a run has seen for the first time: what was there before was booked before.
    """
    reopened: list[date] = []
    wanted = sorted(set(days))
    if not wanted:
        return reopened
    rows = ctx.session.scalars(
        select(BankDay).where(BankDay.feed_id == feed.id, BankDay.on_date.in_(wanted), BankDay.state != DayState.OPEN)
    ).all()
    for row in rows:
        if row.state == DayState.SIGNED:
            reopened.append(row.on_date)
        row.state, row.signed_by, row.signed_at = DayState.OPEN, None, None
        ctx.fact(
            FactKind.REOPENED, scope=Scope.FEED, subject=feed.id, originator=feed.originator_id, on=row.on_date,
            once=f"{row.on_date}|{ctx.now.isoformat()}",
        )  # fmt: skip
        ctx.audit("reopen_day", public_id(Prefix.FEED, feed.id), day=row.on_date.isoformat())
    ctx.session.flush()
    return reopened


def as_mapping(equations: Iterable[Equation]) -> dict[str, Any]:
    """Return equations as they are kept: both sides by name."""
    return {each.id: [each.left, each.right] for each in equations}
