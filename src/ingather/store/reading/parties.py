"""Merchants and buyers as people and systems ask for them, with what their screening says."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, ScalarResult, Select, func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.merchants import Party, Screening
from ingather.store.reading.names import of_merchant
from ingather.store.reading.pages import Listing
from ingather.store.tables import Buyer, Fact, Label, Merchant, Order, ScreeningRecord

_PREFIXES = {Party.BUYER: Prefix.BUYER, Party.MERCHANT: Prefix.MERCHANT}
_TOLD = (FactKind.SUSPENDED, FactKind.RESUMED, FactKind.IAT_VIEW)


def key_of_party(session: Session, party: Party, external_id: str) -> int | None:
    """Return the key of a party by its external id, None when there is none or more than one originator has one."""
    table = _table(party)
    found = session.scalars(select(table.id).where(table.external_id == external_id).limit(2)).all()
    return found[0] if len(found) == 1 else None


def listed(
    session: Session, party: Party, *, screening: Screening | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return parties by their external ids, all or those of one screening."""
    table = _table(party)
    statement = select(table).order_by(table.external_id, table.id)
    if screening is not None:
        statement = statement.where(table.screening == screening)
    rows: ScalarResult[Any] = session.scalars(statement.limit(limit) if limit else statement)
    return [_as_dict(row) for row in rows]


def shown(session: Session, party: Party, key: int) -> dict[str, Any] | None:
    """Return one party with its orders by state, its screenings, the newest first, and what was decided about it."""
    row: Any = session.get(_table(party), key)
    if row is None:
        return None
    owner = Order.buyer_id if party is Party.BUYER else Order.merchant_id
    by_state = session.execute(select(Order.state, func.count()).where(owner == key).group_by(Order.state))
    screenings = session.scalars(
        select(ScreeningRecord)
        .where(ScreeningRecord.party == party, ScreeningRecord.party_id == key)
        .order_by(ScreeningRecord.screened_on.desc(), ScreeningRecord.id.desc()),
    )
    scope = Scope.BUYER if party is Party.BUYER else Scope.MERCHANT
    facts = session.scalars(
        select(Fact).where(Fact.scope == scope, Fact.subject_id == key, Fact.kind.in_(_TOLD)).order_by(Fact.seq),
    )
    return _as_dict(row) | {
        "orders": dict(sorted((str(state), int(count)) for state, count in by_state)),
        "screenings": [
            {
                "status": found.status,
                "provider": found.provider,
                "reference": found.reference,
                "screened_on": found.screened_on.isoformat(),
                "expires_on": found.expires_on.isoformat() if found.expires_on else None,
                "recorded_by": found.recorded_by,
            }
            for found in screenings
        ],
        "facts": [
            {"kind": fact.kind, "on": fact.on_date.isoformat(), "actor": fact.actor, **fact.detail} for fact in facts
        ],
    }


def _table(party: Party) -> type[Buyer | Merchant]:
    return Buyer if party is Party.BUYER else Merchant


def _as_dict(row: Buyer | Merchant) -> dict[str, Any]:
    party = Party.BUYER if isinstance(row, Buyer) else Party.MERCHANT
    found: dict[str, Any] = {
        "id": public_id(_PREFIXES[party], row.id),
        "external_id": row.external_id,
        "name": row.name,
        "state": row.state,
        "screening": row.screening,
        "screened_until": row.screened_until.isoformat() if row.screened_until else None,
    }
    if isinstance(row, Buyer):
        return found | {"receiver_name": row.receiver_name}
    return found | {
        "company_name": row.company_name,
        "company_identification": row.company_identification,
        "entry_description": row.entry_description,
        "paid_abroad": row.paid_abroad,
        "iat_view": row.iat_view,
        "iat_view_on": row.iat_view_on.isoformat() if row.iat_view_on else None,
        "night_limit_minor": row.night_limit_minor,
        "night_limit_entries": row.night_limit_entries,
        "return_fee_minor": row.return_fee_minor,
        "return_fee_notice": row.return_fee_notice,
        "return_fee_from": row.return_fee_from.isoformat() if row.return_fee_from else None,
        "tier": row.tier,
        "hold_days": row.hold_days,
        "reserve_bps": row.reserve_bps,
        "payout_method": row.payout_method,
    }


def _full(party: Party) -> Select[*tuple[Any, ...]]:
    table = _table(party)
    return select(table, Label.content.label("metadata")).outerjoin(Label, Label.subject_id == table.id)


def _in_full(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return _as_dict(row[0]) | {"created_at": row[0].created_at, "metadata": row[1] or {}}


def in_full(session: Session, party: Party, keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return parties by their keys, with the callers' labels: one statement for all."""
    return {row[0].id: _in_full(row) for row in session.execute(_full(party).where(_table(party).id.in_(keys)))}


def _listing(party: Party) -> Listing:
    table = _table(party)
    return Listing(
        statement=lambda: _full(party),
        key=table.id,
        shown=lambda _, rows: [_in_full(row) for row in rows],
        merchant=lambda merchant_id: of_merchant(table, merchant_id),
        filters={
            "external_id": lambda name: table.external_id == name,
            "state": lambda state: table.state == state,
            "screening": lambda screening: table.screening == screening,
        },
    )


MERCHANTS = _listing(Party.MERCHANT)
"""Merchants page by page."""
BUYERS = _listing(Party.BUYER)
"""Buyers page by page."""
