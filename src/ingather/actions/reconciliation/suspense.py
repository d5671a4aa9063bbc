"""Cases about money: postings that nothing explains, and what should have moved and has not.

Each opens once, a banking day after its own day, and closes by itself when it is explained.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, select

from ingather.actions.cases import close_many, open_cases
from ingather.actions.context import Context
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.reconciliation import MatchKind
from ingather.rules.reconciliation import Reasons
from ingather.rules.suspense import asked_from, kind_of
from ingather.store.asking import Value, asked
from ingather.store.reading.reconciliation import Unexplained
from ingather.store.tables import BankPosting, Batch, Case, Feed, Match, Return

ABOUT_POSTINGS = (
    CaseKind.SHORT_SETTLEMENT,
    CaseKind.OVER_SETTLEMENT,
    CaseKind.ORPHAN_CREDIT,
    CaseKind.ORPHAN_DEBIT,
    CaseKind.POSTING_WITHOUT_RETURN,
    CaseKind.UNKNOWN_CODE,
)
ABOUT_REASONS = (CaseKind.MISSING_SETTLEMENT, CaseKind.RETURN_WITHOUT_POSTING)
OF_SUSPENSE = (*ABOUT_POSTINGS, *ABOUT_REASONS)
_AT_ONCE = 5_000
_TURNS = 4
_SAID = {
    CaseKind.SHORT_SETTLEMENT: "is less than what it names, {expected} USD",
    CaseKind.OVER_SETTLEMENT: "is more than what it names, {expected} USD",
    CaseKind.ORPHAN_CREDIT: "is nothing that we sent or expect",
    CaseKind.ORPHAN_DEBIT: "is nothing that we sent or know of",
    CaseKind.POSTING_WITHOUT_RETURN: "is a return of which no report has told",
    CaseKind.UNKNOWN_CODE: "has a code that neither a table nor the profile knows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A case to be: about what, how it is told, and the cents in question."""

    kind: CaseKind
    once: str
    subject: str
    sentence: str
    amount: int


def tell_suspense(
    ctx: Context, feed: Feed, postings: Unexplained, reasons: Reasons, *, told: set[int], used: set[int], day: date
) -> int:
    """Open cases for what nothing explains, and close those that are explained; returns how many were opened.

    ``told`` and ``used`` are the places of postings and reasons that were matched now; ``day`` is that of the last
    statement.
    """
    found = [*_of_postings(feed, postings, reasons, told, day), *_of_reasons(reasons, used, day)]
    _close_explained(ctx, feed.originator_id, still={each.subject for each in found})
    by_kind: defaultdict[CaseKind, list[Finding]] = defaultdict(list)
    for each in found:
        by_kind[each.kind].append(each)
    return sum(_open(ctx, feed.originator_id, kind, each) for kind, each in by_kind.items())


def _of_postings(feed: Feed, postings: Unexplained, reasons: Reasons, told: set[int], day: date) -> list[Finding]:
    moves = postings.moves
    expected = _expected(reasons)
    found = []
    for place, key in enumerate(moves.key):
        if place in told or not moves.amount[place] or asked_from(postings.booked_on[place]) > day:
            continue
        named = next(
            (expected[name] for name in (
                ("ref", moves.bank_ref[place], 0),
                ("batch", moves.origination_file[place], moves.batch_number[place]),
            ) if name[1] and name in expected),
            None,
        )  # fmt: skip
        kind = kind_of(moves.event[place], moves.amount[place], expected=named)
        name = public_id(Prefix.POSTING, key)
        what = _SAID[kind].format(expected=format_minor(named or 0))
        found.append(
            Finding(
                kind=kind,
                once=name,
                subject=name,
                sentence=f"A posting of {format_minor(moves.amount[place])} USD on {postings.booked_on[place]}, "
                f"{postings.code[place]}, on the account ...{feed.account_last4} {what}. It is in suspense.",
                amount=moves.amount[place],
            )
        )
    return found


def _expected(reasons: Reasons) -> dict[tuple[str, str, int], int]:
    """Return what batches come to that a posting may name: by the bank's reference, and by file and number."""
    expected: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    for place, kind in enumerate(reasons.kind):
        if kind is MatchKind.SETTLEMENT:
            expected["ref", reasons.bank_ref[place], 0] += reasons.amount[place]
            expected["batch", reasons.origination_file[place], reasons.batch_number[place]] += reasons.amount[place]
    return expected


def _of_reasons(reasons: Reasons, used: set[int], day: date) -> list[Finding]:
    found = []
    missing: defaultdict[int, int] = defaultdict(int)
    due = [place for place, on in enumerate(reasons.on) if place not in used and asked_from(on) <= day]
    for place in due:
        if reasons.kind[place] is MatchKind.SETTLEMENT:
            missing[reasons.key[place]] += reasons.amount[place]
    for place in due:
        kind, amount, on = reasons.kind[place], reasons.amount[place], reasons.on[place]
        if kind is MatchKind.SETTLEMENT:
            if reasons.key[place] not in missing:
                continue
            # A batch is told once, with all of it that is missing: both sides, or its entries.
            amount = missing.pop(reasons.key[place])
            name = public_id(Prefix.BATCH, reasons.key[place])
            of_file = f" of file {reasons.origination_file[place]}" if reasons.origination_file[place] else ""
            sentence = (
                f"Batch {reasons.batch_number[place]}{of_file} over {format_minor(amount)} USD should have moved on "
                f"{on}; no posting on the account tells of it."
            )
            found.append(
                Finding(kind=CaseKind.MISSING_SETTLEMENT, once=name, subject=name, sentence=sentence, amount=amount)
            )
        elif kind is MatchKind.RETURN_POSTING and reasons.company[place]:
            name = public_id(Prefix.RETURN, reasons.key[place])
            sentence = (
                f"The return {name} over {format_minor(abs(amount))} USD settled on {on}; no posting on the account "
                "tells of it."
            )
            found.append(
                Finding(kind=CaseKind.RETURN_WITHOUT_POSTING, once=name, subject=name, sentence=sentence, amount=amount)
            )
    return found


def _open(ctx: Context, originator_id: int, kind: CaseKind, found: Sequence[Finding]) -> int:
    """Open the cases that are new; one that was closed and is in question again is another case."""
    known = _known(ctx, originator_id, kind, [each.subject for each in found])
    fresh = [each for each in found if known.get(each.subject, each.subject)]
    open_cases(
        ctx,
        kind,
        originator_id=originator_id,
        once=[_next_turn(known[each.subject]) if each.subject in known else each.once for each in fresh],
        subject=[each.subject for each in fresh],
        sentence=[each.sentence for each in fresh],
        order_id=[None] * len(fresh),
        suspense_minor=[each.amount for each in fresh],
    )
    return len(fresh)


def _known(ctx: Context, originator_id: int, kind: CaseKind, names: Sequence[str]) -> dict[str, str]:
    """Return by subject what its last case is kept once by, where it is closed; nothing in its place while one is open.

    Turns follow one another, so that the next ones are only looked for where all before them are there.
    """
    known: dict[str, str] = {}
    pending, first = list(names), 1
    while pending:
        for start in range(0, len(pending), _AT_ONCE):
            turns = [_turn(name, turn) for name in pending[start : start + _AT_ONCE]
                     for turn in range(first, first + _TURNS)]  # fmt: skip
            rows = ctx.session.execute(
                select(Case.subject, Case.state, Case.once)
                .where(Case.originator_id == originator_id, Case.kind == kind, Case.once.in_(turns))
                .order_by(Case.id)
            )
            known |= {row.subject: row.once if row.state == CaseState.CLOSED else "" for row in rows}
        pending = [name for name in pending if known.get(name) == _turn(name, first + _TURNS - 1)]
        first += _TURNS
    return known


def _turn(name: str, turn: int) -> str:
    return name if turn == 1 else f"{name}|{turn}"


def _next_turn(once: str) -> str:
    name, _, turn = once.partition("|")
    return _turn(name, int(turn or 1) + 1)


@asked()
def _open_cases(originator_id: Value) -> Select[int, str, str]:
    return select(Case.id, Case.kind, Case.subject).where(
        Case.originator_id == originator_id, Case.kind.in_(OF_SUSPENSE), Case.state == CaseState.OPEN
    )


def _close_explained(ctx: Context, originator_id: int, *, still: set[str]) -> None:
    """Close the cases whose posting is explained now, and those of what has moved or never will.

    What is ``still`` in question stays open: of a batch only a part may have moved.
    """
    rows = ctx.session.execute(*_open_cases(originator_id=originator_id)).all()
    by_kind: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for case_id, kind, subject in (row for row in rows if row.subject not in still):
        by_kind[kind][parse_public_id(_PREFIX[CaseKind(kind)], subject)] = case_id
    for kind, cases in by_kind.items():
        done: list[int] = []
        keys = list(cases)
        for start in range(0, len(keys), _AT_ONCE):
            done += [cases[key] for key in _explained(ctx, CaseKind(kind), keys[start : start + _AT_ONCE])]
        close_many(ctx, originator_id, done, outcome="it is explained now")


def _explained(ctx: Context, kind: CaseKind, keys: Sequence[int]) -> list[int]:
    if kind in ABOUT_POSTINGS:
        return list(ctx.session.scalars(select(BankPosting.id).where(BankPosting.id.in_(keys), BankPosting.matched)))
    of = MatchKind.SETTLEMENT if kind is CaseKind.MISSING_SETTLEMENT else MatchKind.RETURN_POSTING
    matched = ctx.session.scalars(
        select(Match.target_id).where(Match.target_id.in_(keys), Match.kind == of, Match.undone_at.is_(None))
    ).all()
    never = (
        select(Batch.id).where(Batch.id.in_(keys), Batch.rejected)
        if kind is CaseKind.MISSING_SETTLEMENT
        else select(Return.id).where(Return.id.in_(keys), ~exists().where(Batch.id == Return.batch_id))
    )
    return sorted({*matched, *ctx.session.scalars(never)})


_PREFIX = dict.fromkeys(ABOUT_POSTINGS, Prefix.POSTING) | {
    CaseKind.MISSING_SETTLEMENT: Prefix.BATCH,
    CaseKind.RETURN_WITHOUT_POSTING: Prefix.RETURN,
}
