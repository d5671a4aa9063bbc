"""A stage of one order with a return that something is wrong with, and what the bank then tells of its dispute."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ingather.actions.returns.disputing import Disputed, dispute_return
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Delivery, Kind
from ingather.store.reading import returns
from ingather.store.tables import Entry, Return
from tests.journey.answers import retold
from tests.journey.replayed import replayed
from tests.journey.stage import MONDAY, Sale, Script, bank_evening, deliver, night, open_cases, returned, staged

DAYS = banking_days(MONDAY, 20)
"""Banking days from the Monday of the first night: the debit settles on ``DAYS[1]``, its window ends on ``DAYS[3]``."""
LATE = returned("R01", after=4)
"""Comes back on ``DAYS[5]``: the ODFI dishonors until ``DAYS[10]``, and wants to know by ``DAYS[8]``."""
AMOUNT = 12_345


def late(folder: Path, *, fate: Fate = LATE, book: str | None = None, days: int = 6) -> Stage:
    """Return a stage whose one debit came back after its window, all days up to that one played."""
    script = Script(fates={("B 000", 1): fate})

    def played(place: Path, script: Script) -> Stage:
        stage = staged(place, [Sale(amount=AMOUNT)], behaviour=script, book=book)
        for day in DAYS[:days]:
            evening(stage, day)
        return stage

    return replayed(folder, f"late {days}", script, played) if book is None else played(folder, script)


def evening(stage: Stage, day: date, *told: str, hold_back: bool = False) -> list[Delivery]:
    """Play a day whose report tells of disputes besides; ``hold_back`` keeps what the bank delivers for later."""
    night(stage, day)
    # The bank in a box would answer by itself what these tests have it say.
    for path in stage.outbound.glob("REQ-*"):
        path.unlink()
    delivered = [with_rows(each, *told) for each in bank_evening(stage, day)]
    if not hold_back:
        deliver(stage, *delivered)
    return delivered


def with_rows(delivery: Delivery, *told: str) -> Delivery | Any:  # noqa: ANN401 -- a delivery, or a name with bytes
    """Return a daily report with rows of disputes added."""
    if delivery.kind is not Kind.REPORT or not told:
        return delivery
    return (delivery.name, retold(delivery.data, added=list(told)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """An entry of ours and a return of it, and the rows by which a report tells of what becomes of both."""

    trace: str
    back: str
    settled: date
    reference: str = ""
    amount: int = AMOUNT

    def returned(self, code: str, on: date | None, *, back: int = 0, **changed: object) -> str:
        """Return the row of another return of the entry; ``on`` is when it settled, ``changed`` what contradicts it."""
        values = {"trace": self.trace, "amount": self.amount, "reference": self.reference} | changed
        day = f"{on:%Y%m%d}" if on else ""
        return (
            f"R|RETURN|{code}|{values['trace']}|{self._back(back)}|26|021000021|{values['amount']}|"
            f"{values['reference']}|B 000||1845550101|WEB|0000001|{DAYS[1]:%Y%m%d}|{day}|||hand"
        )

    def dishonoured(self, code: str, on: date, *, back: int = 0, **changed: object) -> str:
        """Return the row of a dishonour that settled on a day."""
        return self._row("DISHONOURED", code, on, back=back, **changed)

    def contested(self, code: str, on: date, *, back: int = 0, **changed: object) -> str:
        """Return the row of a contest of the dishonour of a day."""
        return self._row("CONTESTED", code, on, back=back, **changed)

    def corrected(self, code: str, on: date, *, back: int = 0, **changed: object) -> str:
        """Return the row of a corrected return that answers the dishonour of a day."""
        return self._row("CORRECTED", code, on, back=back, **changed)

    def _row(self, stage: str, code: str, on: date, *, back: int, **changed: object) -> str:
        values = {"reason": "R01", "amount": self.amount} | changed
        return (
            f"D|{stage}|{code}|{self.trace}|{self._back(back)}|{self.settled:%Y%m%d}|{values['reason']}|"
            f"091000010000077|{on:%Y%m%d}|{values['amount']}|"
        )

    def _back(self, more: int) -> str:
        return f"{int(self.back) + more:015d}"


def chain(stage: Stage, *, settled: date = DAYS[5]) -> Chain:
    """Return the one debit of a stage, and a return of it that settled on a day."""
    with stage.desk.view() as ctx:
        entries = select(Entry.trace, Entry.order_id, Entry.amount_cents).where(Entry.presentation == 1)
        entry = ctx.session.execute(entries).one()
        back = ctx.session.scalars(select(Return.return_trace)).first()
    return Chain(
        trace=f"{entry.trace:015d}", back=f"{back or 21000020000001:015d}", settled=settled,
        reference=encode_key(entry.order_id), amount=entry.amount_cents,
    )  # fmt: skip


def cases_about(stage: Stage) -> list[str]:
    """Return the kinds of the open cases, but for those about rates, payouts and money that no statement shows.

    These stories are not about them; the returns that they make up move nothing on the account.
    """
    aside = {"rate_over_limit", "merchant_unpaid", "return_without_posting"}
    return [kind for kind in open_cases(stage) if kind not in aside]


def the_return(stage: Stage, code: str = "R01", *, applied: bool | None = None) -> dict[str, Any]:
    """Return the one return of a code with all that is on record about it."""
    with stage.desk.view() as ctx:
        (listed,) = returns.listed(ctx.session, code=code, applied=applied)
        shown = returns.shown(ctx.session, parse_public_id(Prefix.RETURN, listed["id"]))
    assert shown is not None
    return shown


def key_of(stage: Stage, code: str = "R01", *, applied: bool | None = None) -> int:
    """Return the key of the one return of a code."""
    return parse_public_id(Prefix.RETURN, the_return(stage, code, applied=applied)["id"])


def dispute(stage: Stage, code: str, *, of: str = "R01", applied: bool | None = None) -> Disputed:
    """Have the one return of a code dishonored."""
    key = key_of(stage, of, applied=applied)
    with stage.desk.as_actor("user:maria").action() as ctx:
        return dispute_return(ctx, key, code=code, reason="it is wrong")
