"""A desk that does everything at random: new debits, retries, reversals, refunds, fees, and requests about returns.

It knows only what it sent and what the daily reports told; the same seed gives the same play.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from ingather.simulator.bank import BankInABox
from ingather.simulator.chance import Chance
from ingather.simulator.state import Delivery
from tests.unit.simulator.requests import sheet, told
from tests.unit.simulator.town import Batch, Debit, eastern, is_banking_day, nacha_file

_CODES = ("R61", "R62", "R67", "R68", "R69", "R69", "R70")
_KINDS = {"RETRY PYMT": 225, "RETURN FEE": 225, "REVERSAL": 220, "REFUND": 220}
_SENT_A_DAY = 8


@dataclass(slots=True)  # mutable -- it remembers what it sent and was told
class RandomDesk:
    """The originator's side of a random play."""

    seed: int
    sent: list[Debit] = field(default_factory=list)
    returned: list[list[str]] = field(default_factory=list)
    changed: list[list[str]] = field(default_factory=list)
    files: int = 0

    def play_day(self, bank: BankInABox, day: date) -> list[Delivery]:
        """Send, ask, and close one day; return what the bank handed over."""
        if is_banking_day(day):
            self._send(bank, day)
            self._ask(bank, day)
        evening = [*bank.answer(eastern(day, 17)), *bank.close_day(day)]
        self.returned += told(evening, "R")
        self.changed += told(evening, "N")
        return evening

    def _send(self, bank: BankInABox, day: date) -> None:
        chance = Chance(self.seed)
        effective = next(later for ahead in range(1, 9) if is_banking_day(later := day + timedelta(days=ahead)))
        new = [
            Debit(reference=f"D{day:%m%d}{number}", cents=1_000 + chance.draw("cents", f"{day}{number}", 90_000),
                  account=chance.draw("account", f"{day}{number}", 30))
            for number in range(_SENT_A_DAY)
        ]  # fmt: skip
        batches = [Batch(debits=new, effective=effective, sec="PPD")]
        for description, service_class in _KINDS.items():
            again = [debit for debit in self.sent if chance.happens(description, f"{day}{debit.reference}", 200)]
            code = 22 if service_class == 220 else 27
            entries = [Debit(reference=old.reference, cents=old.cents, account=old.account, code=code) for old in again]
            if entries:
                batches.append(
                    Batch(debits=entries, effective=effective, sec="PPD", description=description,
                          service_class=service_class)
                )  # fmt: skip
        self.sent += new
        self.files += 1
        at = eastern(day)
        bank.receive(f"{self.files}.ach", nacha_file(*batches, created=at), at)

    def _ask(self, bank: BankInABox, day: date) -> None:
        chance = Chance(self.seed)
        rows: list[dict[str, str | int]] = [
            {"request": f"d{day}{row[4]}", "kind": "dishonour", "return_trace": row[4], "original_trace": row[3],
             "code": _CODES[chance.draw("code", row[4], len(_CODES))]}
            for row in self.returned if chance.happens("dishonour", f"{day}{row[4]}", 1_500)
        ]  # fmt: skip
        rows += [
            {"request": f"r{day}{row[2]}", "kind": "return_requested", "original_trace": row[2]}
            for row in self.changed if chance.happens("request", f"{day}{row[2]}", 500)
        ]  # fmt: skip
        rows += [
            {"request": f"c{row[2]}", "kind": "refuse_change", "code": "C65", "original_trace": row[2],
             "change_code": row[1]}
            for row in self.changed if chance.happens("refuse", row[2], 5_000)
        ]  # fmt: skip
        bank.receive_request(f"REQ-{day:%Y%m%d}-1.csv", sheet(*rows), eastern(day, 17))
