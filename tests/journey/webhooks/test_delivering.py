"""Webhooks delivered for real: in order, tried again, given up, signed anew, and replayed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from ingather.actions.webhooks.endpoints import (
    change_endpoint,
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
)
from ingather.actions.webhooks.messages import ping_endpoint, replay_events, replay_message
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import WrongState
from ingather.domain.webhooks import GIVE_UP_S, RETRIES_S
from ingather.jobs.deliver import Delivered, deliver
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.tables import Merchant, Order, WebhookSecret
from tests.journey.stage import Sale, staged
from tests.journey.webhooks.telling import ALLOWED, deliveries, desk_of, endpoint, happen, later, shown
from tests.receiver import TAKES, Receiver, Says, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path, (Sale(), Sale(merchant="summit")))


def test_what_happens_is_told_in_order_signed_and_only_once(stage: Stage, receiver: Receiver) -> None:
    happen(stage, 2)
    made = endpoint(stage, receiver.url)
    happen(stage, 60)
    assert deliver(desk_of(stage)) == Delivered(taken=60, failed=0, endpoints=1)
    assert receiver.sequences() == list(range(3, 63))
    for came in receiver.came:
        assert came.signed_by(made.text)
        assert Webhook(made.text).verify(came.body, came.headers) == came.json
        assert came.id.startswith("msg_")
        assert len(came.body) < 20_000
    assert len({came.id for came in receiver.came}) == 60
    assert deliver(desk_of(stage)).did == "nothing"
    assert {each["state"] for each in deliveries(stage, made)} == {"delivered"}


def test_what_is_not_taken_is_tried_again_by_the_table_and_holds_back_nobody(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    receiver.answer = lambda came: Says(status=500) if came.json["sequence"] == 2 else TAKES
    happen(stage, 4)
    assert deliver(desk_of(stage)) == Delivered(taken=3, failed=1, endpoints=1)
    assert receiver.sequences() == [1, 2, 3, 4]
    waits = []
    for _ in range(3):
        (due,) = [each for each in deliveries(stage, made) if each["state"] == "due"]
        wait = (due["next_at"] - stage.clock.now).total_seconds()
        waits.append(wait)
        later(stage, wait - 1)
        assert deliver(desk_of(stage)).did == "nothing"
        later(stage, 1)
        assert deliver(desk_of(stage)).failed == 1
    assert all(table <= wait <= table * 1.1 for wait, table in zip(waits, RETRIES_S, strict=False))
    assert len({came.id for came in receiver.came if came.json["sequence"] == 2}) == 1
    receiver.answer = lambda _: TAKES
    later(stage, 10_000)
    assert deliver(desk_of(stage)).taken == 1
    (row,) = [each for each in deliveries(stage, made) if len(each["attempts"]) > 1]
    assert [each["status"] for each in row["attempts"]] == [500, 500, 500, 500, 200]
    assert {each["said"] for each in row["attempts"]} == {"answered 500", "answered 200"}


def test_a_message_is_given_up_when_its_attempts_and_three_days_are_over(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    receiver.answer = lambda _: Says(status=400)
    happen(stage, 1)
    begun = stage.clock.now
    deliver(desk_of(stage))
    while (row := deliveries(stage, made)[0])["state"] == "due":
        stage.clock.move(row["next_at"])
        assert deliver(desk_of(stage)).failed == 1
    assert len(row["attempts"]) == len(RETRIES_S) + 1
    assert (stage.clock.now - begun).total_seconds() > GIVE_UP_S
    assert shown(stage, made)["state"] == "enabled"


def test_an_endpoint_that_says_gone_is_sent_nothing_until_a_person_enables_it(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    receiver.answer = lambda _: Says(status=410)
    happen(stage, 3)
    assert deliver(desk_of(stage)).failed == 1
    assert shown(stage, made)["state"] == "gone"
    receiver.answer = lambda _: TAKES
    later(stage, 100_000)
    assert deliver(desk_of(stage)).did == "nothing"
    with stage.desk.action() as ctx:
        enable_endpoint(ctx, made.endpoint_id)
    assert deliver(desk_of(stage)).taken == 3
    assert receiver.sequences() == [1, 1, 2, 3]


def test_an_endpoint_that_does_not_answer_rests_and_then_gets_everything_in_order(
    stage: Stage, receiver: Receiver
) -> None:
    made = endpoint(stage, receiver.url)
    receiver.answer = lambda _: Says(status=503)
    happen(stage, 10)
    tried = 0
    for _ in range(6):
        assert deliver(desk_of(stage)).failed == 1
        assert deliver(desk_of(stage)).did == "nothing"
        tried += 1
        rest = shown(stage, made)["rest_until"]
        later(stage, (rest - stage.clock.now).total_seconds())
    assert len(receiver.came) == tried
    assert shown(stage, made)["failing_since"] is not None
    receiver.came.clear()
    receiver.answer = lambda _: TAKES
    later(stage, 1_000)
    while deliver(desk_of(stage)).did == "something":
        pass
    assert sorted(receiver.sequences()) == list(range(1, 11))
    assert shown(stage, made)["failing_since"] is None


def test_retry_after_is_honoured(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    receiver.answer = lambda _: Says(status=429, headers={"retry-after": "7000"})
    happen(stage, 2)
    deliver(desk_of(stage))
    receiver.answer = lambda _: TAKES
    later(stage, 6_999)
    assert deliver(desk_of(stage)).did == "nothing"
    later(stage, 2)
    assert deliver(desk_of(stage)).taken == 2
    assert shown(stage, made)["waiting"] == 0


def test_while_secrets_are_rotated_each_of_them_verifies_until_the_old_one_is_over(
    stage: Stage, receiver: Receiver
) -> None:
    made = endpoint(stage, receiver.url)
    with stage.desk.action() as ctx:
        newer = rotate_secret(ctx, made.endpoint_id, overlap_hours=2)
    happen(stage, 1)
    deliver(desk_of(stage))
    later(stage, 7_201)
    happen(stage, 1)
    deliver(desk_of(stage))
    during, after = receiver.came
    assert (during.signed_by(made.text), during.signed_by(newer.text)) == (True, True)
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert (after.signed_by(made.text), after.signed_by(newer.text)) == (False, True)
    for secret in (made.text, newer.text):
        Webhook(secret).verify(during.body, during.headers)
    with stage.desk.view() as ctx:
        kept = b"".join(ctx.session.scalars(select(WebhookSecret.sealed)))
    assert made.text.removeprefix("whsec_").encode() not in kept


def test_a_replay_has_a_new_id_and_tells_of_the_same_event(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url, types=["feed.*"])
    happen(stage, 3)
    happen(stage, 1, scope=Scope.CASE)
    deliver(desk_of(stage))
    first = receiver.came[1]
    with stage.desk.action() as ctx:
        replay_message(ctx, made.endpoint_id, parse_public_id(Prefix.MESSAGE, first.id))
        assert replay_events(ctx, made.endpoint_id, first=2) == 2
    receiver.came.clear()
    assert deliver(desk_of(stage)).taken == 3
    assert receiver.sequences() == [2, 2, 3]
    assert {came.json["id"] for came in receiver.came} == {public_id(Prefix.EVENT, 2), public_id(Prefix.EVENT, 3)}
    assert first.id not in {came.id for came in receiver.came}


def test_an_endpoint_of_one_merchant_is_told_of_that_merchant_alone(stage: Stage, receiver: Receiver) -> None:
    with stage.desk.view() as ctx:
        harbor = ctx.session.execute(select(Merchant.id).where(Merchant.external_id == "harbor")).scalar_one()
        rows = ctx.session.execute(select(Order.id, Order.merchant_id))
        orders = {key: owner for key, owner in rows}  # noqa: C416 -- rows are typed, their mapping is not
    endpoint(stage, receiver.url, merchant_id=harbor)
    for order_id in orders:
        happen(stage, 2, scope=Scope.ORDER, subject=order_id)
    happen(stage, 2, scope=Scope.FILE)
    assert deliver(desk_of(stage)).taken == 2
    mine = {public_id(Prefix.ORDER, key) for key, owner in orders.items() if owner == harbor}
    assert {came.json["object"]["id"] for came in receiver.came} == mine


def test_a_disabled_endpoint_misses_nothing_unless_it_goes_on_from_now(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    with stage.desk.action() as ctx:
        disable_endpoint(ctx, made.endpoint_id, reason="moving")
    happen(stage, 2)
    assert deliver(desk_of(stage)).did == "nothing"
    with stage.desk.action() as ctx, pytest.raises(WrongState):
        ping_endpoint(ctx, made.endpoint_id)
    with stage.desk.action() as ctx:
        enable_endpoint(ctx, made.endpoint_id)
    assert deliver(desk_of(stage)).taken == 2
    with stage.desk.action() as ctx:
        disable_endpoint(ctx, made.endpoint_id, reason="moving")
    happen(stage, 2)
    with stage.desk.action() as ctx:
        enable_endpoint(ctx, made.endpoint_id, from_now=True)
    happen(stage, 1)
    assert deliver(desk_of(stage)).taken == 1
    assert receiver.sequences() == [1, 2, 5]


def test_a_ping_tells_of_nothing_and_shows_that_the_endpoint_answers(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    for _ in range(2):
        with stage.desk.action() as ctx:
            ping_endpoint(ctx, made.endpoint_id)
    assert deliver(desk_of(stage)).taken == 2
    assert [came.json["type"] for came in receiver.came] == ["webhook.ping"] * 2
    assert all(came.signed_by(made.text) for came in receiver.came)


def test_what_is_no_longer_allowed_is_not_called(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, receiver.url)
    happen(stage, 1)
    assert deliver(stage.desk).failed == 1
    assert receiver.came == []
    (row,) = deliveries(stage, made)
    assert [each["said"] for each in row["attempts"]] == [
        "not sent: its name leads to an address that this house does not call"
    ]


def test_an_endpoint_that_moves_is_sent_to_the_new_place(stage: Stage, receiver: Receiver) -> None:
    made = endpoint(stage, "http://127.0.0.1:9/")
    happen(stage, 1)
    assert deliver(desk_of(stage)).failed == 1
    with stage.desk.action() as ctx:
        change_endpoint(ctx, made.endpoint_id, networks=ALLOWED, url=receiver.url)
    later(stage, 6)
    assert deliver(desk_of(stage)).taken == 1


def test_particulars_that_are_too_long_are_left_to_be_read(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.url)
    with stage.desk.action() as ctx:
        ctx.fact(FactKind.NOTED, scope=Scope.CASE, subject=7, originator=stage.desk.originator_id(), text="a" * 40_000)
    assert deliver(desk_of(stage)).taken == 1
    (came,) = receiver.came
    assert (came.json["data"], came.json["data_left_out"], len(came.body) < 20_000) == ({}, True, True)
