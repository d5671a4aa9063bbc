"""The days after a night, as the kills play them: what the bank answers, and what an undisturbed twin ends in."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from ingather.base.dates import NEW_YORK
from ingather.jobs.inbound import run_inbound
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.simulator.scenarios import SCENARIOS
from tests.crash.killing import Job, Steps, ended, run
from tests.crash.stories import Story, begin, evening, night

DAYS: Final = banking_days(START, 4)
LATER: Final = banking_days(START, 9)[-1]
_TWINS: Final = {
    "orders": "SELECT id, state, presentations, last_code, late, collect_on, held, reason, version FROM orders",
    "entries": "SELECT id, ended FROM entries",
    "batches": "SELECT id, settled_on, settlement_basis, hold_until, released, rejected FROM batches",
    "files": "SELECT id, state FROM files",
    "ledger": "SELECT kind, account, merchant_id, batch_id, sum(amount_minor), count(*) FROM postings "
    "GROUP BY 1, 2, 3, 4",
    "returns": "SELECT item_key, entry_id, code, applied, late, clawed_back FROM returns",
    "cases": "SELECT kind, once, state, suspense_minor FROM cases",
    "reports": "SELECT sha256, state, sequence FROM reports",
    "bank postings": "SELECT line, code, amount_minor, value_on, bank_ref, occurrence FROM bank_postings",
    "feeds": "SELECT id, watermark_on, closing_balance_minor FROM feeds",
    "accounts": "SELECT id, state, blocked_by, version, routing, number_index FROM accounts",
    "authorizations": "SELECT id, state FROM authorizations",
    # A correction's fact is told apart by the minted key of its row; cases, reports and payouts are subjects by theirs.
    "facts": "SELECT scope, kind, CASE kind WHEN 'corrected' THEN '' ELSE once END, on_date, "
    "CASE WHEN scope IN ('case', 'report', 'payout', 'settlement') THEN 0 ELSE subject_id END "
    "FROM facts WHERE kind <> 'paid_out'",
    "settlements": "SELECT merchant_id, as_of, opening_minor, collected_minor, clawed_back_minor, payable_minor, "
    "closing_minor FROM settlements",
    "settlement lines": "SELECT order_id, entry_id, kind, amount_minor, code FROM settlement_lines",
}
Twin = dict[str, Counter[tuple[Any, ...]]]


def twin(story: Story) -> Twin:
    """Return what a story's book says by now, without anything that another run would mint otherwise."""
    return {name: Counter(story.rows(question)) for name, question in _TWINS.items()}


def differences(story: Story, other: Twin) -> list[str]:
    """Return in what a story's book differs from its twin."""
    return [f"{name} differ from the twin's" for name, rows in twin(story).items() if rows != other[name]]


def inbound(story: Story, *, minute: int = 0, on: date = DAYS[-1]) -> Job:
    """Return the job that takes what the bank delivered, at some minute past nine."""

    def job(step: Steps) -> dict[str, Any]:
        report = run_inbound(story.desk(evening(180 + minute, on=on), node=100 + minute, tell=step))
        return {"did": report.did, "exit": int(report.exit_code)}

    return job


def play_the_bank(story: Story, stage: Stage, days: list[date]) -> Iterator[date]:
    """Yield each day after the bank has laid down what it answers on it; nothing is taken."""
    for path in story.at_the_bank():
        stage.bank.receive(path.name, path.read_bytes(), evening(5))
    for day in days:
        morning, close = (datetime.combine(day, at, tzinfo=NEW_YORK) for at in (time(8), time(20, 30)))
        answers = [*stage.bank.answer(morning), *stage.bank.answer(close), *stage.bank.close_day(day)]
        for delivery in answers:
            (stage.inbound / delivery.name).write_bytes(delivery.data)
        yield day


def sent(folder: Path, *, orders: int, url: str | None = None) -> tuple[Story, Stage]:
    """Return a story whose first night has sent everything, to buyers some of whom do not pay."""
    story, stage = begin(folder, url=url, again=url is not None, orders=orders, behaviour=SCENARIOS["marketplace"])
    ended(run(night(story)))
    return story, stage


def answered(folder: Path, *, orders: int, url: str | None = None) -> Story:
    """Return a story whose bank has laid down the answers of four days, of which none was taken."""
    story, stage = sent(folder, orders=orders, url=url)
    assert list(play_the_bank(story, stage, DAYS)) == DAYS
    stage.desk.engine.dispose()
    story.keep()
    return story


def taken(folder: Path, *, orders: int, url: str | None = None, at_once: bool = False) -> Story:
    """Return a story in which everything of nine banking days was taken and nothing is settled with the merchants.

    ``at_once`` takes it all on the last of them, which is quicker.
    """
    story, stage = sent(folder, orders=orders, url=url)
    days = [START + timedelta(days=after) for after in range((LATER - START).days + 1)]
    banking = [day for day in days if day in set(banking_days(START, 9))]
    for minute, day in enumerate(play_the_bank(story, stage, banking)):
        if not at_once or day == LATER:
            ended(run(inbound(story, minute=minute, on=day)))
    stage.desk.engine.dispose()
    story.keep()
    return story
