"""A masked file checks as the first one does and names nobody; what people look at never shows an account."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ingather.base.columns import column_texts, text_column
from ingather.nacha.mask import mask_account, mask_corrected, mask_text
from ingather.nacha.masked_file import HIDDEN_FIELDS, Hidden, NotMasked, mask_file
from ingather.nacha.pseudonyms import keep_shapes, number_values
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from ingather.nacha.record_places import find_records, gather
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Kind, compose
from ingather.nacha.writer import write
from tests.red import red_account
from tests.unit.nacha.plans import ROUTING, one_batch, small_plan, wide_plan, with_batches, with_entries

SAMPLES = sorted((Path(__file__).parents[3] / "nacha_samples").rglob("*.ach"))
CORPUS = sorted((Path(__file__).parents[2] / "golden" / "nacha" / "corpus").rglob("*.ach"))
FILE = write(small_plan()).data


def verdict(reading: Reading) -> tuple[Counter[tuple[int, int, int, str]], int, int, int, int]:
    problems = Counter((problem.line, problem.start, problem.end, problem.check) for problem in reading.problems)
    return problems, reading.entry_count, reading.addenda_count, reading.debit_cents, reading.credit_cents


@pytest.mark.parametrize(
    ("account", "seen"),
    [("123456789", "*****6789"), ("12-345 ", "**-345 "), ("1234", "****"), ("", ""), ("  12345", "***2345")],
)
def test_only_the_last_four_characters_are_seen(account: str, seen: str) -> None:
    assert mask_account(account) == seen


@pytest.mark.parametrize(
    ("code", "data", "seen"),
    [
        ("C01", "123456789", "*****6789"),
        ("C02", f"{ROUTING[0]}", f"{ROUTING[0]}"),
        ("C02", "231380105", "*****0105"),
        ("C03", f"{ROUTING[0]}   123456789", f"{ROUTING[0]}   *****6789"),
        ("C03", f"{ROUTING[0]} 123456789", f"{ROUTING[0]} *****6789"),
        ("C06", "123456789           37", "*****6789           37"),
        ("C06", "123456789                  37", "*****6789                  **"),
        ("C07", f"{ROUTING[0]}1234567890123456737", f"{ROUTING[0]}*************456737"),
        ("C99", "123456789", "*****6789"),
        ("C13", "WRONG SEGMENT 123456789", "WRONG SEGMENT *****6789"),
    ],
)
def test_corrected_data_are_masked_by_the_columns_of_their_code(code: str, data: str, seen: str) -> None:
    assert mask_corrected(code, data) == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("RMR*IV*0001**19.99\\", "RMR*IV*0001**19.99\\"),
        ("ACCT 123456789 CLOSED", "ACCT *****6789 CLOSED"),
        ("1-2345-6", "****45-6"),
        ("01*02*07", "01*02*07"),
    ],
)
def test_free_text_hides_runs_of_five_digits(text: str, seen: str) -> None:
    assert mask_text(text) == seen


@pytest.mark.parametrize("path", [*SAMPLES, *CORPUS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_masked_file_checks_as_it_did_and_is_as_long(path: Path) -> None:
    source = path.read_bytes()
    try:
        masked = mask_file(source).data
    except NotMasked:
        assert any(problem.check == "not-nacha" for problem in read(source).problems)
        return
    assert len(masked) == len(source)
    assert verdict(read(masked)) == verdict(read(source))
    assert mask_file(masked).data == masked


def hidden_values(reading: Reading) -> set[bytes]:
    entries = reading.entries
    columns = (entries.account, entries.identification, entries.name)
    return {bytes(row).strip() for column in columns for row in column} - {b""}


def test_no_account_name_or_identification_is_left() -> None:
    before, masked = hidden_values(read(FILE)), mask_file(FILE).data
    assert len(before) == 24
    assert not any(value in masked for value in before)
    assert not any(name in masked for name in (b"ACME", b"NORTH", b"INGATHER", b"1234567890", b"RMR"))


def test_equal_accounts_get_equal_masks_and_different_ones_different_masks() -> None:
    plan = one_batch(count=4)
    accounts = [red_account(0), red_account(9), red_account(0), red_account(9)]
    masked = read(mask_file(write(with_entries(plan, account=text_column(accounts, 17))).data).data)
    first, second, third, fourth = column_texts(masked.entries.account)
    assert first == third == "MASK00001"
    assert second == fourth == "MASK00002"


def test_what_stays_is_every_amount_code_routing_and_trace_number() -> None:
    before, after = read(FILE), read(mask_file(FILE).data)
    for name in ("transaction_code", "routing", "amount_cents", "trace"):
        assert (getattr(before.entries, name) == getattr(after.entries, name)).all()
    assert (before.batches.texts("company_entry_description") == after.batches.texts("company_entry_description")).all()


def test_the_same_account_is_masked_alike_in_an_entry_and_in_corrected_data() -> None:
    entry = compose(
        LAYOUTS["6"],
        transaction_code=21,
        receiving_dfi="09100001",
        check_digit=9,
        account_number=red_account(9),
        amount=0,
        trace_number=91000010000001,
        addenda_indicator=1,
    )
    change = compose(
        LAYOUTS["798"],
        change_code="C03",
        original_trace=1,
        original_rdfi="09100001",
        corrected_data=f"{ROUTING[0]}   {red_account(9)}",
        trace_number=91000010000001,
    )
    header = write(one_batch()).data.split(b"\n")[1].replace(b"CCD", b"COR")
    masked = mask_file(b"\n".join([header, entry, change])).data.split(b"\n")
    assert masked[1][12:29].strip() == masked[2][47:64].strip() == b"MASK00001"
    assert masked[2][35:44] == str(ROUTING[0]).encode()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r", b""])
def test_line_ends_stay_and_change_nothing(ending: bytes) -> None:
    source = FILE.replace(b"\n", ending)
    assert mask_file(source).data == mask_file(FILE).data.replace(b"\n", ending)


def test_what_is_in_no_record_is_hidden_too() -> None:
    account = red_account(3).encode()
    lines = FILE.split(b"\n")
    lines[2] += b"  SEE " + account
    lines.insert(3, b"XENTRY OF ANOTHER KIND " + account)
    lines.append(b"Y" * 70_000 + account)
    masked = mask_file(b"\n".join(lines)).data
    assert account not in masked
    assert b"X" + b"X" * 5 in masked.split(b"\n")[3]
    assert verdict(read(masked)) == verdict(read(b"\n".join(lines)))


def test_junk_in_reserved_columns_is_hidden_and_still_told() -> None:
    lines = FILE.split(b"\n")
    at = next(index for index, line in enumerate(lines) if line.startswith(b"9"))
    lines[at] = lines[at][:60] + red_account(3).encode().ljust(34)
    masked = mask_file(b"\n".join(lines)).data
    assert red_account(3).encode() not in masked
    assert verdict(read(masked)) == verdict(read(b"\n".join(lines)))


def test_totals_of_advices_stay_where_other_controls_have_the_company() -> None:
    header = write(one_batch()).data.split(b"\n")[1].replace(b"CCD", b"ADV")
    control = compose(
        LAYOUTS["8ADV"],
        service_class=280,
        entry_addenda_count=1,
        entry_hash=1,
        total_debit=0,
        total_credit=12345678901234567890,
        originating_dfi="09100001",
        batch_number=1,
    )
    file_control = compose(
        LAYOUTS["9ADV"],
        batch_count=1,
        block_count=1,
        entry_addenda_count=1,
        entry_hash=1,
        total_debit=0,
        total_credit=12345678901234567890,
    )
    masked = mask_file(b"\n".join([header, control, file_control])).data.split(b"\n")
    assert masked[1:] == [control, file_control]


def test_a_name_in_utf_8_keeps_its_bytes_and_its_verdict() -> None:
    lines = FILE.split(b"\n")
    lines[2] = lines[2].replace(b"BUYER NUMBER 0", "JOSÉ NÚÑEZ ŁĄ".encode() + b" ")
    source = b"\n".join(lines)
    masked = mask_file(source).data
    assert len(masked) == len(source)
    assert "JOSÉ".encode() not in masked
    assert verdict(read(masked)) == verdict(read(source))


def test_duplicates_stay_duplicates_and_others_do_not_become_one() -> None:
    plan = with_batches(wide_plan(3_000, 3), company_name=["ONE", "TWO", "ONE"])
    before, after = read(write(plan).data), read(mask_file(write(plan).data).data)
    for name in ("account", "identification", "name"):
        old, new = getattr(before.entries, name), getattr(after.entries, name)
        pairs = {(bytes(left), bytes(right)) for left, right in zip(old, new, strict=True)}
        assert len(pairs) == len({left for left, _ in pairs}) == len({right for _, right in pairs})


def test_what_is_no_file_is_refused() -> None:
    with pytest.raises(NotMasked):
        mask_file(b"name,account\nA BUYER,1\n")
    with pytest.raises(NotMasked):
        mask_file(b"")


def test_every_field_of_the_table_exists_and_every_account_is_in_it() -> None:
    names = {field.name: field.kind for layout in LAYOUTS.values() for field in layout.fields}
    assert HIDDEN_FIELDS.keys() <= names.keys()
    accounts = {name for name, kind in names.items() if kind is Kind.ACCOUNT}
    assert accounts == {name for name, hides in HIDDEN_FIELDS.items() if hides is Hidden.ACCOUNT}


def test_values_of_one_character_each_get_one_of_their_own() -> None:
    letters = text_column([chr(code) for code in range(33, 127)], 3)
    masked = number_values(letters, prefix=b"MASK").columns
    assert len({bytes(row) for row in masked}) == len(letters)
    assert ((masked == 32) == (letters == 32)).all()


def test_zeros_alone_stay_and_nothing_else_becomes_zeros() -> None:
    values = text_column(["000", "001", "002", "0"], 4)
    assert column_texts(number_values(values, prefix=b"").columns) == ["000", "001", "002", "0"]
    assert column_texts(keep_shapes(values).columns) == ["000", "001", "002", "0"]


def test_blanks_are_no_part_of_a_value_and_stay_where_they_are() -> None:
    values = text_column(["12 345678", "12345678", "  12345678"], 10)
    assert column_texts(number_values(values, prefix=b"MASK").columns) == ["MA SK0001", "MASK0001", "  MASK0001"]


def test_texts_keep_their_shape() -> None:
    texts = text_column(["RMR*IV*0042\\", "RMR*IV*0043\\", "Jo", "RMR*IV*0042\\"], 12)
    shown = column_texts(keep_shapes(texts).columns)
    assert shown == ["XXX*XX*0001\\", "XXX*XX*0002\\", "Xy", "XXX*XX*0001\\"]


def test_counts_tell_how_much_was_hidden() -> None:
    counts = mask_file(FILE).counts
    assert (counts[Hidden.ACCOUNT].fields, counts[Hidden.ACCOUNT].different) == (8, 8)
    assert counts[Hidden.TEXT].fields == 2
    assert counts[Hidden.NAME].different == 14
    assert repr(mask_file(FILE)) == f"MaskedFile(data={len(FILE)} bytes)"


def test_records_are_found_where_the_reader_finds_them() -> None:
    source = FILE[:95] + b"\r\n" + FILE[95:190].rstrip(b"\n") + FILE[190:300]
    rows = gather(source, find_records(source))
    assert rows.shape[1] == RECORD_WIDTH
    assert (rows == read(source).entries.rows).all()
    assert np.array_equal(gather(FILE, find_records(FILE)), read(FILE).entries.rows)
