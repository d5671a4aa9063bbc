"""Entries, one after the other: each field by itself, against its batch, against its SEC code, against all others."""

from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES, SecRow
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind, TransactionCode, Use
from tests.fuzz.slow_addenda import row_of
from tests.fuzz.slow_frames import (
    DISTRICTS,
    check_digit,
    check_reserved,
    day_of,
    is_blank,
    is_blank_or_zeros,
    is_debit,
    is_forward,
    reserved_in,
    total,
)
from tests.fuzz.slow_lines import Problems
from tests.fuzz.slow_structure import SlowAddenda, SlowBatch, SlowEntry, SlowStructure, is_digits, number

SAME_DAY_CENTS = 100_000_000
NEVER_SAME_DAY = {"ADV", "IAT"}
MICRO_CENTS = 100
CARD_TYPES = {"01", "02", "03", "11", "12", "13", "21", "99"}
FILLED = {
    "CIE": ("identification_number",),
    "MTE": ("receiver_name", "identification_number"),
    "POP": ("terminal_city", "terminal_state"),
    "TRC": ("process_control", "item_research_number"),
    "XCK": ("process_control", "item_research_number"),
}
NAMED = {"ARC", "BOC", "CIE", "DNE", "ENR", "MTE", "POP", "POS", "PPD", "RCK", "SHR", "TEL", "WEB"}
TOLD_BY_FIELD = {"CIE", "MTE", "TEL", "WEB"}
ALIKE = ((2, 3), (4, 12), (13, 29), (30, 39), (40, 54), (55, 76), (77, 78))


def check_entries(found: SlowStructure, problems: Problems) -> None:
    """Look at every record 6 by itself."""
    for entry in found.entries:
        _check_code(entry, problems)
        _check_routing(entry, problems)
        _check_account(entry, problems)
        _check_amount(entry, problems)
        if entry.has("trace_number") and not is_digits(entry.value("trace_number")):
            problems.add("trace-digits", entry.line)
        check_reserved(entry.record, entry.layout.code, problems)
        _check_name(entry, problems)
        row = SEC_CODES.get(entry.sec)
        if row is not None and entry.kind == "forward":
            _check_class(entry, row, problems)


def _check_code(entry: SlowEntry, problems: Problems) -> None:
    text = entry.value("transaction_code")
    if not is_digits(text) or int(text) not in TRANSACTION_CODES:
        problems.add("transaction-code", entry.line)


def _check_routing(entry: SlowEntry, problems: Problems) -> None:
    eight, ninth = entry.value("receiving_dfi"), entry.value("check_digit")
    if not is_digits(eight):
        problems.add("routing-digits", entry.line)
        return
    if ninth != check_digit(eight):
        problems.add("check-digit", entry.line)
    if int(eight[:2]) not in DISTRICTS or eight + ninth == "0" * 9:
        problems.add("routing-prefix", entry.line)


def _check_account(entry: SlowEntry, problems: Problems) -> None:
    account = entry.value("account_number")
    if is_blank(account):
        problems.add("account-blank", entry.line)
        return
    if is_blank_or_zeros(account):
        problems.add("account-zeros", entry.line)
    if account[0] == " ":
        problems.add("account-justified", entry.line)
    if " " in account.strip(" "):
        problems.add("account-spaces", entry.line)


def _check_amount(entry: SlowEntry, problems: Problems) -> None:
    text = entry.value("amount")
    if not is_digits(text):
        problems.add("amount-digits", entry.line)
        return
    row, sec = TRANSACTION_CODES.get(entry.code), row_of(entry)
    if entry.sec == "ADV":
        return
    if sec is not None and sec.non_monetary:
        if entry.amount and not (row is not None and row.use is Use.RETURN):
            problems.add("amount-use", entry.line)
    elif row is not None:
        wrong = {Use.LIVE: entry.amount == 0, Use.PRENOTE: entry.amount > 0, Use.ZERO_DOLLAR: entry.amount > 0}
        if wrong.get(row.use, False):
            problems.add("amount-use", entry.line)


def _check_name(entry: SlowEntry, problems: Problems) -> None:
    """Look for a name in classes that want one; where another check tells of a forward entry, only at answers."""
    if entry.sec not in NAMED or (entry.sec in TOLD_BY_FIELD and entry.kind == "forward"):
        return
    unnamed = is_blank_or_zeros(entry.record.cut(55, 76))
    if unnamed or (entry.sec == "MTE" and is_blank_or_zeros(entry.record.cut(40, 54))):
        problems.add("name-of-class", entry.line)


def _check_class(entry: SlowEntry, row: SecRow, problems: Problems) -> None:
    """Look at what the SEC code demands of an entry that goes forward."""
    line = entry.line
    if row.amount_limit_cents and entry.amount > row.amount_limit_cents:
        problems.add("amount-of-class", line)
    _check_texts(entry, row, problems)
    code = TRANSACTION_CODES.get(entry.code)
    if code is None or code.account is AccountKind.ACCOUNTING or row.code == "ADV":
        return
    if code.use not in row.uses:
        problems.add("class-use", line)
    if code.use is not Use.RETURN and not _goes_the_right_way(entry, row, code):
        problems.add("class-direction", line)
    if not entry.addenda and _demands_addenda(row, code):
        problems.add("addenda-missing", line)


def _goes_the_right_way(entry: SlowEntry, row: SecRow, code: TransactionCode) -> bool:
    """Return whether the direction is the class's own, or its opposite when the batch reverses."""
    assert entry.batch is not None, "only entries in batches have a class"
    if reserved_in(entry.batch.value("company_entry_description")) == "REVERSAL":
        return row.credits if code.debit else row.debits
    if code.code == 55:
        return False
    return row.debits if code.debit else row.credits


def _demands_addenda(row: SecRow, code: TransactionCode) -> bool:
    if code.use is Use.ZERO_DOLLAR and row.code not in {"ACK", "ATX"}:
        return True
    if code.use is Use.PRENOTE and row.code != "IAT" and Use.LIVE in row.uses:
        return False
    return row.addenda_required


def _check_texts(entry: SlowEntry, row: SecRow, problems: Problems) -> None:
    def value(name: str) -> str:
        return entry.record.text[LAYOUTS[row.entry_layout].span(name)]

    if row.name_mandatory and is_blank_or_zeros(value("receiver_name")):
        problems.add("name-blank", entry.line)
    if row.serial_mandatory and is_blank_or_zeros(value("check_serial_number")):
        problems.add("serial-blank", entry.line)
    if row.code in {"WEB", "TEL"}:
        right = {"R ", "S ", "  "} if row.code == "TEL" else {"R ", "S "}
        if value("discretionary_data") not in right:
            problems.add("payment-type", entry.line)
    wrong = any(is_blank_or_zeros(value(name)) for name in FILLED.get(row.code, ()))
    if row.code in {"POS", "SHR"} and value("card_transaction_type") not in CARD_TYPES:
        wrong = True
    if row.code == "SHR":
        expiry = value("card_expiration_date")
        wrong = wrong or not is_digits(expiry) or not (1 <= int(expiry[:2]) <= 12 and 18 <= int(expiry[2:]) <= 50)
    if wrong:
        problems.add("class-field", entry.line)


def check_batches_of_entries(found: SlowStructure, problems: Problems) -> None:
    """Look at how entries fit their batch: direction, trace numbers, what may stand together."""
    for batch in found.batches:
        _check_direction(batch, problems)
        _check_traces(batch, problems)
        _check_micro_entries(batch, problems)
        kinds = {entry.kind for entry in batch.entries} | ({"change"} if batch.sec == "COR" else set())
        if len(kinds) > 1:
            problems.add("mixed-batch", batch.line)


def _check_direction(batch: SlowBatch, problems: Problems) -> None:
    """Codes that the Rules do not know are debits by their second digit; what is no debit is not therefore a credit."""
    service = batch.value("service_class")
    for entry in batch.entries:
        credit = entry.code in TRANSACTION_CODES and not is_debit(entry.code)
        if (service == "220" and is_debit(entry.code)) or (service == "225" and credit):
            problems.add("service-class", entry.line)


def _check_traces(batch: SlowBatch, problems: Problems) -> None:
    before = -1
    odfi = batch.value("originating_dfi")
    for entry in batch.entries:
        if not entry.has("trace_number"):
            continue
        trace = entry.value("trace_number")
        if is_digits(trace):
            if int(trace) <= before:
                problems.add("trace-order", entry.line)
            if number(odfi) and trace[:8] != odfi:
                problems.add("trace-prefix", entry.line)
        before = number(trace)  # 0 when it cannot be read: then the next one has nothing to be above


def _check_micro_entries(batch: SlowBatch, problems: Problems) -> None:
    if reserved_in(batch.value("company_entry_description")) != "ACCTVERIFY" or not is_forward(batch):
        return
    entries = batch.entries
    for entry in entries:
        if not is_debit(entry.code) and entry.amount >= MICRO_CENTS:
            problems.add("micro-entries", entry.line)
    if total(entries, debit=True) > total(entries, debit=False):
        problems.add("micro-entries", batch.line)


def check_same_day(found: SlowStructure, problems: Problems) -> None:
    """Look for amounts that one entry of a batch which would settle on the day the file is made may not have."""
    for file in found.files:
        created = day_of(file.header.cut(24, 29)) if file.header else None
        for batch in file.batches:
            effective = day_of(batch.value("effective_entry_date"))
            later = effective is not None and (created is None or effective > created)
            for entry in batch.entries:
                over = entry.amount > SAME_DAY_CENTS and entry.kind == "forward"
                if over and not later and batch.sec not in NEVER_SAME_DAY:
                    problems.add("amount-same-day", entry.line)


def check_duplicates(found: SlowStructure, problems: Problems) -> None:
    """Compare every entry with every one before it in its file: trace numbers, and all but trace numbers.

    Advices are left out: two of the same money differ in their numbers alone.
    """
    for file in found.files:
        earlier: list[SlowEntry] = []
        for entry in (entry for batch in file.batches if batch.sec != "ADV" for entry in batch.entries):
            for other in earlier:
                if _same_trace(entry, other):
                    problems.add("duplicate-trace", entry.line)
                if _alike(entry, other):
                    problems.add("duplicate-entry", entry.line)
            earlier.append(entry)


def _same_trace(entry: SlowEntry, other: SlowEntry) -> bool:
    """Return whether two entries that go forward have one trace number; answers have those of many banks."""
    if any(each.kind != "forward" or not each.has("trace_number") for each in (entry, other)):
        return False
    trace = entry.value("trace_number")
    return is_digits(trace) and trace == other.value("trace_number")


def _alike(entry: SlowEntry, other: SlowEntry) -> bool:
    """Return whether two entries differ in their trace numbers at most, and two answers in nothing they say either."""
    if any(entry.record.cut(*columns) != other.record.cut(*columns) for columns in ALIKE):
        return False
    if entry.kind != "forward" or other.kind != "forward":
        return [_without_trace(each) for each in entry.addenda] == [_without_trace(each) for each in other.addenda]
    return True


def _without_trace(addenda: SlowAddenda) -> str:
    return addenda.record.cut(1, 79)
