"""Reading whatever a bank delivers: the carrier is recognised by content, never by a file's name."""

from datetime import date

from ingather.reports.acknowledgement import read_acknowledgement
from ingather.reports.findings import Findings
from ingather.reports.items import Carrier, Report
from ingather.reports.lines import BOM, MAX_BYTES
from ingather.reports.nacha_returns import read_nacha
from ingather.reports.str_report import read_str
from ingather.reports.tables import packaged_layout

ACKNOWLEDGEMENT_LAYOUT = "generic-ack-1"
DELIMITED_LAYOUT = "generic-str-delimited-1"
FIXED_LAYOUT = "generic-str-fixed-1"

_RECORD = 94
_NACHA_FIRST = b"156789"
_FIXED_WIDTH = 224
_SIZES = slice(34, 40)
_FOREIGN = (
    (b"01,", "BAI2"),
    (b"<", "XML, perhaps camt"),
    (b"{1:", "a SWIFT message"),
    (b":20:", "a SWIFT statement"),
    (b"{", "JSON"),
    (b"PK", "a ZIP archive"),
    (b"%PDF", "a PDF"),
)


def recognise(data: bytes) -> Carrier:
    """Return what a report is written in, by its first record alone."""
    start = data.removeprefix(BOM).lstrip(b"\r\n")
    first = start[: 4 * _FIXED_WIDTH].split(b"\n", 1)[0].removesuffix(b"\r")
    if first.startswith(b"A|1|"):
        return Carrier.ACKNOWLEDGEMENT
    if first[:1].isalpha() and first[1:2] == b"|":
        return Carrier.STR_DELIMITED
    if first.startswith(b"H01") and b"|" not in first and _RECORD < len(first) <= _FIXED_WIDTH:
        return Carrier.STR_FIXED
    if first[_SIZES] == b"094101" or (first[:1] and first[:1] in _NACHA_FIRST and len(first.rstrip()) > _RECORD // 2):
        return Carrier.NACHA
    return Carrier.UNKNOWN


def read_reports(data: bytes, *, near: date, tolerated: frozenset[str] = frozenset()) -> tuple[Report, ...]:
    """Return every report in some bytes, one an account and statement, in the order they stand; at least one.

    As ``read_report`` otherwise, for carriers that hold several reports in one file.
    """
    return (read_report(data, near=near, tolerated=tolerated),)


def read_report(data: bytes, *, near: date, tolerated: frozenset[str] = frozenset()) -> Report:
    """Return the report in some bytes, read by the carrier its content shows.

    Never raises on content. Bytes that are no report we read give one with carrier ``unknown`` and one problem; so do
    more than 1 GiB. ``near`` is a day close to the report's, for dates that carry no year. This bank's NACHA files may
    fail the ``tolerated`` checks beside those that any bank's may.
    """
    if len(data) > MAX_BYTES:
        return _refused("report-too-large", "The report is larger than 1 GiB and was not read.")
    match recognise(data):
        case Carrier.NACHA:
            return read_nacha(data, near=near, tolerated=tolerated)
        case Carrier.STR_DELIMITED:
            return read_str(data, packaged_layout(DELIMITED_LAYOUT))
        case Carrier.STR_FIXED:
            return read_str(data, packaged_layout(FIXED_LAYOUT))
        case Carrier.ACKNOWLEDGEMENT:
            return read_acknowledgement(data, packaged_layout(ACKNOWLEDGEMENT_LAYOUT))
        case _:
            return _refused("report-unknown", _what_it_looks_like(data))


def _what_it_looks_like(data: bytes) -> str:
    start = data.removeprefix(BOM).lstrip()
    if not start:
        return "The report is empty."
    for prefix, name in _FOREIGN:
        if start.startswith(prefix):
            return f"This looks like {name}, which is not read here; it was kept as it came."
    return "This is no report of a kind we read; it was kept as it came."


def _refused(check: str, message: str) -> Report:
    findings = Findings()
    findings.add(check, message)
    return Report(carrier=Carrier.UNKNOWN, problems=findings.all())
