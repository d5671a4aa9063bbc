"""The watermark: one missing report, number or cent stops it, and a late arrival moves it on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.calendar import banking_days_between
from ingather.rules.watermark import Completeness, GapKind, Terms, Told, completeness, covers

MONDAY = date(2026, 11, 16)
DAYS = banking_days_between(MONDAY, date(2026, 12, 4))
FEED = list(enumerate(DAYS, 7))


def told(*reports: tuple[int, date], mode: str = "DELTA") -> list[Told]:
    """Return final STR reports of these numbers and days."""
    return [Told(series="str", family="str", day=day, sequence=number, mode=mode) for number, day in reports]


def found(*reports: tuple[int, date], terms: Terms | None = None, start: date | None = MONDAY) -> Completeness:
    """Return how complete these reports are."""
    return completeness(told(*reports), start=start, terms=terms or Terms())


def test_without_reports_nothing_is_complete() -> None:
    assert found() == Completeness()


def test_thanksgiving_and_weekends_need_no_report() -> None:
    assert found(*FEED).through == date(2026, 12, 4)


def test_the_last_report_seen_is_not_the_watermark() -> None:
    complete = found(*(row for row in FEED if row[0] != 9))
    assert complete.through == DAYS[1]
    assert [(gap.kind, gap.name, gap.days) for gap in complete.gaps] == [(GapKind.NUMBER, "9", frozenset({DAYS[2]}))]
    assert complete.covered == frozenset(DAYS[3:])


def test_a_day_without_a_report_stops_it_even_when_the_numbers_follow() -> None:
    complete = found((7, DAYS[0]), (8, DAYS[2]))
    assert (complete.through, [gap.name for gap in complete.gaps]) == (DAYS[0], [str(DAYS[1])])


def test_a_missing_number_of_no_certain_day_holds_all_it_may_be_about() -> None:
    feed = [(7, DAYS[0]), (10, DAYS[1]), (11, DAYS[2])]
    complete = found(*feed)
    assert (complete.through, complete.covered) == (DAYS[0], frozenset({DAYS[2]}))
    assert [(gap.name, gap.days) for gap in complete.gaps] == [("8 to 9", frozenset({DAYS[1]}))]


def test_numbers_that_begin_anew_with_the_year_are_no_gap() -> None:
    assert found((250, DAYS[0]), (251, DAYS[1]), (1, DAYS[2]), (2, DAYS[3])) == Completeness(through=DAYS[3])


def test_reports_that_never_began_are_missed() -> None:
    complete = found(*FEED[3:])
    assert (complete.through, [gap.name for gap in complete.gaps]) == (None, [str(day) for day in DAYS[:3]])


def test_earlier_reports_only_say_where_the_numbers_begin() -> None:
    assert found((6, MONDAY - timedelta(days=3)), *FEED).through == DAYS[-1]


def test_intraday_reports_share_the_numbers_and_prove_no_day() -> None:
    reports = told((7, DAYS[0]), (9, DAYS[1]))
    between = Told(series="str", family="str", day=DAYS[1], sequence=8, final=False)
    assert completeness([*reports, between], start=MONDAY, terms=Terms()).through == DAYS[1]
    alone = completeness([reports[0], between], start=MONDAY, terms=Terms())
    assert (alone.through, alone.gaps) == (DAYS[0], ())


def test_a_cumulative_report_heals_the_numbers_of_its_own_day() -> None:
    reports = [*told((7, DAYS[0])), *told((12, DAYS[1]), mode="CUMULATIVE")]
    assert completeness(reports, start=MONDAY, terms=Terms()) == Completeness(through=DAYS[1])


def test_numbers_of_a_day_begin_at_one() -> None:
    terms = Terms(numbered="account_day")
    assert found((1, DAYS[0]), (1, DAYS[1]), terms=terms).through == DAYS[1]
    complete = found((1, DAYS[0]), (2, DAYS[1]), terms=terms)
    assert (complete.through, [gap.name for gap in complete.gaps]) == (DAYS[0], [f"1 of {DAYS[1]}"])


def test_without_numbers_the_days_decide() -> None:
    reports = [Told(series="bai2", family="bai2", day=day) for day in (DAYS[0], DAYS[2])]
    terms = Terms(numbered="none", proving=frozenset({"bai2"}))
    complete = completeness(reports, start=MONDAY, terms=terms)
    assert (complete.through, [gap.kind for gap in complete.gaps]) == (DAYS[0], [GapKind.DAY])
    assert completeness(reports, start=MONDAY, terms=Terms(proving=frozenset({"bai2"}))).through is None


def test_a_report_that_is_late_by_the_clock_is_a_gap_before_any_later_one_came() -> None:
    complete = found((7, DAYS[0]), terms=Terms(due_through=DAYS[1]))
    assert [(gap.kind, gap.name) for gap in complete.gaps] == [(GapKind.LATE, str(DAYS[1]))]
    assert found((7, DAYS[0]), (9, DAYS[2]), terms=Terms(due_through=DAYS[2])).gaps == complete.gaps


def test_a_balance_that_does_not_go_on_is_a_gap_although_the_numbers_follow() -> None:
    def day(number: int, opening: int, closing: int) -> Told:
        return Told(series="str", family="str", day=DAYS[number], sequence=7 + number, opening_minor=opening,
                    closing_minor=closing)  # fmt: skip

    broken = completeness([day(0, 0, 5), day(1, 6, 9), day(2, 9, 9)], start=MONDAY, terms=Terms())
    assert [(gap.kind, gap.days) for gap in broken.gaps] == [(GapKind.BREAK, frozenset({DAYS[1]}))]
    assert (broken.through, broken.covered) == (DAYS[0], frozenset({DAYS[2]}))
    without = completeness([day(0, 0, 5), day(1, 6, 9)], start=MONDAY, terms=Terms(chain=False))
    assert without == Completeness(through=DAYS[1])
    # What a missing report explains is no second gap.
    missing = completeness([day(0, 0, 5), day(2, 9, 9)], start=MONDAY, terms=Terms())
    assert [gap.kind for gap in missing.gaps] == [GapKind.NUMBER]
    signed = Terms(signed=frozenset({DAYS[1]}))
    assert completeness([day(0, 0, 5), day(2, 9, 9)], start=MONDAY, terms=signed) == Completeness(through=DAYS[2])


def test_a_statement_proves_a_day_only_when_its_return_postings_are_the_returns() -> None:
    def terms(*tied: int) -> Terms:
        return Terms(numbered="none", tied={DAYS[number]: number in tied for number in range(3)})

    assert found(*FEED[:2], terms=terms(0, 1)).through == DAYS[1]
    assert found(*FEED[:2], terms=terms(0)) == Completeness(through=DAYS[0])
    later = found(*FEED[:3], terms=terms(0, 2))
    assert (later.through, [gap.kind for gap in later.gaps]) == (DAYS[0], [GapKind.UNTIED])


def test_a_day_that_two_persons_signed_is_complete() -> None:
    complete = found(*(row for row in FEED if row[0] != 9), terms=Terms(signed=frozenset({DAYS[2]})))
    assert complete == Completeness(through=DAYS[-1])


@pytest.mark.parametrize(
    ("settled", "held", "answer"), [(0, 2, "yes"), (0, 3, "no"), (3, 5, "no"), (4, 6, "yes"), (2, 5, "no")]
)
def test_a_window_is_covered_when_no_gap_lies_in_it(settled: int, held: int, answer: str) -> None:
    complete = found(*(row for row in FEED if row[1] != DAYS[3]))
    through, days = complete.through, complete.covered
    assert covers(DAYS[settled], DAYS[held], through=through, covered=days) is (answer == "yes")


@given(missing=st.sets(st.sampled_from(FEED)), order=st.randoms(use_true_random=False))
def test_it_is_the_day_before_the_first_missing_one_in_any_order(missing: set[tuple[int, date]], order: object) -> None:
    feed = [row for row in FEED if row not in missing]
    order.shuffle(feed)  # type: ignore[attr-defined]  # Hypothesis types its randoms as Random, with a private name
    through = found(*feed).through
    complete = DAYS[: min((DAYS.index(day) for _, day in missing), default=len(DAYS))]
    # Numbers that are missing at the very beginning are not known; their days are.
    assert through == (complete[-1] if complete and feed else None)
