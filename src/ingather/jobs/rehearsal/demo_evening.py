"""The demo's evening: its thirteenth banking day at 18:12, with something for everybody who looks at the console.

One file is at the bank, one is approved and not sent, one waits for its approval; the bank has told of a return that
fits nothing and of a change that nobody may apply unasked, and one of its reports is missing. All of it comes by the
ordinary ways: orders are recorded, files sealed and sent, and what the bank tells lies in its folder as a file.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from ingather.actions.banks import originator_of
from ingather.actions.clock_moving import move_clock
from ingather.actions.files.approval import approve_file
from ingather.actions.orders import NewOrders, record_orders
from ingather.actions.rules import take_policy
from ingather.base.dates import NEW_YORK
from ingather.base.ids import encode_key
from ingather.domain.files import FileState
from ingather.domain.refusals import LiveBook
from ingather.jobs.book_clock import BookClock
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import run_inbound
from ingather.jobs.night.due_files import DueFiles, Share, evening_of
from ingather.jobs.night.numbering import LookedAt
from ingather.jobs.night.run import run_night
from ingather.jobs.night.spending import OwnSpending, spent_so_far
from ingather.jobs.rehearsal.boxed import SEED, open_bank
from ingather.jobs.rehearsal.stage import NIGHT_AT, StageClock
from ingather.nacha.return_reasons import RETURN_REASONS
from ingather.rules.calendar import is_banking_day
from ingather.rules.tables import policy_text
from ingather.simulator.bank import BankInABox
from ingather.simulator.dictated import Dictated, SaidReturn
from ingather.simulator.state import Kind
from ingather.simulator.str_reports import ReportBody, ReportHead, report_id, write_report
from ingather.store.tables import Authorization, Book, Entry, Feed, File, Merchant, Order, Report

EVENING = datetime(2026, 12, 3, 18, 12, tzinfo=NEW_YORK)
"""What the book's clock shows when the evening is prepared."""
_BEFORE = date(2026, 12, 2)
_TOLD_ON = date(2026, 11, 30)
_SETTLES = date(2026, 12, 4)
_TOLD_OF = "marketplace.20261130.A.ach"
_CLOSED = (date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3))
_BATCHES = ((20_100, "recurring", 22), (20_200, "recurring", 14), (20_300, "standing", 17))
"""What the shops bring in the afternoon: the first number of its orders, the kind of authorization, and how many."""
_NEVER_OURS = b"231380109999999"
_NO_REFERENCE = b"0000000000000"
_BY_HAND = """
[changes]
manual = ["C05"]
"""
"""What the evening's policy adds: somebody decides about an account that is of another kind than it was."""


def prepare_evening(desk: Desk) -> bool:
    """Prepare the evening of a demo's book that has not had one, and return whether it was prepared now.

    A book whose clock has been moved has had it, and one that is not the demo's gets none. Each step may be repeated
    after a death. Raises ``LiveBook``.
    """
    if not _is_before(desk):
        return False
    with desk.as_actor("user:ada").action() as ctx:
        policy = policy_text("rehearsal").replace("version = 1", "version = 2") + _BY_HAND
        take_policy(ctx, originator_of(ctx).id, policy)
    clock = StageClock(datetime.combine(EVENING.date(), datetime.min.time(), tzinfo=NEW_YORK))
    evening = replace(desk, clock=clock)
    for number, (first, kind, most) in enumerate(_BATCHES):
        clock.move(EVENING - timedelta(minutes=36 - 8 * number))
        _record(evening.as_actor("user:maria"), first, kind, most=most, leave=14 if number == 1 else 0)
        clock.move(clock.now + timedelta(minutes=4))
        if number == 0:
            run_night(evening.as_actor("system:night"))
        else:
            _seal(evening.as_actor("user:maria"))
        if number == 1:
            _approve(evening.as_actor("user:nadia"))
    _let_the_bank_tell(evening)
    clock.move(EVENING)
    run_inbound(evening.as_actor("system:inbound"))
    _show_the_evening(desk)
    return True


def _is_before(desk: Desk) -> bool:
    with desk.view() as ctx:
        book = ctx.session.execute(select(Book)).scalar_one()
        if book.mark != "test":
            raise LiveBook
        told = ctx.session.scalar(select(File.id).where(File.name == _TOLD_OF))
        return told is not None and book.clock_ahead_s == 0 and book.last_night_on in {_BEFORE, EVENING.date()}


def _record(desk: Desk, first: int, kind: str, *, most: int, leave: int) -> None:
    """Record one order for each of some authorizations, each over the amount of its last debit."""
    with desk.view() as ctx:
        rows = ctx.session.execute(
            select(Authorization.external_id, Merchant.external_id, Order.amount_minor)
            .join(Order, Order.authorization_id == Authorization.id)
            .join(Merchant, Merchant.id == Order.merchant_id)
            .where(Authorization.kind == kind, Authorization.state == "active", Order.state == "collected")
            .order_by(Order.id)
        )
        found = {row[0]: (row[1], row[2]) for row in rows}
    # The two afternoons of recurring debits are of different buyers.
    names = sorted(found)[leave + 8 * bool(leave) :][:most]
    new = NewOrders(
        external_id=[f"{found[each][0][:3].upper()}-{number}" for number, each in enumerate(names, first)],
        instalment=[1] * len(names),
        merchant=[found[each][0] for each in names],
        authorization=names,
        amount_minor=[found[each][1] for each in names],
        due_on=[_SETTLES] * len(names),
        goods=[True] * len(names),
    )
    with desk.action() as ctx:
        record_orders(ctx, desk.originator_id(), new)


def _seal(desk: Desk) -> None:
    evening = evening_of(desk, EVENING.date(), dry_run=False)
    if evening is not None:
        spent = spent_so_far(desk, evening.night_on, evening.passages)
        DueFiles(desk, evening, Share(spending=OwnSpending(lambda: spent), numbering=LookedAt())).seal()


def _approve(desk: Desk) -> None:
    with desk.view() as ctx:
        waiting = ctx.session.scalars(select(File.id).where(File.state == FileState.SEALED)).all()
    for file_id in waiting:
        with desk.action() as ctx:
            approve_file(ctx, file_id)


def _let_the_bank_tell(desk: Desk) -> None:
    """Lay what the bank tells in its folder: a return under a trace that is no one's, a change, and a later report.

    The bank is one that knows a single file of ours: what it tells of other days is never laid there.
    """
    boxed = open_bank(desk)
    bank = BankInABox(terms=boxed.terms, is_banking_day=is_banking_day, seed=SEED, behaviour=Dictated())
    sent = datetime.combine(_TOLD_ON, NIGHT_AT, tzinfo=NEW_YORK)
    bank.receive(_TOLD_OF, (boxed.outbound / _TOLD_OF).read_bytes(), sent)
    with desk.view() as ctx:
        entries = ctx.session.execute(
            select(Entry.trace, Entry.order_id)
            .join(File, File.id == Entry.file_id)
            .where(File.name == _TOLD_OF, Entry.order_id.is_not(None))
            .order_by(Entry.id)
        ).all()
        feed = ctx.session.execute(select(Feed)).scalar_one()
        closing = feed.closing_balance_minor or 0
        last = ctx.session.scalar(select(func.max(Report.sequence)).where(Report.feed_id == feed.id)) or 0
    returned, changed = entries[0], entries[-1]
    for trace, _ in (returned, changed):
        if bank.place_of(trace, _TOLD_OF) is None:
            return
    unknown = next(code for code, reason in RETURN_REASONS.items() if reason.title.startswith("No Account"))
    bank.will_return(bank.place_of(returned.trace, _TOLD_OF) or 0, SaidReturn(code=unknown, on=EVENING.date()))
    bank.will_change(bank.place_of(changed.trace, _TOLD_OF) or 0, "C05")
    told = bank.close_day(_TOLD_ON) + bank.close_day(EVENING.date())
    foreign = {f"{returned.trace:015d}": _NEVER_OURS, encode_key(returned.order_id or 0): _NO_REFERENCE}
    for each in told:
        data = each.data
        if each.kind == Kind.RETURN:
            for ours, other in foreign.items():
                data = data.replace(ours.encode(), other)
        if each.kind in {Kind.RETURN, Kind.CHANGE}:
            (boxed.inbound / each.name).write_bytes(data)
    # The report numbered between this one and the last one never came.
    number = last + 2
    head = ReportHead(as_of=desk.clock(), sequence=number, business_date=EVENING.date(), report_id=_id_of(number))
    data = write_report(head, ReportBody(), boxed.terms, opening_cents=closing).replace(b"|EOD|", b"|INTRADAY|", 1)
    (boxed.inbound / f"{head.report_id}.txt").write_bytes(data)


def _id_of(number: int) -> str:
    return report_id(EVENING.date(), number)


def _show_the_evening(desk: Desk) -> None:
    """Have the book's clock show the evening from now on, whatever day the machine has."""
    machine = desk.clock.machine() if isinstance(desk.clock, BookClock) else desk.clock()
    with desk.action() as ctx:
        move_clock(ctx, ahead_s=-(-(EVENING - machine) // timedelta(seconds=1)))
    if isinstance(desk.clock, BookClock):
        desk.clock.forget()
