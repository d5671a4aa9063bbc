"""Whether a report's beginning fits a laid-out profile: its first record, read strictly, and nothing behind it."""

from datetime import date

from ingather.base.problems import Severity
from ingather.reports.findings import Findings
from ingather.reports.laid_out import lines_of, read_laid_out
from ingather.reports.layout import HeaderRow, ReportLayout
from ingather.reports.lines import Line
from ingather.reports.profile import ReportProfile
from ingather.reports.record_rows import cells_of, column_names, selector_of

_HEAD = 1 << 16
_SOME_DAY = date(2026, 1, 1)
_OF_THE_REST = frozenset({"trailer-missing"})


def fits(content: bytes, profile: ReportProfile) -> bool:
    """Return whether a report begins as a laid-out profile says; a profile of another carrier never fits."""
    layout = profile.layout
    if layout is None:
        return False
    lines = lines_of(content[: max(_HEAD, 2 * layout.width)], layout, Findings())
    if not lines:
        return False
    if layout.header_row is HeaderRow.NAMES:
        return _names_fit(lines[0], layout)
    start = 1 if layout.header_row is HeaderRow.SKIP else 0
    return _first_fits(lines[: start + 1], layout) if len(lines) > start else False


def _names_fit(line: Line, layout: ReportLayout) -> bool:
    names = column_names(cells_of(line.text, layout))
    needed = {field.source.casefold() for record in layout.records for field in record.fields if field.required}
    selected = {layout.selector.source.casefold()} if layout.selector.source else set()
    asked = {field.source.casefold() for record in layout.records for field in record.fields if field.source}
    return (needed | selected) - {""} <= names.keys() and bool(asked & names.keys())


def _first_fits(lines: list[Line], layout: ReportLayout) -> bool:
    record = layout.by_selector.get(selector_of(cells_of(lines[-1].text, layout), layout, {}))
    if record is None or (not record.first and any(each.first for each in layout.records)):
        return False
    if layout.width and len(lines[-1].text.rstrip()) > layout.width:
        return False
    findings = Findings()
    read_laid_out(lines, layout, findings, near=_SOME_DAY)
    return not any(
        problem.severity is Severity.ERROR and problem.check not in _OF_THE_REST for problem in findings.all()
    )
