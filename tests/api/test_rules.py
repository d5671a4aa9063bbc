"""Rules, policy, rates and the worker over HTTP: dated rows with their sources, a policy taken, what is wrong now."""

import pytest

from ingather.domain.users import Permission, Role
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.work import work_once
from ingather.rules.rows import rows, table_names
from ingather.rules.tables import policy_text
from tests.api.office import Client, Front, open_front
from tests.journey.stage import MONDAY, Sale, Script, play, returned

pytestmark = pytest.mark.xdist_group("api-rules")  # its book is made once


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return a played week in which one of three debits came back, and one round of the worker."""
    back = Script(fates={("B 001", 1): returned("R01")})
    front = open_front(tmp_path_factory.mktemp("rules"), [Sale(), Sale(), Sale(merchant="summit")], behaviour=back)
    play(front.stage, *banking_days(MONDAY, 5))
    work_once(front.stage.desk, holder="here")
    return front


@pytest.fixture(scope="module")
def client(front: Front) -> Client:
    return front.client({Permission.RULES_READ, Permission.SETTLEMENTS_READ, Permission.FILES_READ})


def test_the_rows_come_page_by_page_with_their_source_and_standing(client: Client) -> None:
    found, after = [], None
    while True:
        page = client.get("/rules", limit=200, **({"after": after} if after else {})).json()
        found += [row["id"] for row in page["data"]]
        after = page["meta"]["next_cursor"]
        if after is None:
            break
    assert found == [row.id for name in table_names() for row in rows(name)]
    (row,) = client.get("/rules", key="R01", table="return_codes").json()["data"]
    assert (row["standing"], row["source"], row["confidence"]) == (
        "in_force",
        "Nacha Operating Rules, Appendix Four",
        "2",
    )
    assert client.get("/rules", table="return_codes", standing="in_force", on="1990-01-01").status_code == 422
    early = client.get("/rules", table="windows", standing="in_force", on="2015-01-01").json()["data"]
    assert {each["standing"] for each in early} <= {"in_force"}
    assert client.get("/rules", table="wishes").json()["code"] == "unreadable"
    assert client.get("/rules", after="nowhere").json()["code"] == "unreadable"


def test_what_a_decision_rested_on_is_told_row_by_row(client: Client) -> None:
    kept = client.get("/rule-sets").json()["data"]
    shown = client.get(f"/rule-sets/{kept[0]['id']}").json()
    assert [row["id"] for row in shown["said"]] == kept[0]["rows"]
    assert shown["gone"] == []
    assert client.get("/rule-sets/rul_0000000000000").status_code == 404


def test_deadlines_and_windows_are_counted(client: Client) -> None:
    found = client.get("/rules/deadlines", **{"from": "2026-11-16"}).json()
    assert found["banking_day"] is True
    assert {"2026-11-18"} <= {each["day"] for each in found["deadlines"]}
    assert client.get("/rules/deadlines", **{"from": "2098-01-01"}).json()["code"] == "unreadable"
    windows = client.get("/rules/windows").json()
    assert windows["taking"] in {each["id"] for each in windows["windows"]}


def test_a_policy_is_checked_and_taken_once(front: Front, client: Client) -> None:
    carla = front.person("carla", Role.COMPLIANCE)
    before = client.get("/policy").json()
    text = policy_text("rehearsal").replace("version = 1", "version = 2")
    assert client.post("/policy/check", {"toml": text}).json() == {"ok": True, "name": "rehearsal/2", "problems": []}
    wrong = client.post("/policy/check", {"toml": text + "\n[settlement]\nhold_dais = 3\n"}).json()
    assert (wrong["ok"], "hold_dais" in wrong["problems"][0]) == (False, True)
    assert client.post("/policy", {"toml": text}).json()["code"] == "not_permitted"
    taken = carla.post("/policy", {"toml": text})
    assert (taken.status_code, taken.json()["version"], taken.json()["taken_by"]) == (201, 2, "user:carla")
    assert carla.post("/policy", {"toml": text}).status_code == 200
    assert client.get("/policy").json() == taken.json()
    old = carla.post("/policy", {"toml": before["toml"]})
    assert (old.status_code, old.json()["code"]) == (409, "wrong_state")
    assert carla.post("/policy", {"toml": "version = "}).status_code == 422


def test_rates_have_their_limit_and_how_many_more_until_it(client: Client) -> None:
    found = client.get("/rates", by="all", method="period").json()
    overall = {row["rate"]: row for row in found["rates"]}["overall"]
    assert (overall["returns"], overall["debits"], overall["rate_bps"], overall["limit_bps"]) == (1, 4, 2_500, 1_500)
    assert (overall["more_until_limit"], overall["one_return_is_over"], found["unmatched"]) == (0, True, 0)
    assert {row["by"] for row in client.get("/rates").json()["rates"]} == {"all", "company", "sec", "merchant"}
    (route,) = client.get("/exposure").json()["data"]
    assert route["route"] == "main"
    replayed = client.get("/whatif", hold_days=30, reserve_bps=500).json()
    assert replayed["asked"] == {"hold_days": 30, "reserve_bps": 500}
    assert replayed["what_if"]["delay_days"] > replayed["today"]["delay_days"]
    assert client.get("/whatif", hold_days=181).status_code == 422


def test_the_workers_runs_and_the_alarms_are_told(front: Front, client: Client) -> None:
    runs = client.get("/worker/runs").json()["data"]
    assert {row["state"] for row in runs} == {"done"}
    assert [row["kind"] for row in client.get("/worker/runs", kind="watch").json()["data"]] == ["watch"]
    assert client.get("/worker/runs", **{"due_at[lte]": "2026-01-01T00:00:00Z"}).json()["data"] == []
    assert client.get(f"/worker/runs/{runs[0]['id']}").json() == runs[0]
    assert client.get("/worker/timetable").json()["next_at"] > runs[0]["due_at"]
    alarms = client.get("/alarms").json()
    assert alarms["ok"] == (not alarms["data"])
    assert all(each["sentence"] and each["runbook"] for each in alarms["data"])
    assert front.client({Permission.ORDERS_READ}).get("/alarms").status_code == 403
