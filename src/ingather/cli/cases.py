"""``ingather case``: what needs a person, by when, and what became of it."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from ingather.actions.casework import ask_for_statement, close_with_evidence, escalate_case, note_case
from ingather.actions.standing_cases import open_review
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    KnownAt,
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
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import NoSuch
from ingather.store.reading import cases
from ingather.store.reading.past import cases as past

app = typer.Typer(cls=Verbs, help="What needs a person.", no_args_is_help=True)

CaseId = Annotated[str, typer.Argument(metavar="ID", help="A case's id, case_...")]


class Review(StrEnum):
    """What the house reviews."""

    FRAUD_MONITORING = "fraud_monitoring"
    ACCESS = "access"


@app.command("list")
def list_cases(
    ctx: typer.Context,
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their last day.")] = False,
    kind: Annotated[CaseKind | None, typer.Option(help="Only those of this kind.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only those of this owner, such as returns_desk.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List what needs a person, the next last day first."""
    with desk_of(ctx, default_actor="system:read", as_of=as_of).view() as view:
        at = known_at_of(known_at, now=view.now)
        today = view.today if at is None else at.astimezone(NEW_YORK).date()
        state, due_before = None if everything else "open", today if overdue else None
        if at is None:
            found = cases.listed(view.session, state=state, kind=kind, owner=owner, due_before=due_before, today=today)
        else:
            found = past.listed(
                view.session, at, state=state, kind=kind, owner=owner, due_before=due_before, today=today
            )
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("Nothing needs a person.")
    for row in found:
        console.print(f"[bold]{row['id']}[/]  {row['kind']} ({row['state']}{_due(row)}, {row['owner']})")
        console.print(f"  {row['sentence']}", soft_wrap=True, markup=False)


def _due(row: dict[str, Any]) -> str:
    """Return until when a case is to be closed, and how far that is."""
    left = row["days_left"]
    if row["due_on"] is None or left is None:
        return f", due {row['due_on']}" if row["due_on"] else ""
    if left < 0:
        return f", due {row['due_on']}, {-left} day(s) overdue"
    return f", due {row['due_on']}, {left} day(s) left"


@app.command("show")
def show_case(ctx: typer.Context, case_id: CaseId, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show a case: its clock, what to do, and what has been done."""
    with desk_of(ctx, default_actor="system:read", as_of=as_of).view() as view:
        found = cases.shown(view.session, key_of(Prefix.CASE, case_id), today=view.today)
    if found is None:
        fact = f"there is no case {case_id}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    console.print(f"[bold]{found['id']}[/]  {found['kind']} ({found['state']}{_due(found)}, {found['owner']})")
    console.print(found["sentence"], soft_wrap=True, markup=False)
    about = [found["subject"], found["order"] if found["order"] != found["subject"] else None, found["entry"]]
    console.print(f"about {', '.join(each for each in about if each)}", soft_wrap=True, markup=False)
    if found["clock"]:
        counted = f"by the clock {found['clock']}, counted from {found['counted_from']}"
        console.print(f"{counted} ({found['rests_on']})", style="dim", soft_wrap=True, markup=False)
    if found["state"] == "open":
        needs = " --evidence TEXT" if found["evidence_needed"] else ""
        console.print(f"{found['way_out']}.", soft_wrap=True, markup=False)
        console.print(f"Close it with: ingather case close {found['id']} --outcome TEXT{needs}", soft_wrap=True)
    for fact in found["history"]:
        said = ", ".join(f"{name} {value}" for name, value in fact["detail"].items() if value)
        line = f"{fact['on']}  {fact['kind']} by {fact['actor']}" + (f": {said}" if said else "")
        console.print(line, style="dim", soft_wrap=True, markup=False)


@app.command("note")
def note(
    ctx: typer.Context,
    case_id: CaseId,
    text: Annotated[str, typer.Argument(help="What was done or learned; it is kept.")],
    *,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Keep a note with a case."""
    with acting(ctx, actor, as_of) as action:
        note_case(action, key_of(Prefix.CASE, case_id), text=text)
    done(as_json, case_id, "has the note")


@app.command("close")
def close(
    ctx: typer.Context,
    case_id: CaseId,
    *,
    outcome: Annotated[str, typer.Option(help="What came of it; it is kept.")],
    evidence: Annotated[str | None, typer.Option(help="What shows it: a letter, a ticket, a file.")] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Close a case with what came of it, and with what shows that where its kind needs it."""
    with acting(ctx, actor, as_of) as action:
        close_with_evidence(action, key_of(Prefix.CASE, case_id), outcome=outcome, evidence=evidence)
    done(as_json, case_id, "is closed")


@app.command("escalate")
def escalate(
    ctx: typer.Context,
    case_id: CaseId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Give a case to whom its kind is escalated."""
    with acting(ctx, actor, as_of) as action:
        owner = escalate_case(action, key_of(Prefix.CASE, case_id), reason=reason)
    done(as_json, case_id, f"is with the {owner.replace('_', ' ')} now", owner=owner)


@app.command("review")
def review(
    ctx: typer.Context,
    what: Annotated[Review, typer.Argument(help="What is reviewed.")],
    *,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Open a review before it is due; it is closed with what was found."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    originator_id, policy = desk.originator_id(), desk.policy()
    kind = {Review.FRAUD_MONITORING: CaseKind.FRAUD_MONITORING_REVIEW, Review.ACCESS: CaseKind.ACCESS_REVIEW}[what]
    with desk.action() as action:
        opened = open_review(action, originator_id, kind, policy=policy.cases)
    desk.remember()
    done(as_json, public_id(Prefix.CASE, opened), "is open; close it with what was found")


@app.command("statement")
def statement(
    ctx: typer.Context,
    return_id: Annotated[str, typer.Argument(metavar="RETURN", help="A return's id, ret_...")],
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Have the bank ask for the consumer's written statement behind an unauthorized return."""
    with acting(ctx, actor, as_of) as action:
        request, due_on = ask_for_statement(action, key_of(Prefix.RETURN, return_id), reason=reason)
    asked = public_id(Prefix.REQUEST, request)
    done(as_json, return_id, f"has request {asked}; the copy is here by {due_on}", request=asked, due_on=str(due_on))
