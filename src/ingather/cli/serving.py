"""Serving API and console: one process or several on one socket, each with a desk of its own, until told to stop."""

import gc
import os
import signal
import socket
import sys
from contextlib import closing
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ingather.api.app import make_app
from ingather.api.buckets import Buckets
from ingather.api.logs import bridge_logging, open_log, told_of
from ingather.api.office import Office
from ingather.api.settings import Settings
from ingather.cli.workers import run_workers
from ingather.console.app import make_console
from ingather.console.front import DemoPerson, Front
from ingather.domain.refusals import AddressTaken, WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal.demo_evening import prepare_evening
from ingather.jobs.rehearsal.demo_people import demo_people
from ingather.store.engine import open_connections
from ingather.wiring import open_desk

ACTOR = "system:api"
_BACKLOG = 2_048
_HEAD_BYTES = 32 << 10
_IDLE_S = 65
"""How long a connection may be idle: longer than load balancers keep theirs, so that they are the ones to close it."""
_TURN_S = 0.001
_COLLECTED_AFTER = (50_000, 20, 20)
_STOPPING_S = 5
"""What a process gets beyond the time of its last answers before it is killed."""


_OF_THE_API = ("/v1/", "/healthz", "/readyz", "/metrics")


class Beside:
    """The API and the console on one address; they know nothing of each other."""

    def __init__(self, api: ASGIApp, console: ASGIApp) -> None:
        """Stand before both."""
        self._api = api
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the one answer whose address it is."""
        theirs = scope["type"] != "http" or scope["path"].startswith(_OF_THE_API)
        await (self._api if theirs else self._console)(scope, receive, send)


def make_server(office: Office, *, demo: bool = False) -> ASGIApp:
    """Return the API and the console of one office; a demo's sign-in page offers its people."""
    people = demo_people(office.desk, cost=office.password_cost) if demo else ()
    guesses, per_minute = Buckets(), office.settings.failures_per_minute
    front = Front(
        desk=office.desk, terms=office.session_terms, password_cost=office.password_cost,
        most_bytes=office.settings.max_body_bytes, log=office.log, told_of=told_of,
        wait_for=lambda address: guesses.look(address, per_minute).wait_s,
        note_guess=lambda address: guesses.take(address, per_minute),
        demo={
            each.name: DemoPerson(name=each.name, role=each.role, password=each.password, code=each.code)
            for each in people
        },
    )  # fmt: skip
    return Beside(make_app(office), make_console(front))


def run_server(book: str, keys: str | None, settings: Settings, *, demo: bool = False) -> int:
    """Answer until SIGTERM or SIGINT, which lets what is being answered end; returns an exit code.

    Raises before anything listens: ``BookMissing``, ``KeyMissing``, ``WrongState`` and ``AddressTaken``.
    """
    if demo and not _is_loopback(settings.host):
        fact = f"a demo's people sign in without a secret, and {settings.host} is reached from elsewhere"
        raise WrongState(fact, "Serve the demo on 127.0.0.1")
    log = open_log(form=settings.log)
    desk = _open(book, keys, settings)
    if demo:
        prepare_evening(desk)
    desk.engine.dispose()
    with closing(_listen(settings)) as listening:
        port = listening.getsockname()[1]
        log.info("listening", host=settings.host, port=port, workers=settings.workers)
        if not settings.behind_proxy and not _is_loopback(settings.host):
            log.warning("no_tls", said="this address is reached from elsewhere: put a proxy before it that ends TLS")
        if settings.workers > 1:
            return run_workers(
                lambda: _answer(book, keys, settings, listening, demo=demo),
                count=settings.workers,
                stop_s=settings.stop_s + _STOPPING_S,
                log=log,
            )
        _answer(book, keys, settings, listening, demo=demo)
        return 0


def _open(book: str, keys: str | None, settings: Settings) -> Desk:
    return open_desk(book, keys=keys, actor=ACTOR, connections=settings.connections)


def _listen(settings: Settings) -> socket.socket:
    """Return the socket to answer on; raises ``AddressTaken``."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, address = found[0][0], found[0][4]
        listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        # The socket's own words repeat the address; those of a name that nobody knows are all there is.
        said = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        fact = f"nothing can listen on {settings.host} port {settings.port}: {said}"
        raise AddressTaken(fact) from None
    # Connections inherit it: otherwise the body of an answer waits up to 40 ms for the head to be acknowledged.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _answer(book: str, keys: str | None, settings: Settings, listening: socket.socket, *, demo: bool) -> None:
    """Answer on a socket until told to stop; then end what is being answered, and close the book."""
    log = open_log(form=settings.log)
    bridge_logging(log)
    desk = _open(book, keys, settings)
    office = Office(desk=desk, settings=settings, log=log)
    app = make_server(office, demo=demo)
    open_connections(desk.engine, settings.connections)
    # What is here now stays: the collector need not look through it again and again while somebody waits.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)
    # A thread that computes gives way after a millisecond: whoever waits for an answer is not kept for five.
    sys.setswitchinterval(_TURN_S)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        # The quick reader bounds no head: it is for callers on this machine, or a proxy that does.
        http="httptools" if settings.behind_proxy or _is_loopback(settings.host) else "h11",
        server_header=False,
        proxy_headers=bool(settings.behind_proxy),
        forwarded_allow_ips=settings.behind_proxy or None,
        backlog=_BACKLOG,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=settings.stop_s,
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )
    # uvicorn raises again the signal that stopped it, and there is still something to close then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stay)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        office.writers.close()
        desk.engine.dispose()
        log.info("stopped")


def _stay(_number: int, _frame: object) -> None:
    """Let a signal be."""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
