"""The evening of one banking day: entries settle, some come back, some are corrected, and money is posted.

Each step writes the bank's books and returns the records that the daily report and the NACHA files tell of it.
Settled batches post gross, one posting per batch and direction; each return posts by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from ingather.base.dates import format_yymmdd
from ingather.nacha.transaction_codes import DEBIT, LIVE
from ingather.simulator.banking_days import after, on_or_after
from ingather.simulator.behaviour import PAID, EntryView, Fate
from ingather.simulator.corrections import correct
from ingather.simulator.entries import (
    NEVER,
    BatchRow,
    Entries,
    FileRow,
    Status,
    day_number,
    day_of,
    key_of,
    live_credits,
    live_debits,
    text,
)
from ingather.simulator.intake import Desk
from ingather.simulator.postings import (
    RETURNED_CREDIT,
    RETURNED_DEBIT,
    change_row,
    next_bank_ref,
    post,
    post_batch,
    post_fee,
    return_row,
)
from ingather.simulator.return_files import BackEntry, returned_code
from ingather.simulator.state import BankState, Moved
from ingather.simulator.str_reports import ReportBody

_CALENDAR_DAY = timedelta(days=1)
_KINDS = 10
_VIEWED = ("reference", "trace", "routing", "account", "name", "amount", "transaction_code", "presentation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """What one banking day brought: the report's rows, and what goes back to each originator's file."""

    day: date
    body: ReportBody = field(default_factory=ReportBody)
    returned: list[tuple[FileRow, BackEntry]] = field(default_factory=list)
    changed: list[tuple[FileRow, BackEntry]] = field(default_factory=list)


def settle(desk: Desk, state: BankState, evening: Evening) -> None:
    """Settle what is due by the day, post it per batch and decide every entry's fate."""
    today = day_number(evening.day)
    entries = state.entries
    due = np.flatnonzero((entries["status"] == Status.WAITING) & (entries["settles_on"] <= today))
    entries["settles_on"][due] = today
    entries["status"][due] = Status.SETTLED
    due = due[np.argsort(entries["batch"][due], kind="stable")]
    numbers, starts = np.unique(entries["batch"][due], return_index=True)
    for number, rows in zip(numbers.tolist(), np.split(due, starts[1:]), strict=False):
        batch = state.batches[number]
        debits, credit_entries = live_debits(entries[rows]), live_credits(entries[rows])
        post_batch(state, evening.body, evening.day, batch, entries[rows[debits]])
        post_batch(state, evening.body, evening.day, batch, entries[rows[credit_entries]])
        if batch.effective_entry_date != format_yymmdd(evening.day):
            state.moved.append(
                Moved(
                    file=state.files[batch.file].name,
                    batch_number=batch.number,
                    effective=batch.effective_entry_date,
                    settled_on=evening.day,
                    entries=len(rows),
                )
            )
        state.live.subtract(text(reference) for reference in entries["reference"][rows[credit_entries]].tolist())
        _present(state, rows[debits])
        # Who holds no such account sends back a prenote or a credit as well.
        _decide(desk, state, evening.day, batch, rows)


def take_back(desk: Desk, state: BankState, evening: Evening) -> None:
    """Post the returns that settle by the day, with their fee, and write what is told of them."""
    entries = state.entries
    back = (entries["status"] == Status.SETTLED) & (entries["return_on"] != NEVER)
    due = np.flatnonzero(back & (entries["return_on"] <= day_number(evening.day)))
    entries["return_on"][due] = day_number(evening.day)
    entries["status"][due] = Status.RETURNED
    for index, entry, batch, trace in _going_back(state, due.tolist()):
        entries["return_trace"][index] = trace
        is_debit = bool(DEBIT[entry.transaction_code])
        moves = bool(LIVE[entries["transaction_code"][index]])
        reference = entry.reference
        if reference and moves:
            state.live[reference] -= 1 if is_debit else -1
        posting_ref = next_bank_ref(state, evening.day) if moves else ""
        if moves:
            post(
                state,
                evening.body,
                evening.day,
                RETURNED_DEBIT if is_debit else RETURNED_CREDIT,
                cents=entry.amount_cents,
                bank_ref=posting_ref,
                customer_ref=f"{entry.original_trace:015d}",
            )
        settled_on = day_of(entries["settles_on"][index])
        evening.body.returns.append(return_row(entry, batch, posting_ref, settled_on, evening.day))
        evening.returned.append((state.files[batch.file], entry))
        if desk.terms.return_fee_cents and is_debit and moves:
            post_fee(state, evening.body, evening.day, posting_ref, desk.terms.return_fee_cents)


def tell_changes(desk: Desk, state: BankState, evening: Evening) -> None:
    """Write the changes that are due by the day; they move no money."""
    entries = state.entries
    due = np.flatnonzero((entries["change_on"] != NEVER) & (entries["change_on"] <= day_number(evening.day)))
    entries["change_on"][due] = NEVER
    for index, entry, batch, _ in _going_back(state, due.tolist(), change=True):
        correction = correct(
            entry.change,
            routing=entry.rdfi,
            account=int(entries["account"][index]),
            transaction_code=int(entries["transaction_code"][index]),
            chance=desk.chance,
        )
        state.corrected.add(
            _account_key(
                correction.routing,
                correction.mark(desk.chance.seed) or int(entries["account"][index]),
                correction.transaction_code,
            )
        )
        told = entry.with_correction(correction.data)
        evening.changed.append((state.files[batch.file], told))
        evening.body.changes.append(change_row(told, batch))


def _present(state: BankState, rows: npt.NDArray[np.intp]) -> None:
    """Count the presentations of settled debits, and note an order of which two are live at one time."""
    presentations = []
    for reference in map(text, state.entries["reference"][rows].tolist()):
        if reference:
            if state.live[reference] > 0:
                state.doubles.add(reference)
            state.live[reference] += 1
            state.presented[reference] += 1
        presentations.append(state.presented[reference] if reference else 1)
    state.entries["presentation"][rows] = presentations


def _decide(desk: Desk, state: BankState, day: date, batch: BatchRow, rows: npt.NDArray[np.intp]) -> None:
    """Write down what the receivers' banks will do with a batch's settled entries."""
    entries = state.entries
    rows = rows[entries["reason"][rows] == b""]
    columns = [entries[name][rows].tolist() for name in _VIEWED]
    for index, reference, trace, routing, account, name, cents, code, presentation in zip(
        rows.tolist(), *columns, strict=True
    ):
        view = EntryView(
            key=key_of(reference, trace),
            account=f"{routing:09d}/{account}",
            name=text(name),
            amount_cents=cents,
            transaction_code=code,
            standard_entry_class=batch.standard_entry_class,
            company_identification=batch.company_identification,
            entry_description=batch.company_entry_description,
            presentation=presentation,
            settled_on=day,
            corrected=_account_key(routing, account, code) in state.corrected,
        )
        fate = desk.behaviour.decide(view, desk.chance)
        if fate != PAID:
            _write_fate(desk, entries[index], day, fate)


def _write_fate(desk: Desk, entry: np.void, day: date, fate: Fate) -> None:
    """Put a fate's codes and days into the entry's row."""
    if fate.return_code:
        on = (
            on_or_after(day + fate.calendar_days * _CALENDAR_DAY, desk.is_banking_day)
            if fate.calendar_days
            else after(day, fate.banking_days, desk.is_banking_day)
        )
        entry["reason"] = fate.return_code.encode()
        entry["information"] = fate.information.encode("ascii", "replace")
        entry["return_on"] = day_number(on)
    if fate.change_code:
        entry["change"] = fate.change_code.encode()
        entry["change_on"] = day_number(after(day, 1, desk.is_banking_day))


def _going_back(
    state: BankState, indices: list[int], *, change: bool = False
) -> Iterator[tuple[int, BackEntry, BatchRow, int]]:
    """Yield entries on their way back with a new trace of the receiver's bank, by batch and receiving bank."""
    entries: Entries = state.entries
    ordered = sorted(indices, key=lambda index: (int(entries["batch"][index]), int(entries["routing"][index]), index))
    for index in ordered:
        entry = entries[index]
        batch = state.batches[int(entry["batch"])]
        trace = int(entry["routing"]) // 10 * 10**7 + state.next_trace
        state.next_trace += 1
        yield (
            index,
            BackEntry(
                batch=batch,
                transaction_code=returned_code(int(entry["transaction_code"])),
                rdfi=int(entry["routing"]),
                trace=trace,
                original_trace=int(entry["trace"]),
                amount_cents=0 if change else int(entry["amount"]),
                tail=text(entry["tail"]),
                reference=text(entry["reference"]),
                name=text(entry["name"]),
                discretionary=text(entry["discretionary"]),
                settled_on=day_of(entry["return_on"] if not change else entry["settles_on"]),
                reason="" if change else text(entry["reason"]),
                information=text(entry["information"]),
                change=text(entry["change"]) if change else "",
            ),
            batch,
            trace,
        )


def _account_key(routing: int, account: int, transaction_code: int) -> str:
    """Return what names a corrected account: its kind is the code's first digit, whatever the entry does."""
    return f"{routing}/{account}/{transaction_code // _KINDS}"
