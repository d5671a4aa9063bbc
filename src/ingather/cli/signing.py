"""Who acts at the command line: named by ``--as``, or proved by a sign-in or a key where the book demands it.

The token of a sign-in lies in a file of the user's own, one for each book; ``INGATHER_TOKEN`` stands before it.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import typer

from ingather.actions.users.callers import known_caller, note_caller
from ingather.actions.users.sessions import end_session
from ingather.api.settings import Settings, variable_of
from ingather.cli.permitted import needed
from ingather.domain.actors import parse_actor
from ingather.domain.refusals import NotPermitted, NotSignedIn, ProofMissing, Unreadable
from ingather.domain.users import Caller, SessionTerms
from ingather.jobs.desk import Desk
from ingather.jobs.signing_in import Shown, sign_in
from ingather.store.reading.users import sign_in_demanded
from ingather.vault.passwords import PasswordCost
from ingather.wiring import system_clock

HOST = "system:host"
"""Who holds the key folder, before anybody else is known."""
_LOOKS = frozenset({"system:read", "system:check", "system:watch"})
"""Who looks where nobody is named."""


def terms() -> SessionTerms:
    """Return how long a sign-in lasts, as the server's settings have it."""
    idle, total, proof = (
        timedelta(seconds=_setting(f"{name}_s")) for name in ("session_idle", "session_total", "proof")
    )
    return SessionTerms(idle=idle, total=total, proof=proof)


def cost() -> PasswordCost:
    """Return what one guess of a password costs, as the server's settings have it."""
    return PasswordCost(memory_kib=_setting("password_memory_kib"), passes=_setting("password_passes"))


def _setting(name: str) -> int:
    variable = variable_of(name)
    said = os.environ.get(variable, "")
    if not said:
        return int(getattr(Settings(), name))
    if not said.isdecimal() or int(said) == 0:
        fact = f"{variable} is no number"
        raise Unreadable(fact, "See docs/settings.md")
    return int(said)


def verb_of(ctx: typer.Context) -> list[str]:
    """Return the verb's name after the program's, such as ``["file", "approve"]``."""
    names: list[str] = []
    each = ctx
    while each.parent is not None:
        names.insert(0, each.info_name or "")
        each = each.parent  # type: ignore[assignment]  # Typer's context has click's parent
    return names


def actor_of(desk: Desk, path: Sequence[str], *, named: str | None, default: str | None) -> str:
    """Return who acts: ``named`` by ``--as``, else as the environment says, else as signed in, else ``default``.

    Where the book demands sign-in, only who proved it is taken, and may do what their roles permit; verbs with a
    ``default`` are those of cron, which whoever holds the host's key folder may run as ``system:…``. Raises
    ``NotSignedIn``, ``NotPermitted``, ``ProofMissing``, and ``BadActor`` when nobody acts.
    """
    said = named or os.environ.get("INGATHER_ACTOR")
    with desk.view() as ctx:
        demanded = sign_in_demanded(ctx.session)
    if not demanded:
        if said or (default and default != HOST):
            return parse_actor(said or default or "")
        caller = _caller(desk)
        return caller.actor if caller is not None else parse_actor(default or "")
    asked = named or (None if default else os.environ.get("INGATHER_ACTOR"))
    wanted = parse_actor(asked) if asked else None
    if wanted is not None and wanted.startswith("system:"):
        if default is None:
            fact = f"{wanted} is for what runs on a clock, and this is for a person"
            raise NotPermitted(fact, "Sign in: ingather login NAME")
        return wanted
    caller = _caller(desk)
    if caller is None:
        if default is not None and wanted is None:
            return default
        fact = "this book takes an actor only from who proved it"
        raise NotSignedIn(fact, "Sign in: ingather login NAME; or set INGATHER_TOKEN")
    if wanted not in {None, caller.actor}:
        fact = f"{wanted} did not sign in here, {caller.actor} did"
        raise NotPermitted(fact, "Sign in as who acts: ingather login NAME")
    _permit(caller, path, acts=default not in _LOOKS)
    return caller.actor


def _permit(caller: Caller, path: Sequence[str], *, acts: bool) -> None:
    if caller.merchant_id is not None:
        fact = "the command line is about all merchants, and this key is bound to one"
        raise NotPermitted(fact, "Use the API, or another key")
    wanted = needed(path, acts=acts)
    if not wanted or wanted & caller.permissions:
        return
    if wanted & caller.withheld:
        raise ProofMissing(way_out="Sign in again with a code: ingather login NAME")
    fact = f"this needs the permission {' or '.join(sorted(wanted))}, which {caller.actor} does not have"
    raise NotPermitted(fact)


def second_person(desk: Desk, name: str, *, path: Sequence[str] = ("file", "approve")) -> str:
    """Return the actor of a second person, who proves it here where the book demands that; raises as ``sign_in``.

    ``path`` is the verb that they must be permitted.
    """
    actor = parse_actor(name)
    with desk.view() as ctx:
        if not sign_in_demanded(ctx.session):
            return actor
    shown = asked_for(actor.removeprefix("user:"))
    now = replace(desk, clock=system_clock, actor=actor)
    made = sign_in(now, shown, cost=cost(), terms=terms())
    try:
        with now.view() as ctx:
            _permit(known_caller(ctx, made.token, terms()), path, acts=True)
    finally:
        # It stood for this one word.
        with now.action() as ctx:
            end_session(ctx, made.id)
    return actor


def asked_for(name: str) -> Shown:
    """Ask for the password and the code of a person, without showing the password."""
    password = typer.prompt(f"Password of {name}", hide_input=True, err=True)
    code = typer.prompt("Code (empty without a second factor)", default="", show_default=False, err=True)
    return Shown(name=name, password=password, code=code or None)


def token_file(desk: Desk) -> Path:
    """Return where this user keeps the token of a sign-in to this book."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "ingather" / f"{desk.vault.instance}.token"


def keep_token(desk: Desk, token: str) -> Path:
    """Keep a token where only this user reads it."""
    path = token_file(desk)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return path


def held_token(desk: Desk) -> str | None:
    """Return the token this user holds for the book, None without one."""
    if token := os.environ.get("INGATHER_TOKEN"):
        return token
    with suppress(OSError, UnicodeDecodeError):
        return token_file(desk).read_text("ascii").strip()
    return None


def _caller(desk: Desk) -> Caller | None:
    """Return who signed in here and is still there; the machine's clock counts, whatever day is acted on."""
    token = held_token(desk)
    if not token:
        return None
    now = replace(desk, clock=system_clock)
    try:
        with now.view() as ctx:
            caller = known_caller(ctx, token, terms())
    except NotSignedIn:
        return None
    if caller.unseen:
        with now.action() as ctx:
            note_caller(ctx, caller)
    return caller
