"""Single fields of file and batch headers and controls: constants, dates, names, codes and numbers."""

import numpy as np

from ingather.base.columns import Int64, Mask, column_texts
from ingather.base.dates import parse_yymmdd
from ingather.nacha.findings import Findings
from ingather.nacha.reading import BatchColumns, Heads
from ingather.nacha.records import LAYOUTS, Kind, Layout
from ingather.nacha.sec import SEC_CODES

_FILE, _BATCH, _CONTROL = LAYOUTS["1"], LAYOUTS["5"], LAYOUTS["8"]
_SERVICE_CLASSES = (200, 220, 225, 280)
_MODIFIERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def is_real_date(text: str) -> bool:
    """Return whether six characters name a day."""
    try:
        parse_yymmdd(text)
    except ValueError:
        return False
    return True


def is_real_time(text: str) -> bool:
    """Return whether four characters name a minute."""
    return len(text) == 4 and text.isascii() and text.isdigit() and int(text[:2]) < 24 and int(text[2:]) < 60  # noqa: PLR2004 -- HHMM


def check_file_headers(heads: Heads, findings: Findings) -> None:
    """Tell every file header whose fields the operator would refuse."""
    for index in np.flatnonzero(heads.line > 0).tolist():
        line = int(heads.line[index])
        record = heads.record[index]
        values = {field.name: bytes(record[field.span]).decode("cp1252", "replace") for field in _FILE.fields}
        for field in _FILE.fields:
            if field.kind is Kind.CONSTANT and values[field.name] != field.constant:
                sentence = f"The {field.name.replace('_', ' ')} is {field.constant} in every file."
                findings.add("header-constant", sentence, line=line, field=field)
            if field.kind is Kind.PARTY and not values[field.name].strip(" 0"):
                findings.add("party", f"The {field.name.replace('_', ' ')} is not filled.", line=line, field=field)
        faults = (
            ("priority-code", "priority_code", values["priority_code"] == "01", "The priority code is not 01."),
            (
                "date-real",
                "file_creation_date",
                is_real_date(values["file_creation_date"]),
                "The creation date names no day.",
            ),
            (
                "id-modifier",
                "file_id_modifier",
                values["file_id_modifier"] in _MODIFIERS,
                "The id modifier is not A to Z or 0 to 9.",
            ),
        )
        for check, name, good, sentence in faults:
            if not good:
                findings.add(check, sentence, line=line, field=_FILE.field(name))
        time = values["file_creation_time"]
        if time.strip() and not is_real_time(time):
            findings.add(
                "time-real", "The creation time names no minute.", line=line, field=_FILE.field("file_creation_time")
            )


class _Column:
    """One field of all batch headers, as texts, for checks by row."""

    def __init__(self, batches: BatchColumns, findings: Findings) -> None:
        self._batches = batches
        self._findings = findings

    def texts(self, name: str) -> list[str]:
        return column_texts(self._batches.texts(name))

    def tell(self, check: str, name: str, bad: Mask, sentence: str) -> None:
        self._findings.rows(check, self._batches.line[bad], sentence, field=_BATCH.field(name))


def _mask(values: list[bool]) -> Mask:
    return np.array(values, np.bool_)


def check_batch_headers(batches: BatchColumns, sec: list[str], findings: Findings) -> None:
    """Tell every batch header whose fields the operator would refuse, or that settle otherwise than meant."""
    if not len(batches):
        return
    column = _Column(batches, findings)
    international = _mask([code == "IAT" for code in sec])
    bad = ~np.isin(batches.service_class, _SERVICE_CLASSES)
    column.tell("service-class", "service_class", bad, "The service class is none of 200, 220, 225 and 280.")
    blank = _mask([not name.strip(" 0") for name in column.texts("company_name")])
    column.tell("company-name-blank", "company_name", blank & ~international, "The company name is blank or zeros.")
    blank = _mask([not text.strip() for text in column.texts("company_identification")])
    column.tell("company-id-blank", "company_identification", blank, "The company identification is blank.")
    blank = _mask([not text.strip() for text in column.texts("company_entry_description")])
    column.tell("description-blank", "company_entry_description", blank, "The company entry description is blank.")
    unknown = _mask([code not in SEC_CODES for code in sec])
    column.tell("sec-code", "standard_entry_class", unknown, "The SEC code is not one the Rules know.")
    dates = column.texts("effective_entry_date")
    blank = _mask([not text.strip(" 0") for text in dates]) & _mask([code != "ADV" for code in sec])
    column.tell("effective-date-blank", "effective_entry_date", blank, "No effective date: it settles the same day.")
    real = {text: is_real_date(text) for text in set(dates)}
    bad = _mask([bool(text.strip(" 0")) and not real[text] for text in dates])
    column.tell("date-real", "effective_entry_date", bad, "The effective entry date names no day.")
    bad = _mask([text not in {"0", "1", "2"} for text in column.texts("originator_status_code")])
    column.tell("originator-status", "originator_status_code", bad, "The originator status code is none of 0, 1 and 2.")
    bad = _mask([not text.isdigit() or len(text) != 8 for text in column.texts("originating_dfi")])  # noqa: PLR2004 -- the field's width
    column.tell("originating-dfi", "originating_dfi", bad, "The ODFI's identification is not eight digits.")
    _check_numbers(batches, column)


def _check_numbers(batches: BatchColumns, column: _Column) -> None:
    same_file = np.append(False, batches.head[1:] == batches.head[:-1])
    back = np.append(False, batches.batch_number[1:] <= batches.batch_number[:-1])
    bad = (same_file & back) | _mask([not text.isdigit() for text in column.texts("batch_number")])
    column.tell("batch-number", "batch_number", bad, "The batch number is not above the one before it in the file.")


def check_control_matches(batches: BatchColumns, findings: Findings) -> None:
    """Tell every batch control that repeats a header field otherwise than the header has it."""
    has = batches.control_line > 0
    for name in ("service_class", "originating_dfi", "batch_number", "company_identification"):
        differs = _differs(batches, _BATCH, _CONTROL, name) & has
        if name == "company_identification":
            # The control of an advice has no such field.
            differs &= ~(batches.texts("standard_entry_class") == np.frombuffer(b"ADV", np.uint8)).all(axis=1)
        check = "batch-control-company" if name == "company_identification" else "batch-control-match"
        sentence = f"The batch control has another {name.replace('_', ' ')} than its header."
        lines: Int64 = batches.control_line[differs]
        findings.rows(check, lines, sentence, field=_CONTROL.field(name))


def _differs(batches: BatchColumns, header: Layout, control: Layout, name: str) -> Mask:
    differs: Mask = (batches.record[:, header.span(name)] != batches.control[:, control.span(name)]).any(axis=1)
    return differs
