"""The sign-off page of a banking day: one HTML file that needs nothing else, prints well and names no red data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from ingather.actions.reconciliation.day_report import DayReport, OpenKind
from ingather.base.dates import NEW_YORK
from ingather.base.money import format_minor
from ingather.rules.day_equations import Equation

_STYLE = """
body { font: 11pt/1.45 Georgia, serif; color: #111; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; page-break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: .92em; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #ccc; }
th { font-weight: normal; color: #555; } .n { text-align: right; white-space: nowrap; }
.small { color: #555; font-size: .9em; } .open { font-weight: bold; }
.sign { margin-top: 3rem; } .sign td { border: 0; border-top: 1px solid #111; padding-top: .3rem; width: 45%; }
@media screen and (max-width: 40rem) { table { display: block; overflow-x: auto; } }
@media print { body { margin: 0; max-width: none; } tr { page-break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """Everything the page says: how the day stands, when it was made and by whom."""

    report: DayReport
    made_at: datetime
    made_by: str


def page_of(page: DayPage) -> str:
    """Return the page as HTML text; amounts are in USD with their sign on our account."""
    report = page.report
    account = f"{report.feed.bank} ...{report.feed.account_last4}"
    sums = report.sums
    at = f"{page.made_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S %Z}"
    body = [
        f"<h1>Banking day {report.day}</h1>",
        f"<p class=small>Account {_text(account)}. Made on {at} by {_text(page.made_by)}.</p>",
        f"<p>{_verdict(report)}</p>",
        "<h2>Equations</h2>",
        _table(
            ("what must hold", "is", "should be", "open"), [_equation(each) for each in report.equations], numbers=3
        ),
        "<h2>Postings</h2>",
        _table(
            ("postings", "explained", "by the rules", "sum"),
            [(sums.postings, sums.matched, _share(report.automatic_bps), format_minor(sums.total))],
            numbers=4,
        ),
        "<h2>Open questions about money, of all days</h2>",
        _table(
            ("kind", "with", "since", "days", "how many", "amount"),
            [_open_kind(each, report) for each in report.suspense],
            numbers=3,
        )
        if report.suspense
        else "<p>None.</p>",
        f"<p>Reports that never came: {report.gaps}.</p>" if report.gaps else "",
        "<table class=sign><tr><td>closed by</td><td>signed by, another person</td></tr></table>",
    ]
    title = f"Banking day {report.day}"
    return (
        f"<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<title>{title}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(filter(None, body)) + "\n</body>\n</html>\n"
    )


def _verdict(report: DayReport) -> str:
    if report.balanced:
        return "Every equation of the day holds."
    return f"<span class=open>The day is open: {report.open_items} item(s).</span>"


def _table(names: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int) -> str:
    """Return a table whose last columns are numbers."""
    first = len(names) - numbers
    mark = [" class=n" if place >= first else "" for place in range(len(names))]
    head = "".join(f"<th{each}>{_text(name)}</th>" for each, name in zip(mark, names, strict=True))
    cells = [
        "<tr>" + "".join(f"<td{each}>{_text(cell)}</td>" for each, cell in zip(mark, row, strict=True)) + "</tr>"
        for row in rows
    ]
    return f"<table><tr>{head}</tr>" + "".join(cells) + "</table>"


def _equation(each: Equation) -> tuple[str, ...]:
    left = "" if each.holds else format_minor(each.left - each.right)
    return each.sentence, format_minor(each.left), format_minor(each.right), left


def _open_kind(each: OpenKind, report: DayReport) -> tuple[object, ...]:
    days = (report.day - each.oldest_on).days
    return each.kind.replace("_", " "), each.owner, each.oldest_on, days, each.count, format_minor(each.cents)


def _share(bps: int | None) -> str:
    return "none" if bps is None else f"{bps // 100}.{bps % 100:02d} %"


def _text(value: object) -> str:
    return escape(str(value))
