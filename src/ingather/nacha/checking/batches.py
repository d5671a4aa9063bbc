"""Entries against their batch: trace numbers in order and of its ODFI, and the direction of its service class."""

import numpy as np

from ingather.base.columns import Int64, Mask
from ingather.nacha.checking.selection import entries_in, readable_traces
from ingather.nacha.findings import Findings
from ingather.nacha.reading import BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS
from ingather.nacha.transaction_codes import DEBIT, KNOWN

_TRACE = LAYOUTS["6"].field("trace_number")
_CODE = LAYOUTS["6"].field("transaction_code")
_SEQUENCES = 10_000_000
_ADVICE = "ADV"
_CREDITS_ONLY, _DEBITS_ONLY = 220, 225


def check_entries_in_batches(
    batches: BatchColumns, entries: EntryColumns, sec: list[str], used: Mask, findings: Findings
) -> None:
    """Tell entries that do not fit their batch; ``used`` (100,) says which transaction codes occur at all.

    Advices have no trace number; one that could not be read is told elsewhere.
    """
    if not len(batches) or not len(entries):
        return
    _check_traces(batches, entries, np.array([code != _ADVICE for code in sec], np.bool_), findings)
    _check_direction(batches, entries, used, findings)


def _check_traces(batches: BatchColumns, entries: EntryColumns, traced: Mask, findings: Findings) -> None:
    batch, trace = entries.batch, entries.trace
    at = np.flatnonzero(trace[1:] <= trace[:-1]) + 1
    at = at[(batch[at] >= 0) & (batch[at] == batch[at - 1])]
    at = at[traced[batch[at]]]
    back = readable_traces(entries, at)
    sentence = "The trace number is not above the one before it in the batch."
    findings.rows("trace-order", entries.line[back], sentence, field=_TRACE)
    # Where a batch has no readable ODFI that is told once, not again for each of its entries.
    index = entries_in(entries, _suspect(batches, trace, at, batch) & (batches.originating_dfi > 0) & traced)
    index = readable_traces(entries, index[trace[index] // _SEQUENCES != batches.originating_dfi[batch[index]]])
    findings.rows("trace-prefix", entries.line[index], "The trace number starts with another bank.", field=_TRACE)


def _suspect(batches: BatchColumns, trace: Int64, back: Int64, batch: Int64) -> Mask:
    """Return which batches may hold a trace of another ODFI: of ascending ones the first and last one decide."""
    suspect = np.zeros(len(batches), np.bool_)
    suspect[batch[back]] = True
    full = np.flatnonzero(batches.end > batches.first)
    lowest = batches.originating_dfi[full] * _SEQUENCES
    first, last = trace[batches.first[full]], trace[batches.end[full] - 1]
    suspect[full] |= (first < lowest) | (last >= lowest + _SEQUENCES)
    return suspect


def _check_direction(batches: BatchColumns, entries: EntryColumns, used: Mask, findings: Findings) -> None:
    one_sided = np.zeros(len(batches), np.bool_)
    if (used & DEBIT).any():
        one_sided |= batches.service_class == _CREDITS_ONLY
    if (used & KNOWN & ~DEBIT).any():
        one_sided |= batches.service_class == _DEBITS_ONLY
    if not one_sided.any():
        return
    index = entries_in(entries, one_sided)
    code = entries.transaction_code[index]
    debit = DEBIT[code]
    credits_only = batches.service_class[entries.batch[index]] == _CREDITS_ONLY
    wrong = np.where(credits_only, debit, ~debit & KNOWN[code])
    sentence = "The entry is a debit in a batch of credits, or a credit in a batch of debits."
    findings.rows("service-class", entries.line[index[wrong]], sentence, field=_CODE)
