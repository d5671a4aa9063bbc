"""Authorizations: the list and one of them as the book has them, decisions once each, proofs, requests, keeping."""

import csv
import hashlib
import io
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from ingather.base.ids import Prefix, public_id
from ingather.store.reading.sought import authorizations as sought
from ingather.store.tables import AuditRecord, Authorization, Case, Fact, Merchant, OdfiRequest, Order, Return
from tests.console.front import Console

_ROWS = re.compile(r'<th scope="row"><a href="/authorizations/(auth_[0-9A-Z]+)"')


def _one(console: Console, **wanted: Any) -> Authorization:  # noqa: ANN401 -- columns of any kind
    with console.desk.view() as ctx:
        chosen = (
            select(Authorization)
            .filter_by(**wanted)
            .where(select(Order.id).where(Order.authorization_id == Authorization.id).exists())
        )
        found = ctx.session.scalars(chosen.order_by(Authorization.id.desc())).first()
        assert found is not None, wanted
        ctx.session.expunge_all()
    return found


def _address(row: Authorization) -> str:
    return f"/authorizations/{public_id(Prefix.AUTHORIZATION, row.id)}"


def _state(console: Console, row: Authorization) -> str:
    with console.desk.view() as ctx:
        return ctx.session.get_one(Authorization, row.id).state


def _records(console: Console, row: Authorization, verb: str) -> int:
    with console.desk.view() as ctx:
        name = public_id(Prefix.AUTHORIZATION, row.id)
        return len(ctx.session.scalars(select(AuditRecord).filter_by(subject=name, verb=verb)).all())


def _order_under(console: Console, row: Authorization) -> str:
    with console.desk.view() as ctx:
        key = ctx.session.scalars(select(Order.id).filter_by(authorization_id=row.id)).first()
        return public_id(Prefix.ORDER, key or 0)


def test_the_list_leads_to_every_authorization_and_its_csv_has_the_same(
    shown: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sought, "LOOKS_AT", 150)
    vera = shown.browser("vera")
    address, seen = "/authorizations?state=active", list[str]()
    while address:
        page = vera.get(address).text
        seen += _ROWS.findall(page)
        further = re.search(r'href="(/authorizations\?[^"]*after=[^"]+)" data-key="m"', page)
        address = further[1].replace("&amp;", "&") if further else ""
    with shown.desk.view() as ctx:
        keys = ctx.session.scalars(select(Authorization.id).filter_by(state="active").order_by(Authorization.id.desc()))
        names = [public_id(Prefix.AUTHORIZATION, key) for key in keys]
    assert seen == names
    monkeypatch.undo()
    sheet = csv.DictReader(io.StringIO(vera.get("/authorizations.csv", state="active").text))
    assert [row["authorization"] for row in sheet] == names


def test_an_own_name_goes_straight_to_its_authorization_and_an_unknown_one_is_said(shown: Console) -> None:
    row, vera = _one(shown, state="active"), shown.browser("vera")
    assert vera.get("/authorizations", name=row.external_id).headers["location"] == _address(row)
    assert vera.get("/authorizations", name=public_id(Prefix.AUTHORIZATION, row.id)).status_code == 303
    assert vera.get("/authorizations", name="nobody").status_code == 422


def test_an_authorization_shows_its_words_their_hash_and_what_the_rules_ask(shown: Console) -> None:
    row = _one(shown, state="active", kind="recurring")
    page = shown.browser("vera").get(_address(row)).text
    assert row.text_sha256.hex() in page
    assert hashlib.sha256(row.text.encode()).digest() == row.text_sha256
    assert row.text.partition(",")[0].split()[-1] in page
    assert "missing" not in re.sub(r"<[^>]+>", "", page[page.index("s-asked") : page.index("s-evidence")])
    assert all(str(value) in page for value in row.evidence.values())
    assert "Revoke it" not in page, "who only looks is offered nothing"
    assert "Build package" not in page


def test_what_is_missing_stands_first_with_its_source(console: Console) -> None:
    row = _one(console, state="active", channel="phone", kind="recurring")
    with console.desk.action() as ctx:
        ctx.session.execute(update(Authorization).where(Authorization.id == row.id).values(evidence={}))
    page = console.browser("vera").get(_address(row)).text
    asked = page[page.index('id="s-asked"') : page.index('id="s-evidence"')]
    assert re.search(r"the recording of the call <b|the recording of the call.{0,20}missing", asked, re.DOTALL)
    assert asked.index("the recording of the call") < asked.index("how the buyer revokes")


def test_revoking_ends_it_once_and_says_beforehand_what_it_stops(console: Console) -> None:
    with console.desk.view() as ctx:
        order = ctx.session.scalars(select(Order).filter_by(state="open")).first()
        assert order is not None
        row = ctx.session.get_one(Authorization, order.authorization_id)
        ctx.session.expunge_all()
    maria = console.browser("maria")
    assert re.search(r"It stops \d+ orders", maria.get(_address(row)).text)
    assert maria.post(f"{_address(row)}/revoke").status_code == 422
    assert maria.post(f"{_address(row)}/revoke", reason="the buyer wrote").status_code == 303
    assert _state(console, row) == "revoked"
    assert maria.post(f"{_address(row)}/revoke", reason="the buyer wrote").status_code == 409
    assert _records(console, row, "revoke_authorization") == 1


def test_a_legal_hold_is_set_and_lifted_and_stands_among_what_is_kept(console: Console) -> None:
    row, maria = _one(console, state="consumed"), console.browser("maria")
    assert maria.post(f"{_address(row)}/legal-hold", reason="a claim is <open>").status_code == 303
    page = maria.get("/authorizations/kept").text
    assert public_id(Prefix.AUTHORIZATION, row.id) in page
    assert "a claim is &lt;open&gt;" in page
    assert row.external_id in maria.get("/authorizations/kept.csv").text
    assert maria.post(f"{_address(row)}/lift", reason="settled").status_code == 303
    assert row.external_id not in maria.get("/authorizations/kept.csv").text
    assert _records(console, row, "set_legal_hold") == 2


def test_a_proof_is_asked_for_with_its_clock_and_made_as_one_file_whose_hash_is_kept(console: Console) -> None:
    row, maria = _one(console, state="consumed"), console.browser("maria")
    order = _order_under(console, row)
    asked = maria.post(f"{_address(row)}/proof-request", order=order, on=console.clock().date().isoformat())
    assert asked.status_code == 303
    for address in ("/authorizations", "/authorizations/requests", _address(row)):
        page = maria.get(address).text
        assert 'role="img" aria-label="banking day' in page, address
    made = maria.post(f"{_address(row)}/proof", order=order)
    assert made.status_code == 200
    assert made.headers["content-disposition"].startswith("attachment")
    assert row.text_sha256.hex() in made.text
    sha256 = hashlib.sha256(made.content).hexdigest()
    assert sha256 in maria.get(_address(row)).text
    with console.desk.view() as ctx:
        assert [fact.detail["sha256"] for fact in ctx.session.scalars(select(Fact).filter_by(kind="proof_made"))] == [
            sha256
        ]
        kinds = ctx.session.scalars(select(Case.kind).filter_by(kind="proof_of_authorization")).all()
    assert len(kinds) == 1


def test_a_written_statement_is_asked_for_answered_and_never_answered_with_nothing(console: Console) -> None:
    with console.desk.view() as ctx:
        row = ctx.session.scalars(select(Return).where(Return.code.in_(["R05", "R07", "R10", "R11"]))).first()
        assert row is not None
        order = ctx.session.get_one(Order, row.order_id)
        authorization = ctx.session.get_one(Authorization, order.authorization_id)
        ctx.session.expunge_all()
    maria = console.browser("maria")
    name = public_id(Prefix.RETURN, row.id)
    assert name in maria.get(_address(authorization)).text
    sent = {"return": name, "reason": "the buyer says he never wrote one"}
    assert maria.post(f"{_address(authorization)}/statement", sent).status_code == 303
    with console.desk.view() as ctx:
        request = ctx.session.scalars(select(OdfiRequest)).one()
        key = public_id(Prefix.REQUEST, request.id)
    assert order.external_id in maria.get("/authorizations/requests").text
    assert maria.post(f"/authorizations/requests/{key}/answer", outcome=" ").status_code == 422
    assert maria.post(f"/authorizations/requests/{key}/answer", outcome="no statement exists").status_code == 303
    sheet = list(csv.DictReader(io.StringIO(maria.get("/authorizations/requests.csv").text)))
    assert [(each["request"], each["state"], each["outcome"]) for each in sheet] == [
        (key, "answered", "no statement exists")
    ]
    taken = maria.post(f"/authorizations/requests/{key}/withdraw", reason="not needed")
    assert taken.status_code == 409


@pytest.mark.parametrize(
    "act", ["revoke", "suspend", "resume", "supersede", "legal-hold", "lift", "proof", "proof-request", "statement",
            "notice-sent"],
)  # fmt: skip
def test_who_only_looks_decides_nothing(shown: Console, act: str) -> None:
    row = _one(shown, state="active")
    for name in ("vera", "nadia", "chen", "kim"):
        assert shown.browser(name).post(f"{_address(row)}/{act}", reason="because").status_code == 403, (name, act)
    assert _state(shown, row) == "active"


def test_a_hostile_name_is_shown_harmlessly_everywhere(console: Console) -> None:
    hostile = "<script>alert(1)</script>"
    row = _one(console, state="active")
    with console.desk.action() as ctx:
        ctx.session.execute(update(Merchant).values(name=hostile))
    vera = console.browser("vera")
    for address in (
        "/orders",
        "/authorizations",
        _address(row),
        f"/orders/{_order_under(console, row)}",
        "/find?q=scr",
    ):
        page = vera.get(address).text
        assert "<script>alert" not in page, address
        assert "&lt;script&gt;alert" in page, address


def test_a_chinese_page_has_none_of_the_english_sentences(shown: Console) -> None:
    vera = shown.browser("vera")
    vera.http.cookies.set("__Host-ingather-language", "zh")
    row = _one(shown, state="consumed")
    for address in ("/authorizations", "/authorizations/requests", "/authorizations/kept", _address(row)):
        page = vera.get(address).text
        main = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")].replace(row.text, ""))
        assert re.search(r"[\u4e00-\u9fff]", main)
        for english in (
            "What the Rules ask",
            "Where it stands",
            "consumed",
            "Proof for",
            "that it is an authorization",
        ):
            assert english not in main, (address, english)
