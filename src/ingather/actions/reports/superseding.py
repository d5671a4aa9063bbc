"""A report that takes the place of another: what is new in it is applied, what it no longer tells of is for a person.

Money of the account is the bank's to say: postings and charges that are no longer told of are taken back by their
opposite. Returns, settlements and what else moved orders stay applied until a person has asked the bank.
"""

from collections import Counter
from collections.abc import Hashable

from sqlalchemy import select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.reports.adjustments import adjustment_ids_of, adjustment_keys, take_back_adjustments
from ingather.actions.reports.postings import Telling, posting_ids_of, posting_keys, take_back_postings
from ingather.actions.reports.settlements_told import settlement_keys
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.reports import ReportState
from ingather.reports.feed import family_of
from ingather.reports.items import Report as Reading
from ingather.store.tables import Report

_WORDS = {
    "returns": "return(s)",
    "settlements": "settlement(s)",
    "changes": "notification(s) of change",
    "dishonours": "dishonour(s)",
    "receipts": "receipt(s)",
    "postings": "posting(s)",
    "adjustments": "charge(s)",
}
_MOST_CORRECTIONS = 50


def chain_of(ctx: Context, corrected: Report | None) -> frozenset[int]:
    """Return the keys of a report and of those whose place it had taken itself."""
    found: set[int] = set()
    while corrected is not None and corrected.id not in found and len(found) < _MOST_CORRECTIONS:
        found.add(corrected.id)
        corrected = ctx.session.get(Report, corrected.corrects) if corrected.corrects else None
    return frozenset(found)


def supersede(ctx: Context, row: Report, corrected: Report) -> None:
    """Note that a report takes the place of another."""
    row.corrects, corrected.state = corrected.id, ReportState.SUPERSEDED
    ctx.fact(
        FactKind.SUPERSEDED, scope=Scope.REPORT, subject=corrected.id, originator=row.originator_id,
        once=str(row.id), by=public_id(Prefix.REPORT, row.id),
    )  # fmt: skip
    ctx.session.flush()


def tell_withdrawn(ctx: Context, row: Report, corrected: Report | None) -> None:
    """Open the case of a report that only takes another back: what that one did stays until a person has asked."""
    about = f"the report {corrected.name}" if corrected is not None else "a report that this book does not have"
    open_case(
        ctx,
        CaseKind.REPORT_CONFLICT,
        originator_id=row.originator_id,
        once=f"withdrawn|{row.id}",
        subject=public_id(Prefix.REPORT, corrected.id if corrected is not None else row.id),
        sentence=f"The bank withdraws {about}. What it told of stays applied, and its day is no longer complete. Ask "
        "the bank what stands instead.",
    )


def note_untold(
    ctx: Context, row: Report, corrected: Report, readings: tuple[Reading, Reading], tellings: tuple[Telling, Telling]
) -> int:
    """Take back the money that a correction no longer tells of, and open a case for each kind of item it left out.

    ``readings`` and ``tellings`` are those of the corrected report and of the correction. Returns how many items are
    missing.
    """
    before, after = readings
    missing = {
        kind: Counter(_keys(before, tellings[0])[kind]) - Counter(_keys(after, tellings[1])[kind]) for kind in _WORDS
    }
    postings = list(missing["postings"].elements())
    take_back_postings(
        ctx,
        tellings[1],
        posting_ids_of(ctx, family_of(before.carrier), tellings[1], postings),  # type: ignore[arg-type]  # its own keys
    )
    take_back_adjustments(
        ctx, row.originator_id, tellings[1],
        adjustment_ids_of(ctx, row.originator_id, tellings[1], missing["adjustments"]),
    )  # fmt: skip
    for kind, left_out in missing.items():
        if left_out:
            _tell(ctx, row, corrected, kind, left_out.total(), _cents(before, tellings[0], kind, left_out))
    return sum(left_out.total() for left_out in missing.values())


def _tell(ctx: Context, row: Report, corrected: Report, kind: str, count: int, cents: int) -> None:
    money = f" over {format_minor(cents)}" if cents else ""
    done = (
        "The account's books take it back"
        if kind in {"postings", "adjustments"}
        else "What it did stays as it is until a person has asked the bank"
    )
    open_case(
        ctx,
        CaseKind.REPORT_CONFLICT,
        originator_id=row.originator_id,
        once=f"untold|{row.id}|{kind}",
        subject=public_id(Prefix.REPORT, corrected.id),
        sentence=f"The correction {row.name} no longer tells of {count} {_WORDS[kind]}{money} of the report "
        f"{corrected.name}. {done}.",
    )


def _cents(reading: Reading, telling: Telling, kind: str, left_out: Counter[Hashable]) -> int:
    items = getattr(reading, kind)
    amounts = getattr(items, "amount_minor", None) or getattr(items, "amount_cents", None)
    if amounts is None:
        return 0
    by_key = dict(zip(_keys(reading, telling)[kind], amounts, strict=True))
    return sum(by_key[key] * times for key, times in left_out.items())


def _keys(reading: Reading, telling: Telling) -> dict[str, list[Hashable]]:
    back, changes, told, receipts = reading.returns, reading.changes, reading.dishonours, reading.receipts
    return {
        "returns": list(
            zip(back.klass, back.reason, back.iso_reason, back.original_trace, back.return_trace, back.amount_cents,
                [text.strip() for text in back.identification], strict=True)
        ),
        "settlements": settlement_keys(reading.settlements),
        "changes": list(zip(changes.code, changes.original_trace, changes.corrected, strict=True)),
        "dishonours": list(zip(told.stage, told.code, told.original_trace, told.amount_cents, strict=True)),
        "receipts": list(zip(receipts.bank_ref, receipts.amount_minor, receipts.value_on, strict=True)),
        "postings": posting_keys(reading, telling.day),
        "adjustments": adjustment_keys(reading, telling),
    }  # fmt: skip


def superseded_by(ctx: Context, report_id: int) -> int | None:
    """Return the report that took the place of one, None while it stands."""
    return ctx.session.scalar(select(Report.id).where(Report.corrects == report_id).limit(1))
