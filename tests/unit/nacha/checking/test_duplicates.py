"""What stands twice in a file: told at the later place, with the line of the first."""

from typing import Any

from ingather.nacha.checking.duplicates import SEEN_ALIKE
from ingather.nacha.reader import read
from tests.red import red_account
from tests.unit.nacha.composed import RDFI, answer_entry, batch_of, changed, entry_of, file_of, found, returned


def twin(number: int, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    """Return an entry that is like its twins in all but its trace number."""
    same = {"account_number": red_account(1), "identification_number": "ORD1", "receiver_name": "BUYER"}
    return entry_of(number=number, **(same | values))


def sentences(*batches: list[bytes]) -> list[tuple[str, int, str]]:
    return [(problem.check, problem.line, problem.message) for problem in read(file_of(*batches)).problems]


def test_an_entry_alike_in_all_but_its_trace_number_is_told_with_the_line_of_the_first() -> None:
    batch = batch_of("PPD", entry_of(number=1), twin(2), entry_of(number=3), twin(4), twin(5))
    sentence = "In all but its trace number the entry is the one on line 4."
    assert sentences(batch) == [("duplicate-entry", 6, sentence), ("duplicate-entry", 7, sentence)]


def test_entries_that_differ_in_one_field_are_two() -> None:
    others: list[dict[str, Any]] = [
        {"transaction_code": 37},
        {"receiving_dfi": "12104288", "check_digit": "2"},
        {"account_number": red_account(2)},
        {"amount": 2000},
        {"identification_number": "ORD2"},
        {"receiver_name": "BUYEr"},
        {"discretionary_data": "X"},
    ]
    rows = [twin(1), *(twin(i, **values) for i, values in enumerate(others, 2))]
    assert found("duplicate-entry", batch_of("PPD", *rows)) == []


def test_an_entry_is_told_in_another_batch_but_not_in_another_file() -> None:
    first, second = batch_of("PPD", twin(1)), batch_of("CCD", twin(2), number=2)
    assert found("duplicate-entry", first, second) == [(6, 0, 0)]
    both = file_of(batch_of("PPD", twin(1))) + file_of(batch_of("PPD", twin(1)))
    assert {problem.check for problem in read(both).problems} == {"several-files"}


def test_one_of_many_is_found() -> None:
    rows = [entry_of(number=i, identification_number=f"ORD{i}", amount=i) for i in range(1, 3_000)]
    rows[2_500] = twin(2_501)
    rows[17] = twin(18)
    assert found("duplicate-entry", batch_of("PPD", *rows)) == [(2_503, 0, 0)]


def test_entries_that_share_bank_account_and_amount_are_compared_whole() -> None:
    rows = [twin(i, identification_number=f"ORD{i % 400}") for i in range(1, 1_001)]
    told = sentences(batch_of("PPD", *rows))
    assert len(told) == 600
    assert told[0] == ("duplicate-entry", 403, SEEN_ALIKE.format(line="3"))
    assert told[-1] == ("duplicate-entry", 1_002, SEEN_ALIKE.format(line="202"))


def test_an_answer_is_like_another_only_with_its_addenda() -> None:
    def answers(*originals: int) -> list[tuple[int, int, int]]:
        rows: list[bytes] = []
        for number, original in enumerate(originals, 1):
            values: dict[str, Any] = {"account_number": red_account(1), "identification_number": "ORD1"}
            rows.append(answer_entry(number=number, receiver_name="BUYER", **values))
            rows.append(returned("R01", number=number, original_trace=f"09100001{original:07d}"))
        return found("duplicate-entry", batch_of("PPD", *rows, bank=RDFI))

    assert answers(1, 2, 3) == []
    assert answers(1, 2, 1) == [(7, 0, 0)]


def test_changes_of_two_entries_of_one_receiver_are_two() -> None:
    values: dict[str, Any] = {"account_number": red_account(1), "identification_number": "ORD1", "amount": 0}
    rows: list[bytes] = []
    for number in (1, 2):
        rows.append(answer_entry(number=number, receiver_name="BUYER", **values))
        rows.append(changed("C01", red_account(2), number=number, original_trace=f"09100001{number:07d}"))
    assert found("duplicate-entry", batch_of("COR", *rows, bank=RDFI)) == []


def test_advices_of_the_same_money_are_two() -> None:
    assert found("duplicate-entry", batch_of("ADV", entry_of("ADV", number=1), entry_of("ADV", number=2))) == []


def test_a_trace_number_in_two_batches_is_told_with_the_line_of_the_first() -> None:
    batches = [
        batch_of("PPD", entry_of(number=1), entry_of(number=5)),
        batch_of("PPD", entry_of(number=4), entry_of(number=5, amount=3), number=2),
        batch_of("PPD", entry_of(number=6), number=3),
    ]
    assert sentences(*batches) == [("duplicate-trace", 8, "The trace number is also that of the entry on line 4.")]
    assert found("duplicate-trace", *batches) == [(8, 80, 94)]


def test_a_batch_that_starts_with_the_last_trace_number_of_another_is_told() -> None:
    first = batch_of("PPD", entry_of(number=1), entry_of(number=5))
    second = batch_of("PPD", entry_of(number=5, amount=3), entry_of(number=6), number=2)
    assert found("duplicate-trace", first, second) == [(7, 80, 94)]


def test_batches_whose_traces_interleave_share_none() -> None:
    odd = batch_of("PPD", *(entry_of(number=i) for i in (1, 3, 5)))
    even = batch_of("PPD", *(entry_of(number=i) for i in (2, 4, 6)), number=2)
    assert found("duplicate-trace", odd, even) == []


def test_a_batch_within_the_range_of_an_earlier_one_is_compared_with_it() -> None:
    wide = batch_of("PPD", *(entry_of(number=i) for i in (1, 50, 100)))
    small = batch_of("PPD", entry_of(number=2), number=2)
    other = batch_of("PPD", entry_of(number=50, amount=7), number=3)
    assert found("duplicate-trace", wide, small, other) == [(11, 80, 94)]


def test_a_trace_number_twice_in_a_batch_out_of_order_is_told() -> None:
    batch = batch_of("PPD", entry_of(number=2), entry_of(number=3, amount=5), entry_of(number=2, amount=7))
    told = {(check, line) for check, line, _ in sentences(batch)}
    assert told == {("trace-order", 5), ("duplicate-trace", 5)}


def test_traces_of_answers_and_of_other_files_are_not_compared() -> None:
    again = file_of(batch_of("PPD", entry_of(number=1))) + file_of(batch_of("PPD", entry_of(number=1, amount=2)))
    assert {problem.check for problem in read(again).problems} == {"several-files"}
    batches = [
        batch_of("PPD", answer_entry(number=1, amount=i), returned("R01", number=1), number=i, bank=RDFI)
        for i in (1, 2)
    ]
    assert found("duplicate-trace", *batches) == []


def test_traces_of_zeros_are_traces_and_what_is_no_number_is_none() -> None:
    for text, told in (("0" * 15, ["duplicate-trace"]), ("0" * 14 + "X", [])):
        batch = batch_of("PPD", twin(1), *(twin(row, trace_number="0" * 15, amount=row) for row in (2, 3)))
        batch[2:4] = [record[:79] + text.encode() for record in batch[2:4]]
        problems = read(file_of(batch)).problems
        assert [problem.check for problem in problems if problem.check == "duplicate-trace"] == told
