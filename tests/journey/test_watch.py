"""The watch, rehearsed: for each alarm a scenario fires it, its page of the runbook is typed, and it is gone."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import ExitCode
from ingather.jobs.watch import watch
from ingather.rules.alarms import alarm, gravest
from ingather.simulator.behaviour import Fate
from tests.journey.alarm_stages import WEEK, fired, paying, typed
from tests.journey.alarms import REHEARSED, judged
from tests.journey.desk.follow_ups import reverse
from tests.journey.pages import pages
from tests.journey.stage import FRIDAY, MONDAY, Sale, Script, at, broken, changed_terms, play, staged
from tests.unit.cli.shell import at_book


@pytest.mark.parametrize("name", REHEARSED)
def test_an_alarm_fires_and_ends_as_its_page_says(tmp_path: Path, name: str) -> None:
    found = REHEARSED[name](tmp_path)
    page = pages()[name]
    instant = found.stage.clock.now.astimezone(NEW_YORK).isoformat()
    told = at_book(found.stage, "watch", "--as-of", instant, "--json").json
    told_of = [each for each in told["alarms"] if each["id"] == name]
    assert told_of
    raised = [alarm(each["id"], on=MONDAY, subject="it", sentence="It is so.") for each in told["alarms"]]
    assert told["exit_code"] == gravest(raised) != ExitCode.DONE
    assert all(each["runbook"] == f"docs/runbook.md#{name}" and each["type"] for each in told_of)
    for command in page.look:
        said = typed(found.stage, command, found.values)
        assert said.code != ExitCode.USAGE, (command, said)
    found.meanwhile()
    for command in page.do:
        said = typed(found.stage, command, found.values)
        assert said.code not in {ExitCode.USAGE, ExitCode.HAS_ERRORS}, (command, said)
    assert name not in fired(found.stage, full=True)
    assert broken(found.stage) == []


def test_a_good_week_raises_no_alarm_and_leaves_no_record(tmp_path: Path) -> None:
    stage = paying(tmp_path)
    for day in WEEK:
        play(stage, day)
        before = typed(stage, "ingather audit verify --json", {}).json["records"]
        quiet = typed(stage, "ingather watch", {})
        assert (quiet.code, quiet.words) == (0, "Nothing is wrong.")
        assert typed(stage, "ingather audit verify --json", {}).json["records"] == before


def test_both_engines_answer_alike(tmp_path: Path, book_url: str) -> None:
    twice = Fate(return_code="R10", again_after=1)
    stage = staged(
        tmp_path,
        [Sale(amount=600), Sale(amount=300), Sale(amount=300)],
        book=book_url,
        profile=changed_terms(exposure_limit__debit_cents=1_000),
        behaviour=Script(fates={("B 000", 1): twice}),
    )
    judged(stage)
    play(stage, MONDAY)
    assert fired(stage) == ["exposure-hit"]
    play(stage, *WEEK[1:])
    assert "rate-over-limit" in fired(stage)
    asked = reverse(stage, "b001")
    at(stage, FRIDAY + timedelta(days=12), time(19, 0))
    found = {each.id: each for each in watch(stage.desk, full=True)}
    assert set(found) == {
        "no-night", "report-late", "overdue-case", "suspense-old", "rate-over-limit", "unpaid-merchant",
        "follow-up-waiting", "host-behind",
    }  # fmt: skip
    assert found["follow-up-waiting"].subject == public_id(Prefix.FOLLOW_UP, asked.follow_up_id)
    assert "owed 3.00 USD" in found["unpaid-merchant"].sentence
    assert "6.00 USD of 1 case(s) duplicate return" in found["suspense-old"].sentence
