"""A file as sheets of rows: any stretch of its records, in order, written into a buffer of as many rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ingather.base.columns import Bytes2D, Int64
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.writing.details import Details, details_of, put_addenda, put_entries
from ingather.nacha.writing.frames import batch_records, file_control, file_header
from ingather.nacha.writing.places import Places, place
from ingather.nacha.writing.sums import Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """A plan made ready: its sums, where its records stand, and what their columns need beside the plan."""

    plan: FilePlan
    dialect: Dialect
    purpose: Purpose
    sums: Sums
    places: Places
    details: Details

    @property
    def rows(self) -> int:
        """Return how many records the file has, the fill included."""
        return self.places.records + self.places.fill


def sheets_of(plan: FilePlan, sums: Sums, dialect: Dialect, purpose: Purpose) -> Sheets:
    """Return the sheets of a plan that nothing speaks against."""
    return Sheets(
        plan=plan,
        dialect=dialect,
        purpose=purpose,
        sums=sums,
        places=place(plan, sums, pad_to_block=dialect.pad_to_block),
        details=details_of(plan, upper_case=purpose is Purpose.ORIGINATION and dialect.upper_case),
    )


def fill_sheet(sheets: Sheets, target: Bytes2D, low: int) -> None:
    """Write the records from row ``low`` on into every row of ``(count, 94)`` bytes."""
    plan, places, high = sheets.plan, sheets.places, low + len(target)
    span = _within(places.entries, low, high)
    _put(target, places.entries[span] - low, lambda rows: put_entries(rows, sheets.details, span))
    if len(places.addenda):
        others = _within(places.addenda, low, high)
        _put(target, places.addenda[others] - low, lambda rows: put_addenda(rows, sheets.details, others))
    _put_frames(sheets, target, low)
    if low == 0:
        target[0] = np.frombuffer(file_header(plan.head, sheets.dialect, sheets.purpose), np.uint8)
    if low < places.records <= high:
        target[places.records - 1 - low] = np.frombuffer(file_control(plan, sheets.sums, places.records), np.uint8)
    if places.records < high:
        target[max(0, places.records - low) :] = ord("9")


def _put_frames(sheets: Sheets, target: Bytes2D, low: int) -> None:
    """Write the batch headers and controls of a stretch, if it has any."""
    places, high = sheets.places, low + len(target)
    found = [(rows, _within(rows, low, high)) for rows in (places.headers, places.controls)]
    filled = [span for _, span in found if span.stop > span.start]
    if not filled:
        return
    batches = slice(min(span.start for span in filled), max(span.stop for span in filled))
    records = batch_records(sheets.plan, sheets.sums, batches, sheets.dialect, sheets.purpose)
    for written, (rows, span) in zip(records, found, strict=True):
        if span.stop > span.start:
            target[rows[span] - low] = written[span.start - batches.start : span.stop - batches.start]


def _within(rows: Int64, low: int, high: int) -> slice:
    start, stop = np.searchsorted(rows, (low, high)).tolist()
    return slice(start, stop)


def _put(target: Bytes2D, at: Int64, write: Callable[[Bytes2D], None]) -> None:
    """Let records be written straight into place where they lie together, over a buffer where they do not."""
    if not len(at):
        return
    first, stop = int(at[0]), int(at[-1]) + 1
    if stop - first == len(at):
        write(target[first:stop])
        return
    records = np.empty((len(at), RECORD_WIDTH), np.uint8)
    write(records)
    target.view(f"V{RECORD_WIDTH}")[:, 0][at] = records.view(f"V{RECORD_WIDTH}")[:, 0]
