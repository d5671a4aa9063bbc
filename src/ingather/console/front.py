"""What every page works with, made once for a server: the desk, how long a sign-in lasts, and whom the demo lets in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from ingather.console.kept import Kept
from ingather.domain.users import Role, SessionTerms
from ingather.jobs.desk import Desk
from ingather.vault.passwords import PasswordCost


def _nobody_waits(address: str) -> int:
    """Let every address guess."""
    _ = address
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody of the demo who is ready to sign in: name, role, password, and the code of now of their device."""

    name: str
    role: Role
    password: str = field(repr=False)
    code: Callable[[datetime], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One server's console; ``desk`` has no actor of its own, each visit puts its person there.

    ``told_of`` says what may be logged of a fault. ``demo`` are the people whom a demo's sign-in page offers, by name;
    no other book has any. ``kept`` is for
    figures that many pages show and that may be a moment old. ``wait_for`` says
    how many seconds an address waits that guessed too often, ``note_guess`` counts a guess of it.
    """

    desk: Desk
    terms: SessionTerms
    password_cost: PasswordCost
    most_bytes: int
    log: FilteringBoundLogger = field(repr=False)
    told_of: Callable[[BaseException], Mapping[str, object]] = field(repr=False)
    demo: Mapping[str, DemoPerson] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept, repr=False)
    wait_for: Callable[[str], int] = field(default=_nobody_waits, repr=False)
    note_guess: Callable[[str], object] = field(default=_nobody_waits, repr=False)
