"""Returns, dishonours, contests, changes and refused changes: what their one addenda must say."""

from collections.abc import Sequence

from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind, ChangePart
from ingather.nacha.records import LAYOUTS
from ingather.nacha.return_reasons import RETURN_REASONS, Family, ReturnReason
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind, Use
from tests.fuzz.slow_addenda import type_of
from tests.fuzz.slow_frames import (
    DAYS_OF_A_YEAR,
    day_of,
    is_blank,
    is_blank_or_zeros,
    is_debit,
    is_routing_number,
)
from tests.fuzz.slow_lines import Problems
from tests.fuzz.slow_structure import SlowAddenda, SlowEntry, SlowStructure, is_digits, number

DEATHS = {"R14", "R15"}
# Which dishonour a contest answers, and which returns R70 dishonours (RB13 Appendix Four).
ANSWERED = {"R74": "69", "R75": "67", "R76": "69", "R77": "62"}
REQUESTED = {"06", "31"}
WRONG_FIELDS = {f"0{number}" for number in range(1, 8)}


def check_answers(found: SlowStructure, problems: Problems) -> None:
    """Look at every addenda 98 and 99, and at the entries they belong to."""
    for addenda in found.addenda:
        if type_of(addenda) in {"98", "99"}:
            _check_original(addenda, problems)
        if type_of(addenda) == "99":
            _check_reason(addenda, problems)
        elif type_of(addenda) == "98":
            _check_change(addenda, problems)
    for entry in found.entries:
        _check_entry(entry, problems)


def value(addenda: SlowAddenda, key: str, name: str) -> str:
    """Return one field of an addenda, read by one layout."""
    return addenda.record.text[LAYOUTS[key].span(name)]


def _check_entry(entry: SlowEntry, problems: Problems) -> None:
    changes = any(type_of(addenda) == "98" for addenda in entry.addenda)
    row = TRANSACTION_CODES.get(entry.code)
    if entry.answer and entry.sec != "ADV" and not (row is not None and row.use is Use.RETURN):
        if changes:
            problems.add("change-transaction-code", entry.line)
        if any(type_of(addenda) == "99" for addenda in entry.addenda):
            problems.add("return-transaction-code", entry.line)
    _check_company(entry, problems)
    if changes and entry.amount:
        problems.add("change-amount", entry.line)
    if entry.sec == "COR" and not changes:
        problems.add("change-class", entry.line)
    for addenda in entry.addenda:
        if type_of(addenda) == "98" and entry.batch is not None and entry.sec != "COR":
            problems.add("change-class", addenda.record.line)


def _check_company(entry: SlowEntry, problems: Problems) -> None:
    sent = any(type_of(addenda) not in {"98", "99"} for addenda in entry.addenda)
    for addenda in entry.addenda:
        if sent and not entry.international and not _may_keep_company(addenda, entry.sec):
            problems.add("answer-addenda", addenda.record.line)


def _may_keep_company(addenda: SlowAddenda, sec: str) -> bool:
    """Return whether this addenda may stand beside those that were sent."""
    if type_of(addenda) == "98":
        return False
    if type_of(addenda) != "99":
        return True
    reason = RETURN_REASONS.get(addenda.record.cut(4, 6))
    returned = reason is None or reason.family is Family.RETURN
    return sec in ({"CTX"} if returned else {"ATX", "CTX", "PPD", "TRX", "WEB"})


def _check_original(addenda: SlowAddenda, problems: Problems) -> None:
    trace = addenda.record.cut(7, 21)
    if not is_digits(trace) or not int(trace):
        problems.add("original-trace", addenda.record.line)
    if not number(addenda.record.cut(28, 35)):
        problems.add("original-rdfi", addenda.record.line)


def _check_reason(addenda: SlowAddenda, problems: Problems) -> None:
    line = addenda.record.line
    code = addenda.record.cut(4, 6)
    reason = RETURN_REASONS.get(code)
    if reason is None:
        problems.add("unknown-return-code", line)
    elif addenda.entry is not None:
        _check_fit(addenda.entry, line, reason, problems)
    if reason is not None and reason.family is Family.DISHONOUR:
        _check_dishonour(addenda, problems)
    elif reason is not None and reason.family is Family.CONTEST:
        _check_contest(addenda, problems)
    else:
        text = addenda.record.cut(22, 27)
        if is_blank_or_zeros(text) == (code in DEATHS):
            problems.add("date-of-death", line)
        if not is_blank_or_zeros(text) and day_of(text) is None:
            problems.add("date-real", line)


def _check_fit(entry: SlowEntry, line: int, reason: ReturnReason, problems: Problems) -> None:
    if entry.sec in SEC_CODES and reason.classes and entry.sec not in reason.classes:
        problems.add("return-code-class", line)
    if entry.international and reason.family is not Family.RETURN:
        problems.add("return-code-class", line)
    if reason.direction not in {"any", "debit" if is_debit(entry.code) else "credit"}:
        problems.add("return-code-entry", line)


def _is_day_of_year(text: str) -> bool:
    return is_digits(text) and int(text) in DAYS_OF_A_YEAR


def _is_reason(digits: str, family: Family) -> bool:
    reason = RETURN_REASONS.get(f"R{digits}")
    return reason is not None and reason.family is family


def _names_return(addenda: SlowAddenda, key: str) -> bool:
    return (
        number(value(addenda, key, "return_trace")) > 0
        and _is_day_of_year(value(addenda, key, "return_settlement_date"))
        and _is_reason(value(addenda, key, "return_reason_digits"), Family.RETURN)
    )


def _check_dishonour(addenda: SlowAddenda, problems: Problems) -> None:
    code, of = addenda.record.cut(4, 6), value(addenda, "799DIS", "return_reason_digits")
    right = _names_return(addenda, "799DIS")
    if code == "R70":
        right = right and of in REQUESTED
    if code == "R69":
        wrong = value(addenda, "799DIS", "addenda_information").rstrip(" ").split("*")
        right = right and all(each in WRONG_FIELDS for each in wrong)
    if not right:
        problems.add("dishonour", addenda.record.line)


def _check_contest(addenda: SlowAddenda, problems: Problems) -> None:
    code, of = addenda.record.cut(4, 6), value(addenda, "799CON", "dishonour_reason_digits")
    right = (
        _names_return(addenda, "799CON")
        and number(value(addenda, "799CON", "dishonour_trace")) > 0
        and _is_day_of_year(value(addenda, "799CON", "dishonour_settlement_date"))
        and _is_reason(of, Family.DISHONOUR)
        and ANSWERED.get(code, of) == of
    )
    returned = value(addenda, "799CON", "original_return_date")
    settled = value(addenda, "799CON", "original_settlement_date")
    if code == "R73":
        right = right and not is_blank_or_zeros(returned) and _is_day_of_year(settled)
    if not is_blank_or_zeros(returned) and day_of(returned) is None:
        problems.add("date-real", addenda.record.line)
    if not right:
        problems.add("contest", addenda.record.line)


def _check_change(addenda: SlowAddenda, problems: Problems) -> None:
    line = addenda.record.line
    code = CHANGE_CODES.get(addenda.record.cut(4, 6))
    international = addenda.entry is not None and addenda.entry.international
    if code is None:
        problems.add("unknown-change-code", line)
    elif code.kind is ChangeKind.REFUSAL:
        refused = CHANGE_CODES.get(value(addenda, "798REF", "change_code"))
        named = refused is not None and refused.kind is not ChangeKind.REFUSAL
        said = number(value(addenda, "798REF", "change_trace_sequence")) and not is_blank(
            value(addenda, "798REF", "corrected_data")
        )
        if not named or not said or international:
            problems.add("refused-change", line)
    else:
        parts = code.international_parts if international else code.parts
        if not fits(value(addenda, "798IAT" if international else "798", "corrected_data"), parts):
            problems.add("corrected-data", line)


def fits(corrected: str, parts: Sequence[ChangePart]) -> bool:
    """Return whether each part of the corrected data is what it must be, and whether the other columns are blank."""
    rest = list(corrected)
    for part in parts:
        text = corrected[part.start - 1 : part.end]
        rest[part.start - 1 : part.end] = " " * len(text)
        if not _is_corrected(text, part.kind):
            return False
    return bool(parts) and is_blank("".join(rest))


def _is_corrected(text: str, kind: str) -> bool:
    match kind:
        case "account":
            return text[0] != " "
        case "routing":
            return is_routing_number(text)
        case "transaction_code":
            code = TRANSACTION_CODES.get(int(text)) if is_digits(text) else None
            return code is not None and code.account is not AccountKind.ACCOUNTING
        case "standard_entry_class":
            return text == "IAT"
        case "blank":
            return is_blank(text)
        case _:
            return not is_blank(text)
