"""Addenda out of their records: which entry each belongs to, and what returns and changes say."""

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask, column_texts, parse_digits
from ingather.nacha.findings import Findings
from ingather.nacha.lines import Lines
from ingather.nacha.reading import AddendaColumns, Changes, EntryColumns, Reading, Returns
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Layout
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.structure import Structure
from ingather.nacha.tables import change_codes, return_reasons

PAYMENT, CHANGE, RETURN = 5, 98, 99
# 02 terminals, 05 remittance, 10 to 18 international, 98 and 99 answers.
_KNOWN_TYPES = (2, PAYMENT, *range(10, 19), CHANGE, RETURN)
_TYPE = LAYOUTS["7"].span("addenda_type")
_SEQUENCES = 10_000_000


def read_addenda(lines: Lines, structure: Structure, findings: Findings) -> AddendaColumns:
    """Return the addenda as columns, with the types that the Rules do not know told."""
    text = lines.rows[structure.addenda_at] if len(structure.addenda_at) else np.empty((0, RECORD_WIDTH), np.uint8)
    type_code, real = parse_digits(text[:, _TYPE])
    type_code[~real] = -1
    addenda = AddendaColumns(
        line=lines.number[structure.addenda_at],
        entry=structure.addenda_entry,
        type_code=type_code,
        text=text,
    )
    bad = ~np.isin(type_code, _KNOWN_TYPES)
    field = LAYOUTS["7"].field("addenda_type")
    findings.rows("addenda-type", addenda.line[bad], "The addenda type is not one the Rules know.", field=field)
    return addenda


def returns(reading: Reading) -> Returns:
    """Return the return addenda (99) of a reading as columns, in file order; dishonours and contests are among them."""
    at = np.flatnonzero(reading.addenda.type_code == RETURN)
    cut = _Cut(LAYOUTS["799"], reading.addenda.text[at])
    return Returns(
        entry=reading.addenda.entry[at],
        addenda=at,
        reason=cut.octets("return_reason"),
        original_trace=cut.number("original_trace"),
        date_of_death=cut.octets("date_of_death"),
        original_rdfi=cut.octets("original_rdfi"),
        information=cut.octets("addenda_information"),
        trace=cut.number("trace_number"),
    )


def changes(reading: Reading) -> Changes:
    """Return the change addenda (98) of a reading as columns, in file order; refused changes are among them."""
    at = np.flatnonzero(reading.addenda.type_code == CHANGE)
    cut = _Cut(LAYOUTS["798"], reading.addenda.text[at])
    return Changes(
        entry=reading.addenda.entry[at],
        addenda=at,
        code=cut.octets("change_code"),
        original_trace=cut.number("original_trace"),
        original_rdfi=cut.octets("original_rdfi"),
        corrected_data=cut.octets("corrected_data"),
        trace=cut.number("trace_number"),
    )


class _Cut:
    """Fields of one layout, cut out of many records."""

    def __init__(self, layout: Layout, records: Bytes2D) -> None:
        self._layout = layout
        self._records = records

    def octets(self, name: str) -> Bytes2D:
        return self._records[:, self._layout.span(name)]

    def number(self, name: str) -> Int64:
        return parse_digits(self.octets(name))[0]


def check_addenda(addenda: AddendaColumns, entries: EntryColumns, sec: list[str], findings: Findings) -> None:
    """Tell indicators without addenda (and the reverse), too many addenda, and addenda that name something else."""
    _check_presence(addenda, entries, sec, findings)
    _check_payment(addenda, entries, sec, findings)
    for kind, layout, code, known in (
        (RETURN, LAYOUTS["799"], "return_reason", return_reasons()),
        (CHANGE, LAYOUTS["798"], "change_code", change_codes()),
    ):
        _check_answers(addenda, entries, np.flatnonzero(addenda.type_code == kind), layout, findings)
        at = np.flatnonzero(addenda.type_code == kind)
        codes = column_texts(addenda.text[at][:, layout.span(code)])
        bad = np.array([text not in known for text in codes], np.bool_)
        check = "unknown-return-code" if kind == RETURN else "unknown-change-code"
        field = layout.field(code)
        findings.rows(check, addenda.line[at[bad]], f"The {code.replace('_', ' ')} is not a known one.", field=field)


def _check_presence(addenda: AddendaColumns, entries: EntryColumns, sec: list[str], findings: Findings) -> None:
    field = LAYOUTS["6"].field("addenda_indicator")
    owned = addenda.entry[addenda.entry >= 0]
    if not len(owned):
        bare = entries.addenda_indicator == 1
        findings.rows("addenda-indicator", entries.line[bare], _NONE_FOLLOW, field=field)
        return
    counts = np.bincount(owned, minlength=len(entries))
    bare = (entries.addenda_indicator == 1) & (counts == 0)
    findings.rows("addenda-indicator", entries.line[bare], _NONE_FOLLOW, field=field)
    hidden = (entries.addenda_indicator == 0) & (counts > 0)
    findings.rows(
        "addenda-indicator", entries.line[hidden], "Addenda follow an entry that announces none.", field=field
    )
    if sec:
        payments = np.bincount(addenda.entry[_owned(addenda, PAYMENT)], minlength=len(entries))
        limits = np.array([SEC_CODES[code].max_addenda if code in SEC_CODES else RECORD_WIDTH**2 for code in sec])
        over = (entries.batch >= 0) & (payments > limits[np.maximum(entries.batch, 0)])
        findings.rows("addenda-limit", entries.line[over], "The entry has more addenda than its SEC code allows.")


_NONE_FOLLOW = "The entry announces addenda and none follow."


def _owned(addenda: AddendaColumns, kind: int) -> Mask:
    owned: Mask = (addenda.type_code == kind) & (addenda.entry >= 0)
    return owned


def _check_payment(addenda: AddendaColumns, entries: EntryColumns, sec: list[str], findings: Findings) -> None:
    advices = [index for index, code in enumerate(sec) if code == "ADV"]
    at = np.flatnonzero(_owned(addenda, PAYMENT))
    at = at[~np.isin(entries.batch[addenda.entry[at]], advices)]
    if not len(at):
        return
    layout = LAYOUTS["705"]
    owner = addenda.entry[at]
    sequence, real = parse_digits(addenda.text[at][:, layout.span("addenda_sequence")])
    starts = np.append(True, owner[1:] != owner[:-1])
    place = np.arange(len(at)) - np.maximum.accumulate(np.where(starts, np.arange(len(at)), 0)) + 1
    wrong = ~real | (sequence != place)
    field = layout.field("addenda_sequence")
    findings.rows(
        "addenda-sequence", addenda.line[at[wrong]], "The addenda are not numbered from 1 upward.", field=field
    )
    last_seven, real = parse_digits(addenda.text[at][:, layout.span("entry_sequence")])
    wrong = ~real | (last_seven != entries.trace[owner] % _SEQUENCES)
    sentence = "The addenda does not repeat the last seven digits of its entry's trace number."
    field = layout.field("entry_sequence")
    findings.rows("addenda-sequence", addenda.line[at[wrong]], sentence, field=field)


def _check_answers(
    addenda: AddendaColumns, entries: EntryColumns, at: Int64, layout: Layout, findings: Findings
) -> None:
    if not len(at):
        return
    cut = _Cut(layout, addenda.text[at])
    original, real = parse_digits(cut.octets("original_trace"))
    bad = ~real | (original == 0)
    sentence = "The record does not name the trace number of the entry it is about."
    field = layout.field("original_trace")
    findings.rows("original-trace", addenda.line[at[bad]], sentence, field=field)
    owner = addenda.entry[at]
    other = (owner >= 0) & (
        cut.number("trace_number") != entries.trace[np.maximum(owner, 0)] if len(entries) else False
    )
    sentence = "The record does not repeat the trace number of its entry."
    findings.rows("addenda-trace", addenda.line[at[other]], sentence, field=layout.field("trace_number"))
