"""Delivering goes wrong: a death, a slow or dead endpoint, two at once; and the worker that delivers between runs."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import update

from ingather.actions.webhooks.messages import replay_events
from ingather.domain.refusals import BookRestored, DeliverRunning
from ingather.jobs.deliver import Delivered, deliver, tidy
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.work import DELIVER_WITHIN_S, work
from ingather.store.locks import deliver_lock
from ingather.store.tables import Book
from tests.crash.killing import Steps, run
from tests.journey.stage import Sale, staged
from tests.journey.webhooks.telling import deliveries, desk_of, endpoint, happen, later
from tests.receiver import TAKES, Receiver, Says, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path, (Sale(), Sale(merchant="summit")))


def test_a_death_between_sending_and_noting_sends_again_under_the_same_id(stage: Stage, receiver: Receiver) -> None:
    class Died(BaseException):
        """The process ends here."""

    def die(step: str, **_: object) -> None:
        if step == "delivered" and len(receiver.came) == 3:
            raise Died

    made = endpoint(stage, receiver.url)
    happen(stage, 5)
    with pytest.raises(Died):
        deliver(replace(desk_of(stage), tell=die))
    assert len(receiver.came) == 3
    assert {each["state"] for each in deliveries(stage, made)} == {"due"}
    assert deliver(desk_of(stage)).taken == 5
    assert receiver.sequences() == [1, 2, 3, 1, 2, 3, 4, 5]
    assert [came.id for came in receiver.came[:3]] == [came.id for came in receiver.came[3:6]]


def test_whoever_is_killed_in_a_delivery_loses_nothing(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    for round_ in range(1, 4):
        happen(stage, 4)

        def deliver_and_die(_: Steps, sends: int = round_) -> None:
            sent = count(1)

            def tell(step: str, **_: object) -> None:
                if step == "delivered" and next(sent) == sends:
                    os.kill(os.getpid(), signal.SIGKILL)

            deliver(replace(desk_of(stage), tell=tell))

        assert run(deliver_and_die).killed
    assert deliver(desk_of(stage)).taken == 12
    assert sorted(set(receiver.sequences())) == list(range(1, 13))
    by_event: dict[int, set[str]] = {}
    for came in receiver.came:
        by_event.setdefault(came.json["sequence"], set()).add(came.id)
    assert all(len(ids) == 1 for ids in by_event.values())
    assert {each["state"] for each in deliveries(stage, made)} == {"delivered"}


def test_the_worker_delivers_between_its_runs_and_makes_no_row_of_it(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.url)
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) <= 3:
            happen(stage, 2)
        return len(waits) > 4

    ended = list(work(desk_of(stage), holder="here:1", wait=wait))
    assert max(waits) <= DELIVER_WITHIN_S
    mine = [came for came in receiver.came if came.json["type"] == "feed.reconciled"]
    assert len(mine) == 6
    assert len([each for each in ended if each.kind == "deliver"]) == 1


def test_without_endpoints_the_worker_asks_no_more_often_than_before(stage: Stage) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return True

    list(work(stage.desk, holder="here:1", wait=wait))
    assert waits == [60.0]


def test_a_receiver_that_never_ends_its_answers_holds_no_run_up(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.url)
    receiver.answer = lambda _: Says(after_s=0.2)
    happen(stage, 50)
    begun = perf_counter()
    assert 0 < deliver(desk_of(stage), for_s=1).taken < 50
    assert perf_counter() - begun < 5


def test_old_deliveries_are_forgotten_and_their_events_are_not(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    happen(stage, 3)
    deliver(desk_of(stage))
    later(stage, 89 * 86_400)
    assert tidy(stage.desk) == 0
    later(stage, 2 * 86_400)
    assert tidy(stage.desk) == 3
    assert deliveries(stage, made) == []
    assert deliver(desk_of(stage)).did == "nothing"
    with stage.desk.action() as ctx:
        assert replay_events(ctx, made.endpoint_id, first=1) == 3


def test_a_restored_copy_tells_nobody_anything(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.url)
    happen(stage, 1)
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Book).values(state="restored"))
    with pytest.raises(BookRestored):
        deliver(desk_of(stage))
    assert receiver.came == []


def test_two_never_deliver_at_once(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.url)
    with deliver_lock(stage.desk.engine), pytest.raises(DeliverRunning):
        deliver(desk_of(stage))


def test_a_dead_endpoint_keeps_no_other_waiting(stage: Stage, receiver: Receiver) -> None:
    dead = endpoint(stage, "http://127.0.0.1:9/")
    endpoint(stage, receiver.url)
    happen(stage, 100)
    assert deliver(desk_of(stage)) == Delivered(taken=100, failed=1, endpoints=2)
    assert len([each for each in deliveries(stage, dead) if each["attempts"]]) == 1


def test_attempts_are_made_on_both_engines(tmp_path: Path, book_url: str, receiver: Receiver) -> None:
    stage = staged(tmp_path, (Sale(),), book=book_url)
    made = endpoint(stage, receiver.url)
    receiver.answer = lambda came: Says(status=500) if came.json["sequence"] == 2 else TAKES
    happen(stage, 3)
    assert deliver(desk_of(stage)) == Delivered(taken=2, failed=1, endpoints=1)
    later(stage, 6)
    receiver.answer = lambda _: TAKES
    assert deliver(desk_of(stage)).taken == 1
    assert [len(each["attempts"]) for each in deliveries(stage, made)] == [1, 2, 1]
