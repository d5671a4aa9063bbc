"""People over HTTP: who grants, whom, and that who grants approves nothing and is always somebody."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ingather.domain.users import Role
from tests.api.document import document
from tests.api.office import Client, Front, open_front

pytestmark = pytest.mark.xdist_group("api-users")  # its book is made once


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("users"))


def ada_of(front: Front) -> Client:
    """Return the administrator, signed in."""
    return front.person("ada", Role.ADMINISTRATOR)


def add(front: Front, name: str, *roles: Role) -> dict[str, Any]:
    """Have a person recorded."""
    answer = ada_of(front).post("/users", {"name": name, "roles": list(roles)})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["user"]
    return found


def decide(client: Client, user: dict[str, Any], what: str, **body: Any) -> Any:  # noqa: ANN401 -- a response
    """Decide about a person."""
    return client.post(f"/users/{user['id']}/{what}", {"reason": "as agreed", **body})


def test_a_person_is_recorded_found_granted_disabled_and_enabled(front: Front) -> None:
    ada, user = ada_of(front), add(front, "rita", Role.VIEWER)
    assert (user["name"], user["roles"], user["has_password"]) == ("rita", ["viewer"], False)
    assert ada.get("/users", name="RITA").json()["data"] == [user]
    assert ada.get(f"/users/{user['id']}").json() == user
    granted = decide(ada, user, "grant", roles=["operator", "viewer"])
    assert granted.json()["roles"] == ["viewer", "operator"]
    rita = front.person("rita")
    assert "orders:write" in rita.get("/whoami").json()["permissions"]
    assert decide(ada, user, "disable").json()["state"] == "disabled"
    assert rita.get("/whoami").status_code == 401, "signed in no longer"
    assert decide(ada, user, "disable").status_code == 409
    assert decide(ada, user, "enable").json()["state"] == "active"
    assert rita.get("/whoami").status_code == 401, "and has to sign in again"


def test_roles_count_from_the_next_call_on(front: Front) -> None:
    user = add(front, "rolf", Role.OPERATOR)
    rolf = front.person("rolf")
    decide(ada_of(front), user, "grant", roles=[])
    assert rolf.get("/whoami").json()["permissions"] == []


def test_nobody_grants_disables_resets_or_links_himself(front: Front) -> None:
    ada = ada_of(front)
    me = ada.get("/users", name="ada").json()["data"][0]
    for what, body in (
        ("grant", {"roles": ["administrator", "operator"]}), ("disable", {}), ("reset", {}),
        ("link", {"issuer": "https://id.example.com", "subject": "1"}),
    ):  # fmt: skip
        refused = decide(ada, me, what, **body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted"), what


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.KEY_CUSTODIAN])
def test_who_grants_or_makes_keys_approves_nothing(front: Front, role: Role) -> None:
    ada = ada_of(front)
    assert ada.post("/users", {"name": "both", "roles": [role, "approver"]}).status_code == 422
    user = add(front, f"a-{role}".replace("_", "-"), Role.APPROVER)
    assert decide(ada, user, "grant", roles=["approver", role]).status_code == 422
    with pytest.raises(IntegrityError, match="who_grants_approves_nothing"), front.stage.desk.action() as ctx:
        ctx.session.execute(text("UPDATE users SET roles = :roles WHERE name = :name"),
                            {"roles": f"approver,{role}", "name": user["name"]})  # fmt: skip


def test_an_administrator_is_always_left(front: Front) -> None:
    ben = add(front, "ben", Role.ADMINISTRATOR)
    me = ada_of(front).get("/users", name="ada").json()["data"][0]
    ben_there = front.person("ben")
    assert decide(ben_there, me, "grant", roles=["viewer"]).status_code == 200
    assert decide(ada_of(front), ben, "disable").status_code == 403, "she is none any more"
    assert decide(ben_there, me, "grant", roles=["administrator"]).status_code == 200
    assert decide(ada_of(front), ben, "disable").status_code == 200


def test_what_a_reset_forgets(front: Front) -> None:
    user = add(front, "rosa", Role.VIEWER)
    rosa = front.person("rosa")
    once = decide(ada_of(front), user, "reset").json()
    assert once["token"].startswith("ing_once_")
    assert rosa.get("/whoami").status_code == 401
    chosen = front.http.post(
        "/v1/passwords", json={"name": "rosa", "token": once["token"], "password": "one of many words"}
    )
    assert chosen.status_code == 200
    assert ada_of(front).get(f"/users/{user['id']}").json()["has_password"] is True


def test_an_answer_that_shows_a_token_is_kept_nowhere(front: Front) -> None:
    ada = ada_of(front)
    first = ada.post("/users", {"name": "once", "roles": []}, key="the-same")
    again = ada.post("/users", {"name": "once", "roles": []}, key="the-same")
    assert (first.status_code, again.status_code) == (201, 409)
    shows = [
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
        if operation["x-once"] == "no" and "post" in methods and operation is methods["post"]
    ]
    assert {"add_a_user", "reset_user", "make_api_key", "rotate_api_key", "begin_a_session"} <= set(shows)
