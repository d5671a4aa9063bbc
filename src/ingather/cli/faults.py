"""What a command says when not the business but the machine said no: a book, its server or a disk."""

import errno
from typing import Final

from ingather.store.engine import BookFault

_AGAIN: Final = "What was committed is kept, and the next run goes on from there"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SAYS_FULL: Final = ("is full", "no space left", "could not extend file")
_SAYS_DISK: Final = ("i/o error", "readonly database", "input/output error")
_SAYS_GONE: Final = (
    "terminating connection", "server closed", "connection is bad", "connection failed", "is starting up",
    "is shutting down", "recovery mode", "connection is lost", "connection is closed",
)  # fmt: skip


def sentence_of_book(fault: BookFault) -> str:
    """Return the engine's first line, without the statement and its values, and the way out."""
    said = str(fault.orig).partition("\n")[0].rstrip(".")
    heard = said.lower()
    if any(words in heard for words in _SAYS_FULL):
        return f"The book's disk is full: {said}. Make room there, then run it again. {_AGAIN}."
    if any(words in heard for words in _SAYS_DISK):
        return f"The book's disk does not do its work: {said}. Look at the disk, then run it again. {_AGAIN}."
    if any(words in heard for words in _SAYS_GONE):
        return (
            f"The book's server went away, or does not answer: {said}. "
            f"See that it runs and that --book names it, then run it again. {_AGAIN}."
        )
    return f"The book cannot be used: {said}. Check --book, or INGATHER_BOOK."


def sentence_of_system(error: OSError) -> str:
    """Return which file it was about and what the system said, and the way out where a disk is full."""
    said = error.strerror or str(error)
    fact = f"{error.filename}: {said}." if error.filename else f"{said}."
    if error.errno in _FULL:
        return f"{fact} Make room there, then run it again. {_AGAIN}."
    return fact
