"""Matches of returns of other entries than debits: of follow-ups, of an account's checks, of payouts."""

from collections.abc import Sequence
from typing import NamedTuple

from ingather.actions.context import Context
from ingather.actions.matches.recording import Matched, evidence_text, record_matches
from ingather.domain.reconciliation import MatchKind
from ingather.rules.matching import agreed_by, score_of_rule


class Plain(NamedTuple):
    """An applied return and its entry; ``amount_minor`` is what moved on our account, with its sign."""

    return_id: int
    entry_id: int
    batch_id: int
    amount_minor: int
    rule: str


def record_plain_matches(ctx: Context, originator_id: int, found: Sequence[Plain]) -> None:
    """Record to which entries applied returns were matched; the rule says what agreed."""
    day = ctx.today
    shown = {rule: evidence_text({"agreed": list(agreed_by(rule, day))}) for rule in {each.rule for each in found}}
    matched = Matched(
        subject_id=[each.return_id for each in found],
        target_id=[each.entry_id for each in found],
        batch_id=[each.batch_id for each in found],
        amount_minor=[each.amount_minor for each in found],
        rule=[each.rule for each in found],
        score=[score_of_rule(each.rule, day) for each in found],
        evidence=[shown[each.rule] for each in found],
    )
    record_matches(ctx, MatchKind.RETURN, matched, originator_id=originator_id)
