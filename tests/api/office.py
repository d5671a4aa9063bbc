"""A server for tests: a test book with orders, keys of the API, and a client that calls the application in process."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from ingather.actions.users.keys import make_key
from ingather.actions.users.sessions import begin_session
from ingather.api.app import make_app
from ingather.api.office import Office
from ingather.api.settings import Settings
from ingather.base.ids import Prefix, public_id
from ingather.domain.users import KEYS_MAY, Permission, Role, SessionTerms, UserState, roles_text
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.tables import Merchant, User
from tests.journey.stage import Sale, staged

MAKER = "user:maria"
YEARS = 1_000_000_000
LONG = SessionTerms(total=timedelta(seconds=YEARS))
"""A sign-in that outlives any rehearsal: a stage's clock moves by days."""
_numbers = count(1)
_OFTEN = dict.fromkeys(("calls_per_minute", "bulk_per_minute", "failures_per_minute"), 10**6)
"""Tests call more often than anybody may, except where that is what they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """An office over a stage's book, and the client that calls it; ``http`` sends no key of its own."""

    stage: Stage
    office: Office
    http: TestClient = field(repr=False)

    def key(
        self,
        permissions: Collection[Permission] = KEYS_MAY,
        *,
        merchant: str | None = None,
        **terms: Any,  # noqa: ANN401 -- the terms of a key
    ) -> str:
        """Return the token of a new key, bound to a merchant by its own name where one is given."""
        desk = self.stage.desk.as_actor(MAKER)
        originator_id = desk.originator_id()
        with desk.action() as ctx:
            bound = select(Merchant.id).where(Merchant.external_id == merchant)
            made = make_key(
                ctx,
                originator_id,
                name="test",
                permissions=permissions,
                merchant_id=ctx.session.execute(bound).scalar_one() if merchant else None,
                **terms,
            )
        return made.token

    def client(
        self,
        permissions: Collection[Permission] = KEYS_MAY,
        *,
        merchant: str | None = None,
        **terms: Any,  # noqa: ANN401 -- as above
    ) -> "Client":
        """Return a client that holds a new key."""
        return Client(http=self.http, token=self.key(permissions, merchant=merchant, **terms))

    def token(self, name: str, *roles: Role, second_factor: bool = True, terms: SessionTerms = LONG) -> str:
        """Return the token of a person who has just signed in; whom the book does not know is recorded first."""
        with self.stage.desk.as_actor("user:ada").action() as ctx:
            user = ctx.session.scalar(select(User).where(User.name == name))
            if user is None:
                user = User(id=ctx.ids.one(), name=name, roles=roles_text(roles), state=UserState.ACTIVE,
                            created_at=ctx.now, created_by=ctx.actor)  # fmt: skip
                ctx.session.add(user)
                ctx.session.flush()
            return begin_session(ctx, user, second_factor=second_factor, terms=terms).token

    def person(self, name: str, *roles: Role, second_factor: bool = True) -> "Client":
        """Return a client in which a person has signed in, with a second factor unless said otherwise.

        The first time the person is recorded with these roles; ``front.person("paula", Role.APPROVER)`` may approve.
        """
        return Client(http=self.http, token=self.token(name, *roles, second_factor=second_factor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Calls with one key; each POST gets a new key of idempotency unless it is given one."""

    http: TestClient = field(repr=False)
    token: str = field(repr=False)

    def get(self, path: str, **query: Any) -> Any:  # noqa: ANN401 -- an httpx response
        """Read a path under /v1."""
        return self.http.get(f"/v1{path}", params=query, headers=self.headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None, method: str = "POST", **headers: str) -> Any:  # noqa: ANN401 -- as above
        """Act on a path under /v1."""
        once = {"Idempotency-Key": key or f"test-{next(_numbers)}"}
        return self.http.request(method, f"/v1{path}", json=body, headers=self.headers() | once | headers)

    def headers(self) -> dict[str, str]:
        """Return what every call of this key sends."""
        return {"Authorization": f"Bearer {self.token}"}


def front_of(stage: Stage, **settings: Any) -> Front:  # noqa: ANN401 -- the fields of Settings
    """Return the office of a stage's book."""
    long = {"session_idle_s": YEARS, "session_total_s": YEARS, "proof_s": YEARS}
    quick = {"password_memory_kib": 8, "password_passes": 1}
    at_once = {"callers_known_ms": 0}
    terms = Settings(**{**_OFTEN, **long, **quick, **at_once, **settings})
    office = Office(desk=stage.desk.as_actor("system:api"), settings=terms)
    return Front(stage=stage, office=office, http=TestClient(make_app(office), raise_server_exceptions=False))


def open_front(
    folder: Path,
    sales: Sequence[Sale] = (Sale(), Sale(merchant="summit")),
    *,
    server: Mapping[str, Any] | None = None,
    **particulars: Any,  # noqa: ANN401 -- as for a stage
) -> Front:
    """Return the office of a new book in a folder, with the sales recorded; ``book`` names another engine's.

    ``server`` are settings of the server.
    """
    return front_of(staged(folder, sales, **particulars), **(server or {}))


def order_id(key: int) -> str:
    """Return an order's public id."""
    return public_id(Prefix.ORDER, key)
