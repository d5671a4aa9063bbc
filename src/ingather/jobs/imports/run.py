"""The import: files told apart by their header, taken in the order in which they refer to each other.

A chunk of rows is one action and one transaction; with ``all_or_nothing`` all files together are one. A row is in the
book entirely or not at all, and a row that is in already changes nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeAlias

from ingather.actions.context import Context
from ingather.jobs.desk import Desk
from ingather.jobs.imports.faults import masked
from ingather.jobs.imports.reading import Chunk, Opened, chunks_of, open_sheet
from ingather.jobs.imports.recording import FIELDS
from ingather.jobs.imports.report import Did, FileReport, ImportReport, Tally
from ingather.jobs.imports.sheets import ORDER
from ingather.jobs.imports.source import Limits

Opening: TypeAlias = Callable[[], AbstractContextManager[Context]]


class _Undone(Exception):  # noqa: N818 -- it carries the roll-back out of the transaction and no further
    """Nothing of this transaction is kept."""


def import_files(
    desk: Desk,
    paths: Sequence[Path],
    *,
    all_or_nothing: bool = False,
    dry_run: bool = False,
    numbers_checked: bool = False,
    limits: Limits | None = None,
) -> ImportReport:
    """Import files of merchants, buyers, accounts, authorizations and orders, in whatever order they are named.

    Content never raises: what is refused stands in the report, by file, line and field. With ``all_or_nothing`` one
    error anywhere leaves the book as it was; a ``dry_run`` always does. ``numbers_checked`` takes long account numbers
    that end in zeros, which otherwise are refused as rounded. Raises ``Refusal`` when the book itself cannot be used.
    """
    limits = limits or Limits()
    tallies = [Tally(str(path)) for path in paths]
    opened = [
        open_sheet(path, tally, limits, numbers_checked=numbers_checked)
        for path, tally in zip(paths, tallies, strict=True)
    ]
    sheets = sorted((each for each in opened if each), key=lambda each: ORDER.index(each.sheet.kind))
    originator_id = desk.originator_id()

    def take_all(opening: Opening) -> None:
        for each in sheets:
            desk.tell("import_file", kind=str(each.sheet.kind))
            for chunk in chunks_of(each, limits, numbers_checked=numbers_checked):
                _take(each, chunk, opening, originator_id)
            desk.tell("imported_file", kind=str(each.sheet.kind), new=each.tally.new, refused=each.tally.refused)

    kept = True
    if all_or_nothing or dry_run:
        try:
            with desk.action() as ctx:
                take_all(lambda: nullcontext(ctx))
                if dry_run or any(tally.errors for tally in tallies) or not any(tally.new for tally in tallies):
                    raise _Undone  # noqa: TRY301 -- leaving the transaction this way is what rolls it back
        except _Undone:
            kept = False
    else:
        take_all(desk.action)
    new = any(tally.new for tally in tallies)
    if kept and new:
        desk.remember()
    files = tuple(_report(tally, each) for tally, each in zip(tallies, opened, strict=True))
    return ImportReport(files=files, did=_did(kept=kept, new=new, dry_run=dry_run))


def _did(*, kept: bool, new: bool, dry_run: bool) -> Did:
    if not new:
        return Did.NOTHING
    if kept:
        return Did.IMPORTED
    return Did.REHEARSED if dry_run else Did.ROLLED_BACK


def _report(tally: Tally, opened: Opened | None) -> FileReport:
    return tally.report(opened.header if opened else ())


def _take(opened: Opened, chunk: Chunk, opening: Opening, originator_id: int) -> None:
    """Record one chunk and note what the book refuses of it."""
    if not chunk.lines:
        return
    tally = opened.tally
    with opening() as ctx:
        intake = opened.sheet.record(ctx, originator_id, chunk.values)
    for verdict in intake.refused:
        name = FIELDS.get(verdict.field, verdict.field)
        message = masked(verdict.message)
        sentence = f"{message[:1].upper()}{message[1:].rstrip('.')}."
        tally.note(chunk.lines[verdict.row], "import-refused", sentence, field=name)
    for verdict in intake.told:
        sentence = f"{verdict.message[:1].upper()}{verdict.message[1:].rstrip('.')}."
        name = FIELDS.get(verdict.field, verdict.field)
        tally.note(chunk.lines[verdict.row], verdict.check, sentence, field=name, warning=True)
    tally.new += intake.new
    tally.same += intake.same
    tally.refused += len(intake.refused)
