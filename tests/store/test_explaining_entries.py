"""An entry that came back before it moved and its return come to nothing; whatever else is open stays so."""

from datetime import date, timedelta

from ingather.domain.reconciliation import MatchKind
from ingather.rules.reconciliation import Reasons
from ingather.store.reading.explaining_entries import never_moved

DAY = date(2026, 11, 19)


def reasons(*rows: tuple[MatchKind, int, int, str, date]) -> Reasons:
    found = Reasons()
    for kind, batch, amount, reference, on in rows:
        found.add(kind, batch, batch=batch, amount=amount, on=on, reference=reference)
    return found


ENTRY = (MatchKind.SETTLEMENT, 7, 1_000, "ORDER1", DAY)
BACK = (MatchKind.RETURN_POSTING, 7, -1_000, "ORDER1", DAY)


def test_neither_has_moved_when_both_should_have() -> None:
    other = (MatchKind.SETTLEMENT, 7, 1_000, "ORDER2", DAY)
    assert never_moved(reasons(other, ENTRY, BACK), set(), DAY) == {1, 2}


def test_what_a_posting_explains_has_moved() -> None:
    assert never_moved(reasons(ENTRY, BACK), {0}, DAY) == set()
    assert never_moved(reasons(ENTRY, BACK), {1}, DAY) == set()


def test_what_may_still_move_is_waited_for() -> None:
    later = (MatchKind.RETURN_POSTING, 7, -1_000, "ORDER1", DAY + timedelta(days=1))
    assert never_moved(reasons(ENTRY, later), set(), DAY) == set()


def test_only_the_entrys_own_return_of_its_amount_and_batch_counts() -> None:
    for wrong in (
        (MatchKind.RETURN_POSTING, 7, -999, "ORDER1", DAY),
        (MatchKind.RETURN_POSTING, 7, -1_000, "ORDER2", DAY),
        (MatchKind.RETURN_POSTING, 8, -1_000, "ORDER1", DAY),
        (MatchKind.RETURN_POSTING, 7, -1_000, "", DAY),
    ):
        assert never_moved(reasons(ENTRY, wrong), set(), DAY) == set()
