"""What would be sent twice in one file: trace numbers, and entries alike in all but their trace number.

Entries are compared when they say which one they are (columns 40-54 filled), for one company and one effective date;
offset entries, which repeat by their nature, are left out.
"""

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.nacha.alike import Hashes, mixed, row_hashes
from ingather.nacha.plan import Addenda
from ingather.nacha.refusing.scope import CHUNK_ROWS, Scope


def check_duplicates(scope: Scope) -> None:
    """Tell every entry whose trace number, or whose content, another entry before it has."""
    trace = scope.plan.entries.trace
    if scope.makes("duplicate-trace") and not (trace[1:] > trace[:-1]).all():
        later = _later(trace.view(np.uint64))
        scope.tell_entries("duplicate-trace", later, "trace_number", "an entry before it has the same trace number")
    if scope.makes("duplicate-entry"):
        _check_entries(scope)


def _later(keys: Hashes | Int64) -> Int64:
    """Return the places, ascending, of keys that stand somewhere before as well."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    return np.sort(order[1:][ordered[1:] == ordered[:-1]])


def _check_entries(scope: Scope) -> None:
    keys = _quick_keys(scope)
    ordered = np.sort(keys)
    twice = ordered[1:] == ordered[:-1]
    if not twice.any():
        return
    # Few entries share their key: only those are compared whole.
    at = np.flatnonzero(np.isin(keys, np.unique(ordered[1:][twice])))
    at = at[_filled(scope, at)]
    whole = _whole(scope, at)
    hashes = row_hashes(whole)
    order = np.argsort(hashes, kind="stable")
    alike = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    # Equal hashes point at the rows; only equal bytes are told.
    alike = alike[(whole[order[alike]] == whole[order[alike + 1]]).all(axis=1)]
    sentence = "an entry before it is alike in all but its trace number"
    scope.tell_entries("duplicate-entry", at[np.sort(order[alike + 1])], "identification_number", sentence)


def _quick_keys(scope: Scope) -> Hashes:
    """Return a number per entry that two alike ones share; entries that say not which they are have their own."""
    entries = scope.plan.entries
    keys = np.empty(len(entries), np.uint64)
    for low in range(0, len(entries), CHUNK_ROWS):
        chunk = slice(low, min(low + CHUNK_ROWS, len(entries)))
        numbers = (entries.amount_cents[chunk], entries.routing[chunk])
        keys[chunk] = mixed(row_hashes(entries.identification[chunk]), *numbers)
        if entries.offset is not None or (entries.identification[chunk, 0] == BLANK).any():
            at = np.arange(chunk.start, chunk.stop)
            own = np.flatnonzero(~_filled(scope, at))
            keys[chunk][own] = mixed(at[own], np.full(len(own), -1))
    return keys


def _filled(scope: Scope, at: Int64) -> Mask:
    entries = scope.plan.entries
    filled: Mask = (entries.identification[at] != BLANK).any(axis=1)
    return filled if entries.offset is None else filled & ~entries.offset[at]


def _whole(scope: Scope, at: Int64) -> Bytes2D:
    """Return all that two entries are compared by, as rows of bytes."""
    entries, batches = scope.plan.entries, scope.plan.batches
    pairs = list(zip(batches.company_identification, batches.effective_on, strict=True))
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    party = np.array([numbers[pair] for pair in pairs], np.int64)
    columns = (party[entries.batch[at]], entries.transaction_code[at], entries.routing[at], entries.amount_cents[at])
    return np.concatenate(
        [
            *(_octets(column) for column in columns),
            entries.account[at],
            entries.identification[at],
            entries.name[at],
            entries.discretionary[at],
            _octets(_addenda_keys(entries.addenda, len(entries))[at]),
        ],
        axis=1,
    )


def _octets(numbers: Int64 | Hashes) -> Bytes2D:
    return np.ascontiguousarray(numbers).view(np.uint8).reshape(len(numbers), numbers.itemsize)


def _addenda_keys(addenda: Addenda | None, count: int) -> Hashes:
    """Return a number per entry of the addenda it has, alike for entries with the same ones in the same order."""
    keys = np.zeros(count, np.uint64)
    if addenda is not None and len(addenda):
        first = np.searchsorted(addenda.entry, addenda.entry)
        place = np.arange(len(addenda)) - first
        np.add.at(keys, addenda.entry, mixed(row_hashes(addenda.content), addenda.type_code, place))
    return keys
