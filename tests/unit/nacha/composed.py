"""Small files for tests of the checks, composed record by record from the records table, with true controls."""

from collections.abc import Sequence
from typing import Any

from ingather.base.problems import Problem
from ingather.nacha.reader import read
from ingather.nacha.records import LAYOUTS, compose
from ingather.nacha.routing import check_digit
from ingather.nacha.sec import SEC_CODES
from tests.red import red_account

ODFI, RDFI = "09100001", "23138010"
CURRENCIES: dict[str, Any] = {"destination_country": "CA", "originating_currency": "USD", "destination_currency": "CAD"}
_TERMINAL = {
    "transaction_serial_number": "000042",
    "transaction_date": "1123",
    "terminal_location": "MAIN STREET",
    "terminal_city": "TOWN",
    "terminal_state": "PA",
}
_DEBITS = "56789"
_ADVICE = "ADV"


def entry_of(sec: str = "PPD", *, number: int = 1, bank: str = ODFI, layout: str = "", **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    """Return one entry of a class, traced as ``bank``'s ``number``; any field may be told otherwise."""
    rows = LAYOUTS[layout or SEC_CODES[sec].entry_layout]
    told: dict[str, Any] = {
        "transaction_code": 82 if sec == _ADVICE else 27,
        "receiving_dfi": RDFI,
        "check_digit": check_digit(RDFI),
        "account_number": red_account(number % 40)[:15],
        "amount": 1999,
        "receiver_name": f"BUYER {number}",
        "identification_number": f"ORD{number}",
        "number_of_addenda": 0,
        "addenda_indicator": 0,
        "trace_number": f"{bank}{number:07d}",
        "advice_routing_number": "231380104",
        "originating_operator": "09100001",
        "julian_date": "328",
        "sequence_number": number,
        "card_transaction_type": "01",
    }
    told |= values
    known = {field.name for field in rows.fields}
    return compose(rows, **{name: value for name, value in told.items() if name in known or name in values})


def addenda_of(code: str, *, number: int = 1, bank: str = ODFI, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    """Return one addenda, such as ``705`` or ``799DIS``, of the entry traced as ``bank``'s ``number``."""
    rows = LAYOUTS[code]
    known = {field.name for field in rows.fields}
    told: dict[str, Any] = {"entry_sequence": number, "trace_number": f"{bank}{number:07d}", **_TERMINAL} | values
    return compose(rows, **{name: value for name, value in told.items() if name in known or name in values})


def patched(record: bytes, layout: str, **texts: str) -> bytes:
    """Return a record with fields written over, whatever the table thinks of it; texts are cut or blank-filled."""
    for name, text in texts.items():
        field = LAYOUTS[layout].field(name)
        record = record[: field.start - 1] + text.ljust(field.width)[: field.width].encode() + record[field.end :]
    return record


def batch_of(sec: str, *details: bytes, bank: str = ODFI, number: int = 1, **header: Any) -> list[bytes]:  # noqa: ANN401 -- any field of the record
    """Return one batch around entries and addenda; the header is international where the class or a field says so."""
    abroad = sec == "IAT" or "iat_indicator" in header
    service = 280 if sec == _ADVICE else 200
    same: dict[str, Any] = {"service_class": service, "originating_dfi": bank, "batch_number": number}
    told: dict[str, Any] = {
        "company_identification": "1234567890",
        "standard_entry_class": sec,
        "company_entry_description": "ORDERPMT",
        "effective_entry_date": "261124",
        "originator_status_code": "0" if sec == _ADVICE else "1",
    }
    if abroad:
        told |= {"foreign_exchange_indicator": "FF", "foreign_exchange_reference_indicator": 3} | CURRENCIES
    else:
        told["company_name"] = "ACME GOODS"
    head = compose(LAYOUTS["5IAT" if abroad else "5"], **{**same, **told, **header})
    amounts = LAYOUTS[SEC_CODES[sec].entry_layout if sec == _ADVICE else "6"].span("amount")
    entries = [row for row in details if row[:1] == b"6"]
    sums = {True: 0, False: 0}
    for row in entries:
        code = row[1:3].decode()
        debit = int(code) % 2 == 0 if sec == _ADVICE else code[1] in _DEBITS
        sums[debit] += int(row[amounts])
    totals: dict[str, Any] = {
        "entry_addenda_count": len(details),
        "entry_hash": sum(int(row[3:11]) for row in entries) % 10**10,
        "total_debit": sums[True],
        "total_credit": sums[False],
    }
    if sec != _ADVICE:
        totals["company_identification"] = "1234567890"
    return [head, *details, compose(LAYOUTS["8ADV" if sec == _ADVICE else "8"], **same, **totals)]


def file_of(*batches: Sequence[bytes]) -> bytes:
    """Return a file of whole batches with header, control and fill; advices alone have the wider file control."""
    advices = all(batch[-1][1:4] == b"280" for batch in batches)
    head = compose(
        LAYOUTS["1"],
        immediate_destination=" 091000019",
        immediate_origin="1234567890",
        file_creation_date="261123",
        file_creation_time="1805",
        file_id_modifier="A",
    )
    body = [record for batch in batches for record in batch]
    controls = [batch[-1] for batch in batches]
    control = LAYOUTS["8ADV" if advices else "8"]
    sums = {
        name: sum(int(record[control.span(name)]) for record in controls)
        for name in ("entry_addenda_count", "entry_hash", "total_debit", "total_credit")
    }
    sums["entry_hash"] %= 10**10
    count = len(body) + 2
    tail = compose(LAYOUTS["9ADV" if advices else "9"], batch_count=len(batches), block_count=-(-count // 10), **sums)
    return b"\n".join([head, *body, tail, *[b"9" * 94] * (-count % 10)]) + b"\n"


def problems_in(*batches: Sequence[bytes]) -> tuple[Problem, ...]:
    """Return every problem of a file of these batches, read strictly."""
    return read(file_of(*batches)).problems


def found(check: str, *batches: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """Return line and columns of every finding of one check; nothing else may be wrong with the file."""
    problems = problems_in(*batches)
    others = [problem for problem in problems if problem.check != check]
    assert others == [], others
    return [(problem.line, problem.start, problem.end) for problem in problems]


def returned(reason: str, *, layout: str = "799", number: int = 1, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    """Return a return, dishonour or contest addenda of the RDFI's entry ``number``."""
    told: dict[str, Any] = {"original_trace": f"{ODFI}{number:07d}", "original_rdfi": RDFI} | values
    return addenda_of(layout, number=number, bank=RDFI, return_reason=reason, **told)


def changed(code: str, data: str, *, layout: str = "798", number: int = 1, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    """Return a change addenda of the RDFI's entry ``number``."""
    told: dict[str, Any] = {"original_trace": f"{ODFI}{number:07d}", "original_rdfi": RDFI} | values
    name = "refusal_code" if layout == "798REF" else "change_code"
    return addenda_of(layout, number=number, bank=RDFI, corrected_data=data, **{name: code}, **told)


def answer_entry(sec: str = "PPD", *, number: int = 1, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    """Return the entry that a return, dishonour or contest belongs to."""
    told: dict[str, Any] = {"transaction_code": 26, "receiving_dfi": ODFI, "check_digit": check_digit(ODFI)}
    return entry_of(sec, number=number, bank=RDFI, **{**told, "addenda_indicator": 1, **values})


def abroad_addenda(number: int = 1, *, bank: str = ODFI) -> list[bytes]:
    """Return the seven mandatory addenda of an international entry."""
    told: list[dict[str, Any]] = [
        {"transaction_type": "BUS", "foreign_amount": 1999, "receiver_name": "BEK ENTERPRISES"},
        {"originator_name": "ACME GOODS", "originator_street": "15 WEST PLACE STREET"},
        {"originator_city": "JACOBSTOWN*PA\\", "originator_country": "US*19305\\"},
        _bank("originating_dfi", "FIRST BANK OF TESTS", "US"),
        _bank("receiving_dfi", "BANK OF FAR AWAY", "CA"),
        {"receiver_street": "2121 FRONT STREET"},
        {"receiver_city": "LETTERTOWN*AB\\", "receiver_country": "CA*80014\\"},
    ]
    return [addenda_of(f"7{code}", number=number, bank=bank, **values) for code, values in enumerate(told, start=10)]


def correspondent(sequence: int, *, number: int = 1) -> bytes:
    """Return an addenda 18."""
    return addenda_of("718", number=number, addenda_sequence=sequence, **_bank("correspondent", "BETWEEN BANK", "FR"))


def _bank(prefix: str, name: str, country: str) -> dict[str, Any]:
    return {
        f"{prefix}_name": name,
        f"{prefix}_qualifier": "01",
        f"{prefix}_identification": "121042882",
        f"{prefix}_country": country,
    }
