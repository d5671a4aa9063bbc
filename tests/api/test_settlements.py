"""Merchants' statements, payouts and accounts over HTTP: each sees its own, two persons decide, each is paid once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingather.domain.users import Permission, Role
from ingather.jobs.rehearsal.stage import banking_days
from tests.api.office import Client, Front, front_of
from tests.journey.payouts.merchants import PAYDAY, ROUTING, account, by, collected, terms
from tests.journey.stage import MONDAY, Sale, Script, at, broken, play, returned, staged
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("api-settlements")  # its book is made once

SALES = (
    Sale(amount=10_000, holder="business"),
    Sale(amount=700, holder="business", merchant="summit"),
    Sale(amount=4_000, holder="business", merchant="summit"),
)
BACK = Script(fates={("B 002", 1): returned("R01"), ("B 002", 2): returned("R01"), ("B 002", 3): returned("R01")})


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return two merchants who are paid by sheet on ``PAYDAY``; one order of the second one's came back."""
    folder = tmp_path_factory.mktemp("settlements")
    stage = collected(folder, *SALES, method="sheet", behaviour=BACK, profile=terms())
    at(stage, PAYDAY)
    return front_of(stage)


@pytest.fixture(scope="module")
def maria(front: Front) -> Client:
    return front.person("maria", Role.OPERATOR)


@pytest.fixture(scope="module")
def paula(front: Front) -> Client:
    return front.person("paula", Role.APPROVER)


@pytest.fixture(scope="module")
def made(maria: Client) -> dict[str, dict[str, Any]]:
    """Return the statements of the day by merchant."""
    run = maria.post("/settlements", key="payday")
    assert (run.status_code, run.json()["did"], run.json()["kept_back"]) == (201, "something", [])
    assert maria.post("/settlements", key="payday").content == run.content
    assert maria.post("/settlements").json()["did"] == "nothing"
    return {row["merchant"]: row for row in run.json()["statements"]}


def payouts_of(client: Client, **query: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 -- filters of any kind
    return {row["merchant"]: row for row in client.get("/payouts", **query).json()["data"]}


def test_a_statement_ties_and_its_lines_say_why(maria: Client, made: dict[str, dict[str, Any]]) -> None:
    summit = made["summit"]
    assert (summit["collected_minor"], summit["payable_minor"], summit["closing_minor"]) == (700, 700, 0)
    path = f"/settlements/{summit['id']}"
    shown = maria.get(path).json()
    assert (shown["as_of"], shown["payout"]["amount_minor"]) == (str(PAYDAY), 700)
    lines = maria.get(f"{path}/lines").json()["data"]
    assert len(lines) == shown["lines"]
    assert [row["amount_minor"] for row in lines if row["kind"] == "collected"] == [700]
    first = maria.get(f"{path}/lines", limit=1).json()
    assert first["data"] == lines[:1]
    assert maria.get(f"{path}/lines", kind="collected", external_id="b001").json()["data"][0]["currency"] == "USD"
    assert maria.get(f"{path}/steps").json()["data"] == []
    assert [row["id"] for row in maria.get("/settlements", merchant="summit").json()["data"]] == [summit["id"]]
    assert maria.get("/settlements", **{"as_of[lte]": "2026-11-01"}).json()["data"] == []
    assert maria.get("/settlements", merchant="nobody").json()["code"] == "no_such"


def test_a_statement_is_a_file_of_the_same_bytes_every_time(maria: Client, made: dict[str, dict[str, Any]]) -> None:
    path = f"/settlements/{made['harbor']['id']}/file"
    for form, media, start in (
        ("csv", "text/csv", b"order,"),
        ("json", "application/json", b"{"),
        ("pdf", "application/pdf", b"%PDF"),
    ):
        first, again = (maria.get(path, format=form) for _ in range(2))
        assert (first.status_code, first.headers["Content-Type"].partition(";")[0]) == (200, media)
        assert first.content.startswith(start)
        assert first.content == again.content
        assert f".{form}" in first.headers["Content-Disposition"]
    assert maria.get(path, format="xls").status_code == 422


def test_a_pdf_without_its_extra_is_a_sentence(
    maria: Client, made: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingather.jobs.statement_pdf.find_spec", lambda _: None)
    answer = maria.get(f"/settlements/{made['harbor']['id']}/file", format="pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "extra_missing")
    assert "pip install 'ingather[pdf]'" in answer.json()["detail"]


def test_a_payout_is_approved_by_another_person_as_it_was_read(
    front: Front, maria: Client, paula: Client, made: dict[str, dict[str, Any]]
) -> None:
    assert made
    payout = payouts_of(paula, state="due")["harbor"]
    assert payout["waits_for"] == "a second person: ingather payout approve"
    assert payouts_of(maria, reference=payout["reference"]) == {"harbor": payout}
    path = f"/payouts/{payout['id']}"
    read = paula.get(path)
    assert read.json() == payout
    assert paula.post(f"{path}/approve").status_code == 428
    assert front.client().post(f"{path}/approve").json()["code"] == "not_permitted"
    assert maria.post(f"{path}/approve", **{"If-Match": read.headers["ETag"]}).json()["code"] == "not_permitted"
    approved = paula.post(f"{path}/approve", **{"If-Match": read.headers["ETag"]})
    assert (approved.status_code, approved.json()["state"], approved.json()["approved_by"]) == (
        200,
        "approved",
        "user:paula",
    )
    assert paula.post(f"{path}/approve", **{"If-Match": read.headers["ETag"]}).status_code == 412
    neither = paula.post("/payouts/approve", {})
    assert (neither.status_code, neither.json()["code"]) == (422, "unreadable")
    assert paula.post("/payouts/approve", {"all_due": True}).json() == {
        "did": "something",
        "payouts": 1,
        "amount_minor": 700,
    }
    assert paula.post("/payouts/approve", {"payouts": [payout["id"]]}).json()["code"] == "wrong_state"


def test_approved_payouts_leave_on_one_sheet_and_are_noted(
    maria: Client, paula: Client, made: dict[str, dict[str, Any]]
) -> None:
    assert made
    assert paula.post("/payouts/approve", {"all_due": True}).status_code == 200
    sent = maria.post("/payouts/sheets", key="sheet")
    assert [(each["payouts"], each["amount_minor"]) for each in sent.json()["sheets"]] == [(2, 10_700)], sent.text
    assert maria.post("/payouts/sheets", key="sheet").content == sent.content
    assert maria.post("/payouts/sheets").json()["did"] == "nothing"
    found = payouts_of(maria, state="sent")
    assert {row["sheet"] for row in found.values()} == {sent.json()["sheets"][0]["name"].removesuffix(".csv")}
    harbor, summit = (f"/payouts/{found[name]['id']}" for name in ("harbor", "summit"))
    assert maria.post(f"{harbor}/cancel", {"reason": "too late"}).json()["code"] == "wrong_state"
    settled = maria.post(f"{harbor}/settled", {"evidence": "portal line 7"})
    assert (settled.json()["state"], settled.json()["settled_on"]) == ("settled", str(PAYDAY))
    back = maria.post(f"{summit}/returned", {"evidence": "a letter", "end_account": True})
    assert (back.json()["state"], back.json()["ended_on"]) == ("returned", str(PAYDAY))
    (ended,) = maria.get("/merchant-accounts", merchant="summit", state="ended").json()["data"]
    assert ended["ended_on"] == str(PAYDAY)


def test_a_key_of_one_merchant_sees_its_own_money_and_nothing_of_how_the_desk_works(
    front: Front, made: dict[str, dict[str, Any]]
) -> None:
    bound = front.client({Permission.SETTLEMENTS_READ}, merchant="harbor")
    assert [row["merchant"] for row in bound.get("/settlements").json()["data"]] == ["harbor"]
    (payout,) = bound.get("/payouts").json()["data"]
    assert (payout["merchant"], payout["asked_by"], payout["approved_by"], payout["waits_for"]) == (
        "harbor",
        None,
        None,
        None,
    )
    (mine,) = bound.get("/merchant-accounts").json()["data"]
    assert (mine["merchant"], mine["evidence"], mine["asked_by"]) == ("harbor", None, None)
    theirs = made["summit"]["id"]
    for path in (
        f"/settlements/{theirs}",
        f"/settlements/{theirs}/lines",
        f"/settlements/{theirs}/steps",
        f"/settlements/{theirs}/file",
    ):
        assert bound.get(path).status_code == 404, path
    merchants = {row["external_id"]: row["id"] for row in front.client().get("/merchants").json()["data"]}
    assert bound.get(f"/merchants/{merchants['harbor']}/balance").json()["available_minor"] == 0
    for what in ("balance", "terms"):
        assert bound.get(f"/merchants/{merchants['summit']}/{what}").status_code == 404
    for name in ("summit", merchants["summit"]):
        assert bound.get("/settlements", merchant=name).status_code == 404
    rates = bound.get("/rates").json()
    assert {(row["by"], row["name"]) for row in rates["rates"]} == {("merchant", "harbor")}
    assert rates["unmatched"] is None
    for path in ("/exposure", "/whatif", "/exports", "/alarms", "/rules"):
        assert bound.get(path).status_code == 403, path


def test_an_account_is_asked_for_by_one_person_approved_by_another_and_its_number_is_never_shown(
    maria: Client, paula: Client
) -> None:
    number = red_account(950)
    body = {
        "merchant": "harbor", "routing": ROUTING, "number": number, "name": "Harbor Goods LLC", "evidence": "a call",
    }  # fmt: skip
    asked = maria.post("/merchant-accounts", body, key="account")
    assert (asked.status_code, asked.json()["state"], asked.json()["last4"]) == (201, "asked", number[-4:])
    assert maria.post("/merchant-accounts", body, key="account").content == asked.content
    again = maria.post("/merchant-accounts", body)
    assert again.json()["code"] == "wrong_state"
    path = f"/merchant-accounts/{asked.json()['id']}"
    read = paula.get(path)
    assert paula.post(f"{path}/approve").status_code == 428
    used = paula.post(f"{path}/approve", **{"If-Match": read.headers["ETag"]})
    assert (used.json()["state"], used.json()["approved_by"]) == ("active", "user:paula")
    assert used.json()["first_day"] > str(PAYDAY)
    assert [row["state"] for row in maria.get("/merchant-accounts", merchant="harbor").json()["data"]] == [
        "active",
        "ended",
    ]
    wrong = maria.post("/merchant-accounts", body | {"routing": "021000022", "number": red_account(951)})
    assert wrong.status_code == 409
    unreadable = maria.post("/merchant-accounts", body | {"number": f"{red_account(951)}!"})
    assert unreadable.status_code == 422
    ended = maria.post(f"{path}/end", {"reason": "closed"})
    assert ended.json()["state"] == "ended"
    said = "".join(each.text for each in (asked, again, read, used, wrong, unreadable, ended))
    assert number not in said
    assert red_account(951) not in said


def test_a_payout_may_go_another_way_or_not_at_all(tmp_path: Path) -> None:
    stage = collected(tmp_path, *SALES[:2], method="ach", profile=terms())
    at(stage, PAYDAY)
    front = front_of(stage)
    maria, paula = front.person("maria", Role.OPERATOR), front.person("paula", Role.APPROVER)
    maria.post("/settlements")
    found = payouts_of(maria)
    harbor, summit = (f"/payouts/{found[name]['id']}" for name in ("harbor", "summit"))
    assert maria.post(f"{harbor}/method", {"method": "ach", "reason": "as before"}).json()["code"] == "wrong_state"
    changed = maria.post(f"{harbor}/method", {"method": "sheet", "reason": "the bank asks"}).json()
    assert (changed["method"], changed["state"]) == ("sheet", "due")
    refused = maria.post(f"{summit}/cancel", {"reason": "it is disputed"}, key="refused")
    assert refused.json()["state"] == "canceled"
    assert maria.post(f"{summit}/cancel", {"reason": "it is disputed"}, key="refused").content == refused.content
    assert maria.post(f"{summit}/cancel", {"reason": "it is disputed"}).json()["code"] == "wrong_state"
    both = paula.post("/payouts/approve", {"payouts": [found["harbor"]["id"], found["summit"]["id"]]})
    assert both.json()["code"] == "wrong_state"
    assert payouts_of(maria)["harbor"]["state"] == "due", "all of them or none"
    at(stage, PAYDAY + timedelta(days=1))
    owed = {row["merchant"]: row for row in maria.post("/settlements").json()["statements"]}
    assert [owed["summit"][name] for name in ("payable_again_minor", "payable_minor")] == [700, 700]
    assert owed["harbor"]["payable_minor"] == 0
    assert broken(stage) == []


def test_what_a_merchant_owes_is_invoiced_paid_in_part_and_lost_by_two_persons(tmp_path: Path) -> None:
    late = Script(fates={("B 000", 1): returned("R10", days=10)})
    stage = staged(tmp_path, [Sale(amount=10_000)], behaviour=late, profile=terms())
    by(stage, "sheet")
    account(stage)
    front = front_of(stage)
    maria, paula = front.person("maria", Role.OPERATOR), front.person("paula", Role.APPROVER)
    (merchant,) = (row["id"] for row in maria.get("/merchants").json()["data"])
    path = f"/merchants/{merchant}"
    assert maria.post(f"{path}/invoice").json()["code"] == "wrong_state"
    for number, day in enumerate(banking_days(MONDAY, 9)):
        play(stage, day)
        if number == 5:
            maria.post("/settlements")
    balance = maria.get(f"{path}/balance").json()
    assert (balance["available_minor"], balance["receivable_minor"]) == (-10_000, 0)
    assert maria.post(f"{path}/invoice").json()["receivable_minor"] == 10_000
    paid = maria.post(f"{path}/invoice-payments", {"amount_minor": 4_000, "reference": "wire 7"}).json()
    assert (paid["left_minor"], paid["balance"]["receivable_minor"]) == (6_000, 6_000)
    assert (
        maria.post(f"{path}/invoice-payments", {"amount_minor": 1, "reference": "WIRE 7"}).json()["code"]
        == "wrong_state"
    )
    asked = maria.post(f"{path}/write-off", {"reason": "it is bankrupt"}).json()
    assert (asked["loss_asked"]["amount_minor"], asked["loss_asked"]["asked_by"]) == (6_000, "user:maria")
    bound = front.client({Permission.SETTLEMENTS_READ}, merchant="harbor").get(f"{path}/balance").json()
    assert (bound["receivable_minor"], bound["loss_asked"]) == (6_000, None)
    assert paula.post(f"{path}/write-off/approve").status_code == 428
    etag = paula.get(f"{path}/balance").headers["ETag"]
    lost = paula.post(f"{path}/write-off/approve", **{"If-Match": etag})
    assert (lost.status_code, lost.json()["receivable_minor"], lost.json()["loss_asked"]) == (200, 0, None)
    agreed = maria.post(f"{path}/terms", {"hold_days": 3, "reserve_bps": 500, "reason": "as agreed"})
    assert agreed.json() == {"tier": None, "hold_days": 3, "reserve_bps": 500, "payout_method": None}
    assert maria.get(f"{path}/terms").json() == agreed.json()
    assert maria.post(f"{path}/terms", {"tier": "gold", "reason": "as agreed"}).json()["code"] == "wrong_state"
    assert broken(stage) == []
