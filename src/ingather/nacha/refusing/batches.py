"""What speaks against batch headers: texts that do not fit, codes, dates and numbers that would be wrong."""

from collections.abc import Sequence
from datetime import date

from ingather.nacha.descriptions import reserved_in
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import LAYOUTS
from ingather.nacha.refusing.heads import SAME_DAY_MARK, YEARS, encodable, printable
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.sec import SEC_CODES, Depth
from ingather.nacha.writing.frames import HeaderTexts, header_texts

_BATCH = LAYOUTS["5"]
DEBITS_ONLY, CREDITS_ONLY, MIXED, ADVICES = 225, 220, 200, 280
_HIGHEST_NUMBER = 9_999_999
_HIGHEST_CLASS = 999
_DFI_DIGITS = 8
_DAYS = range(1, 367)
_BLANK_CHECKS = {
    "company_name": "company-name-blank",
    "company_identification": "company-id-blank",
    "company_entry_description": "description-blank",
}


def check_batches(scope: Scope) -> None:
    """Tell what speaks against the records 5, batch by batch."""
    texts = header_texts(scope.plan, slice(None), scope.dialect, scope.purpose)
    for name in HeaderTexts.__dataclass_fields__:
        _check_texts(scope, name, getattr(texts, name))
    _check_codes(scope, texts)
    _check_dates(scope, texts)
    _check_left_alone(scope)


def _tell(scope: Scope, check: str, row: int, name: str, what: str, *, layout: str = "5") -> None:
    scope.tell(check, f"Batch {row}: {what}.", layout=layout, name=name)


def _check_texts(scope: Scope, name: str, column: Sequence[str], *, layout: str = "5") -> None:
    width, words = LAYOUTS[layout].field(name).width, name.replace("_", " ")
    allowed = encodable if scope.purpose is Purpose.COPY else printable
    international = scope.plan.batches.standard_entry_class
    for row, text in enumerate(column, start=1):
        if len(text) > width:
            what = f"the {words} has {len(text)} characters; {width} fit, and none are cut"
            _tell(scope, "field-fits", row, name, what, layout=layout)
        if not allowed(text):
            what = f"the {words} holds characters outside printable ASCII"
            _tell(scope, "characters", row, name, what, layout=layout)
        if name in _BLANK_CHECKS and not text.strip(" 0"):
            # An international batch has no company name: those columns are its indicator.
            if name == "company_name" and international[row - 1] == "IAT":
                continue
            _tell(scope, _BLANK_CHECKS[name], row, name, f"the {words} is blank or zeros")


def _check_codes(scope: Scope, texts: HeaderTexts) -> None:
    batches = scope.plan.batches
    before = 0
    for row, (service, code, dfi, number) in enumerate(
        zip(
            batches.service_class,
            texts.standard_entry_class,
            batches.originating_dfi,
            batches.batch_number,
            strict=True,
        ),
        start=1,
    ):
        if not 0 <= service <= _HIGHEST_CLASS:
            _tell(scope, "field-fits", row, "service_class", "the service class is not three digits")
        elif service not in {MIXED, CREDITS_ONLY, DEBITS_ONLY}:
            what = "the service class is none of 200, 220 and 225"
            _tell(scope, "service-class", row, "service_class", what)
        if code not in SEC_CODES:
            _tell(scope, "sec-code", row, "standard_entry_class", "the SEC code is not one the Rules know")
        elif SEC_CODES[code].depth is not Depth.WRITTEN:
            _tell(scope, "class-written", row, "standard_entry_class", f"{code} entries are read here, not originated")
        if len(dfi) > _DFI_DIGITS or not printable(dfi):
            _tell(scope, "field-fits", row, "originating_dfi", "the ODFI's identification has over eight characters")
        elif len(dfi) != _DFI_DIGITS or not dfi.isdigit() or not int(dfi):
            _tell(scope, "originating-dfi", row, "originating_dfi", "the ODFI's identification is not eight digits")
        if not 0 <= number <= _HIGHEST_NUMBER:
            _tell(scope, "field-fits", row, "batch_number", "the number is not seven digits")
        if number <= before:
            _tell(scope, "batch-number", row, "batch_number", "the number is not above the one before it")
        before = number


def _check_dates(scope: Scope, texts: HeaderTexts) -> None:
    created_on = scope.plan.head.created_on
    columns = (scope.plan.batches.effective_on, texts.company_descriptive_date, texts.company_entry_description)
    for row, (effective, descriptive, description) in enumerate(zip(*columns, strict=True), start=1):
        for check, what in _faults_of(effective, created_on):
            _tell(scope, check, row, "effective_entry_date", what)
        if descriptive[:2] == "SD" and descriptive[2:3].isdigit() and not SAME_DAY_MARK.fullmatch(descriptive.strip()):
            what = "the descriptive date starts like a same-day mark and does not go on as a time"
            _tell(scope, "same-day-mark", row, "company_descriptive_date", what)
        reserved = reserved_in(description)
        if reserved and not description.startswith(reserved):
            _tell(scope, "description-case", row, "company_entry_description", f"{reserved} is written in capitals")


def _faults_of(effective: date | None, created_on: date) -> list[tuple[str, str]]:
    if effective is None:
        return [("effective-date-blank", "without an effective date the entries would settle the same day")]
    if effective.year not in YEARS:
        return [("date-real", "the effective date does not fit six digits")]
    if effective < created_on:
        return [("effective-date-stale", "an effective date before the file's would settle the same day")]
    return []


def _check_left_alone(scope: Scope) -> None:
    """Tell what speaks against the columns that an originator leaves alone and answers fill."""
    batches = scope.plan.batches
    if batches.settlement_date is not None:
        _check_texts(scope, "settlement_date", batches.settlement_date)
        for row, text in enumerate(batches.settlement_date, start=1):
            filled = bool(text.strip())
            if filled and (scope.originates or not text.isdigit() or int(text) not in _DAYS):
                what = "the settlement date is the operator's to fill" if scope.originates else "it is no day of a year"
                _tell(scope, "settlement-date", row, "settlement_date", what)
    if batches.originator_status is not None:
        _check_texts(scope, "originator_status_code", batches.originator_status)
        for row, text in enumerate(batches.originator_status, start=1):
            if text not in {"0", "1", "2"} or (scope.originates and text == "0"):
                what = "the originator status is not 1 or 2" if scope.originates else "the originator status is unknown"
                _tell(scope, "originator-status", row, "originator_status_code", what)
    if batches.authentication is not None:
        _check_texts(scope, "message_authentication_code", batches.authentication, layout="8")
