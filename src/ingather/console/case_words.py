"""Cases in words: what a kind is called, where its subject is looked at, and sentences without commands to type."""

import re

from markupsafe import Markup

from ingather.base.ids import Prefix
from ingather.console.visits import Visit

_PAGES = {
    Prefix.RETURN: "/returns/",
    Prefix.CORRECTION: "/changes/",
    Prefix.ORDER: "/orders/",
    Prefix.AUTHORIZATION: "/authorizations/",
    Prefix.FILE: "/files/",
    Prefix.SETTLEMENT: "/settlements/",
}
_COMMANDS = (
    re.compile(r"\s*See: ingather [^.]*\."),
    # The verbs of the command, then its ids and options, each with its value.
    re.compile(
        r"(?::| with) ingather(?: [a-z][a-z-]*\b)+"
        r"(?: [a-z]+_[A-Z0-9]+\b| [A-Z]+\b| --[a-z-]+(?: [A-Z0-9.]+\b)*)*(?: \.\.\.)?"
    ),
)


def kind_words(visit: Visit, kind: str) -> Markup:
    """Return what a kind of case is called."""
    return visit.say(kind.replace("_", " ").capitalize())


def without_commands(sentence: str) -> str:
    """Return a sentence without the commands that it gives a person at a command line."""
    for pattern in _COMMANDS:
        sentence = pattern.sub("", sentence)
    return sentence.strip()


def first_of(sentence: str) -> str:
    """Return the first sentence of a text."""
    return re.split(r"(?<=[a-z0-9)%])\. (?=[A-Z])", without_commands(sentence), maxsplit=1)[0].rstrip(".")


def address_of(subject: str) -> str | None:
    """Return where the subject of a case is looked at; None where it has no page of its own."""
    prefix, _, rest = subject.partition("_")
    known = next((page for name, page in _PAGES.items() if name == prefix), None)
    return f"{known}{subject}" if known and rest.isalnum() else None


def initials(owner: str) -> str:
    """Return the letters by which a list shows a person, none for a desk."""
    name = owner.removeprefix("user:")
    if name == owner:
        return ""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", name) if part]
    return ("".join(part[0] for part in parts[:2]) if len(parts) > 1 else name[:2]).upper()
