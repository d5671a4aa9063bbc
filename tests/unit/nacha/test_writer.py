"""What is written, and everything that is refused instead of being cut, guessed or changed."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from ach.parser import Parser

from ingather.base.columns import column_texts, text_column
from ingather.nacha.plan import FilePlan, payment_addenda
from ingather.nacha.reader import read
from ingather.nacha.writer import Dialect, FormatRefused, LineEnd, prepare_accounts, write
from tests.red import red_account
from tests.unit.nacha.plans import ODFI, one_batch, small_plan, wide_plan, with_batches, with_entries


def checks(plan: FilePlan) -> set[str]:
    with pytest.raises(FormatRefused) as refused:
        write(plan)
    return {problem.check for problem in refused.value.problems}


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert write(small_plan()).data == write(small_plan()).data


def test_lines_point_at_the_entries_and_batches() -> None:
    written = write(small_plan())
    lines = written.data.splitlines()
    assert [lines[line - 1][:1] for line in written.entry_lines.tolist()] == [b"6"] * 8
    assert lines[int(written.batch_lines[0]) - 1][4:20].strip() == b"ACME GOODS"
    assert [int(lines[line - 1][79:94]) for line in written.entry_lines.tolist()] == small_plan().entries.trace.tolist()


def test_totals_are_those_of_the_entries() -> None:
    plan = small_plan()
    written = write(plan)
    assert written.debit_cents == int(plan.entries.amount_cents.sum())
    assert written.credit_cents == 0
    assert (written.entries, written.addenda) == (8, 2)
    assert written.entry_hash == int((plan.entries.routing // 10).sum()) % 10**10
    assert written.batch_entries.tolist() == [2, 2, 2, 2]
    assert int(written.batch_debit_cents.sum()) == written.debit_cents


@pytest.mark.parametrize("line_end", LineEnd)
def test_line_ends_change_nothing_else(line_end: LineEnd) -> None:
    plain = write(small_plan()).data
    written = write(small_plan(), dialect=Dialect(line_end=line_end)).data
    assert written.replace(line_end.encode(), b"") if line_end else written == plain.replace(b"\n", b"")
    assert len(written) == len(plain) + 20 * (len(line_end) - 1)


def test_a_file_is_filled_to_whole_blocks_unless_the_dialect_says_no() -> None:
    assert len(write(one_batch()).data.splitlines()) == 10
    assert len(write(one_batch(), dialect=Dialect(pad_to_block=False)).data.splitlines()) == 7


def test_capitals_never_touch_account_numbers() -> None:
    plan = with_entries(one_batch(count=1), account=text_column(["ab-12cd"], 17), name=text_column(["Jo Doe"], 22))
    record = write(plan, dialect=Dialect(upper_case=True)).data.splitlines()[2]
    assert b"ab-12cd" in record
    assert b"JO DOE" in record


def test_many_batches_over_chunks_read_back_as_written() -> None:
    plan = wide_plan(40_000, batches=700)
    written = write(plan)
    reading = read(written.data)
    assert reading.problems == ()
    assert np.array_equal(reading.entries.trace, plan.entries.trace)
    assert np.array_equal(reading.entries.account, plan.entries.account)
    assert np.array_equal(reading.entries.line, written.entry_lines)


BAD_ENTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "zero debit": ("amount-use", {"amount_cents": [0, 5, 5]}),
    "negative debit": ("amount-use", {"amount_cents": [-5, 5, 5]}),
    "amount over the field": ("amount-limit", {"amount_cents": [10_000_000_000, 5, 5]}),
    "prenote with an amount": ("amount-use", {"transaction_code": [28, 27, 27]}),
    "check digit": ("check-digit", {"routing": [231380105, 121042882, 21000021]}),
    "routing of zeros": ("routing-prefix", {"routing": [0, 121042882, 21000021]}),
    "routing too long": ("routing-digits", {"routing": [2313801040, 121042882, 21000021]}),
    "negative routing": ("routing-digits", {"routing": [-231380104, 121042882, 21000021]}),
    "credit in a debit batch": ("service-class", {"transaction_code": [22, 27, 27]}),
    "return code": ("transaction-code", {"transaction_code": [26, 27, 27]}),
    "unknown code": ("transaction-code", {"transaction_code": [57, 27, 27]}),
    "code out of range": ("transaction-code", {"transaction_code": [1000, 27, 27]}),
    "same trace twice": ("trace-order", {"trace": [ODFI * 10**7 + 1, ODFI * 10**7 + 1, ODFI * 10**7 + 3]}),
    "other bank's trace": ("trace-prefix", {"trace": [ODFI * 10**7 + 1, ODFI * 10**7 + 2, (ODFI + 1) * 10**7]}),
    "trace over fifteen digits": ("trace-digits", {"trace": [1, 2, 10**15]}),
    "entries out of order": ("plan-shape", {"batch": [0, 0, 1]}),
}


@pytest.mark.parametrize("case", BAD_ENTRIES)
def test_an_entry_that_would_be_wrong_is_refused(case: str) -> None:
    check, columns = BAD_ENTRIES[case]
    arrays = {name: np.array(values, np.int64) for name, values in columns.items()}
    assert check in checks(with_entries(one_batch(), **arrays))


@pytest.mark.parametrize(
    ("check", "column", "text"),
    [
        ("account-blank", "account", ""),
        ("account-spaces", "account", "12 34"),
        ("account-justified", "account", " 1234"),
        ("characters", "name", "BELL\x07"),
        ("characters", "identification", "TAB\t"),
        ("characters", "account", "DEL\x7f"),
    ],
)
def test_a_text_that_would_be_wrong_is_refused(check: str, column: str, text: str) -> None:
    width = {"account": 17, "name": 22, "identification": 15}[column]
    good = red_account(0) if column == "account" else "GOOD"
    assert checks(with_entries(one_batch(), **{column: text_column([good, good, text], width)})) == {check}


BAD_BATCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "company name too long": ("field-fits", {"company_name": ["A NAME OF SEVENTEE"]}),
    "company name blank": ("company-name-blank", {"company_name": [" "]}),
    "company name of zeros": ("company-name-blank", {"company_name": ["0000"]}),
    "company name not ASCII": ("characters", {"company_name": ["CAFÉ"]}),
    "company id blank": ("company-id-blank", {"company_identification": [""]}),
    "company id too long": ("field-fits", {"company_identification": ["12345678901"]}),
    "description blank": ("description-blank", {"entry_description": [""]}),
    "description too long": ("field-fits", {"entry_description": ["PURCHASE OF GOODS"]}),
    "descriptive date too long": ("field-fits", {"descriptive_date": ["20261123"]}),
    "discretionary too long": ("field-fits", {"company_discretionary": ["X" * 21]}),
    "unknown SEC code": ("sec-code", {"standard_entry_class": ["XYZ"]}),
    "SEC code that is only read": ("class-written", {"standard_entry_class": ["COR"]}),
    "no effective date": ("effective-date-blank", {"effective_on": [None]}),
    "a date six digits cannot say": ("date-real", {"effective_on": [date(1999, 1, 4)]}),
    "ODFI too short": ("originating-dfi", {"originating_dfi": ["0910000"]}),
    "service class": ("service-class", {"service_class": [280]}),
    "batch number zero": ("batch-number", {"batch_number": [0]}),
    "batch number too long": ("field-fits", {"batch_number": [10_000_000]}),
}


@pytest.mark.parametrize("case", BAD_BATCHES)
def test_a_batch_that_would_be_wrong_is_refused(case: str) -> None:
    check, columns = BAD_BATCHES[case]
    assert check in checks(with_batches(one_batch(), **columns))


@pytest.mark.parametrize(
    ("check", "columns"),
    [
        ("destination-routing", {"destination": "091000018"}),
        ("party", {"origin": "12345678901"}),
        ("party", {"destination": ""}),
        ("id-modifier", {"id_modifier": "a"}),
        ("field-fits", {"destination_name": "X" * 24}),
        ("characters", {"origin_name": "CAFÉ"}),
        ("field-fits", {"reference": "123456789"}),
    ],
)
def test_a_file_header_that_would_be_wrong_is_refused(check: str, columns: dict[str, Any]) -> None:
    plan = one_batch()
    assert checks(replace(plan, head=replace(plan.head, **columns))) == {check}


@pytest.mark.parametrize("code", ["WEB", "TEL"])
def test_web_and_tel_name_the_receiver(code: str) -> None:
    blank = text_column(["", "B", "C"], 22)
    assert checks(with_entries(one_batch(code), name=blank)) == {"name-blank"}
    assert checks(with_entries(one_batch(code), name=text_column(["A", "B", "000"], 22))) == {"name-blank"}
    assert write(with_entries(one_batch("CCD"), name=blank)).entries == 3


@pytest.mark.parametrize("name", ["", "0", "00 00"])
def test_ppd_names_the_receiver_too(name: str) -> None:
    assert checks(with_entries(one_batch("PPD"), name=text_column(["A", name, "0A"], 22))) == {"name-of-class"}


def test_tel_takes_no_addenda() -> None:
    addenda = payment_addenda(np.array([1]), text_column(["RMR*IV*1\\"], 80))
    assert checks(with_entries(one_batch("TEL"), addenda=addenda)) == {"addenda-limit", "addenda-class"}


def test_two_addenda_of_one_entry_are_refused() -> None:
    addenda = payment_addenda(np.array([1, 1]), text_column(["A", "B"], 80))
    assert checks(with_entries(one_batch(), addenda=addenda)) == {"addenda-limit"}


def test_batch_numbers_ascend_and_batches_are_not_empty() -> None:
    plan = with_batches(small_plan(), batch_number=[1, 3, 3, 4])
    assert checks(plan) == {"batch-number"}
    assert checks(with_entries(small_plan(), batch=np.array([0, 0, 1, 1, 3, 3, 3, 3]))) >= {"batch-empty"}


def test_a_batch_of_a_million_entries_is_refused() -> None:
    assert checks(wide_plan(1_000_000)) == {"batch-limit"}


def test_a_total_over_twelve_digits_is_refused() -> None:
    plan = wide_plan(200)
    assert checks(with_entries(plan, amount_cents=np.full(200, 9_999_999_999))) == {"batch-limit"}


def test_every_reason_is_told_up_to_a_thousand_and_the_rest_counted() -> None:
    plan = wide_plan(3_000)
    with pytest.raises(FormatRefused) as refused:
        write(with_entries(plan, amount_cents=np.zeros(3_000, np.int64), trace=plan.entries.trace[::-1].copy()))
    problems = refused.value.problems
    assert len(problems) == 1_001
    assert "4,999 more" in problems[-1].message


def test_no_problem_and_no_repr_holds_an_account_number() -> None:
    accounts = [red_account(i) for i in range(3)]
    plan = with_entries(one_batch(), account=text_column(accounts, 17), amount_cents=np.zeros(3, np.int64))
    with pytest.raises(FormatRefused) as refused:
        write(plan)
    said = repr(plan) + repr(refused.value) + repr(refused.value.problems) + repr(write(one_batch()))
    assert not any(account in said for account in accounts)


def test_accounts_are_prepared_without_spaces_and_never_cut() -> None:
    column, problems = prepare_accounts(["00 12-34", "123456789012345678", "", "12\t3", "0 00"])
    assert column_texts(column) == ["0012-34", "", "", "", ""]
    assert [problem.check for problem in problems] == ["account-length", "account-blank", "characters", "account-zeros"]


def test_a_bank_may_allow_the_leftmost_17() -> None:
    column, problems = prepare_accounts(["123456789012345678"], leftmost_17=True)
    assert column_texts(column) == ["12345678901234567"]
    assert problems == ()


def test_an_independent_parser_reads_what_was_written() -> None:
    plan = small_plan()
    found = Parser(write(plan).data.decode("ascii")).as_dict()
    entries = [entry["entry_detail"] for batch in found["batches"] for entry in batch["entries"]]
    assert [
        entry["dfi_acnt_num"].rstrip() == text
        for entry, text in zip(entries, column_texts(plan.entries.account), strict=True)
    ]
    assert [int(entry["amount"]) for entry in entries] == plan.entries.amount_cents.tolist()
    assert [int(entry["recv_dfi_id"] + entry["check_digit"]) for entry in entries] == plan.entries.routing.tolist()
    assert [int(entry["trace_num"]) for entry in entries] == plan.entries.trace.tolist()
    assert [batch["batch_header"]["company_name"].rstrip() for batch in found["batches"]] == plan.batches.company_name
    assert int(found["file_control"]["debit_amount"]) == int(plan.entries.amount_cents.sum())
    assert int(found["file_control"]["entadd_count"]) == 10
