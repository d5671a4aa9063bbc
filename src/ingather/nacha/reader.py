"""The reader: any bytes in, everything that could be read out, with every problem; it never raises on content."""

import numpy as np

from ingather.nacha.addenda import read_addenda
from ingather.nacha.answers import changes, contests, dishonours, refused_changes, returns
from ingather.nacha.checking.addenda import check_addenda
from ingather.nacha.checking.advices import check_advices
from ingather.nacha.checking.amounts import check_same_day
from ingather.nacha.checking.answers import check_answers
from ingather.nacha.checking.batch_headers import check_batch_headers, check_control_matches
from ingather.nacha.checking.batches import check_entries_in_batches
from ingather.nacha.checking.changes import check_changes
from ingather.nacha.checking.characters import check_characters
from ingather.nacha.checking.classes import check_classes
from ingather.nacha.checking.controls import check_batch_controls, check_file_controls
from ingather.nacha.checking.duplicates import check_duplicates
from ingather.nacha.checking.file_headers import check_file_headers
from ingather.nacha.checking.international import check_international
from ingather.nacha.checking.micro_entries import check_micro_entries
from ingather.nacha.checking.names import check_names
from ingather.nacha.checking.payments import check_sequences
from ingather.nacha.checking.reserved import check_reserved
from ingather.nacha.checking.terminals import check_terminals
from ingather.nacha.entry_columns import read_entries
from ingather.nacha.entry_kinds import EntryKinds, entry_kinds
from ingather.nacha.findings import Findings
from ingather.nacha.frames import add_up, read_batches, read_heads, sec_codes
from ingather.nacha.lines import Lines, Source, split_lines
from ingather.nacha.reading import LENIENT, STRICT, BatchColumns, Heads, Reading, Tolerances
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.structure import Structure, looks_like_nacha, read_structure

__all__ = [
    "LENIENT",
    "STRICT",
    "Reading",
    "Tolerances",
    "changes",
    "contests",
    "dishonours",
    "read",
    "refused_changes",
    "returns",
]

_NO_RECORDS = "These bytes are not a NACHA file: most lines start with none of 1, 5, 6, 7, 8 and 9."


def read(source: Source, *, tolerances: Tolerances = STRICT) -> Reading:
    """Return what the bytes say and every problem in them.

    Takes LF, CRLF, CR or no line ends, short lines, several files after another, and files without headers or
    controls. Every line is either read or named in a problem. Checks that ``tolerances`` lists become warnings.
    """
    findings = Findings(tolerances.tolerated)
    lines = split_lines(source, findings)
    if not looks_like_nacha(lines.rows):
        findings = Findings(tolerances.tolerated)
        findings.add("not-nacha", _NO_RECORDS if bytes(source).strip() else "The file is empty.")
        lines = Lines(np.empty((0, RECORD_WIDTH), np.uint8), np.empty(0, np.int64), lines.physical)
    check_characters(lines, findings)
    structure = read_structure(lines, findings)
    sec = sec_codes(lines, structure)
    entries = read_entries(lines, structure, sec, findings)
    addenda = read_addenda(lines, structure, findings)
    totals = add_up(entries, structure)
    batches = read_batches(lines, structure, sec, totals)
    heads = read_heads(lines, structure, sec)
    kinds = entry_kinds(addenda, entries, batches, sec)
    _check_frame(lines, structure, heads, batches, kinds, sec, findings)
    check_reserved(heads, batches, entries, sec, findings)
    check_entries_in_batches(batches, entries, sec, entries.used, findings)
    check_duplicates(batches, entries, addenda, kinds, sec, findings)
    check_same_day(heads, batches, entries, kinds, sec, findings)
    check_classes(entries, addenda, batches, kinds, sec, entries.used, findings)
    check_names(entries, kinds, sec, findings)
    check_micro_entries(batches, entries, kinds, findings)
    check_addenda(batches, entries, addenda, sec, findings)
    check_sequences(entries, addenda, sec, findings)
    check_terminals(addenda, findings)
    check_international(batches, entries, addenda, findings)
    check_advices(entries, addenda, sec, findings)
    check_answers(batches, entries, addenda, sec, findings)
    check_changes(batches, entries, addenda, sec, findings)
    return Reading(
        heads=heads,
        batches=batches,
        standard_entry_class=tuple(sec),
        entries=entries,
        addenda=addenda,
        problems=findings.problems(),
        lines=lines.physical,
        entry_count=len(entries),
        addenda_count=len(addenda),
        debit_cents=totals.all_debit_cents,
        credit_cents=totals.all_credit_cents,
    )


def _check_frame(
    lines: Lines,
    structure: Structure,
    heads: Heads,
    batches: BatchColumns,
    kinds: EntryKinds,
    sec: list[str],
    findings: Findings,
) -> None:
    check_file_headers(heads, findings)
    check_batch_headers(batches, heads, kinds, sec, findings)
    check_control_matches(batches, sec, findings)
    check_batch_controls(batches, sec, findings)
    check_file_controls(heads, batches, sec, structure, lines, findings)
