"""Entries that would be wrong: which one, in whose words, in which columns, and nothing of its good neighbours."""

import numpy as np
import pytest

from ingather.base.columns import text_column
from ingather.base.problems import Problem
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusals import refuse
from ingather.nacha.refusing.scope import CHUNK_ROWS
from tests.unit.nacha.plans import one_batch, small_plan, wide_plan, with_batches, with_entries
from tests.unit.nacha.refusing.breaks import addenda, answers, base, first, headed, refused, returned, worded


def told(plan: FilePlan, purpose: Purpose = Purpose.ORIGINATION) -> tuple[Problem, ...]:
    return refuse(plan, dialect=Dialect(), purpose=purpose)[0].problems()


def test_a_finding_names_entry_batch_and_columns() -> None:
    amount = small_plan().entries.amount_cents.copy()
    amount[5] = 0
    (problem,) = told(with_entries(small_plan(), amount_cents=amount))
    assert (problem.check, problem.field, problem.start, problem.end) == ("amount-use", "amount", 30, 39)
    assert problem.message.startswith("Entry 6 (batch 3): ")


def test_columns_are_those_of_the_entrys_own_layout() -> None:
    advice = with_batches(one_batch("ADV"), service_class=[280])
    (problem,) = told(first(advice, amount_cents=10**12), Purpose.COPY)
    assert (problem.field, problem.start, problem.end) == ("amount", 28, 39)
    assert told(first(advice, amount_cents=10**12 - 1), Purpose.COPY) == ()
    long = worded(one_batch("CTX", 1), name="A NAME OF SEVENTE")
    (problem,) = told(long)
    assert (problem.field, problem.start, problem.end) == ("receiver_name", 59, 74)


@pytest.mark.parametrize("row", [0, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1, 2 * CHUNK_ROWS])
@pytest.mark.parametrize(
    ("column", "value", "check"),
    [
        ("amount_cents", 0, "amount-use"),
        ("amount_cents", -1, "amount-use"),
        ("amount_cents", 10**10, "amount-limit"),
        ("transaction_code", 22, "service-class"),
        ("transaction_code", 26, "transaction-code"),
        ("transaction_code", -27, "transaction-code"),
        ("routing", 231_380_105, "check-digit"),
        ("routing", 131_380_107, "routing-prefix"),
        ("routing", 0, "routing-prefix"),
        ("routing", -1, "routing-digits"),
        ("trace", 1, "trace-prefix"),
    ],
)
def test_a_wrong_number_is_found_in_any_chunk(row: int, column: str, value: int, check: str) -> None:
    plan = _wide()
    values = getattr(plan.entries, column).copy()
    values[row] = value
    found = [problem for problem in told(with_entries(plan, **{column: values})) if problem.check == check]
    assert [problem.message.partition(" (")[0] for problem in found] == [f"Entry {row + 1:,}"]


def _wide() -> FilePlan:
    return wide_plan(2 * CHUNK_ROWS + 1, batches=3)


@pytest.mark.parametrize("row", [1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1])
def test_traces_ascend_over_the_borders_of_chunks_but_not_of_batches(row: int) -> None:
    plan = wide_plan(2 * CHUNK_ROWS)
    trace = plan.entries.trace.copy()
    trace[row] = trace[row - 1]
    found = {problem.message.partition(" (")[0] for problem in told(with_entries(plan, trace=trace))}
    assert found == {f"Entry {row + 1:,}"}
    batch = (np.arange(2 * CHUNK_ROWS) >= row).astype(np.int64)
    two = wide_plan(2 * CHUNK_ROWS, batches=2)
    assert {problem.check for problem in told(with_entries(two, trace=trace, batch=batch))} == {"duplicate-trace"}


@pytest.mark.parametrize("prefix", [0, 13, 20, 33, 60, 73, 79, 81, 99])
def test_routing_numbers_start_as_banks_do(prefix: int) -> None:
    edges = {0: 12, 13: 12, 20: 21, 33: 32, 60: 61, 73: 72, 79: 80, 81: 80, 99: 72}
    for start, good in ((prefix, prefix == 0), (edges[prefix], True)):
        eight = f"{start:02d}000001"
        check = -sum(int(digit) * weight for digit, weight in zip(eight, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)) % 10
        assert refused(first(one_batch(), routing=int(eight) * 10 + check)) == (set() if good else {"routing-prefix"})


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("", {"account-blank"}),
        ("0", {"account-zeros"}),
        ("00000000000000000", {"account-zeros"}),
        ("0 0", {"account-zeros", "account-spaces"}),
        (" 1", {"account-justified"}),
        ("1 2 3", {"account-spaces"}),
        (" 1 2", {"account-justified", "account-spaces"}),
        ("0-0", set()),
        ("001", set()),
        ("A", set()),
        ("1234567890123456 ", set()),
    ],
)
def test_an_account_number_starts_left_and_has_no_gaps(text: str, checks: set[str]) -> None:
    assert refused(worded(one_batch(), account=text)) == checks


def test_a_gap_at_the_border_of_two_rows_is_none() -> None:
    plan = with_entries(one_batch(), account=text_column(["12", "12345678901234567", "3"], 17))
    assert refused(plan) == set()
    for full in ("12345678901234567", "1234567890123456"):
        plan = with_entries(one_batch(), account=text_column([full, full, "1 3456789012345 7"], 17))
        assert refused(plan) == {"account-spaces"}


@pytest.mark.parametrize("column", ["account", "identification", "name", "discretionary"])
def test_characters_are_printable_in_every_text(column: str) -> None:
    for letter in ("\x1f", "\x7f", "\n"):
        plan = worded(one_batch("PPD"), **{column: letter})
        assert "characters" in refused(plan)
        if letter != "\x7f":
            assert refused(plan, Purpose.COPY) == {"characters"}


def test_a_copy_may_hold_letters_of_a_bank() -> None:
    name = np.frombuffer("CAFÉ".encode("cp1252").ljust(22), np.uint8)[None, :]
    plan = with_entries(one_batch(count=1), name=name)
    assert refused(plan) == {"characters"}
    assert refused(plan, Purpose.COPY) == set()
    header = with_batches(one_batch(), company_name=["CAFÉ"])
    assert refused(header) == {"characters"}
    assert refused(header, Purpose.COPY) == set()
    assert refused(with_batches(one_batch(), company_name=["中"]), Purpose.COPY) == {"characters"}


def test_an_answer_says_what_it_answers() -> None:
    assert refused(answers(), Purpose.ANSWER) == set()
    assert refused(answers("COR", "C01", kind=98), Purpose.ANSWER) == {"change-amount"}
    free = with_entries(answers("COR", "C01", kind=98), amount_cents=np.zeros(1, np.int64))
    assert refused(free, Purpose.ANSWER) == set()
    assert refused(answers("PPD", "C01", kind=98), Purpose.ANSWER) == {"change-class"}
    assert refused(with_entries(answers(), addenda=None), Purpose.ANSWER) == {"addenda-missing"}


@pytest.mark.parametrize(
    ("reasons", "mixed"),
    [
        (("R01", "R60"), False),
        (("R01", "R61"), True),
        (("R61", "R70"), False),
        (("R70", "R71"), True),
        (("R71", "R77"), False),
        (("R77", "R80"), True),
        (("R01", "R80"), False),
    ],
)
def test_returns_dishonours_and_contests_have_batches_of_their_own(reasons: tuple[str, ...], *, mixed: bool) -> None:
    assert refused(answers("PPD", *reasons), Purpose.ANSWER) == ({"mixed-batch"} if mixed else set())


def test_a_batch_whose_first_entry_answers_nothing_does_not_hide_the_others() -> None:
    plan = with_entries(answers(), addenda=addenda((1, 99, returned()), (2, 99, returned())))
    assert refused(plan, Purpose.ANSWER) >= {"addenda-missing"}


def test_forward_codes_are_no_answers_and_answers_are_not_originated() -> None:
    assert "transaction-code" in refused(
        with_entries(answers(), transaction_code=np.array([26, 27, 26])), Purpose.ANSWER
    )
    assert "transaction-code" in refused(answers())


@pytest.mark.parametrize(
    ("column", "shaped"),
    [
        ("trace", np.arange(2)),
        ("trace", np.arange(3, dtype=np.int32)),
        ("account", np.zeros((3, 16), np.uint8)),
        ("name", np.zeros((3, 22), np.int64)),
        ("offset", np.zeros(3, np.int64)),
        ("announced", np.zeros(4, np.int64)),
        ("batch", np.array([0, 0, 1])),
        ("batch", np.array([-1, 0, 0])),
        ("batch", np.array([0, 1, 0])),
        ("addenda", addenda((3, 5, "X"))),
        ("addenda", addenda((-1, 5, "X"))),
        ("addenda", addenda((1, 5, "X"), (0, 5, "X"))),
    ],
)
def test_columns_that_do_not_fit_together_are_told_alone(column: str, shaped: object) -> None:
    assert refused(with_entries(one_batch(), **{column: shaped})) == {"plan-shape"}


def test_batches_of_unequal_length_do_not_fit_together() -> None:
    assert refused(with_batches(one_batch(), company_name=["A", "B"])) == {"plan-shape"}


@pytest.mark.parametrize("modifier", ["AB", "", "\x07", "É"])
def test_a_file_id_modifier_is_one_character(modifier: str) -> None:
    assert refused(headed(one_batch(), id_modifier=modifier), Purpose.COPY) == {"field-fits"}
    assert refused(headed(one_batch(), id_modifier="a"), Purpose.COPY) == set()


def test_a_refusal_tells_head_batch_and_entry_at_once() -> None:
    plan = first(with_batches(base(Purpose.ORIGINATION), company_name=["", "A", "B", "C"]), amount_cents=0)
    assert refused(plan) == {"company-name-blank", "amount-use"}
