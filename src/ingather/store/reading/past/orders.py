"""Orders as they were known at an instant: the same dictionaries as today's, folded from what was recorded until then.

Amount, currency, due date and names never change, so they are told as they are. Why an order waits (``reason``), until
which date (``collect_on``) and the callers' labels are overwritten and kept nowhere else: they are ``UNTOLD``, null and
named as such, never today's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, encode_key, parse_public_id, public_id
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind
from ingather.domain.orders import STATES, OrderState
from ingather.domain.refusals import Unreadable
from ingather.rules.return_codes import return_reason
from ingather.store.among import AT_ONCE, among
from ingather.store.reading import orders
from ingather.store.reading.pages import Wanted
from ingather.store.reading.past.files import states_known
from ingather.store.reading.past.known import FactColumns, Known, Told, facts_known, known_of, returns_known
from ingather.store.tables import Authorization, Batch, Entry, Fact, File, FollowUp, Order, Return

UNTOLD = ("reason", "collect_on", "metadata")
"""What the book keeps of an order only as it is now."""
LASTING = frozenset(
    {"external_id", "merchant", "buyer", "due_from", "due_to", "created_from", "created_to", "amount_from", "amount_to"}
)
"""The filters of a list that are about what never changes of an order."""
_WAITING = (OrderState.OPEN, OrderState.RETURNED, OrderState.SEALED)
_PAGE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _CameBack:
    """The return of an entry that stood at the instant, and the newest word about its order: code and lateness."""

    applied: dict[int, int]
    last: dict[int, tuple[str | None, bool]]


def in_full(session: Session, order_ids: Sequence[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Return orders by their keys as they were known at an instant; those recorded later are left out."""
    known = known_of(session, order_ids, at)
    return _told_in_full(session, known) if len(known.order_id) else {}


def states_of(session: Session, order_ids: Sequence[int], at: datetime) -> dict[int, OrderState]:
    """Return the states of orders as they were known at an instant, by their keys."""
    known = known_of(session, order_ids, at)
    return {key: STATES[code] for key, code in zip(known.order_id.tolist(), known.states().tolist(), strict=True)}


def _told_in_full(session: Session, known: Known) -> dict[int, dict[str, Any]]:
    keys = known.order_id.tolist()
    now: dict[int, dict[str, Any]] = {}
    for start in range(0, len(keys), _PAGE):
        now |= orders.in_full(session, keys[start : start + _PAGE])
    codes, presentations = known.states().tolist(), known.presentations().tolist()
    held, back = _held(known), _came_back(session, known)
    refunded, moved = _refunded(session, known), _authorizations(session, known)
    confirmed_since = _confirmed_since(session, known)
    found: dict[int, dict[str, Any]] = {}
    for key, code, presented in zip(keys, codes, presentations, strict=True):
        last_code, late = back.last.get(key, (None, False))
        found[key] = now[key] | {
            "state": STATES[code],
            "presentations": presented,
            "held": held.get(key, False),
            "suspected": now[key]["suspected"] or key in confirmed_since,
            "last_code": last_code,
            "late": late,
            "refunded_minor": refunded.get(key, 0),
            "known_at": known.at,
            "untold": list(UNTOLD),
            "reason": None,
            "collect_on": None,
            "metadata": {},
        }
        if key in moved:
            found[key] |= moved[key]
    return found


def _held(known: Known) -> dict[int, bool]:
    """Return which orders were held or let go: each by itself, refused by the bank singly, or with a file put back."""
    entries = known.entries
    owner = dict(zip(entries.id.tolist(), entries.order_id.tolist(), strict=True))
    presented = set(entries.id[entries.presentation > 0].tolist())
    words = [(fact.seq, fact.subject, fact.kind == FactKind.HELD) for kind in (FactKind.HELD, FactKind.UNHELD)
             for fact in known.of_orders.of(kind)]  # fmt: skip
    words += [
        (fact.seq, owner[fact.subject], True)
        for fact in known.of_entries.of(FactKind.REJECTED)
        if fact.subject in presented
    ]
    for fact in known.of_files.of(FactKind.HELD):
        words += [(fact.seq, order_id, True) for order_id in _put_back(known, fact)]
    return {order_id: holds for _, order_id, holds in sorted(words)}


def _put_back(known: Known, fact: Told) -> Iterator[int]:
    """Yield the orders that were held with a file: those of its voided and rejected debits that waited then."""
    entries = known.entries
    mine = (entries.file_id == fact.subject) & (entries.presentation > 0)
    named = fact.detail.get("batches")
    if named:
        mine &= np.isin(entries.batch_id, [parse_public_id(Prefix.BATCH, name) for name in named])
    if not mine.any():
        return
    gone = known.of_files.told(FactKind.VOIDED, entries.file_id, before=fact.seq)
    gone |= known.of_files.told(FactKind.REJECTED, entries.file_id, before=fact.seq)
    gone |= known.of_batches.told(FactKind.REJECTED, entries.batch_id, before=fact.seq)
    gone |= known.of_entries.told(FactKind.REJECTED, entries.id, before=fact.seq)
    states = known.states(before=fact.seq)
    for order_id in entries.order_id[mine & gone].tolist():
        if STATES[states[np.searchsorted(known.order_id, order_id)]] in _WAITING:
            yield order_id


def _came_back(session: Session, known: Known) -> _CameBack:
    """Return what the returns known then say: facts in the order they came, each return found by entry and code."""
    rows = returns_known(session, known.order_id.tolist(), known.at)
    by_key = {row.id: row for row in rows}
    of_entry: dict[int, list[Return]] = {}
    for row in rows:
        of_entry.setdefault(row.entry_id or 0, []).append(row)
    replaced = facts_known(session, Scope.RETURN, by_key, known.at, kinds=(FactKind.REPLACED,))
    told = [*known.of_entries.of(FactKind.RETURNED), *known.of_entries.of(FactKind.UNDONE), *replaced]
    owner = dict(zip(known.entries.id.tolist(), known.entries.order_id.tolist(), strict=True))
    debits = set(known.entries.id[known.entries.presentation > 0].tolist())
    back = _CameBack(applied={}, last={})
    for fact in sorted(told, key=lambda fact: fact.seq):
        if fact.kind == FactKind.REPLACED:
            _replace(back, by_key, fact, owner)
        elif fact.subject not in debits:
            _apply(back, of_entry, fact)
        elif fact.kind == FactKind.UNDONE:
            back.applied.pop(fact.subject, None)
            back.last[owner[fact.subject]] = (None, False)
        else:
            _apply(back, of_entry, fact)
            back.last[owner[fact.subject]] = (fact.detail.get("code"), bool(fact.detail.get("late")))
    return back


def _apply(back: _CameBack, of_entry: dict[int, list[Return]], fact: Told) -> None:
    found = _return_of(of_entry, fact) if fact.kind == FactKind.RETURNED else None
    if found is not None:
        back.applied[fact.subject] = found.id


def _replace(back: _CameBack, rows: dict[int, Return], fact: Told, owner: dict[int, int]) -> None:
    old, new = rows[fact.subject], rows.get(parse_public_id(Prefix.RETURN, fact.detail["by"]))
    if back.applied.get(old.entry_id or 0) != old.id:
        return
    back.applied.pop(old.entry_id or 0)
    if new is not None and new.entry_id == old.entry_id and new.entry_id in owner:
        back.applied[new.entry_id] = new.id
        back.last[owner[new.entry_id]] = (new.code, new.late)


def _return_of(of_entry: dict[int, list[Return]], fact: Told) -> Return | None:
    """Return the newest return of an entry that had come in when its fact was recorded, of the code it names."""
    rows = [row for row in of_entry.get(fact.subject, ()) if row.received_at <= fact.at]
    same = [row for row in rows if row.code == fact.detail.get("code")]
    # Two of one instant: the one that is applied, or was, had the fact.
    return max(same, key=lambda row: (row.received_at, row.applied or row.undone_on is not None, -row.id), default=None)


def _refunded(session: Session, known: Known) -> dict[int, int]:
    """Return what standing refunds gave back of orders: asked for until then, and neither withdrawn nor returned."""
    keys, found = known.order_id.tolist(), dict[int, int]()
    rows: list[FollowUp] = []
    for start in range(0, len(keys), AT_ONCE):
        rows += session.scalars(
            select(FollowUp).where(
                among(session, FollowUp.order_id, keys[start : start + AT_ONCE]),
                FollowUp.kind == FollowUpKind.REFUND,
                FollowUp.recorded_at <= known.at,
            )
        )
    ended = FactColumns(
        facts_known(
            session, Scope.FOLLOW_UP, [row.id for row in rows], known.at,
            kinds=(FactKind.WITHDRAWN, FactKind.RETURNED),
        )
    )  # fmt: skip
    over = {*ended.newest(FactKind.WITHDRAWN), *ended.newest(FactKind.RETURNED)}
    for row in rows:
        if row.id not in over:
            found[row.order_id] = found.get(row.order_id, 0) + row.amount_cents
    return found


def _confirmed_since(session: Session, known: Known) -> set[int]:
    """Return which orders were found not to be another one only later: an order is suspected from its recording on."""
    found: set[int] = set()
    keys = known.order_id.tolist()
    for start in range(0, len(keys), AT_ONCE):
        found |= set(
            session.scalars(
                select(Fact.subject_id).where(
                    Fact.scope == Scope.ORDER,
                    among(session, Fact.subject_id, keys[start : start + AT_ONCE]),
                    Fact.kind == FactKind.CONFIRMED,
                    Fact.recorded_at > known.at,
                )
            )
        )
    return found


def _authorizations(session: Session, known: Known) -> dict[int, dict[str, str]]:
    """Return the authorizations of then of orders that moved to another one later, by order."""
    keys = known.order_id.tolist()
    originators = select(Order.originator_id).where(Order.id == keys[0]).scalar_subquery()
    moves = session.execute(
        select(Fact.subject_id, Fact.detail)
        .where(
            Fact.scope == Scope.AUTHORIZATION,
            Fact.kind == FactKind.SUPERSEDED,
            Fact.originator_id == originators,
            Fact.recorded_at > known.at,
        )
        .order_by(Fact.seq.desc())
    ).all()
    mine, then = set(keys), dict[int, int]()
    for authorization_id, detail in moves:
        for name in detail.get("moved", ()):
            if (key := parse_public_id(Prefix.ORDER, name)) in mine:
                # The first move after the instant is read last: it names the authorization of then.
                then[key] = authorization_id
    if not then:
        return {}
    rows = session.execute(
        select(Authorization.id, Authorization.external_id).where(Authorization.id.in_(sorted(set(then.values()))))
    )
    names = {row.id: row.external_id for row in rows}
    return {
        key: {
            "authorization": names[authorization_id],
            "authorization_id": public_id(Prefix.AUTHORIZATION, authorization_id),
        }
        for key, authorization_id in then.items()
    }


def entries_of(session: Session, order_ids: Sequence[int], at: datetime) -> dict[int, list[dict[str, Any]]]:
    """Return the entries of orders that were sealed by an instant, each as it stood then, in the order they were made.

    A line, trace and amount never change; the state of the file, the settlement and the end are those known then.
    """
    known = known_of(session, order_ids, at)
    entries = known.entries
    rows = {
        row.Entry.id: row
        for start in range(0, len(entries.id), AT_ONCE)
        for row in session.execute(
            select(Entry, Batch, File)
            .join(Batch, Batch.id == Entry.batch_id)
            .join(File, File.id == Entry.file_id)
            .where(among(session, Entry.id, entries.id[start : start + AT_ONCE].tolist()))
        )
    }
    files = states_known(session, sorted({row.File.id for row in rows.values()}), at)
    applied = _came_back(session, known).applied
    standing = dict(zip(entries.id.tolist(), known.standing().tolist(), strict=True))
    found: dict[int, list[dict[str, Any]]] = {key: [] for key in known.order_id.tolist()}
    for key in sorted(rows):
        entry, batch, file = rows[key]
        settled = known.settlement(batch.id)
        voided = files[file.id].state == "voided"
        ended = EntryEnd.RETURNED if key in applied else None if standing[key] else EntryEnd.REJECTED
        found[entry.order_id or 0].append(
            {
                "id": public_id(Prefix.ENTRY, entry.id),
                "kind": entry.kind,
                "presentation": entry.presentation,
                "file_id": public_id(Prefix.FILE, file.id),
                "file": file.name,
                "file_state": files[file.id].state,
                "line": entry.line,
                "trace": f"{entry.trace:015d}",
                "reference": encode_key(entry.order_id or 0),
                "amount_minor": entry.amount_cents,
                "entry_class": batch.entry_class,
                "description": batch.entry_description,
                "effective_on": batch.effective_on,
                "settled_on": settled[0] if settled else None,
                "hold_until": settled[1] if settled else None,
                "ended": EntryEnd.VOIDED if voided else ended,
            }
        )
    return found


def applied_returns(session: Session, order_ids: Sequence[int], at: datetime) -> set[int]:
    """Return the keys of the returns of orders that had moved them, and were neither undone nor replaced, by then."""
    return set(_came_back(session, known_of(session, order_ids, at)).applied.values())


def returns_of(session: Session, order_ids: Sequence[int], at: datetime) -> dict[int, list[dict[str, Any]]]:
    """Return the returns of orders that had come in by an instant, and whether each was applied then."""
    known = known_of(session, order_ids, at)
    applied = set(_came_back(session, known).applied.values())
    found: dict[int, list[dict[str, Any]]] = {key: [] for key in known.order_id.tolist()}
    for row in returns_known(session, known.order_id.tolist(), at):
        found[row.order_id or 0].append(
            {
                "id": public_id(Prefix.RETURN, row.id),
                "entry_id": public_id(Prefix.ENTRY, row.entry_id) if row.entry_id else None,
                "code": row.code,
                "returned_on": row.returned_on,
                "late": row.late,
                "applied": row.id in applied,
            }
        )
    return found


def page_known(session: Session, at: datetime, wanted: Wanted) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of orders as known at an instant, and the key after which the next begins, None after the last.

    Of the filters ``state`` is asked of what was known, the ``LASTING`` ones of what never changes. The orders are
    folded some thousand at a time until the page is full. Raises ``Unreadable`` for any other filter.
    """
    states = wanted.filters.get("state") or ()
    statement = orders.LISTING.statement().with_only_columns(Order.id).where(Order.created_at <= at)
    if wanted.merchant_id is not None:
        statement = statement.where(Order.merchant_id == wanted.merchant_id)
    for name, value in wanted.filters.items():
        if name == "state" or value is None:
            continue
        if name not in LASTING:
            fact = f"a list of what was known then is not narrowed by {name}, which the book keeps as it is now"
            raise Unreadable(fact, "Leave it out, or ask for today's list")
        statement = statement.where(orders.LISTING.filters[name](value))
    found: list[dict[str, Any]] = []
    last = wanted.after
    while True:
        size = _PAGE if states else wanted.limit + 1 - len(found)
        rows = statement.order_by(Order.id.desc() if wanted.newest_first else Order.id).limit(size)
        if last is not None:
            rows = rows.where(Order.id < last if wanted.newest_first else Order.id > last)
        keys = session.scalars(rows).all()
        known = states_of(session, keys, at) if states and keys else {}
        chosen = [key for key in keys if not states or known[key] in states][: wanted.limit + 1 - len(found)]
        shown_ = in_full(session, chosen, at)
        found += [shown_[key] for key in chosen]
        if len(found) > wanted.limit:
            return found[: wanted.limit], parse_public_id(Prefix.ORDER, found[wanted.limit - 1]["id"])
        if len(keys) < size:
            return found, None
        last = keys[-1]


def shown(session: Session, order_id: int, at: datetime) -> dict[str, Any] | None:
    """Return one order as known at an instant with its entries, returns and facts of then; None when there was none."""
    found = in_full(session, [order_id], at).get(order_id)
    if found is None:
        return None
    facts = facts_known(session, Scope.ORDER, [order_id], at)
    return found | {
        "entries": entries_of(session, [order_id], at)[order_id],
        "returns": [
            row | {"meaning": _meaning(row["code"], found["due_on"])}
            for row in returns_of(session, [order_id], at)[order_id]
        ],
        "facts": [
            {"kind": fact.kind, "on": fact.on, "at": fact.at, "actor": fact.actor, **fact.detail} for fact in facts
        ],
    }


def _meaning(code: str, on: Any) -> str | None:  # noqa: ANN401 -- a date
    reason = return_reason(code, on=on)
    return reason.meaning if reason else None
