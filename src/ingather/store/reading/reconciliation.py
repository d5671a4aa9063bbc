"""Postings on an account that nothing explains yet, and what a banking day's postings come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select, text
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.reconciliation import MatchKind
from ingather.domain.reports import ReportState
from ingather.reports.feed import family_of
from ingather.reports.items import Carrier, PostingEvent
from ingather.rules.banks import load_profile
from ingather.rules.reconciliation import NO_REFERENCE, Moves, named_in
from ingather.store.asking import Value, asked
from ingather.store.tables import BankDay, BankPosting, BankProfileRow, Feed, Match, Posting, Report, Route

# As the partial index says it, so that the index answers.
_UNMATCHED = text("NOT bank_postings.matched AND bank_postings.of_record")
_AT_ONCE = 5_000
OF_POSTINGS = (
    MatchKind.SETTLEMENT,
    MatchKind.RETURN_POSTING,
    MatchKind.FEE_POSTING,
    MatchKind.PAYOUT_POSTING,
    MatchKind.ADJUSTMENT_POSTING,
    MatchKind.BY_HAND,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexplained:
    """Postings of record that nothing explains: as the rules see them, the days they were booked, their codes."""

    moves: Moves
    booked_on: list[date]
    code: list[str]
    report_id: list[int]
    suspended: set[int]


def unexplained(session: Session, feed: Feed, *, since: date, through: date) -> Unexplained:
    """Return the final postings of record of an account that nothing explains, the oldest first.

    Those of days before ``since``, the account's first statement, are in its opening balance.
    """
    rows = session.execute(*_unexplained(feed_id=feed.id, since=since, through=through)).all()
    named = [named_in(row.customer_ref or "") for row in rows]
    moves = Moves(
        key=[row.id for row in rows],
        amount=[row.amount_minor for row in rows],
        on=[row.value_on for row in rows],
        event=[row.event for row in rows],
        bank_ref=[row.bank_ref.strip() for row in rows],
        company=[(row.company_identification or "").strip() for row in rows],
        origination_file=[row.origination_file or file for row, (file, _, _) in zip(rows, named, strict=True)],
        batch_number=[row.batch_number or batch for row, (_, batch, _) in zip(rows, named, strict=True)],
        trace=[row.trace or trace for row, (_, _, trace) in zip(rows, named, strict=True)],
        reference=[(row.reference or "").strip() for row in rows],
    )
    return Unexplained(
        moves=moves,
        booked_on=[row.booked_on or row.value_on for row in rows],
        code=[row.code for row in rows],
        report_id=[row.report_id for row in rows],
        suspended=suspended(session, feed.originator_id, moves.key),
    )


@asked()
def _unexplained(feed_id: Value, since: Value, through: Value) -> Select[*tuple[Any, ...]]:
    return (
        select(
            BankPosting.id, BankPosting.amount_minor, BankPosting.value_on, BankPosting.event, BankPosting.bank_ref,
            BankPosting.company_identification, BankPosting.origination_file, BankPosting.batch_number,
            BankPosting.trace, BankPosting.reference, BankPosting.customer_ref, BankPosting.booked_on,
            BankPosting.code, BankPosting.report_id,
        )
        .where(
            _UNMATCHED,
            BankPosting.feed_id == feed_id,
            BankPosting.value_on <= through,
            func.coalesce(BankPosting.booked_on, BankPosting.value_on) >= since,
            BankPosting.provisional.is_(False),
        )
        .order_by(BankPosting.value_on, BankPosting.id)
    )  # fmt: skip


def suspended(session: Session, originator_id: int, posting_ids: Sequence[int]) -> set[int]:
    """Return which of these bank postings stand in suspense in the ledger, or stood there before."""
    found: set[int] = set()
    for start in range(0, len(posting_ids), _AT_ONCE):
        found.update(
            session.scalars(
                select(Posting.source_id).where(
                    Posting.originator_id == originator_id,
                    Posting.kind == JournalKind.BANK_UNKNOWN,
                    Posting.batch_id == 0,
                    Posting.merchant_id == 0,
                    Posting.account == LedgerAccount.BANK_SUSPENSE,
                    Posting.source_id.in_(posting_ids[start : start + _AT_ONCE]),
                )
            )
        )
    return found


def named_refs(moves: Moves) -> list[str]:
    """Return the bank's references of these postings, each once, that name something."""
    return sorted(set(moves.bank_ref) - NO_REFERENCE)


def booked_on(feed_id: int, day: date) -> Any:  # noqa: ANN401 -- a condition, as SQLAlchemy makes it
    """Return the condition that a posting of record was booked on an account on a day."""
    return and_(
        BankPosting.feed_id == feed_id,
        BankPosting.of_record,
        BankPosting.provisional.is_(False),
        or_(BankPosting.booked_on == day, and_(BankPosting.booked_on.is_(None), BankPosting.value_on == day)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySums:
    """What the postings of a day come to: as their matches say, and what nothing explains, by event."""

    postings: int
    total: int
    matched: int
    automatic: int
    by_kind: dict[str, int]
    open_by_event: dict[str, int]


def day_sums(session: Session, feed_id: int, day: date) -> DaySums:
    """Return the sums of an account's postings of record of a day."""
    mine = booked_on(feed_id, day)
    by_hand = exists().where(
        Match.subject_id == BankPosting.id, Match.undone_at.is_(None), Match.kind == MatchKind.BY_HAND
    )
    rows = session.execute(
        select(BankPosting.matched, BankPosting.event, func.count(), func.sum(BankPosting.amount_minor))
        .where(mine)
        .group_by(BankPosting.matched, BankPosting.event)
    ).all()
    explained = session.execute(
        select(Match.kind, func.sum(Match.amount_minor))
        .join(BankPosting, BankPosting.id == Match.subject_id)
        .where(mine, Match.undone_at.is_(None), Match.kind.in_(OF_POSTINGS))
        .group_by(Match.kind)
    )
    hands = session.scalar(select(func.count()).select_from(BankPosting).where(mine, by_hand)) or 0
    matched = sum(row[2] for row in rows if row.matched)
    return DaySums(
        postings=sum(row[2] for row in rows),
        total=sum(int(row[3]) for row in rows),
        matched=matched,
        automatic=matched - hands,
        by_kind={kind: int(cents) for kind, cents in explained},
        open_by_event={row.event: int(row[3]) for row in rows if not row.matched},
    )


def open_settlements(sums: DaySums) -> int:
    """Return the cents of a day's settlement postings that nothing explains."""
    return sum(sums.open_by_event.get(event, 0) for event in (PostingEvent.SETTLEMENT, PostingEvent.REVERSAL))


def open_returns(sums: DaySums) -> int:
    """Return the cents of a day's return postings that nothing explains."""
    events = (PostingEvent.RETURN, PostingEvent.CREDIT_RETURN, PostingEvent.REJECTION)
    return sum(sums.open_by_event.get(event, 0) for event in events)


def statement_of(session: Session, feed_id: int, day: date) -> Row[int | None, int | None] | None:
    """Return the opening and closing balance of the statement of a day, the newest that stands; None without one.

    A statement is a report of the carrier that the account's profile calls its books.
    """
    carriers = _carriers_of_record(session, feed_id)
    return session.execute(*_statement_of(feed_id=feed_id, day=day, carriers=carriers)).first()


@asked("carriers")
def _statement_of(feed_id: Value, day: Value, carriers: Value) -> Select[int | None, int | None]:
    return (
        select(Report.opening_minor, Report.closing_minor)
        .where(
            Report.feed_id == feed_id,
            Report.business_on == day,
            Report.state == ReportState.TAKEN,
            Report.final,
            Report.closing_minor.is_not(None),
            Report.carrier.in_(carriers),
        )
        .order_by(Report.id.desc())
        .limit(1)
    )


def first_statement(session: Session, feed_id: int) -> Row[date | None, int | None, int] | None:
    """Return day, opening balance and key of an account's earliest final statement; None without one."""
    carriers = _carriers_of_record(session, feed_id)
    return session.execute(*_first_statement(feed_id=feed_id, carriers=carriers)).first()


@asked("carriers")
def _first_statement(feed_id: Value, carriers: Value) -> Select[date | None, int | None, int]:
    return (
        select(Report.business_on, Report.opening_minor, Report.id)
        .where(
            Report.feed_id == feed_id,
            Report.state == ReportState.TAKEN,
            Report.final,
            Report.opening_minor.is_not(None),
            Report.business_on.is_not(None),
            Report.carrier.in_(carriers),
        )
        .order_by(Report.business_on, Report.id)
        .limit(1)
    )


def last_statement_on(session: Session, feed_id: int, *, through: date) -> date | None:
    """Return the day of an account's last final statement through a day; None without one."""
    carriers = _carriers_of_record(session, feed_id)
    found: date | None = session.scalar(*_last_statement_on(feed_id=feed_id, through=through, carriers=carriers))
    return found


@asked("carriers")
def _last_statement_on(feed_id: Value, through: Value, carriers: Value) -> Select[date | None]:
    return select(func.max(Report.business_on)).where(
        Report.feed_id == feed_id,
        Report.business_on <= through,
        Report.state == ReportState.TAKEN,
        Report.final,
        Report.closing_minor.is_not(None),
        Report.carrier.in_(carriers),
    )


@asked()
def _profile_of(feed_id: Value) -> Select[str]:
    return (
        select(BankProfileRow.toml)
        .join(Route, Route.bank_profile_id == BankProfileRow.id)
        .where(Route.feed_id == feed_id)
        .order_by(Route.priority, Route.id)
        .limit(1)
    )


def _carriers_of_record(session: Session, feed_id: int) -> list[Carrier]:
    """Return the carriers by which an account's books are kept; without a route, every one.

    A report of another carrier that comes first has balances too, and the postings of record are still to come.
    """
    profile = session.scalar(*_profile_of(feed_id=feed_id))
    if profile is None:
        return list(Carrier)
    family = load_profile(profile).posting.statement
    return [carrier for carrier in Carrier if family_of(carrier) == family]


def ledger_bank(session: Session, originator_id: int, *, through: date) -> int:
    """Return what the ledger has on its bank account at the end of a day, in minor units."""
    cents = session.scalar(
        select(func.sum(Posting.amount_minor)).where(
            Posting.originator_id == originator_id, Posting.account == LedgerAccount.BANK, Posting.on_date <= through
        )
    )
    return int(cents or 0)


def statements_through(session: Session, originator_id: int, *, through: date) -> int:
    """Return what the statements of all accounts say of the end of a day: of each its last one through that day."""
    total = 0
    for feed_id in session.scalars(select(Feed.id).where(Feed.originator_id == originator_id)).all():
        day = last_statement_on(session, feed_id, through=through)
        row = statement_of(session, feed_id, day) if day is not None else None
        total += int(row.closing_minor or 0) if row is not None else 0
    return total


def clearing_of(session: Session, originator_id: int, batch_ids: Sequence[int]) -> dict[int, int]:
    """Return what stands in clearing for these batches, without those that come to nothing."""
    found: dict[int, int] = {}
    for start in range(0, len(batch_ids), _AT_ONCE):
        rows = session.execute(
            select(Posting.batch_id, func.sum(Posting.amount_minor))
            .where(
                Posting.originator_id == originator_id,
                Posting.batch_id.in_(batch_ids[start : start + _AT_ONCE]),
                Posting.account == LedgerAccount.BANK_CLEARING,
            )
            .group_by(Posting.batch_id)
            .having(func.sum(Posting.amount_minor) != 0)
        )
        found |= {batch_id: int(cents) for batch_id, cents in rows}
    return found


def bank_day(session: Session, feed_id: int, day: date) -> BankDay | None:
    """Return an account's banking day as it was closed; None while it never was."""
    return session.scalar(select(BankDay).where(BankDay.feed_id == feed_id, BankDay.on_date == day))


def barred(session: Session, posting_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return what persons said does not explain these postings: pairs of posting and target whose match was undone."""
    found: set[tuple[int, int]] = set()
    for start in range(0, len(posting_ids), _AT_ONCE):
        rows = session.execute(
            select(Match.subject_id, Match.target_id).where(
                Match.subject_id.in_(posting_ids[start : start + _AT_ONCE]), Match.undone_at.is_not(None)
            )
        )
        found.update((subject, target) for subject, target in rows)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreconciled:
    """Postings of an account that nothing explains: how many, their cents without signs, the oldest one and its day."""

    account: str
    count: int
    minor: int
    oldest: str
    on: date


def unexplained_until(session: Session, originator_id: int, *, before: date) -> list[Unreconciled]:
    """Return, of each account, the postings of record of days before one that nothing explains; none is no row."""
    found = []
    for feed in session.scalars(select(Feed).where(Feed.originator_id == originator_id, Feed.opened_on.is_not(None))):
        rows = session.execute(
            select(BankPosting.id, BankPosting.value_on, BankPosting.amount_minor)
            .where(
                _UNMATCHED,
                BankPosting.feed_id == feed.id,
                BankPosting.value_on < before,
                BankPosting.value_on >= feed.opened_on,
                BankPosting.provisional.is_(False),
                BankPosting.amount_minor != 0,
            )
            .order_by(BankPosting.value_on, BankPosting.id)
        ).all()
        if rows:
            found.append(
                Unreconciled(
                    account=f"{feed.bank} ...{feed.account_last4}",
                    count=len(rows),
                    minor=sum(abs(row.amount_minor) for row in rows),
                    oldest=public_id(Prefix.POSTING, rows[0].id),
                    on=rows[0].value_on,
                )
            )
    return found
