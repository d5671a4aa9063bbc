"""The bank in a box: hand it files, close its days, collect its answers, and read its books.

It moves only when it is called and only by the instants it is given. The same calls with the same seed give the same
bytes, whether one process makes them all or the state is dumped and loaded between any two.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Self

from ingather.simulator.acknowledgements import status_of, write_acknowledgement
from ingather.simulator.asked import follow_requests, take_requests
from ingather.simulator.banking_days import IsBankingDay, after
from ingather.simulator.behaviour import AckStatus, Behaviour
from ingather.simulator.books import BankBooks, read_books
from ingather.simulator.chance import Chance
from ingather.simulator.changing import tell_changes
from ingather.simulator.delivering import acknowledged, back_files, delivered
from ingather.simulator.dictated import (
    EntryStanding,
    FileWord,
    SaidReturn,
    place_of,
    say_change,
    say_return,
    standing,
    word_of,
)
from ingather.simulator.disputing import answer_dishonours
from ingather.simulator.entries import text
from ingather.simulator.evenings import Evening
from ingather.simulator.intake import Desk, Taken, take_file
from ingather.simulator.positions import Positions
from ingather.simulator.postings import post_analysis
from ingather.simulator.saving import dump_state, load_state
from ingather.simulator.settling import settle
from ingather.simulator.state import BankState, Delivery, Kind
from ingather.simulator.statement_forms import told_on, without_last_return
from ingather.simulator.str_reports import ReportHead, report_id
from ingather.simulator.taking_back import take_back
from ingather.simulator.terms import BankTerms, Carrier

_ONE_DAY = timedelta(days=1)


class BankInABox:
    """One bank with one account, playing one scenario on a given calendar and seed."""

    def __init__(self, *, terms: BankTerms, is_banking_day: IsBankingDay, seed: int, behaviour: Behaviour) -> None:
        self.terms = terms
        self._desk = Desk(terms=terms, is_banking_day=is_banking_day, behaviour=behaviour, chance=Chance(seed))
        self._positions = Positions.none()
        self._corrections: dict[int, str] = {}
        self._state = BankState(
            seed=seed,
            account=terms.account,
            balance_cents=terms.opening_balance_cents,
            next_sequence=terms.first_sequence,
        )

    def receive(self, name: str, data: bytes, at: datetime) -> None:
        """Take a file that the bank collected at this aware instant; its acknowledgement becomes due a little later.

        Nothing in the bytes raises: what cannot be read, or was taken before, is answered with a rejection.
        """
        state = self._state
        taken = take_file(self._desk, state, name, data, at)
        state.files.append(taken.file)
        state.batches += taken.batches
        state.add_entries(taken.entries)
        state.seen.update(text(reference) for reference in taken.entries["reference"].tolist() if reference)
        self._acknowledge(taken, at)

    def receive_request(self, name: str, data: bytes, at: datetime) -> None:
        """Take a sheet of requests (CSV) that the bank collected; it acts on them when it next closes a day.

        What the bank cannot follow stands in the books as refused. Any other file beside the sheets is for a person and
        is left alone, and so is a request that was taken before. ``at`` is an aware instant.
        """
        assert at.tzinfo is not None  # noqa: S101 -- every instant given to the bank is aware
        if name.endswith(".csv"):
            take_requests(self._state, name, data)

    def answer(self, at: datetime) -> list[Delivery]:
        """Return the acknowledgements due by this aware instant, oldest first, each once."""
        state = self._state
        due = sorted((item for item in state.acknowledgements if item.at <= at), key=lambda item: (item.at, item.name))
        state.acknowledgements = [item for item in state.acknowledgements if item.at > at]
        return due

    def close_day(self, day: date) -> list[Delivery]:
        """Close a banking day: settle, return, dispute, change, report; return what the bank hands over that evening.

        Banking days since the last close that were passed over are closed first. A day that is no banking day, or was
        closed before, brings nothing.
        """
        state = self._state
        handed: list[Delivery] = []
        current = day if state.last_day is None else state.last_day + _ONE_DAY
        while current <= day:
            if self._desk.is_banking_day(current):
                handed += self._close(current)
            current += _ONE_DAY
        return handed

    def place_of(self, trace: int, file: str) -> int | None:
        """Return the place of an entry among the bank's, by its trace and its file's name; None when it has none."""
        return place_of(self._state, trace, file)

    def standing(self, place: int) -> EntryStanding:
        """Return how an entry stands at the bank."""
        return standing(self._state, place)

    def will_return(self, place: int, said: SaidReturn) -> EntryStanding:
        """Be told that an entry comes back; raises ``ValueError`` for what cannot be."""
        return say_return(self._desk, self._state, place, said)

    def will_change(self, place: int, code: str, *, data: str = "") -> EntryStanding:
        """Be told to tell a change of an entry; raises ``ValueError`` for what cannot be.

        ``data`` are the corrected data in their 29 columns, drawn where they are empty; they are not in a dump.
        """
        stands = say_change(self._desk, self._state, place, code)
        if data:
            self._corrections[place] = data
        return stands

    def word_of(self, name: str) -> FileWord | None:
        """Return how a file was taken, by its name; None when the bank has not collected it."""
        found = word_of(self._state, name)
        return found[1] if found else None

    def has_taken(self, name: str) -> bool:
        """Return whether a file of this name was collected."""
        return any(row.name == name for row in self._state.files)

    def answers_at(self) -> datetime | None:
        """Return when the next acknowledgement is due, None when none is."""
        return min((item.at for item in self._state.acknowledgements), default=None)

    @property
    def last_day(self) -> date | None:
        """Return the last banking day that was closed."""
        return self._state.last_day

    def books(self) -> BankBooks:
        """Return the bank's own totals and positions as of its last call."""
        books = read_books(self._state, opening_cents=self.terms.opening_balance_cents, before=self._positions)
        self._positions = books.by_reference
        return books

    def dump(self) -> str:
        """Return all the bank knows as text with a checksum; buyers' account numbers are not in it."""
        return dump_state(self._state)

    @classmethod
    def load(
        cls, saved: str, *, terms: BankTerms, is_banking_day: IsBankingDay, seed: int, behaviour: Behaviour
    ) -> Self:
        """Return the bank of a dump; raises ``StateRefused`` when it is not whole or not this bank's."""
        bank = cls(terms=terms, is_banking_day=is_banking_day, seed=seed, behaviour=behaviour)
        bank._state = load_state(saved, account=terms.account, seed=seed)
        return bank

    def _acknowledge(self, taken: Taken, at: datetime) -> None:
        """Line up the answers to a file: first pended where it is held, then the decision."""
        told_at = at + self.terms.acknowledges_after
        if taken.fate.pended_for and not taken.answer.reason:
            self._line_up(taken, AckStatus.PENDED, told_at)
        self._line_up(taken, status_of(taken.answer), told_at + taken.fate.pended_for)

    def _line_up(self, taken: Taken, status: AckStatus, at: datetime) -> None:
        """Write one acknowledgement that becomes due at an instant."""
        state = self._state
        name = f"ACK-{at.astimezone(self.terms.zone):%Y%m%d}-{state.next_acknowledgement:04d}.txt"
        state.next_acknowledgement += 1
        content = write_acknowledgement(taken.answer, status=status, at=at)
        delivery = Delivery(name=name, data=content, kind=Kind.ACKNOWLEDGEMENT, at=at)
        state.acknowledgements += acknowledged(self._desk, state, delivery, taken.file.key)

    def _close(self, day: date) -> list[Delivery]:
        """Close one banking day."""
        state, desk, terms = self._state, self._desk, self.terms
        evening = Evening(day=day)
        opening = state.balance_cents
        settle(desk, state, evening)
        take_back(desk, state, evening)
        follow_requests(desk, state, evening)
        answer_dishonours(state, evening)
        tell_changes(desk, state, evening, self._corrections)
        if after(day, 1, desk.is_banking_day).month != day.month:
            post_analysis(state, evening.body, day)
        at = datetime.combine(day, terms.reports_at, tzinfo=terms.zone)
        handed = [item for item in state.held_back if item.at <= at]
        state.held_back = [item for item in state.held_back if item.at > at]
        fresh = back_files(desk, evening, at) if Carrier.NACHA in terms.returns_by else []
        fresh += self._report(evening, opening, at)
        state.last_day = day
        return delivered(desk, state, handed, fresh, at)

    def _report(self, evening: Evening, opening: int, at: datetime) -> list[Delivery]:
        """Return the day's reports, or none where they are withheld; the sequence advances either way."""
        state, terms = self._state, self.terms
        sequence = state.next_sequence
        head = ReportHead(
            as_of=at,
            sequence=sequence,
            business_date=evening.day,
            report_id=report_id(evening.day, sequence),
            previous_report_id=state.last_report_id,
        )
        told = told_on(head, evening.body, terms, opening_cents=opening)
        state.next_sequence += 1
        state.last_report_id = head.report_id
        number = sequence - terms.first_sequence + 1
        delivering = self._desk.behaviour.delivering
        if number in delivering.corrected and (short := without_last_return(evening.body)) is not None:
            corrected = replace(head, report_id=f"{head.report_id}C", status="CORRECTION",
                                corrects_report_id=head.report_id)  # fmt: skip
            later = datetime.combine(after(evening.day, 1, self._desk.is_banking_day), terms.reports_at, terms.zone)
            right = told_on(corrected, evening.body, terms, opening_cents=opening)
            state.held_back += [replace(report, at=later) for report in right]
            told = told_on(head, short, terms, opening_cents=opening)
        if number not in delivering.withheld:
            return told
        if delivering.withheld_for:
            late = after(evening.day, delivering.withheld_for, self._desk.is_banking_day)
            late_at = datetime.combine(late, terms.reports_at, tzinfo=terms.zone)
            state.held_back += [replace(report, at=late_at) for report in told]
        else:
            state.never_sent.append(head.report_id)
        return []
