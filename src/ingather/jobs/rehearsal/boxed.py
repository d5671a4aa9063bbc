"""The bank in a box beside a test book that is served: it collects, answers and reports through the book's own folders.

What it knows is a file beside those folders, written after each step: what somebody said of an entry cannot be read
from what lies in a folder, and the same steps on the same state give the same bytes, so that a step cut off by a death
is simply done again.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ingather.base.dates import NEW_YORK
from ingather.domain.refusals import LiveBook, WrongState
from ingather.gateway.channel import TEMPORARY
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.rehearsal.stage import OUR_ACCOUNT, REQUESTS, SHEETS
from ingather.rules.calendar import is_banking_day
from ingather.simulator.bank import BankInABox
from ingather.simulator.dictated import Dictated, FileWord
from ingather.simulator.saving import StateRefused
from ingather.simulator.terms import BankTerms
from ingather.store.tables import Feed

if TYPE_CHECKING:
    from ingather.simulator.state import Delivery

KEPT = "bank-in-a-box.json"
SEED = 1
CLOSES_AT = time(21, 0)
"""When the bank's day ends and its reports lie there, New York."""
COLLECTS_AFTER = timedelta(minutes=5)
_ONE_DAY = timedelta(days=1)
_PLAIN = Dictated()


@dataclass(slots=True, kw_only=True)  # mutable -- the bank lives on
class BoxedBank:
    """The bank of one book: its folders, where its state is kept, and what clocks were to be moved to by which call.

    ``dictated`` is how it takes the files that it collects next.
    """

    bank: BankInABox
    terms: BankTerms
    outbound: Path
    inbound: Path
    kept: Path
    targets: dict[str, str] = field(default_factory=dict)

    def lies_uncollected(self) -> list[Path]:
        """Return the files that lie there for the bank and that it has not collected, by name."""
        return [
            path
            for path in sorted(self.outbound.iterdir())
            if path.is_file()
            and path.suffix != TEMPORARY
            and not path.name.startswith((REQUESTS, SHEETS))
            and not self.bank.has_taken(path.name)
        ]

    def collect(self, at: datetime, *, dictated: Dictated = _PLAIN, only: str = "") -> None:
        """Take what lies there, and sheets of requests; a file of a name is taken once."""
        if dictated is not _PLAIN:
            self.bank = self._with(dictated)
        for path in self.lies_uncollected():
            if only in {"", path.name}:
                self.bank.receive(path.name, path.read_bytes(), at)
        for path in sorted(self.outbound.glob(f"{REQUESTS}*.csv")):
            self.bank.receive_request(path.name, path.read_bytes(), at)
        if dictated is not _PLAIN:
            self.bank = self._with(_PLAIN)

    def live_until(self, now: datetime) -> bool:
        """Let the bank close the days that are over and answer what is due; returns whether it delivered anything."""
        local = now.astimezone(NEW_YORK)
        closed = local.date() if local.time() >= CLOSES_AT else local.date() - _ONE_DAY
        told: list[Delivery] = []
        last = self.bank.last_day
        if last is None or last < closed:
            told = self.bank.close_day(closed)
        told += self.bank.answer(now)
        for delivery in told:
            temporary = self.inbound / f".{delivery.name}"
            temporary.write_bytes(delivery.data)
            temporary.replace(self.inbound / delivery.name)
        return bool(told)

    def keep(self) -> None:
        """Write down what the bank knows, whole or not at all."""
        content = json.dumps({"bank": self.bank.dump(), "targets": self.targets})
        temporary = self.kept.with_name(f".{self.kept.name}")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.kept)

    def next_move(self, now: datetime) -> datetime:
        """Return when the bank moves next: it collects, answers or closes its day."""
        local = now.astimezone(NEW_YORK)
        closing = datetime.combine(local.date(), CLOSES_AT, tzinfo=NEW_YORK)
        moves = [closing if closing > now else datetime.combine(local.date() + _ONE_DAY, CLOSES_AT, tzinfo=NEW_YORK)]
        if self.lies_uncollected():
            moves.append(now + COLLECTS_AFTER)
        if (answers_at := self.bank.answers_at()) is not None:
            moves.append(max(answers_at, now))
        return min(moves)

    def word_of(self, name: str) -> FileWord | None:
        """Return how a file was taken, None when it was not."""
        return self.bank.word_of(name)

    def _with(self, dictated: Dictated) -> BankInABox:
        return _loaded(self.bank.dump(), self.terms, dictated)


def open_bank(desk: Desk) -> BoxedBank:
    """Return the bank of a test book as it was left.

    Raises ``LiveBook``, and ``WrongState`` when the book's bank cannot be the one in the box: it has several, its
    channel is no folder, or its account is another than the box's.
    """
    if desk.mark() != "test":
        raise LiveBook
    routes = {(route.channel.get("outbound"), route.channel.get("inbound")): route for route in desk.routes()}
    if len(routes) != 1:
        fact = f"the book has {len(routes)} banks, and the bank in a box is one"
        raise WrongState(fact, "Rehearse on a book with one bank")
    [((outbound, inbound), route)] = routes.items()
    if outbound is None or inbound is None:
        fact = "the bank is not reached through folders"
        raise WrongState(fact, "Rehearse on a book whose channel is a folder")
    terms = _terms_of(desk, route)
    kept = Path(inbound).parent / KEPT
    saved = {}
    with suppress(FileNotFoundError):
        saved = json.loads(kept.read_text("utf-8"))
    try:
        bank = _loaded(saved["bank"], terms, _PLAIN) if saved else _new(terms)
    except StateRefused as refused:
        raise WrongState(str(refused).rstrip("."), f"Put {KEPT} beside the bank's folders back as it was") from None
    return BoxedBank(
        bank=bank,
        terms=terms,
        outbound=Path(outbound),
        inbound=Path(inbound),
        kept=kept,
        targets=saved.get("targets", {}),
    )


def _terms_of(desk: Desk, route: BankRoute) -> BankTerms:
    with desk.view() as ctx:
        feed = ctx.session.get_one(Feed, route.row.feed_id)
        if ctx.vault.index_of(feed.bank, OUR_ACCOUNT) != feed.account_index:
            fact = f"the book's account is another than that of the bank in a box, which is {OUR_ACCOUNT}"
            raise WrongState(fact, "Make a test book with that account")
        bank = feed.bank
    profile = route.profile
    return BankTerms(
        odfi_routing=profile.odfi_routing,
        immediate_destination=profile.destination,
        bank=bank,
        account=OUR_ACCOUNT,
    )


def _new(terms: BankTerms) -> BankInABox:
    return BankInABox(terms=terms, is_banking_day=is_banking_day, seed=SEED, behaviour=_PLAIN)


def _loaded(saved: str, terms: BankTerms, behaviour: Dictated) -> BankInABox:
    return BankInABox.load(saved, terms=terms, is_banking_day=is_banking_day, seed=SEED, behaviour=behaviour)
