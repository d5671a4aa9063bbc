"""In what a file and its copy may differ: the list of differences by name, and which of them two files show.

Whatever is not on the list is ``CONTENT``: a copy never differs from its source in that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask
from ingather.nacha.findings import Findings
from ingather.nacha.lines import split_lines
from ingather.nacha.records import LAYOUTS, Layout, class_of_batch, layout_of


class Difference(StrEnum):
    """One way in which the copy of a file may differ from it.

    ``LINE_ENDS``: single carriage returns, ends of several kinds, empty lines, a line end after records without any.
    ``END_MARK``: an end-of-file mark or NULs after the last record. ``RECORD_SIZE``: records not of 94 characters.
    ``CHARACTERS``: characters of several bytes, which become one. ``PADDING``: records of nines. ``PRIORITY_CODE``:
    other than 01. ``CREATION_TIME``: none, or no minute, which becomes midnight. ``EFFECTIVE_DATE``: zeros for none,
    which become blanks. ``ADDENDA_COUNT``: no number of addenda, which becomes zero. ``ADDENDA_TRACE``: addenda that
    repeat another trace number than their entry's. ``CONTROL_COMPANY``: a company identification in record 8 other
    than in 5. ``RESERVED``: something in reserved columns of controls. ``CONTROLS``: controls that were missing or
    wrong, where that is tolerated. ``CONTENT``: anything else.
    """

    LINE_ENDS = "line-ends"
    END_MARK = "end-mark"
    RECORD_SIZE = "record-size"
    CHARACTERS = "characters"
    PADDING = "padding"
    PRIORITY_CODE = "priority-code"
    CREATION_TIME = "creation-time"
    EFFECTIVE_DATE = "effective-date"
    ADDENDA_COUNT = "addenda-count"
    ADDENDA_TRACE = "addenda-trace"
    CONTROL_COMPANY = "control-company"
    RESERVED = "reserved"
    CONTROLS = "controls"
    CONTENT = "content"


_ADDED_UP = (
    *("service_class", "originating_dfi", "batch_number", "batch_count", "block_count"),
    *("entry_addenda_count", "entry_hash", "total_debit", "total_credit"),
)
# By record type and field: how a difference there is called, and what the copy then says (nothing: it decides itself).
_NAMED: dict[tuple[str, str], tuple[Difference, bytes]] = {
    ("1", "priority_code"): (Difference.PRIORITY_CODE, b"01"),
    ("1", "file_creation_time"): (Difference.CREATION_TIME, b"0000"),
    ("5", "effective_entry_date"): (Difference.EFFECTIVE_DATE, b"      "),
    ("6", "number_of_addenda"): (Difference.ADDENDA_COUNT, b"0000"),
    ("7", "addenda_sequence"): (Difference.ADDENDA_TRACE, b""),
    ("7", "entry_sequence"): (Difference.ADDENDA_TRACE, b""),
    ("7", "trace_number"): (Difference.ADDENDA_TRACE, b""),
    ("8", "company_identification"): (Difference.CONTROL_COMPANY, b""),
    ("8", "reserved"): (Difference.RESERVED, b" " * 6),
    ("9", "reserved"): (Difference.RESERVED, b""),
    **{(record, name): (Difference.CONTROLS, b"") for record in ("8", "9") for name in _ADDED_UP},
}
_TOLD = {
    "record-size": Difference.RECORD_SIZE,
    "characters": Difference.CHARACTERS,
    "end-mark": Difference.END_MARK,
    "too-large": Difference.CONTENT,
}
_NINE, _BLANK = ord("9"), ord(" ")
_FRAMES = np.frombuffer(b"89", np.uint8)


def differences(source: bytes, copied: bytes, /) -> list[Difference]:
    """Return every difference that a file and its copy show, in the order of the list; nothing when none."""
    if source == copied:
        return []
    one, other = _sheet(source), _sheet(copied)
    found = one.told ^ other.told
    if one.ends != other.ends:
        found.add(Difference.LINE_ENDS)
    if one.fill != other.fill:
        found.add(Difference.PADDING)
    ours, theirs = one.rows, other.rows
    if not _alike(ours, theirs):
        found.add(Difference.CONTROLS)
        ours, theirs = (rows[~np.isin(rows[:, 0], _FRAMES)] for rows in (ours, theirs))
    found |= set(_in_records(ours, theirs)) if _alike(ours, theirs) else {Difference.CONTENT}
    return [difference for difference in Difference if difference in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A file as its records without fill, how many records of fill, its line ends, and what its lines told."""

    rows: Bytes2D
    fill: int
    ends: tuple[bool, bool, bool, bool, bool]
    told: set[Difference]


def _sheet(source: bytes) -> _Sheet:
    findings = Findings()
    lines = split_lines(source, findings)
    fill = ((lines.rows == _NINE) | (lines.rows == _BLANK)).all(axis=1) & (lines.rows[:, 0] == _NINE)
    pairs = source.count(b"\r\n")
    breaks = source.count(b"\n") + source.count(b"\r") - pairs
    told = {_TOLD[problem.check] for problem in findings.problems() if problem.check in _TOLD}
    return _Sheet(
        rows=lines.rows[~fill],
        fill=int(np.count_nonzero(fill)),
        ends=(
            pairs > 0,
            source.count(b"\n") > pairs,
            source.count(b"\r") > pairs,
            is_closed(source),
            Difference.END_MARK not in told and breaks + (not is_closed(source)) != len(lines.rows),
        ),
        told=told,
    )


def is_closed(source: bytes, /) -> bool:
    """Return whether a line end follows the last record, end-of-file marks aside."""
    tail = source[len(source.rstrip(b"\x1a\x00\r\n")) :]
    return b"\n" in tail or b"\r" in tail


def _alike(ours: Bytes2D, theirs: Bytes2D) -> bool:
    """Return whether two files have records of the same types in the same order."""
    return len(ours) == len(theirs) and bool((ours[:, 0] == theirs[:, 0]).all())


def _in_records(ours: Bytes2D, theirs: Bytes2D) -> Iterator[Difference]:
    """Yield the differences of records that stand in the same places."""
    at = np.flatnonzero((ours != theirs).any(axis=1))
    for layout, here in _by_layout(ours, at):
        for field in layout.fields:
            mine, their = ours[at[here]][:, field.span], theirs[at[here]][:, field.span]
            other = (mine != their).any(axis=1)
            if not other.any():
                continue
            difference, said = _NAMED.get((layout.code[0], field.name), (Difference.CONTENT, b""))
            if said and (their[other] != np.frombuffer(said, np.uint8)).any():
                difference = Difference.CONTENT
            yield difference


def _by_layout(rows: Bytes2D, at: Int64) -> Iterator[tuple[Layout, Mask]]:
    """Yield every layout that some of these records have, with which of them have it."""
    headers = np.flatnonzero(rows[:, 0] == ord("5"))
    codes = ["", *(class_of_batch(bytes(record)) for record in rows[headers])]
    known = {code: number for number, code in enumerate(dict.fromkeys(codes))}
    batch = np.array([known[code] for code in codes], np.int64)[np.searchsorted(headers, at, side="right")]
    # A record's layout follows from its batch's SEC code and its first six columns.
    start = np.concatenate([rows[at, :6], batch[:, None].astype(np.uint8)], axis=1)
    if not len(at):
        return
    kinds, kind = np.unique(np.ascontiguousarray(start).view("V7")[:, 0], return_inverse=True)
    names = list(known)
    for number, first in enumerate(kinds):
        octets = bytes(first)
        layout = layout_of(octets[:6].ljust(94), standard_entry_class=names[octets[6]])
        yield layout or LAYOUTS["7"], kind == number
