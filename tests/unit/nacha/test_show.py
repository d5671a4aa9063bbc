"""People see every field named and decoded, and never an account number."""

import json
from pathlib import Path

import pytest

from ingather.nacha.mask import mask_account, mask_corrected
from ingather.nacha.reader import read
from ingather.nacha.records import LAYOUTS, compose
from ingather.nacha.show import ruler, show, show_line, show_text
from ingather.nacha.writer import write
from tests.red import red_account
from tests.unit.nacha.plans import small_plan, wide_plan

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
FILE = write(small_plan()).data


@pytest.mark.parametrize(
    ("account", "seen"),
    [("123456789", "*****6789"), ("12-345 ", "**-345 "), ("1234", "****"), ("", ""), ("  12345", "***2345")],
)
def test_only_the_last_four_characters_are_seen(account: str, seen: str) -> None:
    assert mask_account(account) == (seen if account != "12-345 " else "**-345 ")


def test_corrected_accounts_are_masked_and_routing_numbers_are_not() -> None:
    assert mask_corrected("C01", "123456789") == "*****6789"
    assert mask_corrected("C06", "123456789           37") == "*****6789           37"
    assert mask_corrected("C02", "091000019") == "091000019"
    assert mask_corrected("C99", "123456789") == "*****6789"


def test_a_masked_file_has_the_same_shape_and_no_account() -> None:
    hidden = mask(FILE)
    assert [len(line) for line in hidden.splitlines()] == [len(line) for line in FILE.splitlines()]
    for index in range(8):
        assert red_account(index).encode() not in hidden
    reading = read(hidden)
    assert reading.ok
    assert reading.debit_cents == read(FILE).debit_cents
    assert mask(FILE.replace(b"\n", b"")) == hidden.replace(b"\n", b"")


def test_international_accounts_are_masked_where_they_stand() -> None:
    source = (SAMPLES / "forward" / "iat_debit.ach").read_bytes()
    hidden = mask(source)
    field = LAYOUTS["6IAT"].span("account_number")
    entry, masked = source.splitlines()[2][field].strip(), hidden.splitlines()[2][field].strip()
    assert len(entry) > 4
    assert masked == b"*" * (len(entry) - 4) + entry[-4:]
    shown = show(read(source))["records"][0]["under"][0]["under"][0]
    assert {field["name"]: field["value"] for field in shown["fields"]}["account_number"] == masked.decode()


def test_the_tree_holds_every_record_once_under_its_batch() -> None:
    shown = show(read(FILE))
    file = shown["records"][0]
    assert [under["record"] for under in file["under"]] == ["Batch Header"] * 4 + ["File Control"]
    first = file["under"][0]
    assert [under["line"] for under in first["under"]] == [3, 5, 6]
    assert [under["line"] for under in first["under"][0]["under"]] == [4]
    meanings = {field["name"]: field["meaning"] for field in first["under"][0]["fields"]}
    assert meanings["transaction_code"] == "checking debit, live"
    assert meanings["amount"] == "19.99 USD"
    assert not any(red_account(index) in json.dumps(shown) for index in range(8))


def test_a_big_batch_says_how_many_entries_are_not_shown() -> None:
    batch = show(read(write(wide_plan(500)).data), entries=20)["records"][0]["under"][0]
    assert sum(under["record"] == "Entry Detail" for under in batch["under"]) == 20
    assert batch["more"] == 480


def test_return_reasons_are_told_in_words() -> None:
    shown = show(read((SAMPLES / "returns" / "return_web.ach").read_bytes()))
    addenda = shown["records"][0]["under"][0]["under"][0]["under"][0]
    assert {field["name"]: field["meaning"] for field in addenda["fields"]}["return_reason"] == "Insufficient Funds"


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
    assert red_account(3) not in json.dumps(show(read(entry)))
    assert red_account(3).encode() not in mask(entry)
