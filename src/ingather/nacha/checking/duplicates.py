"""The same thing twice in a file: trace numbers that two entries have, and entries alike in all but that number.

Each finding stands at the later entry and names the line of the first. Both checks first look at what is cheap and
proves most files innocent: trace numbers that ascend from batch to batch, and 64-bit numbers that entries of the same
bank, account and amount share.
"""

from collections.abc import Iterator

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask, Words
from ingather.nacha.addenda import picked
from ingather.nacha.alike import mixed, row_hashes
from ingather.nacha.checking.selection import entries_in, readable_traces
from ingather.nacha.entry_kinds import EntryKinds
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS

_LAYOUT = LAYOUTS["6"]
_TRACE = _LAYOUT.field("trace_number")
# All of an entry but its record type, whether addenda follow, and its trace number.
_CONTENT = slice(_LAYOUT.span("transaction_code").start, _LAYOUT.span("discretionary_data").stop)
# All of an answer's addenda but the trace number of its entry.
_ANSWER = slice(0, LAYOUTS["799"].span("trace_number").start)
_CHUNK_ROWS = 8_192
_ADVICE = "ADV"
SEEN_ALIKE = "In all but its trace number the entry is the one on line {line}."


def check_duplicates(
    batches: BatchColumns,
    entries: EntryColumns,
    addenda: AddendaColumns,
    kinds: EntryKinds,
    sec: list[str],
    findings: Findings,
) -> None:
    """Tell trace numbers and entries that stand twice in one file.

    Answers have the trace numbers of many banks, so those are not compared; an answer is like another only when their
    addenda are alike too, or every bank that returns two payments of one receiver would seem to return one twice.
    """
    if not len(batches) or not len(entries):
        return
    for own in _files(batches):
        _check_traces(batches, entries, kinds, own, findings)
    _check_alike(batches, entries, addenda, kinds, sec, findings)


def _files(batches: BatchColumns) -> Iterator[slice]:
    """Yield the batches of each file, of those that have any."""
    starts = np.flatnonzero(np.append(True, batches.head[1:] != batches.head[:-1])).tolist()
    for start, stop in zip(starts, [*starts[1:], len(batches)], strict=True):
        yield slice(start, stop)


def _check_traces(
    batches: BatchColumns, entries: EntryColumns, kinds: EntryKinds, own: slice, findings: Findings
) -> None:
    suspect = np.zeros(len(batches), np.bool_)
    suspect[own] = _overlapping(entries, batches.first[own], batches.end[own])
    suspect &= kinds.forward_batches | kinds.mixed
    if not suspect.any():
        return
    index = entries_in(entries, suspect)
    index = readable_traces(entries, index[~kinds.answers[index]])
    later, first = _seen_before(entries.trace[index].view(np.uint64))
    lines = entries.line[index[first]]
    findings.rows(
        "duplicate-trace",
        entries.line[index[later]],
        lambda row: f"The trace number is also that of the entry on line {lines[row]:,}.",
        field=_TRACE,
    )


def _overlapping(entries: EntryColumns, first: Int64, end: Int64) -> Mask:
    """Return which batches, from entry ``first`` to before ``end``, may share a trace number with one of the others.

    The traces of a batch that ascends lie between its first and its last.
    """
    full = np.flatnonzero(end > first)
    if not len(full):
        return np.zeros(len(first), np.bool_)
    traces = entries.trace[first[full[0]] : end[full[-1]]]
    starts = first[full] - first[full[0]]
    back = np.flatnonzero(traces[1:] <= traces[:-1]) + 1
    # Where a batch starts anew, lower traces are no step back.
    back = back[~np.isin(back, starts)]
    lowest, highest = traces[starts], traces[end[full] - 1 - first[full[0]]]
    if len(back):
        unordered = np.searchsorted(starts, back, side="right") - 1
        lowest[unordered], highest[unordered] = 0, np.iinfo(np.int64).max
    order = np.argsort(lowest, kind="stable")
    reach = np.maximum.accumulate(highest[order])
    touches = np.append(False, lowest[order][1:] <= reach[:-1])
    group = np.cumsum(~touches) - 1
    shared = np.zeros(len(first), np.bool_)
    shared[full[order]] = (np.bincount(group)[group] > 1) | (highest[order] == np.iinfo(np.int64).max)
    return shared


def _seen_before(keys: Words) -> tuple[Int64, Int64]:
    """Return the places of keys that were seen before, ascending, and for each the place where that was first."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    fresh = np.append(True, ordered[1:] != ordered[:-1])[: len(keys)]
    first = order[np.maximum.accumulate(np.where(fresh, np.arange(len(keys)), 0))]
    later, first = order[~fresh], first[~fresh]
    ascending = np.argsort(later)
    return later[ascending], first[ascending]


def _check_alike(
    batches: BatchColumns,
    entries: EntryColumns,
    addenda: AddendaColumns,
    kinds: EntryKinds,
    sec: list[str],
    findings: Findings,
) -> None:
    index = _candidates(entries.likeness)
    # Two advices of the same money differ in their numbers alone.
    taken = np.array([*(code != _ADVICE for code in sec), False])
    index = index[taken[entries.batch[index]]]
    if not len(index):
        return
    keys = mixed(_content_hashes(entries, index), batches.head[entries.batch[index]])
    answers = kinds.answers[index]
    if answers.any():
        keys[answers] = mixed(keys[answers], _addenda_hashes(addenda, len(entries))[index[answers]])
    later, first = _seen_before(keys)
    later, first = index[later], index[first]
    alike = _contents_equal(entries, later, first)
    lines = entries.line[first[alike]]
    findings.rows(
        "duplicate-entry",
        entries.line[later[alike]],
        lambda row: SEEN_ALIKE.format(line=f"{lines[row]:,}"),
    )


def _candidates(likeness: Words) -> Int64:
    """Return, ascending, the entries whose likeness another one has too; a few that only seem to be may be among them.

    One sort tells that there are none. Where there are, another one finds them: the place of an entry then takes up the
    lowest bits of its likeness, so that it is not lost.
    """
    ordered = np.sort(likeness)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.empty(0, np.int64)
    bits = len(likeness).bit_length()
    places = np.arange(len(likeness), dtype=np.uint64)
    keys = likeness >> np.uint64(bits)
    keys <<= np.uint64(bits)
    keys |= places
    keys.sort()
    np.bitwise_xor(keys[1:], keys[:-1], out=places[1:])
    places[:1] = np.iinfo(np.uint64).max
    alike = places < np.uint64(1 << bits)
    alike[:-1] |= alike[1:]
    found: Int64 = np.sort(keys[alike] & np.uint64((1 << bits) - 1)).view(np.int64)
    return found


def _content_hashes(entries: EntryColumns, index: Int64) -> Words:
    hashes = np.empty(len(index), np.uint64)
    for low in range(0, len(index), _CHUNK_ROWS):
        hashes[low : low + _CHUNK_ROWS] = row_hashes(_contents(entries, index[low : low + _CHUNK_ROWS]))
    return hashes


def _contents(entries: EntryColumns, index: Int64) -> Bytes2D:
    return picked(entries.rows[:, _CONTENT], entries.at[index])


def _contents_equal(entries: EntryColumns, left: Int64, right: Int64) -> Mask:
    equal = np.empty(len(left), np.bool_)
    for low in range(0, len(left), _CHUNK_ROWS):
        chunk = slice(low, low + _CHUNK_ROWS)
        same = _contents(entries, left[chunk]) == _contents(entries, right[chunk])
        equal[chunk] = same.all(axis=1)
    return equal


def _addenda_hashes(addenda: AddendaColumns, count: int) -> Words:
    """Return for each of ``count`` entries a hash of its addenda, their order and number included."""
    owned = np.flatnonzero(addenda.entry >= 0)
    owner = addenda.entry[owned]
    starts = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
    at = np.arange(len(owner))
    place = at - np.maximum.accumulate(np.where(starts, at, 0))
    hashes = np.zeros(count, np.uint64)
    np.add.at(hashes, owner, mixed(row_hashes(addenda.text[owned][:, _ANSWER]), place))
    return hashes
