"""STR reports: a bank's daily account of settlements, returns, changes and postings, delimited or fixed, by profile."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ingather.base.problems import Severity
from ingather.nacha.change_codes import CHANGE_CODES
from ingather.nacha.return_reasons import RETURN_REASONS
from ingather.reports.findings import Findings, masked
from ingather.reports.items import Items, Postings, Report
from ingather.reports.laid_out import LaidOut, lines_of, read_laid_out
from ingather.reports.lines import Line
from ingather.reports.mining import Miner
from ingather.reports.profile import ReportProfile, layout_of
from ingather.reports.record_rows import split_reports
from ingather.reports.tables import codes_before_packaged

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

_CODED = (
    ("returns", "reason", RETURN_REASONS.keys(), "unknown-return-code"),
    ("dishonours", "code", RETURN_REASONS.keys(), "unknown-return-code"),
    ("changes", "code", CHANGE_CODES.keys(), "unknown-change-code"),
)


def read_str(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:
    """Return the STR reports in a file, read by a laid-out profile; content never raises, every problem is in them.

    What no record says, the profile does: the bank and account, the kind and mode, the day from the items' dates.
    """
    layout = layout_of(profile)
    findings = Findings()
    parts = split_reports(lines_of(data, layout, findings), layout)
    return tuple(_one(lines, profile, findings.copy(), near=near) for lines in parts)


def _one(lines: Sequence[Line], profile: ReportProfile, findings: Findings, *, near: date) -> Report:
    layout = layout_of(profile)
    found = read_laid_out(lines, layout, findings, near=near)
    header = found.header
    values: dict[str, Any] = {name: header[name] for name in _OF_THE_REPORT if name in header}
    if values.get("status") == "CORRECTION" and not values.get("corrects"):
        findings.add(
            "correction-of-nothing",
            "The report is a correction and does not say of which report.",
            line=lines[0].number,
        )
    values["kind"] = values.get("kind") or profile.semantics.kind
    values["mode"] = values.get("mode") or profile.semantics.mode
    if not values.get("business_date"):
        values["business_date"] = _latest(found, layout.day_from)
    items: dict[str, Items] = dict(found.items)
    _unknown_codes(items, findings)
    postings = items.get("postings")
    if isinstance(postings, Postings) and len(postings):
        items["postings"] = _meant(postings, profile, findings)
    return Report(
        carrier=profile.carrier,
        profile=profile.name,
        as_of=_as_of(header, ZoneInfo(profile.semantics.zone)),
        lines=found.records,
        control_totals=found.control_totals,
        problems=findings.all(),
        **values,
        **items,  # type: ignore[arg-type]  # the kinds of items are checked when a profile is read
    )


def _unknown_codes(items: Mapping[str, Items], findings: Findings) -> None:
    """Name each code of the Rules that no table knows, once; the item is kept for a person as it stands."""
    for kind, column, known, check in _CODED:
        if kind not in items:
            continue
        unknown = dict(zip(getattr(items[kind], column)[::-1], items[kind].line[::-1], strict=True))
        for code in sorted(unknown.keys() - known - {""}):
            message = f"Line {unknown[code]}: the Rules have no code {code}."
            findings.add(check, message, line=unknown[code], name=column, severity=Severity.WARNING)


def _latest(found: LaidOut, words: str) -> date | None:
    kind, _, column = words.partition(".")
    days = getattr(found.items[kind], column) if kind in found.items else []
    return max((day for day in days if day is not None), default=None)


def _as_of(header: Mapping[str, object], here: tzinfo) -> datetime | None:
    if isinstance(instant := header.get("as_of"), datetime):
        return instant
    day, clock, zone = (header.get(name) for name in ("as_of_date", "as_of_time", "utc_offset"))
    if isinstance(day, date) and isinstance(clock, str) and clock:
        at = time(int(clock[:2]), int(clock[2:4]), int(clock[4:]))
        return datetime.combine(day, at, tzinfo=zone if isinstance(zone, timezone) else here)
    return None


def _meant(postings: Postings, profile: ReportProfile, findings: Findings) -> Postings:
    """Return postings with what their codes mean, and what their texts name by the profile's patterns."""
    codes = codes_before_packaged(profile.codes)
    columns = (postings.code_type, postings.code, postings.amount_minor, postings.text)
    known: dict[tuple[str, str, bool, str], str] = {}
    events = []
    for code_type, code, amount, text in zip(*columns, strict=True):
        key = (code_type, code, amount < 0, text if codes.asks_text(code_type, code) else "")
        if key not in known:
            known[key] = str(codes.event(code_type, code, amount_minor=amount, text=text))
        events.append(known[key])
    unknown: dict[tuple[str, str], int] = {}
    for line, code_type, code in zip(postings.line, postings.code_type, postings.code, strict=True):
        if not codes.knows(code_type, code):
            unknown.setdefault((code_type, code), line)
    for (code_type, code), line in unknown.items():
        message = f"Line {line}: no table and no profile knows what the code {masked(code)} of {code_type} means."
        findings.add("code-unknown", message, line=line, name=f"{code_type}:{masked(code)}", severity=Severity.WARNING)
    mined = _mined(postings, Miner(profile))
    return replace(postings, event=events, **mined)


def _mined(postings: Postings, miner: Miner) -> dict[str, list[Any]]:
    if not miner:
        return {}
    texts = list(zip(postings.text, postings.customer_ref, strict=True))
    return {
        "reference": [
            miner.text("reference", *pair) or was for pair, was in zip(texts, postings.reference, strict=True)
        ],
        "trace": [miner.trace(*pair) or was for pair, was in zip(texts, postings.trace, strict=True)],
        "reason": [miner.reason(*pair) or was for pair, was in zip(texts, postings.reason, strict=True)],
        "batch_number": [
            miner.batch_number(*pair) or was for pair, was in zip(texts, postings.batch_number, strict=True)
        ],
        "origination_file": [
            miner.origination_file(*pair) or was for pair, was in zip(texts, postings.origination_file, strict=True)
        ],
        "company_identification": [
            miner.text("company_identification", *pair) or was
            for pair, was in zip(texts, postings.company_identification, strict=True)
        ],
    }
