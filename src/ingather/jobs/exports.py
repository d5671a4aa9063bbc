"""Exports as files: CSV for anybody, Parquet for analysis; written a page at a time, whole or not at all.

The same book gives the same file. Amounts are whole minor units and days are days, in either form. Parquet has texts as
they are; CSV has an apostrophe before those that a program of sheets would take for a formula.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from ingather.domain.refusals import ExtraMissing, WrongState
from ingather.jobs.cells import plain_cell
from ingather.jobs.desk import Desk
from ingather.store.reading.exports import EXPORTS, PAGE, ColumnType, Cut, Export, ExportKind, export_pages

if TYPE_CHECKING:
    import pyarrow as pa


class ExportForm(StrEnum):
    """In which form an export is written; a file's ending says which."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: how many rows, where, in which form."""

    rows: int
    path: Path
    form: ExportForm


class PageWriter(Protocol):
    """What writes pages of columns in one form."""

    def write(self, columns: list[Sequence[Any]]) -> None:
        """Write one page."""


def form_of(path: Path) -> ExportForm:
    """Return the form that a file's ending says; raises ``WrongState`` for any other."""
    try:
        return ExportForm(path.suffix.removeprefix(".").lower())
    except ValueError:
        fact = f"exports are written as CSV or Parquet, and {path.name} ends in neither"
        raise WrongState(fact, "Name a file that ends in .csv or .parquet") from None


def write_export(desk: Desk, kind: ExportKind, path: Path, *, cut: Cut, page: int = PAGE) -> Exported:
    """Write one table of the book to a file, masked; one that is there is replaced once the new one is whole.

    All pages are of one state of the book. Raises ``WrongState`` for another ending, for Parquet where its extra is
    not installed, and for what cannot be cut so, and ``OSError`` when the file cannot be written.
    """
    form = form_of(path)
    export = EXPORTS[kind]
    temporary = path.with_name(f"{path.name}.part")
    rows = 0
    try:
        with desk.view() as view:
            pages = export_pages(view.session, kind, desk.originator_id(), cut, page=page)
            # The first page is read before a file is made: what is refused leaves none behind.
            first = next(pages, None)
            with _WRITERS[form](temporary, export) as writer:
                for columns in () if first is None else _with(first, pages):
                    rows += len(columns[0])
                    writer.write(columns)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Exported(rows=rows, path=path, form=form)


def _with(first: list[Sequence[Any]], rest: Iterator[list[Sequence[Any]]]) -> Iterator[list[Sequence[Any]]]:
    yield first
    yield from rest


class _CsvWriter:
    def __init__(self, writer: Any) -> None:  # noqa: ANN401 -- the csv module names no type for its writers
        self._writer = writer

    def write(self, columns: list[Sequence[Any]]) -> None:
        self._writer.writerows(zip(*(csv_cells(column) for column in columns), strict=True))


def csv_cells(values: Sequence[Any]) -> Sequence[Any]:
    """Return a column as CSV says it: flags as true and false, instants in UTC with a Z, no text as a formula.

    Nothing is an empty field.
    """
    sample = next((value for value in values if value is not None), None)
    if isinstance(sample, bool):
        return ["" if value is None else str(value).lower() for value in values]
    if isinstance(sample, datetime):
        return ["" if value is None else f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" for value in values]
    if isinstance(sample, date):
        return ["" if value is None else value.isoformat() for value in values]
    if isinstance(sample, str):
        return ["" if value is None else plain_cell(value) for value in values]
    return ["" if value is None else value for value in values]


@contextmanager
def _csv_writer(path: Path, export: Export) -> Iterator[PageWriter]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in export.columns])
        yield _CsvWriter(writer)


class _ParquetWriter:
    def __init__(self, writer: Any, schema: "pa.Schema") -> None:  # noqa: ANN401 -- pyarrow has no types
        self._writer, self._schema = writer, schema

    def write(self, columns: list[Sequence[Any]]) -> None:
        import pyarrow as pa  # noqa: PLC0415 -- an extra: only who writes Parquet needs it

        arrays = [pa.array(values, type=field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))


@contextmanager
def parquet_writer(target: Path | BinaryIO, export: Export) -> Iterator[PageWriter]:
    """Yield what writes pages of an export to a file, or to anything that takes bytes, as Parquet.

    Raises ``ExtraMissing`` where the extra ``parquet`` is not installed.
    """
    if find_spec("pyarrow") is None:
        fact = "Parquet needs an extra that is not installed here"
        raise ExtraMissing(fact, "Install it with: pip install 'ingather[parquet]', or write a .csv")
    import pyarrow as pa  # noqa: PLC0415 -- an extra: only who writes Parquet needs it
    import pyarrow.parquet as pq  # noqa: PLC0415 -- as above

    types = {
        ColumnType.ID: pa.string(),
        ColumnType.TEXT: pa.string(),
        ColumnType.TRACE: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.DAY: pa.date32(),
        ColumnType.INSTANT: pa.timestamp("us", tz="UTC"),
        ColumnType.FLAG: pa.bool_(),
    }
    schema = pa.schema(
        [pa.field(column.name, types[column.type], metadata={"meaning": column.meaning}) for column in export.columns]
    )
    with pq.ParquetWriter(target, schema) as writer:
        yield _ParquetWriter(writer, schema)


_WRITERS = {ExportForm.CSV: _csv_writer, ExportForm.PARQUET: parquet_writer}
