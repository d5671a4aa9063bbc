"""``ingather db roles``: who owns a PostgreSQL book, and what the program may do in it."""

import sys
from typing import Annotated

import typer

from ingather.cli.options import AsJson, console, print_json, settings_of
from ingather.store.roles import apply_statements, role_statements
from ingather.wiring import open_engine_of

_OWNER = typer.Option(help="The role that owns the book and upgrades it; nobody signs in as it.")
_PROGRAM = typer.Option("--app", help="The role as which the program works.")


def roles(
    ctx: typer.Context,
    *,
    owner: Annotated[str, _OWNER] = "ingather_owner",
    program: Annotated[str, _PROGRAM] = "ingather_app",
    apply: Annotated[bool, typer.Option("--apply", help="Run it, as the superuser whom --book names.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the SQL of two roles: one owns the book, the other works on it and can take nothing back."""
    engine = open_engine_of(settings_of(ctx).book)
    statements = role_statements(engine, owner=owner, program=program)
    if apply:
        apply_statements(engine, statements)
    if as_json:
        print_json({"did": "something" if apply else "nothing", "statements": statements})
    elif apply:
        console.print(f"{owner} owns the book now; name {program} in INGATHER_BOOK, as whom the program works.")
    else:
        sys.stdout.write("".join(f"{each};\n" for each in statements))
