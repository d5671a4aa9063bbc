"""A bank's daily report with other money in it: postings put in, taken out or changed, and totals that still tie."""

from collections.abc import Iterable
from dataclasses import replace

from ingather.simulator.state import Delivery

_AMOUNT, _SIGN, _REF = 3, 4, 6


def report_of(things: Iterable[Delivery]) -> Delivery:
    """Return the daily report among what a bank delivers."""
    return next(thing for thing in things if thing.name.startswith("STR-"))


def posting(cents: int, *, day: str = "20261117", ref: str, code: str = "142", customer: str = "") -> str:
    """Return a P record; positive cents are a credit."""
    sign = "C" if cents > 0 else "D"
    return f"P|BAI2|{code}|{abs(cents)}|{sign}|{day}|{ref}|{customer}|SOMETHING"


def with_money(
    report: Delivery, *, add: Iterable[str] = (), without: str = "", change: tuple[str, int] | None = None
) -> Delivery:
    """Return a report with these P records more, without those of a type code, or with one of another amount."""
    lines = report.data.decode("ascii").splitlines()
    kept = [line for line in lines if not (without and line.startswith(f"P|BAI2|{without}|"))]
    last = max(index for index, line in enumerate(kept) if line[0] in "HSRNDAP")
    kept[last + 1 : last + 1] = list(add)
    if change is not None:
        kept = [_changed(line, change) for line in kept]
    moved = sum(_cents(line) for line in kept if line.startswith("P|"))
    was = sum(_cents(line) for line in lines if line.startswith("P|"))
    kept = [_closing(line, moved - was) if line.startswith("B|CLOSING|") else line for line in kept]
    trailer = next(line for line in kept if line.startswith("T|")).split("|")
    postings = [_cents(line) for line in kept if line.startswith("P|")]
    trailer[1], trailer[9] = str(len(kept)), str(len(postings))
    trailer[11] = str(sum(cents for cents in postings if cents > 0))
    trailer[12] = str(-sum(cents for cents in postings if cents < 0))
    kept = ["|".join(trailer) if line.startswith("T|") else line for line in kept]
    return replace(report, data=("\n".join(kept) + "\n").encode("ascii"))


def correction_of(report: Delivery) -> Delivery:
    """Return a report as the correction of the one that it was."""
    head, rest = report.data.decode("ascii").split("\n", 1)
    fields = head.split("|")
    fields[12], fields[14], fields[15] = f"{fields[12]}C", "CORRECTION", fields[12]
    name = report.name.replace("STR-", "STR-CORRECTED-")
    return replace(report, name=name, data=("|".join(fields) + "\n" + rest).encode("ascii"))


def _cents(line: str) -> int:
    fields = line.split("|")
    return int(fields[_AMOUNT]) * (1 if fields[_SIGN] == "C" else -1)


def _changed(line: str, change: tuple[str, int]) -> str:
    code, cents = change
    if not line.startswith(f"P|BAI2|{code}|"):
        return line
    fields = line.split("|")
    fields[_AMOUNT] = str(int(fields[_AMOUNT]) + cents)
    return "|".join(fields)


def _closing(line: str, more: int) -> str:
    fields = line.split("|")
    cents = int(fields[2]) * (1 if fields[3] == "C" else -1) + more
    fields[2], fields[3] = str(abs(cents)), "C" if cents >= 0 else "D"
    return "|".join(fields)
