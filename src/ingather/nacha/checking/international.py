"""International batches (IAT): their header, and the seven to twelve addenda of each entry with what they must hold."""

from collections.abc import Sequence

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, parse_digits
from ingather.nacha.addenda import ABROAD, CHANGE, abroad, of_type, picked
from ingather.nacha.countries import COUNTRIES, CURRENCIES
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS, Field, Inclusion, Kind

_HEADER = LAYOUTS["5IAT"]
_MANDATORY = range(10, 17)
_NO_REFERENCE = "3"
# Numbering schemes: national clearing system, BIC, IBAN.
_QUALIFIERS = (b"01", b"02", b"03")
# As they stand in three columns.
_COUNTRIES = tuple(f"{code} ".encode() for code in sorted(COUNTRIES))
# Reasons of the payment, then secondary SEC codes (moov-io/ach; RB13 lists the reasons).
_REASONS = (
    b"ANN", b"BUS", b"DEP", b"LOA", b"MIS", b"MOR", b"PEN", b"REM", b"RLS", b"SAL", b"TAX",
    b"ARC", b"BOC", b"IAT", b"MTE", b"POP", b"POS", b"RCK", b"SHR", b"TEL", b"WEB",
)  # fmt: skip


def check_international(
    batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, findings: Findings
) -> None:
    """Tell international batches whose header names no country and currencies, and entries whose addenda lack.

    Returns bring back the addenda that were sent, changes do not and are left out.
    """
    far = abroad(batches)
    if not far.any():
        return
    _check_headers(batches, far, findings)
    whole = np.append(far, False)[entries.batch]
    changed = addenda.entry[of_type(addenda, CHANGE)]
    whole[changed[changed >= 0]] = False
    _check_order(entries, addenda, whole, findings)
    _check_fields(addenda, whole, findings)


def _check_headers(batches: BatchColumns, far: Mask, findings: Findings) -> None:
    for index in np.flatnonzero(far).tolist():
        record = batches.record[index]
        values = {field.name: bytes(record[field.span]).decode("cp1252", "replace") for field in _HEADER.fields}
        reference = values["foreign_exchange_reference"].strip(" ")
        indicator = values["foreign_exchange_reference_indicator"]
        faults = (
            (
                "foreign_exchange_indicator",
                values["foreign_exchange_indicator"] in {"FV", "VF", "FF"},
                "The foreign exchange indicator is none of FV, VF and FF.",
            ),
            (
                "foreign_exchange_reference_indicator",
                indicator in {"1", "2", _NO_REFERENCE},
                "The foreign exchange reference indicator is none of 1, 2 and 3.",
            ),
            (
                "foreign_exchange_reference",
                not reference or indicator != _NO_REFERENCE,
                "There is a foreign exchange reference although its indicator (3) says that there is none.",
            ),
            *(
                (name, values[name] in known, f"The {name.replace('_', ' ')} is not one of {standard}, in capitals.")
                for name, known, standard in (
                    ("destination_country", COUNTRIES, "ISO 3166"),
                    ("originating_currency", CURRENCIES, "ISO 4217"),
                    ("destination_currency", CURRENCIES, "ISO 4217"),
                )
            ),
        )
        if values["iat_indicator"].strip(" ") not in {"", "IATCOR"}:
            sentence = "Columns 5 to 20 of an international batch are blank, or say IATCOR when it holds changes."
            findings.add("reserved", sentence, line=int(batches.line[index]), field=_HEADER.field("iat_indicator"))
        for name, good, sentence in faults:
            if not good:
                findings.add("iat-header", sentence, line=int(batches.line[index]), field=_HEADER.field(name))


def _check_order(entries: EntryColumns, addenda: AddendaColumns, whole: Mask, findings: Findings) -> None:
    """Tell entries whose addenda are not 10 to 16 once each in order, before any others."""
    at = np.flatnonzero(np.append(whole, False)[addenda.entry])
    owner, index = addenda.entry[at], np.arange(len(at))
    starts = np.append(True, owner[1:] != owner[:-1])[: len(at)]
    place = index - np.maximum.accumulate(np.where(starts, index, 0)) if len(at) else index
    due = place < len(_MANDATORY)
    right = due & (addenda.type_code[at] == place + _MANDATORY.start)
    found = np.bincount(owner[right], minlength=len(entries))
    # One of these seven that comes again later.
    again = np.bincount(owner[~due & np.isin(addenda.type_code[at], _MANDATORY)], minlength=len(entries))
    wrong = whole & ((found < len(_MANDATORY)) | (again > 0))
    sentence = "The entry's addenda do not start with 10 to 16 once each and in order."
    findings.rows("iat-addenda", entries.line[wrong], sentence)


def _check_fields(addenda: AddendaColumns, whole: Mask, findings: Findings) -> None:
    for code in ABROAD:
        at = of_type(addenda, code)
        at = at[np.append(whole, False)[addenda.entry[at]]]
        if not len(at):
            continue
        for field in LAYOUTS[f"7{code}"].fields:
            bad = _is_wrong(field, addenda.text[:, field.span], at)
            if bad is not None:
                sentence = f"The {field.name.replace('_', ' ')} is not filled, or with nothing that the Rules know."
                findings.rows("iat-field", addenda.line[at[bad]], sentence, field=field)


def _is_wrong(field: Field, column: Bytes2D, at: Int64) -> Mask | None:
    """Return which of these rows of a field hold what it must not; nothing for fields that may hold anything."""
    if field.name == "transaction_type":
        return ~_among(picked(column, at), _REASONS)
    if field.name.endswith("_qualifier"):
        return ~_among(picked(column, at), _QUALIFIERS)
    if field.name.endswith("_dfi_country") or field.name == "correspondent_country":
        return ~_among(picked(column, at), _COUNTRIES)
    if field.kind is Kind.AMOUNT:
        found = picked(column, at)
        return _filled(found) & ~parse_digits(found)[1]
    if field.kind is Kind.TEXT and field.inclusion is Inclusion.MANDATORY:
        return ~_filled(picked(column, at))
    return None


def _filled(column: Bytes2D) -> Mask:
    filled: Mask = (column != BLANK).any(axis=1)
    return filled


def _among(column: Bytes2D, values: Sequence[bytes]) -> Mask:
    width = column.shape[1]
    among: Mask = np.isin(column.view(f"S{width}")[:, 0], np.array(values, f"S{width}"))
    return among
