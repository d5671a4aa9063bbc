"""What a comparison of a restored book found, and what waits because of it until two persons say otherwise."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, or_, select, update

from ingather.actions.context import Context
from ingather.actions.files.approval import hold_put_back, locked_file, void_unguarded
from ingather.actions.files.sending import note_in_doubt, note_untouched
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import NOT_SENT, FileState
from ingather.domain.follow_ups import FollowUpState
from ingather.domain.orders import OrderState
from ingather.domain.payouts import PayoutState
from ingather.domain.restored import BLOCKING, FindingKind, FindingState, RestoredState
from ingather.store import audit, events
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Entry, Fact, File, FollowUp, Order, Payout, Restoration, RestoredFinding

_EMPTY = bytes(32)
_MAY_BE_IN_IT = (OrderState.OPEN, OrderState.RETURNED)
_MAY_BE_RETRIED_IN_IT = (OrderState.SUBMITTED, OrderState.SETTLED)
_UNKNOWN = (FindingKind.BYTES_MISSING, FindingKind.HOST_MEMORY)


def begin_comparison(ctx: Context, *, remembered: tuple[int, bytes] | None, register_lines: int) -> tuple[int, bool]:
    """Begin or go on with the one open restoration of the book; returns its key, and whether it is new.

    The first time the chain gets a record that names the range of records which the host remembers and the book lost.
    """
    row, fresh = open_restoration(ctx), False
    lost_seq, lost_hash = remembered or (0, _EMPTY)
    if row is None:
        seq, value = audit.head(ctx.session)
        row = Restoration(
            id=ctx.ids.one(), state=RestoredState.COMPARED, begun_at=ctx.now, compared_at=ctx.now, head_seq=seq,
            head_hash=value, lost_seq=lost_seq, lost_hash=lost_hash, register_lines=register_lines, held_orders=0,
        )  # fmt: skip
        fresh = True
        ctx.session.add(row)
        ctx.session.flush()
        ctx.audit(
            "begin_reconcile", "book", own_head=value.hex(), lost_from=seq + 1, lost_through=lost_seq,
            lost_head=lost_hash.hex(),
        )  # fmt: skip
    row.compared_at, row.register_lines = ctx.now, register_lines
    return row.id, fresh


def note_compared(ctx: Context, restoration_id: int, *, register_lines: int) -> None:
    """Note how long the sent register was that a comparison looked at, with the lines it wrote itself."""
    ctx.session.get_one(Restoration, restoration_id).register_lines = register_lines


def open_restoration(ctx: Context) -> Restoration | None:
    """Return the restoration that the book is in, None for a book that was not compared yet."""
    return ctx.session.scalar(select(Restoration).where(Restoration.state == RestoredState.COMPARED))


def note_finding(
    ctx: Context,
    restoration_id: int,
    kind: FindingKind,
    *,
    subject: str,
    sentence: str,
    sha256: bytes = _EMPTY,
    entries: int = 0,
    debit_cents: int = 0,
) -> None:
    """Note one finding about a subject, in the place of what was found of it before."""
    state = FindingState.OPEN if kind in BLOCKING else FindingState.SETTLED
    mine = RestoredFinding.restoration_id == restoration_id, RestoredFinding.subject == subject
    row = ctx.session.scalar(select(RestoredFinding).where(*mine))
    if row is None:
        row = RestoredFinding(id=ctx.ids.one(), restoration_id=restoration_id, subject=subject)
        ctx.session.add(row)
    row.kind, row.state, row.sentence, row.sha256 = kind, state, sentence, sha256
    row.entries, row.debit_cents, row.found_at = entries, debit_cents, ctx.now
    ctx.session.flush()
    ctx.audit("find_restored", subject, kind=kind, sha256=sha256.hex(), entries=entries, debit_cents=debit_cents)


def open_findings(ctx: Context, restoration_id: int) -> list[RestoredFinding]:
    """Return the findings that still stand in the way, by subject."""
    mine = RestoredFinding.restoration_id == restoration_id, RestoredFinding.state == FindingState.OPEN
    return list(ctx.session.scalars(select(RestoredFinding).where(*mine).order_by(RestoredFinding.subject)))


def has_memory(ctx: Context, restoration_id: int) -> bool:
    """Return whether the host's memory was found to be later than the book."""
    mine = RestoredFinding.restoration_id == restoration_id, RestoredFinding.kind == FindingKind.HOST_MEMORY
    return ctx.session.execute(select(RestoredFinding.id).where(*mine)).first() is None


def void_unsent(ctx: Context, file_id: int, *, reason: str) -> None:
    """Void a file that never left: the book that was lost may have sealed its orders anew."""
    if locked_file(ctx, file_id).state == FileState.SENDING:
        note_untouched(ctx, file_id, evidence=reason)
        ctx.session.flush()
    void_unguarded(ctx, file_id, reason=reason)


def hold_put_back_of(ctx: Context, file_id: int, *, reason: str) -> None:
    """Hold what a file put back that was voided here and may have left: its orders may be debited by it."""
    hold_put_back(ctx, locked_file(ctx, file_id), reason=reason)


def doubt_sent(ctx: Context, file_id: int, *, why: str) -> None:
    """Put a file in doubt that the lost book may have sent: nobody sends it until the bank's word is known."""
    row = locked_file(ctx, file_id)
    if row.state in NOT_SENT:
        row.state = FileState.SENDING
        ctx.fact(
            FactKind.SENDING, scope=Scope.FILE, subject=file_id, originator=row.originator_id, once="restored",
            evidence=why,
        )  # fmt: skip
        ctx.session.flush()
    note_in_doubt(ctx, file_id, why=why)


def hold_doubtful(ctx: Context, restoration_id: int, *, through: date, reason: str) -> int:
    """Hold every order that a file whose bytes are lost could debit, and have what pays out approved anew.

    Such an order waits for a date that has come or will have come with the next night, or for none; or its debit is on
    its way here, and may have come back and been retried there; or it is in a file whose name has gone to other bytes.
    Returns how many are held now.
    """
    row = ctx.session.get_one(Restoration, restoration_id)
    due = or_(Order.collect_on.is_(None), Order.collect_on <= through)
    could_be: list[ColumnElement[bool]] = [Order.state.in_(_MAY_BE_IN_IT) & due]
    open_now = open_findings(ctx, restoration_id)
    if any(each.kind in _UNKNOWN for each in open_now):
        could_be.append(Order.state.in_(_MAY_BE_RETRIED_IN_IT))
    if others := [each.subject for each in open_now if each.kind == FindingKind.OTHER_BYTES]:
        doubted = select(Entry.order_id).join(File, File.id == Entry.file_id)
        mine = File.name.in_(others), File.state == FileState.IN_DOUBT, Entry.ended.is_(None)
        could_be.append((Order.state == OrderState.SEALED) & Order.id.in_(doubted.where(*mine)))
    chosen = select(Order.id, Order.originator_id).where(or_(*could_be), Order.held.is_(False))
    found = ctx.session.execute(chosen.order_by(Order.id)).all()
    known = _held_by(ctx, restoration_id)
    for start in range(0, len(found), AT_ONCE):
        part = found[start : start + AT_ONCE]
        keys = [each.id for each in part]
        ctx.session.execute(
            update(Order)
            .where(among(ctx.session, Order.id, keys))
            .values(held=True, version=Order.version + 1)
            .execution_options(synchronize_session=False),
        )
        fresh = [each for each in part if each.id not in known]
        _tell(ctx, FactKind.HELD, [each.id for each in fresh], fresh[0].originator_id if fresh else 0, reason,
              once=str(restoration_id))  # fmt: skip
    ctx.session.execute(
        update(FollowUp)
        .where(FollowUp.state == FollowUpState.WANTED)
        .values(state=FollowUpState.ASKED, checker=None, version=FollowUp.version + 1)
        .execution_options(synchronize_session=False),
    )
    ctx.session.execute(
        update(Payout)
        .where(Payout.state == PayoutState.APPROVED)
        .values(state=PayoutState.DUE, approved_by=None, version=Payout.version + 1)
        .execution_options(synchronize_session=False),
    )
    row.held_orders = len(_held_by(ctx, restoration_id))
    if found:
        ctx.audit("hold_doubtful", "book", through=through.isoformat(), orders=len(found), reason=reason)
    return row.held_orders


def let_go(ctx: Context, restoration_id: int, *, reason: str) -> int:
    """Let the orders go that a comparison held and nobody else holds or has moved; returns how many."""
    row = ctx.session.get_one(Restoration, restoration_id)
    held = _held_by(ctx, restoration_id)
    keys = sorted(held - _held_by_others(ctx, restoration_id, held))
    let = 0
    for start in range(0, len(keys), AT_ONCE):
        mine = among(ctx.session, Order.id, keys[start : start + AT_ONCE])
        part = ctx.session.execute(select(Order.id, Order.originator_id).where(mine, Order.held)).all()
        ctx.session.execute(
            update(Order)
            .where(mine, Order.held)
            .values(held=False, version=Order.version + 1)
            .execution_options(synchronize_session=False),
        )
        _tell(ctx, FactKind.UNHELD, [each.id for each in part], part[0].originator_id if part else 0, reason,
              once=str(restoration_id))  # fmt: skip
        let += len(part)
    row.held_orders = 0
    if let:
        ctx.audit("let_go", "book", orders=let, reason=reason)
    return let


def _held_by(ctx: Context, restoration_id: int) -> set[int]:
    """Return the orders that a comparison held and that were not let go since."""

    def told(kind: FactKind) -> Counter[int]:
        mine = Fact.scope == Scope.ORDER, Fact.kind == kind, Fact.once.like(f"restored|{restoration_id}|%")
        return Counter(ctx.session.scalars(select(Fact.subject_id).where(*mine)))

    return set(told(FactKind.HELD) - told(FactKind.UNHELD))


def _held_by_others(ctx: Context, restoration_id: int, keys: Iterable[int]) -> set[int]:
    """Return which orders somebody else held since a comparison did, or that a bank refused and may have after all.

    What was held already left no word of its own when it was held again, so that a refusal alone is enough.
    """
    wanted, found = sorted(keys), set[int]()
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        told = Fact.scope == Scope.ORDER, Fact.kind == FactKind.HELD, among(ctx.session, Fact.subject_id, part)
        words = ctx.session.execute(select(Fact.subject_id, Fact.once).where(*told).order_by(Fact.seq))
        last = {word.subject_id: word.once for word in words}
        found |= {key for key, once in last.items() if not once.startswith(f"restored|{restoration_id}|")}
        refused = among(ctx.session, Entry.order_id, part), Entry.ended == EntryEnd.REJECTED
        found |= {key for key in ctx.session.scalars(select(Entry.order_id).where(*refused)) if key is not None}
    return found


def _tell(ctx: Context, kind: FactKind, keys: list[int], originator_id: int, reason: str, *, once: str) -> None:
    if keys:
        seq, _ = audit.head(ctx.session)
        events.add_many(
            ctx.session, kind, scope=Scope.ORDER, subjects=keys, originator=originator_id, on=[ctx.today] * len(keys),
            at=ctx.now, actor=ctx.actor, once=[f"restored|{once}|{seq}"] * len(keys),
            detail=[{"reason": reason}] * len(keys),
        )  # fmt: skip


def released_files(ctx: Context) -> set[tuple[str, bytes]]:
    """Return the files, by name and hash, that the book lacks and two persons answered for at its release."""
    rows = ctx.session.execute(
        select(RestoredFinding.subject, RestoredFinding.sha256)
        .join(Restoration, Restoration.id == RestoredFinding.restoration_id)
        .where(Restoration.state == RestoredState.RELEASED, RestoredFinding.state == FindingState.WAVED)
    )
    return {(row.subject, row.sha256) for row in rows}


def adopted_files(ctx: Context, restoration_id: int) -> list[str]:
    """Return the names of the files that a comparison took in or proved."""
    kinds = [FindingKind.ADOPTED, FindingKind.PROVEN]
    mine = RestoredFinding.restoration_id == restoration_id, RestoredFinding.kind.in_(kinds)
    return list(ctx.session.scalars(select(RestoredFinding.subject).where(*mine).order_by(RestoredFinding.found_at)))
