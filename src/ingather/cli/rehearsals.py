"""``ingather demo`` and ``simulate``: our jobs and a bank in a box on one clock, in a book of their own."""

import shutil
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from ingather.actions.reconciliation.day_report import DayReport
from ingather.base.money import format_minor
from ingather.cli.options import AsJson, console, end, errors, print_json
from ingather.cli.serve import DEMO_BOOK
from ingather.cli.statements import show_statement
from ingather.domain.refusals import ExitCode, WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal.demo import DAYS, SEED, Demo, play_demo
from ingather.jobs.rehearsal.scenarios import play_scenario
from ingather.jobs.rehearsal.stage import Day
from ingather.jobs.rehearsal.wire import FAIR, STORM
from ingather.jobs.rehearsal.world import World, figures, simulate_world
from ingather.wiring import new_desk

_CSV = ("merchants", "buyers", "accounts", "authorizations", "orders")
_MARK = ".ingather-demo"
WORLD = "world"
_WORLD_ORDERS = 100


def _samples() -> Path:
    """Return the folder of the demo's CSV files: inside the installed package, or at the top of a checkout."""
    packaged = Path(str(files("ingather"))) / "demo_samples"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "nacha_samples" / "demo"


def _opener(folder: Path) -> Callable[..., Desk]:
    def opened(**particulars: Any) -> Desk:  # noqa: ANN401 -- the stage's own arguments
        return new_desk(str(folder / "book.sqlite"), actor="system:rehearsal", node=0, **particulars)

    return opened


def demo(
    *,
    folder: Annotated[Path, typer.Option("--to", help="Where the demo's book and files go; made anew.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Another seed is another November.")] = SEED,
    as_json: AsJson = False,
) -> None:
    """Play twelve banking days of a marketplace around Thanksgiving, from orders to statements."""
    if folder.exists():
        if not (folder / _MARK).exists():
            fact = f"the folder {folder} is there already and is not a demo's"
            raise WrongState(fact, "Name another folder with --to")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    samples = [_samples() / f"{name}.csv" for name in _CSV]
    if as_json:
        played = play_demo(folder, samples, open_desk=_opener(folder), on_day=lambda _: None, seed=seed)
        print_json(played.result)
    else:
        played = _play_with_progress(folder, samples, seed)
        _show(played)
    end(ExitCode.DONE if all(played.result["invariants"].values()) else ExitCode.BROKEN_INVARIANT)


def _play_with_progress(folder: Path, samples: list[Path], seed: int) -> Demo:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("importing", total=DAYS)

        def on_day(day: Day) -> None:
            night, inbound = day.night, day.inbound
            progress.console.print(
                f"{day.day:%a %d %b}  {len(night.sent)} file, {night.sealed_orders:3} orders, "
                f"{format_minor(night.sealed_cents):>12} USD out    "
                f"{sum(n for code, n in inbound.codes.items() if code[0] == 'R'):2} returned, "
                f"{inbound.collected:3} collected",
            )
            progress.update(task, advance=1, description=f"{day.day:%a %d %b}")

        return play_demo(folder, samples, open_desk=_opener(folder), on_day=on_day, seed=seed)


def _show(played: Demo) -> None:
    result = played.result
    console.print("\nWhere every order stands")
    table = Table("outcome", "orders", "", box=None, header_style="dim")
    table.columns[1].justify = "right"
    for state, count in result["by_state"].items():
        table.add_row(state, f"{count:,}", played.reasons.get(state, ""))
    table.add_row("[bold]in all[/]", f"[bold]{result['orders']:,}[/]", "")
    console.print(table)
    returns = ", ".join(f"{count} x {code}" for code, count in result["returns"].items())
    console.print(f"\nReturns: {returns or 'none'}. Items for a person: {result['unmatched']}.")
    _show_files(played.files)
    for statement in played.last_statements:
        show_statement(statement, lines=3)
    _show_reconciled(played.last_day)
    broken = [name for name, holds in result["invariants"].items() if not holds]
    console.print(
        f"\n[red]Broken: {', '.join(broken)}[/]"
        if broken
        else f"\n[green]All {len(result['invariants'])} invariants hold;[/] the bank's books equal ours to the cent.",
    )
    folder = played.stage.folder
    console.print(f"Wrote {result['book']}, {folder / 'bank'}, {folder / 'statements'}", style="dim")
    console.print(f"Look further:  ingather --book {result['book']} order list --state failed", style="dim")
    named = "" if Path(result["book"]) == DEMO_BOOK else f"--book {result['book']} "
    console.print(f"Open the console:  ingather {named}serve --demo", soft_wrap=True)


def _show_reconciled(day: DayReport) -> None:
    held = sum(each.holds for each in day.equations)
    bank = next(each.left for each in day.equations if each.id == "ledger")
    console.print(
        f"\nThe account on {day.day}, the last day on which money moved: {day.sums.matched} of {day.sums.postings} "
        f"posting(s) explained, {held} of {len(day.equations)} equations hold, {format_minor(bank)} USD by the "
        "statement and by our ledger.",
        soft_wrap=True,
    )


def _show_files(rows: list[dict[str, Any]]) -> None:
    table = Table("file", "state", "settles", "entries", "debits", "SHA-256", box=None, header_style="dim")
    for row in rows:
        amount = format_minor(row["debit_cents"])
        table.add_row(row["name"], row["state"], row["effective_on"], str(row["entries"]), amount, row["sha256"][:12])
    for index in (3, 4):
        table.columns[index].justify = "right"
    console.print()
    console.print(table)


def simulate(
    scenario: Annotated[
        str,
        typer.Argument(help="A scenario's name, such as nsf_then_paid; any other lists them; world is all at once."),
    ],
    *,
    seed: Annotated[int, typer.Option(help="Which draw of the scenario.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="How many calendar days a world lasts.")] = 90,
    storm: Annotated[bool, typer.Option("--storm", help="A world whose bank and wire misbehave every day.")] = False,
    orders: Annotated[int | None, typer.Option(min=1, max=100_000, help="How many orders.")] = None,
    keep: Annotated[Path | None, typer.Option(help="An empty folder to keep the book in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play a scenario of the bank in a box until nothing moves; exit 40 when an invariant is broken.

    A world is buyers, people, a bank and a wire over many days; it stops at the first evening that does not hold.
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        fact = f"the folder {keep} is not empty"
        raise WrongState(fact, "Name an empty folder with --keep")
    with tempfile.TemporaryDirectory(prefix="ingather-") as scratch:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if scenario == WORLD:
            _simulate_world(folder, seed=seed, days=days, orders=orders or _WORLD_ORDERS, storm=storm, as_json=as_json)
            return
        played = play_scenario(scenario, folder, open_desk=_opener(folder), seed=seed, order_count=orders)
    outcome = played.outcome
    if as_json:
        print_json(outcome)
    else:
        states: dict[str, int] = {}
        for order in outcome["orders"]:
            states[order["state"]] = states.get(order["state"], 0) + 1
        console.print(f"{scenario}: {len(played.days)} banking days, {len(outcome['orders'])} orders")
        for state, count in sorted(states.items()):
            console.print(f"  {count:5} {state}")
        for case in outcome["cases"]:
            console.print(f"  case {case['kind']} ({case['state']})", style="dim")
    broken = [name for name, holds in outcome["invariants"].items() if not holds]
    if broken:
        errors.print(f"Broken: {', '.join(broken)}", style="red")
    end(ExitCode.BROKEN_INVARIANT if broken else ExitCode.DONE)


def _simulate_world(folder: Path, *, seed: int, days: int, orders: int, storm: bool, as_json: bool) -> None:
    """Play a world with its progress, and show what it came to."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=as_json) as progress:
        task = progress.add_task("founding a town", total=days)

        def on_day(world: World) -> None:
            progress.update(task, advance=1, description=f"{world.day:%a %d %b %Y}")

        world = simulate_world(
            folder,
            open_desk=_opener(folder),
            seed=seed,
            days=days,
            orders=orders,
            scenario="storm" if storm else "year",
            weather=STORM if storm else FAIR,
            on_day=on_day,
        )
    result = figures(world)
    if as_json:
        print_json(result)
        return
    console.print(f"world, seed {seed}: {result['days']} days, {result['orders']} orders, {result['events']} events")
    for state, count in sorted(result["by_state"].items()):
        console.print(f"  {count:5} {state}")
    done = ", ".join(f"{count} x {what}" for what, count in result["counted"].items())
    console.print(f"  {done}", style="dim")
    console.print("[green]Every invariant held on every evening;[/] the bank's books equal ours to the cent.")
