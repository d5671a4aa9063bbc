"""``ingather file``: list, show, verify, rebuild, approve, refuse, void, send and resolve files."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.context import Context
from ingather.actions.files.approval import approve_file, refuse_file, void_file
from ingather.base.ids import Prefix
from ingather.base.money import format_minor
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    KnownAt,
    Reason,
    Verbs,
    console,
    decided,
    desk_of,
    done,
    end,
    key_of,
    known_at_of,
    print_json,
)
from ingather.cli.signing import second_person
from ingather.domain.actors import NIGHT
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.rebuild import Rebuilt, rebuild_all, rebuild_file
from ingather.jobs.transmit import resolve, send_files, verify_file
from ingather.store.reading import files as reading
from ingather.store.reading.past import files as past

app = typer.Typer(cls=Verbs, help="The files: look, approve, void, send.", no_args_is_help=True)

FileId = Annotated[str, typer.Argument(help="A file's id, fil_...")]


@app.command("list")
def list_files(ctx: typer.Context, *, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """List the files with their states and totals."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        at = known_at_of(known_at, now=view.now)
        found = reading.listed(view.session) if at is None else past.listed(view.session, at)
    if as_json:
        print_json(found)
        return
    table = Table("id", "name", "state", "settles", "entries", "debits", "credits", box=None, header_style="dim")
    for row in found:
        amounts = [format_minor(row[side]) for side in ("debit_cents", "credit_cents")]
        table.add_row(row["id"], row["name"], row["state"], row["effective_on"], f"{row['entries']:,}", *amounts)
    console.print(table)


@app.command("show")
def show_file(ctx: typer.Context, file: FileId, *, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Show a file's batches, totals, hash and approvals."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        at, key = known_at_of(known_at, now=view.now), key_of(Prefix.FILE, file)
        found = reading.shown(view.session, key) if at is None else past.shown(view.session, key, at)
    if found is None:
        fact = f"there is no file {file}" if at is None else f"there was no file {file} at {at:%Y-%m-%d %H:%M %Z}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    console.print(
        f"{found['id']}  {found['name']}  [bold]{found['state']}[/]\n"
        f"{found['entries']:,} entries over {format_minor(found['debit_cents'])} USD{_credits(found)}, "
        f"settles {found['effective_on']}, made by {found['maker']}, second reader: {found['second_reader']}\n"
        f"SHA-256 {found['sha256']}\n"
        f"rests on {found['rule_set'] or 'no kept rules'}",
    )
    for row in found["approvals"]:
        console.print(f"{row['decision']} by {row['checker']}{': ' + row['reason'] if row['reason'] else ''}")
    table = Table("batch", "class", "company", "description", "entries", "debits", "settled", box=None,
                  header_style="dim")  # fmt: skip
    for row in found["batch_list"]:
        settled = f"{row['settled_on']} ({row['settlement_basis']})" if row["settled_on"] else ""
        table.add_row(
            str(row["number"]), row["entry_class"], row["company_name"], row["description"], f"{row['entries']:,}",
            format_minor(row["debit_cents"]), "rejected" if row["rejected"] else settled,
        )  # fmt: skip
    console.print(table)


def _credits(found: dict[str, Any]) -> str:
    """Return what a file pays out, for one that does: the credits of micro-entries."""
    return f" and credits of {format_minor(found['credit_cents'])} USD" if found["credit_cents"] else ""


@app.command()
def verify(ctx: typer.Context, file: FileId, *, as_json: AsJson = False) -> None:
    """Open a file's kept bytes, hash them, read them again and compare with the book; exit 1 when anything differs."""
    problems = verify_file(desk_of(ctx, default_actor="system:check"), key_of(Prefix.FILE, file))
    if as_json:
        print_json({"file": file, "ok": not problems, "problems": problems})
    elif problems:
        for problem in problems:
            console.print(f"[red]differs[/]  {problem}")
    else:
        console.print(f"{file}: the kept bytes are those that were sealed, and read as the book says.")
    end(ExitCode.HAS_ERRORS if problems else ExitCode.DONE)


@app.command()
def rebuild(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(help="A file's id, fil_...; none with --all.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every file of the book, one after another.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Say where it differs from the sealed bytes.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Write a sealed file anew from the book and compare its SHA-256 with the sealed one; exit 40 when they differ."""
    if every == (file is not None):
        message = "name one file, or ask for --all"
        raise typer.BadParameter(message)
    desk = desk_of(ctx, default_actor="system:check")
    found = rebuild_all(desk) if file is None else iter([rebuild_file(desk, key_of(Prefix.FILE, file), compare=verify)])
    count, differing = 0, []
    for each in found:
        count += 1
        differing += [] if each.same else [each]
        if not as_json and (file is not None or not each.same):
            console.print(_rebuilt(each), soft_wrap=True, markup=False)
    if as_json:
        print_json({"files": count, "ok": not differing, "differing": [asdict(each) for each in differing]})
    elif file is None:
        console.print(f"{count:,} files rebuilt, {len(differing):,} differ from what was sealed.")
    end(ExitCode.BROKEN_INVARIANT if differing else ExitCode.DONE)


def _rebuilt(each: Rebuilt) -> str:
    if each.same:
        return f"{each.file}: rebuilt from the book, {each.entries:,} entries, SHA-256 as sealed: {each.sha256}"
    if not each.line:
        return f"{each.file}: not as sealed: {each.why}"
    where = f"line {each.line}, {each.record_field.replace('_', ' ')}" + (f" ({each.columns})" if each.columns else "")
    return f"{each.file}: not as sealed: {where}: sealed {each.sealed!r}, rebuilt {each.rebuilt!r}"


@app.command()
def approve(
    ctx: typer.Context,
    file: FileId,
    *,
    actor: As = None,
    sha256: Annotated[str | None, typer.Option(help="The hash of the bytes that were read.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Approve a sealed file; who made it may not. The next night, or ``file send``, sends it."""
    read = _hash_of(sha256)

    def decide(action: Context) -> str:
        approve_file(action, key_of(Prefix.FILE, file), sha256=read)
        return action.actor

    who = decided(ctx, actor, as_of, decide)
    done(as_json, file, f"is approved by {who}", called="file")


def _hash_of(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        message = "--sha256: a hash is 64 hexadecimal digits, as ingather file show prints it"
        raise typer.BadParameter(message) from None


@app.command()
def refuse(
    ctx: typer.Context, file: FileId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Refuse a sealed file: it is voided and its orders wait for the next night."""

    def decide(action: Context) -> str:
        refuse_file(action, key_of(Prefix.FILE, file), reason=reason)
        return action.actor

    who = decided(ctx, actor, as_of, decide, present=True)
    done(as_json, file, f"is refused by {who}; its orders wait again", called="file")


@app.command()
def void(
    ctx: typer.Context, file: FileId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Void a file of which no byte has left; its orders wait for the next night."""
    decided(ctx, actor, as_of, lambda act: void_file(act, key_of(Prefix.FILE, file), reason=reason), present=True)
    done(as_json, file, "is voided; its orders wait again", called="file")


@app.command()
def send(ctx: typer.Context, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Send what is approved, and look for evidence of what was on its way."""
    desk = desk_of(ctx, actor=actor, default_actor=NIGHT, as_of=as_of)
    report = send_files(desk)
    desk.remember()
    code = ExitCode.IN_DOUBT if report.in_doubt else ExitCode.REFUSED_BY_BANK if report.waiting else ExitCode.DONE
    if as_json:
        did = "something" if report.sent or report.voided else "nothing"
        print_json(
            {"did": did, "sent": report.sent, "voided": report.voided, "in_doubt": report.in_doubt,
             "waiting": report.waiting, "exit_code": int(code)},
        )  # fmt: skip
    else:
        for word, names in (("sent", report.sent), ("voided", report.voided), ("in doubt", report.in_doubt),
                            ("not sent", report.waiting)):  # fmt: skip
            for name in names:
                console.print(f"{word:9} {name}")
        if not (report.sent or report.voided or report.in_doubt or report.waiting):
            console.print("Nothing to send.")
    end(code)


@app.command("resolve")
def resolve_file(
    ctx: typer.Context,
    file: FileId,
    *,
    delivered: Annotated[bool, typer.Option("--delivered/--not-delivered", help="What the bank says.")],
    word: Annotated[str, typer.Option(help="Who at the bank said so, and when.")],
    second: Annotated[str, typer.Option(help="The second person.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record the bank's word about a file in doubt, by two persons."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    resolve(desk, key_of(Prefix.FILE, file), delivered=delivered, second=second_person(desk, second), word=word)
    done(as_json, file, "is delivered" if delivered else "is not delivered and may be sent again", called="file")
