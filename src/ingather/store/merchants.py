"""The merchants that a night debits for, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.columns import Int64, Mask
from ingather.rules.vocabulary import PartyState, Screening
from ingather.store.bulk import read_columns
from ingather.store.days import days_of
from ingather.store.tables import Merchant

_PARTY_STATES = {state.name.lower(): int(state) for state in PartyState}
_SCREENINGS = {word.name.lower(): int(word) for word in Screening}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchants:
    """The merchants of an originator as columns, ascending by id.

    ``most_entries`` and ``most_minor`` are their own limits for one night, 0 for none.
    """

    id: Int64
    company_name: Sequence[str]
    company_identification: Sequence[str]
    entry_description: Sequence[str]
    state: npt.NDArray[np.int8]
    payable: Mask
    screening: npt.NDArray[np.int8]
    screened_until: Int64
    most_entries: Int64
    most_minor: Int64


def read_merchants(session: Session, originator_id: int) -> Merchants:
    """Return an originator's merchants."""
    ids, names, identifications, descriptions, states, abroad, views, screenings, until, entries, minor = read_columns(
        session,
        select(
            Merchant.id,
            Merchant.company_name,
            Merchant.company_identification,
            Merchant.entry_description,
            Merchant.state,
            Merchant.paid_abroad,
            Merchant.iat_view_on,
            Merchant.screening,
            Merchant.screened_until,
            Merchant.night_limit_entries,
            Merchant.night_limit_minor,
        )
        .where(Merchant.originator_id == originator_id)
        .order_by(Merchant.id),
    )
    return Merchants(
        id=np.array(ids, np.int64),
        company_name=names,
        company_identification=identifications,
        entry_description=descriptions,
        state=np.array([_PARTY_STATES.get(state, 0) for state in states], np.int8),
        payable=np.array([not out or view is not None for out, view in zip(abroad, views, strict=True)], np.bool_),
        screening=np.array([_SCREENINGS.get(word, 0) for word in screenings], np.int8),
        screened_until=days_of(until),
        most_entries=np.array([limit or 0 for limit in entries], np.int64),
        most_minor=np.array([limit or 0 for limit in minor], np.int64),
    )
