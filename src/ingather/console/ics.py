"""A calendar of last days as calendar programs read it (RFC 5545): one event of a whole day for each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_LINE_BYTES = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """A day by which something is done; ``uid`` stays the same for ever, so that a moved day moves the event."""

    uid: str
    on: date
    summary: str
    address: str


def calendar_of(name: str, days: Iterable[LastDay], *, at: datetime) -> str:
    """Return a calendar with an event for each day, and alarms at nine on the day before and on the day itself."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Ingather//Cases//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ]  # fmt: skip
    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for each in days:
        lines += _event(each, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(each: LastDay, stamp: str) -> list[str]:
    summary = _text(each.summary)
    alarms = [
        line
        for trigger in ("-PT15H", "PT9H")
        for line in ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{summary}", f"TRIGGER:{trigger}", "END:VALARM")
    ]
    return [
        "BEGIN:VEVENT", f"UID:{each.uid}", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{each.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{each.on + timedelta(days=1):%Y%m%d}", f"SUMMARY:{summary}", f"URL:{each.address}",
        "TRANSP:TRANSPARENT", *alarms, "END:VEVENT",
    ]  # fmt: skip


def _text(value: str) -> str:
    """Return a value as a TEXT: what would end or divide it is escaped."""
    plain = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield a line as parts of at most 75 bytes, later ones begun by a space; no character is cut in two."""
    part, size = "", 0
    for character in line:
        taken = len(character.encode())
        if size + taken > _LINE_BYTES:
            yield part
            part, size = " ", 1
        part, size = part + character, size + taken
    yield part
