"""Find: whatever people have leads to what it names, at once where it names one thing whole."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.console.readings import Kind, readings_of
from ingather.store.reading.sought import anything
from ingather.store.tables import Account, Authorization, Buyer, Entry, File, Merchant, Order, Return
from tests.console.front import Console

_TODAY = date(2026, 11, 23)
_ORDERS = re.compile(r'<th scope="row"><a href="/orders/(ord_[0-9A-Z]+)"')


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("84.15", {Kind.AMOUNT, Kind.NAME}),
        ("8415", {Kind.LAST_FOUR, Kind.AMOUNT, Kind.NAME}),
        ("231380100000001", {Kind.TRACE, Kind.HASH, Kind.NAME}),
        ("ord_0S81S14G001FA", {Kind.ID}),
        ("0S81S14G001FA", {Kind.REFERENCE, Kind.NAME}),
        ("25 Nov", {Kind.DAY, Kind.NAME}),
        ("11/25/2026", {Kind.DAY, Kind.NAME}),
        ("11月25日", {Kind.DAY, Kind.NAME}),
        ("deadbeef", {Kind.HASH, Kind.NAME}),
        ("$1,234.50", {Kind.AMOUNT, Kind.NAME}),
        ("•0932", {Kind.LAST_FOUR, Kind.NAME}),
        ("2026-02-30", {Kind.NAME}),
        ("x" * 201, set()),
        ("  ", set()),
    ],
)
def test_a_text_is_read_in_every_way_it_can_be(text: str, kinds: set[Kind]) -> None:
    assert {each.kind for each in readings_of(text, today=_TODAY)} == kinds


def test_a_whole_number_may_be_dollars_or_cents_and_a_day_is_the_nearest() -> None:
    days = {each.day for each in readings_of("31 Dec", today=date(2027, 1, 2)) if each.kind is Kind.DAY}
    assert days == {date(2026, 12, 31)}
    assert {each.number for each in readings_of("8415", today=_TODAY) if each.kind is Kind.AMOUNT} == {8415, 841_500}


def test_an_id_a_reference_a_trace_and_an_own_name_lead_straight_there(shown: Console) -> None:
    vera = shown.browser("vera")
    with shown.desk.view() as ctx:
        entry = ctx.session.scalars(select(Entry).where(Entry.order_id.is_not(None)).order_by(Entry.id)).first()
        file = ctx.session.scalars(select(File)).first()
        assert entry is not None
        assert file is not None
        order = ctx.session.get_one(Order, entry.order_id)
        alone = ctx.session.scalar(select(Order).group_by(Order.external_id).having(func.count() == 1).limit(1))
        assert alone is not None
        buyer = ctx.session.scalars(select(Buyer)).first()
        assert buyer is not None
        ctx.session.expunge_all()
    name = public_id(Prefix.ORDER, order.id)
    line = f"/files/{public_id(Prefix.FILE, entry.file_id)}?line={entry.line}#L{entry.line}"
    for text, address in (
        (name, f"/orders/{name}"),
        (encode_key(order.id), f"/orders/{name}"),
        (f" {entry.trace:015d} ", f"/orders/{name}"),
        (alone.external_id.lower(), f"/orders/{public_id(Prefix.ORDER, alone.id)}"),
        (file.name, f"/files/{public_id(Prefix.FILE, file.id)}"),
        (file.sha256.hex()[:12], f"/files/{public_id(Prefix.FILE, file.id)}"),
        (public_id(Prefix.ENTRY, entry.id), line),
        (buyer.external_id, f"/orders?buyer={public_id(Prefix.BUYER, buyer.id)}"),
    ):
        answer = vera.get("/find", q=text)
        assert (answer.status_code, answer.headers.get("location")) == (303, address), text


def test_an_amount_the_last_four_and_a_day_list_what_has_them(shown: Console) -> None:
    vera = shown.browser("vera")
    with shown.desk.view() as ctx:
        order = ctx.session.scalars(select(Order).order_by(Order.id)).first()
        assert order is not None
        account = ctx.session.get_one(Account, ctx.session.get_one(Authorization, order.authorization_id).account_id)
        same = ctx.session.scalars(select(Order.id).filter_by(amount_minor=order.amount_minor)).all()
        file = ctx.session.scalars(select(File)).first()
        assert file is not None
        ctx.session.expunge_all()
    by_amount = vera.get("/find", q=f"{order.amount_minor / 100:,.2f}").text
    assert set(_ORDERS.findall(by_amount)) == {public_id(Prefix.ORDER, key) for key in same}
    assert public_id(Prefix.ORDER, order.id) in vera.get("/find", q=account.last4).text
    assert file.name in vera.get("/find", q=file.night_on.isoformat()).text


def test_part_of_a_name_finds_buyers_and_merchants_in_any_case_and_says_where_to_narrow(
    shown: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera = shown.browser("vera")
    with shown.desk.view() as ctx:
        merchant = ctx.session.scalars(select(Merchant)).first()
        buyer = ctx.session.scalars(select(Buyer).order_by(Buyer.id.desc())).first()
        assert merchant is not None
        assert buyer is not None
        ctx.session.expunge_all()
    page = vera.get("/find", q=merchant.name[:6].upper()).text
    assert f"/orders?merchant={public_id(Prefix.MERCHANT, merchant.id)}" in page
    assert "the newest 50,000" not in page
    monkeypatch.setattr(anything, "LOOKS_AT", 10)
    page = vera.get("/find", q=buyer.name[1:5].lower()).text
    assert f"/orders?buyer={public_id(Prefix.BUYER, buyer.id)}" in page
    assert "the newest 50,000" in page


def test_a_returned_entry_is_found_by_its_trace_with_its_return(shown: Console) -> None:
    with shown.desk.view() as ctx:
        row = ctx.session.scalars(select(Return).where(Return.order_id.is_not(None))).first()
        assert row is not None
        hits = anything.returns_of_trace(ctx.session, row.original_trace)
        assert row.id in hits.keys


@pytest.mark.parametrize("text", ["no such thing", "<script>alert(1)</script>", "%", "_", "ord_0000000000000", "'"])
def test_what_nothing_is_named_is_said_calmly_and_shown_harmlessly(shown: Console, text: str) -> None:
    answer = shown.browser("vera").get("/find", q=text)
    assert answer.status_code == 200
    assert "Nothing in this book is named so." in answer.text
    assert "<script>alert" not in answer.text


def test_who_may_not_read_orders_finds_nothing(shown: Console) -> None:
    assert shown.browser("kim").get("/find", q="har").status_code == 403


def test_what_somebody_types_is_found_and_stands_in_no_address(shown: Console) -> None:
    page = shown.browser("maria").get("/find").text
    assert 'method="post" action="/find"' in page
    found = shown.browser("maria").post("/find", q="84.15")
    assert found.status_code == 200
    assert "84.15" in found.text
