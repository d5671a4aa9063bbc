"""Amounts that cannot settle the same day: over 1,000,000.00 since 18 March 2022 (Nacha, Same Day ACH)."""

import numpy as np

from ingather.base.dates import parse_yymmdd
from ingather.nacha.checking.dates import is_real_date
from ingather.nacha.entry_kinds import EntryKinds
from ingather.nacha.findings import Findings
from ingather.nacha.reading import BatchColumns, EntryColumns, Heads
from ingather.nacha.records import LAYOUTS

SAME_DAY_CENTS = 100_000_000
_AMOUNT = LAYOUTS["6"].field("amount")
_CREATED, _EFFECTIVE = LAYOUTS["1"].span("file_creation_date"), LAYOUTS["5"].span("effective_entry_date")
# Advices tell of money that has moved, and international entries never settle the same day, whatever their amount.
_NEVER = ("ADV", "IAT")


def check_same_day(
    heads: Heads, batches: BatchColumns, entries: EntryColumns, kinds: EntryKinds, sec: list[str], findings: Findings
) -> None:
    """Tell forward entries of batches that would settle the same day, whose amount is over what then is allowed.

    Such batches have an effective date that is not after the file's creation date, or none that is a day: the operator
    takes those for the same day too.
    """
    if entries.amount_cents.max(initial=0) <= SAME_DAY_CENTS or not len(batches):
        return
    at = np.flatnonzero((entries.amount_cents > SAME_DAY_CENTS) & ~kinds.answers & (entries.batch >= 0))
    same_day = np.zeros(len(batches), np.bool_)
    for batch in np.unique(entries.batch[at]).tolist():
        created, effective = heads.record[batches.head[batch], _CREATED], batches.record[batch, _EFFECTIVE]
        same_day[batch] = sec[batch] not in _NEVER and not _is_later(bytes(effective), bytes(created))
    at = at[same_day[entries.batch[at]]]
    sentence = f"The amount is over {SAME_DAY_CENTS // 100:,}.00, the most that settles the same day."
    findings.rows("amount-same-day", entries.line[at], sentence, field=_AMOUNT)


def _is_later(effective: bytes, created: bytes) -> bool:
    """Return whether the effective date is a day after the creation date; where that is none, any day is."""
    day, before = (text.decode("latin-1") for text in (effective, created))
    if not is_real_date(day):
        return False
    return not is_real_date(before) or parse_yymmdd(day) > parse_yymmdd(before)
