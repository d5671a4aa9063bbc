"""The audit chain as a whole: following it, comparing it with the heads that were kept, exporting it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from ingather.base.dates import to_micros
from ingather.domain.audit import GENESIS, Anchor, Fault, Row
from ingather.domain.refusals import NoSuch
from ingather.jobs.anchoring import anchors_of, without_lost
from ingather.jobs.desk import Desk
from ingather.store import audit
from ingather.store.reading.audit import kept_heads, released_restorations
from ingather.store.tables import Book

EXPORT_FORM: Final = 1
_LINES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What following a chain found: its head, the first record followed, what is wrong, and what it was compared with.

    ``anchors`` counts the heads by where they were kept; ``unread`` says of what could not be read why; ``lost`` counts
    heads of a book in whose place a copy was released.
    """

    first: int
    seq: int
    hash: bytes
    fault: Fault | None
    anchors: dict[str, int]
    unread: dict[str, str]
    lost: int


def verify_chain(desk: Desk, *, first: int = 1, files: Sequence[Path] = ()) -> Verdict:
    """Follow the chain from a record on, and compare it with every head kept by the host, by the book, and in files.

    Raises ``NoSuch`` for a file that keeps no head of this book, and for a first record that is not there.
    """
    anchors, unread = anchors_of(desk, files)
    with desk.view() as ctx:
        end = audit.head(ctx.session)
        if not 1 <= first <= max(end[0], 1):
            fact = f"the chain has no record {first}: it ends at {end[0]}"
            raise NoSuch(fact)
        kept = [Anchor(seq=seq, hash=value, where="the book itself") for seq, value in kept_heads(ctx.session)]
        standing, lost = without_lost(ctx, [*anchors, *kept])
        walked, fault = audit.judge(ctx.session, standing, first=first)
    counts: dict[str, int] = {}
    for each in standing:
        counts[each.where] = counts.get(each.where, 0) + 1
    seq, value = end if fault is None else (walked.seq, walked.hash)
    return Verdict(first=first, seq=seq, hash=value, fault=fault, anchors=counts, unread=unread, lost=lost)


def export_chain(desk: Desk, *, first: int | None = None, last: int | None = None) -> Iterator[bytes]:
    """Yield the chain as JSON Lines in pieces: a line about the export, one a record as it stands, the head at the end.

    Everything that a record's hash covers is in its line: whoever has the lines can follow the chain without us. Raises
    ``NoSuch`` before the first piece where there are no records between the bounds.
    """
    with desk.view() as ctx:
        instance = ctx.session.execute(select(Book.instance)).scalar_one()
        end = audit.head(ctx.session)[0]
        if (first or 1) > max(end, 1) or (last is not None and last < (first or 1)):
            fact = f"the chain has no record from {first or 1} on{f' to {last}' if last else ''}: it ends at {end}"
            raise NoSuch(fact, "Ask for records that are there")
        released = [(seq, to_micros(begun_at)) for seq, begun_at in released_restorations(ctx.session)]
        rows = audit.rows(ctx.session, first=first, last=last)
        yield from export_rows(rows, instance=instance, first=first, last=last, released=released)


def export_rows(
    rows: Iterable[Row],
    *,
    instance: str,
    first: int | None = None,
    last: int | None = None,
    released: Sequence[tuple[int, int]] = (),
) -> Iterator[bytes]:
    """Yield records as an export has them; ``first`` and ``last`` are what it was cut to.

    ``released`` are the heads of copies that two persons released in a lost book's place, with the microseconds UTC
    when each was found to be a copy: what was kept after the head and before that is the lost book's.
    """
    about = {
        "ingather_audit": EXPORT_FORM, "instance": instance, "first": first or 1, "last": last, "released": released,
    }  # fmt: skip
    pieces: list[str] = [json.dumps(about)]
    final: Row | None = None
    for row in rows:
        final = row
        pieces.append(_line(row))
        if len(pieces) == _LINES:
            yield ("\n".join(pieces) + "\n").encode()
            pieces.clear()
    head = {"seq": final[0] if final else 0, "hash": _plain(final[7]) if final else GENESIS.hex()}
    pieces.append(json.dumps({"head": head}))
    yield ("\n".join(pieces) + "\n").encode()


def _line(row: Row) -> str:
    seq, at, actor, verb, subject, detail, previous, value = row
    told = {
        "seq": seq, "at": at, "actor": actor, "verb": verb, "subject": subject, "detail": detail,
        "previous": previous, "hash": value,
    }  # fmt: skip
    return json.dumps({name: _plain(each) for name, each in told.items()})


def _plain(value: Any) -> Any:  # noqa: ANN401 -- whatever stands in the book
    return value.hex() if isinstance(value, bytes) else value
