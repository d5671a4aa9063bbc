"""What every job works with, made once by the wiring: the book, the vault, the clock, the ids, the wire."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Engine, select

from ingather.actions.banks import originator_of
from ingather.actions.context import Clock, Context, Ids
from ingather.actions.rules import policy_of
from ingather.domain.addresses import Network
from ingather.domain.refusals import BookRestored
from ingather.gateway.anchors import AnchorFile
from ingather.gateway.channel import Channel
from ingather.gateway.host import HostMemory
from ingather.rules.banks import BankProfile, load_profile
from ingather.rules.policy import HousePolicy
from ingather.store import audit
from ingather.store.engine import glancing, reading, writing
from ingather.store.tables import BankProfileRow, Book, Route
from ingather.vault.sealing import Vault

# Asked all day long: built once, since building a statement costs more than asking it.
_INSTANCE = select(Book.instance)
_MARK = select(Book.mark)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk of one actor. ``tell`` hears of each step, with ids, counts and amounts only.

    ``draw`` gives a number below the one it is given that nobody can guess; only a rehearsal repeats its own.
    ``networks`` are those to which webhooks may go besides the public internet; they are stamped by the
    ``machine_clock``, since receivers refuse what is not of this moment, whatever day a test book has. ``anchors`` keeps heads of the audit chain
    outside the book and its host.
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
    anchors: AnchorFile | None = None

    def as_actor(self, actor: str) -> "Desk":
        """Return the same desk with another actor at it."""
        return replace(self, actor=actor)

    @contextmanager
    def action(self) -> Iterator[Context]:
        """Yield the context of one write transaction; the host remembers how far the book's chain has come."""
        with writing(self.engine) as session:
            instance = session.execute(_INSTANCE).scalar()
            if instance not in {None, self.vault.instance}:
                fact = "the key folder belongs to another book: what it sealed here nobody could open"
                raise BookRestored(fact, "Point INGATHER_KEYS to this book's own key folder")
            yield Context(session=session, vault=self.vault, clock=self.clock, ids=self.ids, actor=self.actor)

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

        A chain that does not hold what the host remembers teaches it nothing, however long it has grown.
        """
        known = self.host.head()
        with self.view() as ctx:
            seq, value = audit.head(ctx.session)
            follows = known is None or audit.holds(ctx.session, *known)
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
