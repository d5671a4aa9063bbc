"""``ingather return``: what came back and why, what was asked of the ODFI, and what a code would lead to."""

from datetime import date
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.matches.undoing import take_back_record
from ingather.actions.returns.by_hand import ToldByHand, record_return, standing_debit_of
from ingather.actions.returns.requests import consent_to_late_return, request_return
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.cli import disputes
from ingather.cli.disputes import dispute_in_words, show_disputes
from ingather.cli.given_days import in_reach
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    KnownAt,
    OrderId,
    Reason,
    Verbs,
    acting,
    console,
    desk_of,
    done,
    key_of,
    known_at_of,
    print_json,
)
from ingather.domain.accounts import Holder
from ingather.domain.refusals import NoSuch
from ingather.rules.profile_parts import Retry
from ingather.rules.return_codes import return_reason
from ingather.rules.return_windows import Timeliness
from ingather.rules.return_words import (
    cases_in_words,
    next_step_in_words,
    stops_in_words,
    timeliness_in_words,
    window_in_words,
)
from ingather.rules.returns import decide_return
from ingather.store.reading import returns
from ingather.store.reading.past import returns as past

app = typer.Typer(cls=Verbs, help="What came back.", no_args_is_help=True)
disputes.add_to(app)


def _list_known(
    ctx: typer.Context, known_at: str, *, code: str | None, applied: bool | None, limit: int, as_json: bool
) -> None:
    with desk_of(ctx, default_actor="system:read").view() as view:
        at = known_at_of(known_at, now=view.now) or view.now
        found = past.listed(view.session, at, code=code, applied=applied, limit=limit)
    if as_json:
        print_json(found)
        return
    table = Table("id", "code", "order", "amount", "settled", "came in", "moved", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["id"], row["code"], row["external_id"] or "", format_minor(row["amount_minor"]),
            row["returned_on"] or "", f"{row['received_at']:%Y-%m-%d %H:%M}", "its order" if row["applied"] else "",
        )  # fmt: skip
    console.print(table)


@app.command("list")
def list_returns(
    ctx: typer.Context,
    *,
    code: Annotated[str | None, typer.Option(help="Only this return code.")] = None,
    timeliness: Annotated[Timeliness | None, typer.Option(help="Only those in time, late and so on.")] = None,
    unapplied: Annotated[bool, typer.Option("--unapplied", help="Only those that moved no order.")] = False,
    on: Annotated[str | None, typer.Option(help="Only those that settled on this day.")] = None,
    disputable: Annotated[
        bool, typer.Option("--disputable", help="Only those that can be dishonored and that nobody disputes yet.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List returns, the newest first; of an instant that has passed, by their codes and whether they moved an order."""
    if known_at is not None:
        if timeliness or on or disputable:
            message = "--known-at is narrowed by --code and --unapplied only: the others are asked of today"
            raise typer.BadParameter(message)
        _list_known(ctx, known_at, code=code, applied=False if unapplied else None, limit=limit, as_json=as_json)
        return
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = returns.listed(
            view.session,
            code=code,
            timeliness=timeliness,
            applied=False if unapplied else None,
            on=_day(on) if on else None,
            disputable=disputable,
            limit=limit,
        )
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No such return." if code or timeliness or on or disputable or unapplied else "No return.")
        return
    table = Table("id", "code", "order", "amount", "settled", "last day", "timely", "next step", "dispute", box=None,
                  header_style="dim")  # fmt: skip
    for row in found:
        table.add_row(
            row["id"], row["code"], row["external_id"] or "", format_minor(row["amount_minor"]),
            row["returned_on"] or "", row["deadline_on"] or "",
            _timely(row["timeliness"]), _next_step(row), dispute_in_words(row),
        )  # fmt: skip
    console.print(table)


def _next_step(row: dict[str, Any]) -> str:
    if row["undone_on"]:
        return f"undone {row['undone_on']}"
    if row["replaced_by"]:
        return "replaced"
    return (row["next_step"] or "") if row["applied"] else "for a person"


def _timely(word: str | None) -> str:
    return timeliness_in_words(Timeliness(word)) if word else ""


@app.command("show")
def show_return(
    ctx: typer.Context,
    return_id: Annotated[str, typer.Argument(metavar="ID", help="A return's id, ret_...")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a return: what was decided about it, the rule rows that rests on, and its cases."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = returns.shown(view.session, key_of(Prefix.RETURN, return_id))
    if found is None:
        fact = f"there is no return {return_id}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    console.print(
        f"{found['id']}  [bold]{found['code']}[/]  {format_minor(found['amount_minor'])} USD of order "
        f"{found['order'] or '-'} ({found['entry_class'] or 'no entry of ours'})\n"
        f"settled {found['returned_on'] or 'on a day the bank does not say'}, last day {found['deadline_on'] or '-'}: "
        f"{_timely(found['timeliness']) or 'not judged'}; next: {_next_step(found)}",
        soft_wrap=True,
    )
    if found["evidence"]:
        told = f"told by {found['report']} since" if found["report"] else "no report tells of it yet"
        console.print(f"recorded by hand: {found['evidence']}; {told}", soft_wrap=True, markup=False)
    show_disputes(found)
    for each in found["asked"]:
        answered = f", answered {each['answered_on']}" if each["answered_on"] else ""
        what = f" {each['code']}" if each["code"] else ""
        due = f", due {each['due_on']}" if each["due_on"] else ""
        said = f"{each['id']}  {each['kind']}{what} on {each['on']} by {each['actor']} ({each['state']}{due}){answered}"
        console.print(said, soft_wrap=True)
    for case in found["cases"]:
        due = f", due {case['due_on']}" if case["due_on"] else ""
        console.print(f"{case['id']}  {case['kind']} ({case['state']}{due})", soft_wrap=True)
    for row in found["rows"]:
        console.print(f"rests on {row}", style="dim")


@app.command("record")
def record(
    ctx: typer.Context,
    order: OrderId,
    *,
    code: Annotated[str, typer.Option(help="The return code the bank named, such as R01.")],
    on: Annotated[str, typer.Option(help="The day the return settled.")],
    evidence: Annotated[str, typer.Option(help="What shows it: a call with whom and when, a mail, a ticket.")],
    information: Annotated[str, typer.Option(help="What its addenda say, where the bank read it out.")] = "",
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record a return that the bank told of by telephone or mail; a report that tells it later applies nothing."""
    told = ToldByHand(code=code.upper(), returned_on=_day(on), evidence=evidence, information=information)
    with acting(ctx, actor, as_of) as action:
        entry_id = standing_debit_of(action, key_of(Prefix.ORDER, order))
        name = public_id(Prefix.RETURN, record_return(action, entry_id, told))
    done(as_json, name, f"is recorded: {told.code} of {public_id(Prefix.ENTRY, entry_id)}", order=order)


@app.command("take-back")
def take_back(
    ctx: typer.Context,
    return_id: Annotated[str, typer.Argument(metavar="ID", help="A return's id, ret_...")],
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Take back a return that was recorded by hand in error, before any report told of it."""
    with acting(ctx, actor, as_of) as action:
        take_back_record(action, key_of(Prefix.RETURN, return_id), reason=reason)
    done(as_json, return_id, "never was; its debit stands again")


@app.command("request")
def request(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Ask our bank to have an order's debit returned; the request goes out with the next night."""
    with acting(ctx, actor, as_of) as action:
        asked_on = request_return(action, key_of(Prefix.ORDER, order), reason=reason)
    done(as_json, order, f"has a request for its return on record since {asked_on}", asked_on=asked_on.isoformat())


@app.command("consent")
def consent(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Agree to take a business debit back late; our bank hears of it with the next night."""
    with acting(ctx, actor, as_of) as action:
        asked_on = consent_to_late_return(action, key_of(Prefix.ORDER, order), reason=reason)
    done(as_json, order, f"has a consent to its late return on record since {asked_on}", asked_on=asked_on.isoformat())


@app.command("decide")
def decide(
    code: Annotated[str, typer.Argument(help="A return code, such as R01.")],
    *,
    settled: Annotated[str, typer.Option(help="The day the debit settled.")],
    returned: Annotated[str, typer.Option(help="The day the return settled.")],
    entry_class: Annotated[str, typer.Option("--class", help="Its SEC code, such as WEB.")] = "",
    holder: Annotated[Holder | None, typer.Option(help="Who holds the account.")] = None,
    information: Annotated[str, typer.Option(help="What the return's addenda say.")] = "",
    presentations: Annotated[int, typer.Option(min=1, max=9, help="How many debits were made, this one too.")] = 1,
    first_settled: Annotated[str | None, typer.Option(help="The day the first of them settled.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a return would lead to, without a book: the rules alone, with their rows."""
    settled_on, returned_on = _day(settled), _day(returned)
    code = code.upper()
    decision = decide_return(
        code,
        returned_on=returned_on,
        presentations=presentations,
        first_settled_on=_day(first_settled) if first_settled else settled_on,
        policy=Retry(),
        information=information,
        entry_class=entry_class.upper(),
        holder=holder or "",
        settled_on=settled_on,
    )
    reason = return_reason(code, on=returned_on, information=information)
    said: dict[str, Any] = {
        "code": code,
        "title": decision.title,
        "sentence": decision.sentence,
        "fits": decision.fits,
        "window": window_in_words(reason) if reason else "not known",
        "last_day": decision.deadline_on,
        "timeliness": timeliness_in_words(decision.timeliness),
        "counts_in": list(decision.rates),
        "effect": stops_in_words(decision),
        "next_step": next_step_in_words(decision),
        "cases": cases_in_words(decision),
        "rows": list(decision.rows),
    }
    if as_json:
        print_json(said)
        return
    for name, value in said.items():
        text = ", ".join(value) if isinstance(value, list) else {True: "yes", False: "no"}.get(value, value)
        console.print(f"[dim]{name.replace('_', ' '):<11}[/] {text or '-'}", soft_wrap=True)


def _day(text: str) -> date:
    try:
        return in_reach(date.fromisoformat(text))
    except ValueError:
        message = f"{text} is not a day; write 2026-11-25"
        raise typer.BadParameter(message) from None
