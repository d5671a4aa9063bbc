"""Recording what is to follow debits, as columns: a row each, its fact, and the case that keeps its order as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ingather.actions.context import Context
from ingather.base.dates import to_micros
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.tables import Case, FollowUp

OWNER = "returns_desk"
CASE_OF = {FollowUpKind.REVERSAL: CaseKind.REVERSAL, FollowUpKind.REFUND: CaseKind.REFUND}
"""The case that is open from the asking to the end; a fee has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debits:
    """``n`` debits that something is to follow: columns of length n.

    ``collected`` says that the order is collected already.
    """

    entry_id: Sequence[int]
    order_id: Sequence[int]
    merchant_id: Sequence[int]
    amount_cents: Sequence[int]
    reason: Sequence[str]
    last_day: Sequence[date | None]
    collected: Sequence[bool]

    def __len__(self) -> int:
        """Return the number of debits."""
        return len(self.entry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to follow: the same for all debits it is asked for.

    ``not_before`` is the first night, ``send_by`` the last instant of the hand-over.
    """

    kind: FollowUpKind
    state: FollowUpState
    words: str
    rule_set_id: int | None
    not_before: date | None = None
    send_by: datetime | None = None


def record_follow_ups(ctx: Context, originator_id: int, debits: Debits, wish: Wish) -> list[int]:
    """Record what is to follow some debits and return the keys, in the order of the debits.

    Raises the driver's ``IntegrityError`` where a standing reversal or a fee follows one of them already.
    """
    count = len(debits)
    if not count:
        return []
    ctx.session.flush()
    ids: list[int] = ctx.ids.many(count).tolist()
    insert_columns(
        ctx.session,
        FollowUp,
        {
            "id": ids,
            "original_entry_id": debits.entry_id,
            "order_id": debits.order_id,
            "merchant_id": debits.merchant_id,
            "amount_cents": debits.amount_cents,
            "reason": debits.reason,
            "last_day": [day and day.isoformat() for day in debits.last_day],
            "of_collected": [bool(flag) for flag in debits.collected],
        },
        same={
            "originator_id": originator_id,
            "kind": wish.kind,
            "state": wish.state,
            "words": wish.words,
            "not_before": wish.not_before,
            "send_by": None if wish.send_by is None else to_micros(wish.send_by),
            "maker": ctx.actor,
            "asked_on": ctx.today,
            "rule_set_id": wish.rule_set_id,
            "version": 1,
            "recorded_at": ctx.now,
        },
    )
    events.add_many(
        ctx.session,
        FactKind.ASKED,
        scope=Scope.FOLLOW_UP,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * count,
        at=ctx.now,
        actor=ctx.actor,
        once=[""] * count,
        detail=[
            {"of": str(wish.kind), "reason": reason, "cents": cents, "state": str(wish.state)}
            for reason, cents in zip(debits.reason, debits.amount_cents, strict=True)
        ],
    )
    return ids


def open_cases_of(
    ctx: Context,
    originator_id: int,
    kind: FollowUpKind,
    follow_up_ids: Sequence[int],
    debits: Debits,
    *,
    sentence: Sequence[str],
    clock: str | None,
    due_on: Sequence[date | None],
) -> None:
    """Open the case of each follow-up; that of a reversal holds the release of an order not collected yet."""
    count = len(follow_up_ids)
    ids: list[int] = ctx.ids.many(count).tolist()
    insert_columns(
        ctx.session,
        Case,
        {
            "id": ids,
            "once": [public_id(Prefix.FOLLOW_UP, key) for key in follow_up_ids],
            "subject": [public_id(Prefix.ORDER, key) for key in debits.order_id],
            "order_id": debits.order_id,
            "entry_id": debits.entry_id,
            "sentence": sentence,
            "due_on": [day and day.isoformat() for day in due_on],
            "holds_release": [not collected for collected in debits.collected],
        },
        same={
            "originator_id": originator_id,
            "kind": CASE_OF[kind],
            "state": CaseState.OPEN,
            "owner": OWNER,
            "suspense_minor": 0,
            "opened_on": ctx.today,
            "clock": clock,
        },
    )
    events.add_many(
        ctx.session,
        FactKind.OPENED,
        scope=Scope.CASE,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * count,
        at=ctx.now,
        actor=ctx.actor,
        once=[""] * count,
        detail=[{"of": str(CASE_OF[kind])}] * count,
    )
