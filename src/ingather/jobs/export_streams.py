"""Exports as they are sent: CSV, one JSON object a line, or Parquet, a page of rows at a time in constant memory.

All pages are of one state of the book. CSV is written as it is into a file: amounts are whole minor units, days are
days, and an apostrophe stands before what a program of sheets would take for a formula.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, BinaryIO, cast

from ingather.jobs.desk import Desk
from ingather.jobs.exports import csv_cells, parquet_writer
from ingather.store.reading.exports import EXPORTS, Cut, Export, ExportKind, export_pages

PAGE = 5_000
"""How many rows are in memory at once."""
Page = list[Sequence[Any]]


class StreamForm(StrEnum):
    """In which form an export is sent."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


def stream_export(desk: Desk, kind: ExportKind, form: StreamForm, *, cut: Cut, page: int = PAGE) -> Iterator[bytes]:
    """Yield one table of the book, masked, in pieces; the book's view is held until the last piece or the end.

    The first piece comes once the first page is read, so that what cannot be cut so is refused before anything is sent.
    Raises ``WrongState``, ``NoSuch``, and ``ExtraMissing`` for Parquet where its extra is not installed.
    """
    export = EXPORTS[kind]
    originator_id = desk.originator_id()
    with desk.view() as view:
        pages = export_pages(view.session, kind, originator_id, cut, page=page)
        yield from _WRITERS[form](export, pages)


def _csv(export: Export, pages: Iterator[Page]) -> Iterator[bytes]:
    first = next(pages, None)
    yield _lines([[column.name for column in export.columns]])
    for columns in _from(first, pages):
        yield _lines(zip(*(csv_cells(column) for column in columns), strict=True))


def _lines(rows: Any) -> bytes:  # noqa: ANN401 -- rows of any cells
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _ndjson(export: Export, pages: Iterator[Page]) -> Iterator[bytes]:
    names = [column.name for column in export.columns]
    first = next(pages, None)
    yield b""
    for columns in _from(first, pages):
        told = [_plain(column) for column in columns]
        rows = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in zip(*told, strict=True))
        yield ("\n".join(rows) + "\n").encode()


def _plain(values: Sequence[Any]) -> Sequence[Any]:
    """Return a column as JSON says it: instants in UTC with a Z, days as days, everything else as it is."""
    sample = next((value for value in values if value is not None), None)
    if isinstance(sample, datetime):
        return [None if value is None else f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" for value in values]
    if isinstance(sample, date):
        return [None if value is None else value.isoformat() for value in values]
    return values


class _Taken(io.RawIOBase):
    """Takes what is written and gives it out again, so that no more than a page is ever held."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:  # noqa: ANN401 -- any buffer
        taken = bytes(part)
        self._parts.append(taken)
        self._written += len(taken)
        return len(taken)

    def tell(self) -> int:
        return self._written

    def drained(self) -> bytes:
        """Return what was written since it was asked last."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _parquet(export: Export, pages: Iterator[Page]) -> Iterator[bytes]:
    first, taken = next(pages, None), _Taken()
    with parquet_writer(cast("BinaryIO", taken), export) as writer:
        yield taken.drained()
        for columns in _from(first, pages):
            writer.write(columns)
            yield taken.drained()
    yield taken.drained()


def _from(first: Page | None, rest: Iterator[Page]) -> Iterator[Page]:
    if first is not None:
        yield first
        yield from rest


_WRITERS: dict[StreamForm, Callable[[Export, Iterator[Page]], Iterator[bytes]]] = {
    StreamForm.CSV: _csv,
    StreamForm.NDJSON: _ndjson,
    StreamForm.PARQUET: _parquet,
}
