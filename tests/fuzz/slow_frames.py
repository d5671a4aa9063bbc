"""Headers and controls, field by field: constants, dates, names, and what the controls claim against what is there."""

from datetime import date

from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.tables import rows_of
from ingather.nacha.transaction_codes import TRANSACTION_CODES
from tests.fuzz.slow_lines import WIDTH, Problems, Record
from tests.fuzz.slow_structure import SlowBatch, SlowEntry, SlowFile, SlowStructure, is_digits, number

HASH = 10**10
DISTRICTS = {*range(13), *range(21, 33), *range(61, 73), 80}
DAYS_OF_A_YEAR = range(1, 367)
DIRECTIONS = {"200": {True, False}, "220": {False}, "225": {True}, "280": {True, False}}
MODIFIERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
REPLACING = frozenset({"REVERSAL", "RETRY PYMT", "RETURN FEE"})
RESERVED_WORDS = [(row["text"], int(row["columns"])) for row in rows_of("descriptions.csv")]


def day_of(text: str) -> date | None:
    """Return the day that YYMMDD names, in this century, or nothing."""
    if len(text) != 6 or not is_digits(text):
        return None
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def is_time(text: str) -> bool:
    """Return whether HHMM names a minute."""
    return len(text) == 4 and is_digits(text) and int(text[:2]) < 24 and int(text[2:]) < 60


def is_blank(text: str) -> bool:
    """Return whether there is nothing but blanks."""
    return not text.strip(" ")


def is_blank_or_zeros(text: str) -> bool:
    """Return whether there is nothing but blanks and zeros."""
    return not text.strip(" 0")


def is_debit(code: int) -> bool:
    """Return whether a transaction code debits: its second digit is 5 to 9, and of the advices the even ones do."""
    row = TRANSACTION_CODES.get(code)
    return row.debit if row else code < 80 and code % 10 >= 5


def check_digit(eight: str) -> str:
    """Return the ninth digit of a routing number: modulus 10 with the weights 3, 7 and 1."""
    total = sum(int(digit) * weight for digit, weight in zip(eight, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return str(-total % 10)


def is_routing_number(nine: str) -> bool:
    """Return whether nine characters are a routing number, by their check digit and their first two digits."""
    return is_digits(nine) and int(nine) > 0 and int(nine[:2]) in DISTRICTS and check_digit(nine[:8]) == nine[8]


def check_file_headers(found: SlowStructure, problems: Problems) -> None:
    """Look at the fields of every record 1."""
    for file in found.files:
        if file.header is not None:
            _check_file_header(file.header, problems)


def _check_file_header(header: Record, problems: Problems) -> None:
    def value(name: str) -> str:
        return header.text[LAYOUTS["1"].span(name)]

    destination, origin = value("immediate_destination"), value("immediate_origin")
    names_bank = destination[0] in " 0" and is_routing_number(destination[1:])
    made_at = value("file_creation_time")
    for check, right in (
        ("header-constant", header.cut(35, 40) == "094101"),
        ("priority-code", value("priority_code") == "01"),
        ("id-modifier", value("file_id_modifier") in MODIFIERS),
        ("party", not is_blank_or_zeros(destination) and not is_blank_or_zeros(origin)),
        ("destination-routing", is_blank_or_zeros(destination) or names_bank),
        ("date-real", day_of(value("file_creation_date")) is not None),
        ("time-blank", not is_blank(made_at)),
        ("time-real", is_blank(made_at) or is_time(made_at)),
    ):
        if not right:
            problems.add(check, header.line)


def check_batch_headers(found: SlowStructure, problems: Problems) -> None:
    """Look at the fields of every record 5."""
    for file in found.files:
        created = day_of(file.header.cut(24, 29)) if file.header else None
        before = -1
        for batch in file.batches:
            _check_names(batch, problems)
            _check_codes(batch, problems)
            _check_days(batch, created, problems)
            text = batch.value("batch_number")
            if not is_digits(text) or int(text) <= before:
                problems.add("batch-number", batch.line)
            before = number(text)


def _check_names(batch: SlowBatch, problems: Problems) -> None:
    international = batch.sec == "IAT"
    if not international and is_blank_or_zeros(batch.value("company_name")):
        problems.add("company-name-blank", batch.line)
    if is_blank_or_zeros(batch.value("company_identification")):
        problems.add("company-id-blank", batch.line)
    description = batch.value("company_entry_description")
    row = SEC_CODES.get(batch.sec)
    demanded = row.entry_description if row is not None and is_forward(batch) else ""
    if demanded and reserved_in(description) not in {demanded, *REPLACING}:
        problems.add("description-class", batch.line)
    if is_blank_or_zeros(description):
        problems.add("description-blank", batch.line)
    word = reserved_in(description)
    if word and description[: len(word)] != word:
        problems.add("description-case", batch.line)


def reserved_in(description: str) -> str:
    """Return the reserved word that a description says, in whatever letters, or nothing."""
    for word, columns in RESERVED_WORDS:
        if description[:columns].rstrip(" ").upper() == word:
            return word
    return ""


def is_forward(batch: SlowBatch) -> bool:
    """Return whether nothing in a batch answers anything."""
    return all(entry.kind == "forward" for entry in batch.entries) and batch.sec != "COR"


def _check_codes(batch: SlowBatch, problems: Problems) -> None:
    service = batch.value("service_class")
    if service not in DIRECTIONS or (service == "280") != (batch.sec == "ADV"):
        problems.add("service-class", batch.line)
    if batch.sec not in SEC_CODES:
        problems.add("sec-code", batch.line)
    status = {"0"} if batch.sec == "ADV" else {"0", "1", "2"} if batch.international else {"1", "2"}
    if batch.value("originator_status_code") not in status:
        problems.add("originator-status", batch.line)
    elif batch.sec == "DNE" and is_forward(batch) and batch.value("originator_status_code") != "2":
        problems.add("originator-of-class", batch.line)
    if not number(batch.value("originating_dfi")):
        problems.add("originating-dfi", batch.line)


def _check_days(batch: SlowBatch, created: date | None, problems: Problems) -> None:
    row = SEC_CODES.get(batch.sec)
    settles = is_forward(batch) and batch.sec != "ADV" and not (row is not None and row.non_monetary)
    text = batch.value("effective_entry_date")
    day = day_of(text)
    if is_blank_or_zeros(text):
        if settles:
            problems.add("effective-date-blank", batch.line)
    elif day is None:
        problems.add("date-real", batch.line)
    elif settles and created is not None and day < created:
        problems.add("effective-date-stale", batch.line)
    settled = batch.value("settlement_date")
    if not is_blank(settled) and not (is_digits(settled) and int(settled) in DAYS_OF_A_YEAR):
        problems.add("settlement-date", batch.line)
    mark = batch.value("company_descriptive_date")
    if batch.sec != "IAT" and mark[:2] == "SD" and is_digits(mark[2]) and not is_time(mark[2:]):
        problems.add("same-day-mark", batch.line)


def check_controls(found: SlowStructure, problems: Problems) -> None:
    """Compare every record 8 with its header and its entries, every record 9 with its batches."""
    for batch in found.batches:
        _check_limits(batch, problems)
        if batch.control is not None:
            _check_repeated(batch, batch.control, problems)
            _check_batch_totals(batch, batch.control, problems)
            check_reserved(batch.control, batch.control_layout.code, problems)
    for file in found.files:
        if file.control is not None:
            _check_file_totals(file, file.control, problems)
            check_reserved(file.control, file.control_layout.code, problems)


def _check_limits(batch: SlowBatch, problems: Problems) -> None:
    """A control has six digits for its count and twelve for its totals; those of advices have twenty."""
    most = max(total(batch.entries, debit=True), total(batch.entries, debit=False))
    if len(batch.entries) + batch.addenda > 999_999 or (batch.sec != "ADV" and most > 999_999_999_999):
        problems.add("batch-limit", batch.line)


def _check_repeated(batch: SlowBatch, control: Record, problems: Problems) -> None:
    for name in ("service_class", "originating_dfi", "batch_number"):
        if batch.claim(name) != batch.value(name):
            problems.add("batch-control-match", control.line)
    if batch.sec == "ADV":
        return
    company, repeated = batch.value("company_identification"), batch.claim("company_identification")
    if repeated != company:
        only_moved = batch.international or repeated.strip(" ") == company.strip(" ")
        problems.add("batch-control-placed" if only_moved else "batch-control-company", control.line)


def _check_batch_totals(batch: SlowBatch, control: Record, problems: Problems) -> None:
    for name, check, counted in (
        ("entry_addenda_count", "batch-count", len(batch.entries) + batch.addenda),
        ("entry_hash", "batch-hash", hash_of(batch)),
        ("total_debit", "batch-debit-total", total(batch.entries, debit=True)),
        ("total_credit", "batch-credit-total", total(batch.entries, debit=False)),
    ):
        if differs(batch.claim(name), counted):
            problems.add(check, control.line)


def differs(claim: str, counted: int) -> bool:
    """Return whether a control claims something else than was counted; what is no number claims nothing true."""
    return not is_digits(claim) or int(claim) != counted


def summable(claim: str) -> int:
    """Return a claim as a number of at most eighteen digits, 0 when it is none."""
    return number(claim[-18:])


def hash_of(batch: SlowBatch) -> int:
    """Return the entry hash: the receiving banks' eight digits added up, the last ten digits kept."""
    return sum(number(entry.value("receiving_dfi")) for entry in batch.entries) % HASH


def total(entries: list[SlowEntry], *, debit: bool) -> int:
    """Return what the entries debit, or what they credit, in cents."""
    return sum(entry.amount for entry in entries if is_debit(entry.code) == debit)


def _check_file_totals(file: SlowFile, control: Record, problems: Problems) -> None:
    layout = file.control_layout
    for name, check, counted in (
        ("batch_count", "file-batch-count", len(file.batches)),
        ("block_count", "file-block-count", -(-len(file.records) // 10)),
        ("entry_addenda_count", "file-count", sum(claimed(each, "entry_addenda_count") for each in file.batches)),
        ("entry_hash", "file-hash", sum(claimed(each, "entry_hash") for each in file.batches) % HASH),
        ("total_debit", "file-debit-total", sum(claimed(each, "total_debit") for each in file.batches)),
        ("total_credit", "file-credit-total", sum(claimed(each, "total_credit") for each in file.batches)),
    ):
        if differs(control.text[layout.span(name)], counted):
            problems.add(check, control.line)
    if len(file.records) % 10:
        problems.add("blocking", file.records[-1].line)


def claimed(batch: SlowBatch, name: str) -> int:
    """Return what a batch's control claims, or, without a control, what its entries add up to.

    Of the twenty digits of an advice's totals the last eighteen count; others there are wrong in any case.
    """
    if batch.control is not None:
        return summable(batch.claim(name))
    match name:
        case "entry_addenda_count":
            return len(batch.entries) + batch.addenda
        case "entry_hash":
            return hash_of(batch)
        case _:
            return total(batch.entries, debit=name == "total_debit")


def check_reserved(record: Record, key: str, problems: Problems) -> None:
    """Tell a record whose reserved columns are not blank."""
    assert len(record.text) == WIDTH
    for each in LAYOUTS[key].fields:
        if each.kind == "blank" and not is_blank(record.text[each.span]):
            problems.add("reserved", record.line)
