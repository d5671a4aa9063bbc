"""Follow an exported audit chain with plain Python: python ingather_verify.py EXPORT.jsonl [ANCHORS ...].

The export has one JSON object a line: about the export, the records, the head. A record's hash is SHA-256 over the
32 bytes of the hash before it (zeros for the first) and the UTF-8 of the JSON array [seq,at,actor,verb,subject,detail]
without spaces, nothing escaped but what JSON demands. ANCHORS are files with lines "seq hash instant instance". Exit 0:
it holds; 40: it does not, and the first record at fault is named; 2: that is no export.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

FIELDS = ("seq", "at", "actor", "verb", "subject", "detail")


def _digest(record: dict[str, Any], previous: str, number: int) -> str | None:
    kinds = [type(record.get(name)) for name in FIELDS]
    if kinds != [int, int, str, str, str, str]:
        return None
    content = json.dumps([number] + [record[name] for name in FIELDS[1:]], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(bytes.fromhex(previous) + content.encode("utf-8", "surrogatepass")).hexdigest()


def _own_number(record: dict[str, Any], near: int, places: dict[str, Any]) -> Any:  # noqa: ANN401 -- a number or None
    previous, value = str(record.get("previous")), record.get("hash")
    try:
        bytes.fromhex(previous)
    except ValueError:
        return None
    place: Any = places.get(previous)
    around = range(max(1, near - 1000), near + 1000) if place is None else range(place, place + 3)
    for number in [near, near + 1, *around]:
        if _digest(record, previous, number) == value:
            return number
    return None


def _fault_in(records: list[dict[str, Any]], first: int, previous: str) -> tuple[int, str] | None:  # noqa: PLR0911 -- one answer a kind of fault
    places: dict[str, Any] = {str(each.get("hash")): each.get("seq") for each in records}
    for place, record in enumerate(records):
        seq, number, before = first + place, record.get("seq"), record.get("previous")
        if number == seq and before == previous and _digest(record, previous, seq) == record.get("hash"):
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
        if own is None or before == previous or _digest(record, previous, seq) == record.get("hash"):
            return seq, "changed"
        if own == seq:
            alone = seq == first or (after and after.get("previous") != record["hash"])
            return (seq if alone else seq - 1), "changed"
        if own < seq:
            return own, "inserted"
        moved_up = after is None or (after_own == own + 1 and after.get("previous") == record["hash"])
        return seq, "missing" if moved_up else "out_of_order"
    return None


def _anchors_in(paths: list[str], instance: str) -> list[tuple[int, str, str]]:
    found = []
    for path in paths:
        with open(path, encoding="ascii", errors="replace") as lines:  # noqa: PTH123 -- as plain as can be
            words = [line.split() for line in lines]
        found += [(int(each[0]), each[1], path) for each in words if each[3:] == [instance] and each[0].isdigit()]
    return sorted(found)


def _judged(
    records: list[dict[str, Any]],
    about: dict[str, Any],
    head: dict[str, Any] | None,
    anchors: list[tuple[int, str, str]],
) -> str | None:
    first = about["first"]
    start = str(records[0].get("previous")) if first > 1 and records else "00" * 32
    fault = _fault_in(records, first, start)
    if fault:
        return "Record {} is at fault: {}.".format(*fault)
    last, good = first + len(records) - 1, 0
    hashes = {each["seq"]: each["hash"] for each in records}
    if records and (head is None or (head["seq"], head["hash"]) != (last, hashes[last])):
        return f"Record {last + 1} is at fault: cut. The export does not end with its head."
    for seq, value, where in anchors:
        if seq > last and not about.get("last"):
            return f"Record {last + 1} is at fault: cut. {where} kept record {seq}; the last one that holds is {good}."
        if seq in hashes and hashes[seq] != value:
            return f"Record {good + 1} is at fault: rewritten, up to {seq}, which {where} kept. Good until {good}."
        good = seq if seq in hashes else good
    return None


def _main() -> int:
    try:
        with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 -- as plain as can be
            lines = [json.loads(line) for line in file]
        about, head = lines[0], lines[-1].get("head") if len(lines) > 1 else None
        records = lines[1:-1] if head else lines[1:]
        instance = str(about["instance"]) if about["ingather_audit"] == 1 else ""
    except (IndexError, KeyError, OSError, TypeError, ValueError):
        print("Give an export of the audit chain, and perhaps files of anchors.")  # noqa: T201 -- it tells people
        return 2
    fault = _judged(records, about, head, _anchors_in(sys.argv[2:], instance))
    print(fault or f"{len(records)} records hold. The head is {head and head['hash']}")  # noqa: T201 -- it tells people
    return 40 if fault else 0


if __name__ == "__main__":
    sys.exit(_main())
