"""Rules and settings: rule rows, the policy and its reviews, banks, keys and evidence, by who may see and do what."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from ingather.actions.rules import policy_of
from ingather.domain.cases import CaseKind
from ingather.rules.rows import Standing, rows, table_names
from ingather.rules.tables import policy_text
from ingather.store.reading.access_reviews import reviews_closed
from ingather.store.reading.audit import RECORDS
from ingather.store.reading.pages import Wanted, page_of
from tests.console.front import Console

_FOUND = "Two false alarms <b>this year</b>, the limits stay."


def _last(console: Console, verb: str) -> dict[str, object]:
    with console.desk.view() as ctx:
        rows_found, _ = page_of(ctx.session, RECORDS, Wanted(limit=1, filters={"verb": verb}))
    return rows_found[0]


def test_rule_rows_are_found_by_table_word_and_standing_and_the_csv_has_the_same(shown: Console) -> None:
    vera = shown.browser("vera")
    for asked in (
        {"table": "return_codes"},
        {"q": "r10"},
        {"standing": "future"},
        {"table": "clocks", "q": "dishonor"},
    ):
        told = list(csv.DictReader(io.StringIO(vera.get("/rules.csv", **asked).text)))
        page = vera.get("/rules", **asked).text
        assert told, asked
        assert all(f"/rules/rows/{quote(row['id'])}" in page for row in told[:120]), asked
    everything = list(csv.DictReader(io.StringIO(vera.get("/rules.csv").text)))
    assert len(everything) == sum(len(rows(name)) for name in table_names())
    assert vera.get("/rules", table="no-such").status_code == 422


def test_what_is_coming_and_what_is_not_established_stands_on_the_first_page(shown: Console) -> None:
    vera = shown.browser("vera")
    page, on = vera.get("/rules").text, shown.desk.clock().date()
    marked = [
        row for name in table_names() for row in rows(name) if row.standing(on) in {Standing.FUTURE, Standing.UNKNOWN}
    ]
    assert marked
    assert all(f"/rules/rows/{quote(row.id)}" in page for row in marked)


def test_a_set_of_rows_that_decisions_rested_on_stands_with_what_each_says(shown: Console) -> None:
    vera = shown.browser("vera")
    found = re.search(r"/rules/sets/rul_[0-9A-Z]+", vera.get("/rules").text)
    assert found is not None
    assert vera.get(found[0]).text.count("/rules/rows/") >= 1
    assert vera.get("/rules/sets/rul_0000000000000").status_code == 404


def test_a_rule_row_stands_with_its_source_and_one_that_is_none_is_not_found(shown: Console) -> None:
    vera, row = shown.browser("vera"), next(row for row in rows("return_codes") if row.key == "R10")
    page = vera.get(f"/rules/rows/{row.id}")
    assert page.status_code == 200
    assert row.id in page.text
    assert vera.get("/rules/rows/return_codes/R999@2000-01-01").status_code == 404
    assert vera.get("/rules/rows/nowhere/R10@2000-01-01").status_code == 404


def test_the_yearly_review_is_signed_off_by_compliance_and_closes_its_case(console: Console) -> None:
    chen = console.browser("chen")
    path, sent = "/rules/policies/fraud-review", {"findings": _FOUND, "evidence": "minutes of 4 November"}
    assert console.browser("vera").post(path, sent).status_code == 403
    assert chen.post(path, sent).status_code == 403  # without a code
    blank = chen.post(path, {"findings": _FOUND, "evidence": " ", "code": chen.code()})
    assert blank.status_code == 422
    assert "Two false alarms &lt;b&gt;" in blank.text
    assert chen.post(path, sent | {"code": chen.code()}).status_code == 303
    with console.desk.view() as ctx:
        (closed,) = reviews_closed(ctx.session, console.desk.originator_id(), CaseKind.FRAUD_MONITORING_REVIEW)
    assert (closed["closed_by"], closed["outcome"]) == ("user:chen", _FOUND)
    assert _last(console, "sign_fraud_review")["actor"] == "user:chen"
    page = chen.get("/rules/policies").text
    assert "Two false alarms &lt;b&gt;" in page
    assert "<b>this year" not in page


def test_a_policy_is_taken_by_compliance_alone_and_a_wrong_one_names_its_keys(console: Console) -> None:
    chen = console.browser("chen")
    text = policy_text("rehearsal").replace("version = 1", "version = 9") + "\n[unmask]\nminutes = 5\n"
    assert console.browser("maria").post("/rules/policies", {"toml": text}).status_code == 403
    wrong = chen.post("/rules/policies", {"toml": text + "hours = 1\n", "code": chen.code()})
    assert wrong.status_code == 422
    assert "unmask.hours" in wrong.text
    taken = chen.post("/rules/policies", {"toml": text, "code": chen.code()})
    assert taken.status_code == 303, re.findall(r'role="alert">.*', taken.text)
    with console.desk.view() as ctx:
        assert policy_of(ctx, console.desk.originator_id()).unmask.minutes == 5
    assert re.search(r"unmask,minutes,5\b", chen.get("/rules/policies.csv").text)


def test_banks_and_profiles_stand_with_their_checks(shown: Console) -> None:
    vera = shown.browser("vera")
    page = vera.get("/rules/banks").text
    names = [route.row.name for route in shown.desk.routes()]
    assert all(f"/rules/banks/{name}" in page for name in names)
    assert vera.get(f"/rules/banks/{names[0]}").status_code == 200
    assert vera.get("/rules/banks/nobody").status_code == 404
    told = list(csv.DictReader(io.StringIO(vera.get("/rules/banks.csv").text)))
    assert told
    assert all(f"/rules/report-profiles/{row['name']}" in page for row in told)
    profile = re.search(r"/rules/report-profiles/[a-z0-9-]+/\d+", page)
    assert profile is not None
    assert vera.get(profile[0]).status_code == 200
    assert vera.get("/rules/report-profiles/none/1").status_code == 404


def test_keys_are_for_who_may_and_evidence_that_must_be_kept_is_not_destroyed(console: Console) -> None:
    kim, vera = console.browser("kim"), console.browser("vera")
    assert vera.get("/rules/keys").status_code == 403
    page = kim.get("/rules/keys")
    assert page.status_code == 200
    assert "ingather keys rotate" in page.text
    assert len(kim.get("/rules/keys.csv").text.splitlines()) > 1
    assert vera.get("/rules/retention").status_code == 200
    assert len(vera.get("/rules/retention.csv").text.splitlines()) > 1
    assert vera.get("/rules/retention/1/certificate").status_code == 404
    kept = kim.post("/rules/retention/2/ask", reason="seven years are over", code=kim.code())
    assert kept.status_code in {404, 409}
    assert console.browser("maria").post("/rules/retention/2/approve").status_code == 403


@pytest.mark.parametrize("address", ["/rules", "/rules/policies", "/rules/banks", "/rules/retention"])
def test_a_chinese_page_has_no_english_button_or_heading(shown: Console, address: str) -> None:
    chen = shown.browser("chen")
    chen.post("/look", language="zh", next="/")
    heads = re.findall(r"<(?:h1|h2|th|button|label)[^>]*>([^<]{3,})<", chen.get(address).text)
    own = [head for head in heads if re.fullmatch(r"[A-Z][a-z]+( [a-z]+)+", head.strip())]
    assert own == []
