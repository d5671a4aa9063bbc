"""Which debits may be reversed, for which reasons, and until when: five banking days, whole files within 24 hours."""

from datetime import UTC, date, datetime

import pytest

from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.rules.reversals import (
    NotReversible,
    SentDebit,
    last_day_of_reversal,
    reversal_reason,
    reversal_reasons,
    reversible,
    rows_of_reversal,
    send_file_reversal_by,
    told,
)
from ingather.rules.rows import row_of

SETTLED = date(2026, 11, 17)
LAST = date(2026, 11, 24)
THE_DAY_AFTER = date(2026, 11, 25)
PERMITTED = ("duplicate", "wrong_receiver", "wrong_amount", "early_debit")
IMPROPER = ("remorse", "lack_of_funds", "dispute")


def debit(
    state: OrderState = OrderState.SETTLED,
    file_state: FileState | None = FileState.ACCEPTED,
    *,
    effective_on: date | None = SETTLED,
    settled_on: date | None = SETTLED,
    refunded: bool = False,
) -> SentDebit:
    return SentDebit(
        state=state, file_state=file_state, effective_on=effective_on, settled_on=settled_on, refunded=refunded
    )


def test_every_reason_of_the_table_is_judged() -> None:
    assert {each.id for each in reversal_reasons(SETTLED)} == {*PERMITTED, *IMPROPER}
    assert {each.id for each in reversal_reasons(SETTLED) if each.permitted} == set(PERMITTED)
    assert {each.id for each in reversal_reasons(SETTLED) if each.correcting} == set(PERMITTED) - {"duplicate"}


@pytest.mark.parametrize("reason", PERMITTED)
@pytest.mark.parametrize(
    ("available_on", "why"),
    [(date(2026, 11, 23), None), (LAST, None), (THE_DAY_AFTER, NotReversible.TOO_LATE)],
)
def test_a_permitted_reason_reverses_through_the_fifth_banking_day(
    reason: str, available_on: date, why: NotReversible | None
) -> None:
    assert reversible(reason, debit(), on=date(2026, 11, 20), available_on=available_on) is why


@pytest.mark.parametrize("reason", IMPROPER)
def test_an_improper_reason_is_refused_and_the_refund_named(reason: str) -> None:
    why = reversible(reason, debit(), on=SETTLED, available_on=SETTLED)
    assert why is NotReversible.REASON_IMPROPER
    fact, way_out = told(why, name=reason, order="ord_X", last_day=LAST, on=SETTLED)
    assert reason.replace("_", " ") in fact
    assert "ingather order refund ord_X" in way_out
    found = reversal_reason(reason, SETTLED)
    assert found is not None
    assert found.instead == "refund"


def test_a_word_that_is_no_reason_is_refused_and_the_reasons_named() -> None:
    why = reversible("because", debit(), on=SETTLED, available_on=SETTLED)
    assert why is NotReversible.REASON_UNKNOWN
    _, way_out = told(why, name="because", order="ord_X", last_day=None, on=SETTLED)
    assert all(reason in way_out for reason in PERMITTED)


@pytest.mark.parametrize(
    ("settled_on", "last_day"),
    [
        (date(2026, 11, 16), date(2026, 11, 23)),
        (SETTLED, LAST),
        (date(2026, 11, 20), date(2026, 11, 30)),  # Thanksgiving is no banking day
        (date(2026, 12, 24), date(2027, 1, 4)),  # Christmas and New Year's Day are Fridays
        (date(2026, 7, 1), date(2026, 7, 8)),  # the Reserve Banks work on the Friday before a Saturday holiday
    ],
)
def test_the_days_of_a_reversal_are_banking_days(settled_on: date, last_day: date) -> None:
    assert last_day_of_reversal(settled_on) == last_day


@pytest.mark.parametrize(
    ("state", "file_state", "why"),
    [
        (OrderState.OPEN, None, NotReversible.NOTHING_SENT),
        (OrderState.CANCELED, None, NotReversible.NOTHING_SENT),
        (OrderState.SEALED, FileState.SEALED, NotReversible.NOT_SENT),
        (OrderState.SEALED, FileState.APPROVED, NotReversible.NOT_SENT),
        (OrderState.SEALED, FileState.SENDING, NotReversible.IN_DOUBT),
        (OrderState.SEALED, FileState.IN_DOUBT, NotReversible.IN_DOUBT),
        (OrderState.RETURNED, None, NotReversible.CAME_BACK),
        (OrderState.FAILED, None, NotReversible.CAME_BACK),
        (OrderState.REVERSED, FileState.ACCEPTED, NotReversible.REVERSED),
        (OrderState.SETTLED, FileState.ACCEPTED, None),
        (OrderState.COLLECTED, FileState.ACCEPTED_WITH_REJECTS, None),
    ],
)
def test_only_a_debit_at_the_bank_is_reversed(
    state: OrderState, file_state: FileState | None, why: NotReversible | None
) -> None:
    assert reversible("duplicate", debit(state, file_state), on=SETTLED, available_on=SETTLED) is why


@pytest.mark.parametrize(
    ("file_state", "on", "why"),
    [
        (FileState.TRANSMITTED, date(2026, 11, 16), NotReversible.NOT_RELEASED),
        (FileState.PENDED, date(2026, 11, 16), NotReversible.NOT_RELEASED),
        (FileState.ACCEPTED, date(2026, 11, 16), None),
        (FileState.TRANSMITTED, SETTLED, None),  # a bank that acknowledges nothing: the day has come
    ],
)
def test_before_the_bank_released_the_file_it_is_asked_to_delete(
    file_state: FileState, on: date, why: NotReversible | None
) -> None:
    sent = debit(OrderState.SUBMITTED, file_state, settled_on=None)
    assert reversible("duplicate", sent, on=on, available_on=date(2026, 11, 18)) is why


def test_a_debit_without_a_known_settlement_is_counted_from_its_effective_date() -> None:
    sent = debit(OrderState.SUBMITTED, settled_on=None)
    assert reversible("duplicate", sent, on=SETTLED, available_on=LAST) is None
    assert reversible("duplicate", sent, on=SETTLED, available_on=THE_DAY_AFTER) is NotReversible.TOO_LATE


def test_what_is_partly_refunded_is_not_reversed_as_a_whole() -> None:
    assert reversible("duplicate", debit(refunded=True), on=SETTLED, available_on=LAST) is NotReversible.REFUNDED


def test_a_whole_file_goes_out_within_24_hours_of_the_discovery() -> None:
    found = datetime(2026, 11, 17, 15, 30, tzinfo=UTC)
    assert send_file_reversal_by(found, SETTLED) == datetime(2026, 11, 18, 15, 30, tzinfo=UTC)


def test_a_reversal_rests_on_its_reason_its_clock_and_its_terms() -> None:
    single = rows_of_reversal("duplicate", settled_on=SETTLED, on=SETTLED)
    whole = rows_of_reversal("duplicate", settled_on=SETTLED, on=SETTLED, whole_file=True)
    assert "clocks/reversal@2000-01-01" in single
    assert "reversal_reasons/duplicate@2000-01-01" in single
    assert set(whole) - set(single) == {
        "reversal_terms/file-discovery@2000-01-01", "reversal_terms/correcting-file@2000-01-01",
    }  # fmt: skip
    assert all(row_of(each) is not None for each in whole)


@pytest.mark.parametrize("why", list(NotReversible))
def test_every_refusal_has_its_sentence(why: NotReversible) -> None:
    fact, _ = told(why, name="duplicate", order="ord_X", last_day=None, on=SETTLED)
    assert fact
    assert "{" not in fact
