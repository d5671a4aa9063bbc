"""Answers to what was read come out as the bank would send them, link by link, and are read back without a problem."""

from datetime import time
from pathlib import Path

import numpy as np
import pytest

from ingather.base.columns import Int64, column_texts
from ingather.nacha.answer_addenda import (
    change_addenda,
    contest_addenda,
    dishonour_addenda,
    iat_change_addenda,
    iat_return_addenda,
    joined,
    refused_change_addenda,
    return_addenda,
)
from ingather.nacha.answer_plans import answer_plan
from ingather.nacha.answers import changes, contests, dishonours, refused_changes, returns
from ingather.nacha.plan import Addenda, FileHead, FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.reader import Reading, read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write
from tests.unit.nacha.plans import HEAD, one_batch, small_plan, with_batches, with_entries

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
BACK = FileHead(
    destination=" 121042882",
    origin=" 091000019",
    created_on=HEAD.created_on.replace(day=27),
    created_at=time(6, 12),
    id_modifier="A",
    destination_name="INGATHER",
    origin_name="FIRST BANK OF TESTS",
)
SENT = read(write(small_plan()).data)
RETURNED_ON = 331


def rows(*index: int) -> Int64:
    return np.array(index, np.int64)


def traces_for(reading: Reading, at: Int64, first: int = 1) -> Int64:
    """Return trace numbers of the banks that received these entries."""
    return reading.entries.routing[at] // 10 * 10_000_000 + first + np.arange(len(at))


def answered(reading: Reading, at: Int64, addenda: Addenda, day: int = RETURNED_ON) -> FilePlan:
    return answer_plan(
        reading,
        at,
        addenda=addenda,
        traces=traces_for(reading, at),
        settlement_day=np.full(len(at), day, np.int64),
        head=BACK,
    )


def written(plan: FilePlan) -> Reading:
    """Return the answers written and read back, which have no problem at all."""
    reading = read(write(plan, purpose=Purpose.ANSWER).data)
    assert reading.problems == ()
    return reading


def originals(reading: Reading, at: Int64) -> dict[str, Int64 | list[str]]:
    return {
        "original_trace": reading.entries.trace[at],
        "original_rdfi": [f"{number // 10:08d}" for number in reading.entries.routing[at].tolist()],
    }


def returned(*index: int, reason: str = "R01") -> Reading:
    at = rows(*index)
    return written(answered(SENT, at, return_addenda(np.arange(len(at)), return_reason=reason, **originals(SENT, at))))


def test_a_return_goes_back_the_way_the_entry_came() -> None:
    reading = returned(5, 0, 1)
    assert reading.entries.transaction_code.tolist() == [36, 26, 36]
    assert reading.entries.routing.tolist() == [91000019] * 3
    assert reading.entries.amount_cents.tolist() == [3998, 1999, 11994]
    assert reading.standard_entry_class == ("CCD", "CCD", "WEB")
    assert column_texts(reading.batches.texts("originating_dfi")) == ["12104288", "23138010", "12104288"]
    assert column_texts(reading.batches.texts("settlement_date")) == ["331"] * 3
    assert column_texts(reading.batches.texts("company_name")) == ["ACME GOODS", "ACME GOODS", "BLUE LANE"]
    assert column_texts(reading.batches.texts("effective_entry_date")) == ["261124"] * 3
    assert reading.batches.service_class.tolist() == [225] * 3
    assert (reading.entries.account == SENT.entries.account[[1, 0, 5]]).all()
    assert (reading.entries.identification == SENT.entries.identification[[1, 0, 5]]).all()
    found = returns(reading)
    assert column_texts(found.reason) == ["R01"] * 3
    assert found.original_trace.tolist() == SENT.entries.trace[[1, 0, 5]].tolist()
    assert (found.trace == reading.entries.trace).all()
    # What was sent with the entry does not come back.
    assert reading.addenda.type_code.tolist() == [99] * 3


def test_entries_of_one_bank_and_header_share_a_batch_in_the_order_of_their_traces() -> None:
    sent = read(write(one_batch(count=9)).data)
    at = rows(8, 0, 4)
    addenda = return_addenda(np.arange(3), return_reason="R03", **originals(sent, at))
    reading = written(
        answer_plan(
            sent,
            at,
            addenda=addenda,
            traces=traces_for(sent, at)[::-1].copy(),
            settlement_day=np.full(3, RETURNED_ON, np.int64),
            head=BACK,
        )
    )
    assert len(reading.batches) == 1
    assert returns(reading).original_trace.tolist() == sent.entries.trace[[4, 0, 8]].tolist()


def test_another_settlement_day_is_another_batch() -> None:
    sent = read(write(one_batch(count=9)).data)
    at = rows(0, 4, 8)
    plan = answer_plan(
        sent,
        at,
        addenda=return_addenda(np.arange(3), return_reason="R01", **originals(sent, at)),
        traces=traces_for(sent, at),
        settlement_day=rows(331, 335, 331),
        head=BACK,
    )
    assert list(plan.batches.settlement_date or []) == ["331", "335"]
    assert plan.entries.batch.tolist() == [0, 0, 1]


def test_debits_and_credits_share_a_batch_of_class_200() -> None:
    mixed = with_batches(one_batch(count=5), service_class=[200])
    code = np.array([27, 37, 27, 37, 22], np.int64)
    sent = read(write(with_entries(mixed, transaction_code=code)).data)
    at = rows(0, 4)
    reading = written(answered(sent, at, return_addenda(np.arange(2), return_reason="R02", **originals(sent, at))))
    assert reading.entries.transaction_code.tolist() == [26, 21]
    assert reading.batches.service_class.tolist() == [200]
    assert (reading.debit_cents, reading.credit_cents) == (1999, 9995)


def test_a_change_has_no_amount_and_stands_in_a_batch_of_class_cor() -> None:
    at = rows(0, 4)
    addenda = change_addenda(
        np.arange(2), change_code=["C02", "C05"], corrected_data=["121042882", "37"], **originals(SENT, at)
    )
    reading = written(answered(SENT, at, addenda))
    assert reading.standard_entry_class == ("COR", "COR")
    assert reading.entries.transaction_code.tolist() == [26, 26]
    assert not reading.entries.amount_cents.any()
    found = changes(reading)
    assert column_texts(found.code) == ["C02", "C05"]
    assert column_texts(found.corrected_data) == ["121042882", "37"]


def test_a_dishonour_goes_to_the_bank_that_returned_and_a_contest_back_again() -> None:
    first = returned(0)
    found = returns(first)
    dishonour = dishonour_addenda(
        rows(0), return_reason="R68", original_trace=found.original_trace, original_rdfi=["23138010"],
        return_trace=found.trace, return_settlement_date="331", return_reason_digits=1,
    )  # fmt: skip
    second = written(answered(first, rows(0), dishonour, 335))
    assert second.entries.transaction_code.tolist() == [26]
    assert second.entries.routing.tolist() == [231380104]
    assert column_texts(second.batches.texts("originating_dfi")) == ["09100001"]
    told = dishonours(second)
    assert told.return_trace.tolist() == found.trace.tolist()
    contest = contest_addenda(
        rows(0), return_reason="R73", original_trace=told.original_trace, original_rdfi=["23138010"],
        original_return_date="261127", original_settlement_date="328", return_trace=told.return_trace,
        return_settlement_date="331", return_reason_digits=1, dishonour_trace=told.trace,
        dishonour_settlement_date="335", dishonour_reason_digits=68,
    )  # fmt: skip
    third = written(answered(second, rows(0), contest, 337))
    assert third.entries.routing.tolist() == [91000019]
    assert third.entries.transaction_code.tolist() == [26]
    assert contests(third).dishonour_trace.tolist() == told.trace.tolist()


def test_a_corrected_return_answers_field_errors() -> None:
    first = returned(0)
    contest = contest_addenda(
        rows(0), return_reason="R74", original_trace=SENT.entries.trace[:1], original_rdfi=["23138010"],
        return_trace=returns(first).trace, return_settlement_date="331", return_reason_digits=1,
        dishonour_trace=91000019999999, dishonour_settlement_date="335", dishonour_reason_digits=69,
    )  # fmt: skip
    reading = written(answered(SENT, rows(0), contest))
    assert column_texts(contests(reading).reason) == ["R74"]


def test_a_change_is_refused_to_the_bank_that_sent_it() -> None:
    at = rows(0)
    change = change_addenda(rows(0), change_code="C02", corrected_data="121042882", **originals(SENT, at))
    first = written(answered(SENT, at, change))
    found = changes(first)
    refusal = refused_change_addenda(
        rows(0), refusal_code="C64", original_trace=found.original_trace, original_rdfi=["23138010"],
        corrected_data=found.corrected_data[:, :29], change_code=found.code,
        change_trace_sequence=found.trace % 10_000_000,
    )  # fmt: skip
    second = written(answered(first, at, refusal))
    assert second.standard_entry_class == ("COR",)
    assert second.entries.routing.tolist() == [231380104]
    assert column_texts(refused_changes(second).change_code) == ["C02"]


def test_international_returns_repeat_the_seven_and_changes_say_iatcor() -> None:
    sent = read((SAMPLES / "forward" / "iat_debit.ach").read_bytes())
    at = rows(0)
    back = iat_return_addenda(
        rows(0), return_reason="R80", original_amount=sent.entries.amount_cents[:1], **originals(sent, at)
    )
    reading = written(answered(sent, at, back))
    assert reading.standard_entry_class == ("IAT",)
    assert reading.addenda.type_code.tolist() == [*range(10, 17), 99]
    assert reading.entries.record[0, 12:16].tobytes() == b"0008"
    assert (reading.addenda.text[:7, 3:87] == sent.addenda.text[:7, 3:87]).all()
    assert returns(reading).original_amount_cents.tolist() == sent.entries.amount_cents[:1].tolist()
    change = iat_change_addenda(rows(0), change_code="C01", corrected_data="9" * 35, **originals(sent, at))
    reading = written(answered(sent, at, change))
    assert reading.standard_entry_class == ("COR",)
    assert column_texts(reading.batches.texts("company_name")) == ["IATCOR"]
    assert changes(reading).international.tolist() == [True]


def test_the_count_of_addenda_of_ctx_comes_back_as_it_was_sent() -> None:
    sent = read((SAMPLES / "forward" / "ctx_debit.ach").read_bytes())
    at = rows(0)
    announced = sent.entries.record[0, 54:58].tobytes()
    assert announced not in {b"0000", b"0001"}
    back = return_addenda(rows(0), return_reason="R31", **originals(sent, at))
    reading = written(answered(sent, at, back))
    assert reading.entries.record[0, 54:76].tobytes() == sent.entries.record[0, 54:76].tobytes()


def test_a_trace_of_another_bank_is_refused() -> None:
    addenda = return_addenda(rows(0), return_reason="R01", **originals(SENT, rows(0)))
    with pytest.raises(FormatRefused) as refused:
        answer_plan(SENT, rows(0), addenda=addenda, traces=SENT.entries.trace[:1], settlement_day=rows(331), head=BACK)
    assert [problem.check for problem in refused.value.problems] == ["trace-prefix"]


def test_an_entry_in_no_batch_has_no_way_back() -> None:
    stray = read(b"\n".join(write(one_batch()).data.split(b"\n")[2:]))
    addenda = return_addenda(rows(0), return_reason="R01", **originals(stray, rows(0)))
    with pytest.raises(FormatRefused) as refused:
        answered(stray, rows(0), addenda)
    assert [problem.check for problem in refused.value.problems] == ["order-of-records"]


def test_kinds_that_do_not_share_a_batch_are_kept_apart_or_refused_when_written() -> None:
    at = rows(0, 1)
    change = change_addenda(rows(1), change_code="C02", corrected_data="121042882", **originals(SENT, rows(1)))
    back = return_addenda(rows(0), return_reason="R01", **originals(SENT, rows(0)))
    reading = written(answered(SENT, at, joined(back, change)))
    assert reading.standard_entry_class == ("CCD", "COR")
