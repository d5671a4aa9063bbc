"""Changes of every code stand in the columns that the code wants; garbled ones do not."""

import pytest

from ingather.nacha.change_codes import CHANGE_CODES
from ingather.nacha.reader import read
from ingather.reports.recognise import read_report
from ingather.rules.changes import read_change
from ingather.simulator.behaviour import Fate
from ingather.simulator.chance import TEN_THOUSAND
from ingather.simulator.odds import Follows, Odds, Scenario
from ingather.simulator.state import Delivery, Kind
from tests.unit.simulator.requests import told
from tests.unit.simulator.town import (
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    WEDNESDAY,
    Batch,
    Script,
    bank,
    debits,
    eastern,
    nacha_file,
    play,
    sent_on_monday,
)

APPLIED = ("C01", "C02", "C03", "C05", "C06", "C07")
KEPT = ("C04", "C09", "C10", "C13", "C14")


def changed(fate: Fate) -> list[Delivery]:
    """Return the evening on which the change of one entry is told."""
    played = bank(Script(fates={("ORD0000", 1): fate}))
    sent_on_monday(played, *debits(1))
    return play(played, MONDAY, 3)[WEDNESDAY]


@pytest.mark.parametrize("code", [*APPLIED, *KEPT])
def test_a_change_of_each_code_is_told_alike_by_report_and_file(code: str) -> None:
    evening = changed(Fate(change_code=code))
    [row] = told(evening, "N")
    [file] = [item for item in evening if item.kind is Kind.CHANGE]
    report = read_report(file.data, near=WEDNESDAY)
    assert (report.changes.code, [text.rstrip() for text in report.changes.corrected]) == ([row[1]], [row[4]])
    problems = {problem.check for problem in read(file.data).problems} - {"destination-routing"}
    assert problems == (set() if code in CHANGE_CODES else {"unknown-change-code"})


@pytest.mark.parametrize("code", APPLIED)
def test_what_the_account_codes_correct_can_be_applied_by_column(code: str) -> None:
    [row] = told(changed(Fate(change_code=code)), "N")
    correction = read_change(code, row[4])
    assert correction.problems == ()
    assert correction.account is not None or correction.routing is not None or correction.transaction_code is not None


@pytest.mark.parametrize("code", APPLIED)
def test_a_garbled_change_can_not_be_applied(code: str) -> None:
    [row] = told(changed(Fate(change_code=code, garbled=True)), "N")
    assert read_change(code, row[4]).problems


@pytest.mark.parametrize("code", [*APPLIED, *KEPT])
def test_an_account_is_told_until_it_is_right_and_what_changes_nothing_is_told_once(code: str) -> None:
    row = Odds(code=code, per_10_000=TEN_THOUSAND, follows=Follows.ACCOUNT)
    played = bank(Scenario(name="told", sentence="Every account is answered.", changes=(row,)))
    sent_on_monday(played, *debits(1))
    again = Batch(debits=debits(1), effective=NEXT_TUESDAY)
    played.receive("again.ach", nacha_file(again, created=eastern(NEXT_MONDAY)), eastern(NEXT_MONDAY))
    told_codes = [row[1] for evening in play(played, MONDAY, 14).values() for row in told(evening, "N")]
    assert told_codes == [code] * (2 if code in APPLIED else 1)
