"""Changes that receivers' banks tell: each once, and again when the first was refused and its bank corrects it."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ingather.simulator.corrections import correct, garbled
from ingather.simulator.entries import NEVER, day_number, day_of, text
from ingather.simulator.evenings import Evening
from ingather.simulator.intake import Desk
from ingather.simulator.postings import change_row
from ingather.simulator.return_files import BackEntry, returned_code
from ingather.simulator.settling import account_key
from ingather.simulator.state import Act, BankState, ChangeRow

_NONE: Mapping[int, str] = MappingProxyType({})


def tell_changes(desk: Desk, state: BankState, evening: Evening, said: Mapping[int, str] = _NONE) -> None:
    """Write the changes that are due by the day; they move no money.

    ``said`` are corrected data that somebody dictated, by the entry's place.
    """
    entries = state.entries
    due = np.flatnonzero((entries["change_on"] != NEVER) & (entries["change_on"] <= day_number(evening.day))).tolist()
    entries["change_on"][due] = NEVER
    again = [item.subject for item in state.due(evening.day, Act.CHANGE_AGAIN)]
    ordered = sorted(due, key=lambda index: (int(entries["batch"][index]), int(entries["routing"][index]), index))
    for index in ordered:
        _tell(desk, state, evening, index, wrong=bool(entries["garbled"][index]), said=said.get(index))
    for index in sorted(again):
        _tell(desk, state, evening, index, wrong=False)


def _tell(desk: Desk, state: BankState, evening: Evening, index: int, *, wrong: bool, said: str | None = None) -> None:
    """Tell one change; what stands in ``wrong`` columns corrects nothing, and what was ``said`` is no account known."""
    entry = state.entries[index]
    batch = state.batches[int(entry["batch"])]
    code, routing, account = text(entry["change"]), int(entry["routing"]), int(entry["account"])
    correction = correct(
        code,
        routing=routing,
        account=account,
        transaction_code=int(entry["transaction_code"]),
        chance=desk.chance,
    )
    if not wrong and said is None:
        mark = correction.mark(desk.chance.seed) or account
        state.corrected.add(account_key(correction.routing, mark, correction.transaction_code))
    told = BackEntry(
        batch=batch,
        transaction_code=returned_code(int(entry["transaction_code"])),
        rdfi=routing,
        trace=state.next_trace_of(routing),
        original_trace=int(entry["trace"]),
        amount_cents=0,
        tail=text(entry["tail"]),
        reference=text(entry["reference"]),
        name=text(entry["name"]),
        discretionary=text(entry["discretionary"]),
        settled_on=day_of(entry["settles_on"]),
        change=code,
    ).with_correction(said or (garbled(correction.data) if wrong else correction.data))
    state.changes.append(ChangeRow(entry=index, code=code, trace=told.trace, told_on=evening.day))
    evening.changed.append((state.files[batch.file], told))
    evening.body.changes.append(change_row(told, batch))
