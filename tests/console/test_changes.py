"""Notices of change in the console: old beside new without digits, the clock, and what a person decides."""

import csv
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.corrections import showing
from ingather.console import gate
from ingather.store.tables import AuditRecord
from tests.console.desk_story import NEW_NUMBER, NUMBERS, returns_desk
from tests.console.front import Console

pytestmark = pytest.mark.xdist_group("console-desk")  # its book is played once


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """Return a console on the desk's book, where two notices wait."""
    return returns_desk(tmp_path_factory.mktemp("changes") / "book")


def _changes(console: Console) -> dict[str, str]:
    with console.desk.view() as ctx:
        return {row["code"]: row["id"] for row in showing.listed(ctx)}


def test_the_list_shows_old_and_new_by_their_ends_and_the_clock(desk: Console) -> None:
    vera = desk.browser("vera")
    page = vera.get("/changes")
    assert page.status_code == 200
    assert re.findall(r'<td class="kind">(C\d\d)</td>', page.text) == ["C01", "C02"]
    assert f"•{NEW_NUMBER[-4:]}" in page.text
    assert "011401533" in page.text
    assert page.text.count('class="clk"') == 2
    assert "5 left" in page.text
    sheet = list(csv.DictReader(io.StringIO(vera.get("/changes.csv").text)))
    assert [(row["code"], row["days_left"]) for row in sheet] == [("C01", "5"), ("C02", "5")]
    one = vera.get(f"/changes/{_changes(desk)['C01']}").text
    assert "You only look" in one
    assert re.search(r'href="/files/fil_\w+\?line=\d+#L\d+"', one)
    assert desk.browser("kim").get("/changes").status_code == 403
    assert vera.get("/changes/cor_0000000000000").status_code == 404
    assert vera.post(f"/changes/{_changes(desk)['C01']}/apply").status_code == 403


def test_a_notice_is_applied_once_and_another_refused_and_taken_back(tmp_path: Path) -> None:
    console = returns_desk(tmp_path / "book")
    maria, ids = console.browser("maria"), _changes(console)
    assert maria.post(f"/changes/{ids['C01']}/apply").status_code == 303
    assert maria.post(f"/changes/{ids['C01']}/apply").status_code == 409
    applied = maria.get(f"/changes/{ids['C01']}").text
    assert ("The next one carries it" in applied, "by maria" in applied) == (True, True)
    left = maria.post(f"/changes/{ids['C02']}/leave", reason="we do not believe it")
    assert (left.status_code, "we do not believe it" in left.text) == (409, True)
    nameless = maria.post(f"/changes/{ids['C02']}/refuse", reason="no")
    assert nameless.status_code in {409, 422}
    assert maria.post(f"/changes/{ids['C02']}/refuse", as_code="C67", reason="not our buyer").status_code == 303
    assert "as C67" in maria.get(f"/changes/{ids['C02']}").text
    assert "Nothing waits" in maria.get("/changes").text
    assert maria.post(f"/changes/{ids['C02']}/withdraw", reason="it was our buyer").status_code == 303
    assert re.findall(r'<td class="kind">(C\d\d)</td>', maria.get("/changes").text) == ["C02"]
    assert re.findall(r'<td class="kind">(C\d\d)</td>', maria.get("/changes", which="all").text) == ["C02", "C01"]
    with console.desk.view() as ctx:
        verbs = list(ctx.session.scalars(select(AuditRecord.verb)))
    assert (verbs.count("apply_change"), verbs.count("refuse_change")) == (1, 1)


def test_no_account_number_is_on_any_page_and_chinese_pages_are_chinese(desk: Console) -> None:
    maria = desk.browser("maria")
    maria.http.cookies.set(gate.LANGUAGE, "zh")
    pages = [maria.get("/changes").text, *(maria.get(f"/changes/{each}").text for each in _changes(desk).values())]
    pages.append(maria.get("/changes.csv").text)
    assert not any(number in page for number in NUMBERS for page in pages)
    assert "旧值与新值" in pages[0]
    assert not re.search(r"Notices of change|banking days|Apply it|Leave it|Because", "".join(pages[:-1]))
