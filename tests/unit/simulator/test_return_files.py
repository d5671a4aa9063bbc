"""Returns and changes in NACHA files, read back with the format's own reader."""

from dataclasses import replace
from datetime import date

import pytest

from ingather.nacha.reader import changes, read, returns
from ingather.nacha.records import LAYOUTS, decompose
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Delivery, Kind
from ingather.simulator.terms import Carrier
from tests.red import red_account
from tests.unit.simulator.town import TERMS, Batch, Script, bank, days, debits, eastern, nacha_file, records_of, script

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
OTHER_RDFI = "021000021"


def evenings(played: BankInABox, *batches: Batch, count: int = 5) -> list[Delivery]:
    """Hand over one file on Monday and return all that came within some days."""
    played.receive("one.ach", nacha_file(*batches, created=eastern(MONDAY)), eastern(MONDAY))
    return [item for day in days(MONDAY, count) for item in played.close_day(day)]


def of_kind(handed: list[Delivery], kind: Kind) -> list[Delivery]:
    return [item for item in handed if item.kind is kind]


def test_a_return_file_reads_back_clean_and_names_the_original() -> None:
    played = bank(script(ORD0001=("R01", 1), ORD0002=("R09", 1)))
    [handed] = of_kind(evenings(played, Batch(debits=debits(4), effective=TUESDAY)), Kind.RETURN)
    assert handed.name == "RET-20261125.ach"
    reading = read(handed.data)
    assert reading.ok, reading.problems
    found = returns(reading)
    assert [bytes(code).decode() for code in found.reason] == ["R01", "R09"]
    assert found.original_trace.tolist() == [121042880000002, 121042880000003]
    assert reading.entries.transaction_code.tolist() == [26, 26]
    assert reading.entries.amount_cents.tolist() == [10_001, 10_002]
    assert reading.entries.trace.tolist() == [231380100000001, 231380100000002]
    assert reading.debit_cents == 20_003
    assert {bytes(name).strip() for name in reading.batches.texts("company_name")} == {b"NORTHWIND GOODS"}


def test_a_return_file_goes_from_the_bank_to_the_originator() -> None:
    [handed] = of_kind(
        evenings(bank(script(ORD0000=("R02", 1))), Batch(debits=debits(1), effective=TUESDAY)), Kind.RETURN
    )
    head = decompose(LAYOUTS["1"], handed.data.splitlines()[0])
    assert (head["immediate_destination"], head["immediate_origin"]) == ("1234567890", "121042882")
    batch = decompose(LAYOUTS["5"], handed.data.splitlines()[1])
    assert (batch["effective_entry_date"], batch["settlement_date"]) == ("261124", "329")
    entry = decompose(LAYOUTS["6"], handed.data.splitlines()[2])
    assert entry["receiving_dfi"] + entry["check_digit"] == "121042882"


def test_each_receiving_bank_has_its_own_batch_and_traces() -> None:
    entries = debits(3)
    entries[1] = replace(entries[1], routing=OTHER_RDFI)
    played = bank(script(ORD0000=("R01", 1), ORD0001=("R03", 1), ORD0002=("R01", 1)))
    [handed] = of_kind(evenings(played, Batch(debits=entries, effective=TUESDAY)), Kind.RETURN)
    reading = read(handed.data)
    assert reading.ok, reading.problems
    assert sorted(zip(reading.batches.originating_dfi.tolist(), reading.batches.entries.tolist(), strict=True)) == [
        (2_100_002, 1),
        (23_138_010, 2),
    ]


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("C01", (slice(0, 10),)),
        ("C02", (slice(0, 9),)),
        ("C03", (slice(0, 9), slice(12, 22))),
        ("C05", (slice(0, 2),)),
        ("C06", (slice(0, 10), slice(20, 22))),
        ("C07", (slice(0, 9), slice(9, 19), slice(26, 28))),
    ],
)
def test_a_change_stands_in_the_columns_of_its_code(code: str, columns: tuple[slice, ...]) -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(change_code=code)}))
    handed = evenings(played, Batch(debits=debits(1), effective=TUESDAY))
    [delivered] = of_kind(handed, Kind.CHANGE)
    assert delivered.name == "COR-20261125.ach"
    reading = read(delivered.data)
    assert reading.ok, reading.problems
    found = changes(reading)
    assert bytes(found.code[0]).decode() == code
    corrected = bytes(found.corrected_data[0]).decode()
    filled = "".join(corrected[part] for part in columns)
    assert filled.isdigit()
    assert len(filled) == len(corrected.replace(" ", ""))
    [told] = [row for item in of_kind(handed, Kind.REPORT) for row in records_of(item.data, "N")]
    assert told[4] == corrected.rstrip()
    assert reading.entries.amount_cents.tolist() == [0]
    assert played.books().collected.cents == 10_000


def test_an_account_corrected_by_the_bank_is_not_corrected_again() -> None:
    played = bank("noc_account")
    handed = evenings(played, Batch(debits=debits(30), effective=TUESDAY))
    found = changes(read(of_kind(handed, Kind.CHANGE)[0].data))
    assert 0 < len(found) < 30
    struck = bytes(found.corrected_data[0]).decode().strip()
    original = debits(30)[int(found.original_trace[0]) % 1000 - 1]
    content = nacha_file(Batch(debits=[original], effective=date(2026, 12, 1)), created=eastern(date(2026, 11, 30)))
    sent = red_account(original.account).ljust(17).encode()
    assert sent in content
    played.receive("next.ach", content.replace(sent, struck.ljust(17).encode()), eastern(date(2026, 11, 30)))
    played.receive(
        "uncorrected.ach",
        nacha_file(
            Batch(debits=[replace(original, reference="OTHER")], effective=date(2026, 12, 1)),
            created=eastern(date(2026, 11, 30), 16),
        ),
        eastern(date(2026, 11, 30)),
    )
    later = [item for day in days(date(2026, 11, 28), 7) for item in played.close_day(day)]
    assert [row[5] for item in of_kind(later, Kind.REPORT) for row in records_of(item.data, "N")] == ["OTHER"]


def test_accounts_come_back_masked() -> None:
    [handed] = of_kind(
        evenings(bank(script(ORD0000=("R01", 1))), Batch(debits=debits(1), effective=TUESDAY)), Kind.RETURN
    )
    assert bytes(read(handed.data).entries.account[0]).decode().strip() == f"XXXXXX{red_account(0)[-4:]}"


def test_a_carrier_that_was_not_agreed_carries_nothing() -> None:
    behaviour = Script(fates={("ORD0000", 1): Fate(return_code="R01"), ("ORD0001", 1): Fate(change_code="C01")})
    batch = Batch(debits=debits(2), effective=TUESDAY)
    by_report = evenings(bank(behaviour, terms=replace(TERMS, returns_by=frozenset({Carrier.STR}))), batch)
    assert {item.kind for item in by_report} == {Kind.REPORT}
    by_file = evenings(bank(behaviour, terms=replace(TERMS, returns_by=frozenset({Carrier.NACHA}))), batch)
    assert {item.kind for item in by_file} == {Kind.REPORT, Kind.RETURN, Kind.CHANGE}
    assert not [row for item in of_kind(by_file, Kind.REPORT) for kind in "RN" for row in records_of(item.data, kind)]
    assert [row[3] for item in of_kind(by_file, Kind.REPORT) for row in records_of(item.data, "P")] == [
        "20001",
        "10000",
    ]
