"""``ingather return dishonour`` and its like: having a return dishonored, letting it be, presenting the debit again."""

from datetime import date
from typing import Annotated, Any

import typer

from ingather.actions.returns.disputing import dispute_return, let_be
from ingather.actions.returns.retrying import plan_retry
from ingather.actions.returns.writing_off import write_off
from ingather.base.ids import Prefix
from ingather.base.money import format_minor
from ingather.cli.options import As, AsJson, AsOf, Reason, acting, console, done, key_of

ReturnId = Annotated[str, typer.Argument(metavar="ID", help="A return's id, ret_...")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs about disputes to those about returns."""
    app.command("dishonour")(dishonour)
    app.command("undispute")(undispute)
    app.command("retry")(retry)
    app.command("write-off")(write_off_return)


def dishonour(
    ctx: typer.Context,
    return_id: ReturnId,
    *,
    code: Annotated[str, typer.Option(help="The dishonor, such as R68; `return show` says which are possible.")],
    reason: Annotated[str, typer.Option(help="What the ODFI should know besides; it is kept.")] = "",
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask our bank to dishonor a return; its order is not debited again meanwhile."""
    with acting(ctx, actor, as_of) as action:
        chosen = dispute_return(action, key_of(Prefix.RETURN, return_id), code=code.upper(), reason=reason)
    until = f"; our bank must have it by {chosen.ask_by}" if chosen.ask_by else "; ask our bank until when it can"
    done(
        as_json,
        return_id,
        f"is to be dishonored as {code.upper()}{until}, and the next night tells it",
        dispute=chosen.dispute,
        ask_by=_iso(chosen.ask_by),
        dishonour_by=_iso(chosen.dishonour_by),
    )


def undispute(
    ctx: typer.Context,
    return_id: ReturnId,
    *,
    reason: Reason,
    declined: Annotated[bool, typer.Option("--declined", help="Our bank was told, and says it does not.")] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a return stand after all, while our bank has not been told, or because it declined."""
    with acting(ctx, actor, as_of) as action:
        day = let_be(action, key_of(Prefix.RETURN, return_id), reason=reason, declined=declined)
    again = f", and its debit is presented again on {day}" if day else ""
    done(as_json, return_id, f"stands{again}", retry_on=_iso(day))


def retry(
    ctx: typer.Context,
    return_id: ReturnId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Present a debit again whose return was disputed and stands, within the days and times of the Rules."""
    with acting(ctx, actor, as_of) as action:
        day = plan_retry(action, key_of(Prefix.RETURN, return_id), reason=reason)
    done(as_json, return_id, f"stands, and its debit is presented again on {day}", retry_on=day.isoformat())


def write_off_return(
    ctx: typer.Context,
    return_id: ReturnId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Take a return that moved no order, and that nobody disputes any more, as a loss."""
    with acting(ctx, actor, as_of) as action:
        cents = write_off(action, key_of(Prefix.RETURN, return_id), reason=reason)
    done(as_json, return_id, f"is written off: {format_minor(cents)} USD leave suspense", amount_minor=cents)


def dispute_in_words(row: dict[str, Any]) -> str:
    """Return how the dispute of a return stands, or what it can be dishonored as and until when."""
    dispute = row["dispute"]
    if dispute is not None:
        contest = f" by {dispute['contest_code']}" if dispute["contest_code"] else ""
        return f"{dispute['code']} {dispute['state']}{contest}"
    return ", ".join(
        f"{each['code']} until {each['ask_by'] or 'a day the bank must say'}" for each in row["can_dishonour"]
    )


def show_disputes(found: dict[str, Any]) -> None:
    """Print the disputes of a return, and what it can be dishonored as."""
    for each in found["can_dishonour"]:
        fields = f", fields {each['fields']}" if each["fields"] else ""
        until = f"until {each['ask_by']}" if each["ask_by"] else "by a day that our bank must say"
        said = f"can be dishonored as {each['code']}, {each['title']}{fields}, {until}"
        console.print(f"{said}: ingather return dishonour {found['id']} --code {each['code']}", soft_wrap=True)
    for each in found["disputes"]:
        days = [
            f"{name.replace('_', ' ')} {each[name]}"
            for name in ("chosen_on", "ask_by", "dishonour_by", "dishonoured_on", "contest_by", "ended_on")
            if each[name]
        ]
        contest = f", contested as {each['contest_code']}" if each["contest_code"] else ""
        console.print(
            f"{each['id']}  {each['code']} {each['state']} by {each['actor']}{contest} ({', '.join(days)})",
            soft_wrap=True,
        )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
