"""``ingather policy``: the house's own policy, shown, checked and taken."""

from pathlib import Path
from typing import Annotated

import typer

from ingather.actions.rules import policy_of, take_policy, usual_policy
from ingather.cli.options import As, AsJson, AsOf, Verbs, console, desk_of, end, print_json
from ingather.domain.refusals import ExitCode, WrongState
from ingather.rules.policy import HousePolicy, load_policy
from ingather.rules.profile_faults import ProfileRefused
from ingather.rules.tables import policy_text
from ingather.store.reading.rules import policy_in_force

app = typer.Typer(cls=Verbs, help="The house's policy: what the Rules leave to us.", no_args_is_help=True)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy as TOML.")]


@app.command("show")
def show(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the policy in force and who took it."""
    desk = desk_of(ctx, default_actor="system:read")
    originator_id = desk.originator_id()
    with desk.view() as view:
        taken = policy_in_force(view.session, originator_id)
        policy = policy_of(view, originator_id)
    toml = taken["toml"] if taken else policy_text(usual_policy(desk.mark()))
    by = f"taken by {taken['taken_by']} at {taken['taken_at']}" if taken else "the packaged one: none was taken"
    if as_json:
        kept = {name: taken[name] if taken else None for name in ("taken_by", "taken_at", "sha256")}
        print_json(
            {"id": policy.id, "version": policy.version, **kept, "policy": policy.model_dump(mode="json"), "toml": toml}
        )
        return
    console.print(f"Policy {policy.id}, version {policy.version}, {by}.")
    for name, value in _settings(policy):
        console.print(f"  {name} = {value}", markup=False)


@app.command("check")
def check(file: PolicyFile, *, as_json: AsJson = False) -> None:
    """Check a policy without taking it; exit 1 when it cannot be used."""
    problems: list[str] = []
    called = ""
    try:
        policy = load_policy(_text_of(file))
        called = f"{policy.id}, version {policy.version}"
    except ProfileRefused as refused:
        problems = [problem.message for problem in refused.problems]
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    elif problems:
        for problem in problems:
            console.print(f"[red]wrong[/]  {problem}")
    else:
        console.print(f"{file} is a policy: {called}.")
    end(ExitCode.HAS_ERRORS if problems else ExitCode.DONE)


@app.command("take")
def take(
    ctx: typer.Context, file: PolicyFile, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Take a policy into the book; the next night decides under it."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    text = _text_of(file)
    policy = load_policy(text)
    originator_id = desk.originator_id()
    with desk.action() as action:
        before = policy_in_force(action.session, originator_id)
        take_policy(action, originator_id, text)
        after = policy_in_force(action.session, originator_id)
    if after is None or after["toml"] != text:
        fact = f"policy {policy.id}, version {policy.version}, was taken earlier and a newer one is in force"
        raise WrongState(fact, "Give it the next version to take it again")
    desk.remember()
    did = "nothing" if after == before else "something"
    if as_json:
        print_json({"did": did, "id": policy.id, "version": policy.version, "sha256": after["sha256"]})
    elif did == "nothing":
        console.print(f"Policy {policy.id}, version {policy.version}, is in force already.")
    else:
        console.print(f"Policy {policy.id}, version {policy.version}, is in force.")


def _settings(policy: HousePolicy) -> list[tuple[str, object]]:
    """Return every setting of a policy by its dotted key."""
    found: list[tuple[str, object]] = []
    for table, values in policy.model_dump(mode="json").items():
        if isinstance(values, dict):
            found += [(f"{table}.{name}", value) for name, value in values.items()]
    return found


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        fact = f"the policy {file} is not UTF-8 text"
        raise WrongState(fact, "Save it as UTF-8") from None
