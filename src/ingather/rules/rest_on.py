"""What decisions rest on: the ids of the rule rows under which the debits of a file were chosen and written.

They are kept once per distinct set and named by the file, so an old decision can be judged again by its own rows.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

import numpy as np

from ingather.rules.due import Due, Int64
from ingather.rules.rows import Row, ids_of, in_force
from ingather.rules.same_day import rows_of_same_day
from ingather.rules.vocabulary import Channel, Holder, NoticeKind, OrderStanding
from ingather.rules.windows import operator_windows

_ASKED_OF_EVERY_DEBIT = ("company-name", "iat-definition")
_OF_EVERY_DEBIT = ("debit-lead", "return-ordinary")
_OF_A_RETRY = ("retry-window", "retry-count")
_OF_A_CORRECTED_ENTRY = ("corrected-entry",)
_OF_A_NOTICE = {
    NoticeKind.AMOUNT: ("notice-amount",),
    NoticeKind.DATE: ("notice-date",),
    NoticeKind.BOTH: ("notice-amount", "notice-date"),
}


def rules_of_debits(
    due: Due, rows: Int64, *, effective_on: date, words: Collection[str], same_day: bool = False
) -> tuple[str, ...]:
    """Return the ids of the rows that a file's debits rest on, sorted.

    ``rows`` are the positions of its orders among the due ones, ``words`` the descriptions of its batches;
    ``same_day`` says that it settles on the day it is sent. A row that is not in force on the effective date is not
    named: nothing rests on it.
    """
    chosen = [
        *_classes(due, rows, effective_on),
        *_named("descriptions", words, effective_on),
        *_named("duties", _ASKED_OF_EVERY_DEBIT, effective_on),
        *_named("clocks", _clocks(due, rows), effective_on),
    ]
    if same_day:
        chosen += rows_of_same_day(effective_on)
        chosen += [window.row for window in operator_windows(effective_on) if window.same_day]
    return ids_of(chosen)


def _classes(due: Due, rows: Int64, on: date) -> Iterator[Row]:
    """Yield the rows that gave the entry classes, and those that ask for validated accounts of them."""
    pairs = due.account_holder[rows].astype(np.int64) * len(Channel) + due.channel[rows]
    for pair in np.flatnonzero(np.bincount(pairs)).tolist():
        holder, channel = divmod(pair, len(Channel))
        key = f"{Holder(holder).name}-{Channel(channel).name}".lower()
        for row in _named("entry_classes", (key,), on):
            yield row
            yield from _named("account_validation", (f"need-{row.values['sec']}",), on)


def _clocks(due: Due, rows: Int64) -> Iterator[str]:
    """Yield the names of the clocks that ran out, or did not, for some of the debits."""
    corrected = due.corrected[rows]
    yield from _OF_EVERY_DEBIT
    if ((due.standing[rows] == OrderStanding.RETURNED) & ~corrected).any():
        yield from _OF_A_RETRY
    if corrected.any():
        yield from _OF_A_CORRECTED_ENTRY
    for kind in np.flatnonzero(np.bincount(due.notice[rows])).tolist():
        yield from _OF_A_NOTICE.get(NoticeKind(kind), ())


def _named(table: str, keys: Iterable[str], on: date) -> list[Row]:
    rows = in_force(table, on)
    return [rows[key] for key in keys if key in rows]
