"""What the open-source peer writes without a word, each shown to be refused here, or impossible."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from freezegun import freeze_time

from ingather.base.columns import column_texts, text_column
from ingather.nacha.copying import copy
from ingather.nacha.forms.again import reversal_of
from ingather.nacha.offsets import OffsetAccount, balance, offsets_of
from ingather.nacha.plan import NAME_WIDTH, FilePlan
from ingather.nacha.reader import read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.splitting import Limits, split
from ingather.nacha.text import abbreviate_name
from ingather.nacha.writer import prepare_accounts, write
from ingather.rules.effective import Window, effective_date
from nacha_samples import generate
from tests.red import red_account
from tests.unit.nacha.plans import ODFI, entries_of, one_batch, small_plan, with_batches, with_entries

SEVENTEEN = 8
"""Which of the invented accounts has seventeen digits."""
NEW_YORK = ZoneInfo("America/New_York")


def refusals(plan: FilePlan) -> set[str]:
    with pytest.raises(FormatRefused) as refused:
        write(plan)
    return {problem.check for problem in refused.value.problems}


def test_an_account_of_twenty_characters_is_refused_and_not_cut() -> None:
    whole = red_account(SEVENTEEN)
    column, problems = prepare_accounts([whole + "000", whole])
    assert [(problem.check, problem.field) for problem in problems] == [("account-length", "account_number")]
    assert column_texts(column) == ["", whole]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("company_name", "A COMPANY OF SEVENTEEN"),
        ("company_identification", "12345678901"),
        ("entry_description", "DESCRIPTION TOO LONG"),
        ("company_discretionary", "MORE THAN TWENTY CHARACTERS"),
    ],
)
def test_a_company_text_that_is_too_long_is_refused_and_not_cut(name: str, value: str) -> None:
    assert refusals(with_batches(one_batch(), **{name: [value]})) == {"field-fits"}


def test_an_identification_or_name_that_is_too_long_makes_no_column() -> None:
    for text, width in (("X" * 22, 15), ("Y" * 42, NAME_WIDTH)):
        with pytest.raises(ValueError, match="the column holds"):
            text_column([text], width)


def test_an_accented_name_is_spelled_plainly_and_takes_ninety_four_bytes() -> None:
    name, changed = abbreviate_name("JOSÉ NÚÑEZ")
    assert (name, changed) == ("JOSE NUNEZ", False)
    plan = with_entries(one_batch(count=1), name=text_column([name], NAME_WIDTH))
    assert {len(line) for line in write(plan).data.splitlines()} == {94}
    accented = np.frombuffer("JOSÉ NÚÑEZ".encode("cp1252").ljust(NAME_WIDTH), np.uint8).reshape(1, -1)
    assert refusals(with_entries(one_batch(count=1), name=accented)) == {"characters"}


def test_a_trace_sequence_of_eight_digits_is_refused_and_no_digit_dropped() -> None:
    trace = np.array([ODFI * 10_000_000 + 12_345_678])
    assert refusals(with_entries(one_batch(count=1), trace=trace)) == {"trace-prefix"}


def test_a_batch_without_effective_date_or_with_one_in_the_past_is_refused() -> None:
    assert refusals(with_batches(one_batch(), effective_on=[None])) == {"effective-date-blank"}
    assert refusals(with_batches(one_batch(), effective_on=[date(2026, 11, 20)])) == {"effective-date-stale"}


def test_the_effective_date_of_a_file_handed_over_in_the_afternoon_is_the_next_banking_day() -> None:
    window = Window(cutoff=datetime(2026, 11, 25, 16, 15, tzinfo=NEW_YORK).time(), zone=NEW_YORK)
    for hour, minute, expected in ((16, 14, date(2026, 11, 27)), (16, 15, date(2026, 11, 30))):
        assert effective_date(datetime(2026, 11, 25, hour, minute, tzinfo=NEW_YORK), window) == expected


def test_a_web_debit_that_says_neither_recurring_nor_single_is_refused() -> None:
    blank = text_column([""] * 3, 2)
    assert refusals(with_entries(one_batch("WEB"), discretionary=blank)) == {"payment-type"}


def test_a_large_debit_that_would_settle_the_same_day_is_refused() -> None:
    plan = with_entries(one_batch("PPD", count=1), amount_cents=np.array([250_000_000]))
    assert refusals(with_batches(plan, effective_on=[date(2026, 11, 23)])) == {"amount-same-day"}


def test_the_same_entry_and_trace_in_two_batches_is_refused() -> None:
    plan = small_plan()
    entries = entries_of(column_texts(plan.entries.account), batch=plan.entries.batch.tolist())
    trace = entries.trace.copy()
    trace[2] = trace[0]
    assert refusals(replace(plan, entries=replace(entries, trace=trace))) == {"duplicate-trace"}
    again = {
        name: np.concatenate([column[:2], column[:1], column[3:]])
        for name in ("transaction_code", "routing", "account", "amount_cents", "identification", "name")
        for column in [getattr(entries, name)]
    }
    assert refusals(with_entries(replace(plan, entries=entries), **again)) == {"duplicate-entry"}


def test_a_routing_number_that_no_bank_has_is_refused() -> None:
    for number in (0, 999_999_992, 500_000_005):
        assert refusals(with_entries(one_batch(count=1), routing=np.array([number]))) <= {
            "routing-prefix",
            "check-digit",
            "routing-digits",
        }


def test_the_same_plan_gives_the_same_bytes_at_any_time() -> None:
    written = []
    for instant in ("2026-11-23T23:05:00", "2031-01-01T00:00:00"):
        with freeze_time(instant):
            written.append(write(small_plan()).data)
    assert written[0] == written[1]
    assert written[0][23:33] == b"2611231805"


def test_batches_that_differ_in_a_mark_only_stay_two() -> None:
    plan = small_plan()
    batches = replace(
        plan.batches, standard_entry_class=["CCD"] * 4, descriptive_date=["SD1300", "SD1700", "261123", ""],
        company_name=["ACME GOODS"] * 4,
    )  # fmt: skip
    entries = entries_of(column_texts(plan.entries.account), batch=plan.entries.batch.tolist())
    reading = read(write(replace(plan, batches=batches, entries=entries)).data)
    assert len(reading.batches) == 4
    assert column_texts(reading.batches.texts("company_descriptive_date")) == ["SD1300", "SD1700", "261123", ""]


def test_splitting_keeps_batches_apart_and_loses_none_of_their_marks() -> None:
    plan = small_plan()
    marks = ["MARK 1", "MARK 2", "MARK 3", "MARK 4"]
    plan = with_batches(plan, company_discretionary=marks)
    parts = split(plan, limits=Limits(file_entries=4), modifiers="AB")
    readings = [read(write(part).data) for part in parts]
    assert [
        text for each in readings for text in column_texts(each.batches.texts("company_discretionary_data"))
    ] == marks
    assert [trace for each in readings for trace in each.entries.trace.tolist()] == plan.entries.trace.tolist()


def test_a_payer_named_offset_is_a_payer() -> None:
    account = OffsetAccount(
        routing=91_000_019,
        account=red_account(SEVENTEEN).encode("ascii"),
        savings=False,
        name="OFFSET",
        mark="OFFSET-0001",
    )
    named = text_column(["OFFSET"] * 3, NAME_WIDTH)
    plan = with_entries(one_batch(), name=named)
    balanced = balance(plan, account, traces=plan.entries.trace[-1:] + 1)
    reading = read(write(balanced).data)
    assert reading.problems == ()
    assert offsets_of(reading, account).tolist() == [False, False, False, True]
    assert reading.debit_cents == reading.credit_cents == int(plan.entries.amount_cents.sum())
    assert write(balance(balanced, account, traces=plan.entries.trace[-1:] + 2)).data == write(balanced).data


def test_the_reversal_of_a_loan_credit_is_valid_and_that_of_a_loan_debit_refused() -> None:
    credit = with_batches(one_batch("PPD", count=1), service_class=[220])
    credit = with_entries(credit, transaction_code=np.array([52]))
    taken = reversal_of(
        credit, np.array([0]), head=credit.head, effective_on=date(2026, 11, 25), traces=credit.entries.trace + 1
    )
    reading = read(write(taken).data)
    assert reading.problems == ()
    assert (reading.entries.transaction_code.tolist(), reading.batches.service_class.tolist()) == ([55], [225])
    with pytest.raises(FormatRefused) as refused:
        reversal_of(
            taken, np.array([0]), head=taken.head, effective_on=date(2026, 11, 25), traces=credit.entries.trace + 2
        )
    assert {problem.check for problem in refused.value.problems} == {"reversal"}


def test_every_good_sample_is_read_and_written_byte_for_byte() -> None:
    names = [
        sample.name
        for folder in ("forward", "returns", "corrections")
        for sample in generate.FOLDERS[folder]()
        if not sample.expected["errors"] and copy(sample.source) != sample.source
    ]
    assert names == []
