"""A small reader of calendars (RFC 5545), which knows nothing of how ours are written."""

import re
from typing import Any


def events_of(text: str) -> list[dict[str, Any]]:
    """Return the events of a calendar, each with its properties unescaped and the triggers of its alarms."""
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-2:] == ["END:VCALENDAR", ""]
    found: list[dict[str, Any]] = []
    within: list[str] = []
    for line in lines[:-1]:
        name, value = line.split(":", 1)
        match name:
            case "BEGIN":
                within.append(value)
                if value == "VEVENT":
                    found.append({"alarms": []})
            case "END":
                assert within.pop() == value
            case "TRIGGER":
                found[-1]["alarms"].append(value)
            case _ if within[-1] == "VEVENT":
                found[-1][name.split(";")[0]] = _plain(value)
    assert not within
    return found


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)
