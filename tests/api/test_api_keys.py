"""Keys of the API over HTTP: made within what a key may hold, rotated with an overlap, revoked with every token."""

from datetime import timedelta

import pytest

from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.users import BOUND, KEYS_MAY, PEOPLE_ONLY, Permission, Role
from tests.api.office import Client, Front, open_front

pytestmark = pytest.mark.xdist_group("api-api-keys")  # its book is made once


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("keys"))


def kate_of(front: Front) -> Client:
    """Return the key custodian, signed in."""
    return front.person("kate", Role.KEY_CUSTODIAN)


def body(**more: object) -> dict[str, object]:
    """Return a key to be made."""
    return {"name": "the shop", "permissions": ["orders:read"], **more}


def test_a_key_is_made_shown_once_listed_and_used(front: Front) -> None:
    kate = kate_of(front)
    made = kate.post("/api-keys", body(merchant="harbor", per_minute=60)).json()
    assert made["token"].startswith(made["key"]["begins"])
    assert made["key"]["begins"].startswith("ing_test_")
    listed = kate.get("/api-keys", merchant="harbor").json()["data"]
    assert listed[0] == made["key"]
    assert made["token"] not in kate.get("/api-keys").text
    shop = Client(http=front.http, token=made["token"])
    me = shop.get("/whoami").json()
    assert (me["permissions"], me["merchant"], me["session"]) == (["orders:read"], "harbor", None)
    assert kate.get(f"/api-keys/{made['key']['id']}").json()["last_used_at"] is not None


def test_what_a_key_may_not_hold(front: Front) -> None:
    kate = kate_of(front)
    for permission in PEOPLE_ONLY:
        refused = kate.post("/api-keys", body(permissions=[permission]))
        assert (refused.status_code, permission in refused.json()["detail"]) == (422, True)
    for permission in KEYS_MAY - BOUND:
        assert kate.post("/api-keys", body(permissions=[permission], merchant="harbor")).status_code == 422
    assert kate.post("/api-keys", body(permissions=sorted(KEYS_MAY))).status_code == 201
    assert kate.post("/api-keys", body(permissions=sorted(BOUND), merchant="harbor")).status_code == 201
    assert kate.post("/api-keys", body(permissions=[])).status_code == 422
    assert kate.post("/api-keys", body(merchant="nobody")).json()["errors"][0]["pointer"] == "/merchant"
    assert kate.post("/api-keys", body(expires_at="2020-01-01T00:00:00Z")).status_code == 422


def test_a_rotated_key_is_the_same_caller_and_its_old_token_ends(front: Front) -> None:
    kate = kate_of(front)
    made = kate.post("/api-keys", body()).json()
    old = Client(http=front.http, token=made["token"])
    turn = f"/api-keys/{made['key']['id']}/rotate"
    new = Client(http=front.http, token=kate.post(turn, {"reason": "due", "overlap_s": 3600}).json()["token"])
    assert old.get("/whoami").json() == new.get("/whoami").json()
    front.stage.clock.move(front.stage.clock.now + timedelta(hours=1))
    assert (old.get("/whoami").status_code, new.get("/whoami").status_code) == (401, 200)
    newest = Client(http=front.http, token=kate.post(turn, {"reason": "leaked", "overlap_s": 0}).json()["token"])
    assert (new.get("/whoami").status_code, newest.get("/whoami").status_code) == (401, 200)


def test_a_revoked_key_opens_nothing_by_any_of_its_tokens(front: Front) -> None:
    kate = kate_of(front)
    made = kate.post("/api-keys", body()).json()
    path = f"/api-keys/{made['key']['id']}"
    new = kate.post(f"{path}/rotate", {"reason": "due"}).json()["token"]
    assert kate.post(f"{path}/revoke", {"reason": "not used"}).json()["revoked_by"] == "user:kate"
    assert [Client(http=front.http, token=each).get("/whoami").status_code for each in (made["token"], new)] == [
        401
    ] * 2
    assert kate.post(f"{path}/revoke", {"reason": "not used"}).status_code == 409
    assert kate.post(f"{path}/rotate", {"reason": "not used"}).status_code == 409
    assert made["key"]["id"] not in kate.get("/api-keys", revoked=False).text


def test_that_a_key_was_used_is_noted_every_five_minutes(front: Front) -> None:
    kate = kate_of(front)
    made = kate.post("/api-keys", body()).json()
    shop, path = Client(http=front.http, token=made["token"]), f"/api-keys/{made['key']['id']}"
    seen = []
    for _ in range(4):
        shop.get("/whoami")
        seen.append(kate.get(path).json()["last_used_at"])
        front.stage.clock.move(front.stage.clock.now + timedelta(minutes=3))
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_a_key_is_found_by_its_beginning(front: Front) -> None:
    made = kate_of(front).post("/api-keys", body()).json()["key"]
    assert parse_public_id(Prefix.API_KEY, made["id"])
    assert made["begins"] == f"ing_test_{made['id'].removeprefix('key_').lower()}_"
    assert Permission.ORDERS_READ in made["permissions"]
