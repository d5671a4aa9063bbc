"""Callers who are remembered: the book is asked once in a burst, and whatever changes callers is heeded at once."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from starlette.types import Message, Receive, Scope, Send

from ingather.actions.users.keys import revoke_key
from ingather.api import known_callers
from ingather.api.door import Door
from ingather.api.known_callers import KnownCallers
from ingather.base.ids import Prefix, public_id
from ingather.domain.users import Caller, Permission, Role
from ingather.store.tables import ApiKey
from tests.api.office import Client, Front, front_of, open_front

pytestmark = pytest.mark.xdist_group("known-callers")  # one book
_LONG_MS = 600_000
_SHORT_MS = 500
READS = frozenset({Permission.ORDERS_READ})
_CALLER = Caller(actor="key:test", permissions=READS)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("known"))


def _remembering(front: Front, for_ms: int) -> Front:
    return front_of(front.stage, callers_known_ms=for_ms)


def _seen(front: Front, for_ms: int) -> Client:
    """Return a client of an office that remembers callers; that its key was used is noted already, by another one."""
    client = _remembering(front, for_ms).client(READS)
    assert Client(http=front.http, token=client.token).get("/orders").status_code == 200
    return client


def _key(front: Front, client: Client) -> int:
    with front.stage.desk.view() as ctx:
        held = select(ApiKey.id).where(ApiKey.key_id == client.token.split("_")[2])
        return ctx.session.execute(held).scalar_one()


@contextmanager
def _asked(front: Front) -> Iterator[list[str]]:
    """Yield what the book is asked about keys meanwhile."""
    asked: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM api_keys" in statement:
            asked.append(statement)

    engine = front.stage.desk.engine
    event.listen(engine, "before_cursor_execute", look)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", look)


def test_a_burst_of_calls_asks_the_book_once(front: Front) -> None:
    client = _seen(front, _LONG_MS)
    with _asked(front) as asked:
        assert {client.get("/orders").status_code for _ in range(10)} == {200}
    assert len(asked) == 1


def test_where_nobody_is_remembered_each_call_asks_the_book(front: Front) -> None:
    client = _seen(front, 0)
    with _asked(front) as asked:
        assert {client.get("/orders").status_code for _ in range(3)} == {200}
    assert len(asked) == 3


def test_a_key_revoked_through_the_server_opens_nothing_at_once(front: Front) -> None:
    remembering = _remembering(front, _LONG_MS)
    client, admin = remembering.client(READS), remembering.person("ada", Role.ADMINISTRATOR)
    assert client.get("/orders").status_code == 200
    key = public_id(Prefix.API_KEY, _key(front, client))
    assert admin.post(f"/api-keys/{key}/revoke", {"reason": "left"}).status_code == 200
    assert client.get("/orders").status_code == 401
    assert admin.get("/api-keys").status_code == 200


def test_a_person_disabled_through_the_server_is_let_in_no_more(front: Front) -> None:
    remembering = _remembering(front, _LONG_MS)
    zoe, admin = remembering.person("zoe", Role.VIEWER), remembering.person("ada", Role.ADMINISTRATOR)
    assert zoe.get("/orders").status_code == 200
    [user] = [each["id"] for each in admin.get("/users").json()["data"] if each["name"] == "zoe"]
    assert admin.post(f"/users/{user}/disable", {"reason": "left"}).status_code == 200
    assert zoe.get("/orders").status_code == 401


def test_a_key_revoked_past_the_server_opens_at_most_for_the_time_that_is_set(front: Front) -> None:
    long, short = _remembering(front, _LONG_MS), _remembering(front, _SHORT_MS)
    client = short.client(READS)
    elsewhere = Client(http=long.http, token=client.token)
    assert [each.get("/orders").status_code for each in (elsewhere, client)] == [200, 200]
    with front.stage.desk.as_actor("user:ada").action() as ctx:
        revoke_key(ctx, _key(front, client), reason="left")
    assert elsewhere.get("/orders").status_code == 200
    time.sleep(_SHORT_MS / 1_000)
    assert client.get("/orders").status_code == 401


def test_who_was_looked_up_before_all_were_forgotten_is_not_remembered() -> None:
    known = KnownCallers(_LONG_MS)
    asked = known.forgotten
    known.forget()
    known.keep("token", _CALLER, asked=asked)
    assert known.get("token") is None
    known.keep("token", _CALLER, asked=known.forgotten)
    assert known.get("token") == _CALLER
    known.forget()
    assert known.get("token") is None


def test_all_are_forgotten_before_a_change_of_callers_is_answered(front: Front) -> None:
    """Whoever reads the answer may rely on it, even before the server is done with the call."""
    remembered: list[bool] = []

    async def revoking(scope: Scope, receive: Receive, send: Send) -> None:
        _ = scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})

    remembering = _remembering(front, _LONG_MS)
    door = Door(revoking, office=remembering.office)
    token = remembering.client(READS).token
    known = door._callers  # noqa: SLF001 -- what it remembers is told to nobody

    async def send(_: Message) -> None:
        remembered.append(known.get(token) is not None)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def play() -> None:
        headers = [(b"authorization", f"Bearer {token}".encode())]
        for method, path in (("GET", "/v1/orders"), ("GET", "/v1/api-keys"), ("POST", "/v1/api-keys/key_1/revoke")):
            scope = {"type": "http", "method": method, "path": path, "headers": headers, "state": {}}
            await door(scope, receive, send)

    asyncio.run(play())
    assert remembered == [True, True, False]


def test_only_so_many_are_remembered_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_callers, "_MOST", 2)
    known = KnownCallers(_LONG_MS)
    for token in ("a", "b", "c"):
        known.keep(token, _CALLER, asked=known.forgotten)
    assert [known.get(token) is not None for token in ("a", "b", "c")] == [False, True, True]
