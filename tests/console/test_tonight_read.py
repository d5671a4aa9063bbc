"""What Tonight and Approvals read: the same on both engines, calm in an empty book; and the demo's evening, once."""

from datetime import date, time

from sqlalchemy.orm import Session

from ingather.domain.cases import CaseKind, CaseState
from ingather.jobs.rehearsal.demo_evening import EVENING, prepare_evening
from ingather.store.engine import open_engine, reading
from ingather.store.reading import approving, nights
from ingather.store.reading.cases import listed as cases_listed
from ingather.store.reading.holds import on_hold
from ingather.store.reading.report_calendar import Asked, calendar_of, weekdays_around
from ingather.store.reading.second_persons import asked_of_others
from ingather.store.tables import File
from tests.console.front import Console

TODAY = date(2026, 12, 3)


def _asked(session: Session) -> list[object]:
    days = weekdays_around(TODAY, before=2, after=0)
    asked = Asked(days=days, today=TODAY, expected=date(2026, 12, 2), by=time(10))
    return [
        nights.nights(session, until=TODAY, most=6),
        nights.not_tonight(session, 1, until=TODAY),
        nights.doubtful(session),
        on_hold(session, buffers={}),
        calendar_of(session, asked),
        approving.waiting_files(session),
        approving.decided_files(session),
        asked_of_others(session),
    ]


def test_an_empty_book_has_nothing_to_show(book_url: str) -> None:
    with reading(open_engine(book_url)) as session:
        assert _asked(session) == [[]] * 8
        assert nights.last_refused(session) is None


def test_a_file_without_anything_in_it_is_read_on_either_engine(book_url: str) -> None:
    file = File(id=9, route_id=1, originator_id=1, first_entry_id=1, last_entry_id=2, night_on=TODAY, debit_cents=0)
    with reading(open_engine(book_url)) as session:
        found = [
            approving.batches_three_ways(session, file),
            approving.same_twice(session, file),
            approving.entries_of(session, file),
            approving.night_before(session, file),
            approving.taken_back(session, file.id),
            approving.sides(session, [file], [file]),
        ]
        assert found == [[]] * 6
        assert approving.differences(session, file, file) == ({"missing": 0, "added": 0, "changed": 0}, [])
        assert (approving.voided_before(session, file), approving.successor_of(session, file)) == (None, None)
        assert approving.largest_minor(session, file) == approving.night_minor(session, file) == 0
        assert nights.returned_of(session, [1], since=TODAY) == {}


def test_the_evening_is_prepared_once(shown: Console) -> None:
    assert prepare_evening(shown.desk) is False
    assert shown.desk.clock() >= EVENING
    with shown.desk.view() as ctx:
        kinds = {row["kind"] for row in cases_listed(ctx.session) if row["state"] == CaseState.OPEN}
    assert {CaseKind.UNMATCHED_RETURN, CaseKind.CHANGE, CaseKind.REPORT_GAP} <= kinds
