"""The returns desk in the console: what came back, what is decided about it, and whose debit it is, said by two."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ingather.actions.matches.proposing import confirm_match, propose_match
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.console import gate
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.store.reading import cases, disputes, matches, orders, returns
from ingather.store.reading.file_ties import ties_of_files
from ingather.store.tables import AuditRecord, Merchant, ReportedSettlement
from tests.console.desk_story import DAYS, NUMBERS, STRANGE, returns_desk
from tests.console.front import Console

pytestmark = pytest.mark.xdist_group("console-desk")  # its book is played once


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """Return a console on the desk's book, of which tests only look."""
    return returns_desk(tmp_path_factory.mktemp("returns") / "book")


@pytest.fixture
def acting(tmp_path: Path) -> Console:
    """Return a console on a copy of the desk's book."""
    return returns_desk(tmp_path / "book")


def _returned(console: Console, code: str) -> dict[str, Any]:
    with console.desk.view() as ctx:
        (found,) = returns.listed(ctx.session, code=code, limit=1)
    return found


def _state(console: Console, name: str) -> str:
    with console.desk.view() as ctx:
        return str(next(row["state"] for row in orders.listed(ctx.session) if row["external_id"] == name))


def _verbs(console: Console) -> list[str]:
    with console.desk.view() as ctx:
        return list(ctx.session.scalars(select(AuditRecord.verb).order_by(AuditRecord.seq)))


def test_each_sort_and_each_figures_link_shows_its_returns(desk: Console) -> None:
    vera = desk.browser("vera")
    for query, codes in (
        ({"which": "all"}, ["R03", "R02", "R11", "R10", "R01"]),
        ({}, ["R03"]),
        ({"which": "decide"}, ["R03", "R02", "R11"]),
        ({"which": "unmatched"}, ["R03"]),
        ({"which": "late"}, ["R02"]),
        ({"which": "disputed"}, []),
        ({"code": "r01,R10"}, ["R10", "R01"]),
        ({"from": DAYS[5].isoformat(), "to": DAYS[6].isoformat()}, ["R02"]),
        ({"merchant": "summit"}, ["R11"]),
        ({"sec": "WEB", "company": "1845550101"}, ["R02", "R10", "R01"]),
        ({"rdfi": "021000021"}, ["R01"]),
        ({"trace": STRANGE.trace}, ["R03"]),
    ):
        page = vera.get("/returns", **query)
        assert re.findall(r'<td class="kind">(R\d\d)</td>', page.text) == codes, query
        sheet = list(csv.DictReader(io.StringIO(vera.get("/returns.csv", **query).text)))
        assert [row["code"] for row in sheet] == codes, query
    assert vera.get("/returns", **{"from": "yesterday"}).status_code == 422
    assert vera.get("/returns", trace="12a").status_code == 422
    assert desk.browser("kim").get("/returns").status_code == 403


def test_a_return_says_its_window_what_follows_and_why(desk: Console) -> None:
    vera = desk.browser("vera")
    late = vera.get(f"/returns/{_returned(desk, 'R02')['id']}").text
    assert "The buyer&#39;s account has been closed." in late
    assert all(text in late for text in ("came late", "Can be dishonored as R68", "after its hold", "b001"))
    assert "return_codes/R02@2000-01-01" in late
    assert "You only look" in late
    assert "<details" not in late
    corrected = desk.browser("maria").get(f"/returns/{_returned(desk, 'R11')['id']}").text
    assert "One corrected entry may follow" in corrected
    assert 'action="/returns/' in corrected
    assert vera.get("/returns/ret_0000000000000").status_code == 404
    assert vera.get("/returns/nonsense").status_code == 404


def test_plan_file_and_report_agree_and_a_shorter_report_is_told(acting: Console) -> None:
    vera = acting.browser("vera")
    page = vera.get("/returns/files").text
    assert page.count("all three") == len(re.findall(r'<th scope="row"><a href="/files/', page)) > 1
    with acting.desk.action() as ctx:
        told = ctx.session.scalars(select(ReportedSettlement).order_by(ReportedSettlement.id)).all()[0]
        told.amount_minor -= 100
        ctx.audit("test", "book")
    with acting.desk.view() as ctx:
        ties, _ = ties_of_files(ctx.session, before=None, limit=10)
    assert min(tie.report_differs or 0 for tie in ties) == -100
    assert "the report says 1.00 less" in vera.get("/returns/files").text
    sheet = list(csv.DictReader(io.StringIO(vera.get("/returns/files.csv").text)))
    assert min(row["difference"] for row in sheet) == "'-1.00"


def test_one_proposes_a_match_and_another_confirms_it_with_a_code(acting: Console) -> None:
    maria, nadia = acting.browser("maria"), acting.browser("nadia")
    back = _returned(acting, "R03")["id"]
    page = maria.get(f"/returns/{back}").text
    entry = re.search(r"entry=(ent_\w+)#propose", page)
    assert entry is not None
    assert (">47</td>" in page, "b004" in page) == (True, True)
    assert maria.post(f"/returns/{back}/propose", entry="ent_0000000000000", reason="x").status_code == 404
    assert _state(acting, "b004") == "collected"
    proposed = maria.post(f"/returns/{back}/propose", entry=entry[1], reason="same <b>amount</b>")
    assert proposed.status_code == 303
    assert _state(acting, "b004") == "collected"
    mine = maria.get(f"/returns/{back}").text
    assert ("a second person confirms it" in mine, "&lt;b&gt;amount" in mine) == (True, True)
    assert maria.post(f"/returns/{back}/confirm", entry=entry[1]).status_code == 403
    assert "Confirm the match" in nadia.get(f"/returns/{back}").text
    assert nadia.post(f"/returns/{back}/confirm", entry=entry[1]).status_code == 403
    assert nadia.post(f"/returns/{back}/confirm", entry=entry[1], code="000000").status_code == 422
    assert _state(acting, "b004") == "collected"
    confirmed = nadia.post(f"/returns/{back}/confirm", entry=entry[1], code=nadia.code())
    assert confirmed.status_code == 303
    assert _state(acting, "b004") in {"returned", "failed"}
    with acting.desk.view() as ctx:
        (match,) = matches.listed(ctx.session, rule="by-hand")
        shown = matches.shown(ctx.session, parse_public_id(Prefix.MATCH, match["id"]))
        assert cases.listed(ctx.session, state="open", kind="misrouted_return") == []
    assert shown is not None
    assert (shown["by"], "proposed by user:maria" in shown["evidence"]["reason"]) == ("user:nadia", True)
    verbs = _verbs(acting)
    assert (verbs.count("propose_match"), verbs.count("match_by_hand")) == (1, 1)
    assert nadia.post(f"/returns/{back}/confirm", entry=entry[1], code=nadia.code()).status_code == 409


def test_nobody_confirms_what_they_proposed_or_what_they_did_not_read(acting: Console) -> None:
    key = parse_public_id(Prefix.RETURN, _returned(acting, "R03")["id"])
    with acting.desk.view() as ctx:
        name = next(each["id"] for each in orders.listed(ctx.session) if each["external_id"] == "b004")
        order = orders.shown(ctx.session, parse_public_id(Prefix.ORDER, name))
    assert order is not None
    entry = parse_public_id(Prefix.ENTRY, order["entries"][0]["id"])
    maker, other = acting.desk.as_actor("user:maria"), acting.desk.as_actor("user:nadia")
    with maker.action() as ctx:
        propose_match(ctx, key, entry, reason="the same amount")
    with pytest.raises(MakerIsChecker), maker.action() as ctx:
        confirm_match(ctx, key, entry_id=entry)
    with pytest.raises(WrongState, match="another debit is proposed"), other.action() as ctx:
        confirm_match(ctx, key, entry_id=entry + 1)
    nadia, back = acting.browser("nadia"), public_id(Prefix.RETURN, key)
    assert nadia.post(f"/returns/{back}/refuse", reason="it was the neighbour's").status_code == 303
    with pytest.raises(WrongState, match="nobody proposes"), other.action() as ctx:
        confirm_match(ctx, key, entry_id=entry)
    assert _state(acting, "b004") == "collected"


def test_returns_are_disputed_let_stand_lost_and_stopped_each_once(acting: Console) -> None:
    maria = acting.browser("maria")
    late, strange, r11 = (_returned(acting, code)["id"] for code in ("R02", "R03", "R11"))
    assert acting.browser("nadia").post(f"/returns/{late}/dishonour", code="R68", reason="x").status_code == 403
    wrong = maria.post(f"/returns/{late}/dishonour", code="R61", reason="it came too late")
    assert (wrong.status_code, "it came too late" in wrong.text, 'role="alert"' in wrong.text) == (409, True, True)
    assert maria.post(f"/returns/{late}/dishonour", code="R68", reason="it came too late").status_code == 303
    with acting.desk.view() as ctx:
        (dispute,) = disputes.disputes_of(ctx.session, [parse_public_id(Prefix.RETURN, late)]).popitem()[1]
    assert (dispute["code"], dispute["state"], dispute["actor"]) == ("R68", "chosen", "user:maria")
    assert "In dispute as R68" in maria.get(f"/returns/{late}").text
    assert "R02" in maria.get("/returns", which="disputed").text
    assert maria.post(f"/returns/{late}/stand", reason="we were late ourselves").status_code == 303
    assert maria.post(f"/returns/{strange}/write-off", reason="16 dollars are not worth it").status_code == 303
    assert maria.post(f"/returns/{strange}/write-off", reason="again").status_code == 409
    assert "taken as a loss" in maria.get(f"/returns/{strange}").text
    assert "Every return is matched" in maria.get("/returns", which="unmatched").text
    assert maria.post(f"/returns/{r11}/correct", reason="the amount was right", on="soon").status_code == 422
    assert maria.post(f"/returns/{r11}/correct", reason="the amount was right").status_code == 303
    assert "debited again" in maria.get("/returns", which="all").text
    assert maria.post(f"/returns/{r11}/block", reason="the buyer asked us to wait").status_code == 303
    assert "Let the account go" in maria.get(f"/returns/{r11}").text
    verbs = _verbs(acting)
    for verb in ("write_off", "correct_order", "block_account"):
        assert verbs.count(verb) == 1, verb


def test_a_match_is_undone_and_its_money_waits_again(acting: Console) -> None:
    maria, back = acting.browser("maria"), _returned(acting, "R10")["id"]
    assert maria.post(f"/returns/{back}/statement", reason="the buyer says he never signed").status_code == 303
    assert "ten banking days" not in maria.get(f"/returns/{back}").text
    assert maria.post(f"/returns/{back}/close", reason="the statement is here", evidence="scan 4").status_code == 303
    assert maria.post(f"/returns/{back}/undo", reason="it was another debit").status_code == 303
    page = maria.get(f"/returns/{back}").text
    if "a second person undoes it" in page:
        nadia = acting.browser("nadia")
        assert maria.post(f"/returns/{back}/undo/approve").status_code == 403
        assert nadia.post(f"/returns/{back}/undo/approve", code=nadia.code()).status_code == 303
    assert maria.get("/returns", which="unmatched").text.count('<td class="kind">R10</td>') == 1


def test_no_account_number_is_on_any_page_and_chinese_pages_are_chinese(desk: Console) -> None:
    maria = desk.browser("maria")
    maria.http.cookies.set(gate.LANGUAGE, "zh")
    with desk.desk.view() as ctx:
        ids = [row["id"] for row in returns.listed(ctx.session)]
    addresses = ["/returns/files", "/returns.csv", *(f"/returns/{each}" for each in ids)]
    pages = [maria.get("/returns", which="all").text, *(maria.get(each).text for each in addresses)]
    assert not any(number in page for number in NUMBERS for page in pages)
    assert "账户已关闭" in pages[0]
    assert not re.search(
        r"Insufficient|What follows|banking days|in suspense|Not authorized", "".join(pages[:1] + pages[3:])
    )


def test_a_hostile_name_stays_a_name(acting: Console) -> None:
    with acting.desk.action() as ctx:
        for merchant in ctx.session.scalars(select(Merchant)):
            merchant.name = "<script>alert(1)</script>"
        ctx.audit("test", "book")
    vera = acting.browser("vera")
    pages = [vera.get("/returns", which="all").text, vera.get(f"/returns/{_returned(acting, 'R02')['id']}").text]
    pages += [vera.get("/cases").text, vera.get("/changes").text]
    assert "&lt;script&gt;alert(1)" in pages[0]
    assert not any("<script>alert" in page for page in pages)


def test_looking_changes_nothing(desk: Console) -> None:
    vera = desk.browser("vera")
    with desk.desk.view() as ctx:
        before = ctx.session.scalar(select(func.count()).select_from(AuditRecord))
    for address in ("/returns", "/returns/files", f"/returns/{_returned(desk, 'R03')['id']}"):
        assert vera.get(address).status_code == 200
    with desk.desk.view() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(AuditRecord)) == before
