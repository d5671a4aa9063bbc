"""Reconciling by the command line: what is explained, what is open, and what a person says of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ingather.domain.facts import FactKind, Scope
from ingather.domain.reconciliation import DayState
from ingather.domain.refusals import ExitCode
from ingather.jobs.reconcile import run_reconcile
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.tables import BankDay, Fact
from tests.journey.reconcile.money import correction_of, posting, report_of, with_money
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at,
    bank_evening,
    broken,
    deliver,
    night,
    play,
    returned,
    staged,
)
from tests.unit.cli.shell import Said, at_book

SALES = [Sale(amount=5_000), Sale(amount=7_000), Sale(amount=900, merchant="summit")]
NSF = Script(fates={("B 001", 1): returned("R01")})


def said(stage: Stage, *words: str) -> Said:
    """Type a verb of ``reconcile`` at the stage's instant."""
    return at_book(stage, "reconcile", *words, "--as-of", stage.clock.now.isoformat())


def reconciled(stage: Stage) -> Any:  # noqa: ANN401 -- the JSON value that was printed
    return said(stage, "run", "--json").json


def kinds(stage: Stage) -> dict[str, int]:
    """Return the open questions about money, by kind."""
    [day] = reconciled(stage)["days"]
    return {each["kind"]: each["count"] for each in day["suspense"]}


def evening_with(stage: Stage, **changes: Any) -> None:  # noqa: ANN401 -- what the report is changed by
    """Play a Tuesday whose report has other money in it."""
    night(stage, TUESDAY)
    things = bank_evening(stage, TUESDAY)
    report = report_of(things)
    at(stage, TUESDAY, (stage.clock.now + timedelta(hours=3)).time())
    deliver(stage, *(with_money(each, **changes) if each is report else each for each in things))


def test_a_week_is_explained_to_the_cent(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, SALES, behaviour=NSF, fee_cents=250, book=book_url)
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
        play(stage, day)
        report = run_reconcile(stage.desk)
        assert report.exit_code == ExitCode.DONE
        [last] = report.days
        assert [each.id for each in last.equations if not each.holds] == []
        assert last.sums.postings == last.sums.matched
    assert broken(stage) == []
    assert run_reconcile(stage.desk).did == "nothing"


def test_a_day_is_closed_by_one_person_and_signed_by_another(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES, behaviour=NSF, fee_cents=250)
    play(stage, MONDAY, TUESDAY)
    early = said(stage, "close", "2026-11-18", "--as", "rita")
    assert "The statement of 2026-11-18 has not come" in early.words
    closed = said(stage, "close", "2026-11-17", "--to", str(tmp_path / "days"), "--as", "rita")
    assert closed.code == ExitCode.DONE, closed
    [page] = (tmp_path / "days").iterdir()
    text = page.read_text("utf-8")
    assert "Every equation of the day holds." in text
    assert "<script" not in text
    assert "http" not in text
    assert "A second person approves" in said(stage, "sign", "2026-11-17", "--as", "rita").words
    signed = said(stage, "sign", "2026-11-17", "--as", "sam", "--json")
    assert (signed.code, signed.json["signed_by"]) == (ExitCode.DONE, "user:sam")
    assert "is signed" in said(stage, "close", "2026-11-17", "--as", "rita").words
    assert broken(stage) == []


def test_a_credit_that_nobody_expects_is_asked_about_and_matched_by_hand(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES)
    play(stage, MONDAY)
    evening_with(stage, add=[posting(4_200, ref="X1")])
    assert said(stage, "run").code == ExitCode.UNMATCHED
    [row] = at_book(stage, "reconcile", "list", "--json").json
    assert (row["amount_minor"], row["event"]) == (4_200, "receipt")
    assert kinds(stage) == {}, "a banking day is left for what may still tell of it"
    closed = said(stage, "close", "2026-11-17", "--as", "rita")
    assert closed.code == ExitCode.UNMATCHED or "balanced" in closed.words
    play(stage, WEDNESDAY)
    assert kinds(stage) == {"orphan_credit": 1}
    assert broken(stage) == []
    matched = said(stage, "match", row["id"], "--note", "--reason", "the interest of the month", "--as", "rita",
                   "--json").json  # fmt: skip
    assert kinds(stage) == {}
    assert broken(stage) == []
    undone = said(stage, "undo", matched["match"], "--reason", "it is not", "--as", "rita")
    assert undone.code == ExitCode.DONE
    assert kinds(stage) == {"orphan_credit": 1}
    assert said(stage, "undo", matched["match"], "--reason", "again", "--as", "rita").code == ExitCode.HAS_ERRORS
    shown = at_book(stage, "reconcile", "show", row["id"], "--json").json
    assert [each["undone_because"] for each in shown["matches"]] == ["it is not"]
    assert broken(stage) == []


def test_a_match_of_the_rules_that_a_person_undoes_is_not_made_again(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES)
    play(stage, MONDAY, TUESDAY)
    rows = at_book(stage, "reconcile", "list", "--all", "--json").json
    shown = at_book(stage, "reconcile", "show", rows[0]["id"], "--json").json
    [match] = shown["matches"]
    assert match["rule"] == "bank-reference"
    said(stage, "undo", match["id"], "--reason", "another batch", "--as", "rita")
    report = reconciled(stage)
    assert (report["did"], report["exit_code"]) == ("nothing", ExitCode.UNMATCHED)
    assert broken(stage) == []
    again = said(stage, "match", rows[0]["id"], "--batch", match["target"], "--reason", "it was", "--as", "rita")
    assert again.code == ExitCode.DONE
    assert said(stage, "run").code == ExitCode.DONE
    assert broken(stage) == []


def test_a_settlement_that_is_short_names_what_it_names(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES[:2])
    play(stage, MONDAY)
    evening_with(stage, change=("166", -100))
    play(stage, WEDNESDAY)
    assert kinds(stage).get("short_settlement") == 1
    [day] = reconciled(stage)["days"]
    assert day["gaps"] == 1, "Wednesday opens with another balance than Tuesday closed with"
    assert broken(stage) == []


def test_a_signed_day_that_is_corrected_is_open_again(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES[:2])
    play(stage, MONDAY)
    night(stage, TUESDAY)
    things = bank_evening(stage, TUESDAY)
    deliver(stage, *things)
    assert said(stage, "close", "2026-11-17", "--as", "rita").code == ExitCode.DONE
    assert said(stage, "sign", "2026-11-17", "--as", "sam").code == ExitCode.DONE
    deliver(stage, correction_of(with_money(report_of(things), add=[posting(-300, ref="X9", code="698")])))
    assert said(stage, "sign", "2026-11-17", "--as", "sam").code == ExitCode.HAS_ERRORS
    with stage.desk.view() as ctx:
        [day] = ctx.session.scalars(select(BankDay))
        assert (day.state, day.signed_by) == (DayState.OPEN, None)
        facts = set(ctx.session.scalars(select(Fact.kind).where(Fact.scope == Scope.FEED)))
    assert {FactKind.RECONCILED, FactKind.SIGNED_OFF, FactKind.REOPENED} <= facts
    assert broken(stage) == []


def test_a_settlement_without_its_posting_is_missing_until_it_comes(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES[:2])
    play(stage, MONDAY)
    evening_with(stage, without="166")
    assert said(stage, "run").code == ExitCode.UNMATCHED
    play(stage, WEDNESDAY)
    assert kinds(stage) == {"missing_settlement": 1}
    assert broken(stage) == []


def test_what_is_not_a_day_or_one_thing_is_refused_in_a_sentence(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES[:1])
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert said(stage, "close", "2026-11-01", "--as", "rita").code == ExitCode.HAS_ERRORS
    assert said(stage, "close", "Friday", "--as", "rita").code == ExitCode.USAGE
    assert said(stage, "sign", FRIDAY.isoformat(), "--as", "rita").code == ExitCode.HAS_ERRORS
    [row, *_] = at_book(stage, "reconcile", "list", "--all", "--json").json
    assert "A posting is one thing" in said(stage, "match", row["id"], "--reason", "x", "--as", "rita").words
    assert "is explained already" in said(
        stage, "match", row["id"], "--note", "--reason", "x", "--as", "rita"
    ).words  # fmt: skip
    assert said(stage, "--feed", "fed_0000000000000").code == ExitCode.HAS_ERRORS
