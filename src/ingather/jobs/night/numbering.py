"""What a file is built on before it is sealed: the next numbers, only looked at, and the originator's name in it."""

from dataclasses import dataclass, field
from typing import Protocol

from ingather.actions.context import Context
from ingather.actions.files.sealing import modifier_series, trace_series
from ingather.jobs.desk import BankRoute, Desk
from ingather.rules.banks import BankProfile
from ingather.store import allocation

_NAME_LETTERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers a file is built on, only looked at: the sealing takes them or refuses; unless they are ``taken``."""

    first_trace: int
    modifier_number: int
    taken: bool = False


def odfi_of(profile: BankProfile) -> str:
    """Return the eight digits of the ODFI that start every trace number."""
    return profile.odfi_routing[:8]


def look_at_numbers(ctx: Context, route: BankRoute, desk: Desk, *, count: int) -> Numbers:
    """Return the numbers that the next file of ``count`` entries by this route would take, in the bank's own time."""
    traces, modifiers = _series(route, desk)
    return Numbers(
        first_trace=allocation.peek(ctx.session, traces, count=count, last=allocation.TRACES),
        modifier_number=allocation.peek(ctx.session, modifiers, first=0),
    )


class Numbering(Protocol):
    """Where the numbers of files that are built come from."""

    def next(self, desk: Desk, route: BankRoute, count: int) -> Numbers:
        """Return the numbers of the next file by a route, of so many entries."""

    def sealed(self) -> None:
        """Note that the file built first, of those not sealed yet, is sealed."""

    def lost(self) -> None:
        """Begin again from what the book knows: what was built was not sealed."""


@dataclass(slots=True)  # mutable -- it follows what is built
class LookedAt:
    """Numbers that are only looked at, and follow those of the files that are built but not sealed yet."""

    ahead: dict[str, int] = field(default_factory=dict)

    def next(self, desk: Desk, route: BankRoute, count: int) -> Numbers:
        """Return the numbers that the next file by this route would take."""
        traces, modifiers = _series(route, desk)
        if traces in self.ahead and modifiers in self.ahead:
            numbers = Numbers(
                first_trace=allocation.fitting(self.ahead[traces], count, last=allocation.TRACES),
                modifier_number=self.ahead[modifiers],
            )
        else:
            with desk.view() as ctx:
                seen = look_at_numbers(ctx, route, desk, count=count)
            numbers = Numbers(
                first_trace=allocation.fitting(self.ahead.get(traces, seen.first_trace), count, last=allocation.TRACES),
                modifier_number=self.ahead.get(modifiers, seen.modifier_number),
            )
        self.ahead |= {traces: numbers.first_trace + count, modifiers: numbers.modifier_number + 1}
        return numbers

    def sealed(self) -> None:
        """Go on: what follows is known already."""

    def lost(self) -> None:
        """Look again."""
        self.ahead.clear()


@dataclass(slots=True)  # mutable -- what was taken and not used is used next
class TakenAhead:
    """Numbers that are taken before a file is built, so that the files of several workers do not wait for each other.

    A modifier that a lost file leaves is used by the next, since there are few for a day; traces there are enough.
    """

    spare: dict[str, list[int]] = field(default_factory=dict)
    unused: list[tuple[str, int]] = field(default_factory=list)

    def next(self, desk: Desk, route: BankRoute, count: int) -> Numbers:
        """Take the numbers of the next file by this route, in an action of their own."""
        traces, modifiers = _series(route, desk)
        spare = self.spare.get(modifiers, [])
        with desk.action() as ctx:
            trace = allocation.take(ctx.session, traces, count, last=allocation.TRACES)
            modifier = spare.pop() if spare else allocation.take(ctx.session, modifiers, 1, first=0)
            ctx.audit("take_numbers", "book", series=traces, first_trace=trace, count=count, modifier=modifier)
        self.unused.append((modifiers, modifier))
        return Numbers(first_trace=trace, modifier_number=modifier, taken=True)

    def sealed(self) -> None:
        """Note that the first file built is sealed: its numbers are used."""
        if self.unused:
            self.unused.pop(0)

    def lost(self) -> None:
        """Keep the modifiers of what was built for the next files."""
        for series, modifier in reversed(self.unused):
            self.spare.setdefault(series, []).append(modifier)
        self.unused.clear()


def _series(route: BankRoute, desk: Desk) -> tuple[str, str]:
    """Return the series of traces and of today's modifiers by a route, in the bank's own time."""
    profile = route.profile
    day = desk.clock().astimezone(profile.zone).date()
    return trace_series(odfi_of(profile)), modifier_series(profile.destination, profile.origin, day)


def name_in_files(originator: str) -> str:
    """Return an originator's name as it stands in the names of files: small letters and digits, twenty at most."""
    letters = "".join(letter for letter in originator.lower() if letter.isascii() and letter.isalnum())
    return letters[:_NAME_LETTERS] or "originator"
