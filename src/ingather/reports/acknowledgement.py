"""Acknowledgements: what a bank says of a file it took, of its batches, and of entries it rejected."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from ingather.reports.findings import Findings
from ingather.reports.items import Acknowledgements, BatchAnswers, EntryAnswers, Items, Report
from ingather.reports.laid_out import LaidOut, lines_of, read_laid_out
from ingather.reports.lines import Line
from ingather.reports.profile import ReportProfile, layout_of
from ingather.reports.record_rows import split_reports

_T = TypeVar("_T", bound=Items)


def read_acknowledgement(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:
    """Return the acknowledgements in a file, read by a laid-out profile; content never raises.

    A status that its own counts contradict is a problem: ACCEPTED with rejected entries, REJECTED with accepted ones.
    So is an answer that names its file neither by creation date, time and modifier nor by the hash of its bytes.
    """
    layout = layout_of(profile)
    findings = Findings()
    parts = split_reports(lines_of(data, layout, findings), layout)
    return tuple(_one(lines, profile, findings.copy(), near=near) for lines in parts)


def _one(lines: Sequence[Line], profile: ReportProfile, findings: Findings, *, near: date) -> Report:
    found = read_laid_out(lines, layout_of(profile), findings, near=near)
    files = _of(found, Acknowledgements, "acknowledgements")
    batches = _of(found, BatchAnswers, "batch_answers")
    entries = _of(found, EntryAnswers, "entry_answers")
    files = replace(files, origination_file=_origination_files(files))
    _unnamed(files, findings)
    contradictions(files, findings)
    return Report(
        carrier=profile.carrier,
        profile=profile.name,
        bank=files.bank[0] if files.bank else "",
        kind="ACKNOWLEDGEMENT",
        as_of=files.answered_at[0] if files.answered_at else None,
        report_id="".join(f"ACK-{name}-{status}" for name, status in _named(files)),
        lines=found.records,
        acknowledgements=files,
        batch_answers=batches,
        entry_answers=entries,
        problems=findings.all(),
        control_totals=found.control_totals,
    )


def _of(found: LaidOut, kind: type[_T], name: str) -> _T:
    items = found.items.get(name)
    return items if isinstance(items, kind) else kind.empty()


def _named(files: Acknowledgements) -> list[tuple[str, str]]:
    names = [name or sha256[:16] for name, sha256 in zip(files.origination_file, files.sha256, strict=True)]
    return list(zip(names, files.status, strict=True))


def _origination_files(files: Acknowledgements) -> list[str]:
    return [
        f"{day:%y%m%d}{clock}{modifier}" if day is not None and clock and modifier else ""
        for day, clock, modifier in zip(files.created_on, files.created_at, files.modifier, strict=True)
    ]


def _unnamed(files: Acknowledgements, findings: Findings) -> None:
    for line, name, sha256 in zip(files.line, files.origination_file, files.sha256, strict=True):
        if not name and not sha256:
            findings.add("file-unnamed", "The acknowledgement does not say which file it answers.", line=line)


def contradictions(
    files: Acknowledgements,
    findings: Findings,
    *,
    parts: Sequence[str] = (),
    all_told: bool = True,
) -> None:
    """Tell each status that its own counts contradict, and counts and sums below zero.

    ``parts`` are the statuses of whole batches beside the counts. Not ``all_told`` are answers that list what is
    rejected and may leave out what is accepted.
    """
    rows = zip(
        files.line,
        files.status,
        files.accepted_entries,
        files.rejected_entries,
        files.accepted_cents,
        files.rejected_cents,
        strict=True,
    )
    for line, status, accepted, rejected, *cents in rows:
        some_accepted, some_rejected = accepted > 0 or "ACCEPTED" in parts, rejected > 0 or "REJECTED" in parts
        match status:
            case "ACCEPTED":
                wrong = some_rejected
            case "REJECTED":
                wrong = some_accepted
            case "PARTIAL":
                wrong = not some_rejected or (all_told and not some_accepted)
            case _:
                wrong = False
        if wrong or min(accepted, rejected, *cents) < 0:
            message = f"The file is {status}, with {accepted} entries accepted and {rejected} rejected."
            message += " Batches are said to be accepted or rejected beside them." if parts else ""
            findings.add("status-contradicts-counts", message, line=line, name="status")
