"""STR reports: a bank's daily account of settlements, returns, changes and postings, delimited or fixed, by profile."""

from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from typing import Any

from ingather.reports.findings import Findings
from ingather.reports.items import Report
from ingather.reports.laid_out import read_laid_out
from ingather.reports.layout import ReportLayout
from ingather.reports.lines import text_lines

_OF_THE_REPORT = (
    "bank",
    "account",
    "currency",
    "kind",
    "mode",
    "sequence",
    "business_date",
    "report_id",
    "previous_report_id",
    "status",
    "corrects",
)


def read_str(data: bytes, layout: ReportLayout) -> Report:
    """Return an STR report read by a profile of its carrier; content never raises, every problem is in the report."""
    findings = Findings()
    found = read_laid_out(text_lines(data, findings), layout, findings)
    header = found.header
    values: dict[str, Any] = {name: header[name] for name in _OF_THE_REPORT if name in header}
    if values.get("status") == "CORRECTION" and not values.get("corrects"):
        findings.add("correction-of-nothing", "The report is a correction and does not say of which report.", line=1)
    return Report(
        carrier=layout.carrier,
        profile=layout.id,
        as_of=_as_of(header),
        lines=found.records,
        control_totals=found.control_totals,
        problems=findings.all(),
        **values,
        **found.items,  # type: ignore[arg-type]  # the kinds of items are checked when a profile is read
    )


def _as_of(header: Mapping[str, object]) -> datetime | None:
    day, clock, zone = (header.get(name) for name in ("as_of_date", "as_of_time", "utc_offset"))
    if isinstance(day, date) and isinstance(clock, str) and clock and isinstance(zone, timezone):
        return datetime.combine(day, time(int(clock[:2]), int(clock[2:4]), int(clock[4:])), tzinfo=zone)
    return None
