"""Reports as people and systems ask for them."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.tables import Report


def listed(session: Session) -> list[dict[str, Any]]:
    """Return every kept report, the oldest first."""
    return [
        {
            "id": public_id(Prefix.REPORT, row.id),
            "name": row.name,
            "carrier": row.carrier,
            "state": row.state,
            "business_on": row.business_on.isoformat() if row.business_on else None,
            "sequence": row.sequence,
            "control_totals": row.control_totals,
            "problems": row.problems,
            "sha256": row.sha256.hex(),
            **json.loads(row.summary),
        }
        for row in session.scalars(select(Report).order_by(Report.id))
    ]
