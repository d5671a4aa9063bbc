"""``ingather rules``: the rule rows, what a decision rested on, the deadlines of a day and the operator's windows."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import AsJson, AsOf, Verbs, console, desk_of, instant_of, key_of, print_json
from ingather.domain.refusals import NoSuch
from ingather.rules.calendar import FIRST_YEAR, LAST_YEAR, is_banking_day
from ingather.rules.deadlines import deadlines_from
from ingather.rules.rows import Row, Standing, row_of, rows, rows_called, table_names
from ingather.rules.windows import operator_windows, window_taking
from ingather.store.reading import rules as reading
from ingather.wiring import system_clock

app = typer.Typer(
    cls=Verbs, help="The rules as dated rows: what holds, since when, by which source.", no_args_is_help=True
)

TableName = Annotated[str | None, typer.Option("--table", help="One table, such as return_codes.")]
Day = Annotated[str, typer.Argument(metavar="DATE", help="A day, such as 2026-11-23.")]
_RESTING = {Prefix.FILE: "files", Prefix.RETURN: "returns", Prefix.RULE_SET: "rule sets"}


@app.command("list")
def list_rows(
    ctx: typer.Context,
    *,
    table: TableName = None,
    standing: Annotated[Standing | None, typer.Option(help="Only rows that stand so.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List the rule rows with their dates, standing, source and confidence; the future and the unknown are marked."""
    _ = ctx
    on = _today(as_of)
    found = [row for row in _rows_of(table) if standing is None or row.standing(on) is standing]
    _show(found, on, as_json=as_json)


@app.command("as-of")
def as_of(day: Day, *, table: TableName = None, as_json: AsJson = False) -> None:
    """List the rule rows in force on a day."""
    on = _day_of(day)
    _show([row for row in _rows_of(table) if row.standing(on) is Standing.IN_FORCE], on, as_json=as_json)


@app.command("show")
def show(
    ctx: typer.Context,
    word: Annotated[str, typer.Argument(metavar="ID", help="A row's id or key, a file, a return or a rule set.")],
    *,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show the rows behind an id or a key: R01, clocks/reversal@2000-01-01, or what a file or a return rested on."""
    on = _today(as_of)
    prefix = next((each for each in _RESTING if word.startswith(f"{each}_")), None)
    if prefix is not None:
        _show_resting(ctx, prefix, word, on, as_json=as_json)
        return
    found = rows_called(word)
    if not found:
        fact = f"no rule row is called {word}"
        raise NoSuch(fact, "ingather rules list shows them all; a key is R01, web or return-ordinary")
    if as_json:
        print_json({"word": word, "rule_set": None, "rows": [_told(row, on) for row in found]})
        return
    for row in found:
        _show_row(row, on)


@app.command("clocks")
def clocks(
    day: Day,
    *,
    buffer: Annotated[int, typer.Option(min=0, max=10, help="Banking days of our hold beyond the returns.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Show every deadline counted from a day, such as a settlement, a return or a request of that day."""
    start = _day_of(day)
    found = deadlines_from(start, buffer_days=buffer)
    if as_json:
        print_json(
            {
                "from": start,
                "banking_day": is_banking_day(start),
                "deadlines": [
                    {
                        "name": each.name,
                        "day": each.day,
                        "counted_from": each.counted_from,
                        "meaning": each.meaning,
                        "row": each.row_id or None,
                    }
                    for each in found
                ],
            },
        )
        return
    kind = "a banking day" if is_banking_day(start) else "no banking day: nothing settles on it"
    console.print(f"Counted from {start:%a} {start}, {kind}.")
    page = Table("day", "deadline", "counted from", "means", box=None, header_style="dim")
    for each in found:
        page.add_row(f"{each.day:%a} {each.day}", each.name, each.counted_from, each.meaning)
    console.print(page)


@app.command("windows")
def windows(*, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show the ACH operator's windows of a processing day, in New York time; the bank's own cut-offs are earlier."""
    instant = instant_of(as_of) if as_of else system_clock()
    processing_on, taking = window_taking(instant)
    found = [
        (window.row, window.closes(processing_on).astimezone(NEW_YORK), window.settles(processing_on))
        for window in operator_windows(processing_on)
    ]
    if as_json:
        told = [
            {
                "id": row.key,
                "kind": row.values["kind"],
                "closes": closes.isoformat(),
                "settles": settles.astimezone(NEW_YORK).isoformat(),
                "ahead": instant < closes,
                "confidence": row.confidence,
            }
            for row, closes, settles in found
        ]
        print_json({"processing_on": processing_on, "taking": taking.row.key, "windows": told})
        return
    console.print(f"Processing day {processing_on:%a} {processing_on}. The bank's own earlier cut-offs decide.")
    page = Table("window", "closes", "settles", "", "", box=None, header_style="dim")
    for row, closes, settles in found:
        page.add_row(
            row.key,
            f"{closes:%a %Y-%m-%d %H:%M}",
            f"{settles.astimezone(NEW_YORK):%a %Y-%m-%d %H:%M}",
            "ahead" if instant < closes else "closed",
            _mark(row.confidence),
        )
    console.print(page)


def _show_resting(ctx: typer.Context, prefix: Prefix, word: str, on: date, *, as_json: bool) -> None:
    with desk_of(ctx, default_actor="system:read").view() as view:
        try:
            rule_set_id = reading.rule_set_id_of(view.session, prefix, key_of(prefix, word))
        except LookupError:
            fact = f"there is no {word} among the {_RESTING[prefix]}"
            raise NoSuch(fact) from None
        ids = [] if rule_set_id is None else reading.rows_of_set(view.session, rule_set_id)
    rule_set = None if rule_set_id is None else public_id(Prefix.RULE_SET, rule_set_id)
    known = [row for each in ids if (row := row_of(each)) is not None]
    gone = [each for each in ids if row_of(each) is None]
    if as_json:
        print_json({"word": word, "rule_set": rule_set, "rows": [_told(row, on) for row in known], "gone": gone})
        return
    if rule_set is None:
        console.print(f"No rule rows are kept for {word}.")
        return
    console.print(f"{word} rests on {len(ids)} rule rows, set {rule_set}.")
    _show(known, on, as_json=False)
    for each in gone:
        console.print(f"{each} is not among the rows of this release", markup=False)


def _show(found: Iterable[Row], on: date, *, as_json: bool) -> None:
    if as_json:
        print_json([_told(row, on) for row in found])
        return
    shown = 0
    for name, its_rows in groupby(found, key=lambda row: row.table):
        console.print(f"[bold]{name}[/]")
        shown += _page(list(its_rows), on)
    if not shown:
        console.print(f"No row stands so on {on}.")


def _page(found: list[Row], on: date) -> int:
    """Print the rows of one table; returns how many there are."""
    page = Table("key", "says", "from", "to", "", "source", "", box=None, header_style="dim", expand=True)
    page.columns[1].ratio, page.columns[5].ratio = 3, 2
    page.columns[0].no_wrap = page.columns[2].no_wrap = page.columns[3].no_wrap = True
    for row in found:
        page.add_row(
            f"  {row.key}",
            row.says,
            str(row.effective_from or "not known"),
            str(row.effective_to or ""),
            _standing(row.standing(on)),
            row.source,
            _mark(row.confidence),
        )
    console.print(page)
    return len(found)


def _show_row(row: Row, on: date) -> None:
    since, until = row.effective_from or "not known", f" to {row.effective_to}" if row.effective_to else ""
    console.print(f"[bold]{row.id}[/]  {_standing(row.standing(on))}", soft_wrap=True)
    console.print(f"  {row.says}", soft_wrap=True, markup=False)
    console.print(f"  from {since}{until}; {row.source} {_mark(row.confidence)}", soft_wrap=True, style="dim")
    for column, value in row.values.items():
        if value and column not in {"effective_from", "effective_to", "source", "confidence"}:
            console.print(f"    {column}: {value}", soft_wrap=True, style="dim", markup=False)


def _told(row: Row, on: date) -> dict[str, Any]:
    return {
        "id": row.id,
        "table": row.table,
        "key": row.key,
        "says": row.says,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "standing": row.standing(on),
        "source": row.source,
        "confidence": row.confidence,
        "values": dict(row.values),
    }


def _standing(standing: Standing) -> str:
    match standing:
        case Standing.IN_FORCE:
            return "in force"
        case Standing.PAST:
            return "[dim]past[/]"
        case Standing.FUTURE:
            return "[yellow]FUTURE[/]"
        case Standing.UNKNOWN:
            return "[red]UNKNOWN[/]"


def _mark(confidence: str) -> str:
    """Return how sure a row is: by two sources, by one, general knowledge, or our own inference."""
    return rf"\[{confidence}]"


def _rows_of(table: str | None) -> list[Row]:
    if table is not None and table not in table_names():
        fact = f"there is no table {table}"
        raise NoSuch(fact, f"There are: {', '.join(table_names())}")
    return [row for name in table_names() if table in {None, name} for row in rows(name)]


def _today(as_of: str | None) -> date:
    instant = instant_of(as_of) if as_of else system_clock()
    day: date = instant.astimezone(NEW_YORK).date()
    return day


def _day_of(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = f"{text} is no day; write 2026-11-23"
        raise typer.BadParameter(message) from None
    if not FIRST_YEAR < day.year < LAST_YEAR - 2:
        message = f"no banking calendar is known around {day.year}"
        raise typer.BadParameter(message)
    return day
