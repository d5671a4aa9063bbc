"""The same days told by a bank in other ways: in parts, all over again, corrected, with rows that look alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingather.simulator.state import Delivery
from tests.journey.answers import with_totals

_KIND, _MODE, _SEQUENCE, _ID, _PREVIOUS, _STATUS, _CORRECTS = 5, 6, 10, 12, 13, 14, 15
_DAY = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One delimited report: its header, the rows between header and balances, and what the account opened with."""

    header: tuple[str, ...]
    body: tuple[str, ...]
    opening: int = 0
    mode: str = "DELTA"
    final: bool = True
    corrects: str = ""
    name: str = field(default="", compare=False)

    @property
    def day(self) -> str:
        """Return the banking day, YYYYMMDD."""
        return self.header[_DAY]

    @property
    def moved(self) -> int:
        """Return what its postings come to, in cents."""
        rows = [line.split("|") for line in self.body if line.startswith("P|")]
        return sum(int(row[3]) * (1 if row[4] == "C" else -1) for row in rows)


def parts_of(reports: Sequence[Delivery]) -> list[Part]:
    """Return daily reports as parts, in their order."""
    found = []
    for report in reports:
        lines = report.data.decode("ascii").splitlines()
        body = tuple(line for line in lines if line[0] not in "HBT")
        opening = next(line.split("|") for line in lines if line.startswith("B|OPENING|"))
        found.append(Part(header=tuple(lines[0].split("|")), body=body, opening=int(opening[2]), name=report.name))
    return found


def numbered(parts: Sequence[Part]) -> list[tuple[str, bytes]]:
    """Return reports with their numbers, names and balances made to follow one another; names tell their order."""
    running = parts[0].opening
    number = int(parts[0].header[_SEQUENCE]) - 1
    before = parts[0].header[_PREVIOUS]
    opened: dict[str, int] = {}
    found: list[tuple[str, bytes]] = []
    for part in parts:
        number += 0 if part.corrects else 1
        name = f"STR-{part.day}-{number:04d}"
        header = list(part.header)
        header[_KIND], header[_MODE] = "EOD" if part.final else "INTRADAY", part.mode
        header[_SEQUENCE], header[_ID], header[_PREVIOUS] = str(number), name, before
        if part.corrects:
            header[_ID], header[_STATUS], header[_CORRECTS] = f"{name}C", "CORRECTION", name
        opening = opened.setdefault(part.day, running)
        whole = bool(part.corrects) or part.mode == "CUMULATIVE"
        running = (opening if whole else running) + part.moved
        found.append((f"{name}{'C' if part.corrects else ''}.txt", _report(header, part, opening, running)))
        before = name
    return found


def split_day(part: Part, cuts: Sequence[int], *, mode: str) -> list[Part]:
    """Return a day told in several reports: each what is new, or each all of the day so far."""
    edges = [0, *cuts, len(part.body)]
    found = []
    for index, (start, end) in enumerate(pairwise(edges)):
        body = part.body[start:end] if mode == "DELTA" else part.body[:end]
        found.append(replace(part, body=body, mode=mode, final=index == len(edges) - 2))
    return found


def corrected_day(part: Part, *, without: int) -> list[Part]:
    """Return a day told without one of its rows, and the correction that tells of all."""
    first = replace(part, body=tuple(line for index, line in enumerate(part.body) if index != without))
    return [first, replace(part, corrects="yes")]


def _report(header: Sequence[str], part: Part, opening: int, closing: int) -> bytes:
    balances = [
        f"B|{kind}|{abs(cents)}|{'D' if cents < 0 else 'C'}|{part.day}"
        for kind, cents in (("OPENING", opening), ("CLOSING", closing))
    ]
    return with_totals(["|".join(header), *part.body, *(balances if part.final else [])])
