"""Addenda, one after the other: how many, of which types, in which order, and whose."""

from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind
from ingather.nacha.countries import STATES
from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.nacha.sec import SEC_CODES, SecRow
from tests.fuzz.slow_frames import check_reserved
from tests.fuzz.slow_lines import Problems, Record
from tests.fuzz.slow_structure import SlowAddenda, SlowEntry, SlowStructure, is_digits, number

KNOWN_TYPES = {"02", "05", *(str(each) for each in range(10, 19)), "98", "99"}
ANSWERS = {"98", "99"}
NAMES_ENTRY_FULLY = {"02", "98", "99"}
SEVEN_DIGITS = 10_000_000
NUMBERED = {"05", "17", "18"}
NAMES_ENTRY_SHORTLY = {"05", *(str(each) for each in range(10, 19))}
MOST_OF_TYPE = {"17": 2, "18": 5}


def type_of(addenda: SlowAddenda) -> str:
    """Return the two digits that say what kind of addenda this is."""
    return addenda.record.cut(2, 3)


def check_addenda(found: SlowStructure, problems: Problems) -> None:
    """Look at every record 7, and at every record 6 for what it says of the addenda behind it."""
    for addenda in found.addenda:
        if type_of(addenda) not in KNOWN_TYPES:
            problems.add("addenda-type", addenda.record.line)
        if type_of(addenda) == "02" and not _is_good_terminal(addenda.record):
            problems.add("terminal", addenda.record.line)
        _check_reserved(addenda, problems)
    for entry in found.entries:
        if entry.value("addenda_indicator") != ("1" if entry.addenda else "0"):
            problems.add("addenda-indicator", entry.line)
        _check_number(entry, problems)
        _check_announced(entry, problems)
        _check_types(entry, problems)
        _check_sequence(entry, problems)
        _check_trace(entry, problems)


def _is_good_terminal(record: Record) -> bool:
    """Return whether a terminal says its number, day, place and state."""
    text = record.cut(26, 29)
    longest = {"02": 29, "04": 30, "06": 30, "09": 30, "11": 30}.get(text[:2], 31)
    day = is_digits(text) and 1 <= int(text[:2]) <= 12 and 1 <= int(text[2:]) <= longest
    filled = all(record.cut(*columns).strip(" ") for columns in ((20, 25), (36, 62), (63, 77)))
    return day and filled and record.cut(78, 79) in STATES


def _check_number(entry: SlowEntry, problems: Problems) -> None:
    """Count what goes forward and what answers apart: of the latter there is one."""
    types = [type_of(addenda) for addenda in entry.addenda]
    answers = sum(each in ANSWERS for each in types)
    row = row_of(entry)
    if answers > 1 or (row is not None and len(types) - answers > row.max_addenda):
        problems.add("addenda-limit", entry.line)
    if entry.international and any(types.count(each) > most for each, most in MOST_OF_TYPE.items()):
        problems.add("addenda-limit", entry.line)


def row_of(entry: SlowEntry) -> SecRow | None:
    """Return the row of the SEC code by which an entry's addenda are read."""
    return SEC_CODES.get("IAT" if entry.international else entry.sec)


def _check_announced(entry: SlowEntry, problems: Problems) -> None:
    if not entry.has("number_of_addenda") or entry.answer:
        return
    announced = entry.value("number_of_addenda")
    if not is_digits(announced) or int(announced) != len(entry.addenda):
        problems.add("addenda-count", entry.line)


def _check_types(entry: SlowEntry, problems: Problems) -> None:
    row = row_of(entry)
    for addenda in entry.addenda:
        kind = type_of(addenda)
        if row is None or kind not in KNOWN_TYPES or kind in ANSWERS:
            continue
        if int(kind) not in row.addenda_types:
            problems.add("addenda-class", addenda.record.line)


def _check_sequence(entry: SlowEntry, problems: Problems) -> None:
    counted: dict[str, int] = {}
    if not entry.has("trace_number"):
        return
    for addenda in entry.addenda:
        kind = type_of(addenda)
        if kind in NUMBERED:
            counted[kind] = counted.get(kind, 0) + 1
            if said_otherwise(addenda.record.cut(84, 87), counted[kind]):
                problems.add("addenda-sequence", addenda.record.line)
        last_seven = number(entry.value("trace_number")) % SEVEN_DIGITS
        if kind in NAMES_ENTRY_SHORTLY and (not last_seven or said_otherwise(addenda.record.cut(88, 94), last_seven)):
            problems.add("addenda-sequence", addenda.record.line)


def said_otherwise(text: str, expected: int) -> bool:
    """Return whether a field says another number than is right, or none at all."""
    return not is_digits(text) or int(text) != expected


def _check_trace(entry: SlowEntry, problems: Problems) -> None:
    trace = number(entry.value("trace_number")) if entry.has("trace_number") else 0
    for addenda in entry.addenda:
        if trace and type_of(addenda) in NAMES_ENTRY_FULLY and number(addenda.record.cut(80, 94)) != trace:
            problems.add("addenda-trace", addenda.record.line)


def _check_reserved(addenda: SlowAddenda, problems: Problems) -> None:
    if type_of(addenda) in KNOWN_TYPES:
        check_reserved(addenda.record, layout_key(addenda), problems)


def layout_key(addenda: SlowAddenda) -> str:
    """Return the key of the layout by which an addenda of a known type is read."""
    kind, code = type_of(addenda), addenda.record.cut(4, 6)
    international = addenda.entry is not None and addenda.entry.international
    reason, change = RETURN_REASONS.get(code), CHANGE_CODES.get(code)
    if kind == "99" and reason is not None and reason.family is not Family.RETURN:
        return "799DIS" if reason.family is Family.DISHONOUR else "799CON"
    if kind == "98" and change is not None and change.kind is ChangeKind.REFUSAL:
        return "798REF"
    return f"7{kind}IAT" if international and kind in ANSWERS else f"7{kind}"
