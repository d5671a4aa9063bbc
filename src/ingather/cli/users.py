"""``ingather user``, ``login``, ``logout``: people, what they may do, and proving who one is."""

from typing import Annotated

import typer
from rich.table import Table

from ingather.actions.context import Context
from ingather.actions.users.callers import known_caller
from ingather.actions.users.people import (
    add_user,
    demand_sign_in,
    disable_user,
    enable_user,
    grant_roles,
    link_provider,
    reset_password,
)
from ingather.actions.users.sessions import confirm_second_factor, end_session
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import As, AsJson, Reason, Verbs, console, desk_of, done, print_json
from ingather.cli.signing import HOST, asked_for, cost, held_token, keep_token, terms, token_file
from ingather.domain.refusals import NoSuch, NotSignedIn
from ingather.domain.users import Role
from ingather.jobs.desk import Desk
from ingather.jobs.signing_in import choose_password, enrol_second_factor, sign_in
from ingather.store.reading import users

app = typer.Typer(cls=Verbs, help="People and what they may do.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The person's name.")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="What they are at the desk; repeat it for several.")]


@app.command("add")
def add(ctx: typer.Context, name: Name, *, role: Roles = None, actor: As = None, as_json: AsJson = False) -> None:
    """Record a person and print the one-time token with which they choose a password.

    The first administrator is made by whoever holds the host's key folder; from then on an administrator adds people.
    """
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        made = add_user(action, name, role or [])
    desk.remember()
    _show_token(as_json, made.id, made.token, f"Recorded {name}. To choose a password: ingather user password {name}")


@app.command("list")
def list_users(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List people."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = users.users_listed(view.session)
    if as_json:
        print_json(found)
        return
    table = Table("name", "roles", "state", "password", "second factor", "last there", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["name"], ", ".join(row["roles"]), row["state"], "yes" if row["has_password"] else "no",
            "yes" if row["second_factor"] else "no", row["seen_at"] or "",
        )  # fmt: skip
    console.print(table if found else "Nobody yet: ingather user add NAME --role administrator")


@app.command("grant")
def grant(
    ctx: typer.Context, name: Name, *, reason: Reason, role: Roles = None, actor: As = None, as_json: AsJson = False
) -> None:
    """Say which roles a person has from now on; nobody grants himself."""
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        key = _key(action, name)
        grant_roles(action, key, role or [], reason=reason)
    desk.remember()
    _say(as_json, key, f"is {', '.join(role or []) or 'nothing'} from now on")


@app.command("disable")
def disable(ctx: typer.Context, name: Name, *, reason: Reason, actor: As = None, as_json: AsJson = False) -> None:
    """Disable a person; their sign-ins end."""
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        key = _key(action, name)
        disable_user(action, key, reason=reason)
    desk.remember()
    _say(as_json, key, "is disabled")


@app.command("enable")
def enable(ctx: typer.Context, name: Name, *, reason: Reason, actor: As = None, as_json: AsJson = False) -> None:
    """Let a person who was disabled sign in again."""
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        key = _key(action, name)
        enable_user(action, key, reason=reason)
    desk.remember()
    _say(as_json, key, "is enabled")


@app.command("reset")
def reset(
    ctx: typer.Context,
    name: Name,
    *,
    reason: Reason,
    second_factor: Annotated[bool, typer.Option("--second-factor", help="That is lost as well.")] = False,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Forget a person's password and print a one-time token; ``--as system:host`` helps who cannot be helped else."""
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        made = reset_password(action, _key(action, name), second_factor=second_factor, reason=reason)
    desk.remember()
    _show_token(as_json, made.id, made.token, f"{name} chooses anew: ingather user password {name}")


@app.command("link")
def link(
    ctx: typer.Context,
    name: Name,
    *,
    issuer: Annotated[str, typer.Option(help="The identity provider's address.")],
    subject: Annotated[str, typer.Option(help="What it calls the person (sub).")],
    reason: Reason,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Say what an identity provider calls a person, who signs in there from now on."""
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        key = _key(action, name)
        link_provider(action, key, issuer=issuer, subject=subject, reason=reason)
    desk.remember()
    _say(as_json, key, f"signs in with {issuer}")


@app.command("demand")
def demand(
    ctx: typer.Context,
    *,
    reason: Reason,
    off: Annotated[bool, typer.Option("--off", help="Take an actor's word again.")] = False,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Have this book take an actor only from who proved it: ``--as`` alone is no longer enough."""
    desk = desk_of(ctx, actor=actor, default_actor=HOST)
    with desk.action() as action:
        demand_sign_in(action, demanded=not off, reason=reason)
    desk.remember()
    done(as_json, "The book", "takes an actor's word" if off else "takes an actor only from who proved it", called="is")


@app.command("password")
def password(
    ctx: typer.Context,
    name: Name,
    *,
    token: Annotated[str, typer.Option(prompt="One-time token", hide_input=True, help="From an administrator.")],
    new: Annotated[str, typer.Option("--password", prompt="New password", hide_input=True, confirmation_prompt=True)],
    as_json: AsJson = False,
) -> None:
    """Choose a password with a one-time token; what is left out is asked for without being shown."""
    desk = _now(ctx)
    choose_password(desk, name, token, new=new, cost=cost())
    desk.remember()
    done(as_json, name, "has a password; sign in: ingather login " + name, called="name")


def login(ctx: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Sign in: this user then acts by that name until the sign-in ends."""
    desk = _now(ctx)
    made = sign_in(desk, asked_for(name), cost=cost(), terms=terms())
    keep_token(desk, made.token)
    desk.remember()
    done(as_json, name, f"is signed in, until {made.expires_at:%Y-%m-%d %H:%M} UTC at the latest", called="name",
         expires_at=made.expires_at.isoformat(), second_factor=made.second_factor)  # fmt: skip


def logout(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Sign out, and forget the token."""
    desk = _now(ctx)
    session_id, name = _session(desk)
    with desk.as_actor(f"user:{name}").action() as action:
        end_session(action, session_id)
    desk.remember()
    token_file(desk).unlink(missing_ok=True)
    done(as_json, name, "is signed out", called="name")


@app.command("factor")
def factor(
    ctx: typer.Context,
    *,
    code: Annotated[str | None, typer.Option(help="What the app shows, for a secret it has already.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a second factor to who is signed in: take the address into an app, and say the code it shows."""
    desk = _now(ctx)
    session_id, name = _session(desk)
    if code is None:
        made = enrol_second_factor(desk, asked_for(name), cost=cost())
        typer.echo(f"Take this into the app; it is shown this once:\n  {made.uri}", err=True)
        code = str(typer.prompt("Code the app shows", err=True))
    with desk.as_actor(f"user:{name}").action() as action:
        confirm_second_factor(action, session_id, code)
    desk.remember()
    done(as_json, name, "has a second factor", called="name")


def _now(ctx: typer.Context) -> Desk:
    """Return the desk of somebody who has yet to prove who they are."""
    return desk_of(ctx, actor=HOST, default_actor=HOST)


def _session(desk: Desk) -> tuple[int, str]:
    with desk.view() as ctx:
        caller = known_caller(ctx, held_token(desk) or "", terms())
    if caller.session_id is None:
        fact = "INGATHER_TOKEN is a key, not the token of a sign-in"
        raise NotSignedIn(fact, "Sign in: ingather login NAME")
    return caller.session_id, caller.actor.removeprefix("user:")


def _key(ctx: Context, name: str) -> int:
    key = users.user_named(ctx.session, name)
    if key is None:
        fact = f"there is no user {name}"
        raise NoSuch(fact)
    return key


def _say(as_json: bool, key: int, what: str) -> None:
    done(as_json, public_id(Prefix.USER, key), what)


def _show_token(as_json: bool, key: int, token: str, sentence: str) -> None:
    """Print a token once: alone on the standard output, what it is for beside it."""
    if as_json:
        print_json({"did": "something", "id": public_id(Prefix.USER, key), "token": token})
        return
    typer.echo(f"{sentence}\nIts one-time token, shown this once:", err=True)
    typer.echo(token)
