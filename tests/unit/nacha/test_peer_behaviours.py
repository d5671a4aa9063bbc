"""What the open-source peer lets through when it reads, each shown to be told here, to the line and the columns.

The files are built by the samples' own builder, from the columns of the Rules, with one thing wrong in each. What the
peer does when it writes stands in ``test_peer_behaviours_writing``.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ingather.base.columns import column_texts
from ingather.base.problems import Severity
from ingather.nacha.diff import Fate, diff
from ingather.nacha.masked_file import mask_file
from ingather.nacha.reader import contests, dishonours, read, returns
from ingather.nacha.reading import Reading
from ingather.nacha.records import compose, layout_of
from ingather.nacha.refused import FormatRefused
from nacha_samples.building import Batch, Lines, columns, exchange, plain, records_of
from nacha_samples.expecting import bytes_of
from nacha_samples.forward.classes import international, own
from nacha_samples.forward.generate import debit
from nacha_samples.returns.generate import back, batch
from nacha_samples.returns.generate import samples as return_samples
from tests.red import red_account

TWO_DEBITS = Batch(sec="CCD", service=225, entries=[debit(0, 1_000), debit(1, 2_000)])
HEADER, BATCH, FIRST_ENTRY, BATCH_CONTROL, FILE_CONTROL = 1, 2, 3, 5, 6


def read_lines(lines: Lines) -> Reading:
    return read(bytes_of(lines))


def edited(line: int, start: int, text: str) -> Reading:
    """Return the reading of two debits with a text written over one record."""
    lines = records_of([TWO_DEBITS])
    record = lines[line - 1]
    lines[line - 1] = record[: start - 1] + text + record[start - 1 + len(text) :]
    return read_lines(lines)


def told(reading: Reading) -> set[tuple[str, int]]:
    """Return which checks found something, each with its line."""
    return {(problem.check, problem.line) for problem in reading.problems}


def errors(reading: Reading) -> set[str]:
    return {problem.check for problem in reading.problems if problem.severity is Severity.ERROR}


def test_two_good_debits_have_no_problem() -> None:
    assert told(read_lines(records_of([TWO_DEBITS]))) == set()


@pytest.mark.parametrize("date", ["261332", "991332", "260230", "tomorr", "12/25 ", "2026-1"])
def test_an_effective_date_that_names_no_day_is_an_error(date: str) -> None:
    assert ("date-real", BATCH) in told(edited(BATCH, 70, date))
    assert "date-real" in errors(edited(BATCH, 70, date))


def test_a_blank_effective_date_is_said_to_settle_the_same_day() -> None:
    assert told(edited(BATCH, 70, "      ")) == {("effective-date-blank", BATCH)}
    assert told(edited(BATCH, 70, "000000")) == {("effective-date-blank", BATCH)}


def test_a_date_with_a_century_does_not_fit_and_is_not_cut() -> None:
    layout = layout_of(records_of([TWO_DEBITS])[BATCH - 1].encode("ascii"))
    assert layout is not None
    with pytest.raises(FormatRefused) as refused:
        compose(layout, effective_entry_date="20260102")
    assert [problem.field for problem in refused.value.problems if problem.field == "effective_entry_date"]


def test_an_amount_over_the_same_day_limit_is_told() -> None:
    large = Batch(sec="PPD", service=225, effective="261123", entries=[debit(0, 250_000_000)])
    assert told(read_lines(records_of([large]))) == {("amount-same-day", FIRST_ENTRY)}


def test_a_web_debit_without_payment_type_is_told() -> None:
    web = Batch(sec="WEB", service=225, entries=[debit(0, 1_000), debit(1, 1_000, mark="R")])
    assert told(read_lines(records_of([web]))) == {("payment-type", FIRST_ENTRY)}


def test_the_same_entry_and_trace_in_two_batches_is_told() -> None:
    once = debit(0, 1_000)
    again = replace(once, trace=91_000_010_000_001)
    lines = records_of([Batch(sec="CCD", service=225, entries=[each]) for each in (once, again)])
    reading = read_lines(lines)
    assert told(reading) == {("duplicate-trace", 6), ("duplicate-entry", 6)}
    assert errors(reading) == {"duplicate-trace"}


@pytest.mark.parametrize(
    ("line", "start", "text", "check"),
    [
        (FILE_CONTROL, 8, "000009", "file-block-count"),
        (HEADER, 2, "99", "priority-code"),
        (HEADER, 35, "095", "header-constant"),
        (HEADER, 38, "12", "header-constant"),
        (FILE_CONTROL, 60, "JUNK", "reserved"),
        (BATCH_CONTROL, 74, "JUNK", "reserved"),
    ],
)
def test_a_constant_count_or_reserved_column_that_is_wrong_is_told(
    line: int, start: int, text: str, check: str
) -> None:
    assert told(edited(line, start, text)) == {(check, line)}


@pytest.mark.parametrize("kept", [6, 7, 11])
def test_records_that_fill_no_block_are_told(kept: int) -> None:
    lines = [*records_of([TWO_DEBITS]), "9" * 94][:kept]
    assert "blocking" in errors(read_lines(lines))


def test_an_indicator_without_addenda_is_told() -> None:
    assert told(edited(FIRST_ENTRY, 79, "1")) == {("addenda-indicator", FIRST_ENTRY)}


@pytest.mark.parametrize(
    ("reason", "sec"), [("R29", "PPD"), ("R10", "CCD"), ("R07", "CCD"), ("R05", "PPD"), ("R50", "WEB"), ("R40", "PPD")]
)
def test_a_return_reason_that_the_class_cannot_come_back_with_is_told(reason: str, sec: str) -> None:
    found = read_lines(records_of([batch(sec, [back(reason, 300, mark="S"), back("R01", 301, mark="S")])]))
    assert ("return-code-class", 4) in told(found)
    assert not any(line == 6 for _, line in told(found))


def test_a_return_that_names_no_entry_is_told() -> None:
    entry = back("R01", 300)
    nameless = replace(entry, addenda=(entry.addenda[0][:5] + " " * 15 + entry.addenda[0][20:],))
    assert told(read_lines(records_of([batch("PPD", [nameless])]))) == {("original-trace", 4)}


@pytest.mark.parametrize("number", ["000000000", "999999992", "500000005"])
def test_a_routing_number_that_no_bank_has_is_told_although_its_check_digit_fits(number: str) -> None:
    reading = read_lines(
        records_of([Batch(sec="CCD", service=225, entries=[replace(debit(0, 1_000), routing=number)])])
    )
    assert told(reading) == {("routing-prefix", FIRST_ENTRY)}


def test_an_unknown_reason_is_kept_and_hides_no_neighbour() -> None:
    entries = [back("R01", 300, mark="S"), back("R98", 301, mark="S"), back("R03", 302, mark="S")]
    reading = read_lines(records_of([batch("WEB", entries)]))
    assert told(reading) == {("unknown-return-code", 6)}
    assert column_texts(returns(reading).reason) == ["R01", "R98", "R03"]
    assert returns(reading).entry.tolist() == [0, 1, 2]


def without(place: int) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    return lambda addenda: (*addenda[:place], *addenda[place + 1 :])


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (without(0), "iat-addenda"),
        (without(4), "iat-addenda"),
        (lambda addenda: (addenda[1], addenda[0], *addenda[2:]), "iat-addenda"),
        (
            lambda addenda: (*addenda[:3], addenda[3].replace("FIRST BANK OF TESTS", " " * 19), *addenda[4:]),
            "iat-field",
        ),
    ],
)
def test_a_broken_international_entry_is_told(change: Callable[[tuple[str, ...]], tuple[str, ...]], check: str) -> None:
    good = international(0)
    addenda = change(good.addenda)
    entry = replace(good, addenda=addenda, middle=f"{len(addenda):04d}" + good.middle[4:])
    whole = Batch(
        sec="IAT",
        service=225,
        entries=[entry, international(1)],
        opening=f"{'':<16}FF3{'':<15}CA",
        description="TRADEPAYMT",
        descriptive="USDCAD",
    )
    assert errors(read_lines(records_of([whole]))) == {check}
    assert errors(read_lines(records_of([replace(whole, entries=[good, international(1)])]))) == set()


def test_an_exchange_entry_with_three_addenda_is_read_once() -> None:
    entry = exchange(
        27, account=red_account(100), cents=5_000, name="NORTH MARKET INC", texts=["A*1\\", "A*2\\", "A*3\\"]
    )
    reading = read_lines(records_of([Batch(sec="CTX", service=225, entries=[entry])]))
    assert told(reading) == set()
    assert (reading.entry_count, reading.addenda_count, reading.debit_cents) == (1, 3, 5_000)
    assert reading.addenda.entry.tolist() == [0, 0, 0]


def test_wrong_batch_totals_are_told_whatever_else_is_right() -> None:
    assert ("batch-debit-total", BATCH_CONTROL) in told(edited(BATCH_CONTROL, 21, "000000999999"))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("international", lambda reading: returns(reading).international.tolist()),
        ("dishonours", lambda reading: [True] * len(dishonours(reading))),
        ("contests", lambda reading: [True] * len(contests(reading))),
    ],
)
def test_international_dishonoured_and_contested_returns_are_seen_as_what_they_are(
    name: str, found: Callable[[Reading], list[bool]]
) -> None:
    sample = next(each for each in return_samples() if each.name == name)
    reading = read(sample.source)
    assert found(reading) == [True] * reading.entry_count
    assert reading.entry_count > 4


def test_two_files_that_differ_in_an_amount_only_are_different() -> None:
    dearer = replace(TWO_DEBITS, entries=[debit(0, 1_000), debit(1, 2_001)])
    found = diff(read_lines(records_of([TWO_DEBITS])), read_lines(records_of([dearer])))
    assert not found.equal
    assert found.fate.tolist() == [Fate.SAME, Fate.CHANGED]


def test_a_masked_file_has_no_account_name_reference_or_text_left() -> None:
    name, reference = "ANNA MUSTERMANN", "CUST-4711"
    entry = plain(27, account=red_account(100), cents=1_000, name=name, identification=reference)
    far = international(2, f"17{'INVOICE OF ANNA':<80}")
    whole = Batch(
        sec="IAT",
        service=225,
        entries=[far],
        opening=f"{'':<16}FF3{'':<15}CA",
        description="TRADEPAYMT",
        descriptive="USDCAD",
    )
    text = Batch(sec="CCD", service=225, entries=[debit(1, 500, text="RMR*IV*ANNA**5.00\\")])
    source = bytes_of(records_of([replace(TWO_DEBITS, entries=[entry]), whole, text]))
    masked = mask_file(source).data
    secrets = (name, reference, "ANNA", "RECEIVER NUMBER", "2 FRONT STREET", red_account(100), red_account(502))
    assert [place for place, secret in enumerate(secrets) if secret.encode("ascii") in masked] == []
    assert told(read(masked)) == told(read(source)) == set()
    assert read(masked).debit_cents == read(source).debit_cents


def test_an_amount_that_is_no_number_is_told() -> None:
    assert ("amount-digits", FIRST_ENTRY) in told(edited(FIRST_ENTRY, 30, "00000010O0"))


def test_a_trace_number_that_comes_twice_in_a_batch_is_told() -> None:
    lines = records_of([TWO_DEBITS])
    lines[3] = lines[3][:79] + lines[2][79:]
    assert ("trace-order", 4) in told(read_lines(lines))


def test_records_after_the_file_control_are_told() -> None:
    lines = records_of([TWO_DEBITS])
    assert errors(read_lines([*lines[:6], lines[2], *lines[7:]])) >= {"file-header-missing", "order-of-records"}


def test_two_files_in_one_are_both_read_and_told() -> None:
    lines = records_of([TWO_DEBITS])
    reading = read_lines(lines + lines)
    assert ("several-files", 11) in told(reading)
    assert (len(reading.heads), reading.entry_count, reading.debit_cents) == (2, 4, 6_000)


def test_a_name_of_more_bytes_than_characters_is_told_and_shifts_no_column() -> None:
    source = bytes_of(records_of([TWO_DEBITS])).replace(b"BUYER NUMBER 0", "JOSÉ NÚÑEZ    ".encode())
    reading = read(source)
    assert "characters" in errors(reading)
    assert reading.entries.trace.tolist() == [91_000_010_000_001, 91_000_010_000_002]
    assert column_texts(reading.entries.name)[0] == "JOSÉ NÚÑEZ"


def test_a_loan_is_debited_only_to_take_a_credit_back() -> None:
    loan = own(0, f"{'LOAN-1':<15}{'BUYER WITH A LOAN':<22}", code=55)
    paying = Batch(sec="PPD", service=225, entries=[loan])
    assert errors(read_lines(records_of([paying]))) == {"class-direction"}
    assert errors(read_lines(records_of([replace(paying, description="REVERSAL")]))) == set()


def test_the_builder_of_these_files_refuses_a_text_of_another_width() -> None:
    with pytest.raises(ValueError, match="does not fill columns 1 to 3"):
        columns((1, 3, "FOUR"))
