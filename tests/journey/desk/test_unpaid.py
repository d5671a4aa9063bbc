"""A merchant whose collected money waits too long raises an alarm, once, until it is paid."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from ingather.actions.settlements.making import settle_merchants
from ingather.jobs.night import run
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import cases
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
    night,
    open_cases,
    play,
    returned,
    staged,
    states,
)
from tests.unit.cli.shell import at_book

WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
COLLECTED_ON = FRIDAY
LATE = COLLECTED_ON + timedelta(days=7)


def collected(folder: Path, *sales: Sale, book: str | None = None, script: Script | None = None) -> Stage:
    """Return a stage on Friday evening, with everything collected."""
    stage = staged(folder, sales, book=book, behaviour=script or Script())
    play(stage, *WEEK)
    return stage


def settle(stage: Stage, day: date) -> None:
    """Make the merchants' statements of a day, late in the evening."""
    at(stage, day, time(22, 0))
    with stage.desk.action() as ctx:
        settle_merchants(ctx, stage.desk.originator_id(), as_of=day)


def test_after_the_policys_days_there_is_one_case_for_each_merchant_until_it_is_paid(
    tmp_path: Path, book_url: str
) -> None:
    stage = collected(tmp_path, Sale(amount=700), Sale(amount=800), Sale(amount=900, merchant="summit"), book=book_url)
    assert set(states(stage).values()) == {"collected"}
    assert night(stage, LATE - timedelta(days=1)).unpaid == []
    report = night(stage, LATE)
    assert (report.unpaid, report.did) == (["harbor", "summit"], "nothing")
    assert night(stage, LATE + timedelta(days=1)).unpaid == ["harbor", "summit"]
    assert open_cases(stage) == ["merchant_unpaid"] * 2
    with stage.desk.view() as ctx:
        sentences = [row["sentence"] for row in cases.listed(ctx.session, state="open")]
    assert any("Merchant harbor is owed 15.00 USD, collected since 2026-11-20" in text for text in sentences)
    settle(stage, LATE + timedelta(days=2))
    assert night(stage, LATE + timedelta(days=3)).unpaid == []
    assert open_cases(stage) == []


def test_a_merchant_that_was_paid_is_unpaid_again_only_for_what_came_after(tmp_path: Path) -> None:
    stage = collected(tmp_path, Sale(amount=700), Sale(amount=800, due=NEXT_MONDAY + timedelta(days=1)))
    settle(stage, FRIDAY)
    play(stage, *(NEXT_MONDAY + timedelta(days=ahead) for ahead in (0, 1, 2, 4, 7)))
    assert set(states(stage).values()) == {"collected"}
    assert night(stage, date(2026, 12, 1)).unpaid == []
    found = [day for day in range(2, 16) if night(stage, date(2026, 12, day)).unpaid]
    assert found
    assert found[0] >= 4
    with stage.desk.view() as ctx:
        (case,) = cases.listed(ctx.session, state="open")
    assert "owed 8.00 USD" in case["sentence"]


def test_what_came_back_again_is_not_owed(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R10", after=0, days=9)})
    stage = collected(tmp_path, Sale(amount=700), script=script)
    assert states(stage) == {"b000": "collected"}
    play(stage, *(NEXT_MONDAY + timedelta(days=ahead) for ahead in (0, 1, 2, 4, 7, 8)))
    assert states(stage)["b000"] in {"returned", "failed"}
    assert night(stage, date(2026, 12, 10)).unpaid == []


def test_the_night_says_it_on_its_page_and_in_json(tmp_path: Path) -> None:
    stage = collected(tmp_path, Sale(amount=700))
    said = at_book(stage, "night", "--as-of", LATE.isoformat(), "--json")
    assert (said.code, said.json["unpaid"]) == (0, ["harbor"])
    page = at_book(stage, "night", "--as-of", LATE.isoformat())
    assert "unpaid 1 merchant(s) wait for their money: harbor" in page.words


def test_forgetting_the_alarm_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = collected(tmp_path, Sale(amount=700))
    monkeypatch.setattr(run, "note_unpaid", lambda *_: [])
    assert night(stage, LATE).unpaid == []
    assert open_cases(stage) == []
