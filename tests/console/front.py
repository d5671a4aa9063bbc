"""The console for tests: on the demo's book, with its people, called in process as a browser would call it."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from ingather.actions.users.sessions import begin_session
from ingather.api.logs import open_log, told_of
from ingather.cli.rehearsals import _CSV, _opener, _samples
from ingather.console import gate
from ingather.console.app import make_console
from ingather.console.front import DemoPerson, Front
from ingather.domain.users import SessionTerms
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal.demo import play_demo
from ingather.jobs.rehearsal.demo_evening import prepare_evening
from ingather.jobs.rehearsal.demo_people import Person, demo_people
from ingather.store.tables import Route, User
from ingather.vault.passwords import PasswordCost
from ingather.wiring import open_desk

CHEAP = PasswordCost(memory_kib=8, passes=1)
"""Passwords that cost nothing to check: tests sign in a thousand times."""
HOST = "https://console.test"
MOST_BYTES = 16 << 20


@dataclass(slots=True, kw_only=True)  # mutable -- it is moved
class Clock:
    """The book's clock, moved ahead where a test does not wait."""

    of_book: Callable[[], datetime]
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.of_book() + self.ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Somebody's browser: it keeps cookies, says where it comes from, and sends the token that a page gave it."""

    http: TestClient = field(repr=False)
    person: Person | None
    clock: "Clock" = field(repr=False)

    def get(self, address: str, **query: Any) -> Response:  # noqa: ANN401 -- the values of a query
        """Return a page; redirects are not followed."""
        return self.http.get(address, params=query or None, headers={"Sec-Fetch-Site": "same-origin"})

    def post(self, address: str, fields: Mapping[str, object] | None = None, **more: Any) -> Response:  # noqa: ANN401 -- as above
        """Send a form with its token; an act is answered by a redirect, which is not followed."""
        sent = {gate.TOKEN: self.token(), **(fields or {}), **more}
        return self.http.post(address, data=sent, headers={"Sec-Fetch-Site": "same-origin", "Origin": HOST})

    def code(self) -> str:
        """Return what the person's device shows half a minute later: each code counts once."""
        assert self.person is not None
        self.clock.ahead += timedelta(seconds=30)
        return self.person.code(self.clock())

    def token(self) -> str:
        """Return the token that stands in the forms of this browser."""
        found = re.search(
            r'name="form_token" value="([0-9a-f]+)"', self.get("/menu" if self.person else "/sign-in").text
        )
        assert found is not None
        return found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The console of a book, and its people."""

    desk: Desk
    front: Front = field(repr=False)
    people: Mapping[str, Person] = field(repr=False)
    folder: Path
    clock: Clock = field(repr=False)

    def browser(self, name: str | None = None) -> Browser:
        """Return the browser of somebody who has just signed in with a second factor; of nobody without a name."""
        http = TestClient(make_console(self.front), base_url=HOST, follow_redirects=False)
        person = self.people[name] if name is not None else None
        if person is None:
            http.get("/sign-in")
        else:
            with self.desk.as_actor(f"user:{person.name}").action() as ctx:
                user = ctx.session.scalars(select(User).where(User.name == person.name)).one()
                made = begin_session(ctx, user, second_factor=True, terms=self.front.terms)
            http.cookies.set(gate.SESSION, made.token)
        return Browser(http=http, person=person, clock=self.clock)


def open_console(folder: Path, *, of_book: Callable[[], datetime] | None = None) -> Console:
    """Return the console of the book in a folder, the demo's; ``of_book`` is the clock of another."""
    desk = open_desk(str(folder / "book.sqlite"), actor="system:console", connections=2)
    clock = Clock(of_book=of_book or desk.clock)
    desk = replace(desk, clock=clock)
    people = {each.name: each for each in demo_people(desk, cost=CHEAP)}
    front = Front(
        desk=desk, terms=SessionTerms(), password_cost=CHEAP, most_bytes=MOST_BYTES, log=open_log(), told_of=told_of,
        demo={
            each.name: DemoPerson(name=each.name, role=each.role, password=each.password, code=each.code)
            for each in people.values()
        },
    )  # fmt: skip
    return Console(desk=desk, front=front, people=people, folder=folder, clock=clock)


def play(folder: Path) -> None:
    """Play the demo into a folder, with its people."""
    folder.mkdir(parents=True)
    samples = [_samples() / f"{name}.csv" for name in _CSV]
    play_demo(folder, samples, open_desk=_opener(folder), on_day=lambda _: None).stage.desk.engine.dispose()
    desk = open_desk(str(folder / "book.sqlite"), actor="system:console")
    prepare_evening(desk)
    demo_people(desk, cost=CHEAP)


def copy_of(played: Path, to: Path) -> Console:
    """Return a console on a copy of a played demo, which a test may change."""
    shutil.copytree(played, to)
    console = open_console(to)
    with console.desk.action() as ctx:
        # Its bank is its own: what two copies send under one name never meets.
        for route in ctx.session.scalars(select(Route)):
            bank = to / "bank"
            route.channel = {**route.channel, "outbound": str(bank / "to-bank"), "inbound": str(bank / "from-bank")}
    return console
