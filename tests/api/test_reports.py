"""Banks' reports over HTTP: sent in once, read item by item, their faults by line; hostile bytes are kept and told."""

from pathlib import Path
from typing import Any

import pytest

from ingather.domain.users import Permission, Role
from ingather.jobs.rehearsal.stage import banking_days
from ingather.store.locks import inbound_lock
from tests.api.office import Client, Front, open_front
from tests.journey.stage import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    bank_evening,
    night,
    open_cases,
    play,
    returned,
)
from tests.red import red_account
from tests.unit.reports.test_laid_out import BY_NAME, ROWS

pytestmark = pytest.mark.xdist_group("api-reports")  # its book is made once

OCTETS = {"Content-Type": "application/octet-stream"}
BACK = Script(fates={("B 001", 1): returned("R01")})
PROFILE = BY_NAME.replace('account = "330000"', 'account = "000012345678"')


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return a played week in which the second of two buyers returned R01."""
    front = open_front(tmp_path_factory.mktemp("reports"), (Sale(), Sale(merchant="summit")), behaviour=BACK)
    play(front.stage, *banking_days(MONDAY, 4))
    return front


@pytest.fixture
def waiting(tmp_path: Path, book_url: str) -> tuple[Front, str, bytes]:
    """Return an office to which the bank's first report has not been brought yet, the report's name and its bytes."""
    front = open_front(tmp_path, book=book_url)
    night(front.stage, MONDAY)
    told = [each for each in bank_evening(front.stage, MONDAY) if each.name.startswith("STR")]
    return front, told[0].name, told[0].data


def send(client: Client, data: bytes, *, name: str = "REPORT.txt", key: str | None = None, **query: Any) -> Any:  # noqa: ANN401 -- an httpx response
    """Send bytes in as a report."""
    headers = client.headers() | OCTETS | ({"Idempotency-Key": key} if key else {})
    return client.http.post("/v1/reports", params={"name": name, **query}, content=data, headers=headers)


def test_a_report_is_taken_once_and_the_same_bytes_again_are_the_known_one(waiting: tuple[Front, str, bytes]) -> None:
    front, name, data = waiting
    client = front.client({Permission.REPORTS_READ, Permission.REPORTS_WRITE})
    looked = send(client, data, name=name, check=True)
    assert (looked.status_code, looked.json()["did"], looked.json()["reading"]["ok"]) == (200, "checked", True)
    assert client.get("/reports").json()["data"] == []
    taken = send(client, data, name=name)
    assert (taken.status_code, taken.json()["did"]) == (201, "something")
    (told,) = taken.json()["reports"]
    assert (told["state"], told["known"]) == ("taken", False)
    again = send(client, data, name="other.txt")
    assert (again.status_code, again.json()["did"]) == (200, "nothing")
    assert (again.json()["reports"][0]["id"], again.json()["reports"][0]["known"]) == (told["id"], True)
    (listed,) = client.get("/reports", carrier="str-delimited", state="taken").json()["data"]
    assert (listed["id"], listed["name"], listed["business_on"]) == (told["id"], name, "2026-11-16")
    (feed,) = client.get("/feeds").json()["data"]
    assert (feed["newest_report"], feed["account"]) == ("2026-11-16", "...5678")
    assert client.get("/reports", feed=feed["id"]).json()["data"] == [listed]
    assert client.get("/reports", **{"business_on[gte]": "2026-11-17"}).json()["data"] == []


def test_an_upload_repeated_under_its_key_is_answered_alike(waiting: tuple[Front, str, bytes]) -> None:
    front, name, data = waiting
    client = front.client()
    first, again = (send(client, data, name=name, key="once") for _ in range(2))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert send(client, b"other", name=name, key="once").json()["code"] == "other_request"


def test_while_another_run_takes_reports_the_bytes_are_kept_and_the_next_run_takes_them(
    waiting: tuple[Front, str, bytes],
) -> None:
    front, name, data = waiting
    client = front.client()
    with inbound_lock(front.stage.desk.engine):
        kept = send(client, data, name=name)
    assert (kept.status_code, kept.json()["reports"][0]["state"]) == (201, "kept")
    taken = send(client, data, name=name)
    assert (taken.status_code, taken.json()["reports"][0]["state"]) == (201, "taken")
    assert taken.json()["reports"][0]["id"] == kept.json()["reports"][0]["id"]


HOSTILE = {
    "bytes of nothing": bytes(range(256)) * 40,
    "a report cut off": b"H,EXAMUS33,STR,20261",
    "one long line": b"D" * 200_000,
    "xml within xml": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><Document>&b;</Document>",
    "nested xml": b"<Document>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</Document>",
    "an account number": b"01," + red_account(7).encode() + b",,,/\n16,555,x,/\n",
    "nulls": b"\0" * 940,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bytes_are_kept_and_told_of_without_what_stands_in_them(front: Front, what: str) -> None:
    client, data = front.client(), HOSTILE[what]
    assert send(client, data, check=True).json()["reading"]["ok"] is False
    sent = send(client, data, name=f"{what}.txt")
    assert sent.status_code == 201, sent.text
    (told,) = sent.json()["reports"]
    assert told["state"] == "unreadable"
    shown = client.get(f"/reports/{told['id']}")
    assert (shown.json()["name"], shown.json()["in_the_books"]["postings"]) == (f"{what}.txt", 0)
    found = client.get(f"/reports/{told['id']}/problems").json()
    assert not found["complete"]
    assert any(each["severity"] == "error" and each["message"].endswith(".") for each in found["problems"])
    assert red_account(7) not in str(found) + sent.text + shown.text
    assert "report_unreadable" in open_cases(front.stage)


def test_what_is_no_report_at_all_is_a_clear_problem(front: Front) -> None:
    client = front.client()
    assert send(client, b"").json()["code"] == "unreadable"
    as_json = client.http.post(
        "/v1/reports?name=a", content=b"{}", headers=client.headers() | {"Content-Type": "application/json"}
    )
    assert (as_json.status_code, as_json.json()["code"]) == (415, "unknown_content")
    assert send(client, b"x", name="a\nb").status_code == 422
    large = send(client, b"x" * (front.office.settings.max_body_bytes + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert client.get("/reports/rep_0000000000000").json()["code"] == "no_such"


def test_the_items_of_a_report_come_page_by_page_without_names_and_numbers(front: Front) -> None:
    client = front.client({Permission.REPORTS_READ})
    found = [
        row["id"]
        for row in client.get("/reports", carrier="str-delimited").json()["data"]
        if row["items"].get("returns")
    ]
    whole = client.get(f"/reports/{found[0]}/items").json()["data"]
    assert {row["kind"] for row in whole} >= {"returns", "postings", "balances"}
    (back,) = [row["fields"] for row in whole if row["kind"] == "returns"]
    assert (back["reason"], back["amount_cents"]) == ("R01", 12_345)
    assert not {"receiver_name", "name", "account"} & set(back)
    paged, after = [], None
    while True:
        page = client.get(f"/reports/{found[0]}/items", limit=2, **({"after": after} if after else {})).json()
        paged += page["data"]
        after = page["meta"]["next_cursor"]
        if after is None:
            break
    assert paged == whole
    assert client.get(f"/reports/{found[0]}/items", kind="wishes").json()["code"] == "unreadable"


def test_a_profile_taken_later_lets_an_unreadable_report_be_taken(tmp_path: Path) -> None:
    front = open_front(tmp_path)
    client, compliance = front.client(), front.person("carla", Role.COMPLIANCE)
    sent = send(client, ROWS.encode(), name="RETURNS.csv").json()
    (told,) = sent["reports"]
    assert told["state"] == "unreadable"
    assert client.post("/report-profiles/check", {"toml": PROFILE.replace("version", "versoin")}).json()["ok"] is False
    wrong = compliance.post("/report-profiles", {"toml": PROFILE.replace("version", "versoin")})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "report_profile_refused")
    assert wrong.json()["errors"][0]["pointer"] == "/toml"
    assert compliance.post("/report-profiles", {"toml": PROFILE}).status_code == 201
    assert compliance.post("/report-profiles", {"toml": PROFILE}).status_code == 200
    retaken = client.post(f"/reports/{told['id']}/retake").json()
    assert (retaken["reports"][0]["state"], retaken["reports"][0]["items"]) == ("taken", {"returns": 2})
    assert client.post(f"/reports/{told['id']}/retake").json()["code"] == "wrong_state"
    ended = compliance.post("/report-profiles/example-returns/1/end", {"on": "2026-12-01"}).json()
    assert (ended["effective_to"], ended["taken_by"]) == ("2026-12-01", "user:carla")


def test_a_profile_says_what_its_reports_usually_hold_and_since_when(front: Front) -> None:
    client = front.client({Permission.REPORTS_READ})
    used = client.get("/reports", carrier="str-delimited").json()["data"][-1]["id"]
    name = client.get(f"/reports/{used}").json()["profile"]
    found = client.get(f"/report-profiles/{name}").json()
    assert name in {row["name"] for row in client.get("/report-profiles").json()["data"]}
    (reports,) = [row for row in found["habits"] if row["kind"] == "reports"]
    assert (reports["first_on"], reports["last_on"], reports["drifted_on"]) == ("2026-11-16", "2026-11-19", None)
    assert client.get("/report-profiles/nobody/1").json()["code"] == "no_such"


def test_one_person_asks_to_declare_a_day_complete_and_another_signs(tmp_path: Path) -> None:
    front = open_front(tmp_path)
    play(front.stage, MONDAY, TUESDAY)
    night(front.stage, WEDNESDAY)
    bank_evening(front.stage, WEDNESDAY)
    play(front.stage, THURSDAY)
    maria, paula = front.person("maria", Role.OPERATOR), front.person("paula", Role.APPROVER)
    (feed,) = maria.get("/feeds").json()["data"]
    assert feed["complete_through"] == "2026-11-17"
    (gap,) = maria.get("/feeds/gaps").json()["data"]
    assert gap["kind"] == "report_gap"
    day = {"day": "2026-11-18", "reason": "the bank closed its service"}
    path = f"/feeds/{feed['id']}/sign-offs"
    early = paula.post(f"{path}/2026-11-18/sign", {"reason": "I saw the portal"})
    assert (early.status_code, early.json()["code"]) == (404, "no_such")
    asked = maria.post(path, day)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    assert maria.post(path, day).json()["code"] == "wrong_state"
    assert maria.post(f"{path}/2026-11-18/sign", {"reason": "mine"}).json()["code"] == "not_permitted"
    assert {row["kind"] for row in maria.get("/feeds/gaps").json()["data"]} == {"report_gap", "sign_off_asked"}
    signed = paula.post(f"{path}/2026-11-18/sign", {"reason": "I saw the portal"})
    assert (signed.status_code, signed.json()["state"]) == (200, "signed")
    assert maria.get("/feeds").json()["data"][0]["complete_through"] == "2026-11-19"


def test_reports_are_of_all_merchants_and_no_bound_key_reads_them(front: Front) -> None:
    bound = front.client({Permission.SETTLEMENTS_READ}, merchant="harbor")
    for path in ("/reports", "/feeds", "/postings", "/reconciliation/days", "/report-profiles"):
        assert bound.get(path).status_code == 403, path
