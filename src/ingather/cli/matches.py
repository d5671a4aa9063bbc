"""``ingather match``: which debit a return was matched to and why, undoing that, and matching by hand."""

from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.matches.by_hand import match_by_hand
from ingather.actions.matches.undoing import Unmatched, approve_undo, refuse_undo, undo_return_match
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.cli.options import As, AsJson, AsOf, Reason, Verbs, console, decided, desk_of, done, key_of, print_json
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import NoSuch
from ingather.store.reading import matches

app = typer.Typer(cls=Verbs, help="What explains a return or a posting.", no_args_is_help=True)

MatchId = Annotated[str, typer.Argument(help="A match's id, mat_...")]


@app.command("list")
def list_matches(
    ctx: typer.Context,
    *,
    kind: Annotated[MatchKind | None, typer.Option(help="Only this kind.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, such as by-hand.")] = None,
    of_return: Annotated[str | None, typer.Option("--return", help="Only of this return, ret_...")] = None,
    order: Annotated[str | None, typer.Option(help="Only of this order's debits, ord_...")] = None,
    undone: Annotated[bool, typer.Option("--undone", help="Only those that were undone.")] = False,
    asked: Annotated[bool, typer.Option("--asked", help="Only those that somebody asked to undo.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List matches, the newest first."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = matches.listed(
            view.session,
            kind=kind,
            rule=rule,
            subject_id=key_of(Prefix.RETURN, of_return) if of_return else None,
            order_id=key_of(Prefix.ORDER, order) if order else None,
            undone=True if undone else None,
            asked=asked,
            limit=limit,
        )
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No such match." if kind or rule or of_return or order or undone or asked else "No match.")
        return
    table = Table("id", "of", "to", "amount", "rule", "score", "by", "stands", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["id"], row["subject"], row["target"], format_minor(row["amount_minor"]), row["rule"],
            str(row["score"]), row["by"], _stands(row),
        )  # fmt: skip
    console.print(table)


@app.command("show")
def show(ctx: typer.Context, match_id: MatchId, *, as_json: AsJson = False) -> None:
    """Show a match: its rule and score, what agreed, what differed, and whether it stands."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        row = matches.shown(view.session, key_of(Prefix.MATCH, match_id))
    if row is None:
        fact = f"there is no match {match_id}"
        raise NoSuch(fact)
    if as_json:
        print_json(row)
        return
    about = f", order {row['order']}" if row["order"] else ""
    console.print(f"{row['id']}  {row['subject']} is about {row['target'] or 'nothing we know'}{about}.", markup=False)
    console.print(f"  {format_minor(row['amount_minor'])} USD, {row['rule']} ({row['score']}): {row['sentence']}")
    for name, value in row["evidence"].items():
        console.print(f"  {name}: {_in_words(value)}", markup=False)
    console.print(f"  By {row['by']} on {row['on']}; {_stands(row)}.", markup=False)
    if row["undone_because"]:
        console.print(f"  {row['undone_because']}", markup=False)


@app.command("undo")
def undo(
    ctx: typer.Context,
    match_id: MatchId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Undo the match of a return; where a merchant was told of it already, ask another person to."""
    came = decided(
        ctx, actor, as_of, lambda action: undo_return_match(action, key_of(Prefix.MATCH, match_id), reason=reason)
    )
    _say(match_id, came, as_json=as_json)


@app.command("approve")
def approve(
    ctx: typer.Context, match_id: MatchId, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Undo a match as another person asked."""
    came = decided(ctx, actor, as_of, lambda action: approve_undo(action, key_of(Prefix.MATCH, match_id)))
    _say(match_id, came, as_json=as_json)


@app.command("refuse")
def refuse(
    ctx: typer.Context,
    match_id: MatchId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a match stand that somebody asked to undo."""
    decided(ctx, actor, as_of, lambda action: refuse_undo(action, key_of(Prefix.MATCH, match_id), reason=reason))
    done(as_json, match_id, "stands")


@app.command("by-hand")
def by_hand(
    ctx: typer.Context,
    return_id: Annotated[str, typer.Argument(help="A return's id, ret_...")],
    *,
    entry: Annotated[str, typer.Option(help="The debit that came back, ent_...")],
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Say which debit a return is about, and apply it."""
    came = decided(
        ctx,
        actor,
        as_of,
        lambda action: match_by_hand(
            action, key_of(Prefix.RETURN, return_id), key_of(Prefix.ENTRY, entry), reason=reason
        ),
    )
    returned, order = public_id(Prefix.RETURN, came.return_id), public_id(Prefix.ORDER, came.order_id)
    what = f"matches return {returned} to {entry}, and order {order} is returned"
    done(as_json, public_id(Prefix.MATCH, came.match_id), what, back=returned, order=order)


def _say(match_id: str, came: Unmatched, *, as_json: bool) -> None:
    if came.return_id is None:
        what = "was told to a merchant already: another person undoes it with ingather match approve"
        done(as_json, match_id, what, undone=False, back=None)
        return
    returned = public_id(Prefix.RETURN, came.return_id)
    what = f"is undone; the money is with return {returned}, in suspense"
    done(as_json, match_id, what, undone=True, back=returned)


def _stands(row: dict[str, Any]) -> str:
    if row["undone_at"]:
        return f"undone {row['undone_at'][:10]} by {row['undone_by']}"
    return f"asked to undo by {row['undo_asked_by']}" if row["undo_asked_by"] else "stands"


def _in_words(value: object) -> str:
    match value:
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(
                f"{name} told {each['told']}, ours {each['ours']}" if isinstance(each, dict) else f"{name} {each}"
                for name, each in value.items()
            )
        case _:
            return str(value)
