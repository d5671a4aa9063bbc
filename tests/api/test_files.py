"""Files over HTTP: looked through masked, verified, and approved by a second person who names the hash of the bytes."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from ingather.domain.users import Permission, Role
from ingather.jobs.night.run import run_night
from ingather.store.tables import AuditRecord, File
from tests.api.office import Client, Front, open_front
from tests.journey.stage import MONDAY, Sale, all_files, at, changed_terms, night
from tests.red import ACCOUNTS

pytestmark = pytest.mark.xdist_group("api-files")  # its book is made once

SALES = [Sale(amount=100), Sale(amount=200), Sale(amount=400, merchant="summit")]
BY_HAND = changed_terms(auto_approve_under_cents=0)


def sealed(folder: Path) -> Front:
    """Return the office of a book whose one file waits for its second person."""
    front = open_front(folder, SALES, profile=BY_HAND)
    night(front.stage, MONDAY)
    return front


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return sealed(tmp_path_factory.mktemp("files"))


def newest(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/files", limit=1).json()["data"][0]
    return found


def test_a_file_is_listed_by_state_night_and_date_and_shown_with_its_batches(front: Front) -> None:
    client = front.client({Permission.FILES_READ})
    (file,) = client.get("/files", state="sealed", **{"night_on[gte]": "2026-11-16"}).json()["data"]
    assert client.get("/files", **{"effective_on[lte]": "2026-11-16"}).json()["data"] == []
    assert (file["entries"], file["debit_minor"], file["currency"]) == (3, 700, "USD")
    answer = client.get(f"/files/{file['id']}")
    assert answer.headers["ETag"] == f'"{file["sha256"]}"'
    assert [batch["debit_minor"] for batch in answer.json()["batch_list"]] == [300, 400]
    assert answer.json()["approvals"] == []


def test_entries_are_found_by_trace_amount_account_and_order(front: Front) -> None:
    client = front.client({Permission.FILES_READ})
    path = f"/files/{newest(client)['id']}/entries"
    first = client.get(path, limit=2, order="oldest").json()
    rest = client.get(path, limit=2, order="oldest", after=first["meta"]["next_cursor"]).json()
    assert [each["external_id"] for each in first["data"] + rest["data"]] == ["b000", "b001", "b002"]
    one = first["data"][1]
    for query in ({"trace": one["trace"]}, {"amount_minor[gte]": 150, "amount_minor[lte]": 250},
                  {"last4": one["last4"]}, {"external_id": "b001"}):  # fmt: skip
        assert [each["id"] for each in client.get(path, **query).json()["data"]] == [one["id"]]
    assert [each["external_id"] for each in client.get(path, batch=2).json()["data"]] == ["b002"]
    assert client.get(path, trace="9" * 15).json()["data"] == []


def test_records_are_masked_and_named_by_their_columns_and_every_view_is_kept(front: Front) -> None:
    client = front.client({Permission.FILES_READ})
    path = f"/files/{newest(client)['id']}/records"
    first = client.get(path, limit=3)
    found = first.json()
    assert [each["record"] for each in found["data"]] == ["File Header", "Batch Header", "Entry Detail"]
    entry = found["data"][2]
    account = next(each for each in entry["fields"] if each["name"] == "account_number")
    assert (account["columns"], account["value"][:1]) == ("13-29", "*")
    assert (len(entry["text"]), entry["text"][12:29].strip()) == (94, account["value"])
    last = client.get(path, after=found["next_after"], limit=500).json()
    assert (last["next_after"], last["lines"], len(last["data"])) == (None, 10, 7)
    assert last["problems"] == []
    whole = first.text + client.get(path).text
    assert not any(number in whole for number in ACCOUNTS)
    with front.stage.desk.view() as ctx:
        seen = ctx.session.scalars(select(AuditRecord.actor).where(AuditRecord.verb == "show_file")).all()
    assert len(seen) == 3
    assert all(actor.startswith("key:") for actor in seen)


def test_a_file_is_verified_against_its_bytes(tmp_path: Path) -> None:
    front = sealed(tmp_path)
    client = front.client()
    path = f"/files/{newest(client)['id']}/verification"
    well = client.get(path).json()
    assert (well["ok"], well["problems"], well["second_reader"]) == (True, [], "agrees")
    assert well["next_actions"] == ["approve", "refuse", "void"]
    with front.stage.desk.action() as ctx:
        ctx.session.execute(update(File).values(debit_cents=701))
    ill = client.get(path).json()
    assert (ill["ok"], "approve" in ill["next_actions"]) == (False, False)
    assert ill["problems"] == ["the totals of the bytes are not those of the book"]


def test_a_file_is_approved_by_the_hash_that_was_read_and_by_another_person(tmp_path: Path) -> None:
    front = open_front(tmp_path, SALES, profile=BY_HAND)
    at(front.stage, MONDAY)
    run_night(front.stage.desk.as_actor("user:maria"))
    maria, omar = (front.person(name, Role.APPROVER, Role.OPERATOR) for name in ("maria", "omar"))
    file = newest(omar)
    path, mine = f"/files/{file['id']}/approve", f'"{file["sha256"]}"'
    unread = omar.post(path)
    assert (unread.status_code, unread.json()["code"]) == (428, "condition_missing")
    for other in ('"' + "0" * 64 + '"', "*", file["sha256"]):
        changed = omar.post(path, **{"If-Match": other})
        assert (changed.status_code, changed.json()["next_actions"]) == (412, ["read_again"])
    own = maria.post(path, **{"If-Match": mine})
    assert (own.status_code, own.json()["code"]) == (403, "maker_is_checker")
    assert newest(omar)["state"] == "sealed"
    first = omar.post(path, key="once", **{"If-Match": mine})
    again = omar.post(path, key="once", **{"If-Match": mine})
    assert (first.status_code, first.json()["state"], first.headers["ETag"]) == (200, "approved", mine)
    assert [(each["checker"], each["decision"]) for each in first.json()["approvals"]] == [("user:omar", "approved")]
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    twice = omar.post(path, **{"If-Match": mine})
    assert (twice.status_code, twice.json()["code"]) == (409, "wrong_state")


def test_what_is_refused_or_voided_is_made_again(tmp_path: Path) -> None:
    front = sealed(tmp_path)
    client, omar = front.client(), front.person("omar", Role.APPROVER)
    first = newest(client)
    refused = omar.post(f"/files/{first['id']}/refuse", {"reason": "wrong day"})
    assert (refused.json()["state"], refused.json()["void_reason"]) == ("voided", "wrong day")
    run_night(front.stage.desk)
    second = newest(client)
    assert second["id"] != first["id"]
    stale = client.post(f"/files/{second['id']}/void", {"reason": "again"}, **{"If-Match": f'"{first["sha256"]}"'})
    assert stale.status_code == 412
    voided = client.post(f"/files/{second['id']}/void", {"reason": "again"})
    assert (voided.status_code, voided.json()["state"]) == (200, "voided")
    late = omar.post(f"/files/{second['id']}/approve", **{"If-Match": f'"{second["sha256"]}"'})
    assert (late.status_code, "only a sealed file" in late.json()["detail"]) == (409, True)
    assert [row["state"] for row in all_files(front.stage)] == ["voided", "voided"]


def test_files_are_of_all_merchants_and_no_key_of_one_looks_into_them(front: Front) -> None:
    client = front.client({Permission.RETURNS_READ}, merchant="harbor")
    file = newest(front.client())["id"]
    for path in ("/files", f"/files/{file}", f"/files/{file}/records", f"/files/{file}/entries"):
        assert client.get(path).status_code == 403
    assert front.client().get("/files/fil_0000000000000").status_code == 404
