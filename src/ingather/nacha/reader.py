"""The reader: any bytes in, everything that could be read out, with every problem; it never raises on content."""

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.nacha.addenda import changes, check_addenda, read_addenda, returns
from ingather.nacha.controls import check_batch_controls, check_entries_in_batches, check_file_controls
from ingather.nacha.entry_columns import CHUNK_ROWS, read_entries
from ingather.nacha.findings import Findings
from ingather.nacha.frames import add_up, read_batches, read_heads, sec_codes
from ingather.nacha.headers import check_batch_headers, check_control_matches, check_file_headers
from ingather.nacha.lines import HIGHEST, Lines, split_lines
from ingather.nacha.reading import LENIENT, STRICT, EntryColumns, Reading, Tolerances
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.structure import looks_like_nacha, read_structure

__all__ = ["LENIENT", "STRICT", "Reading", "Tolerances", "changes", "read", "returns"]


def read(source: bytes, *, tolerances: Tolerances = STRICT) -> Reading:
    """Return what the bytes say and every problem in them.

    Takes LF, CRLF, CR or no line ends, short lines, several files after another, and files without headers or
    controls. Every line is either read or named in a problem. Checks that ``tolerances`` lists become warnings.
    """
    findings = Findings(tolerances.tolerated)
    lines = split_lines(source, findings)
    if not looks_like_nacha(lines.rows):
        findings = Findings(tolerances.tolerated)
        what = (
            "The file is empty." if not source.strip() else "These bytes are not a NACHA file: its lines start with 1."
        )
        findings.add("not-nacha", what)
        lines = Lines(np.empty((0, RECORD_WIDTH), np.uint8), np.empty(0, np.int64), lines.physical)
    _check_characters(lines, findings)
    structure = read_structure(lines, findings)
    sec = sec_codes(lines, structure)
    entries = read_entries(lines, structure, sec, findings)
    addenda = read_addenda(lines, structure, findings)
    totals = add_up(entries, structure)
    batches = read_batches(lines, structure, sec, totals)
    heads = read_heads(lines, structure, sec)
    check_file_headers(heads, findings)
    check_batch_headers(batches, sec, findings)
    check_control_matches(batches, findings)
    check_batch_controls(batches, findings)
    check_entries_in_batches(batches, entries, sec, findings)
    check_file_controls(heads, batches, structure, lines, findings)
    check_addenda(addenda, entries, sec, findings)
    _check_names(entries, sec, findings)
    return Reading(
        heads=heads,
        batches=batches,
        entries=entries,
        addenda=addenda,
        problems=findings.problems(),
        lines=lines.physical,
        entry_count=len(entries),
        addenda_count=len(addenda),
        debit_cents=totals.all_debit_cents,
        credit_cents=totals.all_credit_cents,
    )


def _check_characters(lines: Lines, findings: Findings) -> None:
    if lines.printable:
        return
    for low in range(0, len(lines.rows), CHUNK_ROWS):
        rows = lines.rows[low : low + CHUNK_ROWS]
        if rows.min() >= BLANK and rows.max() <= HIGHEST:
            continue
        numbers = lines.number[low : low + CHUNK_ROWS]
        control = (rows < BLANK) | (rows == HIGHEST + 1)
        _tell_characters("characters", rows, numbers, control, findings)
        _tell_characters("characters-high", rows, numbers, rows > HIGHEST + 1, findings)


def _tell_characters(check: str, rows: Bytes2D, numbers: Int64, bad: Mask, findings: Findings) -> None:
    hit = bad.any(axis=1)
    first = bad.argmax(axis=1)[hit] + 1
    values = rows[bad.any(axis=1)]
    findings.rows(
        check,
        numbers[hit],
        lambda i: f"Column {first[i]} holds the byte 0x{values[i, first[i] - 1]:02X}, which is not printable ASCII.",
    )


def _check_names(entries: EntryColumns, sec: list[str], findings: Findings) -> None:
    named = [index for index, code in enumerate(sec) if code in SEC_CODES and SEC_CODES[code].name_mandatory]
    if not named:
        return
    field = LAYOUTS["6"].field("receiver_name")
    lead = entries.rows[:, field.start - 1][entries.at] == BLANK
    if lead.any():
        at = np.flatnonzero(lead)
        at = at[(entries.rows[entries.at[at]][:, field.span] == BLANK).all(axis=1) & np.isin(entries.batch[at], named)]
        findings.rows("name-blank", entries.line[at], "WEB and TEL entries name the receiver.", field=field)
