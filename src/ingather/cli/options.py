"""What the commands share: the book, the actor, the day, JSON, and how a refusal ends a command."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, parse_public_id
from ingather.cli.faults import sentence_of_book, sentence_of_system
from ingather.cli.signing import HOST, actor_of, verb_of
from ingather.domain.actors import parse_actor
from ingather.domain.refusals import ExitCode, NoSuch, Refusal
from ingather.jobs.desk import Decided, Desk, say_nothing
from ingather.jobs.restored import refuse_restored
from ingather.nacha.refused import FormatRefused
from ingather.rules.banks import ProfileRefused
from ingather.store.engine import BookFault
from ingather.store.reading.past.known import refuse_ahead
from ingather.wiring import (
    DEFAULT_BOOK,
    BankFault,
    explain,
    fixed_clock,
    open_desk,
    parse_instant,
    system_clock,
)

# A pipe has no width: tables are laid out for a wide page there instead of being folded at 80 columns.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a page.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day, or an RFC 3339 instant, to act on.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="As the book knew it then: at a day's end, or an RFC 3339 instant.")
]
As = Annotated[str | None, typer.Option("--as", help="Who acts; else INGATHER_ACTOR.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; it is kept.")]
OrderId = Annotated[str, typer.Argument(help="An order's id, ord_...")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide and show everything, keep and send nothing.")]


@dataclass(frozen=True, slots=True)
class Settings:
    """Which book and which key folder."""

    book: str
    keys: str | None


class Verbs(TyperGroup):
    """A group of commands in which a refusal is a sentence on stderr and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- click's own signature
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            errors.print(explain(refusal), style="red" if refusal.exit_code else "yellow", soft_wrap=True, markup=False)
            ctx.exit(int(refusal.exit_code))
        except (FormatRefused, ProfileRefused) as refusal:
            errors.print(str(refusal), style="red", soft_wrap=True, markup=False)
            ctx.exit(int(ExitCode.HAS_ERRORS))
        except BankFault as fault:
            errors.print(str(fault), style="red", soft_wrap=True, markup=False)
            ctx.exit(int(ExitCode.REFUSED_BY_BANK))
        except BookFault as fault:
            errors.print(sentence_of_book(fault), style="red", soft_wrap=True, markup=False)
            ctx.exit(int(ExitCode.USAGE))
        except OSError as error:
            errors.print(sentence_of_system(error), style="red", soft_wrap=True, markup=False)
            ctx.exit(int(ExitCode.USAGE))


def settings_of(ctx: typer.Context) -> Settings:
    """Return the settings of the call."""
    found = ctx.find_object(Settings)
    return found or Settings(book=os.environ.get("INGATHER_BOOK", DEFAULT_BOOK), keys=None)


def desk_of(
    ctx: typer.Context,
    *,
    actor: str | None = None,
    default_actor: str | None = None,
    as_of: str | None = None,
    tell: Callable[..., None] = say_nothing,
) -> Desk:
    """Return the desk of the call; raises a refusal when there is no book, no key or nobody who may act.

    ``default_actor`` is who acts where nobody is named: a verb that has one is also run by cron.
    """
    if actor:
        parse_actor(actor)
    settings = settings_of(ctx)
    desk = open_desk(
        settings.book,
        keys=settings.keys,
        actor=default_actor or HOST,
        clock=fixed_clock(instant_of(as_of)) if as_of else system_clock,
        tell=tell,
    )
    return desk.as_actor(actor_of(desk, verb_of(ctx), named=actor, default=default_actor))


@contextmanager
def acting(ctx: typer.Context, actor: str | None, as_of: str | None) -> Iterator[Context]:
    """Yield the context of one action by whoever acts; once it is committed, the host remembers how far the book is."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    with desk.action() as action:
        yield action
    desk.remember()


def decided(
    ctx: typer.Context,
    actor: str | None,
    as_of: str | None,
    do: Callable[[Context], Decided],
    *,
    present: bool = False,
) -> Decided:
    """Do what somebody decides, as ``Desk.decide`` does, and return what it gives; the host remembers how far it is.

    What must be ``present`` is refused in a copy that is behind its host; raises ``BookRestored`` then.
    """
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    if present:
        refuse_restored(desk)
    given = desk.decide(do)
    desk.remember()
    return given


def done(as_json: bool, name: str, what: str, *, called: str = "id", did: bool = True, **more: object) -> None:
    """Say what became of something: its id and a sentence that goes on from it, or one JSON object.

    ``called`` is the key under which the object has the id.
    """
    if as_json:
        print_json({"did": "something" if did else "nothing", called: name, **more})
    else:
        console.print(f"{name} {what}.", soft_wrap=True, markup=False)


def instant_of(text: str) -> Any:  # noqa: ANN401 -- an aware datetime; Typer shows the error
    """Return the instant of ``--as-of``; anything else ends the command with a sentence."""
    try:
        return parse_instant(text)
    except ValueError as error:
        message = f"--as-of: {error}; write 2026-11-25 or 2026-11-25T18:00:00-05:00"
        raise typer.BadParameter(message) from None


def known_at_of(text: str | None, *, now: datetime) -> datetime | None:
    """Return the instant of ``--known-at``, a bare date being the end of that day in New York; None without one.

    Raises ``Unreadable`` for an instant that lies ahead: what will be known then is not known.
    """
    if text is None:
        return None
    at: datetime = instant_of(text)
    if len(text) == len("2026-11-25"):
        # Of today it is what is known by now.
        at = now if at.date() == now.astimezone(NEW_YORK).date() else datetime.combine(at, time.max, at.tzinfo)
    return refuse_ahead(at, now=now)


def key_of(prefix: Prefix, text: str) -> int:
    """Return the key behind a public id; raises ``NoSuch`` for what is not one."""
    try:
        return parse_public_id(prefix, text)
    except ValueError as error:
        # What has no letter is no id: it may be an account number, and is not said again.
        named = "this" if text.isdigit() else f"the id {text}"
        fact = f"{named} is not one of this kind: {error}"
        raise NoSuch(fact) from None


def print_json(value: object) -> None:
    """Print a value as JSON: one object, or a list of them."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def end(code: ExitCode) -> None:
    """End the command with an exit code."""
    if code:
        raise typer.Exit(int(code))
