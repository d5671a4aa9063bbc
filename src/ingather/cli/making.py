"""``ingather init``, ``db`` and ``audit``: making a book, keeping it up to date, checking what it holds."""

from pathlib import Path
from typing import Annotated

import typer

from ingather.actions.banks import NewBook
from ingather.cli.options import As, AsJson, Verbs, console, desk_of, end, print_json, settings_of
from ingather.domain.actors import parse_actor
from ingather.domain.refusals import ExitCode, WrongState
from ingather.jobs.founding import found, upgrade_book
from ingather.jobs.invariants import check_invariants
from ingather.rules.banks import load_profile, refuse_unsendable
from ingather.rules.tables import profile_names, profile_text
from ingather.store import audit as chain
from ingather.wiring import keys_folder, new_desk, open_engine_of

db = typer.Typer(cls=Verbs, help="The book's schema and its invariants.", no_args_is_help=True)
audit = typer.Typer(cls=Verbs, help="The audit chain.", no_args_is_help=True)


def init(
    ctx: typer.Context,
    *,
    originator: Annotated[str, typer.Option(help="In whose name the debits are collected.")],
    bank: Annotated[str, typer.Option(help="The bank's BIC or id, as its reports give it.")],
    account: Annotated[
        str, typer.Option(prompt=True, hide_input=True, envvar="INGATHER_OUR_ACCOUNT", help="Our account at the bank.")
    ],
    profile: Annotated[str, typer.Option(help="A bank profile: a TOML file, or the name of one that ships.")],
    outbound: Annotated[Path, typer.Option(help="The folder the bank collects from.")],
    inbound: Annotated[Path, typer.Option(help="The folder the bank delivers to.")],
    live: Annotated[bool, typer.Option("--live", help="A live book; without it, a test book.")] = False,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Make a book with its key folder, one originator, one bank and one route."""
    text = profile_text(profile) if profile in profile_names() else _read_profile(Path(profile))
    refuse_unsendable(load_profile(text))
    _refuse_blank(originator=originator, bank=bank, account=account)
    _refuse_nested(outbound, inbound)
    for folder in (outbound, inbound):
        if not folder.is_dir():
            fact = f"there is no folder {folder}"
            raise WrongState(fact, "Make it first; a bank's folder is never made by guess")
    settings = settings_of(ctx)
    desk = new_desk(settings.book, keys=settings.keys, actor=parse_actor(actor or "system:init"))
    channel = {"kind": "folder", "outbound": str(outbound.absolute()), "inbound": str(inbound.absolute())}
    mark = "live" if live else "test"
    found(desk, NewBook(mark=mark, originator=originator, profile=text, bank=bank, account=account, channel=channel))
    if as_json:
        print_json({"did": "something", "book": settings.book, "mark": mark, "instance": desk.vault.instance})
    else:
        folder, here = keys_folder(settings.book, settings.keys), Path.cwd()
        folder = folder.relative_to(here) if folder.is_relative_to(here) else folder
        console.print(f"Founded a {mark} book, {settings.book}. Its keys are in {folder}: back them up apart from it.")


def _read_profile(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        fact = f"the bank profile {path} is not UTF-8 text"
        raise WrongState(fact, "Save it as UTF-8, or name a profile that ships") from None


def _refuse_blank(**given: str) -> None:
    for name, value in given.items():
        if not value.strip():
            fact = f"--{name} is empty"
            raise WrongState(fact, "Say it: reports and files are told apart by it")


def _refuse_nested(outbound: Path, inbound: Path) -> None:
    """Refuse folders within each other: what we send would be taken for what the bank delivered."""
    ours, theirs = outbound.resolve(), inbound.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        fact = "the outbound and the inbound folder are the same, or one lies in the other"
        raise WrongState(fact, "Name two folders side by side")


@db.command()
def upgrade(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring the book to the newest schema."""
    upgrade_book(open_engine_of(settings_of(ctx).book))
    if as_json:
        print_json({"did": "something"})
    else:
        console.print("The book has the newest schema.")


@db.command()
def check(ctx: typer.Context, *, actor: As = None, as_json: AsJson = False) -> None:
    """Ask every invariant of the book, and open and hash every kept file; exit 40 when one is broken."""
    held = check_invariants(desk_of(ctx, actor=actor, default_actor="system:check"))
    if as_json:
        print_json({"ok": all(held.values()), "invariants": held})
    else:
        for name, holds in held.items():
            console.print(f"[green]holds[/]   {name}" if holds else f"[red]BROKEN[/]  {name}")
    end(ExitCode.DONE if all(held.values()) else ExitCode.BROKEN_INVARIANT)


@audit.command()
def verify(ctx: typer.Context, *, actor: As = None, as_json: AsJson = False) -> None:
    """Follow the audit chain from its first record; exit 40 at the first that does not follow."""
    desk = desk_of(ctx, actor=actor, default_actor="system:check")
    with desk.view() as view:
        fault = chain.first_fault(view.session)
        seq, value = chain.head(view.session)
    if as_json:
        print_json({"ok": fault is None, "records": seq, "head": value.hex(), "first_fault": fault})
    elif fault is None:
        console.print(f"The chain of {seq} records holds. Its head is {value.hex()}")
    else:
        console.print(f"[red]The chain breaks at record {fault}.[/]")
    end(ExitCode.DONE if fault is None else ExitCode.BROKEN_INVARIANT)
