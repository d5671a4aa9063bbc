"""A chain of audit records, and everything that somebody who got past the database might do to it.

Each deed takes the records as they were and returns them as they are then, with what must be said of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from ingather.domain.audit import GENESIS, Anchor, FaultKind, Row, record_hash

LENGTH = 60
EVERY = 12
KEEPER = "a file elsewhere"
ACTOR: Final = 2
VERB: Final = 3
SUBJECT: Final = 4
DETAIL: Final = 5
_PREVIOUS: Final = 6
_HASH: Final = 7
_BEGAN = 1_795_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done: the records afterwards, the record at fault, which words for it are right, and up to where."""

    rows: list[Row]
    seq: int
    kinds: frozenset[FaultKind] = field(default_factory=frozenset)
    until: int | None = None


def made_chain(length: int = LENGTH) -> list[Row]:
    """Return a chain of records."""
    words = [
        (_BEGAN + number * 1_000, f"user:u{number % 7}", f"verb_{number % 5}", f"ord_{number:013d}",
         f'{{"amount_minor":{number},"word":"żółć \\u2028"}}')
        for number in range(1, length + 1)
    ]  # fmt: skip
    return chained(words)


def chained(words: Sequence[tuple[int, str, str, str, str]], *, after: Sequence[Row] = ()) -> list[Row]:
    """Return records with these fields, numbered and hashed as they must be, after those that stand."""
    rows = list(after)
    for fields in words:
        seq, previous = len(rows) + 1, rows[-1][_HASH] if rows else GENESIS
        rows.append((seq, *fields, previous, record_hash(previous, seq, *fields)))
    return rows


def anchors_of(rows: Sequence[Row]) -> list[Anchor]:
    """Return the heads that were kept of a chain: every twelfth, and the last."""
    kept = {*range(EVERY, len(rows) + 1, EVERY), len(rows)}
    return [Anchor(seq=seq, hash=rows[seq - 1][_HASH], where=KEEPER) for seq in sorted(kept)]


def put(session: Session, rows: Sequence[Row]) -> None:
    """Make the book's chain these records, past every trigger, in the session's transaction."""
    session.execute(text("DELETE FROM audit"))
    names = ("seq", "at", "actor", "verb", "subject", "detail", "previous", "hash")
    marks = ", ".join(f":{name}" for name in names)
    session.execute(
        text(f"INSERT INTO audit ({', '.join(names)}) VALUES ({marks})"),  # noqa: S608 -- names of ours
        [dict(zip(names, row, strict=True)) for row in rows],
    )


def _with(row: Row, place: int, value: Any) -> Row:  # noqa: ANN401 -- whatever somebody writes
    return cast("Row", (*row[:place], value, *row[place + 1 :]))


def _numbered(rows: Sequence[Row]) -> list[Row]:
    return [_with(row, 0, seq) for seq, row in enumerate(rows, 1)]


def _flipped(value: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(value))
    return value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :]


def _forged(seq: int, previous: bytes, *, true_hash: bool = True) -> Row:
    fields = (_BEGAN + seq, "user:eve", "approve_file", "fil_0000000000001", "{}")
    value = record_hash(previous, seq, *fields) if true_hash else bytes(range(32))
    return (seq, *fields, previous, value)


def _only(*kinds: FaultKind) -> frozenset[FaultKind]:
    return frozenset(kinds)


def edit_a_field(rows: list[Row], chance: Random) -> Done:
    """Change one field of one record, to another word or by a space that nobody sees."""
    at = chance.randrange(len(rows))
    row, place = rows[at], chance.choice([1, ACTOR, VERB, SUBJECT, DETAIL, DETAIL, _PREVIOUS, _HASH])
    match place:
        case 1:
            value: Any = row[1] + chance.choice([-1, 1, 86_400_000_000])
        case 6 | 7:
            value = _flipped(row[place], chance)
        case 5:
            value = chance.choice([f"{row[DETAIL]} ", row[DETAIL].replace(":", ": ", 1), "{}", f" {row[DETAIL]}"])
        case _:
            value = chance.choice(["user:eve", f"{row[place]!s} ", "", str(row[place]).upper()])
    return Done(
        rows=[*rows[:at], _with(row, place, value), *rows[at + 1 :]], seq=at + 1, kinds=_only(FaultKind.CHANGED)
    )


def renumber_one(rows: list[Row], chance: Random) -> Done:
    """Give one record another number that is free."""
    at = chance.randrange(len(rows))
    free = chance.choice([0, -chance.randrange(1, 9), len(rows) + chance.randrange(1, 9)])
    moved = sorted([*rows[:at], _with(rows[at], 0, free), *rows[at + 1 :]], key=lambda row: row[0])
    return Done(rows=moved, seq=at + 1, kinds=_only(FaultKind.MOVED, FaultKind.MISSING))


def delete_some(rows: list[Row], chance: Random) -> Done:
    """Take records out, and perhaps close the gap."""
    at, many = chance.randrange(len(rows) - 5), chance.randrange(1, 5)
    left = rows[:at] + rows[at + many :]
    return Done(rows=chance.choice([left, _numbered(left)]), seq=at + 1, kinds=_only(FaultKind.MISSING))


def swap_two(rows: list[Row], chance: Random) -> Done:
    """Put two records into each other's places, whole or only what they tell."""
    first, second = sorted(chance.sample(range(len(rows)), 2))
    swapped = list(rows)
    if chance.randrange(3):
        swapped[first], swapped[second] = rows[second], rows[first]
        return Done(rows=_numbered(swapped), seq=first + 1, kinds=_only(FaultKind.MOVED))
    for here, there in ((first, second), (second, first)):
        swapped[here] = (rows[here][0], *rows[there][1:_PREVIOUS], *rows[here][_PREVIOUS:])
    return Done(rows=swapped, seq=first + 1, kinds=_only(FaultKind.CHANGED))


def rotate_some(rows: list[Row], chance: Random) -> Done:
    """Move one record some places up or down, and the others along."""
    at, over = chance.randrange(len(rows) - 10), chance.randrange(2, 9)
    block = rows[at : at + over]
    turned = block[1:] + block[:1] if chance.randrange(2) else block[-1:] + block[:-1]
    done = _numbered([*rows[:at], *turned, *rows[at + over :]])
    return Done(rows=done, seq=at + 1, kinds=_only(FaultKind.MOVED, FaultKind.MISSING))


def put_one_in(rows: list[Row], chance: Random) -> Done:
    """Put a record in that never was, with a hash that is right or not, and move the others down."""
    at = chance.randrange(len(rows) + 1)
    previous = rows[at - 1][_HASH] if at else GENESIS
    forged = _forged(at + 1, previous, true_hash=chance.randrange(2) == 0 and at < len(rows))
    if chance.randrange(10) == 0:
        return Done(rows=[_forged(-3, previous), *rows], seq=-3, kinds=_only(FaultKind.INSERTED))
    done = _numbered([*rows[:at], forged, *rows[at:]])
    at_end = at == len(rows)
    return Done(rows=done, seq=at + 1, kinds=_only(FaultKind.CHANGED if at_end else FaultKind.INSERTED))


def change_and_hash(rows: list[Row], chance: Random) -> Done:
    """Change a record and make its own hash anew, but none after it."""
    at = chance.randrange(len(rows) - 1)
    row = _with(rows[at], ACTOR, "user:eve")
    row = _with(row, _HASH, record_hash(row[_PREVIOUS], *row[:_PREVIOUS]))
    return Done(rows=[*rows[:at], row, *rows[at + 1 :]], seq=at + 1, kinds=_only(FaultKind.CHANGED))


def cut_the_end(rows: list[Row], chance: Random) -> Done:
    """Take the last records out: only who kept a later head knows."""
    left = rows[: len(rows) - chance.randrange(1, len(rows))]
    kept = next(anchor.seq for anchor in anchors_of(rows) if anchor.seq > len(left))
    return Done(rows=left, seq=len(left) + 1, kinds=_only(FaultKind.CUT), until=kept)


def make_all_anew(rows: list[Row], chance: Random) -> Done:
    """Change, take out or put in a record and make every hash after it anew: only who kept a later head knows."""
    at = chance.randrange(len(rows) - 1)
    words: list[Any] = [row[1:_PREVIOUS] for row in rows[at:]]
    match chance.randrange(3):
        case 0:
            words[0] = (words[0][0], "user:eve", *words[0][2:])
        case 1:
            words.insert(0, (_BEGAN, "user:eve", "approve_file", "fil_0000000000001", "{}"))
        case _:
            words = [*words[1:], *([words[0]] * 2)]
    done = chained(words, after=rows[:at])
    anchors = anchors_of(rows)
    held = max((anchor.seq for anchor in anchors if anchor.seq <= at), default=0)
    kept = next(anchor.seq for anchor in anchors if anchor.seq > at)
    return Done(rows=done, seq=held + 1, kinds=_only(FaultKind.REWRITTEN), until=kept)


DEEDS: tuple[Callable[[list[Row], Random], Done], ...] = (
    edit_a_field,
    edit_a_field,
    renumber_one,
    delete_some,
    swap_two,
    rotate_some,
    put_one_in,
    change_and_hash,
    cut_the_end,
    make_all_anew,
)
"""What somebody might do, the most likely twice."""
