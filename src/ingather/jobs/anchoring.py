"""Keeping the head of the audit chain outside the book, and what was kept: by the host, and in files elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from ingather.actions.audit import ANCHOR_VERB, note_anchors
from ingather.actions.context import Context
from ingather.domain.audit import Anchor, AnchorPlace, Fault, Walk, anchor_line, judge_anchors, parse_anchor_line
from ingather.domain.refusals import NoSuch
from ingather.gateway.anchors import AnchorFile
from ingather.jobs.desk import Desk
from ingather.store import audit
from ingather.store.reading.alarms import book
from ingather.store.reading.audit import hashes_at, last_anchors, last_verb, released_restorations

_LATELY: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The head that was kept last, and what went wrong at each place, None where nothing did."""

    seq: int
    hash: bytes
    faults: dict[AnchorPlace, str | None] = field(default_factory=dict)


def anchor_head(desk: Desk, *, file: Path | None = None) -> Anchored:
    """Keep the head of the chain with the host and in the file of anchors, if there is one, and record it.

    ``file`` is taken instead of the desk's own. What cannot be kept is recorded as well and stops nobody. With nothing
    new in the chain since it was kept everywhere, in this very file too, nothing is done.
    """
    if file is not None:
        desk = replace(desk, anchors=AnchorFile(file))
    known = desk.host.head()
    with desk.view() as ctx:
        head, latest = audit.head(ctx.session), last_anchors(ctx.session)
        only_kept = last_verb(ctx.session) == ANCHOR_VERB
        follows = known is None or audit.holds(ctx.session, *known)
    places = [AnchorPlace.HOST, *([AnchorPlace.FILE] if desk.anchors else [])]
    last = latest.get(AnchorPlace.HOST)
    done = only_kept and known is not None and all(p in latest and latest[p].fault is None for p in places)
    # The book says of a file that one keeps the head, not which: another one is written to all the same.
    if done and last is not None and _is_in_file(desk, (last.seq, last.hash)):
        return Anchored(seq=last.seq, hash=last.hash, faults=dict.fromkeys(places))
    unlike = "the chain does not hold what the host remembers"
    faults = {place: _keep(desk, place, head) if follows else unlike for place in places}
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        note_anchors(ctx, originator_id, head, faults)
    if faults[AnchorPlace.HOST] is None:
        desk.remember()
    return Anchored(seq=head[0], hash=head[1], faults=faults)


def _is_in_file(desk: Desk, head: tuple[int, bytes]) -> bool:
    """Return whether the desk's file, if it has one, has a line of this head; not where it cannot be read."""
    if desk.anchors is None:
        return True
    try:
        parsed = [parse_anchor_line(line, where=str(desk.anchors.path)) for line in desk.anchors.lines()]
    except OSError:
        return False
    return any((each[0].seq, each[0].hash, each[1]) == (*head, desk.vault.instance) for each in parsed if each)


def _keep(desk: Desk, place: AnchorPlace, head: tuple[int, bytes]) -> str | None:
    """Keep a head at a place; returns what went wrong."""
    try:
        if place is AnchorPlace.HOST:
            desk.host.remember_head(*head)
        elif desk.anchors is not None:
            at = desk.clock().isoformat(timespec="seconds")
            desk.anchors.keep(anchor_line(*head, at=at, instance=desk.vault.instance))
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def anchor_alarms(
    desk: Desk, ctx: Context, *, kept: Sequence[Anchor], days: int
) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield what is wrong with what was kept: the alarm's name, what it is about, a sentence, since when.

    ``kept`` was read before the view of the book began: what is kept later may be of records that it does not see.
    Where a house keeps heads in a file, the last one is at most so many days old; 0 days never alarm.
    """
    if (fault := _not_held(ctx, kept)) is not None:
        yield "chain-broken", f"record {fault.seq}", fault.sentence, None
    latest, oldest = last_anchors(ctx.session), ctx.now - timedelta(days=days)
    for place, last in latest.items():
        if last.fault is not None:
            said = f"The head of the audit chain could not be kept ({place}): {last.fault}."
            yield "anchor-missing", place, said, last.at.isoformat()
        elif place is AnchorPlace.FILE and days and last.at < oldest:
            said = f"The head of the audit chain was last kept in the file of anchors over {days} days ago."
            yield "anchor-missing", place, said, last.at.isoformat()
    if desk.anchors is not None and days and AnchorPlace.FILE not in latest and book(ctx.session).created_at < oldest:
        yield (
            "anchor-missing",
            AnchorPlace.FILE,
            "No head of the audit chain was ever kept in the file of anchors.",
            None,
        )


def _not_held(ctx: Context, kept: Sequence[Anchor]) -> Fault | None:
    """Return the first of the heads kept lately outside the book that the chain does not hold; nothing is followed."""
    standing, _ = without_lost(ctx, kept)
    lately = sorted(standing, key=lambda each: each.seq)[-_LATELY:]
    found = hashes_at(ctx.session, [each.seq for each in lately])
    return judge_anchors(Walk(seq=audit.head(ctx.session)[0], hash=b"", found=found), lately)


def anchors_of(desk: Desk, named: Sequence[Path] = ()) -> tuple[list[Anchor], dict[str, str]]:
    """Return the heads kept by the host, in the desk's file and in named ones, and of what could not be read why.

    Raises ``OSError`` or ``NoSuch`` for a named file that cannot be read, or keeps no head of this book.
    """
    found: list[Anchor] = []
    unread: dict[str, str] = {}
    if (known := desk.host.head()) is not None:
        found.append(Anchor(seq=known[0], hash=known[1], where="the host"))
    for path in dict.fromkeys([*([desk.anchors.path] if desk.anchors else []), *named]):
        demanded = path in named
        try:
            lines = AnchorFile(path).lines()
        except OSError as error:
            if demanded:
                raise
            unread[str(path)] = error.strerror or type(error).__name__
            continue
        parsed = [parse_anchor_line(line, where=str(path)) for line in lines if line.strip()]
        mine = [each[0] for each in parsed if each is not None and each[1] == desk.vault.instance]
        if demanded and not mine:
            fact = f"{path} keeps no head of this book"
            raise NoSuch(fact)
        if torn := sum(each is None for each in parsed):
            unread[str(path)] = f"{torn} line(s) are no heads"
        found += mine
    return found, unread


def without_lost(ctx: Context, anchors: Sequence[Anchor]) -> tuple[list[Anchor], int]:
    """Return the heads that the chain must hold, and how many it need not: they are of a book that was lost.

    Two persons released the copy in its place; what was kept after the copy's head and before that is the lost book's.
    """
    lost = released_restorations(ctx.session)
    standing = [
        each
        for each in anchors
        if not any(each.seq > head and each.at is not None and each.at < begun_at for head, begun_at in lost)
    ]
    return standing, len(anchors) - len(standing)
