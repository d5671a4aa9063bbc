"""Reconciliation over HTTP: days closed by one person and signed by another, postings explained and explained anew."""

from typing import Any

import pytest

from ingather.domain.users import Role
from ingather.jobs.rehearsal.stage import banking_days
from tests.api.office import Client, Front, open_front
from tests.journey.stage import MONDAY, Sale, Script, broken, play, returned

pytestmark = pytest.mark.xdist_group("api-reconciliation")  # its book is made once

DAY = "2026-11-17"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return a played week in which one of two debits settled and the other came back."""
    back = Script(fates={("B 001", 1): returned("R01")})
    front = open_front(tmp_path_factory.mktemp("days"), (Sale(), Sale(merchant="summit")), behaviour=back)
    play(front.stage, *banking_days(MONDAY, 4))
    return front


@pytest.fixture(scope="module")
def maria(front: Front) -> Client:
    return front.person("maria", Role.OPERATOR)


@pytest.fixture(scope="module")
def paula(front: Front) -> Client:
    return front.person("paula", Role.APPROVER)


def feed_of(client: Client) -> str:
    (feed,) = client.get("/feeds").json()["data"]
    return str(feed["id"])


def test_a_day_is_closed_by_one_person_and_signed_by_another_as_it_was_read(maria: Client, paula: Client) -> None:
    path = f"/reconciliation/days/{feed_of(maria)}/{DAY}"
    run = maria.post("/reconciliation/runs")
    assert (run.status_code, run.json()["days"][0]["balanced"]) == (200, True)
    shown = maria.get(path)
    assert (shown.json()["balanced"], shown.json()["closed"]) == (True, None)
    assert all(each["holds"] and each["sentence"] for each in shown.json()["equations"])
    assert paula.post(f"{path}/sign", {}).status_code == 428
    early = paula.post(f"{path}/sign", {}, **{"If-Match": shown.headers["ETag"]})
    assert (early.status_code, early.json()["code"]) == (404, "no_such")
    closed = maria.post(f"{path}/close")
    assert (closed.status_code, closed.json()["closed"]["state"]) == (200, "balanced")
    stale = paula.post(f"{path}/sign", {}, **{"If-Match": shown.headers["ETag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed")
    now = {"If-Match": closed.headers["ETag"]}
    assert maria.post(f"{path}/sign", {}, **now).json()["code"] == "not_permitted"
    signed = paula.post(f"{path}/sign", {"note": "seen"}, **now)
    assert signed.json()["closed"]["signed_by"] == "user:paula", signed.text
    assert maria.post(f"{path}/close").json()["code"] == "wrong_state"
    (listed,) = maria.get("/reconciliation/days", state="signed", **{"on[gte]": DAY}).json()["data"]
    assert (listed["on"], listed["closed_by"], listed["note"]) == (DAY, "user:maria", "seen")
    assert maria.get("/reconciliation/days", **{"on[gte]": "2026-11-18"}).json()["data"] == []


def test_a_day_without_its_statement_is_not_closed(maria: Client) -> None:
    path = f"/reconciliation/days/{feed_of(maria)}/2026-12-01"
    assert maria.get(path).json()["statement"] is False
    assert maria.post(f"{path}/close").json()["code"] == "wrong_state"
    assert maria.get(f"/reconciliation/days/fed_0000000000000/{DAY}").status_code == 404
    assert maria.get(f"/reconciliation/days/{feed_of(maria)}/soon").status_code == 422


def postings(client: Client, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- filters of any kind
    found: list[dict[str, Any]] = client.get("/postings", **query).json()["data"]
    return found


def test_a_posting_is_explained_undone_and_explained_by_hand(front: Front, maria: Client) -> None:
    assert postings(maria, matched=False) == []
    (posting,) = postings(maria, event="settlement", **{"amount_minor[gte]": 1, "value_on[lte]": DAY}, limit=1)
    path = f"/postings/{posting['id']}"
    shown = maria.get(path).json()
    assert (shown["suggestions"], [each["kind"] for each in shown["matches"]]) == ([], ["settlement"])
    (match,) = shown["matches"]
    twice = {"reason": "seen", "batch": match["target"], "note": True}
    assert maria.post(f"{path}/match", twice).json()["code"] == "unreadable"
    assert maria.post(f"{path}/match", {"reason": "seen", "batch": match["target"]}).json()["code"] == "wrong_state"
    other = postings(maria, event="return")[0]["id"]
    elsewhere = f"/postings/{other}/matches/{match['id']}/undo"
    assert maria.post(elsewhere, {"reason": "another one's"}).status_code == 404
    undone = maria.post(f"{path}/matches/{match['id']}/undo", {"reason": "another batch"}).json()
    assert (undone["matched"], undone["matches"][0]["undone_because"]) == (False, "another batch")
    assert match["target"] in {each["target"] for each in undone["suggestions"]}
    assert [row["id"] for row in postings(maria, matched=False)] == [posting["id"]]
    again = maria.post(f"{path}/match", {"reason": "it was it", "batch": match["target"]}, key="by-hand")
    assert (again.status_code, again.json()["matched"]) == (200, True)
    repeated = maria.post(f"{path}/match", {"reason": "it was it", "batch": match["target"]}, key="by-hand")
    assert repeated.content == again.content
    assert len([each for each in maria.get(path).json()["matches"] if not each["undone_because"]]) == 1
    assert broken(front.stage) == []


def test_a_return_and_words_explain_a_posting_too(maria: Client) -> None:
    (posting,) = postings(maria, event="return")
    path = f"/postings/{posting['id']}"
    (match,) = maria.get(path).json()["matches"]
    for body in ({"return": match["target"]}, {"note": True}):
        (standing,) = [each for each in maria.get(path).json()["matches"] if not each["undone_because"]]
        maria.post(f"{path}/matches/{standing['id']}/undo", {"reason": "look again"})
        explained = maria.post(f"{path}/match", body | {"reason": "as the bank says"})
        assert explained.json()["matched"], explained.text
    assert maria.post(f"{path}/match", {"reason": "a charge", "fee": True}).json()["code"] == "no_such"
    assert maria.post("/postings/pst_0000000000000/match", {"reason": "a charge", "note": True}).status_code == 404
