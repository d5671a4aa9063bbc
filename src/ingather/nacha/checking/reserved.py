"""Reserved columns of headers, controls and entries, which stay blank."""

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.nacha.addenda import abroad
from ingather.nacha.checking.selection import chunks_of, entries_in
from ingather.nacha.findings import Findings
from ingather.nacha.frames import advice_files
from ingather.nacha.reading import BatchColumns, EntryColumns, Heads
from ingather.nacha.records import LAYOUTS, Field, Kind, Layout
from ingather.nacha.sec import SEC_CODES

_ADVICE, _INTERNATIONAL = "ADV", "IAT"


def check_reserved(
    heads: Heads, batches: BatchColumns, entries: EntryColumns, sec: list[str], findings: Findings
) -> None:
    """Tell every record other than an addenda that holds something where its layout keeps columns free."""
    _tell(heads.record, heads.line, LAYOUTS["1"], findings)
    advices = _mark(sec, _ADVICE)
    only_advices = advice_files(batches.head.tolist(), sec, len(heads))
    for wide, suffix in ((False, ""), (True, _ADVICE)):
        mine = only_advices == wide
        _tell(heads.control[mine], heads.control_line[mine], LAYOUTS["9" + suffix], findings)
        mine = advices == wide
        _tell(batches.control[mine], batches.control_line[mine], LAYOUTS["8" + suffix], findings)
    international = abroad(batches)
    for wide, layout in ((False, LAYOUTS["5"]), (True, LAYOUTS["5IAT"])):
        mine = international == wide
        _tell(batches.record[mine], batches.line[mine], layout, findings)
    _check_entries(entries, sec, international, findings)


def _mark(sec: list[str], code: str) -> Mask:
    return np.array([other == code for other in sec], np.bool_)


def _reserved_in(layout: Layout) -> list[Field]:
    return [field for field in layout.fields if field.kind is Kind.BLANK]


def _tell(records: Bytes2D, lines: Int64, layout: Layout, findings: Findings) -> None:
    for field in _reserved_in(layout):
        filled = _filled(records[:, field.span]) & (lines > 0)
        findings.rows("reserved", lines[filled], _sentence(field), field=field)


def _filled(columns: Bytes2D) -> Mask:
    filled: Mask = columns[:, 0] != BLANK
    for place in range(1, columns.shape[1]):
        filled |= columns[:, place] != BLANK
    return filled


def _sentence(field: Field) -> str:
    return f"Columns {field.start} to {field.end} are reserved and stay blank."


def _check_entries(entries: EntryColumns, sec: list[str], international: Mask, findings: Findings) -> None:
    layouts = ["" if code not in SEC_CODES else SEC_CODES[code].entry_layout for code in sec]
    layouts = [f"6{_INTERNATIONAL}" if wide else key for key, wide in zip(layouts, international, strict=True)]
    for key in sorted(set(layouts) - {""}):
        fields = _reserved_in(LAYOUTS[key])
        if not fields:
            continue
        for chunk, records in chunks_of(entries, entries_in(entries, _mark(layouts, key))):
            for field in fields:
                filled = _filled(records[:, field.span])
                findings.rows("reserved", entries.line[chunk[filled]], _sentence(field), field=field)
