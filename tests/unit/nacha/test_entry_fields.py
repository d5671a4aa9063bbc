"""Fields of entries are cut by their own class's layout, so that an account is never taken for a reference."""

from ingather.base.columns import column_texts
from ingather.nacha.entry_fields import account_numbers, entry_field, entry_layouts, foreign_amounts, receiver_names
from ingather.nacha.reader import read
from tests.red import red_account
from tests.unit.nacha.composed import abroad_addenda, batch_of, entry_of, file_of

ACCOUNT = red_account(3)[:15]
FAR = red_account(4) + red_account(5)


def mixed() -> bytes:
    return file_of(
        batch_of("PPD", entry_of(account_number=ACCOUNT)),
        batch_of(
            "IAT",
            entry_of("IAT", number=2, account_number=FAR, addenda_indicator=1, number_of_addenda=7),
            *abroad_addenda(2),
            number=2,
        ),
        batch_of("ARC", entry_of("ARC", number=3, account_number=ACCOUNT, check_serial_number="1042"), number=3),
    )


def test_an_international_account_stands_in_its_own_columns() -> None:
    reading = read(mixed())
    assert [layout.code for layout in entry_layouts(reading)] == ["6", "6IAT", "6CHK", "6"]
    found = account_numbers(reading)
    assert found.shape == (3, 35)
    assert column_texts(found) == [ACCOUNT, FAR, ACCOUNT]


def test_what_an_international_entry_has_in_columns_40_to_54_is_no_reference() -> None:
    assert column_texts(entry_field(read(mixed()), "identification_number")) == ["ORD1", "", ""]
    assert column_texts(entry_field(read(mixed()), "check_serial_number")) == ["", "", "1042"]


def test_the_receiver_of_an_international_entry_is_named_in_its_addenda() -> None:
    assert column_texts(receiver_names(read(mixed()))) == ["BUYER 1", "BEK ENTERPRISES", "BUYER 3"]


def test_the_first_entry_of_a_file_may_be_international() -> None:
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)
    reading = read(file_of(batch_of("IAT", entry, *abroad_addenda())))
    assert column_texts(receiver_names(reading)) == ["BEK ENTERPRISES"]
    lost = read(b"\n".join([*abroad_addenda(), entry]))
    assert foreign_amounts(lost).tolist() == [0]


def test_the_foreign_amount_is_that_of_the_entry() -> None:
    assert foreign_amounts(read(mixed())).tolist() == [0, 1999, 0]


def test_a_file_of_common_entries_is_cut_as_it_stands() -> None:
    reading = read(file_of(batch_of("PPD", entry_of(account_number=ACCOUNT), entry_of(number=2))))
    assert account_numbers(reading) is reading.entries.account
    assert receiver_names(reading).shape == (2, 22)


def test_the_name_of_a_trade_entry_leaves_out_the_number_of_its_addenda() -> None:
    reading = read(file_of(batch_of("CTX", entry_of("CTX", receiver_name="SHOP OF SMITH"))))
    assert column_texts(receiver_names(reading)) == ["SHOP OF SMITH"]


def test_entries_outside_any_batch_are_common_ones() -> None:
    reading = read(entry_of(account_number=ACCOUNT))
    assert column_texts(account_numbers(reading)) == [ACCOUNT]
