"""People and keys of the API in the console: an administrator acts with reason and code, two persons review access."""

import json
import re

import pytest
from sqlalchemy import select

from ingather.domain.users import Permission, ReviewState, Role, UserState
from ingather.store.reading.access_reviews import who_can
from ingather.store.reading.audit import RECORDS
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.reading.users import users_listed
from ingather.store.tables import AccessReview, ApiKey, User
from tests.console.front import Browser, Console

_TOKEN = re.compile(r'<code class="token">([^<]+)</code>')


def _id(console: Console, name: str) -> str:
    with console.desk.view() as ctx:
        return next(str(row["id"]) for row in users_listed(ctx.session) if row["name"] == name)


def _count(console: Console, verb: str) -> int:
    with console.desk.view() as ctx:
        return len(page_of(ctx.session, RECORDS, Wanted(limit=100, filters={"verb": verb}))[0])


def _user(console: Console, name: str) -> User:
    with console.desk.view() as ctx:
        row = ctx.session.scalars(select(User).where(User.name == name)).one()
        ctx.session.expunge(row)
        return row


def test_the_list_says_what_each_can_do_and_the_csv_has_the_same(shown: Console) -> None:
    chen = shown.browser("chen")
    page, sheet = chen.get("/rules/people").text, chen.get("/rules/people.csv").text
    for name in ("ada", "chen", "kim", "maria", "nadia", "vera"):
        assert name in page
        assert f"\n{name}," in sheet.replace("\r", "")
    with shown.desk.view() as ctx:
        can = {row["name"]: row["rights"] for row in who_can(ctx.session)}
    assert can == {
        "ada": ["grant", "keys"],
        "chen": ["unmask"],
        "kim": ["keys"],
        "maria": ["send"],
        "nadia": ["approve"],
    }


@pytest.mark.parametrize("name", ["maria", "nadia", "vera", "kim"])
def test_who_may_not_read_people_does_not(shown: Console, name: str) -> None:
    assert shown.browser(name).get("/rules/people").status_code == 403


def test_a_person_is_added_with_a_token_that_is_shown_once(console: Console) -> None:
    ada = console.browser("ada")
    made = ada.post("/rules/people", {"name": "olga", "role_operator": "1", "code": ada.code()})
    token = _TOKEN.search(made.text)
    assert made.status_code == 200
    assert token is not None
    assert _user(console, "olga").roles == "operator"
    assert token[1] not in ada.get(f"/rules/people/{_id(console, 'olga')}").text
    taken = ada.post("/rules/people", {"name": "olga", "role_viewer": "1", "code": ada.code()})
    assert taken.status_code == 409
    assert 'value="olga"' in taken.text
    both = {"name": "pia", "role_approver": "1", "role_administrator": "1", "code": ada.code()}
    assert ada.post("/rules/people", both).status_code == 422
    assert console.browser("chen").post("/rules/people", {"name": "x"}).status_code == 403


def test_roles_are_granted_people_disabled_and_enabled_with_a_reason_and_never_by_themselves(console: Console) -> None:
    ada, vera = console.browser("ada"), _id(console, "vera")
    path = f"/rules/people/{vera}"
    silent = ada.post(f"{path}/roles", {"role_operator": "1", "code": ada.code()})
    assert silent.status_code == 422
    assert _user(console, "vera").roles == "viewer"
    granted = ada.post(f"{path}/roles", {"role_operator": "1", "reason": "she joins the night", "code": ada.code()})
    assert granted.status_code == 303
    assert _user(console, "vera").roles == "operator"
    assert ada.post(f"{path}/disable", {"reason": "she leaves", "code": ada.code()}).status_code == 303
    assert _user(console, "vera").state == UserState.DISABLED
    assert ada.post(f"{path}/enable", {"reason": "she is back", "code": ada.code()}).status_code == 303
    reset = ada.post(f"{path}/reset", {"reason": "forgotten", "second_factor": "lost", "code": ada.code()})
    assert _TOKEN.search(reset.text) is not None
    himself = ada.post(f"/rules/people/{_id(console, 'ada')}/disable", {"reason": "x", "code": ada.code()})
    assert himself.status_code == 403
    assert "Nobody grants" in ada.get(f"/rules/people/{_id(console, 'ada')}").text
    assert [_count(console, verb) for verb in ("grant_roles", "disable_user", "enable_user", "reset_password")] == [
        1
    ] * 4


def _review(browser: Browser, findings: str = "everybody keeps what they have") -> int:
    return browser.post("/rules/access-review", {"findings": findings, "code": browser.code()}).status_code


def test_a_review_of_access_is_signed_off_by_somebody_else_and_keeps_the_list_as_it_stood(console: Console) -> None:
    ada, chen = console.browser("ada"), console.browser("chen")
    assert _review(chen) == 303
    assert _review(ada) == 409
    with console.desk.view() as ctx:
        (row,) = ctx.session.scalars(select(AccessReview)).all()
        number, listed = row.id, row.people
    assert {each["name"]: each["rights"] for each in listed}["nadia"] == ["approve"]
    assert "You wrote it" in chen.get("/rules/people").text
    assert chen.post(f"/rules/access-review/{number}/sign", code=chen.code()).status_code == 403
    assert ada.post(f"/rules/access-review/{number}/sign", code=ada.code()).status_code == 403
    with console.desk.as_actor("user:dora").action() as ctx:
        ctx.session.add(_compliance(ctx.ids.one(), console))
    assert chen.get(f"/rules/people/review/{number}").status_code == 200
    assert "dora" in chen.get("/rules/people").text


def _compliance(key: int, console: Console) -> User:
    return User(
        id=key, name="dora", roles=Role.COMPLIANCE, state=UserState.ACTIVE, created_at=console.desk.clock(),
        created_by="user:ada",
    )  # fmt: skip


def test_the_second_person_signs_a_review_off_once_or_refuses_it_with_a_reason(console: Console) -> None:
    ada, chen = console.browser("ada"), console.browser("chen")
    assert _review(ada, "<script>alert(1)</script> maria keeps send") == 303
    page = chen.get("/rules/people").text
    assert "<script>alert" not in page
    number = re.search(r"/rules/access-review/(\d+)/sign", page)
    assert number is not None
    path = f"/rules/access-review/{number[1]}"
    assert chen.post(f"{path}/refuse", reason=" ").status_code == 422
    assert chen.post(f"{path}/refuse", reason="kim is missing").status_code == 303
    assert chen.post(f"{path}/sign", code=chen.code()).status_code == 409
    assert _review(ada) == 303
    again = re.search(r"/rules/access-review/(\d+)/sign", chen.get("/rules/people").text)
    assert again is not None
    assert chen.post(f"/rules/access-review/{again[1]}/sign", code=chen.code()).status_code == 303
    with console.desk.view() as ctx:
        states = ctx.session.scalars(select(AccessReview.state).order_by(AccessReview.id)).all()
    assert states == [ReviewState.REFUSED, ReviewState.SIGNED]
    assert _count(console, "sign_access_review") == 1
    assert "signed off by chen" in chen.get("/rules/people").text


def test_a_key_of_the_api_is_made_rotated_and_revoked_and_its_token_is_shown_once(console: Console) -> None:
    ada = console.browser("ada")
    made = ada.post(
        "/rules/api-keys", {"name": "the shop's checkout", f"may_{Permission.ORDERS_WRITE}": "1", "code": ada.code()}
    )
    token = _TOKEN.search(made.text)
    assert token is not None
    page = ada.get("/rules/api-keys").text
    assert "checkout" in page
    assert token[1] not in page
    found = re.search(r"/rules/api-keys/(key_[0-9A-Z]+)", page)
    assert found is not None
    path = f"/rules/api-keys/{found[1]}"
    turned = _TOKEN.search(ada.post(f"{path}/rotate", {"reason": "yearly", "code": ada.code()}).text)
    assert turned is not None
    assert turned[1] != token[1]
    assert ada.post(f"{path}/revoke", {"reason": "", "code": ada.code()}).status_code == 422
    assert ada.post(f"{path}/revoke", {"reason": "the shop is closed", "code": ada.code()}).status_code == 303
    with console.desk.view() as ctx:
        (row,) = ctx.session.scalars(select(ApiKey).where(ApiKey.name == "the shop's checkout")).all()
        assert (row.revoked_by, row.permissions) == ("user:ada", [Permission.ORDERS_WRITE])
    assert token[1] not in ada.get("/rules/api-keys.csv").text


def test_no_key_holds_what_is_for_people_and_no_viewer_makes_one(console: Console) -> None:
    ada = console.browser("ada")
    for held in (Permission.FILES_APPROVE, Permission.ACCOUNTS_UNMASK):
        refused = ada.post("/rules/api-keys", {"name": "n", f"may_{held}": "1", "code": ada.code()})
        assert refused.status_code == 422
    assert ada.post("/rules/api-keys", {"name": "n", "code": ada.code()}).status_code == 422
    assert console.browser("vera").get("/rules/api-keys").status_code == 403
    assert console.browser("chen").post("/rules/api-keys", {"name": "n"}).status_code == 403
    with console.desk.view() as ctx:
        assert json.dumps(ctx.session.scalars(select(ApiKey.name)).all()).count('"n"') == 0
