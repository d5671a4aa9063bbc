"""What every job works with, made once by the wiring: the book, the vault, the clock, the ids, the wire."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from ingather.actions.banks import originator_of
from ingather.actions.context import Clock, Context, Ids
from ingather.actions.rules import policy_of
from ingather.domain.addresses import Network
from ingather.domain.keys import Provider
from ingather.domain.refusals import BookRestored, DecidedAtOnce
from ingather.gateway.anchors import AnchorFile
from ingather.gateway.channel import Channel
from ingather.gateway.host import HostMemory
from ingather.rules.banks import BankProfile, load_profile
from ingather.rules.policy import HousePolicy
from ingather.store import audit, keys
from ingather.store.engine import BookFault, aborted, glancing, reading, writing
from ingather.store.tables import BankProfileRow, Book, Route
from ingather.vault.sealing import Vault

Decided = TypeVar("Decided")
DECISIONS = 5
"""How often a decision is tried."""
_APART_MS = 20
_COUNTED_AT_LEAST = 4_096
"""How many encryptions of a process the book need not know of: far fewer than would matter."""
# Asked all day long: built once, since building a statement costs more than asking it.
_INSTANCE = select(Book.instance, Book.key_turn)
_MARK = select(Book.mark)
_STATE = select(Book.state)
_ROUTES = (
    select(Route, BankProfileRow.toml)
    .join(BankProfileRow, BankProfileRow.id == Route.bank_profile_id)
    .order_by(Route.priority, Route.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankRoute:
    """A route with its bank profile and channel configuration."""

    row: Route
    profile: BankProfile
    channel: dict[str, Any]


def say_nothing(step: str, **particulars: object) -> None:
    """Tell nobody about a step."""
    _ = step, particulars


def be_alone() -> None:
    """Be sure of being alone, where no lock says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk of one actor. ``tell`` hears of each step, with ids, counts and amounts only.

    ``draw`` gives a number below the one it is given that nobody can guess; only a rehearsal repeats its own.
    ``networks`` are those to which webhooks may go besides the public internet; they are stamped by the
    ``machine_clock``, since receivers refuse what is not of this moment, whatever day a test book has.
    ``anchors`` keeps heads of the audit chain outside the book and its host.
    """

    engine: Engine
    vault: Vault
    clock: Clock
    ids: Ids
    actor: str
    host: HostMemory
    open_channel: Callable[[BankRoute, str], Channel]
    tell: Callable[..., None] = field(default=say_nothing)
    draw: Callable[[int], int] = field(default=secrets.randbelow)
    networks: tuple[Network, ...] = ()
    machine_clock: Clock | None = None
    alone: Callable[[], None] = field(default=be_alone)
    anchors: AnchorFile | None = None

    def as_actor(self, actor: str) -> "Desk":
        """Return the same desk with another actor at it."""
        return replace(self, actor=actor)

    @contextmanager
    def action(self, *, late: bool = False, serial: bool = False) -> Iterator[Context]:
        """Yield the context of one write transaction; the host remembers how far the book's chain has come.

        A ``late`` one lays down rows of its own before it waits for its turn among the writers. A ``serial`` one is as
        if it were alone on the book; ``decide`` does it again when it was taken back.
        """
        self._ask_keeper()
        with writing(self.engine, late=late, serial=serial) as session:
            found = session.execute(_INSTANCE).one_or_none()
            if found is not None and found.instance != self.vault.instance:
                fact = "the key folder belongs to another book: what it sealed here nobody could open"
                raise BookRestored(fact, "Point INGATHER_KEYS to this book's own key folder")
            if found is not None and found.key_turn != self.vault.turn:
                # Under the writers' lock: nobody seals with an epoch that another process has closed.
                self.vault.take(keys.read_epochs(session))
                if self.vault.turn > found.key_turn and not late:
                    # What would be sealed under the epochs known here, this book could not open.
                    fact = "the book is older than this process has seen it: a copy was put in its place"
                    raise BookRestored(fact, "End this process and begin it again")
            if counted := self.vault.take_count(over=_COUNTED_AT_LEAST):
                keys.add_counts(session, counted)
            yield Context(session=session, vault=self.vault, clock=self.clock, ids=self.ids, actor=self.actor)

    def _ask_keeper(self) -> None:
        """Take epochs that are new here before the turn to write: nobody waits while a KMS is asked for their keys."""
        if self.vault.ring.provider is not Provider.AWS_KMS:
            return
        with self.glance() as ctx:
            found = ctx.session.execute(_INSTANCE).one_or_none()
        if found is not None and found.key_turn != self.vault.turn:
            self.vault.refresh()

    def decide(self, do: Callable[[Context], Decided]) -> Decided:
        """Do what a person decides, as if nobody else were at the book, and return what it gives.

        It is done again, a few times and a little later, when the book took it back because of another transaction;
        whatever it raises itself is raised at once. Raises ``DecidedAtOnce`` after the last time.
        """
        for attempt in range(DECISIONS):
            try:
                with self.action(serial=True) as ctx:
                    return do(ctx)
            except BookFault as fault:
                if not aborted(fault):
                    raise
            # Each waits for a time of its own, so that the same do not meet again.
            time.sleep(self.draw(_APART_MS << attempt) / 1000)
        raise DecidedAtOnce

    @contextmanager
    def view(self) -> Iterator[Context]:
        """Yield a context that only reads."""
        with reading(self.engine) as session:
            yield Context(session=session, vault=self.vault, clock=self.clock, ids=self.ids, actor=self.actor)

    @contextmanager
    def glance(self) -> Iterator[Context]:
        """Yield a context that reads by one statement, or by several that need not see one state of the book."""
        with glancing(self.engine) as session:
            yield Context(session=session, vault=self.vault, clock=self.clock, ids=self.ids, actor=self.actor)

    def remember(self) -> None:
        """Have the host remember the head of the audit chain, so that an older copy of the book is known for one.

        A chain that does not hold what the host remembers teaches it nothing, however long it has grown, nor does a
        restored copy before its release.
        """
        known = self.host.head()
        with self.view() as ctx:
            seq, value = audit.head(ctx.session)
            restored = ctx.session.execute(_STATE).scalar_one() == "restored"
            follows = not restored and (known is None or audit.holds(ctx.session, *known))
        if follows:
            self.host.remember_head(seq, value)

    def originator_id(self) -> int:
        """Return the book's originator."""
        with self.view() as ctx:
            return originator_of(ctx).id

    def policy(self) -> HousePolicy:
        """Return the house's policy in force."""
        with self.view() as ctx:
            return policy_of(ctx, originator_of(ctx).id)

    def mark(self) -> str:
        """Return whether the book is ``test`` or ``live``."""
        with self.view() as ctx:
            return ctx.session.execute(_MARK).scalar_one()

    def routes(self) -> list[BankRoute]:
        """Return the originator's routes with their profiles, in the order of their priority."""
        with self.view() as ctx:
            rows = ctx.session.execute(_ROUTES).all()
            found = [
                BankRoute(row=route, profile=load_profile(toml), channel=dict(route.channel)) for route, toml in rows
            ]
            ctx.session.expunge_all()
            return found

    def channel(self, route: BankRoute) -> Channel:
        """Return the open channel of a route."""
        return self.open_channel(route, self.mark())
