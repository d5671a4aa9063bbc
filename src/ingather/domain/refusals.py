"""Refusals: the business says no. Each builds its own sentence, the fact and the way out, and knows its exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    HAS_ERRORS = 1
    USAGE = 2
    NEEDS_APPROVAL = 10
    LIMIT = 11
    REFUSED_BY_BANK = 12
    UNMATCHED = 13
    REPORT_GAP = 20
    IN_DOUBT = 30
    BROKEN_INVARIANT = 40


class Refusal(Exception):  # noqa: N818 -- it is a refusal, not a fault, and reads so at each place it is raised
    """The base of every business refusal; ``fact`` and ``way_out`` make the sentence people read."""

    exit_code: ExitCode = ExitCode.HAS_ERRORS
    fact: str = "the book refuses this"
    way_out: str = ""

    def __init__(self, fact: str | None = None, way_out: str | None = None) -> None:
        """Keep the particular fact and way out, or those of the class."""
        self.fact = fact or type(self).fact
        self.way_out = way_out or type(self).way_out
        super().__init__(f"{self.fact}. {self.way_out}".strip() if self.way_out else f"{self.fact}.")


class BadActor(Refusal):
    """An actor's name cannot be read."""

    exit_code = ExitCode.USAGE
    fact = "an actor is a name such as maria or user:maria"
    way_out = "Name one with --as or INGATHER_ACTOR"


class NoSuch(Refusal):
    """What was asked for is not in the book."""

    way_out = "Check the id and the book"


class BookMissing(Refusal):
    """There is no book where one was expected."""

    exit_code = ExitCode.USAGE
    way_out = "Make one with: ingather init"


class BookRestored(Refusal):
    """The book is behind what its host remembers: it reads, and never seals or sends."""

    exit_code = ExitCode.BROKEN_INVARIANT
    fact = "this book is a restored copy: it is behind what its host remembers"
    way_out = "Reconcile it with the sent register, the bank's listing and its acknowledgements before releasing it"


class KeyMissing(Refusal):
    """The host's key folder does not open this book."""

    exit_code = ExitCode.USAGE
    way_out = "Point INGATHER_KEYS to the folder that ingather init made for this book"


class NightRunning(Refusal):
    """Another night holds the lock."""

    exit_code = ExitCode.DONE
    fact = "another night is running on this book"
    way_out = "Nothing was done here; its result is in the book when it ends"


class InboundRunning(Refusal):
    """Another inbound run holds the lock."""

    exit_code = ExitCode.DONE
    fact = "another inbound run is taking reports into this book"
    way_out = "Nothing was done here; its result is in the book when it ends"


class WorkRunning(Refusal):
    """Another worker holds the lock."""

    exit_code = ExitCode.DONE
    fact = "another worker is at this book"
    way_out = "It does what is due; see ingather work runs"


class MakerIsChecker(Refusal):
    """The same actor may not make and check."""

    fact = "who made it may not approve it"
    way_out = "A second person approves with --as"


class WrongState(Refusal):
    """The state does not allow the action."""


class SameKeyOtherContent(Refusal):
    """An order's key came again with another amount, date or authorization."""


class LostClaim(Refusal):
    """Orders changed between the plan and the seal: the file must be rebuilt without them."""

    fact = "orders changed while the file was being built"


class SecondReaderDisagrees(Refusal):
    """The second reader did not read what we meant to write: nothing is sealed."""

    exit_code = ExitCode.BROKEN_INVARIANT
    way_out = "Nothing was sealed. Keep the orders open and report the difference"


class LimitReached(Refusal):
    """A limit of the profile would be passed."""

    exit_code = ExitCode.LIMIT


class BrokenInvariant(Refusal):
    """The books do not hold together."""

    exit_code = ExitCode.BROKEN_INVARIANT
