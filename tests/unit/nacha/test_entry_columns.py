"""Entries as columns: what every record says is read wherever it stands, and each wrong field is told by itself."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from ingather.nacha.entry_sweep import SWEEP_ROWS
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from tests.red import red_account
from tests.unit.nacha.composed import (
    RDFI,
    abroad_addenda,
    answer_entry,
    batch_of,
    changed,
    entry_of,
    file_of,
    found,
    patched,
)

FIRST, AFTER = 3, 4


def lone(**texts: str) -> list[bytes]:
    """Return a batch of a good entry and one with fields written over, and with the control that follows from them."""
    head, first, second, control = batch_of("PPD", entry_of(), entry_of(number=2))
    rows = [first, patched(second, "6", **texts)]
    hashed = sum(int(row[3:11]) for row in rows if row[3:11].isdigit())
    cents = sum(int(row[29:39]) for row in rows if row[29:39].isdigit())
    return [head, *rows, patched(control, "8", entry_hash=f"{hashed:010d}", total_debit=f"{cents:012d}")]


@cache
def good_file() -> bytes:
    """Return a file of a chunk of entries and three more."""
    return file_of(batch_of("PPD", *(entry_of(number=i) for i in range(1, SWEEP_ROWS + 4))))


def wide_file(place: int, **texts: str) -> bytes:
    """Return that file with fields of one entry written over; its control stays as it was."""
    source = good_file()
    start = (FIRST - 1 + place) * 95
    return source[:start] + patched(source[start : start + 94], "6", **texts) + source[start + 94 :]


def told(reading: Reading) -> set[tuple[str, int]]:
    return {(problem.check, problem.line) for problem in reading.problems}


@pytest.mark.parametrize("number", ["132000016", "202000015", "332000014", "602000017", "732000017", "812000019"])
def test_a_routing_number_starts_as_those_that_are_given_out(number: str) -> None:
    batch = lone(receiving_dfi=number[:8], check_digit=_ninth(number[:8]))
    assert found("routing-prefix", batch) == [(AFTER, 4, 11)]


@pytest.mark.parametrize("prefix", ["00", "01", "12", "21", "32", "61", "72", "80"])
def test_prefixes_that_are_given_out_are_good(prefix: str) -> None:
    eight = prefix + "200001"
    assert found("routing-prefix", lone(receiving_dfi=eight, check_digit=_ninth(eight))) == []


def test_nine_zeros_are_no_routing_number() -> None:
    batch = lone(receiving_dfi="0" * 8, check_digit="0")
    assert found("routing-prefix", batch) == [(AFTER, 4, 11)]


def _ninth(eight: str) -> str:
    return str(-sum(int(digit) * weight for digit, weight in zip(eight, (3, 7, 1) * 3, strict=False)) % 10)


@pytest.mark.parametrize("digit", ["1", "X", " ", ":", "/", ">", "H"])
def test_a_wrong_ninth_digit_is_told(digit: str) -> None:
    assert _ninth(RDFI) == "4"
    assert found("check-digit", lone(check_digit=digit)) == [(AFTER, 12, 12)]


@pytest.mark.parametrize("text", ["0" * 17, "0", "00000   ", "000000000", "0 0"])
def test_an_account_number_of_zeros_is_told(text: str) -> None:
    expected = {"account-zeros"} | ({"account-spaces"} if text == "0 0" else set())
    problems = read(file_of(lone(account_number=text))).problems
    assert {problem.check for problem in problems} == expected
    assert {(problem.line, problem.start, problem.end) for problem in problems} == {(AFTER, 13, 29)}


@pytest.mark.parametrize("zeros", [1, 8, 9, 16])
def test_zeros_before_an_account_number_are_part_of_it(zeros: int) -> None:
    account = "0" * zeros + red_account(7)[: 17 - zeros]
    assert found("account-zeros", lone(account_number=account)) == []


@pytest.mark.parametrize("place", [1, 7, 8, 9, 14, 15])
def test_a_blank_inside_an_account_number_is_told(place: int) -> None:
    whole = (red_account(6) + red_account(7))[:17]
    assert found("account-spaces", lone(account_number=whole[:place] + " " + whole[place + 1 :])) == [(AFTER, 13, 29)]
    assert found("account-spaces", lone(account_number=whole[:place])) == []


def test_an_account_number_starts_in_its_first_column() -> None:
    assert found("account-justified", lone(account_number=" " + red_account(7)[:12])) == [(AFTER, 13, 29)]
    assert found("account-justified", lone(account_number=" " * 16 + "7")) == [(AFTER, 13, 29)]


def test_a_blank_account_number_is_told() -> None:
    assert found("account-blank", lone(account_number="")) == [(AFTER, 13, 29)]


def abroad(account: str) -> list[tuple[int, int, int, str]]:
    entry = patched(entry_of("IAT", addenda_indicator=1, number_of_addenda=7), "6IAT", account_number=account)
    problems = read(file_of(batch_of("IAT", entry, *abroad_addenda()))).problems
    return [(problem.line, problem.start, problem.end, problem.check) for problem in problems]


def test_the_account_of_an_international_entry_is_looked_at_in_its_own_columns() -> None:
    whole = red_account(6) + red_account(7)
    assert abroad(whole) == []
    assert abroad("0" * 35) == [(FIRST, 40, 74, "account-zeros")]
    assert abroad(whole[:9] + " " + whole[9:20]) == [(FIRST, 40, 74, "account-spaces")]
    assert abroad(" " + whole[:20]) == [(FIRST, 40, 74, "account-justified")]


def test_a_change_of_an_international_entry_has_its_columns_too() -> None:
    entry = patched(answer_entry("IAT"), "6IAT", amount="0" * 10, account_number=red_account(6))
    batch = batch_of("COR", entry, changed("C01", red_account(7), layout="798IAT"), bank=RDFI, iat_indicator="IATCOR")
    accounts = {"account-blank", "account-zeros", "account-justified", "account-spaces"}
    assert accounts.isdisjoint(problem.check for problem in read(file_of(batch)).problems)


def advice(**texts: str) -> list[tuple[int, int, int, str]]:
    head, entry, control = batch_of("ADV", entry_of("ADV", amount=100))
    if "amount" in texts:
        control = patched(control, "8ADV", total_debit="0" * 20)
    problems = read(file_of([head, patched(entry, "6ADV", **texts), control])).problems
    return [(problem.line, problem.start, problem.end, problem.check) for problem in problems]


def test_an_advice_is_looked_at_in_its_own_columns() -> None:
    assert advice() == []
    assert advice(amount="00000000010X") == [(FIRST, 28, 39, "amount-digits")]
    assert advice(account_number="0" * 15) == [(FIRST, 13, 27, "account-zeros")]
    assert advice(account_number="") == [(FIRST, 13, 27, "account-blank")]


@pytest.mark.parametrize("sec", ["ACK", "DNE"])
def test_entries_of_classes_without_money_have_no_amount(sec: str) -> None:
    batch = batch_of(sec, entry_of(sec, transaction_code=24 if sec == "ACK" else 23, amount=5))
    amounts = [problem for problem in read(file_of(batch)).problems if problem.check == "amount-use"]
    assert [(problem.line, problem.start, problem.end) for problem in amounts] == [(FIRST, 30, 39)]


@pytest.mark.parametrize(("code", "amount", "wrong"), [(27, 0, True), (28, 1, True), (28, 0, False), (27, 1, False)])
def test_live_entries_have_an_amount_and_prenotes_none(code: int, amount: int, wrong: bool) -> None:  # noqa: FBT001 -- a row of the table
    batch = batch_of("PPD", entry_of(), entry_of(number=2, transaction_code=code, amount=amount))
    assert found("amount-use", batch) == ([(AFTER, 30, 39)] if wrong else [])


def test_an_amount_that_is_no_number_is_only_that() -> None:
    assert found("amount-digits", lone(amount="00000019 9")) == [(AFTER, 30, 39)]


def test_a_chunk_with_one_odd_record_reads_the_others_as_ever() -> None:
    odd = SWEEP_ROWS - 1
    plain = read(good_file())
    assert plain.problems == ()
    texts = {"transaction_code": "XX", "amount": "9999999999", "trace_number": "09100001000000X", "check_digit": "5"}
    for name, text in texts.items():
        reading = read(wide_file(odd, **{name: text}))
        for column in ("transaction_code", "routing", "amount_cents", "trace", "addenda_indicator", "line"):
            before, after = getattr(plain.entries, column), getattr(reading.entries, column)
            assert np.array_equal(np.delete(before, odd), np.delete(after, odd)), (name, column)
        wrong = {line for _, line in told(reading) if FIRST <= line < FIRST + SWEEP_ROWS + 3}
        assert wrong == (set() if name == "amount" else {FIRST + odd}), name
    assert read(wide_file(odd, amount="9999999999")).entries.amount_cents[odd] == 9_999_999_999


@pytest.mark.parametrize("place", [0, SWEEP_ROWS - 1, SWEEP_ROWS, SWEEP_ROWS + 2])
@pytest.mark.parametrize(
    ("name", "text", "check"),
    [
        ("receiving_dfi", "2313801X", "routing-digits"),
        ("transaction_code", "57", "transaction-code"),
        ("amount", "          ", "amount-digits"),
        ("addenda_indicator", "2", "addenda-indicator"),
        ("trace_number", "0910000 0000001", "trace-digits"),
        ("trace_number", "09100001 000001", "trace-digits"),
        ("account_number", "12 4", "account-spaces"),
    ],
)
def test_a_wrong_field_is_told_at_the_edges_of_a_chunk(place: int, name: str, text: str, check: str) -> None:
    reading = read(wide_file(place, **{name: text}))
    assert (check, FIRST + place) in told(reading)
    assert {line for problem, line in told(reading) if problem == check} == {FIRST + place}


def test_codes_of_many_kinds_and_millions_are_read() -> None:
    codes = [22, 27, 32, 37, 42, 47, 52, 22, 27, 37]
    amounts = [100_000_000, 1, 9_999_999_999, 123_456_789, 5, 99_999_999, 100_000_001, 7, 8, 9]
    rows = [
        entry_of(number=i, transaction_code=code, amount=amount)
        for i, (code, amount) in enumerate(zip(codes, amounts, strict=True), 1)
    ]
    reading = read(file_of(batch_of("PPD", *rows)))
    assert reading.problems == ()
    assert reading.entries.transaction_code.tolist() == codes
    assert reading.entries.amount_cents.tolist() == amounts
    assert np.flatnonzero(reading.entries.used).tolist() == sorted(set(codes))


def test_traces_of_several_banks_are_read_side_by_side() -> None:
    banks = ["23138010", "12104288", "02100002", "23138010"]
    batches = [
        batch_of("PPD", entry_of(number=i, bank=bank, transaction_code=26), bank=bank, number=i)
        for i, bank in enumerate(banks, 1)
    ]
    reading = read(file_of(*batches))
    assert reading.entries.trace.tolist() == [int(bank) * 10**7 + i for i, bank in enumerate(banks, 1)]
    assert reading.entries.addenda_indicator.tolist() == [0] * 4
    assert "trace-digits" not in {check for check, _ in told(reading)}


def test_entries_between_addenda_and_controls_are_read_like_a_block() -> None:
    rows: list[list[bytes]] = []
    for number in range(1, 60):
        values: dict[str, Any] = {"number": number, "amount": number}
        rows.append(batch_of("PPD", entry_of(**values), number=number))
    reading = read(file_of(*rows))
    assert reading.problems == ()
    assert reading.entries.amount_cents.tolist() == list(range(1, 60))
    assert reading.entries.line.tolist() == [3 * number for number in range(1, 60)]


def test_equal_bank_account_and_amount_have_one_likeness_and_others_none() -> None:
    same: dict[str, Any] = {"account_number": red_account(3), "amount": 5}
    rows = [
        entry_of(number=1, **same),
        entry_of(number=2, **same, receiver_name="ANOTHER"),
        entry_of(number=3, **(same | {"amount": 6})),
        entry_of(number=4, **(same | {"account_number": red_account(4)})),
        entry_of(number=5, **same, receiving_dfi="12104288", check_digit="2"),
    ]
    likeness = read(file_of(batch_of("PPD", *rows))).entries.likeness.tolist()
    assert likeness[0] == likeness[1]
    assert len(set(likeness)) == 4
