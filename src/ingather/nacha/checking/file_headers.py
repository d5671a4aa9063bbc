"""Single fields of file headers: constants, parties, creation date and time, and the id modifier."""

import numpy as np

from ingather.nacha.checking.dates import is_real_date, is_real_time
from ingather.nacha.findings import Findings
from ingather.nacha.reading import Heads
from ingather.nacha.records import LAYOUTS, Kind
from ingather.nacha.routing import is_routing_number

_FILE = LAYOUTS["1"]
_MODIFIERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

_SENTENCES = {
    "priority-code": ("priority_code", "The priority code is not 01."),
    "destination-routing": ("immediate_destination", "The destination is not a blank (or 0) and a routing number."),
    "date-real": ("file_creation_date", "The creation date names no day."),
    "time-blank": (
        "file_creation_time",
        "The creation time is blank: two files of one day differ in their id modifier alone.",
    ),
    "time-real": ("file_creation_time", "The creation time names no minute."),
    "id-modifier": ("file_id_modifier", "The id modifier is not A to Z or 0 to 9."),
}


def check_file_headers(heads: Heads, findings: Findings) -> None:
    """Tell every file header whose fields the operator would refuse, or that make duplicate files hard to see."""
    for index in np.flatnonzero(heads.line > 0).tolist():
        _check_header(_Header(heads, index), findings)


class _Header:
    """One file header with its fields as texts, blanks kept."""

    def __init__(self, heads: Heads, index: int) -> None:
        self.line = int(heads.line[index])
        record = heads.record[index]
        self._texts = {field.name: bytes(record[field.span]).decode("cp1252", "replace") for field in _FILE.fields}

    def __getitem__(self, name: str) -> str:
        return self._texts[name]


def _check_header(header: _Header, findings: Findings) -> None:
    for field in _FILE.fields:
        words = field.name.replace("_", " ")
        if field.kind is Kind.CONSTANT and header[field.name] != field.constant:
            sentence = f"The {words} is {field.constant} in every file."
            findings.add("header-constant", sentence, line=header.line, field=field)
        if field.kind is Kind.PARTY and not header[field.name].strip(" 0"):
            findings.add("party", f"The {words} is not filled.", line=header.line, field=field)
    timed = bool(header["file_creation_time"].strip(" "))
    for check, good in (
        ("priority-code", header["priority_code"] == "01"),
        ("destination-routing", _names_a_bank(header["immediate_destination"])),
        ("date-real", is_real_date(header["file_creation_date"])),
        ("time-blank", timed),
        ("time-real", not timed or is_real_time(header["file_creation_time"])),
        ("id-modifier", header["file_id_modifier"] in _MODIFIERS),
    ):
        if not good:
            name, sentence = _SENTENCES[check]
            findings.add(check, sentence, line=header.line, field=_FILE.field(name))


def _names_a_bank(destination: str) -> bool:
    """Return whether a destination is a blank or 0 and a routing number; one that is not filled is told elsewhere."""
    return not destination.strip(" 0") or (destination[0] in " 0" and is_routing_number(destination[1:]))
