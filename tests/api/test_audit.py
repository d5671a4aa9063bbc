"""The audit trail over HTTP: read by who may, page by page, and followed without us once it is exported."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from ingather.cli import ingather_verify
from ingather.domain.users import Permission, Role
from tests.api.office import Client, Front, open_front
from tests.journey.stage import MONDAY, Sale, night

pytestmark = pytest.mark.xdist_group("api-audit")  # its book is made once


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    front = open_front(tmp_path_factory.mktemp("audit"), [Sale()])
    night(front.stage, MONDAY)
    return front


@pytest.fixture(scope="module")
def client(front: Front) -> Client:
    return front.client({Permission.AUDIT_READ})


def test_records_are_listed_and_shown_by_number(client: Client) -> None:
    seen, after = [], None
    while True:
        page = client.get("/audit-records", limit=5, order="oldest", **({"after": after} if after else {})).json()
        seen += page["data"]
        if (after := page["meta"]["next_cursor"]) is None:
            break
    assert [each["sequence"] for each in seen] == list(range(1, len(seen) + 1))
    assert all(one["hash"] == two["previous"] for one, two in pairwise(seen))
    assert client.get("/audit-records/3").json() == seen[2]
    assert client.get(f"/audit-records/{len(seen) + 1}").status_code == 404
    sealed = client.get("/audit-records", verb="seal_file").json()["data"]
    assert {each["actor"] for each in sealed} == {"system:night"}
    about = client.get("/audit-records", subject=sealed[0]["subject"], actor="system:night").json()["data"]
    assert {each["subject"] for each in about} == {sealed[0]["subject"]}
    assert client.get("/audit-records", **{"at[gte]": "2030-01-01T00:00:00Z"}).json()["data"] == []


def test_the_head_says_where_it_was_kept(client: Client) -> None:
    head = client.get("/audit-head").json()
    last = client.get("/audit-records", limit=1).json()["data"][0]
    assert (head["sequence"], head["hash"]) == (last["sequence"], last["hash"])
    (kept,) = head["kept"]
    assert (kept["place"], kept["fault"]) == ("host", None)
    told = client.get(f"/audit-records/{kept['sequence']}").json()
    assert told["hash"] == kept["hash"]


def test_an_export_is_followed_by_plain_python(client: Client, tmp_path: Path) -> None:
    answer = client.get("/audit-export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    export, anchors = tmp_path / "audit.jsonl", tmp_path / "anchors"
    export.write_bytes(answer.content)
    about, *records, head = [json.loads(line) for line in answer.content.splitlines()]
    anchors.write_text(f"{records[1]['seq']} {records[1]['hash']} 2026-11-16T18:00:00Z {about['instance']}\n")
    assert head["head"]["hash"] == records[-1]["hash"]
    assert _verified(export, anchors) == (0, f"{len(records)} records hold. The head is {head['head']['hash']}\n")
    lines = answer.content.splitlines()
    export.write_bytes(b"\n".join(lines[:4]) + b"\n")
    assert _verified(export, anchors) == (40, "Record 4 is at fault: cut. The export does not end with its head.\n")
    export.write_bytes(b"\n".join([*lines[:3], lines[3].replace(b'"actor": "', b'"actor": "x'), *lines[4:]]) + b"\n")
    assert _verified(export, anchors) == (40, "Record 3 is at fault: changed.\n")
    export.write_text("no export")
    assert _verified(export)[0] == 2
    part = client.get("/audit-export", **{"from": 3, "to": 5})
    export.write_bytes(part.content)
    assert _verified(export, anchors)[0] == 0
    assert client.get("/audit-export", **{"from": 9_999}).status_code == 404
    assert client.get("/audit-export", **{"from": 5, "to": 3}).status_code == 404


def _verified(*arguments: Path) -> tuple[int, str]:
    """Run the verifier in a Python that has nothing but its own library."""
    plain = [sys.executable, "-I", "-S", ingather_verify.__file__, *map(str, arguments)]
    done = subprocess.run(plain, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_only_who_may_read_the_trail_reads_it(front: Front) -> None:
    for path in ("/audit-records", "/audit-records/1", "/audit-head", "/audit-export"):
        assert front.client({Permission.ORDERS_READ}).get(path).status_code == 403
        assert front.person("paula", Role.OPERATOR).get(path).status_code == 403
        assert front.person("carla", Role.COMPLIANCE).get(path).status_code == 200
