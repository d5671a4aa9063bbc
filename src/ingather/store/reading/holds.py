"""Money on hold: what settled or is on its way and is not collected yet, by the day on which its hold ends."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.domain.files import AT_THE_BANK
from ingather.rules.calendar import hold_until
from ingather.store.reading.nights import returned_of
from ingather.store.tables import Batch, Feed, File, Merchant, Route


@dataclass(slots=True, kw_only=True)  # mutable -- filled in while rows are read
class Held:
    """What is released together: its day, its night, the account whose reports it waits for.

    ``complete_through`` is how far those reports are complete. Amounts are minor units by the merchant's name; without
    ``settled`` the day is counted from the day on which it will settle.
    """

    releases_on: date
    night_on: date
    bank: str
    complete_through: date | None
    settled: bool
    orders: int = 0
    minor: int = 0
    by_merchant: dict[str, int] = field(default_factory=dict)


def on_hold(session: Session, *, buffers: dict[int, int]) -> list[Held]:
    """Return what is on hold, the earliest release first; ``buffers`` are the banking days added on each route."""
    rows = session.execute(
        select(
            Batch.id, Batch.entries, Batch.debit_cents, Batch.effective_on, Batch.settled_on, Batch.hold_until,
            Merchant.name, File.night_on, File.route_id, Feed.bank, Feed.watermark_on,
        )
        .join(File, File.id == Batch.file_id)
        .join(Merchant, Merchant.id == Batch.merchant_id)
        .join(Route, Route.id == File.route_id)
        .join(Feed, Feed.id == Route.feed_id)
        .where(
            Batch.released.is_(False), Batch.rejected.is_(False), Batch.debit_cents > 0,
            File.state.in_(sorted(AT_THE_BANK)),
        )
    ).all()  # fmt: skip
    if not rows:
        return []
    back = returned_of(session, [row.id for row in rows], since=min(row.effective_on for row in rows))
    found: dict[tuple[date, date, str], Held] = {}
    for row in rows:
        day = row.hold_until or hold_until(row.effective_on, buffer_days=buffers.get(row.route_id, 1))
        held = found.setdefault(
            (day, row.night_on, row.bank),
            Held(
                releases_on=day, night_on=row.night_on, bank=row.bank, complete_through=row.watermark_on,
                settled=row.settled_on is not None,
            ),
        )  # fmt: skip
        count, minor = back.get(row.id, (0, 0))
        held.orders += row.entries - count
        held.minor += row.debit_cents - minor
        held.by_merchant[row.name] = held.by_merchant.get(row.name, 0) + row.debit_cents - minor
    return [found[key] for key in sorted(found) if found[key].orders]
