"""International batches and accounting advices: the two kinds of batch with columns of their own."""

from ingather.nacha.countries import COUNTRIES, CURRENCIES
from ingather.nacha.records import LAYOUTS
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind
from tests.fuzz.slow_addenda import type_of
from tests.fuzz.slow_frames import DAYS_OF_A_YEAR, is_blank
from tests.fuzz.slow_lines import Problems
from tests.fuzz.slow_structure import SlowAddenda, SlowBatch, SlowEntry, SlowStructure, is_digits, number

MANDATORY_TYPES = [str(each) for each in range(10, 17)]
RATES = {"FV", "VF", "FF"}
KEYS = {f"7{each}" for each in range(10, 19)}
QUALIFIERS = {"01", "02", "03"}
COUNTRY = 3
# Reasons of a payment (RB13), and the SEC codes that stand there for others (moov-io/ach).
REASONS = frozenset(
    (
        *("ANN", "BUS", "DEP", "LOA", "MIS", "MOR", "PEN", "REM", "RLS", "SAL", "TAX"),
        *("ARC", "BOC", "IAT", "MTE", "POP", "POS", "RCK", "SHR", "TEL", "WEB"),
    )
)
REFERENCES = {"1", "2", "3"}


def check_international(found: SlowStructure, problems: Problems) -> None:
    """Look at the headers of international batches and at the addenda of their entries, those of changes apart."""
    for batch in found.batches:
        if batch.international and not _is_good_header(batch):
            problems.add("iat-header", batch.line)
        if batch.international and batch.header.cut(5, 20).strip(" ") not in {"", "IATCOR"}:
            problems.add("reserved", batch.line)
    for entry in found.entries:
        if entry.international and not any(type_of(addenda) == "98" for addenda in entry.addenda):
            _check_order(entry, problems)
            for addenda in entry.addenda:
                _check_fields(addenda, problems)


def _is_good_header(batch: SlowBatch) -> bool:
    def value(name: str) -> str:
        return batch.header.text[LAYOUTS["5IAT"].span(name)]

    reference = value("foreign_exchange_reference_indicator")
    return (
        value("foreign_exchange_indicator") in RATES
        and reference in REFERENCES
        and (reference != "3" or is_blank(value("foreign_exchange_reference")))
        and value("destination_country") in COUNTRIES
        and value("originating_currency") in CURRENCIES
        and value("destination_currency") in CURRENCIES
    )


def _check_order(entry: SlowEntry, problems: Problems) -> None:
    """Ten to sixteen come first, once each and in order."""
    types = [type_of(addenda) for addenda in entry.addenda]
    if types[: len(MANDATORY_TYPES)] != MANDATORY_TYPES or set(types[len(MANDATORY_TYPES) :]) & set(MANDATORY_TYPES):
        problems.add("iat-addenda", entry.line)


def _check_fields(addenda: SlowAddenda, problems: Problems) -> None:
    key = f"7{type_of(addenda)}"
    if key not in KEYS:
        return
    for each in LAYOUTS[key].fields:
        text = addenda.record.text[each.span]
        if each.name == "transaction_type":
            good = text in REASONS
        elif each.name.endswith("_qualifier"):
            good = text in QUALIFIERS
        elif each.name.endswith("_country") and each.width == COUNTRY:
            good = text[:2] in COUNTRIES and text[2] == " "
        elif each.kind == "amount":
            good = is_blank(text) or is_digits(text)
        else:
            good = each.kind != "text" or each.inclusion != "M" or not is_blank(text)
        if not good:
            problems.add("iat-field", addenda.record.line)


def check_advices(found: SlowStructure, problems: Problems) -> None:
    """Look for codes of accounting advices among other entries, and at what the advices say."""
    for entry in found.entries:
        row = TRANSACTION_CODES.get(entry.code)
        if entry.batch is not None and entry.sec != "ADV" and row is not None and row.account is AccountKind.ACCOUNTING:
            problems.add("advice", entry.line)
    for batch in found.batches:
        if batch.sec == "ADV":
            _check_numbers(batch, problems)


def _check_numbers(batch: SlowBatch, problems: Problems) -> None:
    """Codes 81 to 88, a day of the year, and numbers that ascend."""
    before: int | None = None
    for entry in (entry for entry in batch.entries if not entry.answer):
        row = TRANSACTION_CODES.get(entry.code)
        day, text = entry.value("julian_date"), entry.value("sequence_number")
        ascends = number(text) > 0 and (before is None or int(text) > before)
        if is_blank(entry.value("advice_routing_number")) or is_blank(entry.value("originating_operator")):
            problems.add("advice", entry.line)
        if row is None or row.account is not AccountKind.ACCOUNTING or number(day) not in DAYS_OF_A_YEAR or not ascends:
            problems.add("advice", entry.line)
        before = number(text)
