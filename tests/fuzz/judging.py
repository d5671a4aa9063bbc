"""One damaged file before both readers: no exception, no hang, the same facts, and no wrong control taken for right."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from random import Random
from time import thread_time

from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from tests.fuzz.comparing import compare
from tests.fuzz.mutations import mutate
from tests.fuzz.seed_files import seeds
from tests.fuzz.slow_frames import claimed, differs, hash_of, total
from tests.fuzz.slow_reader import SlowReading, read_slowly

SECONDS_PER_10_KB = 0.050
MEASURED_AGAIN = 5
HASH = 10**10
PIECE = re.compile(r"_?CHUNK(_ROWS)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """One damaged file: the name of the good one, and the bytes, which the repr does not show."""

    name: str
    data: bytes

    def __repr__(self) -> str:
        """Return the name and how many bytes there are, none of them."""
        return f"Damaged(name={self.name!r}, bytes={len(self.data)})"


@cache
def _sources() -> list[tuple[str, bytes]]:
    return sorted(seeds().items())


def damaged_file(seed: int, number: int) -> Damaged:
    """Return the damaged file of this number among those of a seed: always the same one."""
    chance = Random(f"{seed}/{number}")  # noqa: S311 -- the same damage every time
    sources = _sources()
    name, source = chance.choice(sources)
    return Damaged(name=name, data=mutate(source, chance, [data for _, data in sources]))


def faults_of(data: bytes) -> list[str]:
    """Return what is wrong with how some bytes are read, in words without any text of theirs."""
    start = thread_time()
    try:
        reading = read(data)
    except Exception as error:  # noqa: BLE001 -- whatever is raised is the finding
        return [f"reading raised {type(error).__name__}"]
    seconds = thread_time() - start
    slow = read_slowly(data)
    faults = compare(reading, slow)
    faults += silently_accepted(reading, slow)
    if is_too_long(seconds, data) and all(is_too_long(_seconds_of(data), data) for _ in range(MEASURED_AGAIN)):
        faults.append(f"reading {len(data):,} bytes took over {allowed_seconds(data):.3f} s")
    return faults


@contextmanager
def small_pieces(rows: int) -> Iterator[int]:
    """Let every part of the format go through its columns so many rows at a time; yield how many parts do so."""
    places = [
        (module, name, value)
        for title, module in sorted(sys.modules.items())
        if title.startswith("ingather.nacha")
        for name, value in vars(module).items()
        if PIECE.fullmatch(name)
    ]
    try:
        for module, name, _ in places:
            setattr(module, name, rows)
        yield len(places)
    finally:
        for module, name, value in places:
            setattr(module, name, value)


def allowed_seconds(data: bytes) -> float:
    """Return how long reading may take: 50 ms for each 10 kB begun."""
    return SECONDS_PER_10_KB * max(1.0, len(data) / 10_000)


def is_too_long(seconds: float, data: bytes) -> bool:
    """Return whether reading these bytes took longer than it may; one slow measurement is not yet a verdict."""
    return seconds > allowed_seconds(data)


def _seconds_of(data: bytes) -> float:
    start = thread_time()
    read(data)
    return thread_time() - start


def silently_accepted(reading: Reading, slow: SlowReading) -> list[str]:
    """Return the controls that claim something wrong although the columnar reader found no error at all."""
    return list(_wrong_controls(slow)) if reading.ok else []


def _wrong_controls(slow: SlowReading) -> Iterator[str]:
    """Add up once more what every control claims; this needs no list of problems."""
    for batch in slow.structure.batches:
        if batch.control is None:
            continue
        counted = {
            "entry_addenda_count": len(batch.entries) + batch.addenda,
            "entry_hash": hash_of(batch),
            "total_debit": total(batch.entries, debit=True),
            "total_credit": total(batch.entries, debit=False),
        }
        for name, amount in counted.items():
            if differs(batch.claim(name), amount):
                yield f"the {name} of the batch control on line {batch.control.line} was silently accepted"
    for file in slow.structure.files:
        if file.control is None:
            continue
        for name in ("entry_addenda_count", "entry_hash", "total_debit", "total_credit"):
            amount = sum(claimed(batch, name) for batch in file.batches)
            amount = amount % HASH if name == "entry_hash" else amount
            if differs(file.control.text[file.control_layout.span(name)], amount):
                yield f"the {name} of the file control on line {file.control.line} was silently accepted"
