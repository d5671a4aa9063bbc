"""``ingather report``: what is missing of each account's reports, what one report says, and reading it again."""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from ingather.actions.reconciliation.signing_off import sign_off_reports
from ingather.actions.reports.again import Again, compare_again, read_again, readable_reports
from ingather.base.ids import Prefix, public_id
from ingather.cli.given_days import in_reach
from ingather.cli.nights import inbound_as_dict, show_inbound
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    Reason,
    acting,
    console,
    desk_of,
    done,
    end,
    key_of,
    print_json,
)
from ingather.domain.actors import INBOUND
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.inbound import take_anew
from ingather.reports.items import ITEM_KINDS
from ingather.reports.items import Report as Reading
from ingather.reports.showing import rows_of
from ingather.store.reading import reports

ReportId = Annotated[str, typer.Argument(metavar="ID", help="A report's id, rep_...")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to those of reports."""
    for name, verb in (
        ("show", show_report),
        ("items", show_items),
        ("problems", show_problems),
        ("again", again),
        ("retake", retake),
        ("feeds", show_feeds),
        ("gaps", show_gaps),
        ("sign-off", sign_off),
    ):
        app.command(name)(verb)


def show_report(ctx: typer.Context, report_id: ReportId, *, as_json: AsJson = False) -> None:
    """Show a report: how it was read, where it stands in its feed, and what of it is in the books."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reports.shown(view.session, key_of(Prefix.REPORT, report_id))
    if found is None:
        fact = f"there is no report {report_id}"
        raise NoSuch(fact, "ingather report list shows them")
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        if value not in (None, {}, ""):
            text = ", ".join(f"{each} {key}" for key, each in value.items()) if isinstance(value, dict) else value
            console.print(f"[dim]{name.replace('_', ' '):<16}[/] {text}", soft_wrap=True)


def show_items(
    ctx: typer.Context,
    report_id: ReportId,
    *,
    kind: Annotated[str | None, typer.Option(help="Only these, such as returns or postings.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of a kind.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the items of a report, read again from its bytes; names and account numbers are left out."""
    if kind is not None and kind not in ITEM_KINDS:
        message = f"there is no kind of item {kind}; one of {', '.join(ITEM_KINDS)}"
        raise typer.BadParameter(message)
    reading = _reading(ctx, report_id)
    found = {name: rows_of(getattr(reading, name), limit=limit) for name in ITEM_KINDS if kind in {None, name}}
    found = {name: rows for name, rows in found.items() if rows}
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("It tells of nothing." if kind is None else f"It tells of no {kind.replace('_', ' ')}.")
    for name, rows in found.items():
        columns = [column for column in rows[0] if any(row[column] not in (None, "", 0) for row in rows)]
        table = Table(*columns, title=name.replace("_", " "), box=None, header_style="dim", title_justify="left")
        for row in rows:
            table.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
        console.print(table)


def show_problems(ctx: typer.Context, report_id: ReportId, *, as_json: AsJson = False) -> None:
    """Show what is wrong with a report, read again from its bytes; exit 1 when it could not be taken for it."""
    reading = _reading(ctx, report_id)
    found = [
        {"line": each.line, "check": each.check, "severity": str(each.severity), "message": each.message}
        for each in reading.problems
    ]
    if as_json:
        print_json(found)
    elif not found:
        console.print("Nothing is wrong with it.")
    else:
        for each in found:
            console.print(f"{each['severity']}  {each['check']}  {each['message']}", soft_wrap=True, markup=False)
    end(ExitCode.DONE if reading.complete else ExitCode.HAS_ERRORS)


def again(
    ctx: typer.Context,
    report_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A report's id, rep_...")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every report the book has.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read kept reports again, with the profile of then, and compare their items; exit 1 when one differs."""
    if (report_id is None) == (not every):
        message = "name one report, or --all"
        raise typer.BadParameter(message)
    desk = desk_of(ctx, default_actor="system:read")
    tolerated = desk.routes()[0].profile.tolerances.tolerated
    with desk.view() as view:
        keys = [key_of(Prefix.REPORT, report_id)] if report_id is not None else readable_reports(view)
        found = [compare_again(view, key, tolerated=tolerated) for key in keys]
    differing = [each for each in found if each.same is False]
    if as_json:
        print_json([_again_as_dict(each) for each in found])
    else:
        for each in found if report_id is not None else differing:
            words = {True: "gives the same items", False: "gives other items", None: "was taken before items were kept"}
            name = public_id(Prefix.REPORT, each.report_id)
            console.print(f"{name}  {each.name} ({each.profile}) {words[each.same]}.", soft_wrap=True, markup=False)
        if every:
            console.print(f"{len(found)} report(s) read again, {len(differing)} differ.")
    end(ExitCode.HAS_ERRORS if differing else ExitCode.DONE)


def retake(
    ctx: typer.Context, report_id: ReportId, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Read a report that could not be read once more, as with a profile the book has since taken, and take it."""
    desk = desk_of(ctx, actor=actor, default_actor=INBOUND, as_of=as_of)
    report = take_anew(desk, key_of(Prefix.REPORT, report_id))
    if as_json:
        print_json(inbound_as_dict(report))
    else:
        show_inbound(report)
    end(report.exit_code)


def show_feeds(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the accounts whose reports are taken, and through which day those are complete."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reports.feeds(view.session)
    if as_json:
        print_json(found)
        return
    table = Table("id", "bank", "account", "complete through", "newest report", "gaps", box=None, header_style="dim")
    for row in found:
        table.add_row(row["id"], row["bank"], row["account"], row["complete_through"] or "nothing yet",
                      row["newest_report"] or "", str(row["gaps"]))  # fmt: skip
    console.print(table)


def show_gaps(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List what is missing of the accounts' reports; exit 20 when something is."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reports.gaps(view.session)
    if as_json:
        print_json(found)
    elif not found:
        console.print("Nothing is missing.")
    else:
        table = Table("account", "what", "missing", "since", "case", box=None, header_style="dim")
        for row in found:
            table.add_row(row["feed"], row["kind"], row["what"], row["since"], row["case"] or "")
        console.print(table)
    end(ExitCode.REPORT_GAP if found else ExitCode.DONE)


def sign_off(
    ctx: typer.Context,
    *,
    feed: Annotated[str, typer.Option(help="The account, fed_... (ingather report feeds).")],
    day: Annotated[str, typer.Option(help="The banking day whose report is missing.")],
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Declare a day complete although its report never came: one person asks, another signs by the same command."""
    try:
        on = in_reach(date.fromisoformat(day))
    except ValueError:
        message = f"{day} is not a day; write 2026-11-25"
        raise typer.BadParameter(message) from None
    with acting(ctx, actor, as_of) as action:
        state = sign_off_reports(action, key_of(Prefix.FEED, feed), on, reason=reason)
    words = {
        "asked": f"waits for a second person to declare {on} complete",
        "signed": f"is complete on {on}: two persons signed",
    }
    done(as_json, feed, words[state], called="feed", state=state, day=on.isoformat())


def _reading(ctx: typer.Context, report_id: str) -> Reading:
    desk = desk_of(ctx, default_actor="system:read")
    tolerated = desk.routes()[0].profile.tolerances.tolerated
    with desk.view() as view:
        return read_again(view, key_of(Prefix.REPORT, report_id), tolerated=tolerated)


def _again_as_dict(found: Again) -> dict[str, object]:
    return {
        "report": public_id(Prefix.REPORT, found.report_id),
        "name": found.name,
        "profile": found.profile,
        "same": found.same,
    }
