"""When a message is tried again, when an endpoint rests, and what a status means."""

import pytest

from ingather.domain.webhooks import (
    GIVE_UP_S,
    RESTS_S,
    RETRIES_S,
    Verdict,
    is_spent,
    rest_s,
    retry_after_s,
    verdict_of,
)


def test_attempts_reach_over_three_days_each_after_a_longer_wait() -> None:
    waits = [retry_after_s(made, lambda _: 0) for made in range(1, len(RETRIES_S) + 1)]
    assert waits == sorted(RETRIES_S)
    assert 3 * 86_400 < sum(waits) < 4 * 86_400
    assert retry_after_s(40, lambda _: 0) == RETRIES_S[-1]


def test_a_wait_is_up_to_a_tenth_longer_so_that_not_all_come_back_at_once() -> None:
    assert retry_after_s(2, lambda below: below - 1) == 330
    assert rest_s(1, lambda below: below - 1) == 5
    assert [rest_s(failures, lambda _: 0) for failures in range(1, 8)] == [*RESTS_S, 900, 900]


def test_a_message_is_spent_after_its_attempts_and_its_days() -> None:
    assert not is_spent(len(RETRIES_S), GIVE_UP_S * 2)
    assert not is_spent(len(RETRIES_S) + 1, GIVE_UP_S - 1)
    assert is_spent(len(RETRIES_S) + 1, GIVE_UP_S)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((200, 201, 202, 204, 299), Verdict.TAKEN),
        ((410,), Verdict.GONE),
        ((429, 502, 503, 504), Verdict.NO_ANSWER),
        ((301, 302, 307, 308, 400, 401, 403, 404, 500), Verdict.NOT_TAKEN),
    ],
)
def test_what_a_status_means(statuses: tuple[int, ...], verdict: Verdict) -> None:
    assert {verdict_of(status) for status in statuses} == {verdict}
