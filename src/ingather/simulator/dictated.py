"""A bank that does what it is told: whoever rehearses says what becomes of an entry or of a file, and it follows.

It pays what nobody spoke of. What was said stands in the bank's own books, so that a state that was saved goes on with
it; only the corrected data of a change are said anew, because an account number is never saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np

from ingather.simulator.banking_days import after, on_or_after
from ingather.simulator.behaviour import PAID, TAKEN, Blemish, Delivering, EntryView, Fate, FileFate, FileView
from ingather.simulator.chance import Chance
from ingather.simulator.corrections import TOLD_CODES
from ingather.simulator.entries import NEVER, SENT_BACK, FileRow, Status, day_number, day_of, text
from ingather.simulator.intake import Desk
from ingather.simulator.state import Act, BankState, Due

_PLAIN = Delivering()


class FileWord(StrEnum):
    """How a bank takes a file."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_REJECTS = "accepted_with_rejects"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictated:
    """The behaviour of a bank that was told: ``rejected`` is why it refuses files, ``refused`` why single entries.

    ``refused`` is by reference.
    """

    rejected: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    name: str = "dictated"
    delivering: Delivering = _PLAIN

    def decide(self, entry: EntryView, chance: Chance) -> Fate:
        """Return that an entry is paid: whatever else was said stands in its row."""
        _ = entry, chance
        return PAID

    def refuse(self, key: str, chance: Chance) -> str:
        """Return why an entry is taken out of its file, or nothing."""
        _ = chance
        return self.refused.get(key, "")

    def take(self, file: FileView, chance: Chance) -> FileFate:
        """Return whether a file is refused."""
        _ = file, chance
        return FileFate(rejected_for=self.rejected) if self.rejected else TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidReturn:
    """A return as it is to come; ``on`` is its settlement, one banking day after the entry's where it is None."""

    code: str
    on: date | None = None
    information: str = ""
    blemish: Blemish = Blemish.NONE
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryStanding:
    """How an entry stands at the bank: waiting, settled, returned or refused; codes are empty until somebody said so.

    ``returns_on`` is the settlement of a return that is to come or came, ``changes_on`` when a change is told.
    """

    status: str
    settles_on: date | None
    return_code: str = ""
    returns_on: date | None = None
    change_code: str = ""
    changes_on: date | None = None


def place_of(state: BankState, trace: int, file: str) -> int | None:
    """Return the place of an entry among the bank's, by its trace and its file's name; None when it is not there."""
    batches = {number for number, batch in enumerate(state.batches) if state.files[batch.file].name == file}
    found = [
        place
        for place in np.flatnonzero(state.entries["trace"] == trace).tolist()
        if int(state.entries["batch"][place]) in batches
    ]
    return found[-1] if found else None


def standing(state: BankState, place: int) -> EntryStanding:
    """Return how an entry stands."""
    entry = state.entries[place]
    status = Status(int(entry["status"]))
    if status is Status.REFUSED or not entry["settles_on"]:
        return EntryStanding(status="refused", settles_on=None)
    word = "returned" if status in SENT_BACK else "settled" if status >= Status.SETTLED else "waiting"
    returns_on, changes_on = int(entry["return_on"]), int(entry["change_on"])
    told = [row.told_on for row in state.changes if row.entry == place]
    return EntryStanding(
        status=word,
        settles_on=day_of(entry["settles_on"]),
        return_code=text(entry["reason"]),
        returns_on=None if returns_on == NEVER else day_of(returns_on),
        change_code=text(entry["change"]),
        changes_on=told[-1] if told else None if changes_on == NEVER else day_of(changes_on),
    )


def say_return(desk: Desk, state: BankState, place: int, said: SaidReturn) -> EntryStanding:
    """Write down that an entry comes back, and return how it stands; the same said twice is one return.

    Raises ``ValueError`` when it was refused, when something else was said of it, or for a day that it cannot be.
    """
    now = standing(state, place)
    entry = state.entries[place]
    if now.settles_on is None:
        message = "the bank refused the entry: there is nothing that could come back"
        raise ValueError(message)
    is_banking_day = desk.is_banking_day
    first = now.settles_on
    if state.last_day is not None and state.last_day >= first:
        first = after(state.last_day, 1, is_banking_day)
    on = said.on or max(after(now.settles_on, 1, is_banking_day), first)
    if now.return_code:
        if now.return_code != said.code or (said.on is not None and said.on != now.returns_on):
            message = f"the entry comes back as {now.return_code} already"
            raise ValueError(message)
        return now
    if not is_banking_day(on) or on < first:
        message = f"a return of this entry settles on a banking day from {first} on"
        raise ValueError(message)
    entry["reason"] = said.code.encode()
    entry["information"] = said.information.encode("ascii", "replace")
    entry["blemish"] = said.blemish
    entry["return_on"] = day_number(on)
    if said.again:
        state.agenda.append(Due(on=after(on, 1, is_banking_day), act=Act.RETURN_AGAIN, subject=place))
    return standing(state, place)


def say_change(desk: Desk, state: BankState, place: int, code: str) -> EntryStanding:
    """Write down that a change is told of an entry, and return how it stands; the same said twice is one change.

    It is told one banking day after the entry settled, or at the bank's next evening. Raises ``ValueError`` when the
    bank refused the entry, when another change was said, or for a code that this bank does not tell.
    """
    if code not in TOLD_CODES:
        message = f"no bank tells a change as {code}"
        raise ValueError(message)
    now = standing(state, place)
    if now.settles_on is None:
        message = "the bank refused the entry: it tells no change of it"
        raise ValueError(message)
    if now.change_code:
        if now.change_code != code:
            message = f"the change {now.change_code} was said of this entry already"
            raise ValueError(message)
        return now
    on = after(now.settles_on, 1, desk.is_banking_day)
    if state.last_day is not None:
        on = max(on, after(state.last_day, 1, desk.is_banking_day))
    entry = state.entries[place]
    entry["change"], entry["change_on"] = code.encode(), day_number(on_or_after(on, desk.is_banking_day))
    return standing(state, place)


def word_of(state: BankState, name: str) -> tuple[FileRow, FileWord] | None:
    """Return a file that was taken and how, None for one that the bank has not collected."""
    for number, row in enumerate(state.files):
        if row.name != name:
            continue
        if row.refused_for:
            return row, FileWord.REJECTED
        batches = [place for place, batch in enumerate(state.batches) if batch.file == number]
        mine = state.entries[np.isin(state.entries["batch"], batches)]
        refused = mine["status"] == Status.REFUSED
        if len(mine) and refused.all():
            return row, FileWord.REJECTED
        return row, FileWord.ACCEPTED_WITH_REJECTS if refused.any() else FileWord.ACCEPTED
    return None
