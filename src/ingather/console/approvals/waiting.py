"""A file before its second person: until when it can go, who may decide, what is to be looked at, and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.console.visits import Visit
from ingather.domain.files import FileState
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.jobs.transmit import verify_file
from ingather.rules.effective import cutoff_for
from ingather.store.reading import approving
from ingather.store.tables import File

if TYPE_CHECKING:
    from ingather.jobs.desk import BankRoute

_KEPT_S = 600.0
_READ_AT_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of the bank's profile: how much of it is used and how much there is, in minor units; 0 is no limit."""

    name: str
    used_minor: int
    most_minor: int

    @property
    def share(self) -> float:
        """Return the used part in percent, 0 without a limit."""
        return 100 * self.used_minor / self.most_minor if self.most_minor else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A file as the queue shows it. ``closes`` is until when it must be at its bank for its day."""

    id: str
    file: File
    bank: str
    closes: datetime
    over: bool
    twice: Sequence[approving.Twice]

    @property
    def points(self) -> int:
        """Return how many points are to be looked at."""
        return len(self.twice) + (self.file.second_reader not in _AGREED)


_AGREED = frozenset({"agrees"})


def file_asked(visit: Visit, ctx: Context) -> File:
    """Return the file that the address names; raises ``NoSuch``."""
    key = visit.key_of(Prefix.FILE, visit.path["file_id"])
    row = ctx.session.get(File, key)
    if row is None:
        fact = f"there is no file {visit.path['file_id']}"
        raise NoSuch(fact, "Look for it in the list of files")
    return row


def standing_of(visit: Visit, ctx: Context, file: File) -> Standing:
    """Return how a file stands before its second person."""
    route = route_of(visit, file)
    closes = cutoff_for(file.effective_on, route.profile.window, same_day=file.effective_on == file.created_on)
    twice = visit.front.kept.get(("twice", file.id), _KEPT_S, lambda: approving.same_twice(ctx.session, file))
    return Standing(
        id=public_id(Prefix.FILE, file.id), file=file, bank=route.profile.name, closes=closes.astimezone(NEW_YORK),
        over=visit.now >= closes, twice=twice,
    )  # fmt: skip


def route_of(visit: Visit, file: File) -> "BankRoute":
    """Return the route on which a file goes."""
    kept = visit.front.kept.get("routes", 60.0, visit.front.desk.routes)
    found = next((route for route in kept if route.row.id == file.route_id), None)
    # A route that was added a moment ago.
    return found or next(route for route in visit.front.desk.routes() if route.row.id == file.route_id)


def limits_of(visit: Visit, ctx: Context, file: File) -> list[Limit]:
    """Return the limits that a file uses something of, and that of approvals by policy."""
    profile = route_of(visit, file).profile
    sums = max(file.debit_cents, file.credit_cents)
    largest = visit.front.kept.get(("largest", file.id), _KEPT_S, lambda: approving.largest_minor(ctx.session, file))
    return [
        Limit(name="One entry", used_minor=largest, most_minor=profile.entry_limit_cents),
        Limit(name="One file", used_minor=sums, most_minor=profile.file_limit.debit_cents),
        Limit(
            name="One night",
            used_minor=approving.night_minor(ctx.session, file),
            most_minor=profile.night_limit.debit_cents,
        ),
        Limit(name="Approved by policy under", used_minor=sums, most_minor=profile.auto_approve_under_cents),
    ]


def problems_of(visit: Visit, file: File) -> Sequence[str] | None:
    """Return how the kept bytes differ from the book: read again from the bytes, at most once in ten minutes.

    A file too large to be read while somebody waits gives None: its bytes are hashed when it is sent.
    """
    if file.entries > _READ_AT_MOST:
        return None
    name = ("verified", file.id, file.sha256)
    return visit.front.kept.get(name, _KEPT_S, lambda: verify_file(visit.front.desk, file.id))


def barred(visit: Visit, file: File) -> str:
    """Return why this person may not approve a file, in English; empty when they may."""
    if not visit.may(Permission.FILES_APPROVE):
        return "You read here. Whoever has the role of an approver decides; an administrator gives it."
    if file.maker == visit.caller.actor:
        return "You made this file. Another person has to approve it."
    if file.state not in {FileState.SEALED, FileState.APPROVED}:
        return "Nothing is left to decide: the file has gone its way."
    return ""


def groups_of(sha256: bytes) -> list[str]:
    """Return the 64 digits of a hash in groups of eight."""
    digits = sha256.hex()
    return [digits[at : at + 8] for at in range(0, len(digits), 8)]
