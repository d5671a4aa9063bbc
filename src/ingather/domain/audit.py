"""The audit chain: what a record's hash covers, and which record is at fault where the chain does not follow.

A record's hash is SHA-256 over the hash before it and the JSON of its own fields, so that whoever changes, takes out,
moves or puts in a record must make every later hash anew; that is seen where a head was kept elsewhere, an anchor.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from json.encoder import encode_basestring
from typing import TypeAlias

GENESIS = bytes(32)
_NEAR = 1_000
_AFTER = 2

Row: TypeAlias = tuple[int, int, str, str, str, str, bytes, bytes]
"""A record as it is kept: number, microseconds UTC, actor, verb, subject, detail as JSON text, previous hash, hash.

What somebody wrote past us may be of any type.
"""


class AnchorPlace(StrEnum):
    """Where a head of the chain is kept: by the host beside its keys, or in a file elsewhere."""

    HOST = "host"
    FILE = "file"


class FaultKind(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "changed"
    MISSING = "missing"
    MOVED = "out_of_order"
    INSERTED = "inserted"
    CUT = "cut"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, at which record, in a sentence; ``until`` is the last record that it may be where that is open."""

    seq: int
    kind: FaultKind
    sentence: str
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head that was kept: its number, its hash, where, and when if that is known."""

    seq: int
    hash: bytes
    where: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far a chain follows: its last good record and that one's hash, and the hashes that were asked for."""

    seq: int
    hash: bytes
    fault: Fault | None = None
    found: Mapping[int, bytes] = field(default_factory=dict)


def record_hash(previous: bytes, seq: int, at: int, actor: str, verb: str, subject: str, detail: str) -> bytes:
    """Return the hash of a record that follows one with the hash ``previous``; raises ``TypeError`` for other types.

    Over ``previous`` and the JSON array ``[seq,at,actor,verb,subject,detail]`` in UTF-8 without spaces.
    """
    if type(seq) is not int or type(at) is not int:
        message = "a record's number and instant are whole numbers"
        raise TypeError(message)
    words = ",".join(map(encode_basestring, (actor, verb, subject, detail)))
    return sha256(previous + f"[{seq},{at},{words}]".encode("utf-8", "surrogatepass")).digest()


def walk(
    rows: Iterable[Row],
    *,
    after: tuple[int, bytes] = (0, GENESIS),
    wanted: Iterable[int] = (),
    place_of: Callable[[bytes], int | None],
) -> Walk:
    """Follow records in the order of their numbers, from the one after ``after`` on, to the first that is at fault.

    ``wanted`` are records whose hashes are to be returned; ``place_of`` finds the number under which a hash stands.
    """
    asked = frozenset(wanted)
    found: dict[int, bytes] = {}
    seq, previous = after
    following = iter(rows)
    for row in following:
        seq += 1
        if row[0] != seq or row[6] != previous or _hash_at(row, previous, seq) != row[7]:
            last = (seq - 1, previous)
            fault = _diagnose(last, row, list(islice(following, _AFTER)), place_of)
            return Walk(seq=min(seq - 1, max(fault.seq - 1, 0)), hash=previous, fault=fault, found=found)
        previous = row[7]
        if seq in asked:
            found[seq] = previous
    return Walk(seq=seq, hash=previous, found=found)


def judge_anchors(walked: Walk, anchors: Sequence[Anchor]) -> Fault | None:
    """Return what anchors know of a chain that follows in itself: that its end was cut off, or hashes made anew."""
    held = 0
    for anchor in sorted(anchors, key=lambda each: each.seq):
        known = GENESIS if not anchor.seq else walked.found.get(anchor.seq)
        if anchor.seq > walked.seq:
            return Fault(
                seq=walked.seq + 1,
                kind=FaultKind.CUT,
                until=anchor.seq,
                sentence=f"The chain ends at record {walked.seq}, and {anchor.where} kept record {anchor.seq}: "
                f"everything from record {walked.seq + 1} on was cut off. {_held(held)}",
            )
        if known != anchor.hash:
            return Fault(
                seq=held + 1,
                kind=FaultKind.REWRITTEN,
                until=anchor.seq,
                sentence=f"Record {anchor.seq} is not the one that {anchor.where} kept: a record from {held + 1} to "
                f"{anchor.seq} is another, and all hashes after it were made anew. {_held(held)}",
            )
        held = anchor.seq
    return None


def _held(seq: int) -> str:
    return f"The last anchored record that holds is {seq}." if seq else "No anchored record holds."


def _hash_at(row: Row, previous: object, seq: int) -> bytes | None:
    """Return the hash of a row's content under a number and after a hash; None for what no record of ours can hold."""
    try:
        return record_hash(previous, seq, *row[1:6])  # type: ignore[arg-type]  # what is of another type raises
    except TypeError:
        return None


def _own_number(row: Row, near: int, place_of: Callable[[bytes], int | None]) -> int | None:
    """Return the number under which a row's hash was made, None where none fits: its content is another's."""
    if not isinstance(row[6], bytes):
        return None
    place = place_of(row[6])
    # Behind the record that it names, give or take one that was moved; where that is gone, in some place around.
    around = range(max(1, near - _NEAR), near + _NEAR) if place is None else (place + 1, place, place + 2)
    return next((number for number in (near, near + 1, *around) if _hash_at(row, row[6], number) == row[7]), None)


def _diagnose(
    last: tuple[int, bytes], row: Row, following: Sequence[Row], place_of: Callable[[bytes], int | None]
) -> Fault:
    """Say what is wrong with the first row that does not follow; ``following`` are the next ones, if any."""
    seq, previous = last[0] + 1, last[1]
    own = _own_number(row, seq, place_of)
    if row[0] < seq:
        return _strange(own, row[0])
    if row[0] > seq:
        renumbered = own == seq and row[6] == previous
        said = f"stands under the number {row[0]}" if renumbered else f"is missing; the next one is {row[0]}"
        return _fault(seq, FaultKind.MOVED if renumbered else FaultKind.MISSING, f"Record {seq} {said}.")
    after = following[0] if following else None
    after_own = None if after is None else _own_number(after, (own or seq - 1) + 1, place_of)
    if own is None and after is not None and after_own == seq and after[6] == previous:
        return _fault(seq, FaultKind.INSERTED, f"Record {seq} was put in: the one that was it stands after it.")
    if own is None or row[6] == previous or _hash_at(row, previous, seq) == row[7]:
        return _fault(seq, FaultKind.CHANGED, f"Record {seq} was changed: its hash is not that of its content.")
    if own == seq:
        return _made_anew(seq, row, after)
    follows_it = after is None or (after_own == own + 1 and after[6] == row[7])
    return _misplaced(own, seq, follows_it=follows_it)


def _made_anew(seq: int, row: Row, after: Row | None) -> Fault:
    """Say which of two records was made anew, hash and all: this one, or the one before it that it does not name."""
    if seq == 1 or (after is not None and after[6] != row[7]):
        said = f"Record {seq} was changed: it names another record before it, and its hash was made anew."
        return _fault(seq, FaultKind.CHANGED, said)
    said = f"Record {seq - 1} was changed and its hash made anew: record {seq} still names the one that was there."
    return _fault(seq - 1, FaultKind.CHANGED, said)


def _misplaced(own: int, seq: int, *, follows_it: bool) -> Fault:
    """Say how a record came to another's place; ``follows_it`` is whether the next one follows it as it always did."""
    if own < seq:
        return _fault(own, FaultKind.INSERTED, f"Record {own} was put in: the one that was it stands under {seq}.")
    if follows_it:
        said = f"Record {seq} is missing: record {own} and those after it were moved up to its place."
        return _fault(seq, FaultKind.MISSING, said)
    return _fault(seq, FaultKind.MOVED, f"Record {own} stands in the place of record {seq}.")


def _strange(own: int | None, number: int) -> Fault:
    if own is not None and own != number:
        return _fault(own, FaultKind.MOVED, f"Record {own} stands under the number {number}.")
    return _fault(number, FaultKind.INSERTED, f"Record {number} was put in: no record has this number here.")


def _fault(seq: int, kind: FaultKind, sentence: str) -> Fault:
    return Fault(seq=seq, kind=kind, sentence=sentence)


def anchor_line(seq: int, value: bytes, *, at: str, instance: str) -> str:
    """Return the line that keeps a head: its number, its hash, when it was kept, and whose book it is."""
    return f"{seq} {value.hex()} {at} {instance}"


def parse_anchor_line(line: str, *, where: str) -> tuple[Anchor, str] | None:
    """Return the head that a line keeps, and the instance of its book; None for what is no such line."""
    words = line.split()
    try:
        seq, value, at, instance = words
        anchor = Anchor(seq=int(seq), hash=bytes.fromhex(value), where=where, at=datetime.fromisoformat(at))
    except ValueError:
        return None
    proper = anchor.seq >= 0 and len(anchor.hash) == len(GENESIS) and anchor.at is not None and anchor.at.tzinfo
    return (anchor, instance) if proper else None
