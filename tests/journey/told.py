"""Notifications of change told to a stage one by one, and the house's policy about them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from ingather.actions.corrections import showing
from ingather.actions.corrections.taking import apply_changes
from ingather.actions.orders import NewOrders, record_orders
from ingather.actions.returns.taking import Applied
from ingather.actions.rules import take_policy
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.jobs.rehearsal.stage import Stage
from ingather.reports.items import Changes
from ingather.store.tables import Account, Entry
from tests.journey.checked import account_key
from tests.journey.stage import order_key

_POLICY = """id = "changes"
version = 1
[screening]
required = false
[validation]
again_after_correction = false
[changes]
manual = [{manual}]
single_entries = "{single}"
"""


def owed(stage: Stage, name: str, *, due: date, amount: int) -> None:
    """Record another order under the authorization of the first buyer."""
    originator_id = stage.desk.originator_id()
    with stage.desk.action() as ctx:
        intake = record_orders(
            ctx,
            originator_id,
            NewOrders(
                external_id=[name],
                instalment=[1],
                merchant=["harbor"],
                authorization=["b000"],
                amount_minor=[amount],
                due_on=[due],
                goods=[False],
            ),
        )
    assert intake.new == 1


def change_policy(stage: Stage, *manual: str, single: str = "apply") -> None:
    """Have these codes wait for a person, and changes of single entries applied or left."""
    originator_id = stage.desk.originator_id()
    with stage.desk.action() as ctx:
        listed = ", ".join(f'"{code}"' for code in manual)
        take_policy(ctx, originator_id, _POLICY.format(manual=listed, single=single))


def notified(
    stage: Stage,
    code: str,
    corrected: str,
    *,
    about: str = "b000",
    reference: str | None = None,
    trace: int | None = None,
    change_trace: int = 231380100000001,
    times: int = 1,
) -> Applied:
    """Take a notification about the newest debit of an order, or about whatever has a reference and trace."""
    if trace is None:
        key = order_key(stage, about)
        with stage.desk.view() as ctx:
            trace = ctx.session.scalars(select(Entry.trace).where(Entry.order_id == key).order_by(Entry.id)).all()[-1]
        reference = encode_key(key) if reference is None else reference
    one: dict[str, object] = {
        "line": 1, "code": code, "original_trace": trace, "change_trace": change_trace, "rdfi": "23138010",
        "corrected": corrected.ljust(29), "identification": f"{reference or '':<15}", "name": "B",
        "company_identification": "1845550101", "standard_entry_class": "COR", "batch_number": 1,
    }  # fmt: skip
    items = Changes(**{name: [value] * times for name, value in one.items()})  # type: ignore[arg-type]  # by name
    originator_id = stage.desk.originator_id()
    with stage.desk.action() as ctx:
        return apply_changes(ctx, originator_id, 1, items)


def changes(stage: Stage) -> Sequence[dict[str, Any]]:
    """Return every notification as people see it, the oldest first."""
    with stage.desk.view() as ctx:
        return sorted(showing.listed(ctx), key=lambda row: str(row["id"]))


def only_change(stage: Stage) -> dict[str, Any]:
    """Return the one notification."""
    (found,) = changes(stage)
    return found


def change_key(found: dict[str, Any]) -> int:
    """Return a notification's key."""
    return parse_public_id(Prefix.CORRECTION, str(found["id"]))


def account_row(stage: Stage, external_id: str = "b000") -> Account:
    """Return an account's row."""
    key = account_key(stage, external_id)
    with stage.desk.view() as ctx:
        found = ctx.session.get_one(Account, key)
        ctx.session.expunge_all()
        return found
