"""Returns, dishonours, contests, changes and refused changes: what their one addenda must say."""

from ingather.nacha.records import LAYOUTS, layout_of
from ingather.nacha.return_reasons import RETURN_REASONS, ReturnReason
from ingather.nacha.tables import rows_of
from ingather.nacha.transaction_codes import TRANSACTION_CODES, Use
from tests.fuzz.slow_addenda import type_of
from tests.fuzz.slow_frames import DAYS_OF_A_YEAR, day_of, is_blank, is_debit, is_routing_number
from tests.fuzz.slow_lines import Problems
from tests.fuzz.slow_structure import SlowAddenda, SlowEntry, SlowStructure, is_digits

CHANGE_CODES = {row["code"] for row in rows_of("change_codes.csv")}
REFUSALS = {f"C{number}" for number in range(61, 70)}
DISHONOURS = {f"R{number}" for number in range(61, 71)}
CONTESTS = {f"R{number}" for number in range(71, 78)}
DEATHS = {"R14", "R15"}
WRONG_FIELDS = {f"0{number}" for number in range(1, 8)}

# Where corrected data stand, in columns of their field: (kind, from, to); the rest is blank (RB13 Appendix Five).
CORRECTED: dict[str, list[tuple[str, int, int]]] = {
    "C01": [("account", 1, 17)],
    "C02": [("routing", 1, 9)],
    "C03": [("routing", 1, 9), ("account", 13, 29)],
    "C05": [("code", 1, 2)],
    "C06": [("account", 1, 17), ("code", 21, 22)],
    "C07": [("routing", 1, 9), ("account", 10, 26), ("code", 27, 28)],
    "C08": [("text", 1, 34)],
    "C09": [("text", 1, 22)],
    "C13": [("text", 1, 29)],
    "C14": [("international", 1, 3)],
}


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
    if entry.answer and row is not None and row.use is not Use.RETURN:
        problems.add("return-transaction-code", entry.line)
    if changes and entry.amount:
        problems.add("change-amount", entry.line)
    if entry.batch is None:
        return
    if changes != (entry.sec == "COR"):
        problems.add("change-class", entry.line)


def _check_original(addenda: SlowAddenda, problems: Problems) -> None:
    trace = addenda.record.cut(7, 21)
    if not is_digits(trace) or not int(trace):
        problems.add("original-trace", addenda.record.line)
    if not is_digits(addenda.record.cut(28, 35)):
        problems.add("original-rdfi", addenda.record.line)


def _check_reason(addenda: SlowAddenda, problems: Problems) -> None:
    line = addenda.record.line
    code = addenda.record.cut(4, 6)
    reason = RETURN_REASONS.get(code)
    if reason is None:
        problems.add("unknown-return-code", line)
    else:
        _check_fit(addenda, reason, problems)
    if code in DISHONOURS:
        _check_dishonour(addenda, problems)
    elif code in CONTESTS:
        _check_contest(addenda, problems)
    else:
        text = addenda.record.cut(22, 27)
        if not is_blank(text) and day_of(text) is None:
            problems.add("date-real", line)
        elif is_blank(text) == (code in DEATHS):
            problems.add("date-of-death", line)


def _check_fit(addenda: SlowAddenda, reason: ReturnReason, problems: Problems) -> None:
    entry = addenda.entry
    if entry is None:
        return
    if entry.sec and reason.classes and entry.sec not in reason.classes:
        problems.add("return-code-class", addenda.record.line)
    if entry.code in TRANSACTION_CODES and reason.direction not in {"any", "debit" if is_debit(entry.code) else "credit"}:
        problems.add("return-code-entry", addenda.record.line)


def _is_day_of_year(text: str) -> bool:
    return is_digits(text) and int(text) in DAYS_OF_A_YEAR


def _is_reason(digits: str) -> bool:
    return f"R{digits}" in RETURN_REASONS


def _is_trace(text: str) -> bool:
    return is_digits(text) and int(text) > 0


def _check_dishonour(addenda: SlowAddenda, problems: Problems) -> None:
    right = (
        _is_trace(value(addenda, "799DIS", "return_trace"))
        and _is_day_of_year(value(addenda, "799DIS", "return_settlement_date"))
        and _is_reason(value(addenda, "799DIS", "return_reason_digits"))
    )
    if addenda.record.cut(4, 6) == "R69":
        wrong = value(addenda, "799DIS", "addenda_information").rstrip(" ").split("*")
        right = right and all(each in WRONG_FIELDS for each in wrong)
    if not right:
        problems.add("dishonour", addenda.record.line)


def _check_contest(addenda: SlowAddenda, problems: Problems) -> None:
    right = (
        _is_trace(value(addenda, "799CON", "dishonour_trace"))
        and _is_day_of_year(value(addenda, "799CON", "dishonour_settlement_date"))
        and f"R{value(addenda, '799CON', 'dishonour_reason_digits')}" in DISHONOURS
    )
    returned = value(addenda, "799CON", "original_return_date")
    settled = value(addenda, "799CON", "original_settlement_date")
    if addenda.record.cut(4, 6) == "R73":
        right = right and not is_blank(returned) and _is_day_of_year(settled)
    if not is_blank(returned) and day_of(returned) is None:
        problems.add("date-real", addenda.record.line)
    if not right:
        problems.add("contest", addenda.record.line)


def _check_change(addenda: SlowAddenda, problems: Problems) -> None:
    line = addenda.record.line
    code = addenda.record.cut(4, 6)
    if code not in CHANGE_CODES:
        problems.add("unknown-change-code", line)
    if code in REFUSALS:
        refused = value(addenda, "798REF", "change_code")
        if refused not in CHANGE_CODES - REFUSALS or not is_digits(value(addenda, "798REF", "change_trace_sequence")):
            problems.add("refused-change", line)
        return
    international = addenda.entry is not None and addenda.entry.international
    corrected = value(addenda, "798IAT" if international else "798", "corrected_data")
    if not fits(corrected, code, international=international):
        problems.add("corrected-data", line)


def fits(corrected: str, code: str, *, international: bool) -> bool:
    """Return whether corrected data are what the change code asks for, where it asks for it."""
    if code not in CORRECTED:
        return True
    parts = CORRECTED[code]
    if international and code == "C01":
        parts = [("account", 1, 35)]
    rest = list(corrected)
    for kind, start, end in parts:
        text = corrected[start - 1 : end]
        rest[start - 1 : end] = " " * len(text)
        if not _is_corrected(text, kind):
            return False
    return is_blank("".join(rest))


def _is_corrected(text: str, kind: str) -> bool:
    match kind:
        case "account":
            return text[0] != " "
        case "routing":
            return is_routing_number(text)
        case "code":
            return is_digits(text) and int(text) in TRANSACTION_CODES
        case "international":
            return text == "IAT"
        case _:
            return not is_blank(text)


def layout_key(addenda: SlowAddenda) -> str:
    """Return the key of the layout by which an addenda is read."""
    international = addenda.entry is not None and addenda.entry.international
    sec = "IAT" if international else addenda.entry.sec if addenda.entry else ""
    layout = layout_of(addenda.record.text.encode("latin-1"), standard_entry_class=sec)
    return layout.code if layout else "7"
