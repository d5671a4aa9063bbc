"""``ingather report check``: what a bank's files hold and what is wrong with them; nothing is taken in.

Prints one JSON object a line, one a file: the carrier, the items by kind, the problems, whether the totals tie. It
needs no book; where there is one its report profiles are used, and one that is not in it can be tried from its file.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.report_profiles import profiles_of
from ingather.cli.options import AsJson, AsOf, console, desk_of, end, errors, instant_of, settings_of
from ingather.domain.refusals import ExitCode, Refusal
from ingather.reports.items import Report
from ingather.reports.lines import MAX_BYTES
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_language import read_profile
from ingather.reports.recognise import read_reports, refused_for_its_size
from ingather.reports.showing import as_dict
from ingather.wiring import DEFAULT_BOOK, explain, system_clock

Candidate = Annotated[
    list[Path] | None, typer.Option("--profile", help="A report profile's TOML to read with, before the book's.")
]


def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Files as a bank delivered them, of any carrier.")],
    *,
    profile: Candidate = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Read reports and say what they hold; take nothing in. Exit 1 when one has errors or totals that differ."""
    near = (instant_of(as_of) if as_of else system_clock()).date()
    profiles = [*(profile_of(path) for path in profile or ()), *profiles_of_book(ctx)]
    missing = [path for path in files if not path.is_file()]
    for path in missing:
        errors.print(_not_a_file(path), style="red", soft_wrap=True, markup=False)
    if missing:
        end(ExitCode.USAGE)
    page = Table("file", "carrier", "ok", "holds", "totals", box=None, header_style="dim")
    good = True
    for path in files:
        found = as_dict(str(path), read_file(path, near=near, profiles=profiles))
        good = good and found["ok"]
        if as_json:
            sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        else:
            _show(page, found)
    if not as_json:
        console.print(page)
    end(ExitCode.DONE if good else ExitCode.HAS_ERRORS)


def read_file(path: Path, *, near: date, profiles: Sequence[ReportProfile]) -> tuple[Report, ...]:
    """Return the reports in a file; raises ``OSError`` for one that cannot be read. What is too large is not opened."""
    if path.stat().st_size > MAX_BYTES:
        return refused_for_its_size()
    return read_reports(path.read_bytes(), near=near, profiles=profiles)


def profile_of(path: Path) -> ReportProfile:
    """Return the report profile in a TOML file; raises ``OSError`` or ``ReportProfileRefused``."""
    return read_profile(path.read_bytes())


def profiles_of_book(ctx: typer.Context) -> list[ReportProfile]:
    """Return the profiles of the book that is named, or of the one in the working directory.

    Where there is none, or none that this host can open, the packaged ones are enough; it is told when one was named.
    """
    try:
        with desk_of(ctx, default_actor="system:read").view() as view:
            return list(profiles_of(view))
    except Refusal as refusal:
        if settings_of(ctx).book != DEFAULT_BOOK:
            said = f"{explain(refusal)} Only the report profiles that ship are used."
            errors.print(said, style="yellow", soft_wrap=True, markup=False)
        return []


def _not_a_file(path: Path) -> str:
    return f"{path}: it is a directory; name the files in it." if path.is_dir() else f"{path}: there is no such file."


def _show(page: Table, found: dict[str, Any]) -> None:
    held = ", ".join(_held(found["items"])) or "nothing"
    page.add_row(found["file"], found["carrier"], "yes" if found["ok"] else "no", held, found["control_totals"])
    for problem in found["problems"]:
        place = f"line {problem['line']}, " if problem["line"] else ""
        console.print(
            f"{found['file']}: {place}{problem['severity']}: {problem['message']}", soft_wrap=True, markup=False
        )


def _held(items: dict[str, int]) -> Iterator[str]:
    for kind, count in items.items():
        if count:
            yield f"{count} {kind.replace('_', ' ')}"
