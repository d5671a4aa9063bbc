"""What a file is built on before it is sealed: the next numbers, only looked at, and the originator's name in it."""

from dataclasses import dataclass

from ingather.actions.context import Context
from ingather.actions.files.sealing import modifier_series, trace_series
from ingather.jobs.desk import BankRoute, Desk
from ingather.rules.banks import BankProfile
from ingather.store import allocation

_NAME_LETTERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers a file is built on, only looked at: the sealing takes them or refuses."""

    first_trace: int
    modifier_number: int


def odfi_of(profile: BankProfile) -> str:
    """Return the eight digits of the ODFI that start every trace number."""
    return profile.odfi_routing[:8]


def look_at_numbers(ctx: Context, route: BankRoute, desk: Desk) -> Numbers:
    """Return the numbers that the next file by this route would take today, in the bank's own time."""
    profile = route.profile
    day = desk.clock().astimezone(profile.zone).date()
    series = modifier_series(profile.destination, profile.origin, day)
    return Numbers(
        first_trace=allocation.peek(ctx.session, trace_series(odfi_of(profile))),
        modifier_number=allocation.peek(ctx.session, series, first=0),
    )


def name_in_files(originator: str) -> str:
    """Return an originator's name as it stands in the names of files: small letters and digits, twenty at most."""
    letters = "".join(letter for letter in originator.lower() if letter.isascii() and letter.isalnum())
    return letters[:_NAME_LETTERS] or "originator"
