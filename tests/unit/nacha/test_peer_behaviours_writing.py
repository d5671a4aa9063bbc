"""What the open-source peer writes without a word, each shown to be refused here, or impossible."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from freezegun import freeze_time

from ingather.base.columns import column_texts, text_column
from ingather.nacha.copying import copy
from ingather.nacha.plan import NAME_WIDTH, FilePlan
from ingather.nacha.reader import read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.text import abbreviate_name
from ingather.nacha.writer import prepare_accounts, write
from ingather.rules.effective import Window, effective_date
from nacha_samples import generate
from tests.unit.nacha.plans import ODFI, entries_of, one_batch, small_plan, with_batches, with_entries

NEW_YORK = ZoneInfo("America/New_York")


def refusals(plan: FilePlan) -> set[str]:
    with pytest.raises(FormatRefused) as refused:
        write(plan)
    return {problem.check for problem in refused.value.problems}


def test_an_account_of_twenty_characters_is_refused_and_not_cut() -> None:
    column, problems = prepare_accounts(["1" * 20, "2" * 17])
    assert [(problem.check, problem.field) for problem in problems] == [("account-length", "account_number")]
    assert column_texts(column) == ["", "2" * 17]


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
    assert "duplicate-trace" in refusals(replace(plan, entries=replace(entries, trace=trace)))


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


def test_every_good_sample_is_read_and_written_byte_for_byte() -> None:
    names = [
        sample.name
        for folder in ("forward", "returns", "corrections")
        for sample in generate.FOLDERS[folder]()
        if not sample.expected["errors"] and copy(sample.source) != sample.source
    ]
    assert names == []
