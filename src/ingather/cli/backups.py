"""``ingather db backup|restore``: whole copies of a book, and what becomes of one that is put back."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from ingather.cli.options import AsJson, console, desk_of, end, errors, print_json, settings_of
from ingather.domain.refusals import ExitCode, KeyMissing, WrongState
from ingather.jobs.backup import Checked, Manifest, back_up, check_backup, note_backup, restore
from ingather.wiring import book_address, find_postgres_programs, keys_folder, open_engine_of, system_clock

Backup = Annotated[Path, typer.Argument(help="The folder of the backup.", show_default=False)]


def back_up_book(
    ctx: typer.Context,
    to: Backup,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Verify the backup that is there instead of making one.")
    ] = False,
    scratch: Annotated[
        str | None, typer.Option(help="With --check: an empty PostgreSQL database to load the copy into.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the book while it works into a new folder with a manifest; the key folder is backed up apart.

    Exit 40 when a backup that is checked is not what it says of itself.
    """
    if check:
        engine = open_engine_of(scratch) if scratch else None
        _show_checked(check_backup(to, programs=find_postgres_programs, scratch=engine), to, as_json=as_json)
        return
    settings = settings_of(ctx)
    shown = Progress(console=errors, transient=True) if not as_json and errors.is_terminal else None
    with shown or nullcontext():
        bar = shown.add_task("Copying", total=None) if shown else None

        def tell(done: int, total: int) -> None:
            if shown is not None and bar is not None:
                shown.update(bar, completed=done, total=total)

        manifest = back_up(
            open_engine_of(settings.book), to, clock=system_clock, programs=find_postgres_programs, progress=tell
        )
    _note(ctx, manifest)
    if as_json:
        print_json({"did": "something", "backup": str(to), **manifest.as_json()})
        return
    audit = manifest.contents["audit"]
    console.print(
        f"{to} holds the book as of {manifest.taken_at:%Y-%m-%d %H:%M:%S %Z}, through audit record {audit['seq']}, "
        f"{manifest.size:,} bytes.",
        soft_wrap=True, markup=False,
    )  # fmt: skip
    folder = keys_folder(settings.book, settings.keys)
    console.print(
        f"It opens nothing without the key folder, {folder}: back that up apart, and never beside it.",
        soft_wrap=True, markup=False,
    )  # fmt: skip


def _note(ctx: typer.Context, manifest: Manifest) -> None:
    """Leave a record that the book was copied; one of another schema or without keys is copied too."""
    try:
        desk = desk_of(ctx, default_actor="system:backup")
    except (WrongState, KeyMissing):
        return
    note_backup(desk, manifest)


def _show_checked(checked: Checked, backup: Path, *, as_json: bool) -> None:
    whole = all(checked.invariants.values())
    if as_json:
        print_json({"ok": whole, "loaded": bool(checked.invariants), "invariants": checked.invariants,
                    **checked.manifest.as_json()})  # fmt: skip
    else:
        for name, holds in checked.invariants.items():
            if not holds:
                console.print(f"[red]BROKEN[/]  {name}")
        audit, counts = checked.manifest.contents["audit"], checked.manifest.contents["counts"]
        how = (
            f"its chain of {audit['seq']:,} records and {len(checked.invariants)} invariants hold"
            if checked.invariants
            else "its bytes are those of the manifest; it was not loaded (name an empty database with --scratch)"
        )
        said = how if whole else "it does not hold together"
        console.print(f"{backup}: {counts['orders']:,} orders; {said}.", soft_wrap=True, markup=False)
    end(ExitCode.DONE if whole else ExitCode.BROKEN_INVARIANT)


def restore_book(
    ctx: typer.Context,
    backup: Backup,
    *,
    to: Annotated[str, typer.Option("--to", help="The new book: a path, or the URL of an empty database.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup where there is no book: it reads, and sends nothing until it is reconciled and released."""
    _ = ctx
    manifest = restore(backup, book_address(to), programs=find_postgres_programs)
    if as_json:
        print_json({"did": "something", "book": to, **manifest.as_json()})
        return
    console.print(
        f"{to} holds the book as of {manifest.taken_at:%Y-%m-%d %H:%M:%S %Z}, marked as restored: it reads and "
        f"neither seals nor sends. Next: ingather --book {to} db reconcile",
        soft_wrap=True, markup=False,
    )  # fmt: skip
