"""What an intake says: how many rows were new, how many were known already, and which were refused and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.store.among import names_among
from ingather.store.tables import Account, Buyer, Merchant

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_AT_ONCE = 5_000
BUCKETS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of one row: its index in the columns, the field at fault, the sentence, and under which check."""

    row: int
    field: str
    message: str
    check: str = "import-refused"


@dataclass(slots=True)  # mutable -- counted while the rows are looked at
class Intake:
    """The outcome of one intake; ``told`` is what there is to know about rows that were taken.

    ``keys`` gives, where the action says so, the key of what stands in the book under a row's name, whether the row
    brought it, repeats it or contradicts it; ``fresh`` are the rows that brought it.
    """

    new: int = 0
    same: int = 0
    refused: list[Verdict] = field(default_factory=list)
    told: list[Verdict] = field(default_factory=list)
    keys: dict[int, int] = field(default_factory=dict)
    fresh: frozenset[int] = frozenset()

    def refuse(self, row: int, field_name: str, message: str) -> None:
        """Refuse a row."""
        self.refused.append(Verdict(row=row, field=field_name, message=message))

    def tell(self, row: int, field_name: str, message: str, *, check: str = "import-draft") -> None:
        """Say something about a row that is taken."""
        self.told.append(Verdict(row=row, field=field_name, message=message, check=check))


def known_rows(
    session: Session,
    columns: Sequence[InstrumentedAttribute[Any]],
    *,
    of: InstrumentedAttribute[int],
    originator_id: int,
    key: InstrumentedAttribute[str],
    wanted: Iterable[str],
    within: ColumnElement[bool] | None = None,
) -> list[AnyRow]:
    """Return the given columns of an originator's rows whose key is among the wanted ones, and that are ``within``."""
    names = sorted(set(wanted))
    rows: list[AnyRow] = []
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        asked = select(*columns).where(of == originator_id, names_among(session, key, part))
        rows.extend(session.execute(asked if within is None else asked.where(within)).all())
    return rows


def keys_by_external_id(
    session: Session,
    table: type[Merchant | Buyer | Account],
    originator_id: int,
    wanted: Iterable[str],
) -> dict[str, int]:
    """Return the keys of an originator's rows by their external ids."""
    rows = known_rows(
        session,
        (table.external_id, table.id),
        of=table.originator_id,
        originator_id=originator_id,
        key=table.external_id,
        wanted=wanted,
    )
    return {row[0]: row[1] for row in rows}
