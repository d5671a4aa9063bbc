"""Single fields of batch headers: names, codes, dates and numbers, and what the control repeats of them."""

import numpy as np

from ingather.base.columns import Int64, Mask, column_texts
from ingather.base.dates import parse_yymmdd
from ingather.nacha.addenda import abroad
from ingather.nacha.checking.dates import is_day_of_year, is_digits, is_real_date, is_real_time
from ingather.nacha.descriptions import RESERVED_DESCRIPTIONS, RETRY, RETURN_FEE, REVERSAL, reserved_in
from ingather.nacha.entry_kinds import EntryKinds
from ingather.nacha.findings import Findings
from ingather.nacha.reading import BatchColumns, Heads
from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES

_FILE, _BATCH, _CONTROL = LAYOUTS["1"], LAYOUTS["5"], LAYOUTS["8"]
_CREATION = _FILE.span("file_creation_date")
_SERVICE_CLASSES = (200, 220, 225, 280)
_ADVICES, _ADVICE_CLASS = 280, "ADV"
_MARK = "SD"
_REPLACING = (RETRY, RETURN_FEE, REVERSAL)
_NOT_FILLED = {
    "company-id-blank": ("company_identification", "The company identification is blank or zeros."),
    "description-blank": ("company_entry_description", "The company entry description is blank or zeros."),
}


class _Headers:
    """The fields of all batch headers as texts, and where to tell what is wrong with them."""

    def __init__(self, batches: BatchColumns, findings: Findings) -> None:
        self._batches = batches
        self._findings = findings

    def texts(self, name: str) -> list[str]:
        return column_texts(self._batches.texts(name))

    def tell(self, check: str, name: str, bad: Mask, sentence: str) -> None:
        if bad.any():
            self._findings.rows(check, self._batches.line[bad], sentence, field=_BATCH.field(name))


def _mask(values: list[bool]) -> Mask:
    return np.array(values, np.bool_)


def check_batch_headers(
    batches: BatchColumns, heads: Heads, kinds: EntryKinds, sec: list[str], findings: Findings
) -> None:
    """Tell every batch header whose fields the operator would refuse, or whose entries settle otherwise than meant."""
    if not len(batches):
        return
    headers = _Headers(batches, findings)
    advices = _mask([code == _ADVICE_CLASS for code in sec])
    _check_service_class(batches, headers, advices)
    _check_company(headers, sec)
    _check_descriptions(headers, kinds, sec)
    moves_money = _mask([code not in SEC_CODES or not SEC_CODES[code].non_monetary for code in sec])
    _check_effective_dates(batches, heads, headers, kinds.forward_batches & moves_money & ~advices)
    _check_operator_fields(headers, sec)
    _check_originator(headers, sec, abroad(batches), kinds.forward_batches)
    unknown = _mask([code not in SEC_CODES for code in sec])
    headers.tell("sec-code", "standard_entry_class", unknown, "The SEC code is not one the Rules know.")
    sentence = "Forward entries, returns, dishonours, contests and changes do not share a batch."
    findings.rows("mixed-batch", batches.line[kinds.mixed], sentence)
    _check_numbers(batches, headers)


def _check_service_class(batches: BatchColumns, headers: _Headers, advices: Mask) -> None:
    bad = ~np.isin(batches.service_class, _SERVICE_CLASSES)
    headers.tell("service-class", "service_class", bad, "The service class is none of 200, 220, 225 and 280.")
    other = ~bad & advices & (batches.service_class != _ADVICES)
    headers.tell("service-class", "service_class", other, "Accounting advices have the service class 280.")
    other = ~advices & (batches.service_class == _ADVICES)
    headers.tell("service-class", "service_class", other, "The service class 280 is for accounting advices only.")


def _check_company(headers: _Headers, sec: list[str]) -> None:
    # An international header has an indicator where the others have the company's name.
    named = _mask([code != "IAT" for code in sec])
    blank = _mask([not name.strip(" 0") for name in headers.texts("company_name")])
    headers.tell("company-name-blank", "company_name", blank & named, "The company name is blank or zeros.")
    for check, (name, sentence) in _NOT_FILLED.items():
        headers.tell(check, name, _mask([not text.strip(" 0") for text in headers.texts(name)]), sentence)


def _check_descriptions(headers: _Headers, kinds: EntryKinds, sec: list[str]) -> None:
    name = "company_entry_description"
    texts = headers.texts(name)
    words = {text: reserved_in(text) for text in set(texts)}
    bad = _mask([_small_letters(text, words[text]) for text in texts])
    headers.tell("description-case", name, bad, "A description that the Rules reserve is in capitals.")
    # What is sent again, reversed or charged for says so instead.
    demanded = [SEC_CODES[code].entry_description if code in SEC_CODES else "" for code in sec]
    bad = _mask(
        [bool(word) and words[text] not in {word, *_REPLACING} for text, word in zip(texts, demanded, strict=True)]
    )
    sentence = "The SEC code demands another company entry description."
    headers.tell("description-class", name, bad & kinds.forward_batches, sentence)


def _small_letters(text: str, word: str) -> bool:
    return bool(word) and text[: RESERVED_DESCRIPTIONS[word].columns].rstrip(" ") != word


def _check_effective_dates(batches: BatchColumns, heads: Heads, headers: _Headers, settling: Mask) -> None:
    """Tell dates that name no day, and those of batches to be settled that are missing or in the past."""
    name = "effective_entry_date"
    dates = headers.texts(name)
    blank = _mask([not text.strip(" 0") for text in dates])
    headers.tell("effective-date-blank", name, blank & settling, "No effective date: it settles the same day.")
    days = {text: parse_yymmdd(text).toordinal() if is_real_date(text) else 0 for text in set(dates)}
    day = np.array([days[text] for text in dates], np.int64)
    headers.tell("date-real", name, ~blank & (day == 0), "The effective entry date names no day.")
    created = column_texts(heads.record[:, _CREATION])
    made = np.array([parse_yymmdd(text).toordinal() if is_real_date(text) else 0 for text in created], np.int64)
    stale = settling & (day > 0) & (day < made[batches.head])
    sentence = "The effective date is before the file's creation date: the entries settle the same day."
    headers.tell("effective-date-stale", name, stale, sentence)


def _check_operator_fields(headers: _Headers, sec: list[str]) -> None:
    texts = headers.texts("settlement_date")
    bad = _mask([bool(text.strip(" ")) and not is_day_of_year(text) for text in texts])
    headers.tell("settlement-date", "settlement_date", bad, "The settlement date is no day of the year, 001 to 366.")
    # In an international header the columns of the descriptive date hold two currencies.
    texts = headers.texts("company_descriptive_date")
    bad = _mask([code != "IAT" and _is_false_mark(text) for text, code in zip(texts, sec, strict=True)])
    sentence = "A descriptive date that starts with SD and a digit goes on as a time: SDHHMM."
    headers.tell("same-day-mark", "company_descriptive_date", bad, sentence)
    bad = _mask([not is_digits(text, 8) or not text.strip("0") for text in headers.texts("originating_dfi")])
    headers.tell(
        "originating-dfi", "originating_dfi", bad, "The ODFI's identification is not eight digits, or only zeros."
    )


def _check_originator(headers: _Headers, sec: list[str], international: Mask, forward: Mask) -> None:
    name = "originator_status_code"
    texts = headers.texts(name)
    usual = ("1", "2")
    good = {_ADVICE_CLASS: ("0",)}
    bad = _mask([text not in good.get(code, usual) for text, code in zip(texts, sec, strict=True)])
    bad &= ~(international & _mask([text == "0" for text in texts]))
    headers.tell("originator-status", name, bad, "The originator status code is not 1 or 2 (of advices: 0).")
    bad = _mask([code == "DNE" and text == "1" for code, text in zip(sec, texts, strict=True)])
    sentence = "Death notifications come from federal agencies, whose status code is 2."
    headers.tell("originator-of-class", name, bad & forward, sentence)


def _is_false_mark(text: str) -> bool:
    rest = text.removeprefix(_MARK)
    return rest != text and rest[:1].isascii() and rest[:1].isdigit() and not is_real_time(rest)


def _check_numbers(batches: BatchColumns, headers: _Headers) -> None:
    same_file = np.append(False, batches.head[1:] == batches.head[:-1])
    back = np.append(False, batches.batch_number[1:] <= batches.batch_number[:-1])
    digits = _mask([is_digits(text, _BATCH.field("batch_number").width) for text in headers.texts("batch_number")])
    sentence = "The batch number is not above the one before it in the file."
    headers.tell("batch-number", "batch_number", same_file & back & digits, sentence)
    headers.tell("batch-number", "batch_number", ~digits, "The batch number is not seven digits.")


def check_control_matches(batches: BatchColumns, sec: list[str], findings: Findings) -> None:
    """Tell every batch control that repeats a header field otherwise than the header has it."""
    has = batches.control_line > 0
    # The control of an advice has no company identification, that of an international batch may do without.
    has_company = has & _mask([code != _ADVICE_CLASS for code in sec])
    for name in ("service_class", "originating_dfi", "batch_number"):
        differs = (batches.texts(name) != batches.control[:, _CONTROL.span(name)]).any(axis=1)
        _tell_other(batches, "batch-control-match", name, differs & has, findings)
    name = "company_identification"
    said = column_texts(batches.texts(name))
    repeated = column_texts(batches.control[:, _CONTROL.span(name)])
    other = _mask([one.strip(" ") != two.strip(" ") for one, two in zip(said, repeated, strict=True)])
    other &= has_company & ~abroad(batches)
    _tell_other(batches, "batch-control-company", name, other, findings)
    moved = (batches.texts(name) != batches.control[:, _CONTROL.span(name)]).any(axis=1) & has_company & ~other
    sentence = "The batch control has the company identification in other columns than its header, or not at all."
    findings.rows("batch-control-placed", batches.control_line[moved], sentence, field=_CONTROL.field(name))


def _tell_other(batches: BatchColumns, check: str, name: str, differs: Mask, findings: Findings) -> None:
    if differs.any():
        sentence = f"The batch control has another {name.replace('_', ' ')} than its header."
        lines: Int64 = batches.control_line[differs]
        findings.rows(check, lines, sentence, field=_CONTROL.field(name))
