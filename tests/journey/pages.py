"""The runbook as data: its pages, the commands on them, and which verb of the command line each one is."""

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer

from ingather.cli import app

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(ingather [^`\n]*(?:\n[^`\n]+)?)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: its heading, what to look at, what to do, and every other command that its text names."""

    heading: str
    text: str
    look: tuple[str, ...]
    do: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """Return every command of the page."""
        return self.look + self.do + self.named


@cache
def pages() -> dict[str, Page]:
    """Return the pages of the runbook by their headings, in their order."""
    parts = re.split(r"^## (.+)$", RUNBOOK.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {heading: _page(heading, text) for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _page(heading: str, text: str) -> Page:
    look, _, rest = text.partition("**Do.**")
    do = rest.partition("**Never.**")[0]
    return Page(heading=heading, text=text, look=_typed(look), do=_typed(do), named=tuple(_INLINE.findall(text)))


def _typed(text: str) -> tuple[str, ...]:
    return tuple(line for block in _BLOCK.findall(text) for line in block.splitlines() if line)


def words_of(command: str) -> list[str]:
    """Return what is typed after ``ingather``."""
    name, *words = shlex.split(command)
    assert name == "ingather", command
    return words


def verb_of(words: list[str]) -> tuple[Any, list[str]]:
    """Return the verb that these words call, and what is typed after it; raises ``KeyError`` for no verb."""
    found: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(found, "commands"):
        if found.invoke_without_command and (not rest or rest[0].startswith("-")):
            break
        found, rest = found.commands[rest[0]], rest[1:]
    return found, rest


def faults_of(command: str) -> list[str]:
    """Return what is wrong with a command: an unknown verb or option, or a required one that is missing."""
    try:
        verb, rest = verb_of(words_of(command))
    except (KeyError, IndexError):
        return [f"{command}: no such verb"]
    named = {each: (*each.opts, *each.secondary_opts) for each in _of(verb, "option")}
    options = {name: each for each, names in named.items() for name in names}
    typed = [word for word in rest if word.startswith("--")]
    wrong = [f"{command}: no option {word}" for word in typed if word not in options]
    wrong += [
        f"{command}: {each.opts[0]} is missing"
        for each, names in named.items()
        if each.required and not set(names) & set(typed)
    ]
    given = len(rest) - len(typed) - sum(1 for word in typed if word in options and not options[word].is_flag)
    arguments = _of(verb, "argument")
    needed, most = sum(1 for each in arguments if each.required), len(arguments)
    if not needed <= given <= most:
        wrong.append(f"{command}: {given} argument(s), between {needed} and {most} are asked")
    return wrong


def takes(command: str, option: str) -> bool:
    """Return whether a command's verb has an option."""
    verb, _ = verb_of(words_of(command))
    return any(option in each.opts for each in verb.params)


def _of(verb: Any, kind: str) -> list[Any]:  # noqa: ANN401 -- Typer brings its own click
    return [each for each in verb.params if each.param_type_name == kind]
