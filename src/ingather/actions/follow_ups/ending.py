"""The end of follow-ups, in sets: done, come back, or withdrawn because they cannot go out any more.

With the end of a reversal or refund its case is closed, and what a refund had reserved of its order is free again when
it never reached the buyer.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, update

from ingather.actions.cases import close_many
from ingather.actions.context import Context
from ingather.actions.follow_ups.recording import CASE_OF
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import STANDING, FollowUpKind, FollowUpState
from ingather.store import events
from ingather.store.tables import Case, FollowUp, Order, Originator

_AT_ONCE = 2_000
_BEFORE = {
    FollowUpState.WITHDRAWN: frozenset({FollowUpState.ASKED, FollowUpState.WANTED}),
    FollowUpState.DONE: frozenset({FollowUpState.SENT, FollowUpState.SETTLED}),
    FollowUpState.RETURNED: STANDING,
}
"""From which states each end is reached; what is in another state stays as it is."""


def end_follow_ups(
    ctx: Context,
    originator_id: int,
    follow_up_ids: Sequence[int],
    *,
    state: FollowUpState,
    because: str,
    outcome: str,
) -> list[int]:
    """End follow-ups as done, returned or withdrawn, and return the keys of those that ended by this.

    ``because`` is kept with the row, ``outcome`` with its case. The case of a reversal that is done stays open until
    somebody has recorded that the Receiver was told. The same end a second time changes nothing.
    """
    ended: list[tuple[int, int, str, int, bool]] = []
    ctx.session.flush()
    for start in range(0, len(follow_up_ids), _AT_ONCE):
        found = ctx.session.execute(
            update(FollowUp)
            .where(
                FollowUp.id.in_(follow_up_ids[start : start + _AT_ONCE]),
                FollowUp.originator_id == originator_id,
                FollowUp.state.in_(sorted(_BEFORE[state])),
            )
            .values(state=state, ended_on=ctx.today, ended_because=because, version=FollowUp.version + 1)
            # SQLite 3.40 can answer IS NOT NULL wrongly in a RETURNING: the day itself comes back instead.
            .returning(FollowUp.id, FollowUp.order_id, FollowUp.kind, FollowUp.amount_cents, FollowUp.notified_on)
            .execution_options(synchronize_session=False),
        )
        ended += [(row[0], row[1], row[2], row[3], row[4] is not None) for row in found]
    if state is FollowUpState.WITHDRAWN:
        _note_withdrawn(ctx, originator_id, [row[0] for row in ended], because=because)
    if state is not FollowUpState.DONE:
        _free_refunded(ctx, [(order_id, cents) for _, order_id, kind, cents, _ in ended if kind == FollowUpKind.REFUND])
    over = [
        (key, kind)
        for key, _, kind, _, told in ended
        if state is not FollowUpState.DONE or told or kind != FollowUpKind.REVERSAL
    ]
    close_cases_of(ctx, originator_id, over, outcome=outcome)
    return [row[0] for row in ended]


def _note_withdrawn(ctx: Context, originator_id: int, ids: list[int], *, because: str) -> None:
    count = len(ids)
    events.add_many(
        ctx.session,
        FactKind.WITHDRAWN,
        scope=Scope.FOLLOW_UP,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * count,
        at=ctx.now,
        actor=ctx.actor,
        once=[""] * count,
        detail=[{"because": because}] * count,
    )


def _free_refunded(ctx: Context, refunds: Sequence[tuple[int, int]]) -> None:
    """Give orders back what refunds that never arrived had reserved of them; few distinct amounts are one statement."""
    alike: dict[int, list[int]] = {}
    total: Counter[int] = Counter()
    for order_id, cents in refunds:
        total[order_id] += cents
    for order_id, cents in total.items():
        alike.setdefault(cents, []).append(order_id)
    for cents, order_ids in alike.items():
        for start in range(0, len(order_ids), _AT_ONCE):
            ctx.session.execute(
                update(Order)
                .where(Order.id.in_(order_ids[start : start + _AT_ONCE]))
                .values(refunded_minor=Order.refunded_minor - cents, version=Order.version + 1)
                .execution_options(synchronize_session=False),
            )


def close_cases_of(
    ctx: Context, originator_id: int, follow_ups: Sequence[tuple[int, str]], *, outcome: str
) -> list[int]:
    """Close the open cases of follow-ups, given as key and kind, and return the keys of the cases."""
    closed: list[int] = []
    for kind, case_kind in CASE_OF.items():
        names = [public_id(Prefix.FOLLOW_UP, key) for key, of in follow_ups if of == kind]
        for start in range(0, len(names), _AT_ONCE):
            closed += ctx.session.scalars(
                select(Case.id).where(
                    Case.originator_id == originator_id,
                    Case.kind == case_kind,
                    Case.once.in_(names[start : start + _AT_ONCE]),
                    Case.state == CaseState.OPEN,
                ),
            ).all()
    close_many(ctx, originator_id, closed, outcome=outcome)
    return closed


def withdraw_moot(
    ctx: Context,
    entry_ids: Sequence[int],
    because: str,
    *,
    kinds: Sequence[FollowUpKind] = (FollowUpKind.REVERSAL, FollowUpKind.REFUND),
) -> list[int]:
    """Withdraw what was to follow debits and has not been sealed, because they came back or never went out.

    Returns the keys. ``because`` is a word such as ``returned`` or ``rejected``. A fee is about a return: with
    ``kinds`` of fees this withdraws those whose return does not stand any more.
    """
    if not entry_ids:
        return []
    # Few follow-ups wait at any time: they are found by their states, not by looking for each entry.
    waiting = ctx.session.execute(
        select(FollowUp.id, FollowUp.original_entry_id, FollowUp.originator_id).where(
            FollowUp.originator_id.in_(select(Originator.id)),
            FollowUp.state.in_([FollowUpState.ASKED, FollowUpState.WANTED]),
            FollowUp.kind.in_(kinds),
        ),
    ).all()
    about = set(entry_ids) if waiting else set()
    moot: dict[int, list[int]] = {}
    for key, entry_id, originator_id in waiting:
        if entry_id in about:
            moot.setdefault(originator_id, []).append(key)
    ended: list[int] = []
    for originator_id, keys in moot.items():
        ended += end_follow_ups(
            ctx, originator_id, keys, state=FollowUpState.WITHDRAWN, because=because,
            outcome=f"withdrawn: the debit was {because}",
        )  # fmt: skip
    if ended:
        ctx.audit("withdraw_moot", "book", because=because, follow_ups=len(ended))
    return ended
