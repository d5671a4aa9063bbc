"""What the bank hands back keeps the columns of what it received, whatever the SEC code calls them."""

from datetime import date, datetime

from ingather.base.columns import column_texts
from ingather.nacha.answers import changes, returns
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from ingather.simulator.entries import BatchRow, FileRow
from ingather.simulator.return_files import BackEntry, returned_code, write_back

ROUTING = "091000019"
SENT = FileRow(
    name="ORDERS.ach",
    sha256="",
    key="",
    destination="091000019",
    origin="1234567890",
    destination_name="FIRST BANK OF TESTS",
    origin_name="INGATHER",
    created_on="261123",
    created_at="1805",
    modifier="A",
    accepted_at="",
    refused_for="",
)


def told_of(reading: Reading) -> list[str]:
    """Return the checks that fail, but for the destination: this bank addresses us by our identification."""
    return [problem.check for problem in reading.problems if problem.check != "destination-routing"]


def batch_of(code: str, *, effective: str = "261124") -> BatchRow:
    return BatchRow(
        file=0,
        number=3,
        company_name="ACME GOODS",
        company_discretionary_data="",
        company_identification="1234567890",
        standard_entry_class=code,
        company_entry_description="PURCHASE",
        company_descriptive_date="261123",
        effective_entry_date=effective,
        refused_for="",
    )


def back(batch: BatchRow, *, name: str = "BUYER", change: str = "", trace: int = 231380100000001) -> BackEntry:
    return BackEntry(
        batch=batch,
        transaction_code=returned_code(27),
        rdfi=231380104,
        trace=trace,
        original_trace=91000010000000 + trace % 10_000_000,
        amount_cents=0 if change else 1999,
        tail="1234",
        reference="0C4M7R2V9K000",
        name=name,
        discretionary="",
        settled_on=date(2026, 11, 27),
        reason="" if change else "R01",
        change=change,
        corrected_data="121042882" if change else "",
    )


def written(*entries: BackEntry) -> bytes:
    return write_back(entries, sent=SENT, routing=ROUTING, at=datetime(2026, 11, 27, 6, 12), modifier="A")  # noqa: DTZ001 -- local to the bank


def test_a_return_of_ctx_repeats_the_count_of_addenda_before_the_name() -> None:
    reading = read(written(back(batch_of("CTX"), name="0012BUYING COMPANY")))
    assert told_of(reading) == []
    assert column_texts(reading.entries.record[:, 54:76]) == ["0012BUYING COMPANY"]


def test_a_change_of_ctx_has_the_common_columns() -> None:
    reading = read(written(back(batch_of("CTX"), name="0012BUYING COMPANY", change="C02")))
    assert told_of(reading) == []
    assert reading.standard_entry_class == ("COR",)
    assert column_texts(reading.entries.name) == ["0012BUYING COMPANY"]
    assert column_texts(changes(reading).corrected_data) == ["121042882"]


def test_an_effective_date_that_was_none_stays_none() -> None:
    for none in ("", "000000"):
        reading = read(written(back(batch_of("PPD", effective=none))))
        assert column_texts(reading.batches.texts("effective_entry_date")) == [""]
        assert "date-real" not in told_of(reading)


def test_the_file_swaps_the_parties_and_the_account_is_only_its_tail() -> None:
    second = back(batch_of("PPD"), trace=231380100000002)
    reading = read(written(second, back(batch_of("PPD"))))
    assert told_of(reading) == []
    assert reading.heads.record[0, 3:23].tobytes() == b"1234567890 091000019"
    assert column_texts(reading.entries.account) == ["XXXXXX1234"] * 2
    assert returns(reading).trace.tolist() == [231380100000001, 231380100000002]
