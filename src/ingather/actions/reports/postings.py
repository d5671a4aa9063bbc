"""Postings of a report: money that moved on our account, each once however many reports tell of it.

A posting with the bank's reference is the same in every report of its family. Without one, a report that tells of the
whole day tells of the same money again, and one that tells of what is new since the last report does not. What an
intraday report told provisionally the day's final report confirms.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update

from ingather.actions.context import Context
from ingather.actions.reports.once import Known, tell_apart
from ingather.domain.reports import ReportState
from ingather.reports.feed import family_of
from ingather.reports.items import Carrier
from ingather.reports.items import Report as Reading
from ingather.rules.reconciliation import NO_REFERENCE, named_in
from ingather.store.bulk import insert_columns
from ingather.store.tables import BankPosting, Feed, Report

_AT_ONCE = 2_000
_RETELLING = frozenset({"CUMULATIVE", "SNAPSHOT"})
_EOD = "EOD"
_MASKED_FROM = 8
_Key = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a report tells: in which feed and mode, for which day, and of which earlier reports it takes the place."""

    feed: Feed
    report_id: int
    day: date
    retells: bool
    final: bool
    replaces: frozenset[int] = frozenset()


def telling_of(reading: Reading, feed: Feed, report_id: int, *, day: date, replaces: frozenset[int]) -> Telling:
    """Return how a report tells."""
    return Telling(
        feed=feed,
        report_id=report_id,
        day=day,
        retells=reading.mode in _RETELLING,
        final=reading.kind == _EOD,
        replaces=replaces,
    )


def take_postings(ctx: Context, reading: Reading, telling: Telling, *, statement: str) -> int:
    """Keep the postings that are new and confirm those that were provisional; returns how many are new.

    ``statement`` is the carrier family that the account's books are kept by: only its postings are of record.
    """
    postings = reading.postings
    if not len(postings):
        return 0
    family = family_of(reading.carrier)
    refs = [ref.strip()[:40] for ref in postings.bank_ref]
    days = [(day or telling.day).isoformat() for day in postings.value_on]
    codes = [f"{kind}:{code}" for kind, code in zip(postings.code_type, postings.code, strict=True)]
    keys: list[_Key] = list(zip(days, refs, codes, postings.amount_minor, strict=True))
    # What is provisional and comes after the day's final report tells of nothing new.
    late = any(postings.provisional) and not telling.final and _closed(ctx, telling, family)
    known, provisional = _known(ctx, telling, family, keys, everything=telling.retells or late)
    found = tell_apart(keys, known)
    _confirm(
        ctx, telling, [key for index, key in found.known if key in provisional and not postings.provisional[index]]
    )
    new = found.new
    customer = [_customer_ref(postings.customer_ref[index]) for index in new]
    insert_columns(
        ctx.session,
        BankPosting,
        {
            "id": ctx.ids.many(len(new)).tolist(),
            "line": [postings.line[index] for index in new],
            "code": [codes[index] for index in new],
            "amount_minor": [postings.amount_minor[index] for index in new],
            "value_on": [days[index] for index in new],
            "bank_ref": [refs[index] for index in new],
            "occurrence": found.occurrence,
            "event": [str(postings.event[index]) for index in new],
            "provisional": [bool(postings.provisional[index]) for index in new],
            "customer_ref": customer,
            "reference": [postings.reference[index].strip()[:35] or None for index in new],
            "trace": [postings.trace[index] or None for index in new],
            "reason": [postings.reason[index].strip()[:4] or None for index in new],
            "company_identification": [postings.company_identification[index].strip()[:16] or None for index in new],
            "origination_file": [postings.origination_file[index].strip()[:16] or None for index in new],
            "batch_number": [postings.batch_number[index] or None for index in new],
            "items": [postings.items[index] or None for index in new],
        },
        same={
            "feed_id": telling.feed.id,
            "report_id": telling.report_id,
            "currency": reading.currency or "USD",
            "carrier": family,
            "of_record": family == statement,
            "booked_on": telling.day,
            "matched": False,
        },
    )
    return len(new)


def take_back_postings(ctx: Context, telling: Telling, posting_ids: Sequence[int]) -> None:
    """Keep the opposite of postings the bank no longer tells of: the account's sum is right again, and shows why."""
    rows = ctx.session.scalars(
        select(BankPosting).where(BankPosting.id.in_(posting_ids)).order_by(BankPosting.id)
    ).all()
    for row in rows:
        taken = ctx.session.scalar(
            select(func.max(BankPosting.occurrence)).where(
                BankPosting.feed_id == row.feed_id,
                BankPosting.carrier == row.carrier,
                BankPosting.value_on == row.value_on,
                BankPosting.bank_ref == row.bank_ref,
                BankPosting.code == row.code,
                BankPosting.amount_minor == -row.amount_minor,
            )
        )
        copied = {
            column.name: getattr(row, column.name)
            for column in BankPosting.__table__.columns
            if column.name not in {"id", "report_id", "amount_minor", "occurrence", "matched", "booked_on"}
        }
        ctx.session.add(
            BankPosting(
                id=ctx.ids.one(),
                report_id=telling.report_id,
                amount_minor=-row.amount_minor,
                occurrence=(taken or 0) + 1,
                matched=False,
                booked_on=telling.day,
                **copied,
            )
        )
        ctx.session.flush()


def posting_ids_of(ctx: Context, family: str, telling: Telling, keys: Sequence[_Key]) -> list[int]:
    """Return the postings of the replaced reports behind rows that are no longer told, one for each row.

    ``keys`` are as ``key_of_posting`` gives them; a posting that was known from elsewhere is not among them.
    """
    wanted: dict[_Key, int] = {}
    for key in keys:
        wanted[key] = wanted.get(key, 0) + 1
    found: list[int] = []
    for (day, ref, code, amount), times in wanted.items():
        rows = ctx.session.scalars(
            select(BankPosting.id)
            .where(
                BankPosting.feed_id == telling.feed.id,
                BankPosting.carrier == family,
                BankPosting.value_on == date.fromisoformat(day),
                BankPosting.bank_ref == ref,
                BankPosting.code == code,
                BankPosting.amount_minor == amount,
                BankPosting.report_id.in_(telling.replaces),
            )
            .order_by(BankPosting.occurrence.desc())
            .limit(times)
        )
        found += rows
    return found


def posting_keys(reading: Reading, day: date) -> list[Hashable]:
    """Return what identifies each posting of a report within its feed."""
    postings = reading.postings
    return [
        ((on or day).isoformat(), ref.strip()[:40], f"{kind}:{code}", amount)
        for on, ref, kind, code, amount in zip(
            postings.value_on, postings.bank_ref, postings.code_type, postings.code, postings.amount_minor, strict=True
        )
    ]


def _known(
    ctx: Context, telling: Telling, family: str, keys: Sequence[_Key], *, everything: bool
) -> tuple[dict[Hashable, list[Known]], set[int]]:
    """Return what the book has of these keys, and which of it is provisional."""
    value_days = [date.fromisoformat(day) for day in sorted({day for day, _, _, _ in keys})]
    mine = (BankPosting.feed_id == telling.feed.id, BankPosting.carrier == family)
    found: dict[Hashable, list[Known]] = {}
    provisional: set[int] = set()
    any_there = select(BankPosting.id).where(*mine, BankPosting.value_on.in_(value_days)).limit(1)
    if ctx.session.execute(any_there).first() is None:
        return found, provisional
    refs = sorted({ref for _, ref, _, _ in keys})
    for start in range(0, len(refs), _AT_ONCE):
        rows = ctx.session.execute(
            select(
                BankPosting.id, BankPosting.value_on, BankPosting.bank_ref, BankPosting.code, BankPosting.amount_minor,
                BankPosting.occurrence, BankPosting.provisional, BankPosting.report_id,
            )
            .where(
                *mine, BankPosting.value_on.in_(value_days), BankPosting.bank_ref.in_(refs[start : start + _AT_ONCE])
            )
            .order_by(BankPosting.occurrence)
        )  # fmt: skip
        for row in rows:
            same = (
                everything
                or row.bank_ref not in NO_REFERENCE
                or row.report_id in telling.replaces
                or (telling.final and bool(row.provisional))
            )
            key = (row.value_on.isoformat(), row.bank_ref, row.code, row.amount_minor)
            found.setdefault(key, []).append(Known(id=row.id, occurrence=row.occurrence, same=same))
            if row.provisional:
                provisional.add(row.id)
    return found, provisional


def _closed(ctx: Context, telling: Telling, family: str) -> bool:
    """Return whether the day's final report of this family was taken already: it told of everything."""
    carriers = [carrier for carrier in Carrier if family_of(carrier) == family]
    return (
        ctx.session.execute(
            select(Report.id).where(
                Report.feed_id == telling.feed.id,
                Report.business_on == telling.day,
                Report.carrier.in_(carriers),
                Report.final,
                Report.state == ReportState.TAKEN,
                Report.id != telling.report_id,
            )
        ).first()
        is not None
    )


def _confirm(ctx: Context, telling: Telling, posting_ids: Sequence[int]) -> None:
    for start in range(0, len(posting_ids), _AT_ONCE):
        ctx.session.execute(
            update(BankPosting)
            .where(BankPosting.id.in_(posting_ids[start : start + _AT_ONCE]))
            .values(provisional=False, booked_on=telling.day)
            .execution_options(synchronize_session=False)
        )


def _customer_ref(text: str) -> str | None:
    """Return a customer reference as it is kept: what names our file, batch or entry as it is, other numbers masked."""
    text = text.strip()[:80]
    if any(named_in(text)) or sum(letter.isdigit() for letter in text) < _MASKED_FROM:
        return text or None
    return f"...{text[-4:]}"
