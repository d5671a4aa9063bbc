"""The ledger's bank account: every posting of record moves it once, out of clearing or into suspense.

So the bank account is the opening balance and the sum of the postings of record, always; and clearing, which says what
should move, comes to nothing for each batch. A line's source is the match, or the bank posting that nothing explains.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.base.ids import Prefix, public_id
from ingather.domain.ledger import JournalKind, journal
from ingather.store.bulk import insert_columns
from ingather.store.reading.reconciliation import first_statement
from ingather.store.tables import BankPosting, Feed, Posting

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """Movements of the bank account as columns; ``amount`` is positive for a credit to our account."""

    source_id: list[int] = field(default_factory=list)
    batch_id: list[int] = field(default_factory=list)
    amount: list[int] = field(default_factory=list)
    on: list[date] = field(default_factory=list)

    def add(self, source_id: int, amount: int, *, on: date, batch_id: int = 0) -> None:
        """Add one movement; one of nothing moves nothing."""
        if amount:
            self.source_id.append(source_id)
            self.batch_id.append(batch_id)
            self.amount.append(amount)
            self.on.append(on)


def book(ctx: Context, kind: JournalKind, movements: Movements, *, originator_id: int) -> None:
    """Book movements of one kind in bulk; none of them may be booked already."""
    if not movements.source_id:
        return
    sides = [journal(kind, merchant_id=0, amount_minor=amount) for amount in movements.amount]
    insert_columns(
        ctx.session,
        Posting,
        {
            "id": ctx.ids.many(2 * len(sides)).tolist(),
            "account": [str(line.account) for lines in sides for line in lines],
            "amount_minor": [line.amount_minor for lines in sides for line in lines],
            "batch_id": _twice(movements.batch_id),
            "source_id": _twice(movements.source_id),
            "on_date": [day for on in movements.on for day in (on.isoformat(),) * 2],
        },
        same={
            "originator_id": originator_id,
            "kind": kind,
            "merchant_id": 0,
            "currency": "USD",
            "recorded_at": ctx.now,
        },
    )


def open_account(ctx: Context, feed: Feed) -> None:
    """Let the ledger know an account from its first statement on, with the balance that it opened with.

    When an earlier statement comes late, the opening is that one's, and the difference is booked.
    """
    first = first_statement(ctx.session, feed.id)
    if first is None or (feed.opened_on is not None and first.business_on >= feed.opened_on):
        return
    difference = first.opening_minor - (feed.opening_minor or 0)
    post(
        ctx, JournalKind.OPENED, originator_id=feed.originator_id, source_id=first.id, on=first.business_on,
        amounts={(0, 0): difference},
    )  # fmt: skip
    feed.opening_minor, feed.opened_on = first.opening_minor, first.business_on
    ctx.audit(
        "open_account", public_id(Prefix.FEED, feed.id), on=first.business_on.isoformat(),
        opening_minor=first.opening_minor,
    )  # fmt: skip


def mark_explained(ctx: Context, posting_ids: Sequence[int], *, explained: bool = True) -> None:
    """Note of bank postings that their matches explain them in full, or do so no more."""
    for start in range(0, len(posting_ids), _AT_ONCE):
        ctx.session.execute(
            update(BankPosting)
            .where(BankPosting.id.in_(posting_ids[start : start + _AT_ONCE]))
            .values(matched=explained)
            .execution_options(synchronize_session=False)
        )


def suspend(ctx: Context, posting_ids: Sequence[int], *, originator_id: int) -> None:
    """Put bank postings into suspense that nothing explains and that the ledger does not know yet."""
    movements = Movements()
    for start in range(0, len(posting_ids), _AT_ONCE):
        rows = ctx.session.execute(
            select(BankPosting.id, BankPosting.amount_minor, BankPosting.booked_on, BankPosting.value_on)
            .where(BankPosting.id.in_(posting_ids[start : start + _AT_ONCE]))
            .order_by(BankPosting.id)
        )
        for key, amount, booked_on, value_on in rows:
            movements.add(key, amount, on=booked_on or value_on)
    book(ctx, JournalKind.BANK_UNKNOWN, movements, originator_id=originator_id)


def _twice(values: Sequence[int]) -> list[int]:
    return [value for value in values for _ in range(2)]
