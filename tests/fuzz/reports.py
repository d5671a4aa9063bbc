"""Damaged reports before every reader of ours: STR, BAI2, camt, pain.002, SWIFT, acknowledgements, NACHA answers.

Whatever comes, a reader raises nothing, takes no longer than its size allows, and says the same when asked again. And
it accepts nothing silently: where exactly one digit was changed, a report that still ties with its own totals, is
complete and has no problem tells of the same money as the undamaged one.
"""

from collections import Counter
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from time import thread_time

from ingather.reports import recognise
from ingather.reports.digest import digest_of
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.recognise import read_reports
from tests.fuzz.judging import MEASURED_AGAIN, Damaged

ROOT = Path(__file__).parents[2]
NEAR = date(2026, 11, 23)
SUFFIXES = frozenset({".txt", ".ach", ".bai2", ".xml", ".sta", ".mt940", ".mt942", ".swi", ".txn", ".940", ".942"})
LARGEST = 40_000
SECONDS_PER_10_KB, LEAST_SECONDS = 0.150, 0.300
# What no total of the format covers: balances are held against the days around them, the others against our own rows.
_UNTOTALLED = frozenset({"balances", "dishonours", "entry_answers"})
_AMOUNTS = ("amount_minor", "amount_cents", "amount")
_ODD = (
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b",",
    b"/",
    b"|",
    b"<",
    b"&",
    b":61:",
    b"-}",
    b"88,",
)
_DIGITS = b"0123456789"


@cache
def sources() -> tuple[tuple[str, bytes], ...]:
    """Return the undamaged reports by name: the samples of every carrier that are small enough to be many."""
    places = (ROOT / "nacha_samples" / "reports", ROOT / "nacha_samples" / "returns", ROOT / "tests/golden/reports")
    found = {}
    for folder in places:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.stat().st_size <= LARGEST:
                data = path.read_bytes()
                if _read(data)[0].carrier is not Carrier.UNKNOWN:
                    found[path.relative_to(ROOT).as_posix()] = data
    return tuple(found.items())


def _read(data: bytes) -> tuple[Report, ...]:
    return read_reports(data, near=NEAR)


@cache
def _money(name: str) -> tuple[bool, Counter[str]]:
    """Return whether an undamaged report ties with its totals, and the money that it tells of."""
    reports = recognise.read_reports(dict(sources())[name], near=NEAR)
    return all(_accepted(report) for report in reports), _moved(reports)


def _accepted(report: Report) -> bool:
    return report.complete and report.control_totals is ControlTotals.TIE and not report.problems


def _moved(reports: tuple[Report, ...]) -> Counter[str]:
    moved: Counter[str] = Counter()
    for report in reports:
        for part in fields(report):
            if part.name in _UNTOTALLED:
                continue
            items = getattr(report, part.name)
            for name in _AMOUNTS:
                # Totals of most carriers are of sizes, whichever way the money goes.
                moved[part.name] += sum(map(abs, getattr(items, name, ()) or ())) if hasattr(items, "line") else 0
    return moved


def damaged_report(seed: int, number: int) -> tuple[Damaged, bool]:
    """Return the damaged report of this number, and whether exactly one digit of it was changed."""
    chance = Random(f"reports/{seed}/{number}")  # noqa: S311 -- the same damage every time
    name, source = chance.choice(sources())
    places = [at for at, byte in enumerate(source) if byte in _DIGITS] if chance.random() < 0.5 else []
    if places:
        at = chance.choice(places)
        other = chance.choice([digit for digit in _DIGITS if digit != source[at]])
        return Damaged(name=name, data=source[:at] + bytes([other]) + source[at + 1 :]), True
    data = source
    for _ in range(chance.randint(1, 4)):
        data = _WAYS[chance.randrange(len(_WAYS))](data, chance)
    return Damaged(name=name, data=data[:LARGEST]), False


def _flip(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(data: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randint(1, 200) :]


def _insert(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_ODD) * chance.randint(1, 3) + data[at:]


def _lines(data: bytes, chance: Random) -> bytes:
    """Drop, repeat, exchange or join lines."""
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data + data
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[one]
        case 1:
            lines.insert(two, lines[one])
        case 2:
            lines[one], lines[two] = lines[two], lines[one]
        case _:
            lines[one] = lines[one].rstrip(b"\r\n")
    return b"".join(lines)


def _splice(data: bytes, chance: Random) -> bytes:
    _, other = chance.choice(sources())
    at, since = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    return data[:at] + other[since:]


def _swell(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[max(0, at - 40) : at] * chance.randint(2, 60) + data[at:]


_WAYS = (_flip, _flip, _cut, _drop, _insert, _lines, _lines, _splice, _swell)


def allowed_seconds(data: bytes) -> float:
    """Return how long some bytes may take to read."""
    return max(LEAST_SECONDS, SECONDS_PER_10_KB * len(data) / 10_000)


def faults_of_report(damaged: Damaged, *, one_digit: bool) -> list[str]:
    """Return what is wrong with how a damaged report is read, in words without any text of it."""
    data, faults = damaged.data, []
    start = thread_time()
    try:
        reports = _read(data)
    except Exception as error:  # noqa: BLE001 -- whatever is raised is the finding
        return [f"reading raised {type(error).__name__}"]
    if thread_time() - start > allowed_seconds(data) and all(
        _seconds_of(data) > allowed_seconds(data) for _ in range(MEASURED_AGAIN)
    ):
        faults.append(f"reading {len(data):,} bytes took over {allowed_seconds(data):.3f} s")
    if not reports:
        faults.append("there is no report, not even one that says why")
    if [digest_of(report) for report in reports] != [digest_of(report) for report in _read(data)]:
        faults.append("reading it again tells something else")
    if one_digit and all(_accepted(report) for report in reports):
        tied, money = _money(damaged.name)
        if tied and _moved(reports) != money:
            faults.append("silently accepted: one digit changed the money, and totals tie without a problem")
    return faults


def _seconds_of(data: bytes) -> float:
    start = thread_time()
    _read(data)
    return thread_time() - start
