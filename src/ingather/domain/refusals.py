"""Refusals: the business says no. Each builds its own sentence, the fact and the way out.

This is the one map of them: each knows the exit code with which a command ends and the HTTP status and code of the
API's problem. A refusal that a moment later may be none is ``passing``: it is never kept as the answer to a call.
"""

import re

from ingather.domain.exits import ExitCode as ExitCode  # noqa: PLC0414 -- whoever refuses names it from here

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Refusal(Exception):  # noqa: N818 -- it is a refusal, not a fault, and reads so at each place it is raised
    """The base of every business refusal; ``fact`` and ``way_out`` make the sentence people read.

    ``next_actions`` are words for programs: what may be called next.
    """

    exit_code: ExitCode = ExitCode.HAS_ERRORS
    status: int = 409
    passing: bool = False
    fact: str = "the book refuses this"
    way_out: str = ""
    next_actions: tuple[str, ...] = ()

    def __init__(self, fact: str | None = None, way_out: str | None = None) -> None:
        """Keep the particular fact and way out, or those of the class."""
        self.fact = fact or type(self).fact
        self.way_out = way_out or type(self).way_out
        super().__init__(f"{self.fact}. {self.way_out}".strip() if self.way_out else f"{self.fact}.")

    @classmethod
    def code(cls) -> str:
        """Return the refusal's name for programs, such as ``wrong_state``."""
        return _WORD.sub("_", cls.__name__).lower()


class BadActor(Refusal):
    """An actor's name cannot be read."""

    status = 400
    exit_code = ExitCode.USAGE
    fact = "an actor is a name such as maria or user:maria"
    way_out = "Name one with --as or INGATHER_ACTOR"


class NoSuch(Refusal):
    """What was asked for is not in the book."""

    status = 404
    way_out = "Check the id and the book"


class BookMissing(Refusal):
    """There is no book where one was expected."""

    status = 503
    exit_code = ExitCode.USAGE
    way_out = "Make one with: ingather init"


class BookRestored(Refusal):
    """The book is behind what its host remembers: it reads, and never seals or sends."""

    exit_code = ExitCode.BROKEN_INVARIANT
    fact = "this book is a restored copy: it is behind what its host remembers"
    way_out = "Compare it with what was sent without it: ingather db reconcile; then two persons release it"


class KeyMissing(Refusal):
    """The host's key folder does not open this book."""

    status = 503
    exit_code = ExitCode.USAGE
    way_out = "Point INGATHER_KEYS to the folder that ingather init made for this book"


class KeysSilent(Refusal):
    """Who keeps the root key gives no answer: nothing is opened and nothing sealed until it does."""

    status = 503
    passing = True
    way_out = "Nothing was changed. Try again when it answers: ingather keys status"
    next_actions = ("retry",)


class KeyDestroyed(Refusal):
    """What is asked for was sealed under a key that was destroyed: nobody can read it any more."""

    status = 410
    way_out = "Its hash, counts and amounts are kept; the bytes are gone for good"


class DecidedAtOnce(Refusal):
    """Others decided about the same things in the same moment, again and again."""

    passing = True
    next_actions = ("retry",)
    fact = "somebody else decided about the same at the same moment"
    way_out = "Nothing was done. Look at it as it is now, and decide again"


class BookHeld(Refusal):
    """Somebody holds the book for longer than anybody waits."""

    status = 503
    passing = True
    next_actions = ("retry",)
    fact = "somebody holds the book"
    way_out = "Nothing was done. Try again when what runs on it has ended: a night, a backup, a long look"


class NightRunning(Refusal):
    """Another night holds the lock."""

    passing = True
    next_actions = ("retry",)
    exit_code = ExitCode.DONE
    fact = "another night is running on this book"
    way_out = "Nothing was done here; its result is in the book when it ends"


class InboundRunning(Refusal):
    """Another inbound run holds the lock."""

    passing = True
    next_actions = ("retry",)
    exit_code = ExitCode.DONE
    fact = "another inbound run is taking reports into this book"
    way_out = "Nothing was done here; its result is in the book when it ends"


class WorkRunning(Refusal):
    """Another worker holds the lock."""

    passing = True
    next_actions = ("retry",)
    exit_code = ExitCode.DONE
    fact = "another worker is at this book"
    way_out = "It does what is due; see ingather work runs"


class RehearsalRunning(Refusal):
    """Somebody else rehearses on this book."""

    passing = True
    fact = "a rehearsal is moving this book's clock or its bank"
    way_out = "Repeat the call when it has ended"
    next_actions = ("retry",)


class LiveBook(Refusal):
    """Only a test book is rehearsed on: the clock of a live one is the machine's, and its bank is a bank."""

    status = 403
    exit_code = ExitCode.USAGE
    fact = "this book is live: nothing is rehearsed on it"
    way_out = "Use a book that was made without --live"


class DeliverRunning(Refusal):
    """Somebody else delivers webhooks at this moment."""

    passing = True
    exit_code = ExitCode.DONE
    fact = "webhooks of this book are being delivered by another run"
    way_out = "Nothing was done here; see ingather webhook list"


class MakerIsChecker(Refusal):
    """The same actor may not make and check."""

    status = 403
    next_actions = ("ask_another_person",)
    fact = "who made it may not approve it"
    way_out = "A second person approves with --as"


class WrongState(Refusal):
    """The state does not allow the action."""

    next_actions = ("read_again",)


class NotAtTheBank(WrongState):
    """The bank in the box does not have what it is to act on."""

    next_actions = ("advance_the_clock",)


class ExtraMissing(WrongState):
    """What is asked for needs an extra that is not installed on this machine."""

    next_actions = ("ask_for_another_form",)


class SameKeyOtherContent(Refusal):
    """A caller's own name of an object came again with other content; ``existing`` is what the book has under it."""

    next_actions = ("read_existing", "use_another_external_id")

    def __init__(self, fact: str, way_out: str | None = None, *, existing: str | None = None) -> None:
        """Keep the sentence, and the public id of what is there, unless the caller may not see it."""
        super().__init__(fact, way_out)
        self.existing = existing


class LostClaim(Refusal):
    """Orders changed between the plan and the seal: the file must be rebuilt without them."""

    passing = True
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

    status = 500
    exit_code = ExitCode.BROKEN_INVARIANT


class NotSignedIn(Refusal):
    """Nobody proved who they are."""

    exit_code = ExitCode.USAGE
    status = 401
    passing = True
    fact = "this needs somebody who proves who they are"
    way_out = "Send a key of this book, or sign in, and try again"
    next_actions = ("send_a_key",)


class NotPermitted(Refusal):
    """Who asks may not do this."""

    exit_code = ExitCode.USAGE
    status = 403
    passing = True
    way_out = "Ask an administrator for a key or a role that may"


class ProofMissing(Refusal):
    """A person may do this by their roles, but not by the sign-in they have."""

    exit_code = ExitCode.USAGE
    status = 403
    passing = True
    fact = "this needs a second factor, shown not long ago"
    way_out = "Prove again who you are, with your password and a code, then repeat it"
    next_actions = ("prove_again",)


class ProviderSilent(Refusal):
    """The identity provider of the house gives no answer that can be used."""

    status = 503
    passing = True
    fact = "the identity provider does not answer as it should"
    way_out = "Try again in a moment, or sign in with a password"
    next_actions = ("retry",)


class BadRequest(Refusal):
    """A call is not one: a header is missing, or cannot be read."""

    exit_code = ExitCode.USAGE
    status = 400


class Unreadable(Refusal):
    """What was sent cannot be taken as it is; ``faults`` are (pointer, code, sentence)."""

    status = 422

    def __init__(self, fact: str, way_out: str | None = None, *, faults: tuple[tuple[str, str, str], ...] = ()) -> None:
        """Keep the sentence and where the faults are."""
        super().__init__(fact, way_out)
        self.faults = faults


class OtherRequest(Refusal):
    """A key of idempotency came again with another request."""

    status = 422
    passing = True
    fact = "this idempotency key was used for another request"
    way_out = "Repeat the first request exactly, or send the new one under a key of its own"
    next_actions = ("use_a_new_key",)


class StillAnswering(Refusal):
    """The same call is being answered at this moment."""

    passing = True
    fact = "a call with this idempotency key is being answered"
    way_out = "Wait a moment and repeat it"
    next_actions = ("retry",)


class Changed(Refusal):
    """What is to be changed is not what was read."""

    status = 412
    passing = True
    fact = "it changed since it was read"
    way_out = "Read it again, and send its new ETag in If-Match"
    next_actions = ("read_again",)


class ConditionMissing(Refusal):
    """A change must name what was read."""

    status = 428
    passing = True
    fact = "this needs If-Match with the ETag of what was read"
    way_out = "Read it, and send its ETag in If-Match"
    next_actions = ("read_again",)


class TooManyCalls(Refusal):
    """A caller calls more often than agreed."""

    status = 429
    passing = True
    fact = "this key has made as many calls as it may in this minute"
    way_out = "Wait as long as Retry-After says"
    next_actions = ("retry",)

    def __init__(self, fact: str | None = None, way_out: str | None = None, *, wait_s: int = 1) -> None:
        """Keep the sentence, and how many seconds to wait."""
        super().__init__(fact, way_out)
        self.wait_s = wait_s


class TooManyAttempts(TooManyCalls):
    """Somebody was wrong too often under this name: nobody is listened to under it for a while."""

    fact = "there were too many wrong attempts under this name"


class TooLarge(Refusal):
    """A body is larger than the server takes."""

    status = 413
    passing = True
    way_out = "Send it in parts"


class UnknownContent(Refusal):
    """A body is of a kind that the route does not take."""

    status = 415
    passing = True
    way_out = "Say with Content-Type what it is, and send what the document of the API names"
    next_actions = ("mend_the_request",)


class TookTooLong(Refusal):
    """A call was not answered in its time."""

    status = 503
    passing = True
    fact = "this call was not done in the time the server gives to one"
    way_out = "It may still become done: repeat it with the same Idempotency-Key, and it is done once"
    next_actions = ("retry",)


class TooBusy(Refusal):
    """The server has as much in its hands as it can hold."""

    status = 503
    passing = True
    fact = "the server holds as many large bodies as it can"
    way_out = "Repeat the call in a moment"
    next_actions = ("retry",)


class AddressTaken(Refusal):
    """A server cannot listen where it was told to."""

    status = 503
    exit_code = ExitCode.USAGE
    way_out = "Choose another with --host and --port"
