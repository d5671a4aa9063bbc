"""What is refused before a byte is written: the plan's head, batches and entries against the format, all at once."""

from collections.abc import Callable

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, digits_column
from ingather.nacha.dialect import Dialect
from ingather.nacha.entry_columns import CHUNK_ROWS
from ingather.nacha.findings import Faults, Findings
from ingather.nacha.lines import HIGHEST
from ingather.nacha.plan import Batches, Entries, FileHead, FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import LAYOUTS
from ingather.nacha.routing import check_digits, is_routing_number
from ingather.nacha.sec import SEC_CODES, Depth
from ingather.nacha.transaction_codes import DEBIT, FORWARD, LIVE

MAX_AMOUNT = 9_999_999_999
MAX_TOTAL = 999_999_999_999
MAX_BATCH_RECORDS = 999_999
MAX_BATCHES = 999_999
MAX_FILE_RECORDS = 9_999_990
_SEQUENCES = 10_000_000
_MAX_TRACE = 10**15
_PARTY_WIDTHS = (9, 10)
_YEARS = range(2000, 2100)
_HEAD, _BATCH, _ENTRY = LAYOUTS["1"], LAYOUTS["5"], LAYOUTS["6"]
_MODIFIERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_DEBITS_ONLY, _CREDITS_ONLY, _MIXED = 225, 220, 200


def refuse(plan: FilePlan, *, dialect: Dialect, purpose: Purpose) -> Findings:
    """Return every reason why the plan cannot be written as it is; none means that it can."""
    del dialect, purpose
    findings = Findings()
    _check_head(plan.head, findings)
    _check_batches(plan.batches, findings)
    if _check_shape(plan, findings):
        _check_entries(plan.batches, plan.entries, findings)
        _check_addenda(plan.batches, plan.entries, findings)
    return findings


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _check_head(head: FileHead, findings: Findings) -> None:
    texts = {
        "immediate_destination_name": head.destination_name,
        "immediate_origin_name": head.origin_name,
        "reference_code": head.reference,
    }
    for name, text in texts.items():
        field = _HEAD.field(name)
        if len(text) > field.width:
            sentence = f"The {name.replace('_', ' ')} has {len(text)} characters; {field.width} fit, and none are cut."
            findings.add("field-fits", sentence, field=field)
        if not _printable(text):
            findings.add("characters", f"The {name.replace('_', ' ')} holds other than printable ASCII.", field=field)
    for name, text in (("immediate_destination", head.destination), ("immediate_origin", head.origin)):
        field = _HEAD.field(name)
        if len(text) not in _PARTY_WIDTHS or not _printable(text) or not text.strip(" 0"):
            findings.add("party", f"The {name.replace('_', ' ')} is not nine digits or ten characters.", field=field)
        elif name == "immediate_destination" and len(text) == _PARTY_WIDTHS[0] and not is_routing_number(text):
            findings.add("check-digit", "The immediate destination is not a routing number.", field=field)
    if head.id_modifier not in _MODIFIERS:
        sentence = "The file id modifier is not one of A to Z and 0 to 9."
        findings.add("id-modifier", sentence, field=_HEAD.field("file_id_modifier"))
    if head.created_on.year not in _YEARS:
        sentence = "The creation date does not fit six digits."
        findings.add("date-real", sentence, field=_HEAD.field("file_creation_date"))


def _check_batches(batches: Batches, findings: Findings) -> None:
    texts = (
        ("company_name", batches.company_name, "company-name-blank"),
        ("company_discretionary_data", batches.company_discretionary, ""),
        ("company_identification", batches.company_identification, "company-id-blank"),
        ("company_entry_description", batches.entry_description, "description-blank"),
        ("company_descriptive_date", batches.descriptive_date, ""),
    )
    for name, column, blank_check in texts:
        field = _BATCH.field(name)
        words = name.replace("_", " ")

        def tell(check: str, row: int, what: str, *, words: str = words) -> None:
            findings.add(check, f"Batch {row}: the {words} {what}.", field=_BATCH.field(words.replace(" ", "_")))

        for row, text in enumerate(column, start=1):
            if len(text) > field.width:
                tell("field-fits", row, f"has {len(text)} characters; {field.width} fit, and none are cut")
            if not _printable(text):
                tell("characters", row, "holds characters outside printable ASCII")
            if blank_check and not text.strip(" 0" if name == "company_name" else " "):
                tell(blank_check, row, "is blank")
    _check_batch_codes(batches, findings)


def _check_batch_codes(batches: Batches, findings: Findings) -> None:
    def tell(check: str, row: int, name: str, what: str) -> None:
        findings.add(check, f"Batch {row}: {what}.", field=_BATCH.field(name))

    before = 0
    columns = (
        batches.service_class,
        batches.standard_entry_class,
        batches.effective_on,
        batches.originating_dfi,
        batches.batch_number,
    )
    for row, (service, code, effective, dfi, number) in enumerate(zip(*columns, strict=True), start=1):
        if service not in {_MIXED, _CREDITS_ONLY, _DEBITS_ONLY}:
            tell("service-class", row, "service_class", "the service class is none of 200, 220 and 225")
        if code not in SEC_CODES or SEC_CODES[code].depth is not Depth.WRITTEN:
            tell("sec-code", row, "standard_entry_class", "the SEC code is not one that is written here")
        if effective is None:
            sentence = "without an effective date the entries would settle the same day"
            tell("effective-date-blank", row, "effective_entry_date", sentence)
        elif effective.year not in _YEARS:
            tell("date-real", row, "effective_entry_date", "the effective date does not fit six digits")
        if len(dfi) != 8 or not dfi.isascii() or not dfi.isdigit():  # noqa: PLR2004 -- the field's width
            tell("originating-dfi", row, "originating_dfi", "the ODFI's identification is not eight digits")
        if not before < number < _SEQUENCES:
            tell("batch-number", row, "batch_number", "the number is not above the one before it, or has over 7 digits")
        before = number


def _check_shape(plan: FilePlan, findings: Findings) -> bool:
    """Return whether columns and indices fit together, so that entries can be checked at all."""
    batches, entries = plan.batches, plan.entries
    count = len(batches)
    if not count:
        findings.add("batch-empty", "The file has no batch.")
        return False
    index = entries.batch
    if len(index) and (index.min() < 0 or index.max() >= count or (np.diff(index) < 0).any()):
        findings.add("order-of-records", "The entries do not follow their batches in order.")
        return False
    sizes = np.bincount(index, minlength=count)
    for row in np.flatnonzero(sizes == 0).tolist():
        findings.add("batch-empty", f"Batch {row + 1} has no entries.")
    if entries.addenda is not None and len(entries.addenda):
        owner = entries.addenda.entry
        if owner.min() < 0 or owner.max() >= len(entries) or (np.diff(owner) <= 0).any():
            findings.add("order-of-records", "The addenda do not follow their entries in order, one each.")
            return False
        sizes = sizes + np.bincount(index[owner], minlength=count)
    for row in np.flatnonzero(sizes > MAX_BATCH_RECORDS).tolist():
        findings.add(
            "batch-limit", f"Batch {row + 1} has {sizes[row]:,} records; {MAX_BATCH_RECORDS:,} fit its control."
        )
    records = 2 + 2 * count + int(sizes.sum())
    if count > MAX_BATCHES or records > MAX_FILE_RECORDS:
        findings.add(
            "batch-limit", f"The file has {count:,} batches and {records:,} records; its control cannot say so."
        )
    return True


def _check_entries(batches: Batches, entries: Entries, findings: Findings) -> None:
    faults = Faults()
    odfi = np.array(
        [int(text) if text.isascii() and text.isdigit() else 0 for text in batches.originating_dfi], np.int64
    )
    service = np.array(batches.service_class, np.int64)
    rows = [SEC_CODES.get(code) for code in batches.standard_entry_class]
    named = np.array([row is not None and row.name_mandatory for row in rows], np.bool_)
    for low in range(0, len(entries), CHUNK_ROWS):
        chunk = slice(low, min(low + CHUNK_ROWS, len(entries)))
        batch = entries.batch[chunk]
        _check_routing(entries.routing[chunk], low, faults)
        _check_money(entries.transaction_code[chunk], entries.amount_cents[chunk], service[batch], low, faults)
        _check_trace(entries, chunk, odfi[batch], faults)
        _check_account(entries.account[chunk], low, faults)
        for texts in (entries.identification[chunk], entries.name[chunk], entries.discretionary[chunk]):
            _check_octets(texts, low, faults)
        lead = entries.name[chunk, 0] == BLANK
        if lead.any():
            faults.note("name-blank", named[batch] & (entries.name[chunk] == BLANK).all(axis=1), low)
    for check, at in faults.items():
        name, sentence = _SENTENCES[check]
        findings.rows(check, np.zeros(len(at), np.int64), _entry_sentence(at, sentence), field=_ENTRY.field(name))
    _check_totals(entries, len(batches), findings)


_SENTENCES = {
    "check-digit": ("check_digit", "the routing number's check digit does not fit"),
    "transaction-code": ("transaction_code", "the transaction code is not one that is written"),
    "amount-use": ("amount", "live entries have an amount above zero, prenotes and zero-dollar entries none"),
    "amount-limit": ("amount", "the amount is over 99,999,999.99"),
    "service-class": ("transaction_code", "the direction does not fit the batch's service class"),
    "trace-digits": ("trace_number", "the trace number is not fifteen digits"),
    "trace-prefix": ("trace_number", "the trace number does not start with the batch's ODFI"),
    "trace-order": ("trace_number", "the trace number is not above the one before it in the batch"),
    "account-blank": ("account_number", "the account number is blank"),
    "account-justified": ("account_number", "the account number holds blanks before its end"),
    "characters": ("receiver_name", "a text holds characters outside printable ASCII"),
    "name-blank": ("receiver_name", "WEB and TEL entries name the receiver"),
}


def _entry_sentence(at: Int64, sentence: str) -> Callable[[int], str]:
    return lambda index: f"Entry {int(at[index]) + 1:,}: {sentence}."


def _check_routing(routing: Int64, low: int, faults: Faults) -> None:
    eight = routing // 10
    if not len(eight) or (eight.min() > 0 and eight.max() < 100_000_000):  # noqa: PLR2004 -- eight digits
        fits = np.ones(len(eight), np.bool_)
    else:
        fits = (eight > 0) & (eight < 100_000_000)  # noqa: PLR2004 -- eight digits
        eight = np.where(fits, eight, 0)
    faults.note("check-digit", ~fits | (check_digits(digits_column(eight, 8)) != routing - routing // 10 * 10), low)


def _check_money(code: Int64, amount: Int64, service: Int64, low: int, faults: Faults) -> None:
    real = (code >= 0) & (code < len(FORWARD))
    inside = code if real.all() else np.where(real, code, 0)
    faults.note("transaction-code", ~FORWARD[inside], low)
    faults.note("amount-use", np.where(LIVE[inside], amount <= 0, amount != 0), low)
    faults.note("amount-limit", amount > MAX_AMOUNT, low)
    debit = DEBIT[inside]
    faults.note("service-class", np.where(debit, service == _CREDITS_ONLY, service == _DEBITS_ONLY), low)


def _check_trace(entries: Entries, chunk: slice, odfi: Int64, faults: Faults) -> None:
    trace, batch = entries.trace[chunk], entries.batch[chunk]
    faults.note("trace-digits", (trace <= 0) | (trace >= _MAX_TRACE), chunk.start)
    faults.note("trace-prefix", trace // _SEQUENCES != odfi, chunk.start)
    since = slice(max(0, chunk.start - 1), chunk.stop)
    before, own = entries.trace[since], entries.batch[since]
    back = (before[1:] <= before[:-1]) & (own[1:] == own[:-1])
    faults.note("trace-order", back if chunk.start else np.append(False, back)[: len(batch)], chunk.start)


def _check_account(account: Bytes2D, low: int, faults: Faults) -> None:
    _check_octets(account, low, faults)
    lead = account[:, 0] == BLANK
    if lead.any():
        faults.note("account-blank", np.asarray((account == BLANK).all(axis=1)), low)
    gap: Mask = (account[:, 1:] != BLANK) & (account[:, :-1] == BLANK)
    if gap.any():
        faults.note("account-justified", np.asarray(gap.any(axis=1)), low)


def _check_octets(texts: Bytes2D, low: int, faults: Faults) -> None:
    if len(texts) and (texts.min() < BLANK or texts.max() > HIGHEST):
        bad = (texts < BLANK) | (texts > HIGHEST)
        faults.note("characters", np.asarray(bad.any(axis=1)), low)


def _check_totals(entries: Entries, count: int, findings: Findings) -> None:
    """Tell totals over twelve digits; the sum of a batch is made in whole cents, never in floating point."""
    starts = np.searchsorted(entries.batch, np.arange(count + 1))
    running = np.append(0, np.cumsum(np.clip(entries.amount_cents, 0, MAX_AMOUNT)))
    sums = running[starts[1:]] - running[starts[:-1]]
    for row in np.flatnonzero(sums > MAX_TOTAL).tolist():
        findings.add("batch-limit", f"Batch {row + 1}: the total has more than twelve digits.")
    if len(sums) > 1 and int(running[-1]) > MAX_TOTAL:
        findings.add("batch-limit", "The file's total has more than twelve digits.")


def _check_addenda(batches: Batches, entries: Entries, findings: Findings) -> None:
    addenda = entries.addenda
    if addenda is None or not len(addenda):
        return
    field = LAYOUTS["705"].field("payment_related_information")
    rows = [SEC_CODES.get(code) for code in batches.standard_entry_class]
    none = np.array([row is not None and row.max_addenda == 0 for row in rows], np.bool_)
    at = addenda.entry[none[entries.batch[addenda.entry]]]
    sentence = "the SEC code of its batch allows no addenda"
    findings.rows("addenda-limit", np.zeros(len(at), np.int64), _entry_sentence(at, sentence))
    bad = ((addenda.content < BLANK) | (addenda.content > HIGHEST)).any(axis=1)
    at = addenda.entry[bad]
    sentence = "its addenda holds characters outside printable ASCII"
    findings.rows("characters", np.zeros(len(at), np.int64), _entry_sentence(at, sentence), field=field)
