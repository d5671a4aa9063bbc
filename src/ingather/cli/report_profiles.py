"""``ingather report profile``: how banks' reports are read, as data: checked, tried on a sample, taken, ended."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.report_profiles import end_profile, profile_text, take_profile
from ingather.cli.given_days import in_reach
from ingather.cli.options import As, AsJson, AsOf, Verbs, acting, console, desk_of, done, end, instant_of, print_json
from ingather.cli.report_checks import profiles_of_book, read_file
from ingather.domain.refusals import ExitCode, NoSuch, WrongState
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_language import ReportProfileRefused, read_profile
from ingather.reports.showing import as_dict, problem_as_dict, profile_as_dict
from ingather.reports.tables import packaged_profile_texts, packaged_profiles, profile_called
from ingather.store.reading import reports
from ingather.wiring import system_clock

app = typer.Typer(cls=Verbs, help="Report profiles: how each bank's reports are read.", no_args_is_help=True)

ProfileFile = Annotated[Path, typer.Argument(metavar="FILE", help="A report profile as TOML.")]
ProfileName = Annotated[str, typer.Argument(metavar="NAME", help="A profile as id/version, such as generic-ack/1.")]


@app.command("check")
def check(
    file: ProfileFile,
    *,
    on: Annotated[list[Path] | None, typer.Option("--on", help="A report to read with it.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Check a profile, and read samples with it; exit 1 when it cannot be used or one does not read whole."""
    problems: list[dict[str, object]] = []
    profile: ReportProfile | None = None
    try:
        profile = read_profile(file.read_bytes())
    except ReportProfileRefused as refused:
        problems = [problem_as_dict(problem) for problem in refused.problems]
    near = (instant_of(as_of) if as_of else system_clock()).date()
    samples = [_tried(sample, profile, near) for sample in on or ()] if profile else []
    good = profile is not None and all(sample["ok"] for sample in samples)
    if as_json:
        name = profile.name if profile else None
        print_json({"ok": good, "profile": name, "problems": problems, "samples": samples})
    else:
        _show_check(file, profile, problems, samples)
    end(ExitCode.DONE if good else ExitCode.HAS_ERRORS)


@app.command("list")
def list_profiles(ctx: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the profiles that ship and those the book has taken, and which are in force."""
    today = (instant_of(as_of) if as_of else system_clock()).date()
    shipped = {profile.name for profile in packaged_profiles()}
    found = [
        profile_as_dict(profile, on=today, shipped=profile.name in shipped)
        for profile in (*packaged_profiles(), *profiles_of_book(ctx))
    ]
    if as_json:
        print_json(found)
        return
    page = Table("name", "carrier", "from", "to", "in force", "of", box=None, header_style="dim")
    for row in found:
        page.add_row(row["name"], row["carrier"], row["effective_from"] or "", row["effective_to"] or "",
                     "yes" if row["in_force"] else "no", row["of"])  # fmt: skip
    console.print(page)


@app.command("show")
def show(
    ctx: typer.Context,
    name: ProfileName,
    *,
    habits: Annotated[
        bool, typer.Option("--habits", help="What the reports read with it usually hold, since when, and departures.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a profile's text as it ships or was taken; with --habits what the reports read with it usually hold."""
    called = profile_called(name, profiles_of_book(ctx))
    if called is None:
        fact = f"there is no report profile {name}"
        raise NoSuch(fact, "ingather report profile list shows them all")
    text = packaged_profile_texts().get(called.name)
    if text is None:
        with desk_of(ctx, default_actor="system:read").view() as view:
            text = profile_text(view, called.name) or ""
    held: list[dict[str, Any]] = []
    if habits:
        with desk_of(ctx, default_actor="system:read").view() as view:
            held = reports.habits(view.session, called.name)
    if as_json:
        told = {"name": called.name, "carrier": str(called.carrier), "toml": text}
        print_json(told | {"habits": held} if habits else told)
    elif habits:
        _show_habits(called.name, held)
    else:
        typer.echo(text, nl=False)


@app.command("take")
def take(
    ctx: typer.Context, file: ProfileFile, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Take a profile into the book; reports of its days are read with it from now on."""
    text = _text_of(file)
    originator_id = desk_of(ctx, actor=actor, as_of=as_of).originator_id()
    with acting(ctx, actor, as_of) as action:
        name, new = take_profile(action, originator_id, text)
    done(as_json, name, "is taken" if new else "is there already", called="profile", did=new)


@app.command("end")
def end_on(
    ctx: typer.Context,
    name: ProfileName,
    *,
    on: Annotated[str, typer.Option("--on", help="The last day whose reports are read with it.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """End a profile of the book: the overlap of two versions is over after that day."""
    try:
        last = in_reach(date.fromisoformat(on))
    except ValueError:
        message = "--on: write a day such as 2026-12-15"
        raise typer.BadParameter(message) from None
    originator_id = desk_of(ctx, actor=actor, as_of=as_of).originator_id()
    with acting(ctx, actor, as_of) as action:
        did = end_profile(action, originator_id, name, on=last)
    done(as_json, name, f"reads reports up to {last}", called="profile", did=did)


def _tried(sample: Path, profile: ReportProfile | None, near: date) -> dict[str, Any]:
    return as_dict(str(sample), read_file(sample, near=near, profiles=[profile] if profile else []))


def _show_habits(name: str, held: list[dict[str, Any]]) -> None:
    if not held:
        console.print(f"No report was read with {name}.", markup=False)
        return
    table = Table("account", "what", "there", "of", "since", "last", "departed", box=None, header_style="dim")
    for row in held:
        table.add_row(row["feed"], row["what"], f"{row['filled']:,}", f"{row['rows']:,}", row["first_on"],
                      row["last_on"], row["drifted_on"] or "")  # fmt: skip
    console.print(table)


def _show_check(
    file: Path, profile: ReportProfile | None, problems: list[dict[str, object]], samples: list[dict[str, Any]]
) -> None:
    for problem in problems:
        console.print(f"wrong  {problem['message']}", soft_wrap=True, markup=False)
    if profile is not None:
        console.print(f"{file} is the report profile {profile.name}, for {profile.carrier}.", soft_wrap=True)
    for sample in samples:
        word = "reads whole" if sample["ok"] else "does not read whole"
        with_it = f"with {sample['profile']}" if sample["profile"] else "with no profile"
        console.print(f"{sample['file']} {word} {with_it}; totals: {sample['control_totals']}.", soft_wrap=True)
        for problem in sample["problems"]:
            console.print(f"  {problem['severity']}: {problem['message']}", soft_wrap=True, markup=False)


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        fact = f"the report profile {file} is not UTF-8 text"
        raise WrongState(fact, "Save it as UTF-8") from None
