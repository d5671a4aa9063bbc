"""What SEC codes and descriptions demand of entries when we originate, each with the good neighbour."""

from datetime import date

import numpy as np
import pytest

from ingather.base.columns import text_column
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import FilePlan, payment_addenda
from ingather.nacha.purpose import Purpose
from tests.unit.nacha.plans import one_batch, with_batches, with_entries
from tests.unit.nacha.refusing.breaks import batched, first, headed, refused, worded


def described(plan: FilePlan, text: str, service: int = 225) -> FilePlan:
    return with_batches(plan, entry_description=[text], service_class=[service])


def coded(code: str, *codes: int, cents: int = 1999) -> FilePlan:
    plan = one_batch(code, len(codes))
    amount = np.array([cents + number if cents else 0 for number in range(len(codes))])
    return with_entries(plan, transaction_code=np.array(codes), amount_cents=amount)


@pytest.mark.parametrize("code", ["CCD", "PPD", "WEB", "TEL", "CTX"])
def test_the_five_classes_are_originated(code: str) -> None:
    assert refused(worded(one_batch(code, 1), name="BUYER")) == set()


@pytest.mark.parametrize("code", ["ARC", "BOC", "IAT", "COR", "ADV", "RCK", "POP"])
def test_other_classes_are_not_originated(code: str) -> None:
    assert "class-written" in refused(one_batch(code, 1))


@pytest.mark.parametrize(
    ("code", "said", "checks"),
    [
        ("WEB", "R", set()),
        ("WEB", "S", set()),
        ("WEB", "", {"payment-type"}),
        ("WEB", "X", {"payment-type"}),
        ("WEB", " S", {"payment-type"}),
        ("TEL", "", set()),
        ("TEL", "R", set()),
        ("TEL", "1", {"payment-type"}),
        ("PPD", "1Z", set()),
    ],
)
def test_web_and_tel_say_how_they_are_paid(code: str, said: str, checks: set[str]) -> None:
    assert refused(with_entries(one_batch(code), discretionary=text_column([said] * 3, 2))) == checks


def test_a_bank_may_do_without_the_payment_type_of_web_entries() -> None:
    plan = with_entries(one_batch("WEB"), discretionary=text_column([""] * 3, 2))
    assert refused(plan, dialect=Dialect(payment_type_required=False)) == set()


def test_tel_credits_only_reverse() -> None:
    plan = coded("TEL", 22, 32)
    assert refused(described(plan, "PURCHASE", 220)) == {"class-direction"}
    assert refused(described(plan, "REVERSAL", 220)) == set()


def test_web_credits_go_from_person_to_person() -> None:
    assert refused(described(coded("WEB", 22), "GIFT", 220)) == set()


@pytest.mark.parametrize(
    ("service", "codes", "checks"),
    [
        (225, (27, 37), set()),
        (225, (27, 22), {"service-class"}),
        (220, (22, 27), {"service-class"}),
        (220, (22, 32), set()),
        (200, (27, 22), set()),
        (200, (27, 37), set()),
        (280, (27,), {"service-class"}),
        (0, (27,), {"service-class"}),
        (1000, (27,), {"field-fits"}),
        (-1, (27,), {"field-fits"}),
    ],
)
def test_the_service_class_fits_the_entries(service: int, codes: tuple[int, ...], checks: set[str]) -> None:
    assert refused(described(coded("PPD", *codes), "ORDERS", service)) == checks


@pytest.mark.parametrize("code", ["CCD", "CTX", "PPD", "WEB", "TEL"])
def test_zero_dollar_entries_are_for_companies_and_carry_addenda(code: str) -> None:
    plan = worded(coded(code, 29, cents=0), name="BUYER")
    if code == "TEL":
        assert refused(plan) == {"class-use", "addenda-missing"}
        return
    remitted = with_entries(plan, addenda=payment_addenda(np.array([0]), text_column(["RMR*IV*1\\"], 80)))
    assert refused(remitted) == (set() if code in {"CCD", "CTX"} else {"class-use"})
    assert "addenda-missing" in refused(plan)


def test_a_later_zero_dollar_entry_needs_its_own_addenda() -> None:
    plan = coded("CCD", 29, 39, cents=0)
    addenda = payment_addenda(np.array([0]), text_column(["RMR*IV*1\\"], 80))
    assert refused(with_entries(plan, addenda=addenda)) == {"addenda-missing"}


@pytest.mark.parametrize("code", ["CCD", "PPD", "WEB", "TEL", "CTX"])
def test_prenotes_have_no_amount(code: str) -> None:
    assert refused(worded(coded(code, 28, cents=0), name="BUYER")) == set()
    assert refused(worded(coded(code, 28, cents=1), name="BUYER")) == {"amount-use"}


def test_a_loan_is_debited_only_to_reverse() -> None:
    assert refused(described(coded("PPD", 55), "LOAN")) == {"class-use"}
    assert refused(described(coded("PPD", 55), "REVERSAL")) == set()
    assert refused(described(coded("PPD", 52), "LOAN", 220)) == set()


@pytest.mark.parametrize(("year", "fits"), [(1999, False), (2000, True), (2099, True), (2100, False)])
def test_a_date_of_six_digits_is_of_this_century(year: int, *, fits: bool) -> None:
    day = date(year, 1, 3)
    assert refused(headed(batched(one_batch(), effective_on=day), created_on=day)) == (set() if fits else {"date-real"})
    late = batched(one_batch(), effective_on=date(2100, 1, 1))
    assert refused(late) == {"date-real"}


def test_an_amount_over_a_million_does_not_settle_the_same_day() -> None:
    today, tomorrow = date(2026, 11, 23), date(2026, 11, 24)
    for cents, day, checks in (
        (100_000_001, today, {"amount-same-day"}),
        (100_000_000, today, set()),
        (100_000_001, tomorrow, set()),
    ):
        assert refused(batched(first(one_batch("PPD"), amount_cents=cents), effective_on=day)) == checks


def test_a_ctx_name_has_sixteen_characters() -> None:
    assert refused(worded(one_batch("CTX", 1), name="A NAME OF SIXTEE")) == set()
    assert refused(worded(one_batch("CTX", 1), name="A NAME OF SEVENTE")) == {"field-fits"}
    assert refused(worded(one_batch("CCD", 1), name="A NAME OF SEVENTE")) == set()


def test_a_copy_may_fill_the_reserved_columns_after_a_ctx_name() -> None:
    plan = one_batch("CTX", 1)
    assert refused(worded(plan, name="A NAME OF EIGHTEEN"), Purpose.COPY) == set()
    assert refused(worded(plan, name="A NAME OF NINETEENX"), Purpose.COPY) == {"field-fits"}


@pytest.mark.parametrize("announced", [-1, 10_000])
def test_a_count_of_addenda_has_four_digits(announced: int) -> None:
    plan = with_entries(worded(one_batch("CTX", 1), name="BUYER"), announced=np.array([announced]))
    assert refused(plan, Purpose.COPY) == {"field-fits"}


def test_what_a_ctx_entry_announces_follows_it() -> None:
    texts = text_column(["A", "B"], 80)
    plan = with_entries(worded(one_batch("CTX", 1), name="BUYER"), addenda=payment_addenda(np.array([0, 0]), texts))
    assert refused(with_entries(plan, announced=np.array([2]))) == set()
    assert refused(with_entries(plan, announced=np.array([3]))) == {"addenda-count"}


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("PURCHASE", set()),
        ("PAYROLL TN", set()),
        ("Payroll", {"description-case"}),
        ("Retry Pymt", {"description-case"}),
        ("Reversals", set()),
        ("Bücher", {"characters"}),
    ],
)
def test_reserved_descriptions_are_in_capitals(text: str, checks: set[str]) -> None:
    assert refused(described(one_batch(), text)) == checks


def test_a_dialect_in_capitals_puts_a_description_right() -> None:
    assert refused(described(one_batch(), "Purchase"), dialect=Dialect(upper_case=True)) == set()


@pytest.mark.parametrize(
    ("text", "checks"),
    [("SD1300", set()), ("SD2400", {"same-day-mark"}), ("SD13", {"same-day-mark"}), ("SDAY", set()), ("261123", set())],
)
def test_a_same_day_mark_is_a_time(text: str, checks: set[str]) -> None:
    assert refused(batched(one_batch(), descriptive_date=text)) == checks


@pytest.mark.parametrize(
    ("status", "checks"), [("1", set()), ("2", set()), ("0", {"originator-status"}), ("", {"originator-status"})]
)
def test_the_originator_is_a_bank_or_an_agency(status: str, checks: set[str]) -> None:
    assert refused(batched(one_batch(), originator_status=status)) == checks


def test_the_settlement_date_is_the_operators() -> None:
    assert refused(batched(one_batch(), settlement_date="")) == set()
    assert refused(batched(one_batch(), settlement_date="001")) == {"settlement-date"}
