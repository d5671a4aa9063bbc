"""``ingather keys``: the ring of the host, the epochs of the book, and rotations that two persons want."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingather.actions.keys.rotating import Ended
from ingather.cli.options import As, AsJson, AsOf, DryRun, Reason, Verbs, console, desk_of, end, print_json, settings_of
from ingather.cli.signing import second_person
from ingather.domain.keys import Provider, RotationKind
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.key_rotation import forget_root, resume, rotate_kek, rotate_values
from ingather.jobs.keys import EpochStanding, KeyStanding, standing
from ingather.wiring import init_keys, keys_folder

app = typer.Typer(cls=Verbs, help="Keys: the host's ring, the book's epochs, and rotations.", no_args_is_help=True)
_Second = Annotated[str, typer.Option(help="The second person, who agrees.")]
_Keeper = Annotated[Provider | None, typer.Option("--provider", help="Who keeps the root.")]
_KeyId = Annotated[str | None, typer.Option(help="The key of the KMS: its ARN, id or alias.")]


@app.command()
def init(ctx: typer.Context, *, provider: _Keeper = None, key_id: _KeyId = None, as_json: AsJson = False) -> None:
    """Make the key folder of a book that is still to be founded, or give an older ring a root."""
    settings = settings_of(ctx)
    folder = keys_folder(settings.book, settings.keys)
    ring, did = init_keys(settings.book, keys=settings.keys, provider=provider or Provider.FILE, key_id=key_id)
    if as_json:
        print_json(
            {"did": "nothing" if did == "nothing" else "something", "instance": ring.instance, "root": ring.root}
        )
        return
    match did:
        case "made":
            said = f"Made a ring in {folder} under {ring.root}; it waits for its book: ingather init"
        case "adopted":
            said = f"The ring in {folder} has a root now, {ring.root}; values are sealed anew by: ingather keys rotate"
        case _:
            said = f"The ring in {folder} has a root, {ring.root}. Nothing to do."
    console.print(said, soft_wrap=True, markup=False)


@app.command()
def rotate(
    ctx: typer.Context,
    *,
    second: _Second,
    reason: Reason,
    kek: Annotated[bool, typer.Option("--kek/--epoch", help="The root of the host's ring, or the values.")] = False,
    provider: _Keeper = None,
    key_id: _KeyId = None,
    actor: As = None,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Seal all values under a new key while others work, and destroy their old one; or give the ring a new root.

    With --kek and another --provider the ring moves there. Killed at any moment, it goes on with: ingather keys resume.
    """
    if (provider or key_id) and not kek:
        message = "--provider and --key-id are about the root of the ring: add --kek"
        raise typer.BadParameter(message)
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    if dry_run:
        _show_plan(standing(desk), kek=kek, as_json=as_json)
        return
    agrees = second_person(desk, second, path=("keys", "rotate"))
    if kek:
        ended = rotate_kek(desk, provider or desk.vault.ring.provider, key_id, second=agrees, reason=reason)
    else:
        ended = rotate_values(desk, second=agrees, reason=reason)
    if as_json:
        print_json(_ended_told(ended) | {"did": "something", "root": desk.vault.ring.root})
    else:
        console.print(_ended_said(ended, root=desk.vault.ring.root), soft_wrap=True, markup=False)


def _ended_said(ended: Ended | None, *, root: str) -> str:
    if ended is None:
        return "Another process has brought the rotation to its end. See ingather keys status."
    if ended.kind is RotationKind.KEK:
        return f"The root of the ring is {root}; {ended.count} key(s) of the book are wrapped under it."
    gone, stay = (", ".join(map(str, numbers)) for numbers in (ended.destroyed, ended.evidence))
    said = f"{ended.count} value(s) are sealed under a new key."
    if gone:
        said += f" The key of epoch {gone} is destroyed."
    if stay:
        said += f" The key of epoch {stay} stays: files and reports open with it until they are shredded."
    return said


def _ended_told(ended: Ended | None) -> dict[str, Any]:
    if ended is None:
        return {"did": "nothing", "count": 0, "destroyed": [], "stay": []}
    return {
        "did": "something",
        "count": ended.count,
        "destroyed": list(ended.destroyed),
        "stay": list(ended.evidence),
    }


def _show_plan(found: KeyStanding, *, kek: bool, as_json: bool) -> None:
    if as_json:
        print_json({"did": "nothing", "root": found.root, "values": None if kek else found.values})
    elif kek:
        console.print(f"The ring would have another root than {found.root}, which stays until it is forgotten.")
    else:
        console.print(f"{found.values} value(s) would be sealed under a new key.")


@app.command("resume")
def resume_rotation(ctx: typer.Context, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Bring a rotation that was interrupted to its end; two persons have agreed to it when it began."""
    desk = desk_of(ctx, actor=actor, default_actor="system:keys", as_of=as_of)
    ended = resume(desk)
    if as_json:
        print_json(_ended_told(ended))
    elif ended is None:
        console.print("No rotation waits.")
    else:
        console.print(
            f"The rotation is done. {_ended_said(ended, root=desk.vault.ring.root)}", soft_wrap=True, markup=False
        )


@app.command()
def forget(
    ctx: typer.Context,
    root: Annotated[str, typer.Argument(help="A root that is no longer the ring's, as status shows it.")],
    *,
    second: _Second,
    reason: Reason,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Take a former root out of the ring. Backups of the book from before it was rotated open nowhere after that."""
    desk = desk_of(ctx, actor=actor)
    if not forget_root(desk, root, second=second_person(desk, second, path=("keys", "forget")), reason=reason):
        fact = f"the ring has no root {root}"
        raise NoSuch(fact, "See ingather keys status")
    if as_json:
        print_json({"did": "something", "root": root})
    else:
        console.print(f"{root} is forgotten.", markup=False)


@app.command()
def status(ctx: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show the ring, the epochs and how many values each still has; exit 1 when something is to be done."""
    desk = desk_of(ctx, default_actor="system:check", as_of=as_of)
    found = standing(desk)
    if as_json:
        print_json(_told(found, instance=desk.vault.instance, folder=str(desk.vault.ring.folder)))
    else:
        console.print(
            f"The ring of instance {desk.vault.instance} in {desk.vault.ring.folder}", soft_wrap=True, markup=False
        )
        for name in found.roots:
            console.print(f"root {name}{'' if name == found.root else ', former'}", markup=False)
        table = Table("epoch", "for", "state", "from", "wrapped by", "values", "sealed", box=None, header_style="dim")
        for each in found.epochs:
            row = (str(each.epoch.number), each.epoch.purpose, each.epoch.state, f"{each.epoch.opened_at:%Y-%m-%d}",
                   each.epoch.kek, str(sum(each.rows.values())), str(each.sealed))  # fmt: skip
            table.add_row(*map(escape, row))
        console.print(table)
        if found.due_on:
            console.print(f"Values are next rotated by {found.due_on}.")
        for fault in found.faults:
            console.print(fault, style="red", soft_wrap=True, markup=False)
    end(ExitCode.HAS_ERRORS if found.faults else ExitCode.DONE)


def _told(found: KeyStanding, *, instance: str, folder: str) -> dict[str, Any]:
    rotation = found.rotation
    return {
        "ok": not found.faults,
        "instance": instance,
        "folder": folder,
        "root": found.root or None,
        "roots": list(found.roots),
        "epochs": [_epoch_told(each) for each in found.epochs],
        "rotation": rotation
        and {
            "kind": rotation.kind,
            "begun_at": rotation.begun_at.isoformat(),
            "moved_at": rotation.moved_at.isoformat(),
            "asked_by": rotation.asked_by,
            "approved_by": rotation.approved_by,
            "place": rotation.place or None,
            "moved": rotation.moved,
        },
        "due_on": found.due_on.isoformat() if found.due_on else None,
        "faults": found.faults,
    }


def _epoch_told(each: EpochStanding) -> dict[str, Any]:
    epoch = each.epoch
    return {
        "number": epoch.number,
        "purpose": epoch.purpose,
        "state": epoch.state,
        "kek": epoch.kek,
        "opened_at": epoch.opened_at.isoformat(),
        "closed_at": epoch.closed_at.isoformat() if epoch.closed_at else None,
        "destroyed_at": epoch.destroyed_at.isoformat() if epoch.destroyed_at else None,
        "rows": each.rows,
        "sealed": each.sealed,
    }
