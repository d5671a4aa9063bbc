"""``ingather account``: look at buyers' accounts, have them validated, and let blocked ones go."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.accounts import unblock_account
from ingather.actions.validating.confirming import Answer, confirm_amounts
from ingather.actions.validating.wanting import cancel_check, record_external, want_check
from ingather.base.ids import Prefix
from ingather.base.money import parse_minor
from ingather.cli.given_days import in_reach
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    Reason,
    Verbs,
    acting,
    console,
    desk_of,
    done,
    end,
    key_of,
    print_json,
)
from ingather.domain.accounts import AccountState, ValidationMethod
from ingather.domain.refusals import ExitCode, NoSuch, WrongState
from ingather.rules.validation import MICRO_CREDITS, MOST_MICRO_CENTS
from ingather.store.reading import accounts

app = typer.Typer(cls=Verbs, help="The buyers' accounts: validate them, let them go.", no_args_is_help=True)

AccountId = Annotated[str, typer.Argument(metavar="ID", help="An account's id, acc_...")]


class Method(StrEnum):
    """How an account is validated, as people type it."""

    PRENOTE = "prenote"
    MICRO_ENTRIES = "micro-entries"
    EXTERNAL = "external"


@app.command("list")
def list_accounts(
    ctx: typer.Context,
    *,
    state: Annotated[AccountState | None, typer.Option(help="Only those in this state.")] = None,
    unvalidated: Annotated[bool, typer.Option("--unvalidated", help="Only those not validated.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List accounts, oldest first; of their numbers only the last four."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = accounts.listed(view.session, state=state, unvalidated=unvalidated, limit=limit)
    if as_json:
        print_json(found)
        return
    table = Table("id", "account", "buyer", "held by", "number", "state", "validated", box=None, header_style="dim")
    for row in found:
        blocked = f"{row['state']} by {row['blocked_by']}" if row["blocked_by"] else row["state"]
        validated = "yes" if row["validated"] else "no"
        table.add_row(
            row["id"], row["external_id"], row["buyer"], f"{row['holder']}, {row['kind']}", f"...{row['last4']}",
            blocked, f"{validated}, {_in_words(row['check'])}" if row["check"] else validated,
        )  # fmt: skip
    console.print(table)


def _in_words(text: str) -> str:
    return text.replace("_", "-")


@app.command("show")
def show_account(ctx: typer.Context, account: AccountId, *, as_json: AsJson = False) -> None:
    """Show an account with its validations, checks, changes and facts."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = accounts.shown(view.session, key_of(Prefix.ACCOUNT, account))
    if found is None:
        fact = f"there is no account {account}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    blocked = f" by {found['blocked_by']}" if found["blocked_by"] else ""
    console.print(
        f"{found['id']}  {found['external_id']} of {found['buyer']}  [bold]{found['state']}[/]{blocked}\n"
        f"{found['holder']}, {found['kind']}, {found['routing']} ...{found['last4']}, "
        f"{'validated' if found['validated'] else 'not validated'}",
    )
    for row in found["validations"]:
        console.print(f"validated by {_in_words(row['method'])} on {row['on']}: {row['evidence']}")
    for row in found["checks"]:
        dates = [
            f"{word} {row[key]}" for word, key in (("settles", "effective_on"), ("passes", "passes_on")) if row[key]
        ]
        tried = f", {row['attempts']} wrong answer(s)" if row["attempts"] else ""
        because = f" ({row['ended_because']})" if row["ended_because"] else ""
        console.print(
            f"{_in_words(row['method'])} wanted {row['wanted_on']}: [bold]{row['state']}[/]{because}"
            f"{''.join(f', {text}' for text in dates)}{tried}",
        )
    for row in found["changes"]:
        console.print(f"was {row['kind']}, {row['routing']} ...{row['last4']} until {row['because']}")
    for row in found["facts"]:
        console.print(f"{row['on']}  {row['kind']} by {row['actor']}", style="dim")


@app.command()
def validate(
    ctx: typer.Context,
    account: AccountId,
    *,
    method: Annotated[Method, typer.Option(help="What is sent, or what a service said.")],
    provider: Annotated[str, typer.Option(help="external: the service that validated the account.")] = "",
    evidence: Annotated[str, typer.Option(help="external: its reference.")] = "",
    on: Annotated[str, typer.Option(help="external: the day on which it did.", metavar="DATE")] = "",
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Have an account validated: by a prenote or micro-entries with the next night, or by a service's record."""
    key = key_of(Prefix.ACCOUNT, account)
    if method is Method.EXTERNAL:
        day = _day(on)
        with acting(ctx, actor, as_of) as action:
            fresh = record_external(action, key, provider=provider, reference=evidence, on=day)
        done(as_json, account, f"is validated, as of {day}" if fresh else "has this validation already", did=fresh)
        return
    if provider or evidence or on:
        fact = "--provider, --evidence and --on go with --method external"
        raise WrongState(fact)
    with acting(ctx, actor, as_of) as action:
        want_check(action, key, method=ValidationMethod(method.replace("-", "_")))
    done(as_json, account, f"is tried by {method} with the next night; nothing is debited from it before")


def _day(text: str) -> date:
    try:
        return in_reach(date.fromisoformat(text))
    except ValueError:
        message = "--on: write the day as 2026-11-25"
        raise typer.BadParameter(message) from None


@app.command()
def confirm(
    ctx: typer.Context,
    account: AccountId,
    *,
    amounts: Annotated[str, typer.Option(help="What the buyer was credited, such as 0.12,0.34.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Compare the amounts a buyer tells with the micro-entries to the account; exit 1 when they are wrong."""
    cents = _cents(amounts)
    with acting(ctx, actor, as_of) as action:
        answer = confirm_amounts(action, key_of(Prefix.ACCOUNT, account), cents)
    if as_json:
        print_json({"did": "something", "id": account, "answer": str(answer)})
    else:
        console.print(
            {
                Answer.RIGHT: f"{account} is validated.",
                Answer.WRONG: f"{account}: these are not the amounts. The buyer may try again.",
                Answer.FAILED: f"{account}: these are not the amounts, and that was the last attempt. See: case list",
            }[answer],
        )
    end(ExitCode.DONE if answer is Answer.RIGHT else ExitCode.HAS_ERRORS)


def _cents(text: str) -> list[int]:
    try:
        cents = [parse_minor(part.strip()) for part in text.split(",")]
    except ValueError:
        cents = []
    if len(cents) != MICRO_CREDITS or not all(0 < each <= MOST_MICRO_CENTS for each in cents):
        message = "--amounts: two amounts from 0.01 to 0.99, such as 0.12,0.34"
        raise typer.BadParameter(message)
    return cents


@app.command()
def cancel(
    ctx: typer.Context,
    account: AccountId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Call off a check that has not gone out, or micro-entries that the buyer does not answer."""
    with acting(ctx, actor, as_of) as action:
        cancel_check(action, key_of(Prefix.ACCOUNT, account), reason=reason)
    done(as_json, account, "is not being validated any more")


@app.command()
def unblock(
    ctx: typer.Context,
    account: AccountId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a blocked account be debited again, where the code that blocked it leaves that to a person."""
    with acting(ctx, actor, as_of) as action:
        unblock_account(action, key_of(Prefix.ACCOUNT, account), reason=reason)
    done(as_json, account, "may be debited again")


@app.command("volumes")
def show_volumes(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show how many prenotes and micro-entries went out and came back, by night."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = accounts.volumes(view.session)
    if as_json:
        print_json(found)
        return
    table = Table("night", "kind", "sent", "returned", box=None, header_style="dim")
    for row in found:
        table.add_row(row["night_on"], _in_words(row["kind"]), f"{row['sent']:,}", f"{row['returned']:,}")
    console.print(table)
