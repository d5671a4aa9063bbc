"""Evenings: what every read model said at the end of each day, kept, and what is known of that evening later."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, parse_public_id
from ingather.store.exposure import read_exposed
from ingather.store.reading import cases, files, ledger, orders, settlements
from ingather.store.reading.past import cases as past_cases
from ingather.store.reading.past import files as past_files
from ingather.store.reading.past import orders as past_orders
from ingather.store.reading.past.exposure import exposed_known
from ingather.store.tables import File, Merchant, Order

Said: TypeAlias = dict[tuple[str, object, str], object]
"""What was said: of which model, of which thing, in which field."""
_OF_A_RETURN = ("id", "code", "applied", "late")


def end_of(day: date) -> datetime:
    """Return the last instant of a day in New York."""
    return datetime.combine(day, time.max, tzinfo=NEW_YORK)


def said_now(session: Session, day: date) -> Said:
    """Return what the read models say now, on the evening of a day."""
    keys = list(session.scalars(select(Order.id)))
    returned = {
        key: [{"id": row.id} | {name: getattr(row, name) for name in _OF_A_RETURN[1:]} for row in rows]
        for key, rows in orders.returns_of(session, keys).items()
    }
    return _flat(
        orders=orders.in_full(session, keys),
        entries=orders.entries_of(session, keys),
        returns=returned,
        files={row["id"]: row for row in files.listed(session)},
        batches={key: files.shown(session, key) for key in session.scalars(select(File.id))},
        ledger={"balances": ledger.balances(session)},
        merchants={key: settlements.owed(session, key) for key in session.scalars(select(Merchant.id))},
        statements={row["id"]: row for row in settlements.summed(session, limit=10_000)},
        cases={row["id"]: row for row in cases.listed(session, today=day)},
        exposure=dict(read_exposed(session, today=day)),
    )


def said_of(session: Session, day: date, at: datetime, *, states: Callable[..., Any] = past_orders.in_full) -> Said:
    """Return what the read models say now about what was known at an instant; ``states`` tells of the orders."""
    keys = list(session.scalars(select(Order.id)))
    full = states(session, keys, at)
    known_files = {row["id"]: row for row in past_files.listed(session, at)}
    shown = {key: past_files.shown(session, key, at) for key in session.scalars(select(File.id))}
    return _flat(
        orders=full,
        entries=past_orders.entries_of(session, keys, at),
        returns={
            key: [row | {"id": parse_public_id(Prefix.RETURN, row["id"])} for row in rows]
            for key, rows in past_orders.returns_of(session, keys, at).items()
        },
        files=known_files,
        batches={key: row for key, row in shown.items() if row is not None},
        ledger={"balances": ledger.balances(session, known_at=at)},
        merchants={key: settlements.owed(session, key, known_at=at) for key in session.scalars(select(Merchant.id))},
        statements={row["id"]: row for row in settlements.summed(session, limit=10_000, known_at=at)},
        cases={row["id"]: row for row in past_cases.listed(session, at, today=day)},
        exposure=exposed_known(session, at, today=day),
    )


def _flat(**models: dict[Any, Any]) -> Said:
    return {
        (model, thing, field): value
        for model, things in models.items()
        for thing, row in things.items()
        for field, value in _fields(row)
    }


def _fields(row: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 -- a row of any model
    match row:
        case dict():
            for name, value in row.items():
                if name not in {"known_at", "untold"} and value is not None:
                    yield str(name), value
        case list():
            for place, each in enumerate(row):
                for name, value in each.items():
                    if value is not None and name not in {"returned_on", "entry_id"}:
                        yield f"{place} {name}", value
        case _:
            yield "", row


def differing(then: Said, told: Said, *, untold: tuple[str, ...]) -> list[str]:
    """Return where what is told of an evening is not what was said on it; ``untold`` fields of orders are not told."""
    wrong = []
    for key in sorted({*then, *told}, key=str):
        model, _, field = key
        if model == "orders" and field in untold:
            if told.get(key):
                wrong.append(f"{model} {field}: told although the book does not keep it")
        elif then.get(key) != told.get(key):
            wrong.append(f"{model} {field}: {then.get(key)!r} then, told {told.get(key)!r}")
    return wrong
