"""Rehearsing on a test book that is served: its clock is moved, and its bank does with entries and files as it is told.

Nothing is short-cut: the bank writes its files into the inbound folder, the ordinary inbound run takes them, and on the
way to an instant every run that is due is made. Each step may be repeated after a death.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from ingather.actions.clock_moving import move_clock
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.actors import INBOUND
from ingather.domain.refusals import NoSuch, NotAtTheBank, Unreadable, WrongState
from ingather.jobs.book_clock import BookClock
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import run_inbound
from ingather.jobs.rehearsal.boxed import CLOSES_AT, BoxedBank, open_bank
from ingather.jobs.rehearsal.stage import StageClock
from ingather.jobs.work import Timetable, timetable_of, work_through
from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.rules.calendar import banking_day_on_or_after
from ingather.simulator.behaviour import Blemish
from ingather.simulator.corrections import TOLD_CODES
from ingather.simulator.dictated import Dictated, EntryStanding, FileWord, SaidReturn
from ingather.store.locks import rehearsal_lock
from ingather.store.tables import Batch, Entry, File, Order

HOLDER = "rehearsal"
FARTHEST = timedelta(days=31)
"""How far one call moves the clock: longer ways are gone in several."""
_ONCE_A_DAY = 1_440
_PERIODS = ("poll_minutes", "send_minutes", "watch_minutes")
_TARGETS_KEPT = 1_000
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One run that was due on the way: what, about what, when, and the sentence of its fault if it had one."""

    kind: str
    about: str
    due_at: datetime
    fault: str | None


@dataclass(slots=True, kw_only=True)  # mutable -- filled in on the way
class Advanced:
    """Where the clock stands now, and what happened on the way: runs that did anything or failed, and reports."""

    now: datetime
    runs: int = 0
    failed: list[Made] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    collected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """How an entry stands at the bank, how its order stands with us, and what happened on the way."""

    entry_id: int
    order_id: int | None
    order_state: str | None
    standing: EntryStanding
    advanced: Advanced


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A return that is asked for: ``late`` is after the hold of its batch, ``match`` how well it names its entry."""

    code: str
    on: date | None = None
    addenda: str = ""
    late: bool = False
    match: str = "exact"


MATCHES = ("exact", "wrong_trace", "wrong_amount", "wrong_reference", "duplicate")
"""How a return names its entry: rightly, with a wrong field, or rightly and twice."""
_BLEMISHES = {
    "wrong_trace": Blemish.TRACE,
    "wrong_amount": Blemish.AMOUNT,
    "wrong_reference": Blemish.REFERENCE,
}


def standing_now(desk: Desk) -> tuple[datetime, datetime, BoxedBank]:
    """Return the book's instant, when something happens next, and its bank; raises as ``open_bank``."""
    boxed = open_bank(desk)
    now = desk.clock()
    return now, min(_timetable(desk).next_after(now), boxed.next_move(now)), boxed


def advance(desk: Desk, *, to: datetime | None = None, by: timedelta | None = None, once: str = "") -> Advanced:
    """Move the clock to an instant, or by a while, and make every run that is due on the way.

    ``once`` names the call: repeated, it goes to where it went the first time. Raises ``LiveBook``,
    ``RehearsalRunning``, and ``Unreadable`` for an instant that lies behind or too far ahead.
    """
    with rehearsal_lock(desk.engine):
        boxed = open_bank(desk)
        now = desk.clock()
        if once in boxed.targets:
            target = datetime.fromisoformat(boxed.targets[once])
        else:
            target = to if to is not None else now + (by or timedelta(0))
            _refuse_far(now, target)
            if once:
                boxed.targets[once] = target.isoformat()
                boxed.targets = dict(list(boxed.targets.items())[-_TARGETS_KEPT:])
                boxed.keep()
        return _go(desk, boxed, target)


def settle_entry(desk: Desk, entry_id: int) -> Rehearsed:
    """Let an entry settle: the clock moves on to the evening of its settlement day, if that is ahead.

    Raises ``NoSuch``, ``NotAtTheBank`` and what ``advance`` raises.
    """
    with rehearsal_lock(desk.engine):
        boxed = open_bank(desk)
        place = _place_of(desk, boxed, entry_id)
        now = boxed.bank.standing(place)
        if now.settles_on is None:
            fact = "the bank refused the entry: it does not settle"
            raise WrongState(fact, "See the acknowledgement of its file")
        return _rehearsed(desk, boxed, entry_id, place, _go(desk, boxed, _evening(now.settles_on)))


def return_entry(desk: Desk, entry_id: int, wanted: Wanted, *, at_once: bool = True) -> Rehearsed:
    """Have an entry come back; with ``at_once`` the clock moves on to the evening on which the bank tells of it.

    Raises ``NoSuch``, ``NotAtTheBank``, ``WrongState`` when it comes back otherwise already, and ``Unreadable`` for a
    code, a day or a text that cannot be.
    """
    reason = RETURN_REASONS.get(wanted.code)
    if reason is None or reason.family is not Family.RETURN:
        fact = f"{wanted.code} is no reason for which a receiver's bank returns an entry"
        raise Unreadable(fact, faults=(("/code", "unknown_code", "No such reason for return."),))
    with rehearsal_lock(desk.engine):
        boxed = open_bank(desk)
        place = _place_of(desk, boxed, entry_id)
        on = wanted.on
        if wanted.late and on is None:
            on = _past_hold(desk, boxed, entry_id, place)
        said = SaidReturn(
            code=wanted.code,
            on=on,
            information=wanted.addenda,
            blemish=_BLEMISHES.get(wanted.match, Blemish.NONE),
            again=wanted.match == "duplicate",
        )
        try:
            stands = boxed.bank.will_return(place, said)
        except ValueError as refused:
            raise WrongState(str(refused), "Ask for another entry, or another day") from None
        last = stands.returns_on if said.blemish or not said.again else _after(stands.returns_on)
        return _told(desk, boxed, entry_id, place, last if at_once else None)


def change_entry(desk: Desk, entry_id: int, code: str, *, data: str = "", at_once: bool = True) -> Rehearsed:
    """Have the receiver's bank tell a change of an entry; ``data`` are its 29 columns, drawn where they are empty.

    Raises as ``return_entry``, and ``Unreadable`` for data that are not told at once, since the bank keeps none.
    """
    if data and not at_once:
        fact = "corrected data are only taken for a change that is told at once"
        faults = (("/corrected_data", "not_kept", "The bank in a box keeps no account numbers."),)
        raise Unreadable(fact, "Leave corrected_data out, or let it be told at once", faults=faults)
    if code not in TOLD_CODES:
        fact = f"{code} is no change that the bank in a box tells"
        told = f"Send one of {', '.join(sorted(TOLD_CODES))}"
        raise Unreadable(fact, told, faults=(("/code", "unknown_code", "No such change code."),))
    with rehearsal_lock(desk.engine):
        boxed = open_bank(desk)
        place = _place_of(desk, boxed, entry_id)
        try:
            stands = boxed.bank.will_change(place, code, data=data)
        except ValueError as refused:
            raise WrongState(str(refused), "Ask for another entry, or another code") from None
        return _told(desk, boxed, entry_id, place, stands.changes_on if at_once else None)


def acknowledge_file(
    desk: Desk, file_id: int, word: FileWord, *, reason: str = "", entries: tuple[int, ...] = ()
) -> tuple[FileWord, Advanced]:
    """Have the bank take a file that lies there, in whole, without some entries or not at all, and tell of it.

    The clock moves on to the acknowledgement. Without ``entries`` it is the file's first that is refused. Raises
    ``NoSuch``, ``NotAtTheBank`` when the file does not lie there, and ``WrongState`` when it was taken otherwise.
    """
    with rehearsal_lock(desk.engine):
        boxed = open_bank(desk)
        with desk.view() as ctx:
            file = ctx.session.get(File, file_id)
            if file is None:
                fact = f"there is no file {public_id(Prefix.FILE, file_id)}"
                raise NoSuch(fact)
            name, state = file.name, file.state
        taken = boxed.word_of(name)
        if taken is None:
            if name not in {path.name for path in boxed.lies_uncollected()}:
                fact = f"the file is {state}: it does not lie at the bank"
                raise NotAtTheBank(fact, "Have it approved and sent first")
            why = reason or "REHEARSED"
            refused = _references(desk, file_id, entries) if word is FileWord.ACCEPTED_WITH_REJECTS else ()
            told = Dictated(rejected=why if word is FileWord.REJECTED else "", refused=dict.fromkeys(refused, why))
            boxed.collect(desk.clock(), dictated=told, only=name)
            boxed.keep()
            taken = boxed.word_of(name) or word
        elif taken is not word:
            fact = f"the bank has taken the file already, and its word was: {taken}"
            raise WrongState(fact, "A bank decides about a file once")
        answers_at = boxed.bank.answers_at()
        return taken, _go(desk, boxed, answers_at or desk.clock())


def _told(desk: Desk, boxed: BoxedBank, entry_id: int, place: int, on: date | None) -> Rehearsed:
    """Keep what the bank was told, and go on to the evening of a day where one is given."""
    boxed.keep()
    target = desk.clock() if on is None else _evening(on)
    if on is not None:
        _refuse_far(desk.clock(), max(target, desk.clock()))
    return _rehearsed(desk, boxed, entry_id, place, _go(desk, boxed, target))


def _go(desk: Desk, boxed: BoxedBank, target: datetime) -> Advanced:
    """Move the clock on to an instant, run by run; a clock that is there already stays, and what is due is made."""
    done, table = Advanced(now=desk.clock()), _timetable(desk)
    _act(desk, boxed, done, table)
    while (at := min(table.next_after(desk.clock()), boxed.next_move(desk.clock()))) <= target:
        collects = bool(boxed.lies_uncollected()) and at > desk.clock()
        _move(desk, at)
        if collects:
            boxed.collect(desk.clock())
        _act(desk, boxed, done, table)
    _move(desk, target)
    done.now = desk.clock()
    return done


def _act(desk: Desk, boxed: BoxedBank, done: Advanced, table: Timetable) -> None:
    """Make what is due at this instant: our runs, the bank's, and the taking of what it delivered."""
    for ran in work_through(desk, holder=HOLDER, table=table):
        done.runs += 1
        if ran.fault is not None:
            done.failed.append(Made(kind=ran.kind, about=ran.about, due_at=ran.due_at, fault=ran.fault))
        done.collected += int(ran.result.get("collected", 0) or 0)
    delivered = boxed.live_until(desk.clock())
    if delivered:
        found = run_inbound(desk.as_actor(INBOUND))
        done.reports += found.names
        done.collected += found.collected
        done.runs += 1
    # What was delivered lies in the folder before the bank knows that it did: a death between gives the same again.
    boxed.keep()


def _timetable(desk: Desk) -> Timetable:
    """Return the timetable with what is made every few minutes made once a day: a rehearsal asks when it has moved."""
    table = timetable_of(desk)
    return replace(table, terms=table.terms.model_copy(update=dict.fromkeys(_PERIODS, _ONCE_A_DAY)))


def _move(desk: Desk, instant: datetime) -> None:
    """Move the book's clock on; nothing happens when it is there. Raises ``WrongState`` for a clock that stands."""
    clock = desk.clock
    if instant <= clock():
        return
    match clock:
        case StageClock():
            clock.move(instant)
        case BookClock():
            ahead_s = -(-(instant - clock.machine()) // timedelta(seconds=1))
            with desk.action() as ctx:
                move_clock(ctx, ahead_s=ahead_s)
            clock.forget()
        case _:
            fact = "this desk acts as of a day of its own"
            raise WrongState(fact, "Leave --as-of out")


def _refuse_far(now: datetime, target: datetime) -> None:
    if target < now:
        fact = f"the clock shows {now.isoformat(timespec='seconds')} and moves one way"
        raise Unreadable(fact, "Name a later instant", faults=(("/to", "behind", "An instant that is over."),))
    if target - now > FARTHEST:
        fact = f"one call moves the clock by {FARTHEST.days} days at most"
        raise Unreadable(fact, "Go there in several calls", faults=(("", "too_far", "Too far ahead."),))


def _evening(day: date) -> datetime:
    return datetime.combine(day, CLOSES_AT, tzinfo=NEW_YORK)


def _after(day: date | None) -> date | None:
    return None if day is None else banking_day_on_or_after(day + _ONE_DAY)


def _place_of(desk: Desk, boxed: BoxedBank, entry_id: int) -> int:
    """Return the place of an entry at the bank, which collects its file first where that still lies there."""
    with desk.view() as ctx:
        asked = select(Entry.trace, File.name, File.state).join(File, File.id == Entry.file_id)
        row = ctx.session.execute(asked.where(Entry.id == entry_id)).one_or_none()
    if row is None:
        fact = f"there is no entry {public_id(Prefix.ENTRY, entry_id)}"
        raise NoSuch(fact)
    place = boxed.bank.place_of(row.trace, row.name)
    if place is None:
        boxed.collect(desk.clock(), only=row.name)
        boxed.keep()
        place = boxed.bank.place_of(row.trace, row.name)
    if place is None:
        fact = f"the entry's file is {row.state}: the bank does not have it"
        raise NotAtTheBank(fact, "Have it approved and sent first, or move the clock past the night")
    return place


def _past_hold(desk: Desk, boxed: BoxedBank, entry_id: int, place: int) -> date | None:
    """Return the first banking day after an entry's hold; it settles first, because its hold is known by then."""
    settles_on = boxed.bank.standing(place).settles_on
    if settles_on is not None:
        _go(desk, boxed, _evening(settles_on))
    with desk.view() as ctx:
        held = select(Batch.hold_until).join(Entry, Entry.batch_id == Batch.id).where(Entry.id == entry_id)
        hold_until = ctx.session.execute(held).scalar_one()
    if hold_until is None:
        fact = "the entry's batch has no hold yet: it has not settled"
        raise WrongState(fact, "Move the clock past its settlement")
    return banking_day_on_or_after(max(hold_until, boxed.bank.last_day or hold_until) + _ONE_DAY)


def _references(desk: Desk, file_id: int, entries: tuple[int, ...]) -> list[str]:
    """Return the references under which the bank knows entries of a file; the first one's where none are named."""
    with desk.view() as ctx:
        asked = select(Entry.id, Entry.order_id).where(Entry.file_id == file_id, Entry.order_id.is_not(None))
        found = {row.id: encode_key(row.order_id) for row in ctx.session.execute(asked.order_by(Entry.id))}
    if any(each not in found for each in entries):
        fact = "an entry that is to be refused is not in this file"
        raise Unreadable(fact, faults=(("/entries", "not_in_file", "Name entries of this file."),))
    return [found[each] for each in entries] or list(found.values())[:1]


def _rehearsed(desk: Desk, boxed: BoxedBank, entry_id: int, place: int, advanced: Advanced) -> Rehearsed:
    with desk.view() as ctx:
        asked = select(Entry.order_id, Order.state).outerjoin(Order, Order.id == Entry.order_id)
        row = ctx.session.execute(asked.where(Entry.id == entry_id)).one()
    return Rehearsed(
        entry_id=entry_id,
        order_id=row.order_id,
        order_state=row.state,
        standing=boxed.bank.standing(place),
        advanced=advanced,
    )
