"""Applying returns: each once, to the entry it is about, whatever order the bank tells of things in.

What fits no entry, or comes a second time, moves no order: it becomes a case with the money in suspense. Everything is
in sets: a report of a hundred thousand returns makes as many statements as it has pages.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.follow_ups.overtaken import call_off, reversed_out
from ingather.actions.ledger import post
from ingather.actions.matches.recording import Matched, record_matches
from ingather.actions.matching import Match, Wanted, match_entries
from ingather.actions.returns.cases import to_a_person
from ingather.actions.returns.deciding import decide
from ingather.actions.returns.effects import apply_decisions
from ingather.actions.returns.finding import Finding, findings
from ingather.actions.returns.keeping import AnyReturn, NewReturn, insert_returns
from ingather.domain.cases import CaseKind
from ingather.domain.ledger import JournalKind
from ingather.domain.reconciliation import MatchKind
from ingather.reports.items import Returns
from ingather.rules.banks import BankProfile
from ingather.store.tables import Return

_INFORMATION = 44
_POSTING_REF = 40

_AT_ONCE = 5_000


@dataclass(slots=True)  # mutable -- counted while the items are applied
class Applied:
    """What became of a report's items."""

    applied: int = 0
    known: int = 0
    unmatched: int = 0
    codes: Counter[str] = field(default_factory=Counter)


def item_keys(columns: list[list[object]]) -> list[bytes]:
    """Return what identifies each item, whichever carrier tells of it; equal rows of one report are told apart."""
    seen: Counter[str] = Counter()
    keys = []
    for row in zip(*columns, strict=True):
        text = json.dumps(row)
        seen[text] += 1
        keys.append(hashlib.sha256(f"{text}|{seen[text]}".encode()).digest())
    return keys


def apply_returns(
    ctx: Context, originator_id: int, report_id: int, items: Returns, *, profile: BankProfile, told_on: date
) -> Applied:
    """Apply the returns of one report; ``told_on`` stands for the settlement date where the report has none."""
    outcome = Applied()
    if not len(items):
        return outcome
    keys = item_keys(
        [list(column) for column in (items.klass, items.reason, items.original_trace, items.return_trace,
                                     items.amount_cents, [text.strip() for text in items.identification])],
    )  # fmt: skip
    known = _known(ctx, originator_id, keys)
    matches = match_entries(ctx, originator_id, wanted_of(items))
    files = {match.file_id for match in matches if match is not None}
    prove_delivery(ctx, sorted(files), by="the bank returned an entry of it")
    strange = [index for index, match in enumerate(matches) if match is None and keys[index] not in known]
    found = findings(ctx, originator_id, items, strange, told_on=told_on)
    out = reversed_out(ctx, [match.entry_id for match in matches if match is not None])
    rows: list[tuple[NewReturn, Match]] = []
    turned_away: list[tuple[NewReturn, Finding]] = []
    taken: set[int] = set()
    write = _writer(ctx, originator_id, report_id, items)
    for index, (key, match) in enumerate(zip(keys, matches, strict=True)):
        if key in known:
            outcome.known += 1
            continue
        finding = found[index] if match is None else _turned_away(match, taken, out)
        row = write(index, key, match or finding, match.rule if match else None)
        if finding is not None:
            row.differs = "*".join(finding.differs) or None
            turned_away.append((row, finding))
        elif match is not None:
            row.applied = True
            taken.add(match.entry_id)
            rows.append((row, match))
    outcome.applied, outcome.unmatched = len(rows), len(turned_away)
    outcome.codes.update(row.code for row, _ in rows)
    _keep_turned_away(ctx, originator_id, report_id, turned_away, profile=profile, told_on=told_on)
    call_off(ctx, originator_id, [match.entry_id for _, match in rows])
    items_with_orders, decisions = decide(ctx, rows, profile=profile, told_on=told_on)
    decided = list(zip(items_with_orders, decisions, strict=True))
    lead_days = profile.requests.lead_banking_days
    apply_decisions(ctx, originator_id, report_id, decided, on=told_on, lead_days=lead_days)
    record_return_matches(ctx, originator_id, rows)
    return outcome


def _writer(
    ctx: Context, originator_id: int, report_id: int, items: Returns
) -> Callable[[int, bytes, Match | Finding | None, str | None], NewReturn]:
    """Return what makes the row of an item by its index, its key, what it is about, and the rule that found that."""
    ids: list[int] = ctx.ids.many(len(items)).tolist()
    received_at = ctx.now

    def write(index: int, key: bytes, about: Match | Finding | None, rule: str | None) -> NewReturn:
        return NewReturn(
            ids[index], originator_id, report_id, key, items.line[index],
            about.entry_id if about else None, about.order_id if about else None, about.batch_id if about else None,
            items.reason[index], items.original_trace[index], items.return_trace[index], items.amount_cents[index],
            items.return_settled_on[index], items.information[index][:_INFORMATION], received_at, rule,
            posting_ref=items.posting_ref[index][:_POSTING_REF] or None,
        )  # fmt: skip

    return write


def wanted_of(items: Returns) -> Wanted:
    """Return what the matching of returns looks at."""
    return Wanted(
        reference=items.identification,
        trace=items.original_trace,
        amount_cents=items.amount_cents,
        company_identification=items.company_identification,
        effective_on=items.original_effective_on,
        batch_number=items.batch_number,
        bank_item=items.bank_item,
    )


def record_return_matches(ctx: Context, originator_id: int, rows: Sequence[tuple[AnyReturn, Match]]) -> None:
    """Record to which entry each applied return was matched, by which rule, and what shows it.

    The amount is what the return took from our account, and so negative.
    """
    matched = Matched(
        subject_id=[row.id for row, _ in rows],
        target_id=[match.entry_id for _, match in rows],
        batch_id=[match.batch_id for _, match in rows],
        amount_minor=[-row.amount_cents for row, _ in rows],
        rule=[match.rule for _, match in rows],
        score=[match.score for _, match in rows],
        evidence=[match.evidence for _, match in rows],
    )
    record_matches(ctx, MatchKind.RETURN, matched, originator_id=originator_id)


def _keep_turned_away(
    ctx: Context,
    originator_id: int,
    report_id: int,
    turned_away: Sequence[tuple[NewReturn, Finding]],
    *,
    profile: BankProfile,
    told_on: date,
) -> None:
    """Keep the returns that move no order, with their cases and their money in suspense."""
    if not turned_away:
        return
    insert_returns(ctx, [row for row, _ in turned_away])
    to_a_person(ctx, originator_id, turned_away, lead_days=profile.requests.lead_banking_days)
    suspense = sum(row.amount_cents for row, _ in turned_away)
    post(
        ctx, JournalKind.UNMATCHED_RETURN, originator_id=originator_id, source_id=report_id, on=told_on,
        amounts={(0, 0): suspense},
    )  # fmt: skip


def _turned_away(match: Match, taken: set[int], out: frozenset[int]) -> Finding | None:
    """Return why a return that fits an entry is not applied to it, or ``None`` when it is."""
    if match.ended is not None or match.entry_id in taken:
        kind = CaseKind.DUPLICATE_RETURN
    elif match.entry_id in out:
        kind = CaseKind.DOUBLE_CREDIT
    else:
        return None
    return Finding(kind=kind, entry_id=match.entry_id, order_id=match.order_id, batch_id=match.batch_id)


def _known(ctx: Context, originator_id: int, keys: list[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(keys), _AT_ONCE):
        found.update(
            ctx.session.scalars(
                select(Return.item_key).where(
                    Return.originator_id == originator_id,
                    Return.item_key.in_(keys[start : start + _AT_ONCE]),
                ),
            ),
        )
    return found
