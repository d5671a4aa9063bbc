"""International batches and accounting advices: the two kinds of batch with columns of their own."""

from ingather.nacha.records import LAYOUTS
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind
from tests.fuzz.slow_addenda import type_of
from tests.fuzz.slow_frames import is_blank
from tests.fuzz.slow_lines import Problems
from tests.fuzz.slow_structure import SlowBatch, SlowEntry, SlowStructure

MANDATORY_TYPES = [str(each) for each in range(10, 17)]
RATES = {"FV", "VF", "FF"}
REFERENCES = {"1", "2", "3"}


def check_international(found: SlowStructure, problems: Problems) -> None:
    """Look at the headers of international batches and at the addenda of their entries."""
    for batch in found.batches:
        if batch.international:
            _check_header(batch, problems)
    for entry in found.entries:
        if not entry.international:
            continue
        if not entry.answer:
            _check_order(entry, problems)
        for addenda in entry.addenda:
            key = f"7{type_of(addenda)}"
            if not "710" <= key <= "718" or key not in LAYOUTS:
                continue
            for each in LAYOUTS[key].fields:
                if each.inclusion == "M" and each.kind != "constant" and is_blank(addenda.record.text[each.span]):
                    problems.add("iat-field", addenda.record.line)


def _check_header(batch: SlowBatch, problems: Problems) -> None:
    layout = LAYOUTS["5IAT"]
    for name, letters in (("destination_country", 2), ("originating_currency", 3), ("destination_currency", 3)):
        text = batch.header.text[layout.span(name)]
        if len(text) != letters or not all("A" <= each <= "Z" for each in text):
            problems.add("iat-header", batch.line)
    if batch.header.text[layout.span("foreign_exchange_indicator")] not in RATES:
        problems.add("iat-header", batch.line)
    if batch.header.text[layout.span("foreign_exchange_reference_indicator")] not in REFERENCES:
        problems.add("iat-header", batch.line)


def _check_order(entry: SlowEntry, problems: Problems) -> None:
    """Ten to sixteen once each and in order, then seventeens, then eighteens."""
    types = [type_of(addenda) for addenda in entry.addenda]
    rest = types[len(MANDATORY_TYPES) :]
    in_order = types[: len(MANDATORY_TYPES)] == MANDATORY_TYPES and rest == sorted(rest) and set(rest) <= {"17", "18"}
    if not in_order or rest.count("17") > 2 or rest.count("18") > 5:
        problems.add("iat-addenda", entry.line)


def check_advices(found: SlowStructure, problems: Problems) -> None:
    """Look for accounting advices among other entries, and for other entries among accounting advices."""
    for entry in found.entries:
        row = TRANSACTION_CODES.get(entry.code)
        if row is not None and (row.account is AccountKind.ACCOUNTING) != (entry.sec == "ADV"):
            problems.add("advice", entry.line)
