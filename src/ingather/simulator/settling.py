"""Entries settle in the evening of a banking day, post per batch, and their fate is decided.

Settled batches post as agreed, by default gross, one posting per batch and direction. What will become of an entry is
written into its row; what happens besides its first return goes on the agenda.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from ingather.base.dates import format_yymmdd
from ingather.simulator.banking_days import after, on_or_after
from ingather.simulator.behaviour import PAID, EntryView, Fate
from ingather.simulator.entries import (
    BatchRow,
    Sort,
    Status,
    day_number,
    day_of,
    key_of,
    live_credits,
    live_debits,
    text,
)
from ingather.simulator.evenings import Evening
from ingather.simulator.intake import Desk
from ingather.simulator.postings import post_batch
from ingather.simulator.state import Act, BankState, Due, Moved

_CALENDAR_DAY = timedelta(days=1)
_KINDS = 10
_VIEWED = ("reference", "trace", "routing", "account", "name", "amount", "transaction_code", "presentation", "sort")


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
        post_batch(desk.terms, state, evening.body, evening.day, batch, entries[rows[debits]])
        post_batch(desk.terms, state, evening.body, evening.day, batch, entries[rows[credit_entries]])
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
        given_back = entries["reference"][rows[credit_entries]].tolist()
        state.live.subtract(text(reference) for reference in given_back if reference)
        _present(state, rows[debits & (entries["sort"][rows] != Sort.FEE)])
        # Who holds no such account sends back a prenote or a credit as well.
        _decide(desk, state, evening.day, batch, rows)


def view_of(state: BankState, index: int, *, asked: str = "") -> EntryView:
    """Return a settled entry as its bank looks at it again, when its return is ``asked`` for or disputed."""
    entry = state.entries[index]
    batch = state.batches[int(entry["batch"])]
    [view] = _views(state, day_of(entry["settles_on"]), batch, [tuple(entry[name].item() for name in _VIEWED)], asked)
    return view


def account_key(routing: int, account: int, transaction_code: int) -> str:
    """Return what names a corrected account: its kind is the code's first digit, whatever the entry does."""
    return f"{routing}/{account}/{transaction_code // _KINDS}"


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
    columns = zip(*(entries[name][rows].tolist() for name in _VIEWED), strict=True)
    for index, view in zip(rows.tolist(), _views(state, day, batch, columns), strict=True):
        fate = desk.behaviour.decide(view, desk.chance)
        if fate != PAID:
            _write_fate(desk, state, index, day, fate)


def _views(
    state: BankState, day: date, batch: BatchRow, rows: Iterable[tuple[bytes | int, ...]], asked: str = ""
) -> Iterable[EntryView]:
    """Yield entries of one batch, settled on one day, as their banks see them; ``rows`` hold the columns viewed."""
    for reference, trace, routing, account, name, cents, code, presentation, sort in rows:
        assert isinstance(reference, bytes)  # noqa: S101 -- the columns viewed are of two types
        assert isinstance(name, bytes)  # noqa: S101 -- as above
        key = key_of(reference, int(trace))
        yield EntryView(
            # A fee follows its own chance, not that of the debit whose reference it carries.
            key=f"{key}/FEE" if sort == Sort.FEE else key,
            account=f"{int(routing):09d}/{int(account)}",
            name=text(name),
            amount_cents=int(cents),
            transaction_code=int(code),
            standard_entry_class=batch.standard_entry_class,
            company_identification=batch.company_identification,
            entry_description=batch.company_entry_description,
            presentation=int(presentation),
            settled_on=day,
            corrected=account_key(int(routing), int(account), int(code)) in state.corrected,
            sort=Sort(int(sort)),
            asked=asked,
        )


def _write_fate(desk: Desk, state: BankState, index: int, day: date, fate: Fate) -> None:
    """Put a fate's codes and days into the entry's row, and the rest of it on the agenda."""
    entry, is_banking_day = state.entries[index], desk.is_banking_day
    if fate.return_code:
        on = (
            on_or_after(day + fate.calendar_days * _CALENDAR_DAY, is_banking_day)
            if fate.calendar_days
            else after(day, fate.banking_days, is_banking_day)
        )
        entry["reason"] = fate.return_code.encode()
        entry["information"] = fate.information.encode("ascii", "replace")
        entry["blemish"] = fate.blemish
        entry["return_on"] = day_number(on)
        if fate.again_after:
            again = after(on, fate.again_after, is_banking_day)
            state.agenda.append(Due(on=again, act=Act.RETURN_AGAIN, subject=index))
    if fate.stray_after:
        on = after(day, fate.stray_after, is_banking_day)
        state.agenda.append(Due(on=on, act=Act.STRAY_RETURN, subject=index))
    if fate.change_code:
        entry["change"] = fate.change_code.encode()
        entry["change_on"] = day_number(after(day, 1, is_banking_day))
        entry["garbled"] = fate.garbled
