"""Every route of the document for every kind of caller: who is let in, and what is answered to whom is not.

A call that is let in may be answered with anything but 401 and 403: the things it names are examples.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingather.api.routes import Requirement, refusal_of
from ingather.domain.users import BOUND, KEYS_MAY, PEOPLE_ONLY, PERMISSIONS, Caller, Permission, Role
from tests.api.asking import Ask, Told, ask_all
from tests.api.document import document
from tests.api.office import Front, open_front
from tests.api.operations import Operation, operations_of
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("api-every-route-and-caller")  # its book is made once

UNLIMITED = {"failures_per_minute": 10**9, "calls_per_minute": 10**9, "bulk_per_minute": 10**9}
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("table"), server=UNLIMITED)


@pytest.fixture(scope="module")
def operations() -> list[Operation]:
    return list(operations_of(document()))


def asking(operation: Operation, who: str, token: str | None) -> Ask:
    """Return a call that no schema takes, so that it does nothing where it is let in."""
    return Ask(
        name=f"{operation.method} {operation.path} as {who}",
        method=operation.method,
        path=operation.at(),
        token=token,
        body=b"[]" if operation.acts else b"",
        headers={"content-type": operation.media},
    )


def answers(front: Front, asks: list[Ask]) -> Iterator[tuple[Ask, Told, str]]:
    """Yield each call with its answer and the code of its problem, empty where it was done."""
    for ask, told in zip(asks, ask_all(front.http.app, asks), strict=True):  # type: ignore[arg-type]  # any ASGI application to a test client
        problem = told.body.startswith(b"{") and told.status >= 400
        yield ask, told, json.loads(told.body)["code"] if problem else ""


def lost_tokens(front: Front, folder: Path) -> dict[str, str | None]:
    """Return what opens nothing any more, or never did, by what became of it."""
    good = front.key()
    begun = front.stage.clock.now
    expired = front.key(expires_at=begun + HOUR)
    kept = {name: front.token(name, Role.OPERATOR) for name in ("ended", "disabled")}
    revoked = front.key()
    ada = front.person("ada", Role.ADMINISTRATOR)
    found = ada.get("/api-keys").json()["data"]
    mine = next(row for row in found if revoked.startswith(row["begins"]))
    assert ada.post(f"/api-keys/{mine['id']}/revoke", {"reason": "lost"}).status_code == 200
    front.http.delete("/v1/sessions/current", headers={"Authorization": f"Bearer {kept['ended']}"})
    user = ada.get("/users", name="disabled").json()["data"][0]
    assert ada.post(f"/users/{user['id']}/disable", {"reason": "left"}).status_code == 200
    front.stage.clock.move(begun + HOUR)
    other = open_front(folder, ())
    return {
        "nobody": None,
        "a mistyped key": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "another secret": f"{good[:-49]}{'x' * 49}",
        "a revoked key": revoked,
        "an expired key": expired,
        "another book's key": other.key(),
        "another book's person": other.token("olga", Role.OPERATOR),
        "an ended session": kept["ended"],
        "a disabled person": kept["disabled"],
    }


def test_who_proves_nothing_is_told_nothing_anywhere(front: Front, operations: list[Operation], tmp_path: Path) -> None:
    # The door is before every route: nobody knocks at each, and each lost token at every fourth, others by the seed.
    tokens = lost_tokens(front, tmp_path)
    guarded = [each for each in operations if not each.open]
    assert len(guarded) > 150
    asks = [
        asking(operation, who, token)
        for place, operation in enumerate(guarded)
        for number, (who, token) in enumerate(tokens.items())
        if token is None or (place + number + seed()) % 4 == 0
    ]
    wrong = [
        (ask.name, told.status)
        for ask, told, code in answers(front, asks)
        if (told.status, code) != (401, "not_signed_in")
    ]
    assert wrong == []


def test_whoever_has_no_key_may_only_ask_to_become_known(operations: list[Operation], front: Front) -> None:
    open_ones = [each for each in operations if each.open]
    assert {each.path for each in open_ones} >= {"/v1/sessions", "/v1/passwords"}
    asks = [asking(operation, "nobody", None) for operation in open_ones]
    assert [told.status for _, told, _ in answers(front, asks)] == [422] * len(asks)


def test_a_route_takes_its_own_permission_and_no_other(front: Front, operations: list[Operation]) -> None:
    alone = {each: front.key({each}) for each in KEYS_MAY}
    others = {each: front.key(KEYS_MAY - {each}) for each in Permission}
    asks, wanted = [], []
    for operation in operations:
        if operation.permission is None:
            continue
        if operation.permission in alone:
            asks.append(asking(operation, "its own permission", alone[operation.permission]))
            wanted.append("in")
        asks.append(asking(operation, "all other permissions", others[operation.permission]))
        wanted.append("out")
    assert _wrong(front, operations, asks, wanted) == []


def test_a_key_of_one_merchant_comes_only_to_what_a_merchant_sees(front: Front, operations: list[Operation]) -> None:
    bound = front.key(BOUND, merchant="harbor")
    known = [each for each in operations if each.permission is not None]
    asks = [asking(operation, "a bound key", bound) for operation in known]
    wanted = ["in" if each.bound and each.permission in BOUND else "out" for each in known]
    assert 40 < wanted.count("in") < len(known) - 60
    assert _wrong(front, operations, asks, wanted) == []


@pytest.mark.parametrize("role", Role)
def test_a_person_does_what_their_role_permits(front: Front, operations: list[Operation], role: Role) -> None:
    # Every route is asked by some role, and what is for people alone by every one, with and without a second factor.
    name, number = role.replace("_", "-"), list(Role).index(role)
    shown, only = front.token(name, role), front.token(name, role, second_factor=False)
    may = PERMISSIONS[role]
    asks, wanted = [], []
    for place, operation in enumerate(operations):
        if operation.permission in PEOPLE_ONLY:
            asks.append(asking(operation, f"{role} without a second factor", only))
            wanted.append("proof" if operation.permission in may else "out")
        if operation.permission in PEOPLE_ONLY or (operation.permission and place % len(Role) == number):
            asks.append(asking(operation, f"{role}", shown))
            wanted.append("in" if operation.permission in may else "out")
    assert _wrong(front, operations, asks, wanted) == []


def test_whoever_is_known_may_ask_about_himself(front: Front, operations: list[Operation]) -> None:
    own = [each for each in operations if each.permission is None and not each.open]
    asks = [asking(operation, "a person", front.token("olga", Role.OPERATOR)) for operation in own]
    assert {told.status for _, told, _ in answers(front, asks)} <= {200, 422}
    asks = [asking(operation, "a key", front.key({Permission.ORDERS_READ})) for operation in own]
    about = {ask.path: told.status for ask, told, _ in answers(front, asks)}
    assert about.pop("/v1/whoami") == 200
    assert set(about.values()) <= {403, 422}


def test_one_permission_stands_for_no_other(operations: list[Operation]) -> None:
    # The same decision as above, for every pair of a route's permission and a caller's only one.
    for operation in operations:
        if operation.permission is None:
            continue
        for permission in Permission:
            for merchant in (None, 1):
                caller = Caller(actor="key:x", permissions=frozenset({permission}), merchant_id=merchant)
                asked = Requirement(permission=operation.permission, bound=operation.bound, once="no")
                let_in = refusal_of(asked, caller) is None
                assert let_in is (permission is operation.permission and (merchant is None or operation.bound))


def _wrong(front: Front, operations: list[Operation], asks: list[Ask], wanted: list[str]) -> list[tuple[str, int, str]]:
    """Return the calls that were not answered as they should, or with a status that the document does not name."""
    documented = {(each.method, each.at()): each.statuses for each in operations}
    wrong = []
    for (ask, told, code), want in zip(answers(front, asks), wanted, strict=True):
        barred = {"not_permitted": "out", "proof_missing": "proof"}.get(code, "in")
        if barred != want or told.status not in documented[ask.method, ask.path] or told.status in {401, 500}:
            wrong.append((ask.name, told.status, code))
    return wrong
