"""The one composition root: a book, its key folder, the clock and the channels become a desk."""

import os
import resource
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from random import Random

from sqlalchemy import Engine

from ingather.actions.context import Clock, Ids
from ingather.base.dates import NEW_YORK
from ingather.base.ids import NODE_BITS
from ingather.domain.addresses import Network, parse_networks
from ingather.domain.keys import Provider
from ingather.domain.refusals import Refusal, Unreadable, WrongState
from ingather.gateway.anchors import AnchorFile
from ingather.gateway.channel import Channel, ChannelFault
from ingather.gateway.folder import FolderChannel
from ingather.gateway.host import HostMemory
from ingather.jobs.book_clock import clock_of
from ingather.jobs.desk import BankRoute, Desk, say_nothing
from ingather.jobs.keys import vault_of
from ingather.rules.calendar import FIRST_YEAR, LAST_YEAR
from ingather.store.engine import book_url, open_engine, sqlite_path
from ingather.store.migrate import check_current
from ingather.store.postgres_programs import Programs, find_programs
from ingather.vault.keys import KeyRing, has_ring, load_ring, make_ring, waiting_ring

DEFAULT_BOOK = "ingather.sqlite"
BankFault = ChannelFault
"""What a channel raises when the far end says no, or gives no answer."""
_NIGHT_HOUR = time(18, 0)


def system_clock() -> datetime:
    """Return the machine's instant."""
    return datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """Return the instant of a date or an RFC 3339 instant; a bare date means six in the evening, New York.

    Raises ``ValueError`` for anything else: an instant without an offset, a year without a banking calendar.
    """
    if len(text) == len("2026-11-22"):
        instant = datetime.combine(date.fromisoformat(text), _NIGHT_HOUR, tzinfo=NEW_YORK)
    else:
        instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        message = "an instant needs an offset, such as 2026-11-22T18:00:00-05:00"
        raise ValueError(message)
    if not FIRST_YEAR < instant.year < LAST_YEAR:
        message = f"no banking calendar is known around {instant.year}"
        raise ValueError(message)
    return instant


def fixed_clock(instant: datetime) -> Clock:
    """Return a clock that stands still."""
    return lambda: instant


def keys_folder(book: str, keys: str | None = None) -> Path:
    """Return the host's key folder: the one named, ``INGATHER_KEYS``, or beside a SQLite book."""
    named = keys or os.environ.get("INGATHER_KEYS")
    if named:
        return Path(named)
    path = sqlite_path(book_url(book))
    return path.with_name(f"{path.stem}.keys") if path else Path("ingather.keys")


def init_keys(book: str, *, keys: str | None, provider: Provider, key_id: str | None = None) -> tuple[KeyRing, str]:
    """Return the ring of a key folder and what was done: ``made``, ``adopted`` or ``nothing``.

    A new ring waits for its book; one from before there were epochs is given a root by this provider. Raises
    ``KeyMissing``, and ``KeysSilent`` when the provider does not answer.
    """
    folder = keys_folder(book, keys)
    if not has_ring(folder):
        return make_ring(folder, provider, key_id, waiting=True), "made"
    ring = load_ring(folder)
    return ring, "adopted" if ring.adopt(provider, key_id) else "nothing"


def open_folder_channel(route: BankRoute, mark: str) -> Channel:
    """Return the channel of a route as its configuration says; raises ``WrongState`` for an unknown kind."""
    match route.channel.get("kind"):
        case "folder":
            return FolderChannel(
                Path(route.channel["outbound"]),
                Path(route.channel["inbound"]),
                mark="test" if mark == "test" else "live",
                encrypted_mount=route.profile.encrypted_mount,
            )
        case kind:
            fact = f"route {route.row.name} has a channel of kind {kind}, which is not known"
            raise WrongState(fact, "Known is: folder")


def open_engine_of(book: str) -> Engine:
    """Return the engine of a book that exists."""
    return open_engine(book_url(book))


def book_address(book: str) -> str:
    """Return the URL of a book given as a path or a URL."""
    return book_url(book)


def find_postgres_programs(server: int) -> Programs:
    """Return PostgreSQL's own programs for a server of this version; raises ``ExtraMissing``."""
    named = os.environ.get("INGATHER_PG_BIN")
    return find_programs(server, folder=Path(named) if named else None)


def new_desk(
    book: str,
    *,
    keys: str | None = None,
    actor: str,
    clock: Clock = system_clock,
    node: int | None = None,
    provider: Provider = Provider.FILE,
    key_id: str | None = None,
) -> Desk:
    """Return the desk of a book that is still to be founded, with a new key folder, or one that waits for its book.

    Raises ``KeyMissing`` when the key folder has a ring already: it belongs to another book.
    """
    folder = keys_folder(book, keys)
    ring = waiting_ring(folder) or make_ring(folder, provider, key_id)
    return _desk(open_engine(book_url(book), must_exist=False), folder, ring, actor=actor, clock=clock, node=node)


def open_desk(
    book: str,
    *,
    keys: str | None = None,
    actor: str,
    clock: Clock = system_clock,
    node: int | None = None,
    tell: Callable[..., None] = say_nothing,
    connections: int = 2,
) -> Desk:
    """Return the desk of one actor at a book; raises ``BookMissing``, ``KeyMissing`` or ``WrongState``.

    ``connections`` is how many to the book are kept open: as many as threads work at once.
    """
    engine = open_engine(book_url(book), connections=connections)
    folder = keys_folder(book, keys)
    ring = load_ring(folder)
    check_current(engine)
    if clock is system_clock:
        clock = clock_of(engine, system_clock)
    desk = _desk(engine, folder, ring, actor=actor, clock=clock, node=node, tell=tell)
    # Before anything is read: what is read from here on opens, whoever rotates keys meanwhile.
    desk.vault.refresh()
    if desk.vault.epochs:
        # Whoever founded the book may have died before the ring knew.
        ring.wait_no_longer()
    return desk


def _desk(
    engine: Engine,
    folder: Path,
    ring: KeyRing,
    *,
    actor: str,
    clock: Clock,
    node: int | None,
    tell: Callable[..., None] = say_nothing,
) -> Desk:
    # Keys are in this process from here on: no core dump of it is ever written.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return Desk(
        engine=engine,
        vault=vault_of(engine, ring),
        clock=clock,
        # Keys are minted by the machine's clock, whatever day is acted on; only a rehearsal, alone on its node, mints
        # by its stage's clock, so that the same seed gives the same bytes.
        ids=Ids(system_clock, node=secrets.randbelow(1 << NODE_BITS)) if node is None else Ids(clock, node=node),
        actor=actor,
        host=HostMemory(folder),
        open_channel=open_folder_channel,
        tell=tell,
        draw=secrets.randbelow if node is None else Random(node).randrange,  # noqa: S311 -- a rehearsal's repeat
        networks=webhook_networks(),
        machine_clock=system_clock,
        anchors=anchor_file(),
    )


def anchor_file() -> AnchorFile | None:
    """Return the file of ``INGATHER_AUDIT_ANCHOR_FILE``, in which heads of the audit chain are kept, if it is set."""
    named = os.environ.get("INGATHER_AUDIT_ANCHOR_FILE")
    return AnchorFile(Path(named)) if named else None


def webhook_networks() -> tuple[Network, ...]:
    """Return the networks of ``INGATHER_WEBHOOK_NETWORKS``, such as ``10.0.0.0/8,127.0.0.0/8``.

    Raises ``Unreadable`` for what is no network: nothing would be sent there, and nobody would know why.
    """
    try:
        return parse_networks(os.environ.get("INGATHER_WEBHOOK_NETWORKS", ""))
    except ValueError as error:
        fact = f"INGATHER_WEBHOOK_NETWORKS names no networks: {error}"
        raise Unreadable(fact, "Write them as 10.0.0.0/8,fd00::/8") from None


def explain(refusal: Refusal) -> str:
    """Return the sentence a person reads."""
    text = str(refusal)
    return text[:1].upper() + text[1:]
