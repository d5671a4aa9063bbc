"""What moov-io/ach v1.63 refuses by default is an error here as well: one small file for each of its rejections."""

from collections.abc import Callable
from typing import Any

import pytest

from ingather.base.problems import Severity
from ingather.nacha.reader import read
from tests.unit.nacha.composed import (
    RDFI,
    abroad_addenda,
    addenda_of,
    answer_entry,
    batch_of,
    changed,
    correspondent,
    entry_of,
    file_of,
    patched,
    returned,
)

Built = bytes | list[bytes]
REMITTANCE = addenda_of("705", addenda_sequence=1, payment_related_information="RMR*IV*1\\")
ABROAD = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)
CARD: dict[str, Any] = {"addenda_indicator": 1, "card_transaction_type": "01"}
REFUSAL = changed("C61", "37", layout="798REF", change_code="C05", change_trace_sequence=1)
CHECK: dict[str, Any] = {"check_serial_number": "1001"}
ITEM: dict[str, Any] = CHECK | {"process_control": "P1", "item_research_number": "I1"}


def head(**fields: str) -> bytes:
    lines = file_of(batch_of("PPD", entry_of())).splitlines()
    return b"\n".join([patched(lines[0], "1", **fields), *lines[1:]])


def tail(**fields: str) -> bytes:
    lines = file_of(batch_of("PPD", entry_of())).splitlines()
    return b"\n".join([*lines[:4], patched(lines[4], "9", **fields), *lines[5:]])


def opened(**fields: str) -> list[bytes]:
    first, *rest = batch_of("PPD", entry_of())
    return [patched(first, "5", **fields), *rest]


def closed(**fields: str) -> list[bytes]:
    *rest, last = batch_of("PPD", entry_of())
    return [*rest, patched(last, "8", **fields)]


def paid(sec: str = "PPD", *addenda: bytes, header: dict[str, Any] | None = None, **values: Any) -> list[bytes]:  # noqa: ANN401 -- any field of the record
    return batch_of(sec, entry_of(sec, **values), *addenda, **(header or {}))


def worded(sec: str = "PPD", layout: str = "6", **texts: str) -> list[bytes]:
    return batch_of(sec, patched(entry_of(sec), layout, **texts))


def abroad(place: int, **texts: str) -> list[bytes]:
    details = abroad_addenda()
    details[place] = patched(details[place], f"7{10 + place}", **texts)
    return batch_of("IAT", ABROAD, *details)


def from_abroad(**fields: str) -> list[bytes]:
    first, *rest = batch_of("IAT", ABROAD, *abroad_addenda())
    return [patched(first, "5IAT", **fields), *rest]


def between(**texts: str) -> list[bytes]:
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=8)
    return batch_of("IAT", entry, *abroad_addenda(), patched(correspondent(1), "718", **texts))


def carded(**texts: str) -> list[bytes]:
    return batch_of("POS", entry_of("POS", **CARD), patched(addenda_of("702"), "702", **texts))


def shared(**texts: str) -> list[bytes]:
    entry = entry_of("SHR", **CARD, card_expiration_date="1227", card_account_number="CARD 1")
    return batch_of("SHR", patched(entry, "6SHR", **texts), addenda_of("702"))


def advised(**texts: str) -> list[bytes]:
    return batch_of("ADV", patched(entry_of("ADV"), "6ADV", **texts))


def back(*addenda: bytes, sec: str = "PPD", **values: Any) -> list[bytes]:  # noqa: ANN401 -- any field of the record
    return batch_of(sec, answer_entry(sec, **values), *addenda, bank=RDFI)


def without(record: int) -> bytes:
    lines = file_of(batch_of("PPD", entry_of())).splitlines()
    return b"\n".join(lines[:record] + lines[record + 1 :])


WHOLE = file_of(batch_of("PPD", entry_of()))
REJECTIONS: dict[str, tuple[Callable[[], Built], str]] = {
    "the destination is no routing number": (lambda: head(immediate_destination=" 091000018"), "destination-routing"),
    "the destination is blank": (lambda: head(immediate_destination=""), "party"),
    "the origin is zeros": (lambda: head(immediate_origin="0000000000"), "party"),
    "the creation date is no day": (lambda: head(file_creation_date="261332"), "date-real"),
    "the modifier is a small letter": (lambda: head(file_id_modifier="a"), "id-modifier"),
    "the record size": (lambda: head(record_size="095"), "header-constant"),
    "the blocking factor": (lambda: head(blocking_factor="12"), "header-constant"),
    "the format code": (lambda: head(format_code="9"), "header-constant"),
    "no file header": (lambda: without(0), "file-header-missing"),
    "no file control": (lambda: without(4), "file-control-missing"),
    "no batch": (file_of, "file-empty"),
    "two files": (lambda: WHOLE + WHOLE, "several-files"),
    "a header inside": (lambda: without(0) + b"\n" + WHOLE.splitlines()[0], "several-files"),
    "something after the file": (lambda: WHOLE + b"\x1a", "end-mark"),
    "a record of another kind": (lambda: WHOLE.replace(b"\n627", b"\n427"), "record-type"),
    "the batch count": (lambda: tail(batch_count="000002"), "file-batch-count"),
    "the block count is zero": (lambda: tail(block_count="000000"), "file-block-count"),
    "the file's count": (lambda: tail(entry_addenda_count="00000002"), "file-count"),
    "the file's hash": (lambda: tail(entry_hash="0000000001"), "file-hash"),
    "the file's debits": (lambda: tail(total_debit="000000000001"), "file-debit-total"),
    "the file's credits": (lambda: tail(total_credit="000000000001"), "file-credit-total"),
    "the service class": (lambda: opened(service_class="210"), "service-class"),
    "the company name of zeros": (lambda: opened(company_name="0" * 16), "company-name-blank"),
    "the company id": (lambda: opened(company_identification=""), "company-id-blank"),
    "the description of zeros": (lambda: opened(company_entry_description="0" * 10), "description-blank"),
    "the class": (lambda: opened(standard_entry_class="XYZ"), "sec-code"),
    "the status of the operator": (lambda: opened(originator_status_code="0"), "originator-status"),
    "no status": (lambda: opened(originator_status_code=""), "originator-status"),
    "no ODFI": (lambda: opened(originating_dfi=""), "originating-dfi"),
    "another ODFI": (lambda: opened(originating_dfi="09100002"), "trace-prefix"),
    "an empty batch": (lambda: batch_of("PPD"), "batch-empty"),
    "the control's service class": (lambda: closed(service_class="225"), "batch-control-match"),
    "the control's ODFI": (lambda: closed(originating_dfi="09100002"), "batch-control-match"),
    "the control's number": (lambda: closed(batch_number="0000009"), "batch-control-match"),
    "the control's company": (lambda: closed(company_identification="9"), "batch-control-company"),
    "the batch's count": (lambda: closed(entry_addenda_count="000009"), "batch-count"),
    "the batch's hash": (lambda: closed(entry_hash="0000000001"), "batch-hash"),
    "the batch's debits": (lambda: closed(total_debit="000000000001"), "batch-debit-total"),
    "the batch's credits": (lambda: closed(total_credit="000000000001"), "batch-credit-total"),
    "debits among credits": (lambda: paid(header={"service_class": 220}), "service-class"),
    "a transaction code": (lambda: paid(transaction_code=57), "transaction-code"),
    "a check digit": (lambda: worded(check_digit="9"), "check-digit"),
    "no account": (lambda: worded(account_number=""), "account-blank"),
    "no amount": (lambda: paid(amount=0), "amount-use"),
    "an amount of letters": (lambda: WHOLE.replace(b"0000001999", b"00000O1999", 1), "amount-digits"),
    "a prenote with an amount": (lambda: paid(transaction_code=28), "amount-use"),
    "a control character": (lambda: WHOLE.replace(b"BUYER", b"BU\x07ER"), "characters"),
    "a sign that is no letter": (lambda: WHOLE.replace(b"BUYER", b"BU\xbcER"), "characters"),
    "traces that fall back": (lambda: batch_of("PPD", entry_of(number=2), entry_of()), "trace-order"),
    "addenda unannounced": (lambda: paid("PPD", REMITTANCE), "addenda-indicator"),
    "addenda of another entry": (
        lambda: paid("PPD", patched(REMITTANCE, "705", entry_sequence="0000009"), addenda_indicator=1),
        "addenda-sequence",
    ),
    "addenda numbered zero": (
        lambda: paid("PPD", patched(REMITTANCE, "705", addenda_sequence="0000"), addenda_indicator=1),
        "addenda-sequence",
    ),
    "addenda of terminals": (lambda: paid("PPD", addenda_of("702"), addenda_indicator=1), "addenda-class"),
    "too many addenda": (lambda: paid("PPD", REMITTANCE, REMITTANCE, addenda_indicator=1), "addenda-limit"),
    "addenda that CTX does not count": (lambda: paid("CTX", REMITTANCE, addenda_indicator=1), "addenda-count"),
    "addenda without an entry": (lambda: [*batch_of("PPD", REMITTANCE)], "order-of-records"),
    "no name": (lambda: worded(receiver_name=""), "name-of-class"),
    "no name by telephone": (lambda: worded("TEL", receiver_name=""), "name-blank"),
    "no name in what comes back": (lambda: back(returned("R02"), receiver_name=""), "name-of-class"),
    "a credit by telephone": (lambda: paid("TEL", transaction_code=22), "class-direction"),
    "a debit of a customer": (lambda: paid("CIE"), "class-direction"),
    "too much for a check": (lambda: paid("ARC", **CHECK, amount=2_500_001), "amount-of-class"),
    "a re-presented check otherwise described": (lambda: paid("RCK", **CHECK), "description-class"),
    "an item without number": (lambda: paid("TRC", **ITEM | {"item_research_number": ""}), "class-field"),
    "a card's use": (lambda: shared(card_transaction_type="04"), "class-field"),
    "a card of no month": (lambda: shared(card_expiration_date="1327"), "class-field"),
    "a card of no year": (lambda: shared(card_expiration_date="1217"), "class-field"),
    "a machine without addenda": (lambda: paid("MTE"), "addenda-missing"),
    "a machine's prenote": (lambda: paid("MTE", transaction_code=28, amount=0), "class-use"),
    "a machine without number": (lambda: worded("MTE", "6MTE", identification_number="0"), "class-field"),
    "a terminal's serial number": (lambda: carded(transaction_serial_number=""), "terminal"),
    "a terminal's day": (lambda: carded(transaction_date="0230"), "terminal"),
    "a terminal's street": (lambda: carded(terminal_location=""), "terminal"),
    "a terminal's city": (lambda: carded(terminal_city=""), "terminal"),
    "a terminal's state": (lambda: carded(terminal_state="ZZ"), "terminal"),
    "an acknowledgement with money": (lambda: paid("ACK", transaction_code=24), "amount-use"),
    "an acknowledgement that debits": (lambda: paid("ACK", transaction_code=29, amount=0), "class-direction"),
    "a death without addenda": (lambda: paid("DNE", transaction_code=23, amount=0), "addenda-missing"),
    "a death told by others": (lambda: paid("DNE", transaction_code=23, amount=0), "originator-of-class"),
    "an enrolment otherwise described": (lambda: paid("ENR", amount=0), "description-class"),
    "an advice of a payment": (lambda: advised(transaction_code="27"), "advice"),
    "an advice of no bank": (lambda: advised(advice_routing_number=""), "advice"),
    "an advice of no operator": (lambda: advised(originating_operator=""), "advice"),
    "an advice of no day": (lambda: advised(julian_date="000"), "advice"),
    "an advice of no number": (lambda: advised(sequence_number="0000"), "advice"),
    "an unknown return": (lambda: back(returned("R97")), "unknown-return-code"),
    "returns and payments together": (
        lambda: batch_of("PPD", answer_entry(), returned("R02"), entry_of(number=2, bank=RDFI), bank=RDFI),
        "mixed-batch",
    ),
    "a return with remittance": (lambda: back(REMITTANCE, returned("R02"), sec="CCD"), "answer-addenda"),
    "an unknown change": (lambda: back(changed("C92", "X"), sec="COR", amount=0), "unknown-change-code"),
    "a change of nothing": (lambda: back(changed("C01", ""), sec="COR", amount=0), "corrected-data"),
    "a change elsewhere": (lambda: back(changed("C05", "37"), amount=0), "change-class"),
    "a change with an amount": (lambda: back(changed("C05", "37"), sec="COR"), "change-amount"),
    "a change as a payment": (
        lambda: back(changed("C05", "37"), sec="COR", amount=0, transaction_code=27),
        "change-transaction-code",
    ),
    "no change": (
        lambda: batch_of("COR", answer_entry("COR", amount=0, addenda_indicator=0), bank=RDFI),
        "change-class",
    ),
    "a refusal of no change": (
        lambda: back(patched(REFUSAL, "798REF", change_code=""), sec="COR", amount=0),
        "refused-change",
    ),
    "a refusal without data": (
        lambda: back(patched(REFUSAL, "798REF", corrected_data=""), sec="COR", amount=0),
        "refused-change",
    ),
    "how a rate is found": (lambda: from_abroad(foreign_exchange_indicator="XX"), "iat-header"),
    "what stands for the rate": (lambda: from_abroad(foreign_exchange_reference_indicator="4"), "iat-header"),
    "a country": (lambda: from_abroad(destination_country="XK"), "iat-header"),
    "a currency": (lambda: from_abroad(originating_currency="ABC"), "iat-header"),
    "another currency": (lambda: from_abroad(destination_currency="XYZ"), "iat-header"),
    "advices abroad": (lambda: from_abroad(service_class="280"), "service-class"),
    "no reason": (lambda: abroad(0, transaction_type=""), "iat-field"),
    "no receiver": (lambda: abroad(0, receiver_name=""), "iat-field"),
    "no originator": (lambda: abroad(1, originator_name=""), "iat-field"),
    "no street": (lambda: abroad(1, originator_street=""), "iat-field"),
    "no city": (lambda: abroad(2, originator_city=""), "iat-field"),
    "no country": (lambda: abroad(2, originator_country=""), "iat-field"),
    "the scheme of a bank": (lambda: abroad(3, originating_dfi_qualifier="04"), "iat-field"),
    "the country of a bank": (lambda: abroad(3, originating_dfi_country=""), "iat-field"),
    "the number of a bank": (lambda: abroad(4, receiving_dfi_identification=""), "iat-field"),
    "no street of the receiver": (lambda: abroad(5, receiver_street=""), "iat-field"),
    "no city of the receiver": (lambda: abroad(6, receiver_city=""), "iat-field"),
    "a nameless bank between": (lambda: between(correspondent_name=""), "iat-field"),
    "a bank between of no number": (lambda: between(addenda_sequence="0000"), "addenda-sequence"),
    "six addenda": (lambda: batch_of("IAT", ABROAD, *abroad_addenda()[:6]), "iat-addenda"),
    "a return from abroad alone": (
        lambda: back(returned("R03", layout="799IAT", original_amount=1999), sec="IAT", number_of_addenda=1),
        "iat-addenda",
    ),
}


@pytest.mark.parametrize("name", REJECTIONS)
def test_what_the_peer_refuses_is_an_error(name: str) -> None:
    build, check = REJECTIONS[name]
    built = build()
    problems = read(built if isinstance(built, bytes) else file_of(built)).problems
    assert check in {problem.check for problem in problems if problem.severity is Severity.ERROR}


def test_the_file_that_all_of_them_spoil_is_good() -> None:
    for good in (carded(), shared(), advised(), from_abroad(), between(), abroad(0), opened(), closed()):
        assert read(file_of(good)).ok
