"""The feed: identity does not depend on bytes, and a gap or a bad report stops it where it stands."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingather.reports.feed import Link, Placement, complete_through, identity_of, missing_sequences, place
from ingather.reports.items import Carrier, Report

FIRST_DAY = date(2026, 11, 2)
REPORT = Report(
    carrier=Carrier.STR_DELIMITED,
    bank="EXAMUS33",
    account="1",
    sequence=7,
    business_date=FIRST_DAY,
    report_id="STR-7",
    status="UPDATE",
)


def link(sequence: int, *, complete: bool = True) -> Link:
    return Link(
        identity=("str", "EXAMUS33", "1", "", str(sequence)),
        sha256=str(sequence).encode(),
        sequence=sequence,
        business_date=FIRST_DAY + timedelta(days=sequence),
        complete=complete,
    )


def test_the_same_id_in_another_year_or_account_is_another_report() -> None:
    later = replace(REPORT, business_date=FIRST_DAY.replace(year=2027))
    assert identity_of(later) != identity_of(REPORT)
    assert identity_of(replace(REPORT, account="11", report_id="TR-7")) != identity_of(REPORT)


def test_the_same_report_in_the_other_width_is_in_conflict_not_new() -> None:
    known = [replace(link(7), identity=identity_of(REPORT), sha256=b"one")]
    assert place(known, replace(REPORT, carrier=Carrier.STR_FIXED), b"two") is Placement.CONFLICT
    assert place(known, REPORT, b"one") is Placement.SAME_AGAIN


def test_a_test_report_is_never_part_of_the_feed() -> None:
    assert place([], replace(REPORT, status="TEST"), b"x") is Placement.TEST


def test_an_empty_feed_is_complete_through_nothing() -> None:
    assert complete_through([]) is None
    assert missing_sequences([]) == []


def test_a_report_with_errors_stops_the_feed_until_a_good_one_comes() -> None:
    feed = [link(1), link(2, complete=False), link(3)]
    assert complete_through(feed) == FIRST_DAY + timedelta(days=1)
    assert complete_through([*feed, link(2)]) == FIRST_DAY + timedelta(days=3)
    assert complete_through([link(1, complete=False), link(2)]) is None


@given(arrivals=st.lists(st.integers(1, 30), min_size=1))
def test_neither_order_nor_repetition_of_arrival_changes_anything(arrivals: list[int]) -> None:
    feed = [link(number) for number in arrivals]
    came = set(arrivals)
    last = min(came)
    while last + 1 in came:
        last += 1
    assert complete_through(feed) == FIRST_DAY + timedelta(days=last)
    assert missing_sequences(feed) == [number for number in range(min(came), max(came)) if number not in came]
