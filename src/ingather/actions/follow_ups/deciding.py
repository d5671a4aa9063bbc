"""What a second person decides about a follow-up, what lets it be, and what time withdraws.

Approving is for somebody else than who asked; who asked withdraws. What is sealed is let be by voiding its file first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.follow_ups.ending import end_follow_ups
from ingather.actions.follow_ups.terms import available_on, lock_feeds
from ingather.actions.reconciliation.feeds import release_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import NOT_SENT
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.refusals import MakerIsChecker, NoSuch, WrongState
from ingather.store import events
from ingather.store.entries import of_file
from ingather.store.follow_up_terms import fit
from ingather.store.tables import Account, Authorization, Buyer, Entry, File, FollowUp, Order

_AT_ONCE = 2_000
_WAITING = (FollowUpState.ASKED, FollowUpState.WANTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of the follow-ups that were decided together: how many, over how much in minor units.

    ``unfit`` are those that cannot go out any more: they were withdrawn instead of approved.
    """

    follow_ups: int
    minor: int
    unfit: int = 0


def locked_follow_up(ctx: Context, follow_up_id: int) -> FollowUp:
    """Return a follow-up for change; raises ``NoSuch``."""
    order_id = ctx.session.scalar(select(FollowUp.order_id).where(FollowUp.id == follow_up_id))
    lock_feeds(ctx, order_ids=[] if order_id is None else [order_id])
    row = ctx.session.scalar(select(FollowUp).where(FollowUp.id == follow_up_id).with_for_update())
    if row is None:
        fact = f"there is no follow-up {public_id(Prefix.FOLLOW_UP, follow_up_id)}"
        raise NoSuch(fact)
    return row


def approve_follow_up(ctx: Context, follow_up_id: int) -> None:
    """Approve what another person asked for: the next night that may send it does.

    Raises ``NoSuch``, ``MakerIsChecker``, and ``WrongState`` when it does not wait for approval, or cannot go out any
    more.
    """
    row = locked_follow_up(ctx, follow_up_id)
    name = public_id(Prefix.FOLLOW_UP, follow_up_id)
    _refuse_decided(row, name)
    if row.maker == ctx.actor:
        raise MakerIsChecker
    if _unfit(ctx, [follow_up_id]):
        fact = f"the {_said(row.kind)} {name} cannot go out any more"
        raise WrongState(fact, f"Withdraw it: ingather follow-up withdraw {name}")
    _approve(ctx, row.originator_id, [follow_up_id])
    ctx.audit("approve_follow_up", name, kind=row.kind, minor=row.amount_cents)


def refuse_follow_up(ctx: Context, follow_up_id: int, *, reason: str) -> None:
    """Refuse what another person asked for: it is withdrawn. Raises as ``approve_follow_up`` does."""
    row = locked_follow_up(ctx, follow_up_id)
    name = public_id(Prefix.FOLLOW_UP, follow_up_id)
    _refuse_decided(row, name)
    if row.maker == ctx.actor:
        fact = "who asked for it may not refuse it"
        raise MakerIsChecker(fact, f"Withdraw it: ingather follow-up withdraw {name}")
    row.checker = ctx.actor
    _withdraw(ctx, row.originator_id, [follow_up_id], [row.order_id], because="refused", outcome=f"refused: {reason}")
    ctx.audit("refuse_follow_up", name, reason=reason)


def withdraw_follow_up(ctx: Context, follow_up_id: int, *, reason: str) -> None:
    """Let a follow-up be that is not sealed; raises ``NoSuch``, and ``WrongState`` once it is in a file or ended."""
    row = locked_follow_up(ctx, follow_up_id)
    name = public_id(Prefix.FOLLOW_UP, follow_up_id)
    if row.state not in _WAITING:
        fact = f"the {_said(row.kind)} {name} is {row.state}"
        raise WrongState(fact, _instead(ctx, row))
    _withdraw(
        ctx, row.originator_id, [follow_up_id], [row.order_id], because="withdrawn", outcome=f"withdrawn: {reason}"
    )
    ctx.audit("withdraw_follow_up", name, reason=reason)


def approve_file_reversal(ctx: Context, file_id: int) -> Decided:
    """Approve all reversals of a file's debits that wait for it; those that cannot go out any more are withdrawn.

    Raises ``MakerIsChecker`` when the same actor asked for any of them, and ``WrongState`` when none waits.
    """
    originator_id, waiting = _of_file(ctx, file_id, [FollowUpState.ASKED])
    if any(row.maker == ctx.actor for row in waiting):
        raise MakerIsChecker
    unfit = _unfit(ctx, [row.id for row in waiting])
    moot = [row for row in waiting if row.id in unfit]
    fitting = [row for row in waiting if row.id not in unfit]
    _withdraw(
        ctx, originator_id, [row.id for row in moot], [row.order_id for row in moot], because="unfit",
        outcome="withdrawn: it could not go out any more",
    )  # fmt: skip
    _approve(ctx, originator_id, [row.id for row in fitting])
    minor = sum(row.amount_cents for row in fitting)
    name = public_id(Prefix.FILE, file_id)
    ctx.audit("approve_file_reversal", name, follow_ups=len(fitting), minor=minor, unfit=len(moot))
    return Decided(follow_ups=len(fitting), minor=minor, unfit=len(moot))


def let_be_file_reversal(ctx: Context, file_id: int, *, reason: str, refused: bool) -> Decided:
    """Refuse, or withdraw, all reversals of a file's debits that are not sealed.

    Raises ``MakerIsChecker`` when who asked for any of them refuses, and ``WrongState`` when none is left.
    """
    states = [FollowUpState.ASKED] if refused else list(_WAITING)
    originator_id, waiting = _of_file(ctx, file_id, states)
    if refused and any(row.maker == ctx.actor for row in waiting):
        fact = "who asked for it may not refuse it"
        raise MakerIsChecker(fact, "Withdraw it: ingather follow-up withdraw")
    ids = [row.id for row in waiting]
    if refused:
        for part in _parts(ids):
            ctx.session.execute(
                update(FollowUp)
                .where(FollowUp.id.in_(part))
                .values(checker=ctx.actor)
                .execution_options(synchronize_session=False),
            )
    word = "refused" if refused else "withdrawn"
    orders = [row.order_id for row in waiting]
    _withdraw(ctx, originator_id, ids, orders, because=word, outcome=f"{word}: {reason}")
    ctx.audit(f"{word}_file_reversal", public_id(Prefix.FILE, file_id), follow_ups=len(ids), reason=reason)
    return Decided(follow_ups=len(ids), minor=sum(row.amount_cents for row in waiting))


def expire_follow_ups(ctx: Context, originator_id: int) -> int:
    """Withdraw what waits and cannot settle by its last day any more, and return how many; a night calls it first."""
    # Few follow-ups wait at any time, all of them found by their state.
    waiting = ctx.session.execute(
        select(FollowUp.id, FollowUp.order_id, FollowUp.last_day, FollowUp.send_by, File.route_id)
        .join(Entry, Entry.id == FollowUp.original_entry_id)
        .join(File, File.id == Entry.file_id)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state.in_(_WAITING),
            FollowUp.last_day.is_not(None) | FollowUp.send_by.is_not(None),
        ),
    ).all()
    ready = {route_id: available_on(ctx, route_id) for route_id in {row.route_id for row in waiting}}
    over = [
        row
        for row in waiting
        if (row.last_day is not None and row.last_day < ready[row.route_id])
        or (row.send_by is not None and row.send_by < ctx.now)
    ]
    if not over:
        return 0
    ended = _withdraw(
        ctx, originator_id, [row.id for row in over], [row.order_id for row in over], because="expired",
        outcome="withdrawn: its last day has passed unsent. Refund the buyer instead: ingather order refund",
    )  # fmt: skip
    ctx.audit("expire_follow_ups", public_id(Prefix.ORIGINATOR, originator_id), follow_ups=len(ended))
    return len(ended)


def _refuse_decided(row: FollowUp, name: str) -> None:
    if row.state != FollowUpState.ASKED:
        fact = f"the {_said(row.kind)} {name} is {row.state}; only what is asked for is decided"
        raise WrongState(fact)


def _said(kind: str) -> str:
    return kind.replace("_", " ")


def _instead(ctx: Context, row: FollowUp) -> str:
    """Return what can be done about a follow-up that is past being withdrawn."""
    file = ctx.session.scalar(select(File).join(Entry, Entry.file_id == File.id).where(Entry.id == row.entry_id))
    if row.state == FollowUpState.SEALED and file is not None and file.state in NOT_SENT:
        return f"Void its file first: ingather file void {public_id(Prefix.FILE, file.id)}"
    return "What the bank has can be asked of the bank only" if file is not None else ""


def _of_file(ctx: Context, file_id: int, states: Sequence[str]) -> tuple[int, Sequence[FollowUp]]:
    """Return the reversals of a file's debits in these states, locked; raises ``NoSuch`` and ``WrongState``."""
    name = public_id(Prefix.FILE, file_id)
    file = ctx.session.get(File, file_id)
    if file is None:
        fact = f"there is no file {name}"
        raise NoSuch(fact)
    lock_feeds(ctx, file_id=file_id)
    mine = select(Entry.id).where(*of_file(file))
    found = ctx.session.scalars(
        select(FollowUp)
        .where(
            FollowUp.originator_id == file.originator_id,
            FollowUp.state.in_(states),
            FollowUp.kind == FollowUpKind.REVERSAL,
            FollowUp.original_entry_id.in_(mine),
        )
        .order_by(FollowUp.id)
        .with_for_update(),
    ).all()
    if not found:
        fact = f"no reversal of a debit of file {name} waits for a decision"
        raise WrongState(fact, "See them all: ingather follow-up list")
    return file.originator_id, found


def _unfit(ctx: Context, ids: Sequence[int]) -> set[int]:
    """Return which of these the debit, the order, the account, the buyer or the days do not allow any more."""
    fitting: set[int] = set()
    for part in _parts(ids):
        rows = ctx.session.execute(
            select(FollowUp.id, FollowUp.last_day, FollowUp.send_by, File.route_id)
            .join(Entry, Entry.id == FollowUp.original_entry_id)
            .join(File, File.id == Entry.file_id)
            .join(Order, Order.id == FollowUp.order_id)
            .join(Authorization, Authorization.id == Order.authorization_id)
            .join(Account, Account.id == Authorization.account_id)
            .join(Buyer, Buyer.id == Account.buyer_id)
            .where(FollowUp.id.in_(part), fit()),
        ).all()
        ready = {route_id: available_on(ctx, route_id) for route_id in {row.route_id for row in rows}}
        fitting |= {
            row.id
            for row in rows
            if (row.last_day is None or row.last_day >= ready[row.route_id])
            and (row.send_by is None or row.send_by >= ctx.now)
        }
    return set(ids) - fitting


def _approve(ctx: Context, originator_id: int, ids: Sequence[int]) -> None:
    ctx.session.flush()
    for part in _parts(ids):
        ctx.session.execute(
            update(FollowUp)
            .where(FollowUp.id.in_(part), FollowUp.state == FollowUpState.ASKED)
            .values(state=FollowUpState.WANTED, checker=ctx.actor, version=FollowUp.version + 1)
            .execution_options(synchronize_session=False),
        )
    count = len(ids)
    events.add_many(
        ctx.session,
        FactKind.APPROVED,
        scope=Scope.FOLLOW_UP,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * count,
        at=ctx.now,
        actor=ctx.actor,
        # What the bank refused by itself is approved anew.
        once=[ctx.now.isoformat()] * count,
        detail=[{}] * count,
    )


def _withdraw(
    ctx: Context, originator_id: int, ids: Sequence[int], order_ids: Sequence[int], *, because: str, outcome: str
) -> list[int]:
    """Withdraw, and release the orders that waited for nothing else."""
    if not ids:
        return []
    ended = end_follow_ups(ctx, originator_id, ids, state=FollowUpState.WITHDRAWN, because=because, outcome=outcome)
    release_of(ctx, order_ids)
    return ended


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
