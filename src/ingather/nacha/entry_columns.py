"""Entries out of their records: numbers parsed and single fields checked, many rows at a time.

The columns are those of the common record 6; where a SEC code has them elsewhere (international entries, advices) the
entries of its batches are read again by their own layout.
"""

import numpy as np

from ingather.base.columns import Bytes2D, Int64
from ingather.nacha.entry_layouts import read_other_layouts, tell_faults
from ingather.nacha.entry_sweep import SWEEP_ROWS, Sweep, parts_of
from ingather.nacha.findings import Findings
from ingather.nacha.lines import Lines
from ingather.nacha.reading import EntryColumns
from ingather.nacha.records import RECORD_WIDTH, class_of_batch
from ingather.nacha.structure import Structure

_CHANGES = "COR"
_MOST_RUNS = 32


def read_entries(lines: Lines, structure: Structure, sec: list[str], findings: Findings) -> EntryColumns:
    """Return the entries as columns; ``sec`` is the SEC code of each batch, which decides what may be checked."""
    entry_at = structure.entry_at
    sweep = Sweep(len(entry_at))
    whole = parts_of(lines.rows)
    for low in range(0, len(entry_at), SWEEP_ROWS):
        places = entry_at[low : low + SWEEP_ROWS]
        first, last = int(places[0]), int(places[-1])
        follow = last - first + 1 == len(places)
        sweep.take(whole.cut(first, last + 1) if follow else parts_of(_moved(lines.rows, places)), low)
    entries = EntryColumns(
        line=lines.numbers_at(structure.entry_at),
        batch=structure.entry_batch,
        transaction_code=sweep.code,
        routing=sweep.routing,
        amount_cents=sweep.amount,
        addenda_indicator=sweep.indicator,
        trace=sweep.trace,
        likeness=sweep.likeness,
        used=sweep.used,
        rows=lines.rows,
        at=structure.entry_at,
    )
    classes = _classes(lines, structure, sec)
    tell_faults(entries, sweep.faults, classes, findings)
    read_other_layouts(entries, classes, findings)
    return entries


def _classes(lines: Lines, structure: Structure, sec: list[str]) -> list[str]:
    """Return the SEC code by which the records of each batch are laid out: changes may be of international entries."""
    headers = [batch.header for batch in structure.batches]
    return [
        class_of_batch(bytes(lines.rows[header])).rstrip(" ") if code == _CHANGES and header >= 0 else code
        for code, header in zip(sec, headers, strict=True)
    ]


def _moved(rows: Bytes2D, places: Int64) -> Bytes2D:
    """Return the records at these ascending places, moved together."""
    whole = rows.view(f"V{RECORD_WIDTH}")[:, 0]
    gaps = np.flatnonzero(np.diff(places) > 1) + 1
    if len(gaps) > _MOST_RUNS:
        return whole[places].view(np.uint8).reshape(-1, RECORD_WIDTH)
    # Where only a few batches end, moving whole runs is many times quicker than looking up each place.
    starts, ends = [0, *gaps.tolist()], [*gaps.tolist(), len(places)]
    runs = [whole[places[start] : places[end - 1] + 1] for start, end in zip(starts, ends, strict=True)]
    return np.concatenate(runs).view(np.uint8).reshape(-1, RECORD_WIDTH)
