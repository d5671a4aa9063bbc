"""Merchants, buyers, accounts and authorizations over HTTP: recorded once, shown masked, to whom they are shown."""

from typing import Any

import pytest
from sqlalchemy import text

from ingather.domain.users import BOUND
from ingather.rules.authorizations import ALL_STATEMENTS
from tests.api.office import Client, Front, open_front
from tests.journey.stage import EVIDENCE, TUESDAY, Sale, night
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("api-parties")  # its book is made once

ROUTING = "021000021"
MERCHANT = {
    "external_id": "shore", "name": "Shore Goods", "company_name": "HARBOR GOODS",
    "company_identification": "1845550101", "entry_description": "ORDERS",
}  # fmt: skip


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("parties"), [Sale(), Sale(merchant="summit")])


def _account(name: str, buyer: str, number: int, **changes: str) -> dict[str, Any]:
    return {
        "external_id": name, "buyer": buyer, "routing": ROUTING, "number": red_account(number), "kind": "checking",
        "holder": "consumer", "validation_method": "external", "validated_on": "2026-11-10", **changes,
    }  # fmt: skip


def _authorization(name: str, buyer: str, account: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- a body's fields
    return {
        "external_id": name, "buyer": buyer, "account": account, "merchant": "harbor", "kind": "standing",
        "channel": "online", "text": "I agree.\nDebit me.", "given_at": "2026-11-10T10:00:00-05:00",
        "evidence": EVIDENCE, "statements": list(ALL_STATEMENTS), "valid_from": "2026-11-10", **changes,
    }  # fmt: skip


def _made(client: Client, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_from_a_merchant_to_an_order(front: Front) -> None:
    client = front.client()
    made = _made(client, "/merchants", MERCHANT | {"metadata": {"crm": "9"}})
    assert _made(client, "/merchants", MERCHANT, 200)["id"] == made["id"]
    other = client.post("/merchants", MERCHANT | {"name": "Other"})
    assert (other.status_code, other.json()["existing"]) == (409, made["id"])
    buyer = _made(client, "/buyers", {"external_id": "ann", "name": "Ann Lee"})
    account = _made(client, "/accounts", _account("ann-1", buyer["id"], 900))
    assert (account["validated"], account["buyer"]) == (True, "ann")
    allowed = _made(client, "/authorizations", _authorization("ann-a", "ann", account["id"]))
    assert (allowed["state"], allowed["lacks"], allowed["account"]) == ("active", [], "ann-1")
    order = {"external_id": "ann-o", "authorization": allowed["id"], "amount_minor": 900, "due_on": "2026-11-20"}
    assert _made(client, "/orders", order)["buyer_id"] == buyer["id"]


def test_a_number_is_written_and_never_read(front: Front) -> None:
    client = front.client()
    _made(client, "/buyers", {"external_id": "bob", "name": "Bob Roe"})
    body = _account("bob-1", "bob", 901)
    answers = [
        client.post("/accounts", body),
        client.post("/accounts", body),
        client.post("/accounts", body | {"number": red_account(902)}),
        client.post("/accounts", body | {"external_id": "bob-2", "number": red_account(901) + "!"}),
        client.post("/accounts", body | {"external_id": "bob-3", "routing": "123456789"}),
        client.post("/accounts", body | {"external_id": "bob-4", "number": "0" * 9}),
        client.get("/accounts", last4=red_account(901)[-4:]),
    ]
    assert [each.status_code for each in answers] == [201, 200, 409, 422, 422, 422, 200]
    assert [each["pointer"] for each in answers[3].json()["errors"]] == ["/number"]
    assert [each["pointer"] for each in answers[4].json()["errors"]] == ["/routing"]
    told = "".join(each.text for each in answers)
    assert not any(red_account(number) in told for number in (901, 902))
    with front.stage.desk.view() as ctx:
        kept = ctx.session.execute(text("SELECT answer, headers FROM answered_calls")).all()
    assert not any(red_account(901).encode() in bytes(row.answer) for row in kept)


def test_the_same_account_has_the_same_fingerprint_under_any_name(front: Front) -> None:
    client = front.client()
    _made(client, "/buyers", {"external_id": "cy", "name": "Cy Orr"})
    one, again, other = (
        _made(client, "/accounts", _account(f"cy-{number}-{at}", "cy", number))
        for at, number in enumerate((910, 910, 911))
    )
    assert one["fingerprint"] == again["fingerprint"] != other["fingerprint"]


def test_what_an_authorization_lacks_makes_a_draft_that_is_completed(front: Front) -> None:
    client = front.client()
    lacking = _authorization("draft", "b000", "b000", evidence={}, statements=None)
    draft = _made(client, "/authorizations", lacking)
    assert draft["state"] == "draft"
    assert draft["lacks"]
    path = f"/authorizations/{draft['id']}"
    done = _made(client, f"{path}/complete", {"evidence": EVIDENCE, "statements": list(ALL_STATEMENTS)}, 200)
    assert (done["state"], done["lacks"]) == ("active", [])
    assert _made(client, f"{path}/suspend", {"reason": "asked"}, 200)["state"] == "suspended"
    assert _made(client, f"{path}/resume", {"reason": "asked"}, 200)["state"] == "active"
    assert _made(client, f"{path}/revoke", {"reason": "by letter"}, 200)["state"] == "revoked"
    assert client.post(f"{path}/revoke", {"reason": "again"}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"buyer": "nobody"}, "/buyer"),
        ({"account": "nobody"}, "/account"),
        ({"merchant": "nobody"}, "/merchant"),
        ({"valid_to": "2026-01-01"}, "/valid_to"),
        ({"validation_method": "external"}, "/validated_on"),
        ({"given_at": "2026-11-10T10:00:00"}, "/given_at"),
        ({"debits": 3}, "/debits"),
        ({"evidence": {"ip": "here"}}, "/evidence/ip"),
    ],
)
def test_a_fault_of_an_authorization_is_pointed_at(front: Front, changes: dict[str, Any], pointer: str) -> None:
    answer = front.client().post("/authorizations", _authorization("faulty", "b000", "b000") | changes)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])


def test_metadata_is_replaced_where_it_is_as_it_was_read(front: Front) -> None:
    client = front.client()
    merchant = client.get("/merchants", external_id="harbor").json()["data"][0]
    path = f"/merchants/{merchant['id']}"
    tag = client.get(path).headers["ETag"]
    changed = client.post(path, {"metadata": {"a": "1"}}, method="PATCH", **{"If-Match": tag})
    assert (changed.status_code, changed.json()["metadata"]) == (200, {"a": "1"})
    assert client.post(path, {"metadata": {}}, method="PATCH", **{"If-Match": tag}).status_code == 412
    assert client.get(path).headers["ETag"] == changed.headers["ETag"]


def test_a_key_of_one_merchant_brings_its_own_buyers_and_sees_no_others(front: Front) -> None:
    ours, theirs, desk = (
        front.client(BOUND, merchant=name) if name else front.client() for name in ("harbor", "summit", "")
    )
    buyer = _made(ours, "/buyers", {"external_id": "harbor-dee", "name": "Dee Poe"})
    account = _made(ours, "/accounts", _account("harbor-dee-1", "harbor-dee", 920))
    assert ours.get(f"/buyers/{buyer['id']}").status_code == 200
    assert (
        theirs.get(f"/buyers/{buyer['id']}").status_code == theirs.get(f"/accounts/{account['id']}").status_code == 404
    )
    taken = theirs.post("/buyers", {"external_id": "harbor-dee", "name": "Dee Poe"})
    assert (taken.status_code, taken.json().get("existing")) == (409, None)
    stolen = theirs.post("/accounts", _account("summit-1", "harbor-dee", 921))
    assert (stolen.status_code, stolen.json()["errors"][0]["pointer"]) == (422, "/buyer")
    body = _authorization("harbor-dee-a", "harbor-dee", "harbor-dee-1")
    assert theirs.post("/authorizations", body | {"merchant": "summit"}).json()["errors"][0]["pointer"] == "/buyer"
    del body["merchant"]
    assert _made(ours, "/authorizations", body)["merchant"] == "harbor"
    assert {row["external_id"] for row in theirs.get("/buyers").json()["data"]} == {"b001"}
    assert "harbor-dee" in {row["external_id"] for row in desk.get("/buyers").json()["data"]}
    assert ours.post("/merchants", MERCHANT | {"external_id": "another"}).status_code == 403


def test_the_proof_for_the_bank_is_asked_for_and_made_without_a_number(front: Front) -> None:
    client = front.client()
    night(front.stage, TUESDAY)
    order = client.get("/orders", external_id="b000").json()["data"][0]
    path = f"/authorizations/{order['authorization_id']}"
    asked = client.post(f"{path}/proof-requests", {"order": order["id"], "on": "2026-11-17"})
    assert asked.status_code == 201, asked.text
    assert asked.json()["due_on"] > "2026-11-17"
    made = _made(client, f"{path}/proofs", {"order": order["id"]})
    assert order["id"] in made["content"]
    assert not any(red_account(number) in made["content"] for number in range(4))
    other = client.get("/orders", external_id="b001").json()["data"][0]
    assert client.post(f"{path}/proofs", {"order": other["id"]}).status_code == 409
