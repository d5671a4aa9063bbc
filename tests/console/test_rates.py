"""The rates in the console: the figures of the rules, each with its rows behind it, and in both languages."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from ingather.jobs.rates import Which, rates_of
from ingather.rules.rates import Slice
from tests.console.front import Browser, Console
from tests.console.on_a_day import on_last_day


@pytest.fixture(scope="module")
def vera(shown: Console) -> Browser:
    """Return the browser of the viewer on the demo's last day."""
    return on_last_day(shown).browser("vera")


def _sheet(browser: Browser, address: str) -> list[dict[str, str]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("by", ["merchant", "sec", "company"])
@pytest.mark.parametrize("method", ["period", "files", "cohort"])
def test_each_slice_has_the_figures_that_the_rules_give(shown: Console, vera: Browser, by: str, method: str) -> None:
    told = rates_of(on_last_day(shown).desk, by=Slice(by), which=Which(method))["rates"]
    assert told
    sheet = _sheet(vera, f"/rates/slices.csv?by={by}&method={method}")
    given = {(row["slice"], row["rate"]): (row["returns"], row["debits"], row["more"], row["level"]) for row in sheet}
    assert given == {
        (row["name"], row["rate"]): (
            str(row["returns"]), str(row["debits"]), str(row["more_until_limit"]), row["level"]
        )
        for row in told
    }  # fmt: skip
    page = vera.get(f"/rates?by={by}&method={method}").text
    for row in told:
        assert row["rate_bps"] is None or f"{row['rate_bps'] / 100:.2f}" in page


def test_the_headline_is_the_rate_of_all_debits_and_how_many_more(shown: Console, vera: Browser) -> None:
    told = {row["rate"]: row for row in rates_of(on_last_day(shown).desk, by=Slice.ALL, which=Which.PERIOD)["rates"]}
    page = vera.get("/rates").text
    heads = re.findall(r'<span class="v[^"]*">([0-9.]+)<span class="c"> %', page)
    assert heads == [f"{told[rate]['rate_bps'] / 100:.2f}" for rate in ("unauthorized", "administrative", "overall")]
    assert f"<b>{told['overall']['more_until_limit']} more</b>" in page
    assert told["unauthorized"]["level"] == "over"
    assert re.search(r'<b class="dan">.*?\d+ over the limit</b>', page)


def test_the_codes_and_the_lag_count_the_very_returns_of_the_overall_rate(shown: Console, vera: Browser) -> None:
    overall = rates_of(on_last_day(shown).desk, by=Slice.ALL, which=Which.PERIOD)["rates"]
    whole = next(row["returns"] for row in overall if row["rate"] == "overall")
    codes = _sheet(vera, "/rates/codes.csv")
    assert sum(int(row["returns"]) for row in codes) == whole == 32
    assert codes[0]["code"] == "R01"
    assert codes[-1]["running_percent"] == "100.00"
    assert sum(int(row["returns"]) for row in _sheet(vera, "/rates/banks.csv")) == whole
    lag = {row["after"]: row for row in _sheet(vera, "/rates/lag.csv")}
    assert lag["returns"]["all_percent"] == str(whole)
    assert lag["61 days"]["all_percent"] == "100.00"
    page = vera.get("/rates").text
    assert f">{lag['3 banking days, the hold ends']['all_percent'][:-1]}</td>" in page


def test_the_last_day_of_the_lines_is_the_rate_of_today(vera: Browser) -> None:
    days = _sheet(vera, "/rates/days.csv?by=sec")
    slices = {
        (row["slice"], row["rate"]): (row["returns"], row["debits"]) for row in _sheet(vera, "/rates/slices.csv?by=sec")
    }
    last = max(row["day"] for row in days)
    ended = {
        (row["slice"], row["rate"]): (row["returns_of_60_days"], row["debits"])
        for row in days
        if row["day"] == last and row["by"] == "sec"
    }
    assert ended == slices
    assert len({row["day"] for row in days}) == 60


def test_every_figure_leads_to_its_returns(vera: Browser) -> None:
    page = vera.get("/rates?by=sec").text
    links = set(re.findall(r'href="(/returns\?[^"]+)"', page))
    assert any("sec=WEB" in each and "code=R02,R03,R04" in each for each in links)
    assert any("rdfi=" in each for each in links)
    assert any(each.endswith("code=R01") for each in links)
    for each in links:
        assert each.startswith("/returns?from=2026-10-04&amp;to=2026-12-02")


def test_who_may_not_read_returns_is_told_so(shown: Console) -> None:
    assert shown.browser("kim").get("/rates").status_code == 403
    assert shown.browser("kim").get("/rates/codes.csv").status_code == 403


def test_no_such_table_is_refused(vera: Browser) -> None:
    assert vera.get("/rates/nothing.csv").status_code == 404


def test_the_chinese_page_says_nothing_in_english_of_its_own(vera: Browser) -> None:
    vera.post("/look", language="zh", next="/rates")
    page = vera.get("/rates").text
    vera.post("/look", language="en", next="/rates")
    assert "退回率" in page
    for words in ("Return rates", "until the limit", "Why debits", "hold ends", "Routing number", "we warn"):
        assert words not in page


def test_a_name_that_is_markup_is_shown_as_it_is_written(console: Console) -> None:
    with console.desk.engine.begin() as connection:
        connection.execute(text("UPDATE merchants SET name = '<script>alert(1)</script>' WHERE external_id = 'harbor'"))
    vera = on_last_day(console).browser("vera")
    for address in ("/rates", "/settlements", "/payouts", "/owed"):
        page = vera.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_a_window_in_which_nothing_happened_says_so_calmly(shown: Console) -> None:
    later = on_last_day(shown)
    later.clock.ahead = timedelta(days=200)
    page = later.browser("vera").get("/rates").text
    assert "No debit settled in these 60 days" in page
    assert "No debit came back in these 60 days." in page
    assert later.browser("vera").get("/settlements/hold").status_code == 200
