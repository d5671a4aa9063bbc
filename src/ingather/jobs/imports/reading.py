"""Rows of one file into columns of values: each row is whole, or refused with everything that is wrong with it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

from ingather.jobs.imports.damage import keeps_long_digits, may_be_rounded
from ingather.jobs.imports.faults import Fault, LineFault, RowFault
from ingather.jobs.imports.keys import SeenKeys
from ingather.jobs.imports.report import Tally
from ingather.jobs.imports.sheets import Sheet, sheet_of
from ingather.jobs.imports.source import Limits, Rows, look_through, rows_of

_ONE_IN_TEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Rows that were read: the line of each and its values by column; the values never show."""

    lines: Sequence[int]
    values: dict[str, Sequence[Any]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file whose header was understood; ``header`` gives the column names in the file's own order."""

    path: Path
    sheet: Sheet
    header: tuple[str, ...]
    rounded: bool
    tally: Tally


def open_sheet(path: Path, tally: Tally, limits: Limits, *, numbers_checked: bool) -> Opened | None:
    """Look a file through and read its header; a file that cannot be taken is noted in the tally and gives None.

    ``rounded`` says whether nothing in the file shows that a spreadsheet left its long account numbers alone.
    """
    if fault := look_through(path, limits):
        _note(tally, fault)
        return None
    first = _first_row(path, limits)
    if isinstance(first, LineFault):
        _note(tally, first)
        return None
    header = tuple(first.cells[0])
    sheet = sheet_of(header, first.lines[0])
    if isinstance(sheet, LineFault):
        _note(tally, sheet)
        return None
    tally.kind = sheet.kind
    suspect = "account_number" in header and not numbers_checked
    rounded = suspect and not _keeps_long_numbers(path, limits, header.index("account_number"))
    return Opened(path=path, sheet=sheet, header=header, rounded=rounded, tally=tally)


def _first_row(path: Path, limits: Limits) -> Rows | LineFault:
    one = Limits(file_bytes=limits.file_bytes, lines=limits.lines, line_bytes=limits.line_bytes, chunk_rows=1)
    with closing(rows_of(path, one)) as rows:
        empty = LineFault(
            line=1, check="import-header", message="The file has no row. Its first line names the columns."
        )
        return next(rows, empty)


def _keeps_long_numbers(path: Path, limits: Limits, at: int) -> bool:
    """Return whether some account number of the file shows that digits past the fifteenth were kept."""
    with closing(rows_of(path, limits)) as chunks:
        return any(
            keeps_long_digits(row[at])
            for rows in chunks
            if isinstance(rows, Rows)
            for row in rows.cells
            if at < len(row)
        )


def chunks_of(opened: Opened, limits: Limits, *, numbers_checked: bool) -> Iterator[Chunk]:
    """Yield the good rows of a file; the refused ones are noted in its tally, and counted."""
    seen = SeenKeys()
    header_is_next = True
    with closing(rows_of(opened.path, limits)) as pieces:
        for piece in pieces:
            if isinstance(piece, LineFault):
                _note(opened.tally, piece)
                opened.tally.refused += 1
                continue
            lines, rows = piece.lines, piece.cells
            if header_is_next:
                lines, rows = lines[1:], rows[1:]
                header_is_next = False
            lines, rows = _of_full_width(opened, lines, rows)
            if rows:
                yield _read(opened, lines, rows, seen, numbers_checked=numbers_checked)


def _of_full_width(opened: Opened, lines: list[int], rows: list[list[str]]) -> tuple[list[int], list[list[str]]]:
    width = len(opened.header)
    if all(len(row) == width for row in rows):
        return lines, rows
    whole = [len(row) == width for row in rows]
    for line, row in zip(lines, rows, strict=True):
        if len(row) != width:
            message = f"This row has {len(row)} cells, the header has {width}. Quote cells that hold commas."
            opened.tally.note(line, "import-cells", message)
            opened.tally.refused += 1
    return list(compress(lines, whole)), list(compress(rows, whole))


def _read(
    opened: Opened, lines: list[int], rows: list[list[str]], seen: SeenKeys, *, numbers_checked: bool
) -> Chunk:  # fmt: skip
    cells = dict(zip(opened.header, zip(*rows, strict=True), strict=True))
    values: dict[str, Sequence[Any]] = {}
    faults = _repeated(opened.sheet, cells, lines, seen)
    for column in opened.sheet.columns:
        values[column.name], found = column.values(cells.get(column.name) or ("",) * len(rows))
        faults += [RowFault(row=row, field=column.name, fault=fault) for row, fault in found]
    if "account_number" in values and not numbers_checked:
        faults += _rounded(values["account_number"], certain=opened.rounded)
    chunk = _without(opened.tally, Chunk(lines=lines, values=values), faults)
    return _without(opened.tally, chunk, opened.sheet.across(chunk.values))


def _without(tally: Tally, chunk: Chunk, faults: list[RowFault]) -> Chunk:
    """Note the faults and return the rows that have none."""
    for each in faults:
        line = chunk.lines[each.row]
        tally.note(line, each.fault.check, each.fault.message, field=each.field, warning=each.warning)
    bad = {each.row for each in faults if not each.warning}
    if not bad:
        return chunk
    tally.refused += len(bad)
    good = [row not in bad for row in range(len(chunk.lines))]
    keep: Callable[[Sequence[Any]], list[Any]] = lambda column: list(compress(column, good))  # noqa: E731 -- one line
    return Chunk(lines=keep(chunk.lines), values={name: keep(column) for name, column in chunk.values.items()})


def _repeated(sheet: Sheet, cells: dict[str, tuple[str, ...]], lines: list[int], seen: SeenKeys) -> list[RowFault]:
    """Return the rows whose key stood earlier in the file; a row without a key is another check's."""
    columns = [cells[name] for name in sheet.key]
    keys = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
    earlier = seen.earlier_lines(keys, lines)
    named = ", ".join(sheet.key)
    return [
        RowFault(
            row=row,
            field="external_id",
            fault=Fault(
                check="import-repeated",
                message=f"Lines {earlier[row]} and {lines[row]} have the same {named}. Keep one of them.",
            ),
        )
        for row in earlier.nonzero()[0].tolist()
        if all(column[row] for column in columns)
    ]


def _rounded(numbers: Sequence[Any], *, certain: bool) -> list[RowFault]:
    """Return the account numbers that a spreadsheet may have rounded to fifteen digits.

    One honest number of sixteen digits in ten ends in a zero: where the file's other long numbers kept their digits it
    is only told. Of those with seventeen, one in a hundred ends in two: it is refused until somebody compared it.
    """
    found: list[RowFault] = []
    for row, number in enumerate(numbers):
        if isinstance(number, Fault) or not may_be_rounded(number):
            continue
        told = len(number) <= _ONE_IN_TEN and not certain
        way_out = (
            "Others in this file kept theirs, so it is taken; compare it with its source"
            if told
            else "Take it from its source, in a column of text; if it really ends so, say that numbers were checked"
        )
        message = f"The account_number has only zeros after its 15th digit, as spreadsheets round numbers. {way_out}."
        fault = Fault(check="import-rounded", message=message)
        found.append(RowFault(row=row, field="account_number", fault=fault, warning=told))
    return found


def _note(tally: Tally, fault: LineFault) -> None:
    tally.note(fault.line, fault.check, fault.message)
