"""``ingather change``: what buyers' banks ask us to correct, until when, and what becomes of it."""

from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.corrections import showing
from ingather.actions.corrections.applying import apply_change, leave_change
from ingather.actions.corrections.refusing import refuse_change
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    Reason,
    Verbs,
    acting,
    console,
    desk_of,
    done,
    key_of,
    print_json,
)
from ingather.domain.refusals import NoSuch

app = typer.Typer(cls=Verbs, help="What buyers' banks ask us to correct.", no_args_is_help=True)

ChangeId = Annotated[str, typer.Argument(metavar="ID", help="A notification's id, cor_...")]


@app.command("list")
def list_changes(
    ctx: typer.Context,
    *,
    waiting: Annotated[bool, typer.Option("--open/--all", help="Only what waits for a person, or all.")] = True,
    code: Annotated[str | None, typer.Option(help="Only this change code.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List notifications of change: what is to be corrected, and how many banking days are left."""
    with desk_of(ctx, default_actor="system:read", as_of=as_of).view() as view:
        found = showing.listed(view, waiting=waiting, code=code, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No notification of change waits for anybody." if waiting else "There is none.")
        return
    table = Table("id", "code", "account", "old -> new", "due", "left", "state", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["id"], row["code"], row["external_id"] or "", _difference(row), row["due_on"] or "", _left(row),
            row["state"],
        )  # fmt: skip
    console.print(table)


def _difference(row: dict[str, Any]) -> str:
    parts = [f"{row['old'].get(name, '?')} -> {new}" for name, new in row["new"].items()]
    return ", ".join(parts) or ("cannot be read" if row["problem"] else "-")


def _left(row: dict[str, Any]) -> str:
    days = row["days_left"]
    if days is None:
        return ""
    return f"{-days} over" if days < 0 else f"{days} days"


def _until(found: dict[str, Any]) -> str:
    """Return what can still be done about a notification that waits."""
    if found["refuse_by"] is None:
        return ""
    left = f", {_left(found)}" if found["days_left"] is not None else ""
    return f"{left}; the ODFI can refuse it until {found['refuse_by']}"


@app.command("show")
def show_change(ctx: typer.Context, change: ChangeId, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show a notification of change: what it says, until when, and who did what about it."""
    with desk_of(ctx, default_actor="system:read", as_of=as_of).view() as view:
        found = showing.shown(view, key_of(Prefix.CORRECTION, change))
    if found is None:
        fact = f"there is no notification of change {change}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    console.print(
        f"{found['id']}  [bold]{found['code']}[/] ({found['title']}), {found['state']}\n"
        f"account {found['account'] or '-'} ({found['external_id'] or 'none of ours'}), order {found['order'] or '-'}, "
        f"trace {found['trace']}\n"
        f"{_difference(found)}\n"
        f"received {found['received_on']}, to be applied by {found['due_on'] or '-'}"
        f"{_until(found)}",
        soft_wrap=True,
    )
    if found["problem"]:
        console.print(found["problem"], soft_wrap=True)
    if found["ended_by"]:
        asked = f" as {found['refused_as']}, {found['request']} {found['request_state']}" if found["refused_as"] else ""
        console.print(f"{found['state']}{asked} by {found['ended_by']} at {found['ended_at']}", soft_wrap=True)


@app.command("apply")
def apply(
    ctx: typer.Context, change: ChangeId, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Apply a notification of change that waits for a person."""
    with acting(ctx, actor, as_of) as action:
        outcome = apply_change(action, key_of(Prefix.CORRECTION, change))
    done(as_json, change, f"is {outcome}", outcome=outcome)


@app.command("leave")
def leave(
    ctx: typer.Context,
    change: ChangeId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Leave a notification of change as it is, where that is ours to do."""
    with acting(ctx, actor, as_of) as action:
        leave_change(action, key_of(Prefix.CORRECTION, change), reason=reason)
    done(as_json, change, "is left; nothing of it was applied")


@app.command("refuse")
def refuse(
    ctx: typer.Context,
    change: ChangeId,
    *,
    as_code: Annotated[str, typer.Option(help="Why, as a code from C61 to C69.")],
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask our bank to refuse a notification of change; the request goes out with the next night."""
    with acting(ctx, actor, as_of) as action:
        request_id = refuse_change(action, key_of(Prefix.CORRECTION, change), as_code=as_code, reason=reason)
    request = public_id(Prefix.REQUEST, request_id)
    done(as_json, change, f"is never applied; our bank is asked to refuse it by {request}", request=request)
