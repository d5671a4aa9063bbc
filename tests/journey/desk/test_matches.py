"""Matches of returns: recorded with rule and evidence, undone with a reason, made by hand, until the truth stands."""

from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from ingather.actions.matches.by_hand import MatchedByHand, match_by_hand
from ingather.actions.matches.undoing import Unmatched, approve_undo, refuse_undo, undo_return_match
from ingather.actions.returns.disputing import dispute_return
from ingather.actions.returns.writing_off import write_off
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.reading import matches, returns
from tests.journey.stage import MONDAY, Sale, Script, at, balances, broken, open_cases, order, play, staged, states

DAYS = banking_days(MONDAY, 20)
SALES = [Sale(amount=100), Sale(amount=100), Sale(amount=100, merchant="summit"), Sale(amount=250)]


def played(folder: Path, *, code: str = "R01", days: int = 3, after: int = 1, book: str | None = None) -> Stage:
    """Return a stage on which the debit of the first of three equal orders came back."""
    script = Script(fates={("B 000", 1): Fate(return_code=code, banking_days=after)})
    stage = staged(folder, SALES, behaviour=script, book=book)
    play(stage, *DAYS[:days])
    return stage


def listed(stage: Stage, *, undone: bool | None = None, asked: bool = False) -> list[dict[str, Any]]:
    with stage.desk.view() as ctx:
        return matches.listed(ctx.session, kind=MatchKind.RETURN, undone=undone, asked=asked)


def match_key(stage: Stage) -> int:
    (match,) = listed(stage, undone=False)
    return parse_public_id(Prefix.MATCH, match["id"])


def entry_key(stage: Stage, external_id: str) -> int:
    return parse_public_id(Prefix.ENTRY, order(stage, external_id)["entries"][0]["id"])


def undo(stage: Stage, *, reason: str = "it was of another buyer", match_id: int | None = None) -> Unmatched:
    with stage.desk.action() as ctx:
        return undo_return_match(ctx, match_id or match_key(stage), reason=reason)


def by_hand(stage: Stage, return_id: int | None, external_id: str) -> MatchedByHand:
    assert return_id is not None
    with stage.desk.action() as ctx:
        return match_by_hand(ctx, return_id, entry_key(stage, external_id), reason="the bank told us on the telephone")


def test_a_return_is_matched_with_rule_score_and_what_agreed(tmp_path: Path) -> None:
    stage = played(tmp_path)
    (match,) = listed(stage)
    assert (match["rule"], match["score"], match["amount_minor"], match["by"]) == (
        "reference+trace+amount", 98, -100, "system:night",
    )  # fmt: skip
    with stage.desk.view() as ctx:
        shown = matches.shown(ctx.session, match_key(stage))
    assert shown is not None
    assert shown["order"] == order(stage, "b000")["id"]
    assert shown["evidence"] == {"agreed": ["reference", "trace", "amount", "company", "effective"]}
    assert "reference and trace" in shown["sentence"]


def test_a_wrong_match_is_undone_and_made_by_hand_and_both_orders_end_as_they_should(
    tmp_path: Path, book_url: str
) -> None:
    stage = played(tmp_path, book=book_url)
    assert states(stage)["b000"] == "returned"
    before = balances(stage)
    came = undo(stage)
    assert states(stage)["b000"] == "settled"
    assert open_cases(stage) == ["unmatched_by_hand"]
    assert balances(stage)["return_suspense"] == 100
    assert broken(stage) == []
    made = by_hand(stage, came.return_id, "b001")
    assert made.return_id == came.return_id
    assert states(stage) | {} == {"b000": "settled", "b001": "returned", "b002": "settled", "b003": "settled"}
    assert open_cases(stage) == []
    assert balances(stage) == before | {"return_suspense": 0}
    assert [(row["rule"], row["undone_because"]) for row in listed(stage)] == [
        ("by-hand", None), ("reference+trace+amount", "it was of another buyer"),
    ]  # fmt: skip
    assert broken(stage) == []
    play(stage, *DAYS[3:9])
    assert states(stage)["b000"] == "collected"
    assert order(stage, "b001")["entries"][-1]["presentation"] == 2
    assert broken(stage) == []


def test_what_a_merchant_was_told_is_undone_by_a_second_person_and_told_again(tmp_path: Path) -> None:
    stage = played(tmp_path, code="R10", days=7)
    play(stage, *DAYS[7:9])
    run_settle(stage.desk, as_of=DAYS[8])
    assert (states(stage)["b000"], states(stage)["b001"]) == ("failed", "collected")
    match_id = match_key(stage)
    assert undo(stage).return_id is None
    assert states(stage)["b000"] == "failed"
    assert [row["undo_asked_by"] for row in listed(stage, asked=True)] == ["system:night"]
    with pytest.raises(WrongState, match="asked to undo"):
        undo(stage)
    with pytest.raises(MakerIsChecker), stage.desk.action() as ctx:
        approve_undo(ctx, match_id)
    with stage.desk.action() as ctx:
        came = approve_undo(replace(ctx, actor="ada"), match_id)
    by_hand(stage, came.return_id, "b001")
    assert (states(stage)["b000"], states(stage)["b001"]) == ("collected", "failed")
    play(stage, *DAYS[9:11])
    told = {row["merchant"]: row for row in run_settle(stage.desk, as_of=DAYS[10]).statements}
    lines = {(line["external_id"], line["kind"]): line["amount_minor"] for line in told["harbor"]["lines"]}
    assert lines[("b000", "collected")] == 100
    assert lines[("b001", "clawed_back")] == 100
    assert told["harbor"]["closing_minor"] + told["harbor"]["payable_minor"] == 0
    assert broken(stage) == []


def test_a_claw_back_that_was_of_another_order_is_restored(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): Fate(return_code="R10", calendar_days=14)})
    stage = staged(tmp_path, SALES, behaviour=script)
    play(stage, *DAYS[:9])
    assert states(stage)["b000"] == "collected"
    run_settle(stage.desk, as_of=DAYS[8])
    play(stage, *DAYS[9:12])
    assert states(stage)["b000"] == "failed"
    run_settle(stage.desk, as_of=DAYS[11])
    at(stage, DAYS[12], time(9, 0))
    match_id = match_key(stage)
    undo(stage)
    with stage.desk.action() as ctx:
        came = approve_undo(replace(ctx, actor="ada"), match_id)
    assert states(stage)["b000"] == "collected"
    assert broken(stage) == []
    by_hand(stage, came.return_id, "b002")
    assert states(stage)["b002"] == "failed"
    play(stage, DAYS[12])
    told = {row["merchant"]: row for row in run_settle(stage.desk, as_of=DAYS[12]).statements}
    assert [(line["kind"], line["external_id"]) for line in told["harbor"]["lines"]] == [("restored", "b000")]
    assert [(line["kind"], line["external_id"]) for line in told["summit"]["lines"]] == [("clawed_back", "b002")]
    assert balances(stage)["return_suspense"] == 0
    assert broken(stage) == []


def test_a_match_by_hand_is_undone_like_any_other(tmp_path: Path) -> None:
    stage = played(tmp_path)
    made = by_hand(stage, undo(stage).return_id, "b001")
    again = undo(stage, match_id=made.match_id)
    assert again.return_id not in {None, made.return_id}
    assert states(stage)["b001"] == "settled"
    assert broken(stage) == []
    by_hand(stage, again.return_id, "b000")
    assert states(stage)["b000"] == "returned"
    assert balances(stage)["return_suspense"] == 0
    assert broken(stage) == []


def test_what_was_unmatched_can_be_written_off(tmp_path: Path) -> None:
    stage = played(tmp_path)
    came = undo(stage)
    with stage.desk.action() as ctx:
        write_off(ctx, came.return_id or 0, reason="nobody knows it")
    assert balances(stage)["return_suspense"] == 0
    assert open_cases(stage) == []
    with pytest.raises(WrongState, match="written off"):
        by_hand(stage, came.return_id, "b001")
    assert broken(stage) == []


def test_what_cannot_be_undone_or_matched_is_refused_with_a_sentence(tmp_path: Path) -> None:
    stage = played(tmp_path)
    match_id = match_key(stage)
    (back,) = _returns(stage)
    with pytest.raises(WrongState, match="is applied to"):
        by_hand(stage, back, "b001")
    came = undo(stage)
    with pytest.raises(WrongState, match="is undone already"):
        undo(stage, match_id=match_id)
    with pytest.raises(WrongState, match="is undone already"), stage.desk.action() as ctx:
        refuse_undo(ctx, match_id, reason="no")
    with pytest.raises(WrongState, match="is over"):
        by_hand(stage, came.return_id, "b003")
    by_hand(stage, came.return_id, "b001")
    with pytest.raises(WrongState, match="is applied to"):
        by_hand(stage, came.return_id, "b001")
    assert broken(stage) == []


def test_a_debit_that_came_back_takes_no_second_return_by_hand(tmp_path: Path) -> None:
    fates = {("B 000", 1): Fate(return_code="R01"), ("B 001", 1): Fate(return_code="R01")}
    stage = staged(tmp_path, SALES, behaviour=Script(fates=fates))
    play(stage, *DAYS[:3])
    first = next(row for row in listed(stage) if row["target"] == order(stage, "b000")["entries"][0]["id"])
    came = undo(stage, match_id=parse_public_id(Prefix.MATCH, first["id"]))
    with pytest.raises(WrongState, match="returned already"):
        by_hand(stage, came.return_id, "b001")
    assert broken(stage) == []


def test_a_disputed_return_and_one_that_was_debited_again_keep_their_match(tmp_path: Path) -> None:
    late = staged(
        tmp_path / "late", SALES, behaviour=Script(fates={("B 000", 1): Fate(return_code="R01", banking_days=4)})
    )
    play(late, *DAYS[:6])
    with late.desk.action() as ctx:
        dispute_return(ctx, _returns(late)[0], code="R68", reason="late")
    with pytest.raises(WrongState, match="is in dispute"):
        undo(late)
    again = played(tmp_path / "again", days=10)
    assert len(order(again, "b000")["entries"]) == 2
    with pytest.raises(WrongState, match="debited again"):
        undo(again)


def test_who_asked_may_be_refused_and_the_match_stands(tmp_path: Path) -> None:
    stage = played(tmp_path, code="R10", days=9)
    run_settle(stage.desk, as_of=DAYS[8])
    match_id = match_key(stage)
    undo(stage)
    with stage.desk.action() as ctx:
        refuse_undo(ctx, match_id, reason="the bank says it is right")
    assert listed(stage, asked=True) == []
    assert states(stage)["b000"] == "failed"
    with pytest.raises(WrongState, match="nobody asked"), stage.desk.action() as ctx:
        approve_undo(replace(ctx, actor="ada"), match_id)


def test_a_second_true_return_after_a_wrong_one_is_applied_and_may_be_retried(tmp_path: Path) -> None:
    stage = played(tmp_path)
    by_hand(stage, undo(stage).return_id, "b001")
    # Told by hand, as a return of the first debit that the bank sends now would be.
    came = undo(stage, match_id=match_key(stage))
    by_hand(stage, came.return_id, "b000")
    found = order(stage, "b000")
    assert (found["state"], found["collect_on"] is not None) == ("returned", True)
    assert broken(stage) == []


def _returns(stage: Stage) -> list[int]:
    with stage.desk.view() as ctx:
        return [parse_public_id(Prefix.RETURN, row["id"]) for row in returns.listed(ctx.session)]
