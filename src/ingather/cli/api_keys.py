"""``ingather api-key``: keys of the API, made, listed, rotated and revoked."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from ingather.actions.banks import originator_of
from ingather.actions.users.keys import make_key, revoke_key, rotate_key
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import (
    As,
    AsJson,
    Reason,
    Verbs,
    console,
    desk_of,
    done,
    instant_of,
    key_of,
    print_json,
)
from ingather.domain.refusals import NoSuch
from ingather.domain.users import KEYS_MAY, Permission
from ingather.store.reading import names, users

app = typer.Typer(cls=Verbs, help="Keys of the API.", no_args_is_help=True)
KeyId = Annotated[str, typer.Argument(metavar="ID", help="A key's id, key_...")]


@app.command("make")
def make(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    permission: Annotated[
        list[Permission], typer.Option("--permission", help=f"Of {', '.join(sorted(KEYS_MAY))}; repeat it.")
    ],
    merchant: Annotated[str | None, typer.Option(help="The one merchant it sees, by its own name.")] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends: a day, or an RFC 3339 instant.")] = None,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Its own limit of calls a minute.")] = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print its token, this once; approving and granting are for people, no key holds them."""
    desk = desk_of(ctx, actor=actor)
    with desk.action() as action:
        merchant_id = names.key_of(action.session, Prefix.MERCHANT, merchant) if merchant else None
        if merchant and merchant_id is None:
            fact = f"there is no merchant {merchant}"
            raise NoSuch(fact)
        made = make_key(
            action,
            originator_of(action).id,
            name=name,
            permissions=set(permission),
            merchant_id=merchant_id,
            expires_at=instant_of(expires) if expires else None,
            per_minute=per_minute,
        )
    desk.remember()
    _show_token(as_json, made.id, made.token)


@app.command("list")
def list_keys(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the keys of the API."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = users.keys_listed(view.session)
    if as_json:
        print_json(found)
        return
    table = Table("id", "name", "merchant", "last used", "ends", "", box=None, header_style="dim")
    for row in found:
        ends = row["revoked_at"] or row["expires_at"] or ""
        state = "revoked" if row["revoked_at"] else ""
        table.add_row(row["id"], row["name"], row["merchant"] or "all", row["last_used_at"] or "never", ends, state)
    console.print(table if found else "No key.")


@app.command("revoke")
def revoke(ctx: typer.Context, key: KeyId, *, reason: Reason, actor: As = None, as_json: AsJson = False) -> None:
    """Revoke a key for good."""
    desk = desk_of(ctx, actor=actor)
    with desk.action() as action:
        revoke_key(action, key_of(Prefix.API_KEY, key), reason=reason)
    desk.remember()
    done(as_json, key, "is revoked")


@app.command("rotate")
def rotate(
    ctx: typer.Context,
    key: KeyId,
    *,
    reason: Reason,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="How long the token before still opens.")] = 24,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Give a key a new token and print it, this once; it stays the same caller."""
    desk = desk_of(ctx, actor=actor)
    with desk.action() as action:
        overlap = timedelta(hours=overlap_hours)
        made = rotate_key(action, key_of(Prefix.API_KEY, key), overlap=overlap, reason=reason)
    desk.remember()
    _show_token(as_json, made.id, made.token)


def _show_token(as_json: bool, key: int, token: str) -> None:
    """Print a token once: alone on the standard output."""
    if as_json:
        print_json({"did": "something", "id": public_id(Prefix.API_KEY, key), "token": token})
        return
    typer.echo(f"{public_id(Prefix.API_KEY, key)}; its token, shown this once:", err=True)
    typer.echo(token)
