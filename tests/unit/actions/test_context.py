"""Keys are minted in order and never twice; the day is New York's."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ingather.actions.context import Ids
from tests.journey.stage import Sale, staged


def test_keys_ascend_and_never_repeat_however_many_a_moment_takes() -> None:
    ids = Ids(lambda: datetime(2026, 11, 16, tzinfo=UTC), node=3)
    minted = [*ids.many(10_000).tolist(), ids.one(), *ids.many(5).tolist()]
    assert minted == sorted(set(minted))


def test_a_clock_that_goes_back_mints_no_key_twice() -> None:
    now = [datetime(2026, 11, 16, tzinfo=UTC)]
    ids = Ids(lambda: now[0], node=3)
    first = ids.many(10).tolist()
    now[0] -= timedelta(hours=1)
    assert min(ids.many(10).tolist()) > max(first)


def test_two_nodes_mint_different_keys_in_the_same_moment() -> None:
    one, other = (Ids(lambda: datetime(2026, 11, 16, tzinfo=UTC), node=node) for node in (1, 2))
    assert not set(one.many(5_000).tolist()) & set(other.many(5_000).tolist())


def test_no_keys_are_no_keys() -> None:
    assert Ids(lambda: datetime(2026, 11, 16, tzinfo=UTC), node=1).many(0).tolist() == []


def test_the_day_of_an_action_is_new_yorks(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    stage.clock.move(datetime(2026, 11, 17, 4, 30, tzinfo=UTC))
    with stage.desk.view() as ctx:
        assert ctx.today == date(2026, 11, 16)
