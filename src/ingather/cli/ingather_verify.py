"""Follow an exported audit chain with plain Python: python ingather_verify.py EXPORT.jsonl [ANCHORS ...].

The export has one JSON object a line: about the export, the records, the head. A record's hash is SHA-256 over the
32 bytes of the hash before it (zeros for the first) and the UTF-8 of the JSON array [seq,at,actor,verb,subject,detail]
without spaces, nothing escaped but what JSON demands. ANCHORS are files with lines "seq hash instant instance". What
the first line has as "released" are heads of copies that were released in a lost book's place, and when they were found
to be copies: what was kept after such a head and before that is the lost book's, and only counted. Exit 0: it holds;
40: it does not, and the first record at fault is named; 2: that is no export, or no anchors of this book.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

FIELDS = ("seq", "at", "actor", "verb", "subject", "detail")
ZEROS = "00" * 32
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 -- also for older Pythons


def _digest(record: dict[str, Any], previous: str, number: int) -> str | None:
    kinds = [type(record.get(name)) for name in FIELDS]
    if kinds != [int, int, str, str, str, str]:
        return None
    try:
        before = bytes.fromhex(previous)
    except ValueError:
        return None
    content = json.dumps([number] + [record[name] for name in FIELDS[1:]], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(before + content.encode("utf-8", "surrogatepass")).hexdigest()


def _fits(record: dict[str, Any], previous: str, number: int) -> bool:
    digest = _digest(record, previous, number)
    return digest is not None and digest == record.get("hash")


def _own_number(record: dict[str, Any], near: int, places: dict[str, Any]) -> Any:  # noqa: ANN401 -- a number or None
    previous = str(record.get("previous"))
    place: Any = places.get(previous)
    around = range(max(1, near - 1000), near + 1000) if place is None else range(place, place + 3)
    for number in [near, near + 1, *around]:
        if _fits(record, previous, number):
            return number
    return None


def _fault_in(records: list[dict[str, Any]], first: int, previous: str) -> tuple[int, str] | None:  # noqa: PLR0911 -- one answer a kind of fault
    places: dict[str, Any] = {str(each.get("hash")): each.get("seq") for each in records}
    for place, record in enumerate(records):
        seq, number, before = first + place, record.get("seq"), record.get("previous")
        if number == seq and before == previous and _fits(record, previous, seq):
            previous = record["hash"]
            continue
        if type(number) is not int:
            return seq, "changed"
        own = _own_number(record, seq, places)
        after = records[place + 1] if place + 1 < len(records) else None
        after_own = _own_number(after, (own or seq - 1) + 1, places) if after else None
        if number < seq:
            return (number, "inserted") if own is None or own == number else (own, "out_of_order")
        if number > seq:
            return seq, "out_of_order" if own == seq and before == previous else "missing"
        if own is None and after and after_own == seq and after.get("previous") == previous:
            return seq, "inserted"
        if own is None or before == previous or _fits(record, previous, seq):
            return seq, "changed"
        if own == seq:
            alone = seq == first or (after and after.get("previous") != record["hash"])
            return (seq if alone else seq - 1), "changed"
        if own < seq:
            return own, "inserted"
        moved_up = after is None or (after_own == own + 1 and after.get("previous") == record["hash"])
        return seq, "missing" if moved_up else "out_of_order"
    return None


def _anchors_in(path: str, about: dict[str, Any]) -> tuple[list[tuple[int, str, str]], int]:
    """Return the heads of this book in a file, and how many of them are a lost book's; raises ValueError for none."""
    found, lost = [], 0
    with open(path, encoding="ascii", errors="replace") as lines:  # noqa: PTH123 -- as plain as can be
        words = [line.split() for line in lines]
    for each in words:
        try:
            seq, value, at, instance = each
            kept = datetime.fromisoformat(at.replace("Z", "+00:00"))  # noqa: FURB162 -- older Pythons know no Z
            micros = (kept - EPOCH) // timedelta(microseconds=1)
            proper = instance == about["instance"] and int(seq) >= 0 and len(bytes.fromhex(value)) == len(ZEROS) // 2
        except (TypeError, ValueError):
            continue
        if proper and any(int(seq) > head and micros < begun for head, begun in about.get("released", [])):
            lost += 1
        elif proper:
            found.append((int(seq), value.lower(), path))
    if not found and not lost:
        message = f"{path} keeps no head of this book: nothing can be compared with it."
        raise ValueError(message)
    return found, lost


def _judged(
    records: list[dict[str, Any]],
    about: dict[str, Any],
    head: dict[str, Any] | None,
    anchors: list[tuple[int, str, str]],
) -> str | None:
    first, until = about["first"], about.get("last")
    start = str(records[0].get("previous")) if first > 1 and records else ZEROS
    fault = _fault_in(records, first, start)
    if fault:
        return "Record {} is at fault: {}.".format(*fault)
    last, good = first + len(records) - 1, 0
    hashes = {first - 1: start, **{each["seq"]: each["hash"] for each in records}}
    if head is None or (head.get("seq"), head.get("hash")) != (last, hashes[last]):
        return f"Record {last + 1} is at fault: cut. The export does not end with its head."
    for seq, value, where in sorted(anchors):
        if seq > last and (until is None or seq <= until):
            return f"Record {last + 1} is at fault: cut. {where} kept record {seq}; the last one that holds is {good}."
        if seq in hashes and hashes[seq] != value:
            return f"Record {good + 1} is at fault: rewritten, up to {seq}, which {where} kept. Good until {good}."
        good = seq if seq in hashes else good
    return None


def _read(path: str) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any] | None]:
    """Return an export's first line, its records, and its head; raises ValueError for what is no export."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 -- as plain as can be
        lines = file.read().split("\n")
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, 1):
        try:
            found.append(json.loads(line))
        except (RecursionError, ValueError):
            found.append([])  # type: ignore[arg-type]  # no object is what is refused below
        if type(found[-1]) is not dict:
            message = f"Line {number} is no JSON object: that is no whole export of the audit chain."
            raise ValueError(message)
    about: dict[str, Any] = found[0] if found else {}
    kinds = [type(about.get(name)) for name in ("ingather_audit", "first", "instance")]
    until, released = about.get("last"), about.get("released", [])
    if (
        kinds != [int, int, str] or about["ingather_audit"] != 1 or about["first"] < 1
        or type(until) not in (int, type(None)) or type(released) is not list
        or any(type(each) is not list or [type(part) for part in each] != [int, int] for each in released)
    ):  # fmt: skip
        message = "The first line says nothing of an export of the audit chain that this program knows."
        raise ValueError(message)
    head = found[-1].get("head") if len(found) > 1 else None
    if head is not None and type(head) is not dict:
        message = "The last line is no head of the audit chain."
        raise ValueError(message)
    return about, found[1:-1] if head is not None else found[1:], head


def _main() -> int:
    anchors: list[tuple[int, str, str]] = []
    lost = 0
    try:
        about, records, head = _read(sys.argv[1])
        for path in sys.argv[2:]:
            mine, others = _anchors_in(path, about)
            anchors, lost = anchors + mine, lost + others
    except (IndexError, OSError, ValueError) as error:
        why = "" if isinstance(error, (IndexError, UnicodeError)) else f"{error} "
        print(why + "Give an export of the audit chain, and perhaps files of anchors.")  # noqa: T201 -- it tells people
        return 2
    fault = _judged(records, about, head, anchors)
    print(fault or f"{len(records)} records hold. The head is {head and head['hash']}")  # noqa: T201 -- it tells people
    if lost:
        print(f"{lost} head(s) of a book in whose place a copy was released are left out.")  # noqa: T201 -- it tells people
    return 40 if fault else 0


if __name__ == "__main__":
    sys.exit(_main())
