"""Entries come back: the returns of an evening are posted as agreed, charged for and told.

An entry may come back twice, a return may tell another amount or reference than the entry had, and a return may be of
somebody else's entry: this bank posts what it is told and keeps each as a ``ReturnRow``.
"""

import numpy as np

from ingather.nacha.transaction_codes import DEBIT, LIVE
from ingather.simulator.behaviour import Blemish
from ingather.simulator.entries import NEVER, SENT_BACK, Sort, Status, day_number, day_of, key_of, text
from ingather.simulator.evenings import Evening
from ingather.simulator.intake import Desk
from ingather.simulator.postings import post_fee, post_returned, return_row
from ingather.simulator.return_files import BackEntry, returned_code
from ingather.simulator.state import Act, BankState, Due, ReturnRow

_MORE = 10
_REFERENCE_WIDTH = 15
_CHECKING_DEBIT = 27
_FOREIGN_TRACES = 9_000_000
_STRAY_CENTS = 90_000


def take_back(desk: Desk, state: BankState, evening: Evening) -> None:
    """Post the returns that settle by the day, with their fee, and write what is told of them."""
    entries, today = state.entries, day_number(evening.day)
    back = (entries["status"] == Status.SETTLED) & (entries["return_on"] != NEVER)
    first = np.flatnonzero(back & (entries["return_on"] <= today)).tolist()
    asked = {item.subject: item.code for item in state.due(evening.day, Act.RETURN_ASKED)}
    # Who sent it back meanwhile does not send it back for the asking.
    asked = {index: code for index, code in asked.items() if entries["status"][index] == Status.SETTLED}
    for index, code in asked.items():
        entries["reason"][index], entries["information"][index] = code.encode(), b""
    first = sorted({*first, *asked})
    entries["return_on"][first] = today
    rows = [_return_of(state, index, evening) for index in _by_bank(state, first)]
    entries["return_trace"][[row.entry for row in rows]] = [row.trace for row in rows]
    again = [item.subject for item in state.due(evening.day, Act.RETURN_AGAIN)]
    rows += [_return_of(state, index, evening, again=True) for index in _by_bank(state, again)]
    rows += [_stray_return(desk, state, item, evening) for item in state.due(evening.day, Act.STRAY_RETURN)]
    for row in rows:
        _post_return(desk, state, evening, row)
    state.returns += rows


def back_entry(state: BankState, row: ReturnRow) -> BackEntry:
    """Return a posted return as it goes back."""
    return BackEntry(
        batch=state.batches[row.batch],
        transaction_code=row.transaction_code,
        rdfi=row.rdfi,
        trace=row.trace,
        original_trace=row.original_trace,
        amount_cents=row.cents,
        tail=row.tail,
        reference=row.reference,
        name=row.name,
        discretionary=row.discretionary,
        settled_on=row.settled_on,
        reason=row.reason,
        information=row.information,
    )


def note_sent_back(state: BankState, index: int, status: Status) -> None:
    """Give an entry its new status and count again whether its order's debit stands with the originator.

    A debit that stands again beside another of the same order is noted as a double.
    """
    entry = state.entries[index]
    before, entry["status"] = Status(int(entry["status"])), status
    reference = text(entry["reference"])
    if not reference or entry["sort"] == Sort.FEE or not LIVE[entry["transaction_code"]]:
        return
    change = int(before in SENT_BACK) - int(status in SENT_BACK)
    if not DEBIT[entry["transaction_code"]]:
        change = -change
    if change > 0 and DEBIT[entry["transaction_code"]] and state.live[reference] > 0:
        state.doubles.add(reference)
    state.live[reference] += change


def _post_return(desk: Desk, state: BankState, evening: Evening, row: ReturnRow) -> None:
    """Post one return and tell it; what had no money moves none."""
    moves = row.sort != Sort.PRENOTE
    is_debit = bool(DEBIT[row.transaction_code])
    if row.entry >= 0:
        note_sent_back(state, row.entry, Status.RETURNED)
    entry, batch = back_entry(state, row), state.batches[row.batch]
    posting_ref = ""
    if moves:
        company = batch.company_identification
        posting_ref = post_returned(desk.terms, state, evening.body, evening.day, row, company)
    evening.body.returns.append(return_row(entry, batch, posting_ref, row.original_settled_on, evening.day))
    evening.returned.append((state.files[batch.file], entry))
    if desk.terms.return_fee_cents and is_debit and moves:
        post_fee(desk.terms, state, evening.body, evening.day, posting_ref)


def _by_bank(state: BankState, indices: list[int]) -> list[int]:
    """Return entries by batch and receiving bank, so that traces ascend within a batch of returns."""
    entries = state.entries
    return sorted(indices, key=lambda index: (int(entries["batch"][index]), int(entries["routing"][index]), index))


def _return_of(state: BankState, index: int, evening: Evening, *, again: bool = False) -> ReturnRow:
    """Return the return of one of our entries, told as its bank tells it."""
    entry = state.entries[index]
    reference, cents = text(entry["reference"]), int(entry["amount"])
    blemish = Blemish(int(entry["blemish"]))
    told_cents = cents + max(cents // _MORE, 1) if blemish is Blemish.AMOUNT and cents else cents
    # No reference of ours has a letter more in front, so that it can be no other order's.
    told_reference = f"Z{reference}"[:_REFERENCE_WIDTH] if blemish is Blemish.REFERENCE else reference
    return ReturnRow(
        entry=index,
        batch=int(entry["batch"]),
        sort=int(entry["sort"]),
        key=key_of(entry["reference"], int(entry["trace"])),
        transaction_code=returned_code(int(entry["transaction_code"])),
        rdfi=int(entry["routing"]),
        trace=state.next_trace_of(int(entry["routing"])),
        original_trace=int(entry["trace"]) + (_FOREIGN_TRACES if blemish is Blemish.TRACE else 0),
        original_settled_on=day_of(entry["settles_on"]),
        reason=text(entry["reason"]),
        information=text(entry["information"]),
        cents=told_cents,
        due_cents=cents,
        tail=text(entry["tail"]),
        reference=told_reference,
        name=text(entry["name"]),
        discretionary=text(entry["discretionary"]),
        blemish=blemish,
        again=again,
        settled_on=evening.day,
    )


def _stray_return(desk: Desk, state: BankState, item: Due, evening: Evening) -> ReturnRow:
    """Return the return of somebody else's entry, which came to us by mistake of the bank of one of our entries."""
    entry = state.entries[item.subject]
    key = f"{int(entry['trace'])}/{evening.day}"
    number = desk.chance.draw("stray return", key, 10**6)
    reference = f"STRAY{number:06d}"
    state.place_of(reference)
    cents = desk.chance.draw("stray amount", key, _STRAY_CENTS) + 1
    return ReturnRow(
        entry=NEVER,
        batch=int(entry["batch"]),
        sort=Sort.DEBIT,
        key=reference,
        transaction_code=returned_code(_CHECKING_DEBIT),
        rdfi=int(entry["routing"]),
        trace=state.next_trace_of(int(entry["routing"])),
        original_trace=int(desk.terms.odfi) * 10**7 + _FOREIGN_TRACES + number,
        original_settled_on=day_of(entry["settles_on"]),
        reason=item.code or "R01",
        information="",
        cents=cents,
        due_cents=cents,
        tail="",
        reference=reference,
        name="SOMEBODY ELSE",
        discretionary=text(entry["discretionary"]),
        blemish=Blemish.NONE,
        again=False,
        settled_on=evening.day,
    )
