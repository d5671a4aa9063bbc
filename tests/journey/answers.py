"""What the bank delivers, picked apart and told otherwise: for tests of what arrives."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.state import Delivery, Kind
from ingather.simulator.str_reports import TRACE_HASH_MODULUS
from tests.journey.stage import bank_evening, night
from tests.unit.reports.answers import nacha_file

_SETTLED_AMOUNT, _RETURNED_AMOUNT, _ORIGINAL_TRACE, _POSTED_AMOUNT, _POSTED_SIGN = 10, 7, 3, 3, 4


def bank_days(stage: Stage, *days: date) -> list[Delivery]:
    """Run the nights and the bank's evenings of some days; nobody takes what the bank delivers."""
    delivered = []
    for day in days:
        night(stage, day)
        delivered += bank_evening(stage, day)
    return delivered


def of_kind(deliveries: Iterable[Delivery], kind: Kind) -> list[Delivery]:
    """Return the deliveries of one kind."""
    return [delivery for delivery in deliveries if delivery.kind is kind]


def returns_and_reports(deliveries: Iterable[Delivery]) -> tuple[Delivery, list[Delivery]]:
    """Return the one NACHA file of returns, and the daily reports."""
    (back,) = of_kind(deliveries, Kind.RETURN)
    return back, of_kind(deliveries, Kind.REPORT)


def retold(
    report: bytes,
    *,
    without: Callable[[str], bool] = lambda _: False,
    added: Sequence[str] = (),
    replaced: tuple[str, str] = ("", ""),
) -> bytes:
    """Return a delimited daily report with lines left out or added and a text replaced, its totals true again."""
    lines = report.decode("ascii").replace(*replaced).splitlines() if replaced[0] else report.decode().splitlines()
    body = [line for line in lines[:-1] if not without(line)]
    where = next(index for index, line in enumerate(body) if line.startswith("B|"))
    return with_totals([*body[:where], *added, *body[where:]])


def with_totals(lines: Sequence[str]) -> bytes:
    """Return a delimited report of these lines with a trailer that counts them."""
    rows = {kind: [line.split("|") for line in lines if line[0] == kind] for kind in "SRNDAPV"}
    posted = {
        sign: sum(int(row[_POSTED_AMOUNT]) for row in rows["P"] if row[_POSTED_SIGN] == sign) for sign in ("C", "D")
    }
    traces = sum(int(row[_ORIGINAL_TRACE][-10:]) for row in rows["R"]) % TRACE_HASH_MODULUS
    totals = [
        len(lines) + 1,
        len(rows["S"]),
        sum(int(row[_SETTLED_AMOUNT]) for row in rows["S"]),
        len(rows["R"]),
        sum(int(row[_RETURNED_AMOUNT]) for row in rows["R"]),
        *(len(rows[kind]) for kind in "NDAPV"),
        posted["C"],
        posted["D"],
        traces,
    ]
    trailer = "|".join(("T", *map(str, totals)))
    return "".join(f"{line}\n" for line in (*lines, trailer)).encode("ascii")


def batches_of(file: bytes) -> list[bytes]:
    """Return the batches of a NACHA file, each from its header to its control, without line ends."""
    batches: list[list[bytes]] = []
    for line in file.splitlines():
        if line[:1] == b"5":
            batches.append([])
        if line[:1] in b"5678":
            batches[-1].append(line)
    return [b"".join(batch) for batch in batches]


def file_of(*batches: bytes, created_on: str = "261118") -> bytes:
    """Return a NACHA file of whole batches."""
    return nacha_file(*batches, created_on=created_on)
