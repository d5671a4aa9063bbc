"""``ingather init``: making a book."""

from pathlib import Path
from typing import Annotated

import typer

from ingather.actions.banks import NewBook
from ingather.cli.options import As, AsJson, console, print_json, settings_of
from ingather.domain.actors import parse_actor
from ingather.domain.keys import Provider
from ingather.domain.refusals import WrongState
from ingather.jobs.founding import found
from ingather.rules.banks import load_profile, refuse_unsendable
from ingather.rules.tables import profile_names, profile_text
from ingather.wiring import keys_folder, new_desk


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
    keys_from: Annotated[Provider, typer.Option(help="Who keeps the root of the new keys.")] = Provider.FILE,
    key_id: Annotated[str | None, typer.Option(help="The key of the KMS: its ARN, id or alias.")] = None,
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
    desk = new_desk(
        settings.book, keys=settings.keys, actor=parse_actor(actor or "system:init"), provider=keys_from, key_id=key_id
    )
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
