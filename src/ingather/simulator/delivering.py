"""The way from the bank's evening to us: files are late, twice, split, joined, cut or out of order.

Every fault is drawn for the file by its name, so that it strikes the same file in every run.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from types import MappingProxyType

from ingather.simulator.banking_days import after
from ingather.simulator.behaviour import Delivering, Faults
from ingather.simulator.chance import TEN_THOUSAND
from ingather.simulator.evenings import Back, Evening
from ingather.simulator.intake import Desk
from ingather.simulator.return_files import write_back
from ingather.simulator.state import BankState, Delivery, Kind
from ingather.simulator.str_reports import compact

_SHUFFLE_SIDES = 1 << 32
_PREFIXES: Mapping[Kind, str] = MappingProxyType({Kind.RETURN: "RET", Kind.CHANGE: "COR", Kind.DISPUTE: "DIS"})
# The letters by which the files of one minute differ: the first, and the second part of one that was split.
_MODIFIERS: Mapping[Kind, str] = MappingProxyType({Kind.RETURN: "AN", Kind.CHANGE: "BP", Kind.DISPUTE: "CQ"})
_AGAIN_AFTER = timedelta(minutes=30)


def back_files(desk: Desk, evening: Evening, at: datetime) -> list[Delivery]:
    """Return the NACHA files of an evening: per kind, originator and destination one, or two where it is split."""
    of_kinds = {Kind.RETURN: evening.returned, Kind.CHANGE: evening.changed, Kind.DISPUTE: evening.disputed}
    files = [item for kind, items in of_kinds.items() for item in _files_of(desk, kind, items, at)]
    name = f"RET-{compact(evening.day)}"
    if len(files) > 1 and desk.chance.happens("joined", name, desk.behaviour.delivering.faults.joined):
        data = b"".join(item.data for item in files)
        return [replace(files[0], name=f"{name}-JOINED.ach", data=data)]
    return files


def delivered(
    desk: Desk, state: BankState, overdue: Sequence[Delivery], fresh: Sequence[Delivery], at: datetime
) -> list[Delivery]:
    """Return what goes out this evening: what is ``overdue`` and what is ``fresh``, as the scenario delivers it."""
    delivering = desk.behaviour.delivering
    faults = delivering.faults
    on_time = list(overdue)
    for item in fresh:
        if not desk.chance.happens("late", item.name, faults.late):
            on_time.append(item)
            continue
        days = 1 + desk.chance.draw("late for", item.name, faults.late_for)
        late_at = datetime.combine(after(at.date(), days, desk.is_banking_day), at.timetz())
        state.held_back.append(replace(item, at=late_at))
    out = [each for item in on_time for each in _copies(desk, delivering, item)]
    shuffled = desk.chance.happens("shuffled", f"{at:%Y%m%d}", faults.shuffled)
    if delivering.shuffles or shuffled:
        out.sort(key=lambda item: desk.chance.draw("shuffle", item.name, _SHUFFLE_SIDES))
    return out


def acknowledged(desk: Desk, state: BankState, item: Delivery, key: str) -> list[Delivery]:
    """Return an acknowledgement as it comes: not at all, late, twice, or as it should; ``key`` names its file."""
    faults: Faults = desk.behaviour.delivering.faults
    key = f"{key}|{item.at.isoformat()}"
    if desk.chance.happens("acknowledgement lost", key, faults.ack_lost):
        state.lost.append(item.name)
        return []
    if desk.chance.happens("acknowledgement late", key, faults.ack_late):
        item = replace(item, at=item.at + faults.ack_late_by)
    if desk.chance.happens("acknowledgement twice", key, faults.ack_twice):
        return [item, replace(_renamed(item, "AGAIN"), at=item.at + _AGAIN_AFTER)]
    return [item]


def _files_of(desk: Desk, kind: Kind, items: Back, at: datetime) -> Iterator[Delivery]:
    """Yield the files of one kind."""
    by_party: defaultdict[tuple[str, str], Back] = defaultdict(list)
    for sent, entry in items:
        by_party[sent.origin, sent.destination].append((sent, entry))
    stem = f"{_PREFIXES[kind]}-{compact(at.date())}"
    for number, group in enumerate(by_party.values(), 1):
        name = f"{stem}-{number}" if number > 1 else stem
        parts = [group]
        if len(group) > 1 and desk.chance.happens("split", name, desk.behaviour.delivering.faults.split):
            parts = [group[: len(group) // 2], group[len(group) // 2 :]]
        for part, modifier, ending in zip(parts, _MODIFIERS[kind], ("", "-PART2"), strict=False):
            entries = [entry for _, entry in part]
            data = write_back(entries, sent=part[0][0], routing=desk.terms.routing, at=at, modifier=modifier)
            yield Delivery(name=f"{name}{ending}.ach", data=data, kind=kind, at=at)


def _copies(desk: Desk, delivering: Delivering, item: Delivery) -> Iterator[Delivery]:
    """Yield a file as often and as whole as it comes."""
    faults = delivering.faults
    if desk.chance.happens("cut", item.name, faults.cut):
        # At most a half: the controls are never in it, however much of a NACHA file's last block is filling.
        share = TEN_THOUSAND // 4 + desk.chance.draw("cut at", item.name, TEN_THOUSAND // 4)
        yield replace(item, data=item.data[: len(item.data) * share // TEN_THOUSAND])
        item = _renamed(item, "WHOLE")
    yield item
    if delivering.repeats or desk.chance.happens("twice", item.name, faults.twice):
        yield _renamed(item, "AGAIN")


def _renamed(item: Delivery, ending: str) -> Delivery:
    """Return the same bytes under another name."""
    path = PurePosixPath(item.name)
    return replace(item, name=f"{path.stem}-{ending}{path.suffix}")
