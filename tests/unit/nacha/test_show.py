"""People see every field named and decoded, and never an account number."""

import json
from pathlib import Path

import pytest

from ingather.nacha.reader import read
from ingather.nacha.records import LAYOUTS, Kind, compose
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.show import ShownField, ShownRecord, ruler, show, show_line, show_text
from ingather.nacha.writer import write
from tests.red import red_account
from tests.unit.nacha.plans import small_plan, wide_plan

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
FILE = write(small_plan()).data


def fields_of(record: ShownRecord) -> dict[str, ShownField]:
    return {field["name"]: field for field in record["fields"]}


def meanings_of(record: bytes, standard_entry_class: str = "CCD") -> dict[str, tuple[str, str]]:
    """Return value and meaning by field of a record that stands in a batch of this class."""
    header = compose(
        LAYOUTS["5"],
        service_class=200,
        company_name="ACME",
        company_identification="1",
        standard_entry_class=standard_entry_class,
        company_entry_description="X",
        originating_dfi="09100001",
        batch_number=1,
    )
    entry = compose(
        LAYOUTS["6"], transaction_code=26, receiving_dfi="09100001", check_digit=9, amount=1, trace_number=1
    )
    lines = [header, record] if record[:1] == b"6" else [header, entry, record]
    shown = show_line(read(b"\n".join(lines)), len(lines))
    assert shown is not None
    return {name: (field["value"], field["meaning"]) for name, field in fields_of(shown).items()}


def test_international_accounts_are_masked_where_they_stand() -> None:
    source = (SAMPLES / "forward" / "iat_debit.ach").read_bytes()
    account = source.splitlines()[2][LAYOUTS["6IAT"].span("account_number")].strip().decode()
    shown = show(read(source))["records"][0]["under"][0]["under"][0]
    assert len(account) > 4
    assert fields_of(shown)["account_number"]["value"] == "*" * (len(account) - 4) + account[-4:]


def test_international_addenda_are_named_by_field() -> None:
    source = (SAMPLES / "forward" / "iat_debit.ach").read_bytes()
    batch = show(read(source))["records"][0]["under"][0]
    assert batch["record"] == "International Batch Header"
    addenda = batch["under"][0]["under"]
    assert [record["record"].split()[1] for record in addenda[:7]] == [
        *("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh"),
    ]
    assert {"receiver_name", "foreign_amount"} <= fields_of(addenda[0]).keys()


@pytest.mark.parametrize("code", sorted(SEC_CODES))
def test_every_class_is_shown_by_its_own_layout(code: str) -> None:
    layout = LAYOUTS[SEC_CODES[code].entry_layout]
    record = b"627091000019" + b"0" * 82
    assert meanings_of(record, code).keys() >= {field.name for field in layout.fields if field.kind is not Kind.BLANK}


def test_a_change_tells_its_parts_with_the_account_masked() -> None:
    record = compose(
        LAYOUTS["798"],
        change_code="C07",
        original_trace=7,
        original_rdfi="09100001",
        corrected_data=f"231380104{red_account(8)}37",
        trace_number=1,
    )
    shown = meanings_of(record, "COR")
    assert shown["corrected routing"] == ("231380104", "the routing number to use")
    assert shown["corrected account"] == ("*************1996", "the account number to use")
    assert shown["corrected transaction_code"] == ("37", "the transaction code to use")
    assert red_account(8) not in shown["corrected_data"][0]


def test_a_dishonour_tells_what_was_wrong_and_which_return_it_answers() -> None:
    record = compose(
        LAYOUTS["799DIS"],
        return_reason="R69",
        original_trace=7,
        original_rdfi="09100001",
        return_trace=8,
        return_settlement_date="327",
        return_reason_digits="01",
        addenda_information="01*03",
        trace_number=1,
    )
    shown = meanings_of(record)
    assert shown["return_reason_digits"] == ("01", "Insufficient Funds")
    assert shown["return_settlement_date"] == ("327", "day 327 of the year")
    assert shown["addenda_information"] == ("01*03", "wrong: account number, amount")


def test_a_contest_tells_both_reasons_and_the_dates() -> None:
    record = compose(
        LAYOUTS["799CON"],
        return_reason="R73",
        original_trace=7,
        original_return_date="261124",
        original_rdfi="09100001",
        original_settlement_date="326",
        return_trace=8,
        return_settlement_date="327",
        return_reason_digits="01",
        dishonour_trace=9,
        dishonour_settlement_date="400",
        dishonour_reason_digits="68",
        trace_number=1,
    )
    shown = meanings_of(record)
    assert shown["original_return_date"] == ("261124", "Tue 2026-11-24")
    assert shown["dishonour_reason_digits"][1] != "not a known reason"
    assert shown["dishonour_settlement_date"][1] == "not a day of a year"


def test_what_banks_write_into_a_return_hides_what_may_be_an_account() -> None:
    information = f"ACCT {red_account(3)} CLOSED 0412"
    record = compose(
        LAYOUTS["799"],
        return_reason="R14",
        original_trace=7,
        date_of_death="261101",
        original_rdfi="09100001",
        addenda_information=information,
        trace_number=1,
    )
    shown = meanings_of(record)
    assert shown["addenda_information"][0] == "ACCT ********3672 CLOSED 0412"
    assert shown["date_of_death"][1] == "Sun 2026-11-01"


def test_payment_types_and_codes_are_words() -> None:
    entry = compose(
        LAYOUTS["6"],
        transaction_code=37,
        receiving_dfi="09100001",
        check_digit=9,
        amount=123456789,
        discretionary_data="R",
        trace_number=1,
    )
    shown = meanings_of(entry, "WEB")
    assert shown["discretionary_data"] == ("R", "recurring")
    assert shown["amount"][1] == "1,234,567.89 USD"
    assert shown["transaction_code"][1] == "savings debit, live"
    assert meanings_of(entry, "CCD")["discretionary_data"][1] != "recurring"


def test_the_tree_holds_every_record_once_under_its_batch() -> None:
    shown = show(read(FILE))
    file = shown["records"][0]
    assert [under["record"] for under in file["under"]] == ["Batch Header"] * 4 + ["File Control"]
    first = file["under"][0]
    assert [under["line"] for under in first["under"]] == [3, 5, 6]
    assert [under["line"] for under in first["under"][0]["under"]] == [4]
    fields = fields_of(first["under"][0])
    assert fields["transaction_code"]["meaning"] == "checking debit, live"
    assert fields["amount"]["meaning"] == "19.99 USD"
    assert not any(red_account(index) in json.dumps(shown) for index in range(8))


def test_a_big_batch_says_how_many_entries_are_not_shown() -> None:
    batch = show(read(write(wide_plan(500)).data), entries=20)["records"][0]["under"][0]
    assert sum(under["record"] == "Entry Detail" for under in batch["under"]) == 20
    assert batch["more"] == 480


def test_return_reasons_are_told_in_words() -> None:
    shown = show(read((SAMPLES / "returns" / "return_web.ach").read_bytes()))
    addenda = shown["records"][0]["under"][0]["under"][0]["under"][0]
    assert fields_of(addenda)["return_reason"]["meaning"] == "Insufficient Funds"


def test_one_line_is_shown_masked_under_a_ruler_of_94_columns() -> None:
    reading = read(FILE)
    text = show_text(reading, 3)
    record = show_line(reading, 3)
    assert record is not None
    assert text is not None
    assert record["record"] == "Entry Detail"
    assert red_account(0) not in text
    assert text[39:54].strip() == "0C4M7R2V9K000"
    assert [len(row) for row in ruler()] == [94, 94]
    assert ruler()[0][89] == "9"
    assert show_line(reading, 99) is None


def test_entries_outside_any_batch_hide_what_may_be_an_account() -> None:
    entry = compose(
        LAYOUTS["6IAT"],
        transaction_code=27,
        receiving_dfi="09100001",
        check_digit=9,
        number_of_addenda=7,
        amount=100,
        account_number=red_account(3),
        trace_number=1,
    )
    reading = read(entry)
    assert red_account(3) not in json.dumps(show(reading))
    assert red_account(3) not in (show_text(reading, 1) or "")
