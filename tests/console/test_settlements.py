"""Settlements in the console: statements that add up, payouts by two persons, claw-backs, and another hold."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.console.rate_parts import banking_days
from ingather.jobs.statement_files import Form, bytes_of
from ingather.jobs.statement_words import in_words
from ingather.store.reading import settlements
from ingather.store.reading.merchant_books import positions
from tests.console.front import Browser, Console
from tests.console.on_a_day import on_last_day


def _sheet(browser: Browser, address: str) -> list[dict[str, str]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def _all(console: Console, statement: str) -> list[tuple[object, ...]]:
    with console.desk.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def _acted(console: Console, *verbs: str) -> int:
    """Return how many records of the audit trail are of these acts."""
    found = _all(console, "SELECT verb FROM audit")
    return sum(row[0] in verbs for row in found)


@pytest.fixture(scope="module")
def clawed(shown: Console) -> str:
    """Return the id of a statement with a claw-back."""
    return public_id(Prefix.SETTLEMENT, int(str(_all(shown, "SELECT min(settlement_id) FROM settlement_steps")[0][0])))


def test_each_statement_in_the_list_adds_up(shown: Console) -> None:
    rows = _sheet(shown.browser("vera"), "/settlements.csv")
    assert len(rows) == 9
    for row in rows:
        minor = {name: round(float(value) * 100) for name, value in row.items() if re.fullmatch(r"-?\d+\.\d\d", value)}
        adding = ("opening", "collected", "restored", "fees", "unreserved", "covered", "invoiced", "payable_again")
        taking = ("clawed_back", "given_back", "charges", "reserved", "payable")
        assert sum(minor[name] for name in adding) - sum(minor[name] for name in taking) == minor["closing"]


def test_a_statement_shows_its_sums_its_claw_backs_and_its_lines(shown: Console, clawed: str) -> None:
    vera = shown.browser("vera")
    with shown.desk.view() as ctx:
        key = int(str(_all(shown, "SELECT min(settlement_id) FROM settlement_steps")[0][0]))
        row = settlements.shown(ctx.session, key)
        lines = in_words(settlements.listed(ctx.session, [key])[0])["lines"]
    assert row is not None
    page = vera.get(f"/settlements/{clawed}").text
    bare = re.sub(r"<[^>]+>", "", page)
    for name in ("collected_minor", "clawed_back_minor", "payable_minor"):
        assert format_minor(row[name]) in bare
    back = [line for line in lines if line["kind"] == "clawed_back"]
    assert back
    taken = vera.get(f"/settlements/{clawed}", kind="clawed_back").text
    for line in back:
        assert line["external_id"] in taken
        assert f'href="/returns/{line["return"]}"' in taken
    others = {line["external_id"] for line in lines} - {line["external_id"] for line in back}
    assert not [name for name in others if f">{name}<" in taken.split('id="s-lines"')[1]]


@pytest.mark.parametrize("form", list(Form))
def test_a_statement_as_a_file_is_the_very_bytes_of_the_desk(shown: Console, clawed: str, form: Form) -> None:
    key = int(str(_all(shown, "SELECT min(settlement_id) FROM settlement_steps")[0][0]))
    with shown.desk.view() as ctx:
        expected = bytes_of(in_words(settlements.listed(ctx.session, [key])[0]), form)
    answer = shown.browser("vera").get(f"/settlements/{clawed}/file", format=str(form))
    assert answer.status_code == 200
    assert answer.content == expected
    assert answer.headers["content-disposition"].endswith(f'{clawed}.{form}"')


def test_the_list_is_narrowed_to_a_merchant_and_to_days(shown: Console) -> None:
    vera = shown.browser("vera")
    harbor = next(row for row in _sheet(vera, "/owed.csv") if row["external_id"] == "harbor")
    rows = _sheet(vera, f"/settlements.csv?merchant={harbor['merchant']}&from=2026-11-21&to=2026-11-30")
    assert [(row["merchant"], row["as_of"]) for row in rows] == [("harbor", "2026-11-27")]
    assert vera.get("/settlements", **{"from": "no day"}).status_code == 422
    assert vera.get("/settlements/stl_nothing").status_code == 404


def test_where_merchants_stand_is_what_the_ledger_says(shown: Console) -> None:
    with shown.desk.view() as ctx:
        told = positions(ctx.session, shown.desk.originator_id())
        owed = {each.external_id: settlements.owed(ctx.session, each.merchant_id) for each in told}
    rows = _sheet(shown.browser("vera"), "/owed.csv")
    assert {row["external_id"]: round(float(row["available"]) * 100) for row in rows} == {
        name: minor["available_minor"] for name, minor in owed.items()
    }
    back = _sheet(shown.browser("vera"), "/clawed-back.csv")
    assert sum(round(float(row["amount"]) * 100) for row in back) == sum(
        int(str(row[0])) for row in _all(shown, "SELECT clawed_back_minor FROM settlements")
    )


def _due(browser: Browser) -> list[str]:
    return re.findall(r'name="(chosen-pay_[0-9A-Z]+)"', browser.get("/payouts", state="due").text)


def test_an_approver_approves_the_chosen_payouts_with_a_code_once(console: Console) -> None:
    nadia = console.browser("nadia")
    chosen = _due(nadia)[:2]
    assert len(chosen) == 2
    assert nadia.post("/payouts/due/approve", dict.fromkeys(chosen, "1")).status_code in {401, 403}
    nobody = nadia.post("/payouts/due/approve", {"code": nadia.code()})
    assert (nobody.status_code, "no payout is chosen" in nobody.text.lower()) == (422, True)
    code = nadia.code()
    done = nadia.post("/payouts/due/approve", dict.fromkeys(chosen, "1") | {"code": code})
    assert (done.status_code, done.headers.get("location")) == (303, "/payouts?state=approved")
    assert nadia.post("/payouts/due/approve", dict.fromkeys(chosen, "1") | {"code": code}).status_code == 422
    again = nadia.post("/payouts/due/approve", dict.fromkeys(chosen, "1") | {"code": nadia.code()})
    assert again.status_code == 409
    assert _all(
        console, "SELECT count(*), min(approved_by), max(approved_by) FROM payouts WHERE state = 'approved'"
    ) == [(2, "user:nadia", "user:nadia")]
    assert _acted(console, "approve_payouts") == 1


def test_who_made_a_statement_does_not_approve_its_payout(console: Console) -> None:
    nadia = console.browser("nadia")
    with console.desk.engine.begin() as connection:
        connection.execute(text("UPDATE payouts SET asked_by = 'user:nadia'"))
    page = nadia.get("/payouts").text
    assert page.count("disabled") >= 9
    assert "another person approves them" in page
    chosen = _due(nadia)[0]
    refused = nadia.post("/payouts/due/approve", {chosen: "1", "code": nadia.code()})
    assert refused.status_code in {403, 409}
    assert _all(console, "SELECT count(*) FROM payouts WHERE state <> 'due'") == [(0,)]


def test_who_may_not_approve_or_write_is_refused_and_told_beforehand(console: Console) -> None:
    maria, vera = console.browser("maria"), console.browser("vera")
    assert "An approver does this" in maria.get("/payouts").text
    assert _due(maria) == []
    assert maria.post("/payouts/due/approve", {"chosen-x": "1", "code": maria.code()}).status_code == 403
    payout = re.findall(r'href="/payouts/(pay_[0-9A-Z]+)"', vera.get("/payouts").text)[0]
    assert vera.post(f"/payouts/{payout}/cancel", reason="no").status_code == 403
    assert "/cancel" not in vera.get(f"/payouts/{payout}").text
    assert console.browser("kim").get("/settlements").status_code == 403


def test_a_payout_is_called_off_with_a_reason_and_what_was_typed_is_kept_when_it_is_refused(console: Console) -> None:
    maria = console.browser("maria")
    payout = re.findall(r'href="/payouts/(pay_[0-9A-Z]+)"', maria.get("/payouts").text)[0]
    assert maria.post(f"/payouts/{payout}/cancel", reason=" ").status_code == 422
    assert maria.post(f"/payouts/{payout}/method", method="pigeon", reason="it flies").status_code == 422
    assert maria.post(f"/payouts/{payout}/cancel", reason="paid by hand").status_code == 303
    again = maria.post(f"/payouts/{payout}/cancel", reason="<b>twice</b>")
    assert again.status_code == 409
    assert "It is over" in again.text
    assert "<b>twice" not in again.text
    assert _acted(console, "cancel_payout") == 1


def test_a_merchant_below_zero_is_invoiced_and_its_loss_taken_by_two_persons(console: Console) -> None:
    with console.desk.engine.begin() as connection:
        connection.execute(
            text("UPDATE postings SET amount_minor = amount_minor + 100000 WHERE id = (SELECT max(id) FROM postings "
                 "WHERE account = 'payable_available' AND merchant_id = (SELECT min(id) FROM merchants))")
        )  # fmt: skip
    maria, nadia = console.browser("maria"), console.browser("nadia")
    merchant = _sheet(maria, "/owed.csv")[0]["merchant"]
    assert "Invoice it now" in maria.get(f"/owed/{merchant}").text
    assert maria.post(f"/owed/{merchant}/invoice").status_code == 303
    assert maria.post(f"/owed/{merchant}/paid", amount="nothing", reference="wire 1").status_code == 422
    assert maria.post(f"/owed/{merchant}/paid", amount="100.00", reference="wire 1").status_code == 303
    twice = maria.post(f"/owed/{merchant}/paid", amount="100.00", reference="wire 1")
    assert (twice.status_code, 'value="wire 1"' in twice.text) == (409, True)
    assert maria.post(f"/owed/{merchant}/write-off", reason="gone").status_code == 303
    assert "You asked for it" in maria.get(f"/owed/{merchant}").text
    assert maria.post(f"/owed/{merchant}/write-off/approve", code=maria.code()).status_code == 403
    assert nadia.post(f"/owed/{merchant}/write-off/approve", code=nadia.code()).status_code == 303
    assert _acted(console, "approve_loss") == 1
    assert "It owes nothing." in nadia.get(f"/owed/{merchant}").text


def test_another_hold_counts_what_comes_after_it(shown: Console) -> None:
    later = on_last_day(shown)
    rows = {int(row["hold_banking_days"]): row for row in _sheet(later.browser("vera"), "/settlements/hold.csv")}
    came = _all(later, "SELECT b.settled_on, r.returned_on FROM returns r JOIN batches b ON b.id = r.batch_id")
    late = [banking_days(date.fromisoformat(str(first)), date.fromisoformat(str(last))) for first, last in came]
    assert set(rows) == set(range(2, 11))
    for days, row in rows.items():
        assert int(row["returns_after"]) == sum(each > days for each in late)
    assert [int(row["returns_after"]) for row in rows.values()] == sorted(
        (int(row["returns_after"]) for row in rows.values()), reverse=True
    )
    waits = [float(rows[days]["waits_today"]) for days in range(2, 11)]
    assert waits == sorted(waits)
    page = later.browser("vera").get("/settlements/hold", days="5", more="7").text
    assert "With 5 banking days" in page
    assert "With 7 days" in page


def test_statements_are_made_once_a_day_by_who_may(console: Console) -> None:
    later = on_last_day(console)
    later.clock.ahead = timedelta(days=1)
    maria = later.browser("maria")
    before = len(_sheet(maria, "/settlements.csv"))
    assert maria.post("/settlements/today/make").status_code == 303
    assert maria.post("/settlements/today/make").status_code == 303
    assert len(_sheet(maria, "/settlements.csv")) == before + 3
    assert later.browser("vera").post("/settlements/today/make").status_code == 403


def test_no_page_has_an_english_word_of_its_own_in_chinese(shown: Console, clawed: str) -> None:
    vera = shown.browser("vera")
    vera.post("/look", language="zh", next="/")
    for address in ("/settlements", f"/settlements/{clawed}", "/payouts", "/owed", "/settlements/hold"):
        page = vera.get(address).text
        assert "结算" in page
        for words in ("Opening", "Clawed", "Statement", "Payout", "banking days", "Approve", "Amount"):
            assert not re.search(rf">[^<]*\b{words}\b", page), (address, words)
