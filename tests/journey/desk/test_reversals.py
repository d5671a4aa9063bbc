"""Asking for a reversal, by one person and approved by another, until the fifth banking day and for our errors only."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from ingather.actions.follow_ups.asking import ask_file_reversal
from ingather.actions.follow_ups.deciding import (
    approve_file_reversal,
    expire_follow_ups,
    let_be_file_reversal,
    refuse_follow_up,
    withdraw_follow_up,
)
from ingather.actions.follow_ups.ending import end_follow_ups, withdraw_moot
from ingather.actions.follow_ups.notified import note_notified
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.follow_ups import FollowUpState
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate
from ingather.store.tables import Case, Fact, FollowUp
from tests.journey.desk.follow_ups import MARIA, OMAR, approve, listed, refund, reverse, row
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at,
    broken,
    night,
    open_cases,
    play,
    staged,
    states,
)

LAST_DAY = date(2026, 11, 24)
"""The fifth banking day after Tuesday's settlement."""
AFTER_CUTOFF = time(22, 0)


@pytest.fixture
def settled(tmp_path: Path, book_url: str) -> Stage:
    """Return a stage whose three orders settled on Tuesday; the first is collected on Friday."""
    stage = staged(tmp_path / "stage", [Sale(amount=10_000), Sale(amount=700), Sale(amount=900)], book=book_url)
    play(stage, MONDAY, TUESDAY)
    at(stage, WEDNESDAY)
    assert set(states(stage).values()) == {"settled"}
    return stage


@pytest.fixture
def quick(tmp_path: Path) -> Stage:
    """Return the same on one engine."""
    stage = staged(tmp_path / "stage", [Sale(amount=10_000), Sale(amount=700), Sale(amount=900)])
    play(stage, MONDAY, TUESDAY)
    at(stage, WEDNESDAY)
    return stage


def test_a_reversal_waits_for_a_second_person_and_keeps_its_order(settled: Stage) -> None:
    asked = reverse(settled, "b000")
    found = row(settled, asked.follow_up_id)
    assert (found.kind, found.state, found.amount_cents, found.maker, found.checker) == (
        "reversal", "asked", 10_000, MARIA, None,
    )  # fmt: skip
    assert (asked.last_day, asked.correcting, found.last_day, found.of_collected) == (LAST_DAY, False, LAST_DAY, False)
    assert open_cases(settled) == ["reversal"]
    play(settled, WEDNESDAY, THURSDAY, FRIDAY)
    assert states(settled) == {"b000": "settled", "b001": "collected", "b002": "collected"}
    assert row(settled, asked.follow_up_id).state == "asked"
    approve(settled, asked.follow_up_id)
    found = row(settled, asked.follow_up_id)
    assert (found.state, found.checker) == ("wanted", OMAR)
    with settled.desk.view() as ctx:
        kinds = ctx.session.scalars(select(Fact.kind).where(Fact.scope == "follow_up").order_by(Fact.seq)).all()
    assert kinds == ["asked", "approved"]
    assert broken(settled) == []


def test_who_asked_neither_approves_nor_refuses(settled: Stage) -> None:
    asked = reverse(settled, "b000")
    with pytest.raises(MakerIsChecker):
        approve(settled, asked.follow_up_id, actor=MARIA)
    with pytest.raises(MakerIsChecker, match="withdraw"), settled.desk.as_actor(MARIA).action() as ctx:
        refuse_follow_up(ctx, asked.follow_up_id, reason="no")
    # The book refuses it as well, whatever the code says.
    with pytest.raises(IntegrityError), settled.desk.action() as ctx:
        ctx.session.execute(text("UPDATE follow_ups SET state = 'wanted', checker = maker"))
    assert row(settled, asked.follow_up_id).state == "asked"


def test_the_fifth_banking_day_is_the_last_and_the_sixth_is_refused(quick: Stage) -> None:
    at(quick, NEXT_MONDAY)
    assert reverse(quick, "b000").last_day == LAST_DAY
    at(quick, NEXT_MONDAY, AFTER_CUTOFF)
    with pytest.raises(WrongState, match=r"the last day .* is 2026-11-24, and .* ingather order refund ord_"):
        reverse(quick, "b001")
    assert [each["external_id"] for each in listed(quick)] == ["b000"]


def test_what_is_approved_too_late_is_refused_and_the_next_night_withdraws_it(settled: Stage) -> None:
    asked = reverse(settled, "b000")
    at(settled, NEXT_MONDAY, AFTER_CUTOFF)
    with pytest.raises(WrongState, match="cannot go out any more"):
        approve(settled, asked.follow_up_id)
    report = night(settled, LAST_DAY)
    assert report.sealed == []
    found = row(settled, asked.follow_up_id)
    assert (found.state, found.ended_because, found.ended_on) == ("withdrawn", "expired", LAST_DAY)
    assert "reversal" not in open_cases(settled)
    assert broken(settled) == []


def test_an_improper_reason_is_refused_with_the_refund(quick: Stage) -> None:
    for reason in ("remorse", "lack_of_funds", "dispute", "whatever"):
        with pytest.raises(WrongState, match=r"only our own errors are|is no reason") as refusal:
            reverse(quick, "b000", reason=reason)
        assert "ingather order refund" in str(refusal.value)
    assert listed(quick) == []


def test_a_second_reversal_of_a_debit_is_refused(quick: Stage) -> None:
    first = reverse(quick, "b000")
    with pytest.raises(WrongState, match=public_id(Prefix.FOLLOW_UP, first.follow_up_id)):
        reverse(quick, "b000", reason="wrong_amount")
    with quick.desk.action() as ctx:
        withdraw_follow_up(ctx, first.follow_up_id, reason="it was no duplicate")
    again = reverse(quick, "b000", reason="wrong_amount")
    assert again.correcting
    assert [each["state"] for each in listed(quick)] == ["withdrawn", "asked"]


def test_what_is_withdrawn_lets_the_order_be_collected_at_once(settled: Stage) -> None:
    asked = reverse(settled, "b000")
    play(settled, WEDNESDAY, THURSDAY, FRIDAY)
    assert states(settled)["b000"] == "settled"
    with settled.desk.as_actor(OMAR).action() as ctx:
        refuse_follow_up(ctx, asked.follow_up_id, reason="it is no duplicate")
    found = row(settled, asked.follow_up_id)
    assert (found.state, found.checker, found.ended_because) == ("withdrawn", OMAR, "refused")
    assert states(settled)["b000"] == "collected"
    assert open_cases(settled) == []
    assert broken(settled) == []


def test_a_debit_that_is_not_sent_or_not_accepted_is_no_matter_for_a_reversal(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with pytest.raises(WrongState, match=r"has no debit to reverse\. Cancel it"):
        reverse(stage, "b000")
    night(stage, MONDAY)
    with pytest.raises(WrongState, match="Ask it to delete the entry"):
        reverse(stage, "b000")


def test_a_debit_that_came_back_is_not_reversed_and_its_return_withdraws_what_was_asked(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): Fate(return_code="R03", banking_days=2)})
    stage = staged(tmp_path, [Sale(), Sale()], behaviour=script)
    play(stage, MONDAY, TUESDAY)
    at(stage, WEDNESDAY, time(9, 0))
    asked = reverse(stage, "b000")
    play(stage, WEDNESDAY, THURSDAY)
    assert states(stage)["b000"] == "failed"
    found = row(stage, asked.follow_up_id)
    assert (found.state, found.ended_because) == ("withdrawn", "returned")
    assert open_cases(stage) == []
    with pytest.raises(WrongState, match="came back"):
        reverse(stage, "b000")
    assert broken(stage) == []


def test_withdrawing_what_is_moot_touches_nothing_else(quick: Stage) -> None:
    first, second = reverse(quick, "b000"), reverse(quick, "b001")
    with quick.desk.action() as ctx:
        assert withdraw_moot(ctx, [row(quick, first.follow_up_id).original_entry_id], "rejected") == [
            first.follow_up_id
        ]
        assert withdraw_moot(ctx, [row(quick, first.follow_up_id).original_entry_id], "rejected") == []
    assert [row(quick, key.follow_up_id).state for key in (first, second)] == ["withdrawn", "asked"]


def test_the_notice_is_a_duty_until_it_is_on_record(quick: Stage) -> None:
    asked = reverse(quick, "b000")
    (shown,) = listed(quick)
    assert shown["duty"] == "a second person approves it until 2026-11-24"
    _pretend(quick, asked.follow_up_id, FollowUpState.SETTLED)
    (shown,) = listed(quick)
    assert shown["duty"].startswith("tell the buyer why")
    with quick.desk.action() as ctx:
        end_follow_ups(
            ctx, quick.desk.originator_id(), [asked.follow_up_id], state=FollowUpState.DONE, because="done",
            outcome="reversed",
        )  # fmt: skip
    assert open_cases(quick) == ["reversal"]
    with pytest.raises(WrongState, match="has not come yet"), quick.desk.action() as ctx:
        note_notified(ctx, asked.follow_up_id, on=FRIDAY, proof="mail 7")
    with quick.desk.action() as ctx:
        note_notified(ctx, asked.follow_up_id, on=WEDNESDAY, proof="mail 7")
    assert open_cases(quick) == []
    assert listed(quick)[0]["duty"] is None
    with pytest.raises(WrongState, match="on record since"), quick.desk.action() as ctx:
        note_notified(ctx, asked.follow_up_id, on=WEDNESDAY, proof="mail 8")


def _pretend(stage: Stage, follow_up_id: int, state: FollowUpState) -> None:
    """Set a follow-up's state as whoever sends it would have."""
    with stage.desk.action() as ctx:
        ctx.session.get_one(FollowUp, follow_up_id).state = state


def _file_id(stage: Stage) -> int:
    return parse_public_id(Prefix.FILE, all_files(stage)[0]["id"])


def _ask_file(stage: Stage, *, discovered: datetime, reason: str = "duplicate") -> tuple[int, int, int]:
    with stage.desk.as_actor(MARIA).action() as ctx:
        asked = ask_file_reversal(
            ctx, _file_id(stage), reason=reason, words="the file went out twice", discovered_at=discovered
        )
    return asked.debits, asked.cents, asked.left_out


def test_a_whole_file_is_asked_for_approved_and_let_be_at_once(settled: Stage) -> None:
    reverse(settled, "b001")
    discovered = datetime.combine(WEDNESDAY, time(9, 0), tzinfo=NEW_YORK)
    assert _ask_file(settled, discovered=discovered) == (2, 10_900, 1)
    rows = listed(settled)
    assert [each["send_by"] is None for each in rows] == [True, False, False]
    assert {each["last_day"] for each in rows} == {LAST_DAY.isoformat()}
    file_id = _file_id(settled)
    with pytest.raises(MakerIsChecker), settled.desk.as_actor(MARIA).action() as ctx:
        approve_file_reversal(ctx, file_id)
    with settled.desk.as_actor(OMAR).action() as ctx:
        decided = approve_file_reversal(ctx, file_id)
    assert (decided.follow_ups, decided.minor, decided.unfit) == (3, 11_600, 0)
    with settled.desk.view() as ctx:
        cases = ctx.session.execute(select(func.count()).where(Case.kind == "reversal", Case.state == "open")).scalar()
    assert cases == 3
    with settled.desk.action() as ctx:
        assert let_be_file_reversal(ctx, file_id, reason="no error after all", refused=False).follow_ups == 3
    assert {each["state"] for each in listed(settled)} == {"withdrawn"}
    assert open_cases(settled) == []
    assert broken(settled) == []


def test_a_file_is_reversed_within_24_hours_of_the_discovery(quick: Stage) -> None:
    now = quick.clock.now
    with pytest.raises(WrongState, match="more than 24 hours ago"):
        _ask_file(quick, discovered=now - timedelta(hours=24, seconds=1))
    with pytest.raises(WrongState, match="after now"):
        _ask_file(quick, discovered=now + timedelta(seconds=1))
    assert listed(quick) == []
    assert _ask_file(quick, discovered=now - timedelta(hours=24))[0] == 3


def test_a_file_reversal_not_sent_in_its_24_hours_is_withdrawn(quick: Stage) -> None:
    discovered = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
    assert _ask_file(quick, discovered=discovered)[0] == 3
    at(quick, THURSDAY, time(9, 59))
    with quick.desk.action() as ctx:
        assert expire_follow_ups(ctx, quick.desk.originator_id()) == 0
    at(quick, THURSDAY, time(10, 1))
    with quick.desk.action() as ctx:
        assert expire_follow_ups(ctx, quick.desk.originator_id()) == 3


def test_an_order_that_is_refunded_in_part_is_not_reversed(quick: Stage) -> None:
    play(quick, WEDNESDAY, THURSDAY, FRIDAY)
    refund(quick, "b000", 1)
    with pytest.raises(WrongState, match="a refund of order"):
        reverse(quick, "b000")
    assert _ask_file(quick, discovered=quick.clock.now) == (2, 1_600, 1)


def test_a_reversal_and_a_refund_go_their_whole_way(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=10_000), Sale(amount=700, holder="business")])
    play(stage, MONDAY, TUESDAY)
    at(stage, WEDNESDAY, time(9, 0))
    asked = reverse(stage, "b000")
    approve(stage, asked.follow_up_id)
    with stage.desk.action() as ctx:
        note_notified(ctx, asked.follow_up_id, on=WEDNESDAY, proof="mail 7")
    play(stage, WEDNESDAY, THURSDAY, FRIDAY)
    at(stage, NEXT_MONDAY, time(9, 0))
    back = refund(stage, "b001", 300)
    play(stage, NEXT_MONDAY, LAST_DAY, date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 30))
    assert states(stage) == {"b000": "reversed", "b001": "collected"}
    assert [row(stage, key).state for key in (asked.follow_up_id, back.follow_up_id)] == ["done", "done"]
    assert not {"reversal", "refund"} & set(open_cases(stage))
    with pytest.raises(WrongState, match="is reversed already"):
        reverse(stage, "b000")
    with pytest.raises(WrongState, match="There is nothing to give back"):
        refund(stage, "b000", 1)
    assert refund(stage, "b001", 400).left_minor == 0
    assert broken(stage) == []
