"""Reconciliation in the console: each day's equations, who closes and who signs, and what explains a posting."""

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import text

from ingather.base.ids import Prefix, public_id
from ingather.console.reconciliation import EQUATIONS
from ingather.jobs.reconcile import accounts_of, day_of_account
from tests.console.front import Browser, Console


def _feed(console: Console) -> str:
    return public_id(Prefix.FEED, accounts_of(console.desk)[0].row.feed_id)


def _sheet(browser: Browser, address: str) -> list[dict[str, str]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def _acted(console: Console, *verbs: str) -> int:
    with console.desk.engine.connect() as connection:
        found = connection.execute(text("SELECT verb FROM audit")).scalars().all()
    return sum(each in verbs for each in found)


def test_each_day_stands_in_the_list_as_it_is_measured(shown: Console) -> None:
    rows = _sheet(shown.browser("vera"), "/reconciliation.csv")
    assert [row["day"] for row in rows][:2] == ["2026-12-02", "2026-12-01"]
    account = accounts_of(shown.desk)[0]
    with shown.desk.view() as ctx:
        for row in rows[:3]:
            report, _ = day_of_account(ctx, account, date.fromisoformat(row["day"]))
            assert [row[name] for name in EQUATIONS] == [
                f"{(each.left - each.right) / 100:.2f}" for each in report.equations
            ]
            assert (row["postings"], row["explained"]) == (str(report.sums.postings), str(report.sums.matched))
    page = shown.browser("vera").get("/reconciliation").text
    assert "Nothing is in suspense" in page


def test_a_row_that_the_list_had_no_time_for_is_asked_for_by_itself(
    shown: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingather.console.reconciliation._MOST_S", -1.0)
    monkeypatch.setattr("ingather.console.reconciliation._KEPT_S", 0.0)
    page = shown.browser("vera").get("/reconciliation").text
    asked = re.findall(r'hx-get="([^"]+)"', page)
    assert len(asked) == page.count("Measure it")
    assert asked
    row = shown.browser("vera").get(asked[0]).text
    assert "<html" not in row
    assert row.count("holds") == len(EQUATIONS)


def test_a_day_shows_each_posting_with_what_explains_it(shown: Console) -> None:
    vera, feed = shown.browser("vera"), _feed(shown)
    page = vera.get(f"/reconciliation/{feed}/2026-11-23").text
    assert "every equation holds" in page
    assert re.search(r"batch \d+ of\s*<a href=\"/files/fil_", page)
    assert re.search(r'<a href="/returns/ret_[0-9A-Z]+">the return</a>', page)
    rows = _sheet(vera, f"/reconciliation/{feed}/2026-11-23/postings.csv")
    assert len(rows) == 21
    assert {row["explained"] for row in rows} == {"True"}
    assert "Every posting of the day is explained." in vera.get(f"/reconciliation/{feed}/2026-11-23", only="open").text
    assert "Nothing moved on the account" in vera.get(f"/reconciliation/{feed}/2026-12-02").text
    assert vera.get(f"/reconciliation/{feed}/never").status_code == 422
    assert vera.get("/reconciliation/fed_nothing/2026-11-23").status_code == 404


def test_a_day_is_closed_by_one_person_and_signed_by_another_once(console: Console) -> None:
    maria, nadia, feed = console.browser("maria"), console.browser("nadia"), _feed(console)
    address = f"/reconciliation/{feed}/2026-11-23"
    assert nadia.post(f"{address}/sign", code=nadia.code()).status_code == 404
    assert nadia.post(f"{address}/close").status_code == 403
    assert maria.post(f"{address}/close").status_code == 303
    assert "closed, to sign" in maria.get("/reconciliation").text
    assert maria.post(f"{address}/sign", code=maria.code()).status_code == 403
    assert "An approver signs" in maria.get(address).text or "You closed it" in maria.get(address).text
    assert nadia.post(f"{address}/sign", note="seen").status_code in {401, 403}
    assert nadia.post(f"{address}/sign", code=nadia.code(), note="<i>seen</i>").status_code == 303
    page = nadia.get(address).text
    assert "&lt;i&gt;seen&lt;/i&gt;" in page
    assert f"{address}/sign" not in page
    assert maria.post(f"{address}/close").status_code == 409
    assert _acted(console, "close_day", "sign_day") == 2


def test_who_closed_a_day_does_not_sign_it(console: Console) -> None:
    maria, nadia, feed = console.browser("maria"), console.browser("nadia"), _feed(console)
    address = f"/reconciliation/{feed}/2026-11-24"
    assert maria.post(f"{address}/close").status_code == 303
    with console.desk.engine.begin() as connection:
        connection.execute(text("UPDATE bank_days SET made_by = 'user:nadia'"))
    page = nadia.get(address).text
    assert "You closed it: another person signs." in page
    assert nadia.post(f"{address}/sign", code=nadia.code()).status_code in {403, 409}


def test_what_a_person_undoes_is_in_suspense_and_explained_again_by_hand(console: Console) -> None:
    maria, feed = console.browser("maria"), _feed(console)
    page = maria.get(f"/reconciliation/{feed}/2026-11-23").text
    posting = re.findall(r'href="/postings/(pst_[0-9A-Z]+)"', page)[0]
    shown = maria.get(f"/postings/{posting}").text
    match = re.search(r'name="match" value="(mat_[0-9A-Z]+)"', shown)
    assert match
    assert maria.post(f"/postings/{posting}/undo", match=match[1], reason="").status_code == 422
    assert console.browser("vera").post(f"/postings/{posting}/undo", match=match[1], reason="x").status_code == 403
    assert maria.post(f"/postings/{posting}/undo", match=match[1], reason="another batch").status_code == 303
    assert posting in maria.get("/reconciliation").text
    open_rows = _sheet(maria, f"/reconciliation/{feed}/2026-11-23/postings.csv")
    assert sum(row["explained"] == "False" for row in open_rows) == 1
    typed = maria.post(f"/postings/{posting}/match", what="", reason="I know")
    assert (typed.status_code, 'value="I know"' in typed.text) == (422, True)
    assert maria.post(f"/postings/{posting}/match", what="note", reason="The bank told us by phone").status_code == 303
    assert "The bank told us by phone" in maria.get(f"/postings/{posting}").text
    assert _acted(console, "undo_posting_match", "match_posting") == 2


def test_who_may_not_read_reports_is_told_so(shown: Console) -> None:
    assert shown.browser("kim").get("/reconciliation").status_code == 403


def test_the_chinese_page_says_nothing_in_english_of_its_own(shown: Console) -> None:
    vera, feed = shown.browser("vera"), _feed(shown)
    vera.post("/look", language="zh", next="/")
    for address in ("/reconciliation", f"/reconciliation/{feed}/2026-11-23"):
        page = vera.get(address).text
        assert "对账" in page
        for words in ("Banking day", "Postings", "holds", "What must hold", "settlement", "Close", "nothing"):
            assert not re.search(rf">[^<]*\b{words}\b", page), (address, words)
