"""``ingather nacha``: look at files in the NACHA format and check them, whoever wrote them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from ingather.base.problems import Problem, Severity
from ingather.nacha.reader import LENIENT, STRICT, read
from ingather.nacha.reading import Reading
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.show import ENTRIES_SHOWN, ShownRecord, counts_of, ruler, show, show_line, show_text

app = typer.Typer(help="Look at NACHA files and check them.", no_args_is_help=True)

_HAS_ERRORS = 1
_USAGE = 2
_PAGE_WIDTH = 160

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a page.")]
Lenient = Annotated[bool, typer.Option("--lenient", help="Tell what banks commonly get wrong as warnings.")]


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Files to check.")],
    *,
    as_json: AsJson = False,
    lenient: Lenient = False,
) -> None:
    """Check files against the format: exit 0 when none has an error, 1 when one has, 2 when one cannot be read."""
    failed = unreadable = False
    for path in files:
        reading = _read(path, lenient=lenient)
        if isinstance(reading, str):
            unreadable = True
            typer.echo(
                json.dumps({"file": str(path), "ok": False, "unreadable": reading}) if as_json else reading,
                err=not as_json,
            )
            continue
        failed |= not reading.ok
        if as_json:
            problems = [problem.as_dict() for problem in reading.problems]
            result = {"file": str(path), "ok": reading.ok, "problems": problems, "counts": counts_of(reading)}
            typer.echo(json.dumps(result))
        else:
            _print_check(path, reading)
    if unreadable or failed:
        raise typer.Exit(_USAGE if unreadable else _HAS_ERRORS)


@app.command("show")
def show_file(
    file: Annotated[Path, typer.Argument(help="The file to show.")],
    *,
    as_json: AsJson = False,
    entries: Annotated[int, typer.Option(min=0, help="Entries shown per batch.")] = ENTRIES_SHOWN,
    line: Annotated[int, typer.Option(min=0, help="Show only the record on this line, with a ruler.")] = 0,
) -> None:
    """Show a file as people read it: every field named and decoded, account numbers masked."""
    reading = _read(file, lenient=True)
    if isinstance(reading, str):
        typer.echo(reading, err=True)
        raise typer.Exit(_USAGE)
    if line:
        _print_line(reading, line, as_json=as_json)
        return
    if as_json:
        typer.echo(json.dumps(show(reading, entries=entries)))
        return
    console = _console()
    shown = show(reading, entries=entries)
    for record in shown["records"]:
        console.print(_tree(record))
    console.print(_counts(reading))
    for problem in reading.problems:
        console.print(_sentence(problem))


def _console() -> Console:
    """Return a console as wide as the terminal, or wide enough for any field when nobody's terminal is asked."""
    console = Console(soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console.width = _PAGE_WIDTH
    return console


def _read(path: Path, *, lenient: bool) -> Reading | str:
    """Return what the file says, or a sentence when it cannot be opened."""
    try:
        source = path.read_bytes()
    except OSError as error:
        return f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}."
    return read(source, tolerances=LENIENT if lenient else STRICT)


def _print_check(path: Path, reading: Reading) -> None:
    console = _console()
    console.print(Text(f"{path}: {'good' if reading.ok else 'has errors'}", style="green" if reading.ok else "red"))
    console.print(_counts(reading))
    for problem in reading.problems:
        console.print(_sentence(problem))


def _counts(reading: Reading) -> Text:
    words = (f"{name.replace('_', ' ')} {count:,}" for name, count in counts_of(reading).items())
    return Text("  " + " · ".join(words), style="dim")


def _sentence(problem: Problem) -> Text:
    place = f"line {problem.line}" if problem.line else "the file"
    columns = f", columns {problem.start}-{problem.end}" if problem.start else ""
    style = "red" if problem.severity is Severity.ERROR else "yellow"
    return Text(f"  {problem.severity} {problem.check}: {place}{columns}: {problem.message}", style=style)


def _print_line(reading: Reading, line: int, *, as_json: bool) -> None:
    record, text = show_line(reading, line), show_text(reading, line)
    if record is None or text is None:
        typer.echo(f"Line {line} is not a record that was read (fill, blank, or past the end).", err=True)
        raise typer.Exit(_USAGE)
    if as_json:
        typer.echo(json.dumps({**record, "text": text}))
        return
    for row in (*ruler(), text[:RECORD_WIDTH]):
        typer.echo(row)
    _console().print(_tree(record))


def _tree(record: ShownRecord) -> Tree:
    """Return one record and all under it as a tree for the terminal."""
    label = Text(
        f"line {record['line']}  {record['record']}" if record["line"] else f"no {record['record']}", style="bold"
    )
    tree = Tree(label)
    for row in _field_rows(record):
        tree.add(row)
    for under in record["under"]:
        tree.add(_tree(under))
    if record["more"]:
        tree.add(Text(f"{record['more']:,} more entries are not shown", style="italic"))
    return tree


def _field_rows(record: ShownRecord) -> Iterator[Text]:
    for field in record["fields"]:
        row = Text(f"{field['columns']:>6}  {field['name']:<30} ", style="dim")
        row.append(field["value"] or "-", style="not dim")
        if field["meaning"]:
            row.append(f"  {field['meaning']}", style="italic dim")
        yield row
