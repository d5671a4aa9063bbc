"""``ingather request``: what our bank was asked to do with other banks, how it goes out, and what came of it."""

from datetime import date
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.corrections.refusing import take_refusal_back
from ingather.actions.odfi_requests import answer_request, withdraw_request
from ingather.base.ids import Prefix
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
from ingather.domain.actors import NIGHT
from ingather.domain.refusals import ExitCode, NoSuch, WrongState
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.jobs.requests import send_requests
from ingather.store.reading import requests as reading

app = typer.Typer(cls=Verbs, help="What our bank is asked to do.", no_args_is_help=True)

RequestId = Annotated[str, typer.Argument(metavar="ID", help="A request's id, req_...")]
_OPEN = (RequestState.ASKED, RequestState.SENT)


@app.command("list")
def list_requests(
    ctx: typer.Context,
    *,
    waiting: Annotated[bool, typer.Option("--open/--all", help="Only what has no answer yet, or all.")] = True,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List requests: what was asked, until when the bank must have it, and whether it has."""
    with desk_of(ctx, default_actor="system:read", as_of=as_of).view() as view:
        found = reading.listed(view.session, today=view.today, states=_OPEN if waiting else (), limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("Nothing is asked of the bank." if waiting else "There is none.")
        return
    table = Table("id", "what", "code", "about", "order", "due", "state", "document", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["id"], row["kind"].replace("_", " "), row["code"] or "", row["about"], row["external_id"] or "",
            row["due_on"] or "", _state(row), row["document"] or "",
        )  # fmt: skip
    console.print(table)


def _state(row: dict[str, Any]) -> str:
    return "[red]overdue[/]" if row["overdue"] else str(row["state"])


@app.command("show")
def show_request(ctx: typer.Context, request: RequestId, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show a request: why it was made and by whom, in which document it went, and what came of it."""
    found = _found(ctx, request, as_of)
    if as_json:
        print_json(found)
        return
    console.print(
        f"{found['id']}  [bold]{found['kind'].replace('_', ' ')}[/] {found['code'] or ''} about {found['about']}, "
        f"{_state(found)}\nasked on {found['asked_on']} by {found['by']}: {found['reason']}\n"
        f"order {found['external_id'] or '-'}, the bank must have it by {found['due_on'] or '-'}",
        soft_wrap=True,
    )
    if found["document"]:
        console.print(f"in {found['document']}, sent {found['sent_at'] or 'not yet'}", soft_wrap=True)
    if found["outcome"]:
        console.print(f"{found['answered_on'] or ''} {found['outcome']}".strip(), soft_wrap=True, markup=False)


def _found(ctx: typer.Context, request: str, as_of: str | None) -> dict[str, Any]:
    with desk_of(ctx, default_actor="system:read", as_of=as_of).view() as view:
        found = reading.shown(view.session, key_of(Prefix.REQUEST, request), today=view.today)
    if found is None:
        fact = f"there is no request {request}"
        raise NoSuch(fact)
    return found


@app.command("send")
def send(ctx: typer.Context, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Send what is asked now, as a document and a sheet; every night does it too."""
    desk = desk_of(ctx, actor=actor, default_actor=NIGHT, as_of=as_of)
    sent = send_requests(desk)
    desk.remember()
    with desk.view() as view:
        left = [
            row["id"] for row in reading.listed(view.session, today=view.today, states=(RequestState.ASKED,))
        ]  # fmt: skip
    code = ExitCode.REFUSED_BY_BANK if left else ExitCode.DONE
    if as_json:
        did = "something" if sent else "nothing"
        print_json({"did": did, "sent": sent, "waiting": left, "exit_code": int(code)})
    else:
        for name in sent:
            console.print(f"sent      {name}")
        for name in left:
            console.print(f"not sent  {name}: the bank did not take it; the next run tries again")
        if not sent and not left:
            console.print("Nothing to send.")
    end(code)


@app.command("answered")
def answered(
    ctx: typer.Context,
    request: RequestId,
    *,
    outcome: Annotated[str, typer.Option(help="What the bank said, in a sentence; it is kept.")],
    on: Annotated[str | None, typer.Option(help="The day it said so; else today.")] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record what came of a request."""
    with acting(ctx, actor, as_of) as action:
        day = _day(on) if on else action.today
        answer_request(action, key_of(Prefix.REQUEST, request), on=day, outcome=outcome)
    done(as_json, request, f"is answered on {day}", answered_on=day.isoformat())


@app.command("withdraw")
def withdraw(
    ctx: typer.Context,
    request: RequestId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Take a request back that has not gone out; a refused notification of change waits for a person again."""
    kind = OdfiRequestKind(_found(ctx, request, as_of)["kind"])
    if kind is OdfiRequestKind.DISHONOUR:
        fact = f"request {request} belongs to the dispute of a return"
        raise WrongState(fact, "Let the return stand: ingather return undispute")
    with acting(ctx, actor, as_of) as action:
        take_back = take_refusal_back if kind is OdfiRequestKind.REFUSE_CHANGE else withdraw_request
        take_back(action, key_of(Prefix.REQUEST, request), reason=reason)
    done(as_json, request, "is taken back")


def _day(text: str) -> date:
    try:
        return in_reach(date.fromisoformat(text))
    except ValueError:
        message = f"{text} is not a day; write 2026-11-25"
        raise typer.BadParameter(message) from None
