"""Acknowledgements in plain words: one fact a line, and each line begins with what it is.

The Rules give acknowledgements no form. This one is that of the package mock-bank (MIT), read after what it writes:
``ACKNOWLEDGEMENT id``, ``CREATED instant``, ``FILE origin-YYMMDDHHMMx``, ``NAME name``, ``STATUS word``, and for every
entry ``ENTRY trace reference dollars ACCEPTED date`` or ``REJECTED reason words``.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from ingather.reports.acknowledgement import contradictions
from ingather.reports.amounts import minor_units
from ingather.reports.findings import Findings
from ingather.reports.item_rows import Rows
from ingather.reports.items import Acknowledgements, Carrier, EntryAnswers, Report
from ingather.reports.lines import Line, text_lines
from ingather.reports.mining import is_return_code
from ingather.reports.profile import ReportProfile

_STATUSES = {"ACCP": "ACCEPTED", "PART": "PARTIAL", "PDNG": "PENDED", "RJCT": "REJECTED"}
_ONCE = ("ACKNOWLEDGEMENT", "CREATED", "FILE", "STATUS")
_FILE = re.compile(r"(?P<origin>\S{1,10})-(?P<day>[0-9]{6})(?P<clock>[0-9]{4})(?P<modifier>[A-Z0-9])")
_TRACE = re.compile(r"[0-9]{1,15}")
_ISO_REASON = re.compile(r"[A-Z]{2}[0-9]{2}")
_ENTRY = 5
_MOST_REASON = 200


def read_plain(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:  # noqa: ARG001 -- every reader is asked alike
    """Return one acknowledgement; content never raises. What is missing, repeated or not known is a problem."""
    findings = Findings()
    lines = text_lines(data, findings)
    said: dict[str, Line] = {}
    entries: list[Line] = []
    for line in lines:
        word = line.text.split(" ", 1)[0]
        if word == "ENTRY":
            entries.append(line)
        elif word in said:
            findings.add("record-repeated", f"Line {line.number} says {word} again; it was not read.", line=line.number)
        elif word in {*_ONCE, "NAME"}:
            said[word] = line
        else:
            message = f"Line {line.number} begins with a word that is not known."
            findings.add("record-unknown", message, line=line.number)
    for word in _ONCE:
        if word not in said:
            findings.add("record-missing", f"The acknowledgement has no line {word}.", name=word)
    words = {word: line.text.split(" ", 2) for word, line in said.items()}
    answers, accepted, rejected = _entries(entries, findings)
    files = _file(words, said, accepted, rejected, findings)
    contradictions(files, findings)
    name = files.origination_file[0]
    report = Report(
        carrier=Carrier.PLAIN_ACKNOWLEDGEMENT,
        profile=profile.name,
        kind="ACKNOWLEDGEMENT",
        as_of=files.answered_at[0],
        report_id=f"ACK-{name}-{files.status[0]}" if name else "",
        lines=len(lines),
        acknowledgements=files,
        entry_answers=answers,
        problems=findings.all(),
    )
    return (report,)


def _file(
    words: dict[str, list[str]],
    said: dict[str, Line],
    accepted: tuple[int, int],
    rejected: tuple[int, int],
    findings: Findings,
) -> Acknowledgements:
    named = _FILE.fullmatch(_second(words, "FILE"))
    if named is None and "FILE" in said:
        message = "The acknowledgement does not say which file it answers."
        findings.add("file-unnamed", message, line=said["FILE"].number)
    status = _STATUSES.get(_second(words, "STATUS"), "")
    if not status and "STATUS" in said:
        message = "The acknowledgement has a status that is not known."
        findings.add("field-unreadable", message, line=said["STATUS"].number, name="status")
    day, answered_at = None, None
    try:
        if named is not None:
            day = datetime.strptime(named["day"], "%y%m%d").date()  # noqa: DTZ007 -- a day, no instant
        if "CREATED" in said:
            answered_at = datetime.fromisoformat(_second(words, "CREATED"))
    except ValueError:
        findings.add("field-unreadable", "The acknowledgement has a date that is none.", name="date")
    if answered_at is not None and answered_at.tzinfo is None:
        findings.add("field-unreadable", "The acknowledgement's instant has no offset.", name="CREATED")
        answered_at = None
    known = named is not None and day is not None
    rows = Rows(Acknowledgements)
    rows.add(
        line=said["FILE"].number if "FILE" in said else 0,
        origin=named["origin"] if named else "",
        created_on=day,
        created_at=named["clock"] if named else "",
        modifier=named["modifier"] if named else "",
        origination_file=f"{named['day']}{named['clock']}{named['modifier']}" if named and known else "",
        status=status,
        accepted_entries=accepted[0],
        accepted_cents=accepted[1],
        rejected_entries=rejected[0],
        rejected_cents=rejected[1],
        reason=(words["STATUS"][2] if len(words.get("STATUS", ())) > 2 else "")[:_MOST_REASON],  # noqa: PLR2004 -- the word, the status, the rest
    )
    return replace(rows.items(), answered_at=[answered_at])


def _entries(lines: Sequence[Line], findings: Findings) -> tuple[EntryAnswers, tuple[int, int], tuple[int, int]]:
    """Return the entries that are rejected, and count and cents of those accepted and rejected."""
    rows = Rows(EntryAnswers)
    counts = {"ACCEPTED": [0, 0], "REJECTED": [0, 0]}
    for line in lines:
        _, trace, reference, amount, status, *rest = [*line.text.split(" ", _ENTRY), *[""] * _ENTRY][: _ENTRY + 1]
        try:
            cents = minor_units(amount, "USD")
        except ValueError:
            cents = -1
        if cents < 0 or not _TRACE.fullmatch(trace) or status not in counts:
            message = f"Line {line.number} is an entry that cannot be read."
            findings.add("field-unreadable", message, line=line.number, name="entry")
            continue
        counts[status][0] += 1
        counts[status][1] += cents
        if status == "REJECTED":
            reason, _, told = "".join(rest).partition(" ")
            is_iso = _ISO_REASON.fullmatch(reason) is not None and not is_return_code(reason)
            rows.add(
                line=line.number,
                trace=int(trace),
                status=status,
                amount_cents=cents,
                reason=reason if is_return_code(reason) else ("" if is_iso else f"{reason} {told}"[:_MOST_REASON]),
                identification=reference,
                iso_reason=reason if is_iso else "",
            )
    accepted, rejected = counts["ACCEPTED"], counts["REJECTED"]
    return rows.items(), (accepted[0], accepted[1]), (rejected[0], rejected[1])


def _second(words: dict[str, list[str]], word: str) -> str:
    parts = words.get(word, [])
    return parts[1] if len(parts) > 1 else ""
