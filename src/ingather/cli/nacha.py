"""``ingather nacha``: look at files in the NACHA format, check, compare and mask them, whoever wrote them."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ingather.base.problems import Problem, Severity
from ingather.cli import nacha_bench, nacha_pages
from ingather.cli.options import AsJson, print_json
from ingather.cli.sources import bytes_of
from ingather.nacha.checks import CHECKS
from ingather.nacha.checks_page import checks_markdown
from ingather.nacha.diff import diff
from ingather.nacha.masked_file import NotMasked, mask_file
from ingather.nacha.reader import LENIENT, STRICT, read
from ingather.nacha.reading import Reading, Tolerances
from ingather.nacha.show import ENTRIES_SHOWN, counts_of, show, show_line, show_text
from ingather.nacha.shown_diff import CHANGES_SHOWN, show_diff
from ingather.rules.banks import ProfileRefused, load_profile
from ingather.rules.tables import profile_names, profile_text

app = typer.Typer(
    help="Look at NACHA files, check, compare and mask them. No book is needed. Exit codes: 0 good or equal, "
    "1 errors or differences, 2 a file that cannot be read.",
    no_args_is_help=True,
)

_HAS_ERRORS = 1
_USAGE = 2
_NO_COUNTS = dict.fromkeys(("batches", "entries", "addenda", "debit_cents", "credit_cents"), 0)

Lenient = Annotated[bool, typer.Option("--lenient", help="Tell what banks commonly get wrong as warnings.")]


class Unreadable(Exception):  # noqa: N818 -- named for the fact, as all our errors are
    """A file that cannot be opened; says which one, why, and what to do."""


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Files to check.", show_default=False)],
    *,
    lenient: Lenient = False,
    profile: Annotated[
        str | None,
        typer.Option(help="Tell what this bank profile tolerates as warnings: the name of one that ships, or a file."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, a line for each file.")
    ] = False,
) -> None:
    """Check files against the format, each problem with its line and columns.

    Exit 0 when no file has an error, 1 when one has, 2 when one cannot be read. `ingather nacha checks` lists what is
    checked.
    """
    tolerances = _tolerances(lenient=lenient, profile=profile)
    failed = unreadable = False
    for path in files:
        try:
            reading = read(_bytes_of(path), tolerances=tolerances)
        except Unreadable as error:
            unreadable = True
            if as_json:
                told = {"file": str(path), "ok": False, "problems": [_unreadable(error)], "counts": _NO_COUNTS}
                typer.echo(json.dumps(told))
            else:
                typer.echo(str(error), err=True)
            continue
        failed |= not reading.ok
        if as_json:
            problems = [problem.as_dict() for problem in reading.problems]
            told = {"file": str(path), "ok": reading.ok, "problems": problems, "counts": counts_of(reading)}
            typer.echo(json.dumps(told))
        else:
            nacha_pages.print_check(str(path), reading)
    if unreadable or failed:
        raise typer.Exit(_USAGE if unreadable else _HAS_ERRORS)


@app.command("show")
def show_file(
    file: Annotated[Path, typer.Argument(help="The file to show.", show_default=False)],
    *,
    entries: Annotated[int, typer.Option(min=0, help="Entries shown per batch.")] = ENTRIES_SHOWN,
    line: Annotated[int, typer.Option(min=0, help="Show only the record on this line, with a ruler.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a file as people read it: every field named and decoded, account numbers masked.

    Free texts hide every run of five digits or more, because an account number may be among them.
    """
    reading = read(_bytes_or_end(file), tolerances=LENIENT)
    if line:
        _show_line(reading, line, as_json=as_json)
        return
    shown = show(reading, entries=entries)
    if as_json:
        typer.echo(json.dumps(shown))
    else:
        nacha_pages.print_file(shown["records"], reading)
    if not shown["records"]:
        raise typer.Exit(_HAS_ERRORS)


def _show_line(reading: Reading, line: int, *, as_json: bool) -> None:
    record, text = show_line(reading, line), show_text(reading, line)
    problems = [problem for problem in reading.problems if problem.line == line]
    if record is None or text is None:
        typer.echo(
            f"Line {line:,} is not a record that was read: it is fill, blank or past the end, or has a problem of its "
            f"own. The file has {reading.lines:,} lines.",
            err=True,
        )
        for problem in problems:
            typer.echo(nacha_pages.problem_text(problem).plain, err=True)
        raise typer.Exit(_USAGE)
    if as_json:
        typer.echo(json.dumps({**record, "text": text, "problems": [problem.as_dict() for problem in problems]}))
    else:
        nacha_pages.print_line(record, text, problems)


@app.command("diff")
def diff_files(
    before: Annotated[Path, typer.Argument(help="The file as it was.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="The file as it is.", show_default=False)],
    *,
    most: Annotated[int, typer.Option(min=0, help="Changes listed one by one; all are counted.")] = CHANGES_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Compare two files: entries added, removed, changed, renumbered or moved, by trace number and by content.

    Header and control fields are compared too; line ends, padding and the order of batches are not. Values are masked.
    Exit 0 when the two say the same, 1 when they differ, 2 when one cannot be read.
    """
    sources = _bytes_or_end(before), _bytes_or_end(after)
    readings = read(sources[0]), read(sources[1])
    for path, reading in zip((before, after), readings, strict=True):
        if any(problem.check == "not-nacha" for problem in reading.problems):
            typer.echo(f"{path} is not a NACHA file, so there is nothing to compare.", err=True)
            raise typer.Exit(_USAGE)
    shown = show_diff(diff(*readings), most=most)
    if as_json:
        typer.echo(json.dumps({"files": {"before": str(before), "after": str(after)}, **shown}))
    else:
        nacha_pages.print_diff((str(before), str(after)), shown, same_bytes=sources[0] == sources[1])
    if not shown["equal"]:
        raise typer.Exit(_HAS_ERRORS)


@app.command("mask")
def mask(
    file: Annotated[Path, typer.Argument(help="The file to mask; it is never written to.", show_default=False)],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the masked file goes; else to standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an output that exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was masked as JSON; needs --output.")] = False,
) -> None:
    """Copy a file without its accounts, names, identifications and texts; it checks as the first one does.

    The same value gets the same mask within a file, numbered by first appearance; no key undoes it. Banks, amounts,
    codes, dates and trace numbers stay.
    """
    if as_json and output is None:
        typer.echo("Say with --output where the masked file goes: standard output is for the JSON.", err=True)
        raise typer.Exit(_USAGE)
    try:
        masked = mask_file(bytes(_bytes_or_end(file)))
    except NotMasked as refusal:
        typer.echo(f"{file} was not masked and nothing was written. {refusal}", err=True)
        raise typer.Exit(_HAS_ERRORS) from None
    if output is None:
        sys.stdout.buffer.write(masked.data)
        return
    _write_new(file, output, masked.data, force=force)
    counts = {str(kind): asdict(count) for kind, count in masked.counts.items()}
    if as_json:
        typer.echo(json.dumps({"file": str(file), "output": str(output), "masked": counts}))
    else:
        told = " · ".join(f"{name}s {row['fields']:,} ({row['different']:,} different)" for name, row in counts.items())
        typer.echo(f"{output}: {told}")


@app.command("checks")
def checks(
    *,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page of documentation.")] = False,
) -> None:
    """List every check: its stable id, how much it weighs, who rejects for it, what is right, and the source."""
    if markdown:
        typer.echo(checks_markdown(), nl=False)
    elif as_json:
        print_json({"checks": [asdict(row) for row in CHECKS.values()]})
    else:
        nacha_pages.print_checks()


app.command("bench")(nacha_bench.bench)


def _bytes_of(path: Path) -> memoryview:
    """Return a file's bytes, one more than are read at most; raises ``Unreadable`` with a sentence."""
    if path.is_dir():
        message = f"{path} is a folder. Name the files in it, such as {path}/*.ach."
        raise Unreadable(message)
    try:
        return bytes_of(path)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        message = f"{path} cannot be read: {reason}. Check its name and who may read it."
        raise Unreadable(message) from None


def _bytes_or_end(path: Path) -> memoryview:
    try:
        return _bytes_of(path)
    except Unreadable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_USAGE) from None


def _unreadable(error: Unreadable) -> dict[str, object]:
    problem = Problem(line=0, start=0, end=0, field="", check="unreadable", severity=Severity.ERROR, message=str(error))
    return problem.as_dict()


def _tolerances(*, lenient: bool, profile: str | None) -> Tolerances:
    """Return what is tolerated: nothing, what banks commonly get wrong, what a profile lists, or both of these."""
    tolerances = LENIENT if lenient else STRICT
    if profile is None:
        return tolerances
    try:
        own = load_profile(profile_text(profile) if profile in profile_names() else _text_of(profile)).tolerances
    except (ProfileRefused, Unreadable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_USAGE) from None
    return Tolerances(name=own.name, tolerated=own.tolerated | tolerances.tolerated)


def _text_of(profile: str) -> str:
    if not Path(profile).exists():
        message = f"There is no bank profile {profile}. Name a file, or one that ships: {', '.join(profile_names())}."
        raise Unreadable(message)
    try:
        return bytes(_bytes_of(Path(profile))).decode("utf-8")
    except UnicodeDecodeError:
        message = f"{profile} is not UTF-8 text, so it is no bank profile. Save it as UTF-8."
        raise Unreadable(message) from None


def _write_new(source: Path, output: Path, content: bytes, *, force: bool) -> None:
    """Write a whole file or nothing; an existing one is replaced only when forced, and never the source."""
    complaint = ""
    if output.exists() and output.samefile(source):
        complaint = f"{output} is the file that is to be masked; it is never written over. Name another output."
    elif output.is_dir():
        complaint = f"{output} is a folder. Name a file in it."
    elif output.exists() and not output.is_file():
        complaint = f"{output} is a device or a pipe. Leave --output out, and the masked file goes to standard output."
    elif output.exists() and not force:
        complaint = f"{output} exists. Name another output, or replace it with --force."
    if complaint:
        typer.echo(complaint, err=True)
        raise typer.Exit(_USAGE)
    temporary = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(output)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        typer.echo(f"{output} cannot be written: {(error.strerror or 'unknown reason').lower()}.", err=True)
        raise typer.Exit(_USAGE) from None
