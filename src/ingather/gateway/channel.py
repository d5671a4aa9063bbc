"""What every channel to a bank can do, what it has seen there, and how it says no.

The order of a sending is: ``put_temporary``; the caller's last checks and its intent, committed; ``publish``;
``read_back``; the outcome, committed. Every step may be repeated after a crash. A bank collects final names only.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

TEMPORARY: Final = ".part"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,119}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing that lies at the bank: its name, its size in bytes, and its SHA-256 when the content could be read."""

    name: str
    size: int
    sha256: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What lies at the bank under one name: the final file, the temporary one, or neither (None)."""

    final: Seen | None
    temporary: Seen | None

    def delivered(self, *, size: int, sha256: bytes) -> bool:
        """Return whether the final name holds exactly these bytes; a size alone, without the hash, is no proof."""
        return self.final is not None and self.final.size == size and self.final.sha256 == sha256

    def waits(self, *, size: int, sha256: bytes) -> bool:
        """Return whether exactly these bytes wait under the temporary name, the final one not being there."""
        here = self.temporary
        return self.final is None and here is not None and here.size == size and here.sha256 == sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundName:
    """A report that the bank has delivered and nobody has set aside: its name and its size in bytes."""

    name: str
    size: int


class Channel(Protocol):
    """The wire to one bank; every call may raise ``ChannelRefused``, ``NameTaken`` or ``ChannelUnreachable``."""

    def put_temporary(self, name: str, data: bytes) -> None:
        """Lay ``data`` durably under the temporary name of ``name``.

        Resumes: the same bytes already there, under either name, are left; the beginning of them is completed.
        Other bytes under either name raise ``NameTaken``.
        """

    def publish(self, name: str) -> None:
        """Give the temporary file its final name, in one step, never replacing a file that has it.

        Nothing is done when the final name is there and the temporary one is not. Neither raises ``ChannelRefused``.
        """

    def read_back(self, name: str) -> Evidence:
        """Return what really lies under both names; a bank that cannot be asked raises and is never an absence."""

    def withdraw_temporary(self, name: str) -> bool:
        """Remove the temporary file of ``name``; returns whether there was one. The final name is never touched."""

    def listing(self) -> list[Seen]:
        """Return what the outbound folder lists, temporary files included, by name and without hashes."""

    def inbound(self) -> list[InboundName]:
        """Return what the bank has delivered, by name; hidden files and unfinished (temporary) ones are not yet."""

    def fetch(self, name: str) -> bytes:
        """Return the whole content of a delivered report."""

    def set_aside(self, name: str) -> None:
        """Move a report that has been taken into the archive; a name that is there already gets a numbered suffix."""


class Refusal(StrEnum):
    """Why a channel did not do what was asked, and what a person can do about it."""

    DENIED = "denied"
    FULL = "full"
    MISSING = "missing"
    BAD_NAME = "bad_name"
    NOT_A_FILE = "not_a_file"
    TOO_LARGE = "too_large"
    CHANGING = "changing"
    PLAIN = "plain"


_SAYS: Final = {
    Refusal.DENIED: "the far end does not permit it; check who may write there",
    Refusal.FULL: "there is no room; it is tried again when there is",
    Refusal.MISSING: "there is no such file",
    Refusal.BAD_NAME: "a name is 1 to 120 ASCII letters, digits, '.', '_', '+' or '-', starting with a letter or digit"
    f" and not ending in {TEMPORARY}",
    Refusal.NOT_A_FILE: "what has this name is not a file",
    Refusal.TOO_LARGE: "it is larger than one report may be; take it by hand, in parts",
    Refusal.CHANGING: "it changed while it was read; it is tried again when its writer has finished",
    Refusal.PLAIN: "account numbers would lie there readable; set encrypted_mount in the bank profile when the mount"
    " is encrypted, or use another channel",
}
_PASSING: Final = frozenset({Refusal.FULL, Refusal.CHANGING})


class ChannelFault(Exception):  # noqa: N818 -- named for the fact at the wire
    """Something on the wire did not happen; ``transient`` says whether the same call may succeed later."""

    transient: bool = False


class ChannelRefused(ChannelFault):
    """The far end said no; ``reason`` says why, and nothing under a final name has changed by this call."""

    def __init__(self, *, reason: Refusal, name: str, doing: str) -> None:
        self.reason = reason
        self.name = name
        self.transient = reason in _PASSING
        super().__init__(f"Could not {doing} {name!a}: {_SAYS[reason]}.")


class NameTaken(ChannelFault):
    """Other bytes lie under the name; they were left as they are."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(f"The name {name!a} is taken at the bank by other bytes; they were left as they are.")


class ChannelUnreachable(ChannelFault):
    """The far end gave no answer, so what it holds is unknown: ask again before concluding anything."""

    transient = True

    def __init__(self, *, name: str, doing: str, why: str) -> None:
        self.name = name
        super().__init__(f"Could not {doing} {name!a}: the far end gave no answer ({why}). What it holds is unknown.")


def checked_name(name: str, /, *, doing: str) -> str:
    """Return ``name`` when it may be a final name at a bank; raises ``ChannelRefused`` for any other."""
    if _NAME.fullmatch(name) is None or name.endswith(TEMPORARY):
        raise ChannelRefused(reason=Refusal.BAD_NAME, name=name, doing=doing)
    return name


def checked_inbound_name(name: str, /, *, doing: str) -> str:
    """Return ``name`` when it is a single visible name a bank may have chosen; raises ``ChannelRefused`` otherwise."""
    if not name or name.startswith(".") or name.endswith(TEMPORARY) or any(sign in name for sign in "/\\\0"):
        raise ChannelRefused(reason=Refusal.BAD_NAME, name=name, doing=doing)
    return name
