"""What a call is refused with: the server's problem (RFC 9457) as an exception, one class for each kind of answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a request: where (a JSON pointer into the body, or a parameter's name), its code, a sentence."""

    pointer: str
    code: str
    message: str


class Problem(Exception):  # noqa: N818 -- a problem, as the standard calls it
    """A call was not done. ``code`` is for programs, ``next_actions`` says what may be called next.

    ``errors`` points at what is wrong with the request, ``request_id`` is how the server's log knows the call,
    ``rule`` is the row of a rule that says so, ``existing`` what the book has under that name already.
    """

    status: int = 0
    kinds: ClassVar[dict[int, type["Problem"]]] = {}

    def __init__(self, status: int, said: Mapping[str, Any] | None = None) -> None:
        """Keep what the server said; an answer that is no problem document still has its status."""
        said = said or {}
        self.status = status
        self.code = str(said.get("code") or f"http_{status}")
        self.title = str(said.get("title") or "")
        self.detail = str(said.get("detail") or f"The server answered with {status}.")
        self.request_id = str(said.get("request_id") or "")
        self.rule: str | None = said.get("rule")
        self.existing: str | None = said.get("existing")
        self.next_actions: tuple[str, ...] = tuple(said.get("next_actions") or ())
        self.errors: tuple[Fault, ...] = tuple(
            Fault(**{name: str(each.get(name, "")) for name in ("pointer", "code", "message")})
            for each in said.get("errors") or ()
        )
        faults = "".join(f"\n  {each.pointer}: {each.message}" for each in self.errors)
        super().__init__(f"{self.detail} ({self.code}, request {self.request_id or 'unknown'}){faults}")

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 -- Python's own signature
        """Know the class by its status."""
        super().__init_subclass__(**kwargs)
        cls.kinds[cls.status] = cls


class BadRequest(Problem):
    """The request cannot be read."""

    status = 400


class NotSignedIn(Problem):
    """No key was sent, or one that opens nothing."""

    status = 401


class NotPermitted(Problem):
    """The key may not do this."""

    status = 403


class NoSuch(Problem):
    """There is no such thing that the key may see."""

    status = 404


class Conflict(Problem):
    """What stands in the book does not allow it."""

    status = 409


class Changed(Problem):
    """It changed since it was read: read it again."""

    status = 412


class TooLarge(Problem):
    """The body is larger than the server takes."""

    status = 413


class Unreadable(Problem):
    """The content cannot be taken as it is, or the key of idempotency was used for another request."""

    status = 422


class ConditionMissing(Problem):
    """It must be said which version is meant: send its ETag as ``if_match``."""

    status = 428


class TooManyCalls(Problem):
    """More calls than agreed, for longer than this client waits by itself."""

    status = 429


class ServerFault(Problem):
    """A fault of the server; with a key of idempotency the call may be repeated."""

    status = 500


class NotNow(Problem):
    """The book does not answer at this moment."""

    status = 503


class ConnectionLost(Problem):
    """No answer came, also when the call was repeated. Whether it was done is not known: repeat it with its key."""

    status = 0

    def __init__(self, reason: str, *, key: str | None) -> None:
        """Keep the reason, and the key under which the call may be repeated."""
        self.key = key
        way_out = f" Repeat the call with idempotency_key={key!r}." if key else ""
        super().__init__(0, {"code": "connection_lost", "detail": f"No answer came: {reason}.{way_out}"})


def problem_of(status: int, said: Mapping[str, Any] | None) -> Problem:
    """Return the exception of an answer."""
    kind = Problem.kinds.get(status) or (ServerFault if status >= ServerFault.status else Problem)
    return kind(status, said)
