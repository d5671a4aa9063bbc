"""Orders: the list says what the book has, an order its story, and each decision changes the book once."""

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.store.reading import orders as reading
from ingather.store.reading.sought import orders as sought
from ingather.store.reading.timeline import life_of, moments_of
from ingather.store.tables import AuditRecord, Entry, Order, Return
from tests.console.front import Console

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _order(console: Console, state: str, **more: Any) -> Order:  # noqa: ANN401 -- conditions of any kind
    with console.desk.view() as ctx:
        chosen = select(Order).where(Order.state == state).order_by(Order.id.desc())
        found = ctx.session.scalars(chosen.filter_by(**more) if more else chosen).first()
        assert found is not None, state
        ctx.session.expunge_all()
    return found


def _address(order: Order) -> str:
    return f"/orders/{public_id(Prefix.ORDER, order.id)}"


def _records(console: Console, order: Order, verb: str) -> int:
    with console.desk.view() as ctx:
        name = public_id(Prefix.ORDER, order.id)
        return len(ctx.session.scalars(select(AuditRecord).filter_by(subject=name, verb=verb)).all())


def _state(console: Console, order: Order) -> tuple[str, bool]:
    with console.desk.view() as ctx:
        row = ctx.session.get_one(Order, order.id)
        return row.state, row.held


def test_the_list_has_the_newest_orders_and_leads_on_to_every_older_one(shown: Console) -> None:
    vera = shown.browser("vera")
    seen: list[str] = []
    address = "/orders"
    while address:
        page = vera.get(address).text
        seen += re.findall(r'<th scope="row"><a href="/orders/(ord_[0-9A-Z]+)"', page)
        further = re.search(r'href="(/orders\?[^"]*after=[^"]+)" data-key="m"', page)
        address = further[1].replace("&amp;", "&") if further else ""
    with shown.desk.view() as ctx:
        keys = ctx.session.scalars(select(Order.id).order_by(Order.id.desc())).all()
    assert seen == [public_id(Prefix.ORDER, key) for key in keys]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ({"state": "failed"}, Order.state == "failed"),
        ({"code": "r02"}, Order.last_code == "R02"),
        ({"least": "900", "most": "1,500.00"}, Order.amount_minor.between(90_000, 150_000)),
        ({"reason": "account-blocked"}, Order.reason == "account-blocked"),
        ({"state": "open", "only": "held"}, Order.held & (Order.state == "open")),
    ],
)
def test_what_narrows_the_list_leaves_what_the_book_has_of_it_and_the_csv_has_the_same(
    shown: Console, query: dict[str, str], condition: ColumnElement[bool]
) -> None:
    vera = shown.browser("vera")
    page = vera.get("/orders", **query).text
    with shown.desk.view() as ctx:
        keys = ctx.session.scalars(select(Order.id).where(condition).order_by(Order.id.desc())).all()
        rows = sought.rows_of(ctx.session, keys)
    names = [public_id(Prefix.ORDER, key) for key in keys]
    assert re.findall(r'<th scope="row"><a href="/orders/(ord_[0-9A-Z]+)"', page) == names[:50]
    sheet = list(csv.DictReader(io.StringIO(vera.get("/orders.csv", **query).text)))
    assert [row["order"] for row in sheet] == names
    assert [row["amount"] for row in sheet] == [f"{row['amount_minor'] / 100:.2f}" for row in rows]


def test_a_stretch_of_the_book_is_looked_at_and_the_page_says_how_far(
    shown: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sought, "LOOKS_AT", 100)
    vera = shown.browser("vera")
    address, pages, seen = "/orders?state=failed", 0, list[str]()
    while address:
        page = vera.get(address).text
        pages += 1
        seen += re.findall(r'<th scope="row"><a href="/orders/(ord_[0-9A-Z]+)"', page)
        further = re.search(r'href="(/orders\?[^"]*after=[^"]+)" data-key="m"', page)
        assert ("Looked back to orders recorded" in page) is (further is not None)
        address = further[1].replace("&amp;", "&") if further else ""
    with shown.desk.view() as ctx:
        keys = ctx.session.scalars(select(Order.id).filter_by(state="failed").order_by(Order.id.desc())).all()
    assert pages == 5
    assert seen == [public_id(Prefix.ORDER, key) for key in keys]


@pytest.mark.parametrize("query", [{"state": "lost"}, {"from": "soon"}, {"least": "much"}, {"merchant": "ord_1"}])
def test_what_cannot_be_read_is_said_and_keeps_what_was_typed(shown: Console, query: dict[str, str]) -> None:
    answer = shown.browser("vera").get("/orders", **query)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_order_tells_its_story_with_its_file_its_return_and_its_reference(shown: Console) -> None:
    with shown.desk.view() as ctx:
        row = ctx.session.scalars(select(Return).where(Return.applied)).first()
        assert row is not None
        entry = ctx.session.get_one(Entry, row.entry_id)
        order = ctx.session.get_one(Order, row.order_id)
        told = reading.entries_of(ctx.session, [order.id])[order.id]
        ctx.session.expunge_all()
    page = shown.browser("vera").get(_address(order)).text
    assert f"/files/{public_id(Prefix.FILE, entry.file_id)}?line={entry.line}#L{entry.line}" in page
    assert f"/returns/{public_id(Prefix.RETURN, row.id)}" in page
    assert encode_key(order.id) in page
    assert all(each["trace"] in page for each in told)
    assert "form_token" in page
    assert "Hold it" not in page, "who only looks is offered nothing"


def test_the_story_as_csv_has_every_moment(shown: Console) -> None:
    order = _order(shown, "collected")
    sheet = list(csv.DictReader(io.StringIO(shown.browser("vera").get(f"{_address(order)}/timeline.csv").text)))
    with shown.desk.view() as ctx:
        life = life_of(ctx.session, order.id)
        assert life is not None
        assert [row["what"] for row in sheet] == [each.sentence for each in moments_of(ctx.session, life)]


def test_the_past_is_told_as_it_was_known(shown: Console) -> None:
    order, vera = _order(shown, "failed"), shown.browser("vera")
    with shown.desk.view() as ctx:
        first = ctx.session.scalars(select(Return).filter_by(order_id=order.id).order_by(Return.id)).first()
        assert first is not None
        ctx.session.expunge_all()
    before = vera.get(_address(order), known_at=order.created_at.isoformat())
    assert before.status_code == 200
    assert first.code not in re.sub(r"<[^>]+>", " ", before.text)
    assert vera.get(_address(order), known_at="2020-01-01").status_code == 404
    assert vera.get(_address(order), known_at="2200-01-01T00:00").status_code == 422


def test_the_merchant_sees_neither_what_is_booked_nor_who_acted_for_all_merchants(shown: Console) -> None:
    order = _order(shown, "collected")
    page = shown.browser("maria").get(f"{_address(order)}/merchant").text
    main = page[page.index("<main") : page.index("</main>")]
    assert "/files/" not in main
    assert "policy:" not in main
    assert "postings" not in main
    assert order.external_id in main


def test_an_order_is_held_and_let_go_once_each_with_a_record(console: Console) -> None:
    order, maria = _order(console, "open"), console.browser("maria")
    assert maria.post(f"{_address(order)}/hold", reason="the buyer called").status_code == 303
    assert _state(console, order) == ("open", True)
    again = maria.post(f"{_address(order)}/hold", reason="once more, <b>please</b>")
    assert again.status_code == 409
    assert "once more, &lt;b&gt;" not in again.text, "the form of an act that is not offered stands open no more"
    assert "held already" in again.text
    assert maria.post(f"{_address(order)}/release", reason="it is fine").status_code == 303
    assert _state(console, order) == ("open", False)
    assert (_records(console, order, "hold_order"), _records(console, order, "unhold_order")) == (1, 1)


def test_a_reason_is_asked_for_and_what_was_typed_stays(console: Console) -> None:
    order, maria = _order(console, "collected"), console.browser("maria")
    answer = maria.post(f"{_address(order)}/refund", amount="a lot", reason="he sent it <back>")
    assert answer.status_code == 422
    assert "he sent it &lt;back&gt;" in answer.text
    assert 'value="a lot"' in answer.text
    assert maria.post(f"{_address(order)}/refund", amount="1.00").status_code == 422
    with console.desk.view() as ctx:
        assert ctx.session.get_one(Order, order.id).refunded_minor == 0


def test_canceling_ends_an_open_order_and_no_other(console: Console) -> None:
    order, sent, maria = _order(console, "open"), _order(console, "settled"), console.browser("maria")
    assert maria.post(f"{_address(order)}/cancel", reason="ordered twice").status_code == 303
    assert _state(console, order)[0] == "canceled"
    assert _records(console, order, "cancel_order") == 1
    assert maria.post(f"{_address(sent)}/cancel", reason="ordered twice").status_code == 409
    assert _state(console, sent)[0] == "settled"


def test_a_refund_waits_for_a_second_person_and_its_maker_is_told_so(console: Console) -> None:
    with console.desk.view() as ctx:
        order = ctx.session.scalars(
            select(Order).filter_by(state="collected").order_by(Order.amount_minor.desc())
        ).first()
        assert order is not None
        ctx.session.expunge_all()
    whole, maria, nadia = order.amount_minor, console.browser("maria"), console.browser("nadia")
    assert maria.post(f"{_address(order)}/refund", amount=f"{whole / 100:.2f}", reason="sent back").status_code == 303
    page = maria.get(_address(order)).text
    found = re.search(r'id="(fup_[0-9A-Z]+)"', page)
    assert found is not None
    assert "a second person approves or refuses it" in page
    act = f"/follow-ups/{found[1]}/approve"
    assert act not in page
    assert maria.post(act, code=maria.code()).status_code == 403
    assert "one-time code" in nadia.post(act).text, "without a code nothing is approved"
    assert nadia.post(act, code=nadia.code()).status_code == 303
    with console.desk.view() as ctx:
        assert ctx.session.get_one(Order, order.id).refunded_minor == whole
    assert "nadia" in nadia.get(_address(order)).text


@pytest.mark.parametrize("act", ["hold", "release", "cancel", "confirm", "paid", "fail", "refund", "request-return"])
def test_who_only_looks_decides_nothing(shown: Console, act: str) -> None:
    order = _order(shown, "open")
    for name in ("vera", "nadia", "chen"):
        answer = shown.browser(name).post(f"{_address(order)}/{act}", reason="because", amount="1")
        assert answer.status_code == 403, (name, act)
    assert _state(shown, order) == ("open", False)


def test_chinese_pages_have_none_of_the_english_sentences(shown: Console) -> None:
    vera = shown.browser("vera")
    vera.http.cookies.set("__Host-ingather-language", "zh")
    order = _order(shown, "failed")
    for address in ("/orders", _address(order), f"{_address(order)}/merchant", "/find?q=84.15"):
        page = vera.get(address).text
        main = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
        assert _CHINESE.search(main)
        for english in (
            "Why it waits",
            "What happened",
            "Where it stands",
            "collected",
            "was written",
            "returned the entry",
        ):
            assert english not in main, (address, english)
