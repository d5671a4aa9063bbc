"""NACHA files as pages for the terminal: trees of records, one record under a ruler, problems, checks, changes."""

import os
from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ingather.base.money import format_minor
from ingather.base.problems import Problem, Severity
from ingather.nacha.checks import CHECKS
from ingather.nacha.checks_page import REJECTERS
from ingather.nacha.reading import Reading
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.show import ShownField, ShownRecord, counts_of, ruler
from ingather.nacha.shown_diff import ShownChange, ShownDiff

_PAGE_WIDTH = 160
_NARROW = 120
# Wider than any line of a tree: what goes into a pipe is neither wrapped nor cut.
_ENDLESS = 1_000
_FATES = {"added": "green", "removed": "red", "changed": "yellow", "renumbered": "cyan", "moved": "cyan"}


def page() -> Console:
    """Return a console as wide as the terminal, or as a wide page when nobody's terminal is asked."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PAGE_WIDTH
    return console


def _put(console: Console, shown: Text | Tree) -> None:
    """Print lines wrapped with their indent where a width is known, and whole lines into a pipe."""
    known = console.is_terminal or "COLUMNS" in os.environ
    console.print(shown, width=None if known else _ENDLESS)


def print_check(name: str, reading: Reading) -> None:
    """Print whether a file is good, what it adds up to and all its problems."""
    console = page()
    errors = sum(problem.severity is Severity.ERROR for problem in reading.problems)
    warnings = len(reading.problems) - errors
    told = [f"{count:,} {word}{'s' if count > 1 else ''}" for count, word in ((errors, "error"), (warnings, "warning"))]
    verdict = "good" if reading.ok else "has errors"
    listed = ", ".join(words for words in told if not words.startswith("0 "))
    style = "green" if reading.ok else "red"
    _put(console, Text(f"{name}: {verdict}" + (f" ({listed})" if listed else ""), style=style))
    _put(console, counts_text(reading))
    for problem in reading.problems:
        _put(console, problem_text(problem))


def counts_text(reading: Reading) -> Text:
    """Return what a reading adds up to in one line."""
    words = (f"{name.replace('_', ' ')} {count:,}" for name, count in counts_of(reading).items())
    return Text("  " + " · ".join(words), style="dim")


def problem_text(problem: Problem) -> Text:
    """Return one problem in one line: its weight, its check, where it stands, and its sentence."""
    place = f"line {problem.line:,}" if problem.line else "the file"
    columns = f", columns {problem.start}-{problem.end}" if problem.start else ""
    style = "red" if problem.severity is Severity.ERROR else "yellow"
    return Text(f"  {problem.severity} {problem.check}: {place}{columns}: {problem.message}", style=style)


def print_file(records: list[ShownRecord], reading: Reading) -> None:
    """Print a file as trees, then what it adds up to and all its problems."""
    console = page()
    for record in records:
        _put(console, _tree(record, narrow=console.width < _NARROW))
    _put(console, counts_text(reading))
    for problem in reading.problems:
        _put(console, problem_text(problem))


def print_line(record: ShownRecord, text: str, problems: list[Problem]) -> None:
    """Print one record under a ruler, what is wrong marked below its columns, then its fields."""
    console = page()
    for row in (*ruler(), text[:RECORD_WIDTH]):
        console.print(Text(row), soft_wrap=True)
    for problem in problems:
        start, end = problem.start or 1, problem.end or RECORD_WIDTH
        marks = " " * (start - 1) + "^" * (end - start + 1)
        console.print(Text(f"{marks} {problem.check}", style="red"), soft_wrap=True)
    _put(console, _tree(record, narrow=console.width < _NARROW))
    for problem in problems:
        _put(console, problem_text(problem))


def _tree(record: ShownRecord, *, narrow: bool) -> Tree:
    """Return one record and all under it as a tree for the terminal."""
    label = f"line {record['line']}  {record['record']}" if record["line"] else f"no {record['record']}"
    tree = Tree(Text(label, style="bold"))
    for field in record["fields"]:
        tree.add(_narrow_row(field) if narrow else _wide_row(field))
    for under in record["under"]:
        tree.add(_tree(under, narrow=narrow))
    if record["more"]:
        what = "addenda" if "Entry" in record["record"] else "entries"
        tree.add(Text(f"{record['more']:,} more {what} are not shown", style="italic"))
    return tree


def _value(field: ShownField) -> Text:
    value = Text(field["value"] or "-")
    if field["meaning"]:
        value.append(f"  {field['meaning']}", style="italic dim")
    return value


def _wide_row(field: ShownField) -> Text:
    return Text(f"{field['columns']:>6}  {field['name']:<30} ", style="dim").append_text(_value(field))


def _narrow_row(field: ShownField) -> Table:
    """Return a field whose name and value are folded in columns of their own."""
    row = Table.grid(padding=(0, 1))
    row.add_column(width=5, justify="right", style="dim")
    row.add_column(width=26, overflow="fold", style="dim")
    row.add_column(overflow="fold")
    row.add_row(field["columns"], field["name"], _value(field))
    return row


def print_checks() -> None:
    """Print the table of checks: in columns on a wide page, as paragraphs on a narrow one."""
    console = page()
    if console.width >= _NARROW:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("check", "weight", "rejects", "what is right", "source"):
            table.add_column(name, no_wrap=name in {"check", "weight", "rejects"})
        for check in CHECKS.values():
            table.add_row(
                check.id, check.severity, REJECTERS[check.rejects], check.meaning, check.source.replace(",", ", ")
            )
        console.print(table)
        return
    for check in CHECKS.values():
        style = "red" if check.severity is Severity.ERROR else "yellow"
        console.print(Text.assemble((check.id, "bold"), "  ", (check.severity, style), f"  {REJECTERS[check.rejects]}"))
        console.print(Padding(Text(f"{check.meaning} ({check.source.replace(',', ', ')})"), (0, 0, 0, 4)))


def print_diff(names: tuple[str, str], shown: ShownDiff, *, same_bytes: bool) -> None:
    """Print two files' totals side by side, how many records changed, and each change with its fields."""
    console = page()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", names[0], names[1], "difference"):
        table.add_column(heading, justify="right" if heading else "left", overflow="fold")
    for name, before in shown["before"].items():
        after = shown["after"][name]
        write = format_minor if name.endswith("_cents") else "{:,}".format
        label = name.removesuffix("_cents").replace("_", " ")
        more = f"{'+' if after > before else ''}{write(after - before)}" if after != before else ""
        table.add_row(label, write(before), write(after), more)
    console.print(table)
    for kind, counts in shown["found"].items():
        told = ", ".join(f"{count:,} {fate}" for fate, count in counts.items() if count)
        if told:
            _put(console, Text(f"{kind.replace('_', ' ')}: {told}"))
    for change in shown["changes"]:
        for row in _change_rows(change):
            _put(console, row)
    if shown["not_listed"]:
        _put(console, Text(f"{shown['not_listed']:,} more changes are not listed; --most lists more.", style="italic"))
    if shown["equal"]:
        rest = "." if same_bytes else "; their bytes differ in line ends, padding or the order of batches only."
        _put(console, Text(f"The files say the same{rest}", style="green"))


def _change_rows(change: ShownChange) -> Iterator[Text]:
    lines = {f"line {line:,}" for line in (change["line_before"], change["line_after"]) if line}
    if change["line_before"] and change["line_after"] and len(lines) > 1:
        lines = {f"line {change['line_before']:,}, now {change['line_after']:,}"}
    row = Text(f"{change['record']} {change['fate']}", style=_FATES.get(change["fate"], ""))
    row.append(f"{''.join(f', {line}' for line in lines)}: {change['about']}", style="default")
    yield row
    for field in change["fields"]:
        columns = f" ({field['columns']})" if field["columns"] else ""
        hidden = "  they differ where masked, or in blanks" if field["hidden"] else ""
        before, after = field["before"] or "-", field["after"] or "-"
        meaning = f"  ({field['meaning']})" if field["meaning"] else ""
        yield Text(f"    {field['name']}{columns}: {before} → {after}{meaning}{hidden}")
