"""Applying returns: each once, to the entry it is about, whatever order the bank tells of things in.

What fits no entry, or comes a second time, moves no order: it becomes a case with the money in suspense.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.follow_ups.overtaken import call_off, reversed_out
from ingather.actions.ledger import post
from ingather.actions.matching import Match, Wanted, match_entries
from ingather.actions.returns.cases import to_a_person
from ingather.actions.returns.deciding import decide
from ingather.actions.returns.effects import apply_decisions
from ingather.actions.returns.finding import Finding, findings
from ingather.actions.returns.keeping import row_of
from ingather.domain.cases import CaseKind
from ingather.domain.ledger import JournalKind
from ingather.reports.items import Returns
from ingather.rules.banks import BankProfile
from ingather.store.tables import Return

_AT_ONCE = 2_000


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
    keys = item_keys(
        [list(column) for column in (items.klass, items.reason, items.original_trace, items.return_trace,
                                     items.amount_cents, [text.strip() for text in items.identification])],
    )  # fmt: skip
    known = _known(ctx, originator_id, keys)
    matches = match_entries(
        ctx,
        originator_id,
        Wanted(
            reference=items.identification,
            trace=items.original_trace,
            amount_cents=items.amount_cents,
            company_identification=items.company_identification,
        ),
    )
    prove_delivery(
        ctx, [match.file_id for match in matches if match is not None], by="the bank returned an entry of it"
    )
    strange = [index for index, match in enumerate(matches) if match is None and keys[index] not in known]
    found = findings(ctx, originator_id, items, strange, told_on=told_on)
    out = reversed_out(ctx, [match.entry_id for match in matches if match is not None])
    lead_days = profile.requests.lead_banking_days
    taken: dict[int, Return] = {}
    suspense = 0
    rows: list[tuple[Return, Match]] = []
    for index, (key, match) in enumerate(zip(keys, matches, strict=True)):
        if key in known:
            outcome.known += 1
            continue
        finding = found[index] if match is None else _turned_away(match, taken, out)
        row = _row(ctx, originator_id, report_id, items, index, key, match, finding)
        ctx.session.add(row)
        if finding is not None or match is None:
            to_a_person(ctx, row, finding or found[index], lead_days=lead_days)
            outcome.unmatched += 1
            suspense += row.amount_cents
            continue
        row.applied, taken[match.entry_id] = True, row
        rows.append((row, match))
        outcome.applied += 1
        outcome.codes[row.code] += 1
    ctx.session.flush()
    call_off(ctx, originator_id, [match.entry_id for _, match in rows])
    items_with_orders, decisions = decide(ctx, rows, profile=profile, told_on=told_on)
    decided = list(zip(items_with_orders, decisions, strict=True))
    apply_decisions(ctx, originator_id, report_id, decided, on=told_on, lead_days=lead_days)
    if suspense:
        post(
            ctx, JournalKind.UNMATCHED_RETURN, originator_id=originator_id, source_id=report_id, on=told_on,
            amounts={(0, 0): suspense},
        )  # fmt: skip
    return outcome


def _turned_away(match: Match, taken: Container[int], out: Container[int]) -> Finding | None:
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


def _row(
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Returns,
    index: int,
    key: bytes,
    match: Match | None,
    finding: Finding | None,
) -> Return:
    about = match or finding
    return row_of(
        ctx,
        originator_id,
        report_id,
        items,
        index,
        key=key,
        entry_id=about.entry_id if about else None,
        order_id=about.order_id if about else None,
        batch_id=about.batch_id if about else None,
        matched_by=match.rule if match else None,
        differs="*".join(finding.differs) or None if finding else None,
    )
