"""Addenda, one after the other: how many, of which types, in which order, and whose."""

from ingather.nacha.sec import SEC_CODES
from tests.fuzz.slow_lines import Problems
from tests.fuzz.slow_structure import SlowAddenda, SlowEntry, SlowStructure, is_digits, number

KNOWN_TYPES = {"02", "05", *(str(each) for each in range(10, 19)), "98", "99"}
ANSWERS = {"98", "99"}
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
    for entry in found.entries:
        if entry.value("addenda_indicator") != ("1" if entry.addenda else "0"):
            problems.add("addenda-indicator", entry.line)
        _check_number(entry, problems)
        _check_announced(entry, problems)
        _check_types(entry, problems)
        _check_sequence(entry, problems)
        _check_trace(entry, problems)


def _check_number(entry: SlowEntry, problems: Problems) -> None:
    row = SEC_CODES.get(entry.sec)
    if row is None:
        return
    if entry.answer and not entry.international:
        limit = 1
    else:
        limit = max(row.max_addenda, 1) if entry.answer else row.max_addenda
    if len(entry.addenda) > limit:
        problems.add("addenda-limit", entry.line)
    for each, most in MOST_OF_TYPE.items():
        if sum(type_of(addenda) == each for addenda in entry.addenda) > most:
            problems.add("addenda-limit", entry.line)


def _check_announced(entry: SlowEntry, problems: Problems) -> None:
    if not entry.has("number_of_addenda"):
        return
    announced = entry.value("number_of_addenda")
    if not is_digits(announced) or int(announced) != len(entry.addenda):
        problems.add("addenda-count", entry.line)


def _check_types(entry: SlowEntry, problems: Problems) -> None:
    row = SEC_CODES.get(entry.sec)
    for addenda in entry.addenda:
        kind = type_of(addenda)
        if row is None or kind not in KNOWN_TYPES or kind in ANSWERS:
            continue
        if int(kind) not in row.addenda_types:
            problems.add("addenda-class", addenda.record.line)


def _check_sequence(entry: SlowEntry, problems: Problems) -> None:
    counted: dict[str, int] = {}
    for addenda in entry.addenda:
        kind = type_of(addenda)
        if kind in NUMBERED:
            counted[kind] = counted.get(kind, 0) + 1
            text = addenda.record.cut(84, 87)
            if not is_digits(text) or int(text) != counted[kind]:
                problems.add("addenda-sequence", addenda.record.line)
        if kind in NAMES_ENTRY_SHORTLY and addenda.record.cut(88, 94) != entry.value("trace_number")[-7:]:
            problems.add("addenda-sequence", addenda.record.line)


def _check_trace(entry: SlowEntry, problems: Problems) -> None:
    for addenda in entry.addenda:
        if type_of(addenda) in ANSWERS and number(addenda.record.cut(80, 94)) != number(entry.value("trace_number")):
            problems.add("addenda-trace", addenda.record.line)
