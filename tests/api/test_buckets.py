"""Buckets of calls: a minute's worth at once and no more, filling evenly, each name for itself."""

from ingather.api.buckets import Buckets


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_calls_may_come_at_once_and_then_one_waits() -> None:
    clock = _Clock()
    buckets = Buckets(clock)
    taken = [buckets.take("a", 6) for _ in range(7)]
    assert [each.remaining for each in taken] == [5, 4, 3, 2, 1, 0, 0]
    assert [each.wait_s for each in taken] == [0] * 6 + [10]
    assert (taken[-1].limit, taken[-1].reset_s) == (6, 60)
    assert buckets.take("b", 6).wait_s == 0


def test_a_bucket_fills_evenly_and_never_over() -> None:
    clock = _Clock()
    buckets = Buckets(clock)
    for _ in range(6):
        buckets.take("a", 6)
    clock.now += 9.9
    assert buckets.take("a", 6).wait_s == 1
    clock.now += 0.2
    assert buckets.take("a", 6).wait_s == 0
    assert buckets.take("a", 6).wait_s > 0
    clock.now += 3_600
    assert buckets.take("a", 6).remaining == 5


def test_looking_takes_nothing() -> None:
    buckets = Buckets(_Clock())
    assert [buckets.look("a", 1).wait_s for _ in range(3)] == [0, 0, 0]
    buckets.take("a", 1)
    assert buckets.look("a", 1).wait_s == 60


def test_a_refused_call_makes_nobody_wait_longer() -> None:
    clock = _Clock()
    buckets = Buckets(clock)
    for _ in range(100):
        buckets.take("a", 6)
    clock.now += 10.1
    assert buckets.take("a", 6).wait_s == 0
