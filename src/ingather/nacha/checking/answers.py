"""Returns, dishonours and contests: the entry they name, the reason they give, and what each must carry besides."""

import re
from collections.abc import Sequence

import numpy as np

from ingather.base.columns import BLANK, ZERO, Bytes2D, Int64, Mask, column_texts, parse_digits
from ingather.nacha.addenda import ANSWERS, CHANGE, RETURN, TERMINAL, Cut, abroad, cut, of_type, only, owners
from ingather.nacha.answers import Places, code_number, is_abroad, places_of
from ingather.nacha.checking.dates import are_real_dates
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import DEBIT, RETURNED

_RETURN, _DISHONOUR, _CONTEST = LAYOUTS["799"], LAYOUTS["799DIS"], LAYOUTS["799CON"]
_ENTRY = LAYOUTS["6"]
_ADVICE = "ADV"
_LONGEST_YEAR = 366
_DEATHS = (14, 15)
_FIELD_ERRORS, _TIMELY, _NOT_REQUESTED = 69, 73, 70
_REQUESTED = (6, 31)
# Classes whose entries may come back with the addenda that they were sent with (moov-io/ach).
_COMPLETE = ("CTX",)
_DISPUTED_COMPLETE = ("ATX", "CTX", "PPD", "TRX", "WEB")
_WRONG_FIELDS = re.compile(r"0[1-7](\*0[1-7])*")
# Which reason of a dishonour these contests answer, 0 for the others (RB13 Appendix Four).
_ANSWERS = np.zeros(100, np.int64)
_ANSWERS[[74, 75, 76, 77]] = [69, 67, 69, 62]
_NAMED = {
    "return_trace": "the trace number of the return",
    "return_settlement_date": "the day of the year on which the return settled",
    "return_reason_digits": "the reason of the return without its R",
    "dishonour_trace": "the trace number of the dishonour",
    "dishonour_settlement_date": "the day of the year on which the dishonour settled",
    "dishonour_reason_digits": "the reason of the dishonour, 61 to 70",
    "original_return_date": "the day on which the original entry was returned",
    "original_settlement_date": "the day of the year on which the original entry settled",
}


def _of_family(family: Family) -> Mask:
    mask = np.zeros(100, np.bool_)
    mask[[int(code[1:]) for code, row in RETURN_REASONS.items() if row.family is family]] = True
    return mask


_RETURNING, _DISHONOURING = _of_family(Family.RETURN), _of_family(Family.DISHONOUR)


def check_answers(
    batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings
) -> None:
    """Tell returns, dishonours and contests that do not say what they must; one that is wrong hides no other."""
    _check_traces(entries, addenda, findings)
    at = of_type(addenda, CHANGE, RETURN)
    if not len(at):
        return
    _check_originals(addenda, at, findings)
    _check_transaction_codes(entries, addenda, sec, findings)
    places = places_of(addenda)
    _check_company(batches, entries, addenda, places, sec, findings)
    at = of_type(addenda, RETURN)
    if len(at):
        _check_reasons(entries, addenda, at, sec, findings)
        _check_disputed(batches, entries, addenda, places, findings)
        _check_deaths(addenda, places.returns, findings)
        _check_dishonours(addenda, places.dishonours, findings)
        _check_contests(addenda, places.contests, findings)


def _check_traces(entries: EntryColumns, addenda: AddendaColumns, findings: Findings) -> None:
    """Tell records that repeat another trace number than their entry's; advices have none to repeat."""
    at = of_type(addenda, TERMINAL, CHANGE, RETURN)
    own = owners(entries.trace, addenda, at, missing=-1)
    at, own = at[own > 0], own[own > 0]
    fields = cut(addenda, at, _RETURN)
    other = at[fields.number("trace_number") != own]
    sentence = "The record does not repeat the trace number of its entry."
    findings.rows("addenda-trace", addenda.line[other], sentence, field=_RETURN.field("trace_number"))


def _check_originals(addenda: AddendaColumns, at: Int64, findings: Findings) -> None:
    fields = cut(addenda, at, _RETURN)
    original, real = fields.parsed("original_trace")
    sentence = "The record does not name the trace number of the entry it is about."
    _tell(findings, "original-trace", addenda, at[~real | (original == 0)], _RETURN, "original_trace", sentence)
    bank, real = fields.parsed("original_rdfi")
    sentence = "The record does not name the bank of the entry it is about with eight digits."
    _tell(findings, "original-rdfi", addenda, at[~real | (bank == 0)], _RETURN, "original_rdfi", sentence)


def _check_transaction_codes(
    entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings
) -> None:
    advising = np.array([*(code == _ADVICE for code in sec), False])
    sentence = "The transaction code is not one for what comes back, such as 21, 26, 31 and 36."
    field = _ENTRY.field("transaction_code")
    for kind, check in ((RETURN, "return-transaction-code"), (CHANGE, "change-transaction-code")):
        owner = addenda.entry[of_type(addenda, kind)]
        owner = owner[owner >= 0]
        wrong = owner[~RETURNED[entries.transaction_code[owner]] & ~advising[entries.batch[owner]]]
        findings.rows(check, entries.line[wrong], sentence, field=field)


def _check_company(
    batches: BatchColumns,
    entries: EntryColumns,
    addenda: AddendaColumns,
    places: Places,
    sec: Sequence[str],
    findings: Findings,
) -> None:
    """Tell answers whose entry carries other addenda than theirs: what was sent with the original stays there."""
    carries = np.zeros(len(entries), np.bool_)
    sent = addenda.entry[~(ANSWERS[addenda.type_code] & (addenda.type_code >= 0))]
    carries[sent[sent >= 0]] = True
    if not carries.any():
        return
    disputed = np.concatenate([places.dishonours, places.contests])
    changed = np.concatenate([places.changes, places.refusals])
    for at, classes in ((places.returns, _COMPLETE), (disputed, _DISPUTED_COMPLETE), (changed, ())):
        may = np.append(abroad(batches) | np.array([code in classes for code in sec], np.bool_), False)
        own = at[addenda.entry[at] >= 0]
        owner = addenda.entry[own]
        sentence = "The entry comes back with addenda that were sent with the original."
        wrong = own[carries[owner] & ~may[entries.batch[owner]]]
        _tell(findings, "answer-addenda", addenda, wrong, _RETURN, "addenda_type", sentence)


def _check_reasons(
    entries: EntryColumns, addenda: AddendaColumns, at: Int64, sec: Sequence[str], findings: Findings
) -> None:
    number = code_number(addenda, at, "R")
    batch = owners(entries.batch, addenda, at, missing=-1)
    debit = DEBIT[owners(entries.transaction_code, addenda, at, missing=0)]
    owned = addenda.entry[at] >= 0
    for one in np.unique(number).tolist():
        here = number == one
        row = RETURN_REASONS.get(f"R{one:02d}")
        if row is None:
            sentence = "The return reason is not one the Rules know; it is kept as it stands."
            _tell(findings, "unknown-return-code", addenda, at[here], _RETURN, "return_reason", sentence)
            continue
        fits = np.array([*(code not in SEC_CODES or row.fits_class(code) for code in sec), True])
        sentence = f"Entries of this SEC code do not come back with {row.code}."
        _tell(findings, "return-code-class", addenda, at[here & ~fits[batch]], _RETURN, "return_reason", sentence)
        misfit = debit if not row.fits_direction(debit=True) else ~debit
        if row.fits_direction(debit=True) and row.fits_direction(debit=False):
            continue
        sentence = f"{row.code} is a reason for {row.direction} entries only."
        _tell(findings, "return-code-entry", addenda, at[here & owned & misfit], _RETURN, "return_reason", sentence)


def _check_disputed(
    batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, places: Places, findings: Findings
) -> None:
    disputed = np.concatenate([places.dishonours, places.contests])
    disputed = disputed[is_abroad(batches, entries, addenda, disputed)]
    sentence = "Returns of international entries are neither dishonoured nor contested."
    _tell(findings, "return-code-class", addenda, disputed, _RETURN, "return_reason", sentence)


def _check_deaths(addenda: AddendaColumns, at: Int64, findings: Findings) -> None:
    day = cut(addenda, at, _RETURN).octets("date_of_death")
    filled = _filled(day)
    deaths = np.isin(code_number(addenda, at, "R"), _DEATHS)
    sentence = "R14 and R15 carry a date of death, and here is none."
    _tell(findings, "date-of-death", addenda, at[deaths & ~filled], _RETURN, "date_of_death", sentence)
    sentence = "There is a date of death, and the reason is neither R14 nor R15."
    _tell(findings, "date-of-death", addenda, at[~deaths & filled], _RETURN, "date_of_death", sentence)
    at, day = at[filled], day[filled]
    sentence = "The date of death names no day."
    _tell(findings, "date-real", addenda, at[~are_real_dates(day)], _RETURN, "date_of_death", sentence)


def _check_dishonours(addenda: AddendaColumns, at: Int64, findings: Findings) -> None:
    if not len(at):
        return
    fields = cut(addenda, at, _DISHONOUR)
    number, reason = code_number(addenda, at, "R"), fields.number("return_reason_digits")
    for name, bad in _return_named(fields).items():
        _tell(findings, "dishonour", addenda, at[bad], _DISHONOUR, name, f"A dishonour names {_NAMED[name]}.")
    bad = (number == _NOT_REQUESTED) & _RETURNING[reason] & ~np.isin(reason, _REQUESTED)
    sentence = "R70 dishonours returns with R06 or R31 only."
    _tell(findings, "dishonour", addenda, at[bad], _DISHONOUR, "return_reason_digits", sentence)
    at = at[number == _FIELD_ERRORS]
    words = column_texts(cut(addenda, at, _DISHONOUR).octets("addenda_information"))
    listed = np.array([_WRONG_FIELDS.fullmatch(text) is not None for text in words], np.bool_)
    sentence = "R69 lists the wrong fields as numbers from 01 to 07 with * between them."
    _tell(findings, "dishonour", addenda, at[~listed], _DISHONOUR, "addenda_information", sentence)


def _check_contests(addenda: AddendaColumns, at: Int64, findings: Findings) -> None:
    if not len(at):
        return
    fields = cut(addenda, at, _CONTEST)
    number, dishonour = code_number(addenda, at, "R"), fields.number("dishonour_reason_digits")
    returned_on = fields.octets("original_return_date")
    timely = number == _TIMELY
    named = {
        "dishonour_trace": fields.number("dishonour_trace") == 0,
        "dishonour_settlement_date": ~_is_day(fields, "dishonour_settlement_date"),
        "dishonour_reason_digits": ~_DISHONOURING[dishonour],
        **_return_named(fields),
        "original_return_date": timely & ~_filled(returned_on),
        "original_settlement_date": timely & ~_is_day(fields, "original_settlement_date"),
    }
    for name, bad in named.items():
        _tell(findings, "contest", addenda, at[bad], _CONTEST, name, f"This contest names {_NAMED[name]}.")
    answers = _ANSWERS[number]
    bad = _DISHONOURING[dishonour] & (answers > 0) & (answers != dishonour)
    sentence = "This contest does not answer a dishonour with that reason."
    _tell(findings, "contest", addenda, at[bad], _CONTEST, "dishonour_reason_digits", sentence)
    filled = _filled(returned_on)
    bad = at[filled][~are_real_dates(returned_on[filled])]
    sentence = "The date on which the original entry was returned names no day."
    _tell(findings, "date-real", addenda, bad, _CONTEST, "original_return_date", sentence)


def _return_named(fields: Cut) -> dict[str, Mask]:
    """Return which of these dishonours or contests lack what names the return they are about, by field."""
    return {
        "return_trace": fields.number("return_trace") == 0,
        "return_settlement_date": ~_is_day(fields, "return_settlement_date"),
        "return_reason_digits": ~_RETURNING[fields.number("return_reason_digits")],
    }


def _filled(column: Bytes2D) -> Mask:
    """Return where a date is neither blank nor zeros."""
    return ~only(column, BLANK, ZERO)


def _is_day(fields: Cut, name: str) -> Mask:
    day, _ = parse_digits(fields.octets(name))
    mask: Mask = (day > 0) & (day <= _LONGEST_YEAR)
    return mask


def _tell(
    findings: Findings, check: str, addenda: AddendaColumns, at: Int64, layout: Layout, name: str, sentence: str
) -> None:
    findings.rows(check, addenda.line[at], sentence, field=layout.field(name))
