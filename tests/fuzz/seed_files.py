"""The small good files that mutations start from: every SEC code, every kind of answer, and the samples.

They are built from the records table field by field, and their controls are added up by the slow reader, so that the
product's own writer has no part in them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ingather.nacha.records import LAYOUTS, compose
from ingather.nacha.sec import SEC_CODES, SecRow
from ingather.nacha.transaction_codes import Use
from tests.fuzz.slow_frames import check_digit, hash_of, total
from tests.fuzz.slow_lines import Problems, Record
from tests.fuzz.slow_structure import walk
from tests.red import red_account

SAMPLES = Path(__file__).parents[2] / "nacha_samples"
LARGEST_SAMPLE = 4_000
ODFI, RDFI = "09100001", ("02100002", "12100035", "07640125")
CREATED, EFFECTIVE = "261123", "261124"
FORWARD = {
    (Use.LIVE, True): (27, 37),
    (Use.LIVE, False): (22, 32),
    (Use.PRENOTE, True): (28, 38),
    (Use.PRENOTE, False): (23, 33),
    (Use.ZERO_DOLLAR, True): (29, 39),
    (Use.ZERO_DOLLAR, False): (24, 34),
}
NUMBERED = {5, 17, 18}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedEntry:
    """One entry and its addenda, these as (layout, fields)."""

    code: int
    cents: int
    addenda: Sequence[tuple[str, dict[str, str]]] = ()
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedBatch:
    """One batch: its SEC code, its entries, and what its header says otherwise than usual."""

    sec: str
    entries: Sequence[SeedEntry]
    fields: dict[str, str] = field(default_factory=dict)
    international: bool = False


@cache
def seeds() -> dict[str, bytes]:
    """Return every seed by name, with LF after each record."""
    files = {name: build(batches) for name, batches in _plans()}
    for path in sorted(SAMPLES.rglob("*.ach")):
        if path.stat().st_size <= LARGEST_SAMPLE:
            files[path.relative_to(SAMPLES).as_posix()] = path.read_bytes()
    return files


def build(batches: Sequence[SeedBatch]) -> bytes:
    """Return one file of these batches, with right controls and filled to a block."""
    lines = [_file_header()]
    trace = 0
    for number, batch in enumerate(batches, 1):
        lines.append(_batch_header(batch, number))
        for entry in batch.entries:
            trace += 1
            lines += _entry_records(batch, entry, trace)
        lines.append(_batch_control(lines, batch, number))
    lines.append(_file_control(lines, batches))
    lines += ["9" * 94] * (-len(lines) % 10)
    return ("\n".join(lines) + "\n").encode("ascii")


def _line(layout: str, **values: str | int) -> str:
    return compose(LAYOUTS[layout], **values).decode("ascii")


def _file_header() -> str:
    return _line(
        "1",
        immediate_destination="091000019",
        immediate_origin="1234567890",
        file_creation_date=CREATED,
        file_creation_time="1200",
        file_id_modifier="A",
        immediate_destination_name="FIRST BANK",
        immediate_origin_name="INGATHER",
    )


def _batch_header(batch: SeedBatch, number: int) -> str:
    international = batch.international or batch.sec == "IAT"
    values: dict[str, str | int] = {
        "service_class": _service_class(batch),
        "company_identification": "1234567890",
        "standard_entry_class": batch.sec,
        "company_entry_description": SEC_CODES[batch.sec].entry_description or "ORDERS",
        "effective_entry_date": EFFECTIVE,
        "originating_dfi": ODFI,
        "batch_number": number,
    }
    if international:
        values |= {
            "iat_indicator": "IATCOR" if batch.international else "",
            "foreign_exchange_indicator": "FF",
            "foreign_exchange_reference_indicator": "3",
            "destination_country": "CA",
            "originating_currency": "USD",
            "destination_currency": "CAD",
        }
    else:
        values["company_name"] = "GOODS SHOP"
    values["originator_status_code"] = {"DNE": "2", "ADV": "0"}.get(batch.sec, "1")
    return _line("5IAT" if international else "5", **values | dict(batch.fields))


def _service_class(batch: SeedBatch) -> str:
    if batch.sec == "ADV":
        return "280"
    debits = [entry.code % 10 >= 5 for entry in batch.entries]
    return "225" if all(debits) else "200" if any(debits) else "220"


def _entry_layout(batch: SeedBatch) -> str:
    return SEC_CODES["IAT" if batch.international else batch.sec].entry_layout


def _entry_records(batch: SeedBatch, entry: SeedEntry, trace: int) -> Iterator[str]:
    key = _entry_layout(batch)
    eight = RDFI[trace % len(RDFI)]
    number = f"{ODFI}{trace:07d}"
    values: dict[str, str | int] = {
        "transaction_code": entry.code,
        "receiving_dfi": eight,
        "check_digit": check_digit(eight),
        "account_number": red_account(trace % 10),
        "amount": entry.cents,
        "addenda_indicator": int(bool(entry.addenda)),
        "trace_number": number,
        "identification_number": f"REF{trace:05d}",
        "receiver_name": "PAYER NAME",
        "number_of_addenda": len(entry.addenda),
        "original_trace": f"{ODFI}{trace:07d}",
        "check_serial_number": f"{1000 + trace}",
        "terminal_city": "PORT",
        "terminal_state": "OR",
        "card_transaction_type": "01",
        "card_expiration_date": "1230",
        "document_reference_number": f"{trace}",
        "card_account_number": red_account(trace % 10 + 10),
        "process_control": "0001",
        "item_research_number": f"{trace}",
        "advice_routing_number": "091000019",
        "originating_operator": "09100001",
        "julian_date": "327",
        "sequence_number": trace,
    }
    if batch.sec in {"WEB", "TEL"}:
        values["discretionary_data"] = "S"
    known = {each.name for each in LAYOUTS[key].fields}
    yield _line(key, **{name: value for name, value in values.items() if name in known} | entry.fields)
    yield from _addenda_records(entry, number)


def _addenda_records(entry: SeedEntry, trace: str) -> Iterator[str]:
    counted: dict[str, int] = {}
    for key, fields in entry.addenda:
        counted[key] = counted.get(key, 0) + 1
        values = {
            "addenda_sequence": str(counted[key]),
            "entry_sequence": trace[8:],
            "trace_number": trace,
        }
        known = {each.name for each in LAYOUTS[key].fields}
        yield _line(key, **{name: value for name, value in values.items() if name in known} | fields)


def _records(lines: Sequence[str]) -> list[Record]:
    return [Record(line=number, text=line) for number, line in enumerate(lines, 1)]


def _batch_control(lines: Sequence[str], batch: SeedBatch, number: int) -> str:
    read = walk(_records(lines), Problems()).batches[-1]
    values: dict[str, str | int] = {
        "service_class": _service_class(batch),
        "entry_addenda_count": len(read.entries) + read.addenda,
        "entry_hash": hash_of(read),
        "total_debit": total(read.entries, debit=True),
        "total_credit": total(read.entries, debit=False),
        "originating_dfi": batch.fields.get("originating_dfi", ODFI),
        "batch_number": number,
    }
    if batch.sec == "ADV":
        return _line("8ADV", **values)
    return _line("8", company_identification="1234567890", **values)


def _file_control(lines: Sequence[str], batches: Sequence[SeedBatch]) -> str:
    read = walk(_records(lines), Problems()).batches
    entries = [entry for batch in read for entry in batch.entries]
    return _line(
        "9ADV" if any(batch.sec == "ADV" for batch in batches) else "9",
        batch_count=len(read),
        block_count=-(-(len(lines) + 1) // 10),
        entry_addenda_count=len(entries) + sum(batch.addenda for batch in read),
        entry_hash=sum(hash_of(batch) for batch in read) % 10**10,
        total_debit=total(entries, debit=True),
        total_credit=total(entries, debit=False),
    )


def _plans() -> Iterator[tuple[str, list[SeedBatch]]]:
    yield (
        "mixed",
        [SeedBatch(sec=sec, entries=list(_forward(SEC_CODES[sec]))[:2]) for sec in ("PPD", "WEB", "CCD", "CTX")],
    )
    for sec, row in SEC_CODES.items():
        if sec not in {"COR", "ADV"}:
            yield f"forward {sec}", [SeedBatch(sec=sec, entries=list(_forward(row))[: 3 if sec == "IAT" else 8])]
            yield f"returned {sec}", [SeedBatch(sec=sec, entries=list(_returned(row)))]
    advices = [SeedEntry(code=81 + place, cents=5_000 + place) for place in range(4)]
    yield "advices", [SeedBatch(sec="ADV", entries=advices), SeedBatch(sec="ADV", entries=advices[:2])]
    yield "changes", [SeedBatch(sec="COR", entries=list(_changes()))]
    yield "international changes", [SeedBatch(sec="COR", international=True, entries=list(_international_changes()))]
    yield "refused changes", [SeedBatch(sec="COR", entries=[_refused(code) for code in ("C61", "C62", "C69")])]
    yield "dishonours", [SeedBatch(sec="PPD", entries=[_dishonour(code) for code in ("R61", "R67", "R68", "R69")])]
    yield "contests", [SeedBatch(sec="PPD", entries=[_contest(code) for code in ("R71", "R73", "R74", "R76")])]
    yield (
        "reversal",
        [
            SeedBatch(
                sec="TEL",
                entries=[SeedEntry(code=22, cents=1_250), SeedEntry(code=32, cents=99)],
                fields={"company_entry_description": "REVERSAL"},
            )
        ],
    )
    yield (
        "micro-entries",
        [
            SeedBatch(
                sec="PPD",
                entries=[SeedEntry(code=22, cents=12), SeedEntry(code=22, cents=34), SeedEntry(code=27, cents=46)],
                fields={"company_entry_description": "ACCTVERIFY"},
            )
        ],
    )


def _forward(row: SecRow) -> Iterator[SeedEntry]:
    """Two entries of each use and direction that the SEC code allows, at most eight."""
    made = 0
    for use in sorted(row.uses):
        for debit in (True, False):
            if not (row.debits if debit else row.credits):
                continue
            for code in FORWARD[use, debit]:
                made += 1
                if made > 8:
                    return
                cents = 0 if row.non_monetary or use is not Use.LIVE else 1_000 + 11 * made
                yield SeedEntry(code=code, cents=cents, addenda=_own_addenda(row, made, use))


def _own_addenda(row: SecRow, made: int, use: Use) -> list[tuple[str, dict[str, str]]]:
    if row.code == "IAT":
        return _international_addenda(made)
    if 2 in row.addenda_types:
        return [("702", _terminal())]
    if 5 in row.addenda_types and (row.addenda_required or use is Use.ZERO_DOLLAR or made % 2):
        texts = made % 3 + 1 if row.max_addenda > 1 else 1
        return [("705", {"payment_related_information": f"RMR*IV*{made}{place}**12.50\\"}) for place in range(texts)]
    return []


def _terminal() -> dict[str, str]:
    return {
        "terminal_identification": "T00001",
        "transaction_serial_number": "000001",
        "transaction_date": "1123",
        "terminal_location": "MAIN STREET 1",
        "terminal_city": "PORTLAND",
        "terminal_state": "OR",
    }


def _international_addenda(made: int) -> list[tuple[str, dict[str, str]]]:
    bank = {"name": "NORTH BANK", "qualifier": "01", "identification": "091000019", "country": "CA"}
    seven: list[tuple[str, dict[str, str]]] = [
        ("710", {"transaction_type": "BUS", "foreign_amount": str(1_500 + made), "receiver_name": "NORTH SHOP"}),
        ("711", {"originator_name": "GOODS SHOP", "originator_street": "MAIN STREET 1"}),
        ("712", {"originator_city": "PORTLAND*OR\\", "originator_country": "US*97201\\"}),
        ("713", {f"originating_dfi_{name}": text for name, text in bank.items()}),
        ("714", {f"receiving_dfi_{name}": text for name, text in bank.items()}),
        ("715", {"receiver_identification": "R1", "receiver_street": "RUE 1"}),
        ("716", {"receiver_city": "QUEBEC*QC\\", "receiver_country": "CA*G1A\\"}),
    ]
    more: list[tuple[str, dict[str, str]]] = [("717", {"payment_related_information": "INVOICE 1"})] * (made % 3)
    last = [("718", {f"correspondent_{name}": text for name, text in bank.items()})] * (made % 2)
    return seven + more + last


def _returned(row: SecRow) -> Iterator[SeedEntry]:
    """A returned entry of each direction, with reasons that fit any class."""
    for reason, debit in (("R02", True), ("R03", False), ("R14", True), ("R16", False)):
        if not (row.debits if debit else row.credits):
            continue
        fields = {
            "return_reason": reason,
            "original_trace": f"{ODFI}0000077",
            "date_of_death": "261001" if reason == "R14" else "",
            "original_rdfi": RDFI[0],
        }
        cents = 0 if row.non_monetary else 1_234
        if row.code == "IAT":
            answer = [*_international_addenda(3)[:7], ("799IAT", fields | {"original_amount": str(cents)})]
        else:
            answer = [("799", fields)]
        yield SeedEntry(code=26 if debit else 21, cents=cents, addenda=answer)


def _changes() -> Iterator[SeedEntry]:
    account, routing = red_account(3), "091000019"
    for code, corrected in (
        ("C01", account),
        ("C02", routing),
        ("C03", f"{routing}   {account}"),
        ("C05", "37"),
        ("C06", f"{account:<17}   37"),
        ("C07", f"{routing}{account:<17}37"),
        ("C09", "NUMBER 5"),
        ("C13", "ADDENDA"),
        ("C14", "IAT"),
    ):
        yield _change("798", {"change_code": code, "corrected_data": corrected})


def _international_changes() -> Iterator[SeedEntry]:
    yield _change("798IAT", {"change_code": "C08", "corrected_data": "BANKCATT"})
    yield _change("798IAT", {"change_code": "C01", "corrected_data": "CA" + red_account(3)})


def _refused(code: str) -> SeedEntry:
    fields = {
        "refusal_code": code,
        "corrected_data": "091000019",
        "change_code": "C02",
        "change_trace_sequence": "0000012",
    }
    return _change("798REF", fields)


def _change(layout: str, fields: dict[str, str]) -> SeedEntry:
    original = {"original_trace": f"{ODFI}0000077", "original_rdfi": RDFI[0]}
    return SeedEntry(code=26, cents=0, addenda=[(layout, original | fields)])


def _dishonour(code: str) -> SeedEntry:
    fields = {
        "return_reason": code,
        "original_trace": f"{ODFI}0000077",
        "original_rdfi": RDFI[0],
        "return_trace": f"{RDFI[0]}0000009",
        "return_settlement_date": "327",
        "return_reason_digits": "02",
        "addenda_information": "01*03" if code == "R69" else "",
    }
    return SeedEntry(code=26, cents=1_234, addenda=[("799DIS", fields)])


def _contest(code: str) -> SeedEntry:
    fields = {
        "return_reason": code,
        "original_trace": f"{ODFI}0000077",
        "original_return_date": "261120",
        "original_rdfi": RDFI[0],
        "original_settlement_date": "322",
        "return_trace": f"{RDFI[0]}0000009",
        "return_settlement_date": "327",
        "return_reason_digits": "02",
        "dishonour_trace": f"{ODFI}0000033",
        "dishonour_settlement_date": "330",
        "dishonour_reason_digits": "69" if code in {"R74", "R76"} else "68",
    }
    return SeedEntry(code=26, cents=1_234, addenda=[("799CON", fields)])
