"""The returns desk over HTTP: what came back is listed by both days, explained, decided about, and matched by hand."""

from typing import Any

import pytest

from ingather.domain.users import Permission, Role
from ingather.jobs.rehearsal.stage import banking_days
from tests.api.office import Front, front_of
from tests.journey.disputes.stage import Chain, evening
from tests.journey.stage import MONDAY, Sale, Script, broken, order, returned, staged

pytestmark = pytest.mark.xdist_group("api-returns")  # its book is made once

DAYS = banking_days(MONDAY, 8)
SALES = [
    Sale(amount=100),
    Sale(amount=200),
    Sale(amount=400),
    Sale(amount=800, merchant="summit"),
    Sale(amount=1_600, merchant="summit"),
]
FATES = {
    ("B 000", 1): returned("R01"),
    ("B 001", 1): returned("R02", after=4),
    ("B 002", 1): returned("R10", after=2),
    ("B 003", 1): returned("R11", after=3),
}
STRANGE = Chain(trace="091000010000099", back="021000020000098", settled=DAYS[5], amount=1_600)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return the office of a book with an R01, a late R02, an R10, an R11, and a return that fits no entry."""
    stage = staged(tmp_path_factory.mktemp("returns"), SALES, behaviour=Script(fates=FATES))
    for day in DAYS[:5]:
        evening(stage, day)
    evening(stage, DAYS[5], STRANGE.returned("R03", DAYS[5]))
    return front_of(stage)


def _by_code(front: Front, **query: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 -- the filters of a list
    return {row["code"]: row for row in front.client().get("/returns", **query).json()["data"]}


def test_returns_are_listed_by_their_own_day_and_by_the_debits(front: Front) -> None:
    assert sorted(_by_code(front)) == ["R01", "R02", "R03", "R10", "R11"]
    late = {"returned_on[gte]": DAYS[4].isoformat()}
    assert sorted(_by_code(front, **late)) == ["R02", "R03", "R11"]
    assert sorted(_by_code(front, **late, **{"effective_on[lte]": DAYS[1].isoformat()})) == ["R02", "R11"]
    for query, codes in (
        ({"code": ["r01", "R10"]}, ["R01", "R10"]),
        ({"category": "funds"}, ["R01"]),
        ({"timeliness": "late"}, ["R02"]),
        ({"next_step": "corrected_entry"}, ["R11"]),
        ({"merchant": "summit"}, ["R11"]),
        ({"unmatched": True}, ["R03"]),
        ({"disputable": True}, ["R02", "R03"]),
        ({"amount_minor[lte]": 200}, ["R01", "R02"]),
        ({"external_id": "b002"}, ["R10"]),
        ({"order_id": order(front.stage, "b002")["id"]}, ["R10"]),
        ({"trace": STRANGE.trace}, ["R03"]),
    ):
        assert sorted(_by_code(front, **query)) == codes, query
    assert front.client().get("/returns", order_id="b002").status_code == 404


def test_a_code_is_said_raw_and_in_words_with_its_rule(front: Front) -> None:
    row = _by_code(front)["R01"]
    assert (row["meaning"], row["category"], row["retryable"]) == ("insufficient_funds", "funds", True)
    assert (row["rule"], row["returned_on"]) == ("return_codes/R01@2000-01-01", DAYS[2].isoformat())
    assert (row["deadline_on"], row["timeliness"]) == (DAYS[3].isoformat(), "in_time")
    late = front.client().get(f"/returns/{_by_code(front)['R02']['id']}").json()
    assert (late["timeliness"], [each["kind"] for each in late["cases"]]) == ("late", ["late_return"])
    assert [each["code"] for each in late["can_dishonour"]] == ["R68"]
    assert "return_codes/R02@2000-01-01" in late["rows"]


def test_a_return_is_disputed_and_let_stand(front: Front) -> None:
    client, back = front.client(), _by_code(front)["R02"]["id"]
    read = client.get(f"/returns/{back}")
    chosen = client.post(f"/returns/{back}/dishonour", {"code": "r68"}, **{"If-Match": read.headers["ETag"]})
    assert (chosen.status_code, chosen.json()["returned"]["dispute"]["state"]) == (200, "chosen")
    (dispute,) = client.get("/disputes", return_id=back).json()["data"]
    assert client.get(f"/disputes/{dispute['id']}").json()["ask_by"] == chosen.json()["ask_by"]
    (request,) = client.get("/requests", kind="dishonour", state="asked").json()["data"]
    assert (request["about"], request["code"]) == (back, "R68")
    refused = client.post(f"/requests/{request['id']}/withdraw", {"reason": "no"})
    assert (refused.status_code, "belongs to the dispute" in refused.json()["detail"]) == (409, True)
    stale = client.post(f"/returns/{back}/let-stand", {"reason": "no"}, **{"If-Match": read.headers["ETag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed")
    stands = client.post(f"/returns/{back}/let-stand", {"reason": "we were late ourselves"})
    assert (stands.status_code, stands.json()["returned"]["dispute"]) == (200, None)
    assert broken(front.stage) == []


def test_an_account_is_stopped_and_let_go_by_a_persons_word(front: Front) -> None:
    client, back = front.client(), _by_code(front)["R01"]["id"]
    stopped = client.post(f"/returns/{back}/block", {"reason": "the buyer asked us to wait"})
    assert (stopped.status_code, stopped.json()["account"][:4]) == (200, "acc_")
    assert client.post(f"/returns/{back}/block", {"reason": "again"}).status_code == 409
    assert client.post(f"/returns/{back}/unblock", {"reason": "he may be debited"}).status_code == 200
    closed = _by_code(front)["R02"]["id"]
    refused = client.post(f"/returns/{closed}/unblock", {"reason": "no"})
    assert (refused.status_code, "blocked for ever by R02" in refused.json()["detail"]) == (409, True)


def test_one_corrected_entry_follows_an_r11(front: Front) -> None:
    client, back = front.client(), _by_code(front)["R11"]["id"]
    planned = client.post(f"/returns/{back}/corrected-entry", {"reason": "the amount was right"})
    assert (planned.status_code, planned.json()["retry_on"]) == (200, DAYS[5].isoformat())
    again = client.post(f"/returns/{back}/corrected-entry", {"reason": "once more"})
    assert (again.status_code, "planned already" in again.json()["detail"]) == (409, True)
    wrong = client.post(f"/returns/{_by_code(front)['R10']['id']}/corrected-entry", {"reason": "no"})
    assert wrong.status_code == 409


def test_the_written_statement_behind_an_r10_is_asked_for_and_answered(front: Front) -> None:
    client, back = front.client(), _by_code(front)["R10"]["id"]
    asked = client.post(f"/returns/{back}/statement-copy", {"reason": "the buyer says he never signed"}).json()
    assert [each["kind"] for each in client.get(f"/returns/{back}").json()["asked"]] == ["statement_copy"]
    told = client.post(f"/requests/{asked['request']}/answer", {"outcome": "the copy is in ticket 7"})
    assert (told.json()["state"], told.json()["answered_on"]) == ("answered", DAYS[5].isoformat())
    case = next(each for each in client.get(f"/returns/{back}").json()["cases"] if each["kind"] == "statement_copy")
    noted = client.post(f"/cases/{case['id']}/notes", {"text": "the signature is the buyer's"})
    assert [each["kind"] for each in noted.json()["history"]][-1] == "noted"
    bare = client.post(f"/cases/{case['id']}/close", {"outcome": "here"})
    assert (bare.status_code, "what shows its outcome" in bare.json()["detail"]) == (409, True)
    closed = client.post(f"/returns/{back}/close", {"outcome": "here", "evidence": "ticket 7"})
    assert closed.json()["returned"]["open"] is False
    assert client.post(f"/returns/{back}/close", {"outcome": "twice"}).status_code == 409


def test_an_unmatched_return_has_candidates_with_scores_and_is_matched_by_hand(front: Front) -> None:
    client, omar = front.client(), front.person("omar", Role.APPROVER)
    back = _by_code(front)["R03"]["id"]
    (likely,) = client.get(f"/returns/{back}/candidates").json()["data"]
    assert (likely["external_id"], likely["agreed"], likely["differed"]) == ("b004", ["amount"], ["trace"])
    assert (0 < likely["score"] < 50, likely["can_be_matched"]) == (True, True)
    made = client.post(f"/returns/{back}/match", {"entry": likely["entry"], "reason": "the bank named it"})
    assert (made.status_code, made.json()["order"], made.json()["returned"]["applied"]) == (200, likely["order"], True)
    match = made.json()["match"]
    shown = client.get(f"/matches/{match}").json()
    assert (shown["rule"], shown["score"], shown["evidence"]["reason"]) == ("by-hand", 100, "the bank named it")
    asked = client.post(f"/matches/{match}/undo", {"reason": "it named another"}).json()
    assert (asked["undone"], asked["next_actions"]) == (False, ["approve", "refuse"])
    assert [each["id"] for each in client.get("/matches", asked=True).json()["data"]] == [match]
    kept = omar.post(f"/matches/{match}/refuse", {"reason": "first ask the bank"})
    assert (kept.status_code, kept.json()["undo_asked_by"]) == (200, None)
    client.post(f"/matches/{match}/undo", {"reason": "it named another"})
    undone = omar.post(f"/matches/{match}/approve").json()
    assert (undone["undone"], undone["match"]["undone_because"]) == (True, "it named another")
    nobody = omar.post(f"/matches/{match}/approve")
    assert (nobody.status_code, "undone already" in nobody.json()["detail"]) == (409, True)
    assert client.get(f"/returns/{undone['returned']}").json()["applied"] is False
    lost = client.post(f"/returns/{undone['returned']}/write-off", {"reason": "nobody's"})
    assert (lost.status_code, lost.json()["written_off_minor"]) == (200, 1_600)
    assert [each["id"] for each in client.get("/matches", undone=True).json()["data"]] == [match]
    assert broken(front.stage) == []


def test_a_key_of_one_merchant_sees_the_returns_of_its_orders_alone(front: Front) -> None:
    client = front.client({Permission.RETURNS_READ}, merchant="harbor")
    assert sorted(row["code"] for row in client.get("/returns").json()["data"]) == ["R01", "R02", "R10"]
    rows = _by_code(front)
    assert client.get(f"/returns/{rows['R01']['id']}").status_code == 200
    assert client.get(f"/returns/{rows['R11']['id']}").status_code == 404
    assert client.get("/returns", order_id=order(front.stage, "b003")["id"]).status_code == 404
    assert {row["order"] for row in client.get("/cases").json()["data"]} <= {
        order(front.stage, name)["id"] for name in ("b000", "b001", "b002")
    }
    for path in ("/corrections", "/matches", "/requests", f"/returns/{rows['R01']['id']}/candidates"):
        assert client.get(path).status_code == 403
    assert client.post(f"/returns/{rows['R01']['id']}/block", {"reason": "no"}).status_code == 403
