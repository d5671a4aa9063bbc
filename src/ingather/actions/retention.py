"""Destroying evidence that need not be kept any longer: asked for by one person, approved by another, certified.

What goes is the key of an epoch of evidence, and with it the bytes of files, of reports and of corrected data that it
sealed, in every backup as well. Rows stay: names, hashes, counts, amounts, facts and the audit chain.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ingather.actions.context import Context
from ingather.actions.keys.epochs import forget_evidence
from ingather.actions.rules import policy_of
from ingather.base.dates import NEW_YORK
from ingather.domain.keys import EpochState, KeyPurpose
from ingather.domain.refusals import BrokenInvariant, MakerIsChecker, NoSuch, WrongState
from ingather.domain.retention import HOLD_WORDS, ShreddingState
from ingather.rules.policy import HousePolicy
from ingather.rules.retention import evidence_until
from ingather.store import audit
from ingather.store.reading import retention
from ingather.store.reading.retention import Contents, Held
from ingather.store.tables import KeyEpoch, Shredding

_RESTS = timedelta(days=7)
"""How long a closed epoch stays in any case: whatever ran when it was closed has ended by then."""
_HOW = (
    "The bytes were sealed with AES-256-GCM under one data key. The key that wrapped it was written over and removed "
    "from this host's key folder, and the book has forgotten the wrapped data key."
)
_BACKUPS = (
    "Backups of the book hold the wrapped data key at most, which opens nothing without the key that wrapped it. Other "
    "copies of the key folder hold that one until they are destroyed as well."
)
_HOW_DIRECT = (
    "The bytes were sealed with AES-256-GCM under one key, which was written over and removed from this host's key "
    "folder. The book never held it."
)
_BACKUPS_DIRECT = (
    "No backup of the book holds the key. Other copies of the key folder do until they are destroyed as well."
)
_STATUS = "ingather retention status shows every epoch and what holds it back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an epoch of evidence stands: what it holds, the day after which it may go, and what keeps it then.

    ``kept_until`` is None for an open epoch that sealed nothing; ``state`` is the epoch's, ``shredding`` that of its
    shredding. ``holds`` are asked once the days are over.
    """

    epoch: int
    state: str
    kek: str
    opened_on: date
    closed_on: date | None
    contents: Contents
    kept_until: date | None
    holds: tuple[Held, ...]
    shredding: ShreddingState | None
    due: bool


def standings(ctx: Context, originator_id: int) -> list[Standing]:
    """Return where every epoch of evidence stands on the clock's day, the oldest first."""
    policy = policy_of(ctx, originator_id)
    return [_standing(ctx, epoch, policy) for epoch in retention.evidence_epochs(ctx.session)]


def ask_shredding(ctx: Context, originator_id: int, epoch: int, *, reason: str) -> None:
    """Ask for an epoch of evidence to be destroyed; raises ``NoSuch``, and ``WrongState`` while it must be kept."""
    found = _due(ctx, originator_id, epoch)
    if found.shredding is not None:
        fact = f"the shredding of epoch {epoch} is {found.shredding} already"
        raise WrongState(fact, _STATUS)
    ctx.session.add(
        Shredding(
            id=ctx.ids.one(), originator_id=originator_id, epoch=epoch, state=ShreddingState.ASKED, reason=reason,
            maker=ctx.actor, asked_at=ctx.now,
        ),
    )  # fmt: skip
    ctx.session.flush()
    ctx.audit("ask_shredding", _named(epoch), reason=reason, files=len(found.contents.files),
              reports=len(found.contents.reports))  # fmt: skip


def approve_shredding(ctx: Context, originator_id: int, epoch: int) -> None:
    """Approve a shredding as another person; raises ``NoSuch``, ``MakerIsChecker`` and ``WrongState``."""
    row = _asked(ctx, epoch)
    if row.maker == ctx.actor:
        raise MakerIsChecker
    _due(ctx, originator_id, epoch)
    row.state, row.checker, row.decided_at = ShreddingState.APPROVED, ctx.actor, ctx.now
    ctx.audit("approve_shredding", _named(epoch))


def refuse_shredding(ctx: Context, epoch: int, *, reason: str) -> None:
    """Refuse a shredding that was asked for, as another person, or let one be that was approved, as anybody.

    It may be asked for again. Raises ``NoSuch``, ``MakerIsChecker``, and ``WrongState`` once it has begun.
    """
    row = _standing_row(ctx, epoch)
    if row.state == ShreddingState.APPROVED:
        # Who approved it stays in the row; the record says who takes it back.
        row.state, row.decided_at = ShreddingState.REFUSED, ctx.now
    else:
        row = _asked(ctx, epoch)
        if row.maker == ctx.actor:
            raise MakerIsChecker
        row.state, row.checker, row.decided_at = ShreddingState.REFUSED, ctx.actor, ctx.now
    ctx.audit("refuse_shredding", _named(epoch), reason=reason)


def begin_shredding(ctx: Context, originator_id: int, epoch: int) -> str:
    """Keep the intent to destroy an epoch's key, and what it sealed; returns the name of its key-encrypting key.

    One that has begun only returns the name: nothing about it is decided twice. Raises ``NoSuch`` for one that nobody
    approved, and ``WrongState`` when something has come up that holds it back.
    """
    row = _standing_row(ctx, epoch)
    if row.state == ShreddingState.BEGUN:
        return ctx.session.get_one(KeyEpoch, epoch).kek
    if row.state != ShreddingState.APPROVED:
        fact = f"the shredding of epoch {epoch} is {row.state}"
        raise WrongState(fact, _STATUS)
    found = _due(ctx, originator_id, epoch)
    told = _told(found, policy_of(ctx, originator_id))
    ctx.audit("begin_shredding", _named(epoch), asked_by=row.maker, approved_by=row.checker, **told)
    seq, value = audit.head(ctx.session)
    row.state, row.told = ShreddingState.BEGUN, json.dumps(told)
    row.begun_seq, row.begun_hash = seq, value.hex()
    return found.kek


def finish_shredding(ctx: Context, epoch: int) -> bytes:
    """Forget the data key of an epoch whose key-encrypting key is gone, and keep and return the certificate.

    Raises ``NoSuch``, and ``WrongState`` for a shredding that has not begun.
    """
    row = _standing_row(ctx, epoch)
    if row.state != ShreddingState.BEGUN or row.told is None:
        fact = f"the shredding of epoch {epoch} is {row.state}"
        raise WrongState(fact, _STATUS)
    # The one key of a book from before there were epochs sealed without another above it.
    direct = ctx.session.get_one(KeyEpoch, epoch).wrapped is None
    forget_evidence(ctx, epoch)
    told = _certificate(ctx, row, json.loads(row.told), direct=direct)
    certificate = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    row.state, row.certificate = ShreddingState.DONE, certificate
    ctx.audit("finish_shredding", _named(epoch), certificate=hashlib.sha256(certificate.encode()).hexdigest())
    return certificate.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate, and the audit record that has its hash: its number and its own hash in the chain."""

    content: bytes = field(repr=False)
    sha256: str
    seq: int
    record: str


def certificate_of(ctx: Context, epoch: int) -> Certificate:
    """Return the certificate of a shredded epoch, held against the audit chain and against the rows that stayed.

    Raises ``NoSuch`` without one, and ``BrokenInvariant`` when it is not the one that was given.
    """
    row = retention.shredding_of(ctx.session, epoch)
    if row is None or row.certificate is None:
        fact = f"there is no certificate of epoch {epoch}"
        raise NoSuch(fact, _STATUS)
    content = row.certificate.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    given = retention.certified(ctx.session, _named(epoch))
    told = json.loads(row.certificate)
    begun = row.begun_seq or 0
    whole = (
        given is not None
        and given.sha256 == sha256
        and audit.holds(ctx.session, begun, bytes.fromhex(row.begun_hash or ""))
        and told["listed_sha256"] == _listed(retention.contents(ctx.session, epoch))
    )
    if given is None or not whole:
        fact = f"the certificate of epoch {epoch} is not the one that the audit chain knows, or its rows were changed"
        raise BrokenInvariant(fact, "Restore the book from a backup, and see ingather audit verify")
    return Certificate(content=content, sha256=sha256, seq=given.seq, record=given.record)


def _standing(ctx: Context, epoch: KeyEpoch, policy: HousePolicy) -> Standing:
    session, terms = ctx.session, policy.retention
    found = retention.contents(session, epoch.number)
    reports = [each.last_on for each in found.reports]
    until = evidence_until(
        files_on=max((each.last_on for each in found.files), default=None),
        files_years=terms.files_years,
        reports_on=max([*reports, *([found.corrections_last_on] if found.corrections_last_on else [])], default=None),
        reports_years=terms.reports_years,
    )
    if epoch.closed_at:
        rest = epoch.closed_at.astimezone(NEW_YORK).date() + _RESTS
        until = max(until, rest) if until else rest
    row = retention.shredding_of(session, epoch.number)
    over = until is not None and until < ctx.today
    may_go = over and epoch.purpose == KeyPurpose.EVIDENCE and epoch.state == EpochState.CLOSED
    # While its days are not over nothing else is asked: that would look at every entry of every year.
    held = tuple(retention.holds(session, epoch.number)) if may_go else ()
    return Standing(
        epoch=epoch.number,
        state=epoch.state,
        kek=epoch.kek,
        opened_on=epoch.opened_at.astimezone(NEW_YORK).date(),
        closed_on=epoch.closed_at.astimezone(NEW_YORK).date() if epoch.closed_at else None,
        contents=found,
        kept_until=until,
        holds=held,
        shredding=ShreddingState(row.state) if row else None,
        due=may_go and not held,
    )


def _due(ctx: Context, originator_id: int, epoch: int) -> Standing:
    """Return where an epoch stands; raises ``NoSuch``, and ``WrongState`` when it must still be kept."""
    row = ctx.session.get(KeyEpoch, epoch)
    if row is None or row.purpose == KeyPurpose.VALUES:
        fact = f"there is no epoch {epoch} of evidence"
        raise NoSuch(fact, _STATUS)
    found = _standing(ctx, row, policy_of(ctx, originator_id))
    if found.due:
        return found
    if found.state == EpochState.DESTROYED:
        fact = f"what epoch {epoch} sealed is destroyed already"
    elif found.closed_on is None:
        fact = f"epoch {epoch} still seals what is sent and reported today"
    elif row.purpose != KeyPurpose.EVIDENCE:
        fact = f"epoch {epoch} also seals account numbers that are in use"
    elif found.kept_until is not None and found.kept_until >= ctx.today:
        fact = f"what epoch {epoch} sealed is kept until {found.kept_until}, and may go from the day after"
    else:
        first = found.holds[0]
        fact = f"epoch {epoch} is held back by {HOLD_WORDS[first.what]}: {first.count}, such as {first.example}"
    raise WrongState(fact, _STATUS)


def _told(found: Standing, policy: HousePolicy) -> dict[str, Any]:
    """Return what the certificate says of the contents and of why they may go."""
    inside, terms = found.contents, policy.retention
    days = [each.last_on for each in (*inside.files, *inside.reports)]
    return {
        "epoch": found.epoch,
        "files": len(inside.files),
        "reports": len(inside.reports),
        "corrections": inside.corrections,
        "bytes": sum(each.size for each in (*inside.files, *inside.reports)),
        "first_on": min(days).isoformat() if days else None,
        "last_on": max(days).isoformat() if days else None,
        "kept_until": found.kept_until.isoformat() if found.kept_until else None,
        "listed_sha256": _listed(inside),
        "policy": {
            "id": policy.id, "version": policy.version, "files_years": terms.files_years,
            "reports_years": terms.reports_years,
        },
        "key": found.kek,
    }  # fmt: skip


def _listed(inside: Contents) -> str:
    """Return the hash of the list of what was sealed: kind, name, SHA-256 and size, tabs between, a line each."""
    lines = [f"file\t{each.name}\t{each.sha256}\t{each.size}\n" for each in inside.files]
    lines += [f"report\t{each.name}\t{each.sha256}\t{each.size}\n" for each in inside.reports]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _certificate(ctx: Context, row: Shredding, told: dict[str, Any], *, direct: bool) -> dict[str, Any]:
    return {
        "certificate": "destruction of evidence",
        **told,
        "instance": ctx.vault.instance,
        "why": row.reason,
        "asked_by": row.maker,
        "asked_at": row.asked_at.isoformat(),
        "approved_by": row.checker,
        "approved_at": row.decided_at.isoformat() if row.decided_at else None,
        "destroyed_by": ctx.actor,
        "destroyed_at": ctx.now.isoformat(),
        "how": _HOW_DIRECT if direct else _HOW,
        "backups": _BACKUPS_DIRECT if direct else _BACKUPS,
        "listed": "kind, name, SHA-256 and size of each, tabs between, a line each, files before reports by their ids",
        "kept": "names, hashes, sizes, counts, amounts, facts and the audit chain",
        "audit": {"seq": row.begun_seq, "hash": row.begun_hash},
    }


def _asked(ctx: Context, epoch: int) -> Shredding:
    row = _standing_row(ctx, epoch)
    if row.state != ShreddingState.ASKED:
        fact = f"the shredding of epoch {epoch} is {row.state}"
        raise WrongState(fact, _STATUS)
    return row


def _standing_row(ctx: Context, epoch: int) -> Shredding:
    row = retention.shredding_of(ctx.session, epoch)
    if row is None:
        fact = f"nobody asked for the shredding of epoch {epoch}"
        raise NoSuch(fact, "Ask for it: ingather retention ask")
    return row


def _named(epoch: int) -> str:
    return f"epoch-{epoch}"
