"""The entries of some batches, chunk by chunk: what a check needs that only some SEC codes ask for."""

from collections.abc import Iterator

import numpy as np

from ingather.base.columns import ZERO, Bytes2D, Int64, Mask
from ingather.nacha.entry_kinds import EntryKind, EntryKinds
from ingather.nacha.reading import EntryColumns
from ingather.nacha.records import LAYOUTS

_CHUNK_ROWS = 16_384
_TRACE = LAYOUTS["6"].span("trace_number")


def entries_in(entries: EntryColumns, wanted: Mask, /) -> Int64:
    """Return the indices of the entries whose batch is wanted, ``(b,)`` true; entries outside any batch never are."""
    if wanted.all() and (not len(entries) or entries.batch.min() >= 0):
        return np.arange(len(entries))
    return np.flatnonzero(np.append(wanted, False)[entries.batch])


def forward_entries_in(entries: EntryColumns, kinds: EntryKinds, wanted: Mask, /) -> Int64:
    """Return the indices of the entries of the wanted batches that answer nothing."""
    wanted = wanted & (kinds.forward_batches | kinds.mixed)
    index = entries_in(entries, wanted)
    if not kinds.mixed[wanted].any():
        return index
    forward: Int64 = index[kinds.entry[index] == EntryKind.FORWARD]
    return forward


def chunks_of(entries: EntryColumns, index: Int64, /) -> Iterator[tuple[Int64, Bytes2D]]:
    """Yield these entries' indices with their records, as many at a time as fit the cache."""
    for low in range(0, len(index), _CHUNK_ROWS):
        chunk = index[low : low + _CHUNK_ROWS]
        yield chunk, entries.records_at(chunk)


def readable_traces(entries: EntryColumns, index: Int64, /) -> Int64:
    """Return those of these entries whose trace number is digits; 0 stands for what is none, and for fifteen zeros."""
    unsure = entries.trace[index] == 0
    if unsure.any():
        zeros = (entries.records_at(index[unsure])[:, _TRACE] == ZERO).all(axis=1)
        unsure[unsure] = ~zeros
    readable: Int64 = index[~unsure]
    return readable
