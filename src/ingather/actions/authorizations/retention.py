"""Keeping authorizations for as long as they must be kept, and purging them after that, with a certificate.

A purge takes the words and the evidence; the hash and the skeleton stay, so that what was there can still be proven.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import exists, func, or_, select, update

from ingather.actions.authorizations.states import locked_authorization
from ingather.actions.context import Context
from ingather.actions.rules import keep_rules, policy_of
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import ENDED
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.rules.policy import HousePolicy
from ingather.rules.retention import Ended, Kept, kept_until
from ingather.rules.rows import ids_of
from ingather.store import events
from ingather.store.entries import of_authorization
from ingather.store.tables import Account, Authorization, Batch, Case, Entry, Order

_AT_ONCE = 5_000
_MOVING = (OrderState.OPEN, OrderState.SEALED, OrderState.SUBMITTED, OrderState.SETTLED, OrderState.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What was purged, or would be: the ids, and the certificate as the bytes of a JSON file with their hash."""

    ids: tuple[int, ...]
    certificate: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Return the certificate's hash."""
        return hashlib.sha256(self.certificate).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    row: Authorization
    kept: Kept


def set_legal_hold(ctx: Context, authorization_id: int, *, held: bool, reason: str) -> None:
    """Keep an authorization whatever its days, or end that; raises ``NoSuch`` and ``WrongState``."""
    row = locked_authorization(ctx, authorization_id)
    name = public_id(Prefix.AUTHORIZATION, authorization_id)
    if row.legal_hold is held:
        fact = f"authorization {name} is {'under' if held else 'not under'} a legal hold already"
        raise WrongState(fact)
    if row.purged_at is not None:
        fact = f"authorization {name} has been purged"
        raise WrongState(fact)
    row.legal_hold = held
    row.version += 1
    ctx.fact(
        FactKind.LEGAL_HOLD if held else FactKind.LEGAL_HOLD_ENDED, scope=Scope.AUTHORIZATION, subject=row.id,
        originator=row.originator_id, once=str(row.version), because=reason,
    )  # fmt: skip
    ctx.audit("set_legal_hold", name, held=held, reason=reason)


def purge_authorizations(ctx: Context, originator_id: int, *, dry_run: bool = False) -> Purge | None:
    """Purge the authorizations that need not be kept any longer on the clock's day; None when there are none.

    Kept is whatever is under a legal hold, has an order that is still moving or an open case about one, or whose days
    are not over. The certificate says what was purged, by which rows and which policy, when and by whom; whoever calls
    writes it down before the transaction ends. With ``dry_run`` nothing changes.
    """
    policy = policy_of(ctx, originator_id)
    chosen = _over(ctx, originator_id, policy)
    if not chosen:
        return None
    certificate = _certificate(ctx, originator_id, policy, chosen)
    purge = Purge(ids=tuple(each.row.id for each in chosen), certificate=certificate)
    if dry_run:
        return purge
    for start in range(0, len(purge.ids), _AT_ONCE):
        part = purge.ids[start : start + _AT_ONCE]
        ctx.session.execute(
            update(Authorization)
            .where(Authorization.id.in_(part))
            .values(text="", evidence={}, purged_at=ctx.now, version=Authorization.version + 1)
            .execution_options(synchronize_session=False),
        )
    rule_set = keep_rules(ctx, ids_of([row for each in chosen for row in each.kept.rows]))
    count = len(purge.ids)
    events.add_many(
        ctx.session, FactKind.PURGED, scope=Scope.AUTHORIZATION, subjects=purge.ids, originator=originator_id,
        on=[ctx.today] * count, at=ctx.now, actor=ctx.actor, once=[""] * count,
        detail=[{"certificate": purge.sha256, "rule_set": rule_set}] * count,
    )  # fmt: skip
    ctx.audit("purge_authorizations", "book", purged=count, certificate=purge.sha256)
    return purge


def _over(ctx: Context, originator_id: int, policy: HousePolicy) -> list[_Candidate]:
    moving = exists().where(of_authorization(), Order.state.in_(_MOVING))
    open_case = exists().where(of_authorization(), Case.order_id == Order.id, Case.state == CaseState.OPEN)
    rows = ctx.session.execute(
        select(Authorization, Account.holder)
        .join(Account, Account.id == Authorization.account_id)
        .where(
            Authorization.originator_id == originator_id,
            Authorization.state.in_(sorted(ENDED)),
            or_(Authorization.ended_on < ctx.today, Authorization.revoked_at.is_not(None)),
            Authorization.legal_hold.is_(False),
            Authorization.purged_at.is_(None),
            ~moving,
            ~open_case,
        )
        .order_by(Authorization.id),
    ).all()
    settled = _last_settled(ctx, [row[0].id for row in rows])
    found: list[_Candidate] = []
    for row, holder in rows:
        # What was revoked before ends were kept says so by the instant alone.
        ended_on = row.ended_on or (row.revoked_at and row.revoked_at.astimezone(NEW_YORK).date())
        if ended_on is None:
            continue
        ended = Ended(
            kind=row.kind,
            channel=row.channel,
            holder=holder,
            given_on=row.given_at.astimezone(NEW_YORK).date(),
            ended_on=ended_on,
            last_settled_on=settled.get(row.id),
        )
        kept = kept_until(ended, years=policy.retention.years)
        if kept.until < ctx.today:
            found.append(_Candidate(row=row, kept=kept))
    return found


def _last_settled(ctx: Context, ids: Sequence[int]) -> dict[int, date]:
    """Return when the last debit under each authorization settled, or should have."""
    found: dict[int, date] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = ctx.session.execute(
            select(Authorization.id, func.max(func.coalesce(Batch.settled_on, Batch.effective_on)))
            .join(Order, of_authorization())
            .join(Entry, Entry.order_id == Order.id)
            .join(Batch, Batch.id == Entry.batch_id)
            .where(Authorization.id.in_(ids[start : start + _AT_ONCE]))
            .group_by(Authorization.id),
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def _certificate(ctx: Context, originator_id: int, policy: HousePolicy, chosen: list[_Candidate]) -> bytes:
    told = {
        "certificate": "purge of authorizations",
        "originator": public_id(Prefix.ORIGINATOR, originator_id),
        "purged_on": ctx.today.isoformat(),
        "purged_at": ctx.now.isoformat(),
        "purged_by": ctx.actor,
        "policy": {"id": policy.id, "version": policy.version, "years": policy.retention.years},
        "removed": "the text of each and its evidence",
        "kept": "the hash of the text, the parties, the terms, the states, the notices and the history",
        "authorizations": [_certified(each) for each in chosen],
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def _certified(candidate: _Candidate) -> dict[str, Any]:
    row, kept = candidate.row, candidate.kept
    evidence = json.dumps(row.evidence, sort_keys=True, ensure_ascii=False).encode()
    return {
        "id": public_id(Prefix.AUTHORIZATION, row.id),
        "external_id": row.external_id,
        "state": row.state,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "ended_because": row.ended_because,
        "kept_until": kept.until.isoformat(),
        "rules": list(ids_of(kept.rows)),
        "text_sha256": row.text_sha256.hex(),
        "evidence_sha256": hashlib.sha256(evidence).hexdigest(),
        "evidence": sorted(row.evidence),
    }
