"""Two nights at once, and a night against people, on each engine: each order in one file, no word overtaken."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.files.sealing import seal_file
from ingather.actions.orders import cancel_order, hold_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import LostClaim, Refusal
from ingather.jobs.desk import Desk
from ingather.jobs.night import due_files
from ingather.jobs.night import run as night_run
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import banking_days
from ingather.store.locks import HeldLock
from ingather.store.reading import orders
from tests.crash.checking import LEFT, LOST, faults
from tests.crash.killing import ended
from tests.crash.stories import Story, begin, evening
from tests.race.together import together

pytestmark = pytest.mark.xdist_group("races")
_ROUNDS = 12
_UNLOCKED_ROUNDS = 10
_DAYS = banking_days(START, _ROUNDS)
_IN_TWO_FILES = "SELECT order_id, count(*) FROM entries WHERE ended IS NULL GROUP BY order_id HAVING count(*) > 1"
_OVERTAKEN = """
    SELECT e.order_id, x.kind FROM entries e
    JOIN facts s ON s.kind = 'sending' AND s.scope = 'file' AND s.subject_id = e.file_id
    JOIN orders o ON o.id = e.order_id
    JOIN facts x ON (x.scope = 'order' AND x.subject_id = o.id AND x.kind IN ('canceled', 'held'))
                 OR (x.scope = 'authorization' AND x.subject_id = o.authorization_id AND x.kind = 'revoked')
    WHERE e.ended IS NULL AND x.seq < s.seq
"""


def _story(folder: Path, url: str, *, count: int, rounds: int) -> Story:
    story, _ = begin(
        folder, url=None if url.startswith("sqlite") else url, orders=count, due=banking_days(START, rounds + 1)
    )
    return story


def _night(story: Story, day: date, node: int) -> Callable[[Callable[[], None]], dict[str, Any]]:
    def job(wait: Callable[[], None]) -> dict[str, Any]:
        lost: list[int] = []

        def counted(*args: Any) -> int:  # noqa: ANN401 -- as the sealing takes them
            try:
                return seal_file(*args)
            except LostClaim:
                lost.append(1)
                raise

        pytest.MonkeyPatch().setattr(due_files, "seal_file", counted)
        desk = story.desk(evening(on=day), node=node)
        wait()
        try:
            report = night_run.run_night(desk)
        except Refusal as refusal:
            says = {"refused": type(refusal).__name__, "exit": int(refusal.exit_code), "sentence": str(refusal)}
            return says | {"did": "nothing", "lost": len(lost)}
        return {"refused": "", "exit": int(report.exit_code), "did": report.did, "lost": len(lost)}

    return job


def test_of_two_nights_one_does_the_work_and_the_other_says_so(tmp_path: Path, book_url: str) -> None:
    story = _story(tmp_path, book_url, count=120, rounds=_ROUNDS)
    heard = 0
    for day in _DAYS:
        both = [ended(ran) for ran in together([_night(story, day, 1), _night(story, day, 2)])]
        assert [night["exit"] for night in both] == [0, 0]
        assert sorted(night["did"] for night in both) in (["nothing", "something"], ["nothing", "nothing"])
        for night in both:
            assert night["refused"] in {"", "NightRunning"}
            if night["refused"]:
                heard += 1
                assert night["sentence"].startswith("another night is running")
    assert heard >= _ROUNDS // 2
    assert not story.rows(_IN_TWO_FILES)
    assert not faults(story, minute=60 * 24 * 60)


def test_without_the_lock_the_claim_still_keeps_each_order_in_one_file(tmp_path: Path, book_url: str) -> None:
    story = _story(tmp_path, book_url, count=120, rounds=_UNLOCKED_ROUNDS)

    def no_lock(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(night_run, "night_lock", lambda _: nullcontext(HeldLock(lambda: None)))

    lost = 0
    for day in _DAYS[:_UNLOCKED_ROUNDS]:
        both = [ended(ran) for ran in together([_night(story, day, 1), _night(story, day, 2)], plant=no_lock)]
        lost += sum(night["lost"] for night in both)
        (alone,) = together([_night(story, day, 3)])
        ended(alone)
        assert not story.rows(_IN_TWO_FILES)
    assert lost, "no claim was ever lost: the two nights never met"
    # The one that comes too late may leave what it laid for a file that has gone meanwhile; the bank never takes that.
    assert not [fault for fault in faults(story, minute=60 * 24 * 60) if not fault.startswith(LEFT)]


def _people(story: Story, day: date, seed: int) -> Callable[[Callable[[], None]], dict[str, int]]:
    def act(desk: Desk, order: dict[str, Any], authorization_id: int, verb: str) -> bool:
        order_id = parse_public_id(Prefix.ORDER, order["id"])
        try:
            with desk.action() as ctx:
                match verb:
                    case "cancel":
                        cancel_order(ctx, order_id, reason="asked for")
                    case "hold":
                        hold_order(ctx, order_id, reason="asked for")
                    case _:
                        revoke_authorization(ctx, authorization_id, reason="asked for")
        except Refusal:
            return False
        return True

    def job(wait: Callable[[], None]) -> dict[str, int]:
        draw = Random(seed)  # noqa: S311 -- a test wants repeatable draws
        desk = story.desk(evening(on=day), node=3, actor="ana")
        with desk.view() as ctx:
            waiting = [
                order
                for order in orders.listed(ctx.session, state="open")
                if order["due_on"] <= banking_days(day, 2)[-1].isoformat()
            ]
        authorizations = dict(story.rows("SELECT id, authorization_id FROM orders"))
        chosen = draw.sample(waiting, k=min(12, len(waiting)))
        wait()
        done = dict.fromkeys(("cancel", "hold", "revoke"), 0)
        for order in chosen:
            verb = draw.choice(list(done))
            authorization_id = authorizations[parse_public_id(Prefix.ORDER, order["id"])]
            done[verb] += act(desk, order, authorization_id, verb)
        return done

    return job


def test_what_people_stop_before_the_intent_is_never_sent(tmp_path: Path, book_url: str) -> None:
    story = _story(tmp_path, book_url, count=160, rounds=_UNLOCKED_ROUNDS)
    done = dict.fromkeys(("cancel", "hold", "revoke"), 0)
    for seed, day in enumerate(_DAYS[:_UNLOCKED_ROUNDS]):
        night, people = together([_night(story, day, 1), _people(story, day, seed)])
        assert not ended(night)["refused"]
        for verb, times in ended(people).items():
            done[verb] += times
        assert not story.rows(_OVERTAKEN)
    assert all(done.values())
    assert not story.rows(_IN_TWO_FILES)
    assert not [fault for fault in faults(story, minute=60 * 24 * 60) if not fault.startswith(LOST)]
