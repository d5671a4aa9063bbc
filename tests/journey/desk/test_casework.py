"""Cases and their clocks over a real book: noted, escalated, closed with evidence, and kept by the calendar."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from ingather.actions.authorizations.proof import note_proof_requested
from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.cases import open_case
from ingather.actions.casework import ask_for_statement, close_with_evidence, escalate_case, note_case
from ingather.actions.orders import hold_order, unhold_order
from ingather.actions.rules import take_policy
from ingather.actions.standing_cases import keep_clocks, open_review
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import NoSuch, WrongState
from ingather.domain.returns import OdfiRequestKind
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.policy_watch import CasePolicy
from ingather.rules.tables import policy_text
from ingather.store.reading import cases
from ingather.store.tables import AuditRecord, Feed, OdfiRequest, Order, Return
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at,
    broken,
    night,
    open_cases,
    order_key,
    play,
    returned,
    staged,
    states,
)

LAST_DAY = date(2027, 5, 16)
"""180 calendar days after a debit that settled on Tuesday."""


def opened(stage: Stage, kind: CaseKind = CaseKind.UNMATCHED_RETURN, **more: Any) -> int:  # noqa: ANN401 -- a case's particulars
    """Open a case and return its key."""
    with stage.desk.action() as ctx:
        open_case(
            ctx, kind, originator_id=stage.desk.originator_id(), once="a", subject="it", sentence="It is so.", **more
        )
        (row,) = cases.listed(ctx.session, kind=kind)
    return parse_public_id(Prefix.CASE, row["id"])


def shown(stage: Stage, key: int) -> dict[str, Any]:
    """Return a case as people see it."""
    with stage.desk.view() as ctx:
        found = cases.shown(ctx.session, key, today=ctx.today)
    assert found is not None
    return found


def kept(stage: Stage) -> tuple[int, int, int]:
    """Let the calendar keep the cases, as a night does; returns how many it opened, escalated and closed."""
    desk = stage.desk
    originator_id, policy = desk.originator_id(), desk.policy()
    with desk.action() as ctx:
        found = keep_clocks(ctx, originator_id, policy=policy)
    return found.opened, found.escalated, found.closed


def records(stage: Stage) -> int:
    """Return how long the audit chain is."""
    with stage.desk.view() as ctx:
        return ctx.session.query(AuditRecord).count()


def test_a_case_is_opened_noted_escalated_and_closed_with_what_shows_it(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, book=book_url)
    at(stage, MONDAY)
    key = opened(stage)
    found = shown(stage, key)
    assert (found["due_on"], found["clock"], found["owner"], found["days_left"]) == (
        THURSDAY.isoformat(), "house", "returns_desk", 3,
    )  # fmt: skip
    with stage.desk.as_actor("user:maria").action() as ctx:
        note_case(ctx, key, text="The bank was called.")
        assert escalate_case(ctx, key, reason="they do not call back") == "supervisor"
    with pytest.raises(WrongState, match="with the supervisor already"), stage.desk.action() as ctx:
        escalate_case(ctx, key, reason="again")
    with pytest.raises(WrongState, match="closed with what shows its outcome"), stage.desk.action() as ctx:
        close_with_evidence(ctx, key, outcome="it is Otto's", evidence="  ")
    with stage.desk.as_actor("user:omar").action() as ctx:
        close_with_evidence(ctx, key, outcome="it is Otto's", evidence="letter 7")
    found = shown(stage, key)
    assert [(fact["kind"], fact["actor"]) for fact in found["history"]] == [
        ("opened", "system:night"), ("noted", "user:maria"), ("escalated", "user:maria"), ("closed", "user:omar"),
    ]  # fmt: skip
    assert (found["evidence"], found["closed_by"], found["days_left"]) == ("letter 7", "user:omar", None)
    with pytest.raises(WrongState, match="closed already"), stage.desk.action() as ctx:
        note_case(ctx, key, text="too late")
    with pytest.raises(NoSuch), stage.desk.action() as ctx:
        note_case(ctx, 1, text="nobody")


def test_a_case_near_its_last_day_is_escalated_once_and_not_on_its_first_day(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, book=book_url)
    at(stage, MONDAY)
    near, far = opened(stage, CaseKind.LATE_RETURN, due_on=TUESDAY), opened(stage, CaseKind.CHANGE)
    undated = opened(stage, CaseKind.WRONG_DATA_RETURN)
    assert kept(stage) == (0, 0, 0)
    at(stage, TUESDAY)
    assert kept(stage) == (0, 1, 0)
    before = records(stage)
    assert kept(stage) == (0, 0, 0)
    assert records(stage) == before
    assert [shown(stage, key)["owner"] for key in (near, far, undated)] == ["supervisor"] + ["returns_desk"] * 2
    (told,) = [fact for fact in shown(stage, near)["history"] if fact["kind"] == "escalated"]
    assert told["detail"] == {"to": "supervisor", "before": "returns_desk", "because": f"due {TUESDAY}"}


def test_a_retry_whose_days_end_is_told_two_weeks_before_and_ends_with_them(tmp_path: Path, book_url: str) -> None:
    script = Script(fates={("B 000", 1): returned("R01"), ("B 001", 1): returned("R01")})
    stage = staged(tmp_path, [Sale(), Sale(), Sale()], book=book_url, behaviour=script)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    held = order_key(stage, "b000")
    with stage.desk.action() as ctx:
        hold_order(ctx, held, reason="the buyer asked for time")
    play(stage, THURSDAY, FRIDAY, NEXT_MONDAY)
    assert states(stage)["b000"] == "returned"
    at(stage, LAST_DAY - timedelta(days=15))
    assert kept(stage) == (0, 0, 0)
    at(stage, LAST_DAY - timedelta(days=14))
    assert kept(stage)[0] == 1
    assert kept(stage)[0] == 0
    with stage.desk.view() as ctx:
        (row,) = cases.listed(ctx.session, kind=CaseKind.RETRY_ENDING)
    assert (row["due_on"], row["clock"], row["subject"]) == (
        LAST_DAY.isoformat(), "retry-window", public_id(Prefix.ORDER, held),
    )  # fmt: skip
    at(stage, LAST_DAY + timedelta(days=1), time(9, 0))
    with stage.desk.action() as ctx:
        unhold_order(ctx, held, reason="time is over")
    night(stage, LAST_DAY + timedelta(days=1))
    assert states(stage)["b000"] == "failed"
    assert "retry_ending" not in open_cases(stage)
    assert broken(stage) == []


@pytest.mark.parametrize("because", ["revoked", "proof"])
def test_until_a_consumers_debits_cannot_come_back_any_more_a_case_says_so(tmp_path: Path, because: str) -> None:
    stage = staged(tmp_path, [Sale(), Sale(holder="business"), Sale(due=date(2026, 12, 30))])
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    with stage.desk.action() as ctx:
        rows = [(row.authorization_id, row.id) for row in ctx.session.scalars(select(Order).order_by(Order.id))]
        for authorization_id, order_id in rows:
            if because == "revoked":
                revoke_authorization(ctx, authorization_id, reason="the buyer said so")
            elif order_id != rows[2][1]:
                note_proof_requested(ctx, authorization_id, order_id, on=ctx.today)
    with stage.desk.view() as ctx:
        (row,) = cases.listed(ctx.session, kind=CaseKind.EXTENDED_RETURN)
    # Sixty days after Tuesday the 17th is a Saturday, and the Monday after it a holiday.
    assert (row["due_on"], row["clock"]) == ("2027-01-19", "return-extended")
    at(stage, date(2027, 1, 20))
    assert kept(stage)[2] == 0, "the reports of that day are not in"
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Feed).values(watermark_on=date(2027, 1, 19)))
    assert kept(stage)[2] == 1
    assert "extended_return" not in open_cases(stage)


def test_reviews_are_opened_before_they_are_due_and_counted_from_the_last_one(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, book=book_url)
    originator_id = stage.desk.originator_id()
    text = (
        policy_text("rehearsal").replace("version = 1", "version = 2").replace("_every_months = 0", "_every_months = 3")
    )
    with stage.desk.action() as ctx:
        take_policy(ctx, originator_id, text)
    at(stage, date(2027, 1, 15))
    assert kept(stage) == (0, 0, 0)
    at(stage, date(2027, 1, 16))
    assert kept(stage) == (2, 0, 0)
    assert kept(stage) == (0, 0, 0)
    with stage.desk.view() as ctx:
        found = {row["kind"]: row for row in cases.listed(ctx.session)}
    assert {row["due_on"] for row in found.values()} == {"2027-02-15"}
    with pytest.raises(WrongState, match="is open as"), stage.desk.action() as ctx:
        open_review(ctx, originator_id, CaseKind.ACCESS_REVIEW, policy=CasePolicy())
    key = parse_public_id(Prefix.CASE, found["access_review"]["id"])
    with stage.desk.action() as ctx:
        close_with_evidence(ctx, key, outcome="two accesses taken away", evidence="minutes of 16 January")
    at(stage, date(2027, 3, 16))
    assert kept(stage)[0] == 0
    at(stage, date(2027, 3, 17))
    assert kept(stage)[0] == 1
    with stage.desk.view() as ctx:
        (row,) = cases.listed(ctx.session, kind=CaseKind.ACCESS_REVIEW, state="open")
    assert row["due_on"] == "2027-04-16"


def test_a_live_book_reviews_its_fraud_monitoring_yearly_whatever_its_policy_says(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    at(stage, date(2027, 11, 14))
    assert kept(stage) == (0, 0, 0)
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE book SET mark = 'live'")
        take_policy(ctx, stage.desk.originator_id(), policy_text("rehearsal").replace("version = 1", "version = 2"))
    assert kept(stage)[0] == 1
    assert open_cases(stage) == ["fraud_monitoring_review"]


def test_the_copy_of_a_statement_is_asked_for_once_and_only_where_there_is_one(tmp_path: Path, book_url: str) -> None:
    fates = {("B 000", 1): returned("R10"), ("B 001", 1): returned("R01")}
    stage = staged(tmp_path, [Sale(), Sale()], book=book_url, behaviour=Script(fates=fates))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    at(stage, THURSDAY)
    with stage.desk.view() as ctx:
        back = {row.code: row.id for row in ctx.session.scalars(select(Return))}
    with stage.desk.action() as ctx:
        request, due_on = ask_for_statement(ctx, back["R10"], reason="the buyer signed")
        row = ctx.session.get_one(OdfiRequest, request)
        assert (row.kind, row.about_id, row.state) == (OdfiRequestKind.STATEMENT_COPY, back["R10"], "asked")
    # Ten banking days, and Thanksgiving is none.
    assert due_on == date(2026, 12, 4)
    for code, said in (("R10", "was asked of the ODFI"), ("R01", "needs no written statement")):
        with pytest.raises(WrongState, match=said), stage.desk.action() as ctx:
            ask_for_statement(ctx, back[code], reason="again")
    with pytest.raises(NoSuch), stage.desk.action() as ctx:
        ask_for_statement(ctx, 1, reason="nobody's")
    with stage.desk.view() as ctx:
        (case,) = cases.listed(ctx.session, kind=CaseKind.STATEMENT_COPY)
    assert (case["owner"], case["due_on"], case["clock"]) == ("compliance", "2026-12-04", "statement-copy")
    assert broken(stage) == []
