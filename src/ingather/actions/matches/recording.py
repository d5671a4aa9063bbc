"""Recording matches, many at once, and undoing them: a match is marked with who undid it and why, never deleted.

What the rules match in bulk is told by the match alone; what a hand matches or undoes is a fact of its subject too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.bulk import insert_columns
from ingather.store.tables import Match

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Matches as columns of one length, as they are recorded.

    ``subject_id`` is the return or the bank posting, ``target_id`` what explains it (0: words of a person),
    ``batch_id`` the batch of the target (0: none), ``amount_minor`` the part of the subject that is explained, with
    its sign. ``score`` is 0 to 100. ``evidence`` is what agreed and what differed, as a mapping or as its JSON text;
    it never holds a name or an account number.
    """

    subject_id: Sequence[int]
    target_id: Sequence[int]
    batch_id: Sequence[int]
    amount_minor: Sequence[int]
    rule: Sequence[str]
    score: Sequence[int]
    evidence: Sequence[Mapping[str, Any] | str]

    def __len__(self) -> int:
        """Return the number of matches."""
        return len(self.subject_id)


def record_matches(ctx: Context, kind: MatchKind, matched: Matched, *, originator_id: int) -> list[int]:
    """Record matches by the rules, in bulk, and return their keys in the order given.

    None of them may stand already: the book refuses a second match of one subject with one target. Ask
    ``standing_matches`` first where a run may be repeated.
    """
    if not len(matched):
        return []
    ids: list[int] = ctx.ids.many(len(matched)).tolist()
    insert_columns(
        ctx.session,
        Match,
        {
            "id": ids,
            "subject_id": matched.subject_id,
            "target_id": matched.target_id,
            "batch_id": matched.batch_id,
            "amount_minor": matched.amount_minor,
            "rule": matched.rule,
            "score": matched.score,
            "evidence": [each if isinstance(each, str) else evidence_text(each) for each in matched.evidence],
        },
        same={
            "originator_id": originator_id,
            "kind": kind,
            "actor": ctx.actor,
            "matched_on": ctx.today,
            "matched_at": ctx.now,
        },
    )
    return ids


def evidence_text(evidence: Mapping[str, Any]) -> str:
    """Return evidence as the JSON text in which it is kept."""
    return json.dumps(dict(evidence), separators=(",", ":"))


def record_by_hand(  # noqa: PLR0913 -- the columns of one match
    ctx: Context,
    kind: MatchKind,
    *,
    originator_id: int,
    subject_id: int,
    target_id: int,
    batch_id: int,
    amount_minor: int,
    rule: str,
    score: int,
    evidence: Mapping[str, Any],
) -> int:
    """Record the match that a person made, with its fact, and return its key.

    Raises the driver's ``IntegrityError`` when it stands already.
    """
    matched = Matched(
        subject_id=[subject_id],
        target_id=[target_id],
        batch_id=[batch_id],
        amount_minor=[amount_minor],
        rule=[rule],
        score=[score],
        evidence=[evidence],
    )
    match_id = record_matches(ctx, kind, matched, originator_id=originator_id)[0]
    ctx.fact(
        FactKind.MATCHED, scope=_scope(kind), subject=subject_id, originator=originator_id, once=str(match_id),
        match=public_id(Prefix.MATCH, match_id), rule=rule,
    )  # fmt: skip
    return match_id


def standing_matches(ctx: Context, kinds: Sequence[MatchKind], subject_ids: Sequence[int]) -> dict[int, list[Match]]:
    """Return the matches of these subjects that stand, by subject, the oldest first."""
    found: dict[int, list[Match]] = {}
    for start in range(0, len(subject_ids), _AT_ONCE):
        rows = ctx.session.scalars(
            select(Match)
            .where(
                Match.subject_id.in_(subject_ids[start : start + _AT_ONCE]),
                Match.kind.in_([str(kind) for kind in kinds]),
                Match.undone_at.is_(None),
            )
            .order_by(Match.id),
        )
        for row in rows:
            found.setdefault(row.subject_id, []).append(row)
    return found


def locked_match(ctx: Context, match_id: int) -> Match:
    """Return a match for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(Match).where(Match.id == match_id).with_for_update())
    if row is None:
        fact = f"there is no match {public_id(Prefix.MATCH, match_id)}"
        raise NoSuch(fact)
    return row


def undo_match(ctx: Context, match_id: int, *, reason: str) -> Match:
    """Mark a match as undone, with its fact, and return it; what follows from it is for the caller to take back.

    Raises ``NoSuch``, and ``WrongState`` for one that is undone already.
    """
    row = locked_match(ctx, match_id)
    if row.undone_at is not None:
        fact = f"match {public_id(Prefix.MATCH, match_id)} is undone already"
        raise WrongState(fact)
    row.undone_at, row.undone_by, row.undone_because = ctx.now, ctx.actor, reason
    ctx.session.flush()
    ctx.fact(
        FactKind.UNMATCHED, scope=_scope(MatchKind(row.kind)), subject=row.subject_id, originator=row.originator_id,
        once=str(match_id), match=public_id(Prefix.MATCH, match_id), reason=reason,
    )  # fmt: skip
    return row


def undo_matches(ctx: Context, match_ids: Sequence[int], *, because: str) -> None:
    """Mark standing matches as undone by the rules, in sets and without facts; those undone already stay as they are.

    A later report that takes the place of a provisional one does this, and a dishonour that undid its return.
    """
    for start in range(0, len(match_ids), _AT_ONCE):
        ctx.session.execute(
            update(Match)
            .where(Match.id.in_(match_ids[start : start + _AT_ONCE]), Match.undone_at.is_(None))
            .values(undone_at=ctx.now, undone_by=ctx.actor, undone_because=because)
            .execution_options(synchronize_session=False),
        )


def _scope(kind: MatchKind) -> Scope:
    return Scope.RETURN if kind is MatchKind.RETURN else Scope.POSTING
