"""For each alarm of the watch a scenario that fires it, with what its page of the runbook then needs."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

from ingather.actions.rules import take_policy
from ingather.base.ids import Prefix, public_id
from ingather.gateway.anchors import AnchorFile
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.work import work_once
from ingather.rules.tables import policy_text
from ingather.simulator.behaviour import Fate, FileFate
from ingather.simulator.state import Delivery
from ingather.store.locks import night_lock
from ingather.store.reading import cases
from ingather.store.tables import Return
from tests.journey.alarm_stages import WEEK, Fired, fired, lay, paying, subject_of, typed
from tests.journey.desk.follow_ups import approve, reverse
from tests.journey.key_alarms import keys_old, rotation_stands
from tests.journey.payouts.merchants import PAYDAY, collected, settled
from tests.journey.reconcile.money import posting, report_of, with_money
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at,
    at_the_bank,
    bank_evening,
    changed_terms,
    deliver,
    night,
    play,
    returned,
    staged,
    states,
)
from tests.journey.unmasking_alarms import unmasked_often
from tests.journey.webhooks.failing import webhook_failing


def no_night(folder: Path) -> Fired:
    """Monday is nearly over, and no night has run."""
    stage = paying(folder)
    at(stage, MONDAY, time(18, 29))
    assert "no-night" not in fired(stage)
    at(stage, MONDAY, time(18, 30))
    return Fired(stage=stage)


def unsent_near_cutoff(folder: Path) -> Fired:
    """A file waits for its approval within the hour before the cut-off."""
    stage = paying(folder, auto_approve_under_cents=0)
    (file,) = night(stage, MONDAY).needs_approval
    at(stage, MONDAY, time(18, 59))
    assert fired(stage) == []
    at(stage, MONDAY, time(19, 0))
    return Fired(stage=stage, values={"FILE": file})


class Died(BaseException):
    """The process ends here."""


def in_doubt(folder: Path) -> Fired:
    """The job died after its intent, and the bank's folder holds nothing any more."""

    def die(step: str, **_: object) -> None:
        if step == "intent":
            raise Died

    stage = staged(folder, [Sale()], tell=die)
    with suppress(Died):
        night(stage, MONDAY)
    assert "in-doubt" not in fired(stage)
    at(stage, MONDAY, time(18, 20))
    assert "in-doubt" in fired(stage)
    (left,) = stage.outbound.iterdir()
    left.unlink()
    return Fired(stage=stage, values={"FILE": subject_of(stage, "in-doubt")})


def no_acknowledgement(folder: Path) -> Fired:
    """The bank says nothing for four hours, and then it does."""
    stage = paying(folder)
    (file,) = night(stage, MONDAY).sent
    deliveries = bank_evening(stage, MONDAY)
    at(stage, MONDAY, time(22, 0))
    return Fired(stage=stage, values={"FILE": file}, meanwhile=lambda: lay(stage, deliveries))


def pended_long(folder: Path) -> Fired:
    """The bank holds the file back for two days."""
    stage = staged(folder, [Sale()], behaviour=Script(files={1: FileFate(pended_for=timedelta(days=2))}))
    (file,) = night(stage, MONDAY).sent
    stage.clock.move(stage.clock.now + timedelta(hours=3))
    deliver(stage, *bank_evening(stage, MONDAY))
    deliver(stage, *_evening(stage, TUESDAY))
    at(stage, WEDNESDAY, time(9, 0))

    def release() -> None:
        at(stage, WEDNESDAY, time(23, 30))
        lay(stage, stage.bank.answer(stage.clock.now))

    night(stage, WEDNESDAY, time(17, 0))
    return Fired(stage=stage, values={"FILE": file}, meanwhile=release)


def _evening(stage: Stage, day: date) -> list[Delivery]:
    """Run a day's night and return what the bank says that evening."""
    night(stage, day)
    return bank_evening(stage, day)


def report_gap(folder: Path) -> Fired:
    """Wednesday's report is lost, Thursday's is there."""
    stage = paying(folder)
    evenings = {day: _evening(stage, day) for day in WEEK[:4]}
    at(stage, THURSDAY, time(22, 0))
    for day in (MONDAY, TUESDAY, THURSDAY):
        deliver(stage, *evenings[day])
    case = subject_of(stage, "report-gap")
    return Fired(stage=stage, values={"CASE": case}, meanwhile=lambda: lay(stage, evenings[WEDNESDAY]))


def report_late(folder: Path) -> Fired:
    """It is ten o'clock on Wednesday, and Tuesday's report is not there."""
    stage = paying(folder)
    deliver(stage, *_evening(stage, MONDAY))
    tuesday = _evening(stage, TUESDAY)
    at(stage, WEDNESDAY, time(9, 59))
    assert fired(stage) == []
    at(stage, WEDNESDAY, time(10, 0))
    return Fired(stage=stage, meanwhile=lambda: lay(stage, tuesday))


def report_drift(folder: Path) -> Fired:
    """The bank tells of its posting under a code that nobody knows."""
    stage = paying(folder)
    play(stage, MONDAY)
    night(stage, TUESDAY)
    told = bank_evening(stage, TUESDAY)
    assert "report-drift" not in fired(stage)
    deliver(stage, *(replace(thing, data=thing.data.replace(b"\nP|BAI2|", b"\nP|OWN|")) for thing in told))
    with stage.desk.view() as ctx:
        (case,) = [row["id"] for row in cases.listed(ctx.session, state="open") if row["kind"] == "report_drift"]
    return Fired(stage=stage, values={"CASE": case, "PROFILE": subject_of(stage, "report-drift")})


def overdue_case(folder: Path) -> Fired:
    """A review that was due yesterday is open."""
    stage = paying(folder)
    at(stage, MONDAY, time(9, 0))
    opened = typed(stage, "ingather case review access --json --as NAME", {}).json["id"]
    play(stage, MONDAY)
    assert fired(stage) == []
    at(stage, TUESDAY, time(8, 0))
    return Fired(stage=stage, values={"CASE": opened})


def judged(stage: Stage) -> Stage:
    """Have return rates judged however few debits there are."""
    policy = (
        policy_text("rehearsal").replace("version = 1", "version = 2").replace("least_debits = 200", "least_debits = 0")
    )
    with stage.desk.action() as ctx:
        take_policy(ctx, stage.desk.originator_id(), policy)
    return stage


def rate_over_limit(folder: Path) -> Fired:
    """The one debit of sixty days comes back as unauthorized; with the time it counts no more."""
    stage = judged(staged(folder, [Sale()], behaviour=Script(fates={("B 000", 1): returned("R10")})))
    play(stage, *WEEK[:3])
    return Fired(stage=stage, values={"MERCHANT": "harbor"}, meanwhile=lambda: at(stage, date(2027, 2, 1)))


def rate_warning(folder: Path) -> Fired:
    """One debit of eight comes back for want of money: 12.5 %, where 15 % is the limit."""
    stage = judged(staged(folder, [Sale()] * 8, behaviour=Script(fates={("B 003", 1): returned("R01")})))
    play(stage, *WEEK[:3])
    assert "rate-over-limit" not in fired(stage)
    return Fired(stage=stage, values={"MERCHANT": "harbor"}, meanwhile=lambda: at(stage, date(2027, 2, 1)))


def exposure_hit(folder: Path) -> Fired:
    """The second order does not fit the bank's limit until the first one cannot come back any more."""
    terms = changed_terms(exposure_limit__debit_cents=1_000)
    stage = staged(folder, [Sale(amount=600), Sale(amount=500)], profile=terms)
    play(stage, MONDAY)

    def wait() -> None:
        play(stage, *WEEK[1:])
        at(stage, NEXT_MONDAY)

    return Fired(stage=stage, meanwhile=wait)


def exposure_near(folder: Path) -> Fired:
    """Nine tenths of the bank's limit are used."""
    stage = staged(folder, [Sale(amount=900)], profile=changed_terms(exposure_limit__debit_cents=1_000))
    play(stage, MONDAY)
    return Fired(stage=stage, meanwhile=lambda: play(stage, *WEEK[1:]))


def unpaid_merchant(folder: Path) -> Fired:
    """What was collected for a merchant a week ago is on no statement."""
    stage = paying(folder)
    play(stage, *WEEK)
    assert set(states(stage).values()) == {"collected"}
    at(stage, FRIDAY + timedelta(days=6), time(17, 0))
    assert "unpaid-merchant" not in fired(stage)
    at(stage, FRIDAY + timedelta(days=7), time(17, 0))
    return Fired(stage=stage, values={"MERCHANT": "harbor", "FOLDER": str(folder / "statements")})


def request_overdue(folder: Path) -> Fired:
    """The copy of a statement was to be asked for by today, and no night has sent the request."""
    stage = staged(folder, [Sale()], behaviour=Script(fates={("B 000", 1): returned("R10")}))
    play(stage, *WEEK[:3])
    with stage.desk.view() as ctx:
        (back,) = (public_id(Prefix.RETURN, row.id) for row in ctx.session.query(Return))
    at(stage, THURSDAY, time(9, 0))
    asked = typed(stage, "ingather case statement RETURN --reason TEXT --as NAME --json", {"RETURN": back}).json
    assert asked["due_on"] == "2026-12-04"
    at(stage, FRIDAY, time(9, 0))
    return Fired(stage=stage, values={"REQUEST": asked["request"]})


def follow_up_waiting(folder: Path) -> Fired:
    """A reversal was asked for yesterday."""
    stage = paying(folder)
    play(stage, MONDAY, TUESDAY)
    asked = reverse(stage, "b000")
    assert "follow-up-waiting" not in fired(stage)
    play(stage, WEDNESDAY)
    return Fired(stage=stage, values={"FOLLOW_UP": public_id(Prefix.FOLLOW_UP, asked.follow_up_id)})


def notice_missing(folder: Path) -> Fired:
    """A reversal is at the bank, and nobody has told the buyer."""
    stage = paying(folder)
    play(stage, MONDAY, TUESDAY)
    asked = reverse(stage, "b000")
    approve(stage, asked.follow_up_id)
    assert "notice-missing" not in fired(stage)
    play(stage, WEDNESDAY)
    return Fired(
        stage=stage,
        values={"FOLLOW_UP": public_id(Prefix.FOLLOW_UP, asked.follow_up_id), "DATE": WEDNESDAY.isoformat()},
    )


def payout_waiting(folder: Path) -> Fired:
    """A statement was made yesterday, and nobody has approved what it pays."""
    stage = collected(folder, method="sheet")
    at(stage, PAYDAY)
    settled(stage)
    assert "payout-waiting" not in fired(stage)
    at(stage, PAYDAY + timedelta(days=1), time(9, 0))
    return Fired(stage=stage, values={"PAYOUT": subject_of(stage, "payout-waiting")})


def day_unreconciled(folder: Path) -> Fired:
    """Credit the account with something that nobody sent, and let two banking days pass."""
    stage = staged(folder, [Sale()])
    play(stage, MONDAY)
    night(stage, TUESDAY)
    things = bank_evening(stage, TUESDAY)
    report = report_of(things)
    changed = with_money(report, add=[posting(4_200, ref="X1")])
    deliver(stage, *(changed if each is report else each for each in things))
    assert "day-unreconciled" not in fired(stage)
    at(stage, THURSDAY, time(9, 0))
    return Fired(stage=stage, values={"POSTING": subject_of(stage, "day-unreconciled")})


def suspense_old(folder: Path) -> Fired:
    """A second return of one debit has stood in suspense for ten days."""
    twice = Fate(return_code="R01", again_after=1)
    stage = staged(folder, [Sale()], behaviour=Script(fates={("B 000", 1): twice}))
    play(stage, *WEEK[:4])
    with stage.desk.view() as ctx:
        (case,) = [row for row in cases.listed(ctx.session, state="open") if row["suspense_minor"]]
    at(stage, date.fromisoformat(case["opened_on"]) + timedelta(days=9), time(8, 0))
    assert "suspense-old" not in fired(stage)
    at(stage, date.fromisoformat(case["opened_on"]) + timedelta(days=10), time(8, 0))
    return Fired(stage=stage, values={"CASE": case["id"]})


def host_behind(folder: Path) -> Fired:
    """The host's memory of the chain is gone."""
    stage = paying(folder)
    night(stage, MONDAY)
    at(stage, MONDAY, time(18, 20))
    assert fired(stage) == []
    (head,) = (folder / "book.keys").rglob("audit.head")
    head.unlink()
    return Fired(stage=stage)


def _copied(stage: Stage, name: str) -> Path:
    """Keep a copy of the book as it is."""
    kept = stage.folder / name
    with closing(sqlite3.connect(stage.folder / "book.sqlite")) as book, closing(sqlite3.connect(kept)) as copy:
        book.backup(copy)
    return kept


def _put_back(stage: Stage, copy: Path) -> None:
    for tail in ("", "-wal", "-shm"):
        (stage.folder / f"book.sqlite{tail}").unlink(missing_ok=True)
    shutil.copyfile(copy, stage.folder / "book.sqlite")


def chain_broken(folder: Path) -> Fired:
    """Somebody has written another name into a record of the chain."""
    stage = paying(folder)
    night(stage, MONDAY)
    kept = _copied(stage, "backup.sqlite")
    with closing(sqlite3.connect(folder / "book.sqlite")) as book:
        for (trigger,) in book.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit'"):
            book.execute(f"DROP TRIGGER {trigger}")
        book.execute("UPDATE audit SET actor = 'user:nobody' WHERE seq = (SELECT max(seq) - 1 FROM audit)")
        book.commit()
    return Fired(stage=stage, meanwhile=lambda: _put_back(stage, kept))


def anchor_missing(folder: Path) -> Fired:
    """The disk on which heads of the chain are to be kept is not there, and then it is."""
    stage, file = paying(folder), folder / "elsewhere" / "anchors"
    object.__setattr__(stage.desk, "anchors", AnchorFile(file))
    night(stage, MONDAY)
    return Fired(stage=stage, values={"ANCHORS": str(file)}, meanwhile=file.parent.mkdir)


def book_restored(folder: Path) -> Fired:
    """Yesterday's copy of the book is where the book was, and the book is lost; the bank gives the file it has."""
    stage = paying(folder)
    before = _copied(stage, "before.sqlite")
    night(stage, MONDAY)
    _put_back(stage, before)
    (content,) = at_the_bank(stage).values()
    (folder / "given.ach").write_bytes(content)
    return Fired(stage=stage, values={"FILE": str(folder / "given.ach")})


def work_failed(folder: Path) -> Fired:
    """The worker's night was to run while another one held the book."""
    stage = paying(folder)
    at(stage, MONDAY)
    with night_lock(stage.desk.engine):
        work_once(stage.desk, holder="here:1")
    at(stage, MONDAY, time(18, 10))
    return Fired(stage=stage)


REHEARSED: dict[str, Callable[[Path], Fired]] = {
    "chain-broken": chain_broken,
    "anchor-missing": anchor_missing,
    "book-restored": book_restored,
    "in-doubt": in_doubt,
    "no-night": no_night,
    "unsent-near-cutoff": unsent_near_cutoff,
    "no-acknowledgement": no_acknowledgement,
    "pended-long": pended_long,
    "report-gap": report_gap,
    "report-late": report_late,
    "report-drift": report_drift,
    "overdue-case": overdue_case,
    "rate-over-limit": rate_over_limit,
    "rate-warning": rate_warning,
    "exposure-hit": exposure_hit,
    "exposure-near": exposure_near,
    "unpaid-merchant": unpaid_merchant,
    "request-overdue": request_overdue,
    "follow-up-waiting": follow_up_waiting,
    "notice-missing": notice_missing,
    "payout-waiting": payout_waiting,
    "day-unreconciled": day_unreconciled,
    "suspense-old": suspense_old,
    "keys-old": keys_old,
    "rotation-stands": rotation_stands,
    "unmasked-often": unmasked_often,
    "host-behind": host_behind,
    "work-failed": work_failed,
    "webhook-failing": webhook_failing,
}
"""Each alarm with the scenario that fires it."""
