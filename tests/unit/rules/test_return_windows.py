"""When a return is in time, whom its code can be about, what it blocks until when, and that columns decide alike."""

from datetime import date, timedelta

import numpy as np
import pytest

from ingather.domain.cases import CaseKind
from ingather.domain.returns import OdfiRequestKind
from ingather.rules.calendar import extended_return_deadline, return_deadline
from ingather.rules.clocks import clock
from ingather.rules.profile_parts import Retry
from ingather.rules.return_codes import (
    Block,
    CountedFrom,
    NextStep,
    Rate,
    Until,
    WindowKind,
    block_ends,
    return_reason,
    return_reasons,
)
from ingather.rules.returns import Decision, NoRetry, ReturnedEntries, Timeliness, decide_return, decide_returns

MONDAY = date(2026, 11, 23)
TODAY = date(2026, 11, 24)


def decided(
    code: str,
    entry_class: str = "WEB",
    holder: str = "consumer",
    *,
    returned_on: date = TODAY,
    corrected: bool = False,
    information: str = "",
    amount_cents: int = 100,
) -> Decision:
    return decide_return(
        code,
        returned_on=returned_on,
        presentations=1,
        first_settled_on=MONDAY,
        policy=Retry(),
        information=information,
        entry_class=entry_class,
        holder=holder,
        amount_cents=amount_cents,
        corrected=corrected,
    )


def columns(*returned_on: date | None, told_on: date = TODAY, codes: list[str] | None = None) -> ReturnedEntries:
    count = len(returned_on)
    return ReturnedEntries(
        code=codes or ["R01"] * count,
        information=[""] * count,
        entry_class=["WEB"] * count,
        holder=["consumer"] * count,
        amount_cents=[100] * count,
        settled_on=[MONDAY] * count,
        returned_on=list(returned_on),
        told_on=[told_on] * count,
        presentations=[1] * count,
        first_settled_on=[MONDAY] * count,
        corrected=[False] * count,
    )


@pytest.mark.parametrize(
    ("code", "last"),
    [("R01", date(2026, 11, 25)), ("R29", date(2026, 11, 25)), ("R10", date(2027, 1, 25)), ("R05", date(2027, 1, 25))],
)
def test_the_last_day_in_time_is_in_time_and_the_next_is_late(code: str, last: date) -> None:
    in_time, late = (decided(code, returned_on=last + timedelta(days=days)) for days in (0, 1))
    assert (in_time.deadline_on, in_time.timeliness, in_time.dishonour_by) == (last, Timeliness.IN_TIME, None)
    assert (late.timeliness, late.dishonour_by is not None) == (Timeliness.LATE, True)


def test_sixty_days_end_on_the_banking_day_after_them() -> None:
    assert extended_return_deadline(MONDAY) == date(2027, 1, 25)
    assert return_deadline(date(2026, 11, 24)) == date(2026, 11, 27)


def test_a_late_return_can_be_dishonored_for_five_banking_days_after_it_settled() -> None:
    late = decided("R01", returned_on=date(2026, 11, 27))
    assert late.dishonour_by == date(2026, 12, 4)
    assert "clocks/dishonour@2000-01-01" in late.rows


@pytest.mark.parametrize(
    ("told_on", "said"), [(date(2026, 11, 25), Timeliness.IN_TIME), (date(2026, 11, 27), Timeliness.NOT_DEFINED)]
)
def test_a_return_without_a_day_is_in_time_only_when_it_was_told_of_in_time(told_on: date, said: Timeliness) -> None:
    (decision,) = decide_returns(columns(None, told_on=told_on), policy=Retry())
    assert (decision.timeliness, decision.dishonour_by) == (said, None)


@pytest.mark.parametrize(
    ("code", "said"),
    [("R06", Timeliness.BY_AGREEMENT), ("R31", Timeliness.BY_AGREEMENT), ("R13", Timeliness.NOT_DEFINED)],
)
def test_a_window_without_a_number_makes_nothing_late(code: str, said: Timeliness) -> None:
    decision = decided(code, "CCD", "business", returned_on=date(2027, 6, 1))
    assert (decision.deadline_on, decision.timeliness) == (None, said)


def test_the_windows_of_the_codes_are_those_of_the_clocks() -> None:
    for reason in return_reasons():
        if reason.counted_from is CountedFrom.ENTRY:
            name = "return-ordinary" if reason.window_kind is WindowKind.BANKING else "return-extended"
            assert reason.window_days == clock(name, TODAY).count
    assert {each.window_days for each in return_reasons() if each.counted_from is CountedFrom.RETURN} == {5}
    assert {each.window_days for each in return_reasons() if each.counted_from is CountedFrom.DISHONOUR} == {2}


@pytest.mark.parametrize(
    ("code", "entry_class", "holder", "fits"),
    [
        ("R10", "CCD", "business", False),
        ("R10", "WEB", "consumer", True),
        ("R10", "WEB", "business", True),
        ("R29", "WEB", "consumer", False),
        ("R29", "CCD", "business", True),
        ("R05", "CCD", "business", True),
        ("R05", "PPD", "consumer", False),
        ("R07", "CCD", "business", False),
        ("R31", "WEB", "consumer", False),
        ("R31", "CTX", "business", True),
        ("R23", "WEB", "consumer", False),
        ("R67", "WEB", "consumer", False),
        ("R01", "TEL", "consumer", True),
    ],
)
def test_a_code_fits_the_debits_it_can_be_about(code: str, entry_class: str, holder: str, *, fits: bool) -> None:
    assert decided(code, entry_class, holder).fits is fits


def test_a_business_debited_under_a_consumer_class_has_the_sixty_days() -> None:
    decision = decided("R10", "WEB", "business", returned_on=date(2027, 1, 25))
    assert (decision.fits, decision.timeliness) == (True, Timeliness.IN_TIME)


def test_what_is_blocked_says_until_when() -> None:
    told = {each.code: (each.blocks, each.until) for each in return_reasons() if each.row.standing(TODAY) == "in_force"}
    assert told["R02"] == ((Block.ACCOUNT,), Until.NEVER)
    assert told["R03"] == ((Block.ACCOUNT,), Until.CORRECTED)
    assert told["R08"] == ((Block.AUTHORIZATION,), Until.RELEASED)
    assert told["R17"] == ((Block.ACCOUNT, Block.BUYER), Until.RELEASED)
    assert all((reason.until is None) == (not reason.blocks) for reason in return_reasons())
    assert [block_ends(code, on=TODAY) for code in ("R02", "R17", "R01", "a person's word")] == [
        Until.NEVER, Until.RELEASED, None, None,
    ]  # fmt: skip


def test_r05_corrects_the_holder_and_r06_and_r31_answer_what_was_asked() -> None:
    assert {each.code for each in return_reasons() if each.corrects_holder} == {"R05"}
    answers = {each.code: each.answers for each in return_reasons() if each.answers}
    assert answers == {"R06": OdfiRequestKind.RETURN_REQUESTED, "R31": OdfiRequestKind.LATE_RETURN_CONSENTED}


def test_r11_allows_one_corrected_entry_in_the_sixty_days_after_its_settlement() -> None:
    first, second = decided("R11"), decided("R11", corrected=True)
    assert (first.correct_by, first.ends, first.case) == (date(2027, 1, 23), False, CaseKind.CORRECTABLE_RETURN)
    assert (second.correct_by, second.ends, second.case) == (None, True, None)
    assert decided("R11", "CCD", "business").ends


def test_r51_is_unauthorized_and_may_be_left_out_of_the_overall_rate() -> None:
    told = {each.code: each.rates for each in return_reasons()}
    assert told["R51"] == (Rate.UNAUTHORIZED,)
    assert told["R10"] == (Rate.UNAUTHORIZED, Rate.OVERALL)


def test_an_entry_without_an_amount_counts_in_no_rate_and_is_not_presented_again() -> None:
    decision = decided("R01", amount_cents=0)
    assert (decision.rates, decision.no_retry) == ((), NoRetry.NO_AMOUNT)


def test_r17_follows_its_addenda() -> None:
    plain, doubted, before = (
        decided("R17"),
        decided("R17", information="questionable entry"),
        return_reason("R17", on=date(2024, 9, 30), information="QUESTIONABLE"),
    )
    assert (plain.blocks, plain.case) == ((), CaseKind.RETURN_TO_INVESTIGATE)
    assert (doubted.case, doubted.rows) == (
        CaseKind.QUESTIONABLE_RETURN, ("return_codes/R17-QUESTIONABLE@2024-10-01",),
    )  # fmt: skip
    assert before is not None
    assert before.blocks == ()


def test_a_code_that_disputes_a_return_ends_no_order() -> None:
    decision = decided("R67")
    assert (decision.known, decision.fits, decision.ends) == (True, False, False)


def test_columns_decide_as_each_return_alone() -> None:
    codes = [each.code for each in return_reasons()] * 40
    days = [TODAY + timedelta(days=index % 90) for index in range(len(codes))]
    found = decide_returns(columns(*days, codes=codes), policy=Retry())
    assert len(found) == len(codes)
    assert len(found.distinct) < len(codes)
    alone = [decided(code, returned_on=day) for code, day in zip(codes, days, strict=True)]
    assert list(found) == alone


def test_a_hundred_thousand_returns_are_few_cases() -> None:
    count = 100_000
    found = decide_returns(columns(*[TODAY] * count, codes=["R01", "R02"] * (count // 2)), policy=Retry())
    assert len(found.distinct) == 2
    assert np.bincount(found.which).tolist() == [count // 2, count // 2]


def test_the_bank_may_be_wider_than_the_rules_and_never_is() -> None:
    assert clock("retry-count", TODAY).count == Retry().max
    assert all(each.next_step is NextStep.RETRY for each in return_reasons() if each.code in {"R01", "R09"})
