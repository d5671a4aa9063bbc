"""What else in the house waits for its second person: who asked, for what, how much, since when, and until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpState
from ingather.domain.payouts import PayoutState
from ingather.domain.reconciliation import MatchKind
from ingather.store.tables import (
    Case,
    Fact,
    Feed,
    FollowUp,
    Match,
    Merchant,
    MerchantLoss,
    Order,
    Payout,
    ReportSignOff,
)

MOST = 100
"""How many of each are listed."""
_UNMATCHED = (
    CaseKind.UNMATCHED_RETURN, CaseKind.UNMATCHED_BY_HAND, CaseKind.MISROUTED_RETURN, CaseKind.WRONG_DATA_RETURN
)  # fmt: skip
"""Cases of returns that moved no order, about which a debit may be proposed; their subject is the return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that another person has to approve: ``address`` is the page on which that is done.

    ``name`` names it, ``sentence`` is what its maker said; amounts are in minor units.
    """

    kind: str
    name: str
    sentence: str
    minor: int | None
    maker: str
    since: date | datetime
    last_day: date | None
    address: str


def asked_of_others(session: Session) -> list[Asked]:
    """Return what waits for a second person besides files: those with the soonest last day first."""
    found = [
        *_follow_ups(session),
        *_matches(session),
        *_payouts(session),
        *_losses(session),
        *_sign_offs(session),
    ]
    return sorted(found, key=lambda each: (each.last_day is None, each.last_day, each.kind, each.name))


def _follow_ups(session: Session) -> Iterator[Asked]:
    rows = session.execute(
        select(FollowUp, Order.external_id)
        .join(Order, Order.id == FollowUp.order_id)
        .where(FollowUp.state == FollowUpState.ASKED)
        .order_by(FollowUp.id)
        .limit(MOST)
    )
    for row, external_id in rows:
        yield Asked(
            kind=row.kind, name=external_id, sentence=row.words, minor=row.amount_cents, maker=row.maker,
            since=row.asked_on, last_day=row.last_day, address=f"/orders/{public_id(Prefix.ORDER, row.order_id)}",
        )  # fmt: skip


def _matches(session: Session) -> Iterator[Asked]:
    """Yield matches by hand that somebody proposed, and matches that somebody wants undone."""
    waiting = select(Case).where(Case.state == CaseState.OPEN, Case.kind.in_(_UNMATCHED))
    cases = {row.id: row for row in session.scalars(waiting.order_by(Case.id).limit(MOST))}
    notes = session.scalars(
        select(Fact)
        .where(Fact.scope == Scope.CASE, Fact.kind == FactKind.NOTED, Fact.subject_id.in_(sorted(cases)))
        .order_by(Fact.seq)
    )
    # The newest note with a debit is the proposal; one without takes it back.
    newest = {note.subject_id: note for note in notes if "entry" in note.detail}
    for case_id, note in newest.items():
        if note.detail["entry"]:
            case = cases[case_id]
            yield Asked(
                kind="match", name=case.subject, sentence=str(note.detail.get("reason", "")),
                minor=case.suspense_minor, maker=note.actor, since=note.recorded_at, last_day=case.due_on,
                address=f"/returns/{case.subject}",
            )  # fmt: skip
    undone = select(Match).where(Match.undo_asked_by.is_not(None), Match.undone_at.is_(None))
    for row in session.scalars(undone.order_by(Match.id).limit(MOST)):
        of_return = row.kind == MatchKind.RETURN
        subject = public_id(Prefix.RETURN, row.subject_id) if of_return else ""
        yield Asked(
            kind="undo_match", name=subject or public_id(Prefix.MATCH, row.id), sentence="", minor=row.amount_minor,
            maker=row.undo_asked_by or "", since=row.matched_at, last_day=None,
            address=f"/returns/{subject}" if subject else "/reconciliation",
        )  # fmt: skip


def _payouts(session: Session) -> Iterator[Asked]:
    """Yield the payouts that are due, together: they are approved together."""
    rows = session.execute(
        select(func.count(), func.sum(Payout.amount_minor), func.min(Payout.asked_by), func.min(Payout.made_on))
        .where(Payout.state == PayoutState.DUE)
    ).one()  # fmt: skip
    count, minor, maker, since = rows
    if count:
        yield Asked(
            kind="payouts", name=str(count), sentence="", minor=int(minor or 0), maker=maker, since=since,
            last_day=None, address="/payouts",
        )  # fmt: skip


def _losses(session: Session) -> Iterator[Asked]:
    rows = session.execute(
        select(MerchantLoss, Merchant.name)
        .join(Merchant, Merchant.id == MerchantLoss.merchant_id)
        .where(MerchantLoss.approved_by.is_(None))
        .order_by(MerchantLoss.id)
        .limit(MOST)
    )
    for row, name in rows:
        yield Asked(
            kind="loss", name=name, sentence=row.reason, minor=row.amount_minor, maker=row.asked_by,
            since=row.asked_at, last_day=None, address=f"/owed/{public_id(Prefix.MERCHANT, row.merchant_id)}",
        )  # fmt: skip


def _sign_offs(session: Session) -> Iterator[Asked]:
    rows = session.execute(
        select(ReportSignOff, Feed.bank)
        .join(Feed, Feed.id == ReportSignOff.feed_id)
        .where(ReportSignOff.signed_by.is_(None))
        .order_by(ReportSignOff.id)
        .limit(MOST)
    )
    for row, bank in rows:
        day = row.on_date.isoformat()
        yield Asked(
            kind="sign_off", name=f"{bank} {day}", sentence=row.reason, minor=None, maker=row.asked_by,
            since=row.asked_at, last_day=None,
            address=f"/approvals/sign-offs/{public_id(Prefix.FEED, row.feed_id)}/{day}",
        )  # fmt: skip
