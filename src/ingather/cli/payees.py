"""``ingather merchant account``: the accounts that merchants are paid to, changed by two persons only."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingather.actions.payouts.accounts import NewPayee, approve_account, ask_account, end_account
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import As, AsJson, AsOf, Reason, Verbs, acting, console, desk_of, done, key_of, print_json
from ingather.cli.payouts import merchant_key
from ingather.domain.accounts import AccountKind
from ingather.domain.refusals import WrongState
from ingather.store.reading import payouts

app = typer.Typer(cls=Verbs, help="The accounts that merchants are paid to.", no_args_is_help=True)

PayeeId = Annotated[str, typer.Argument(metavar="ID", help="An account's id, mac_...")]
_MOST_BYTES = 200


@app.command("ask")
def ask(
    ctx: typer.Context,
    merchant: Annotated[str, typer.Argument(help="A merchant: your id, or mer_...")],
    *,
    routing: Annotated[str, typer.Option(help="The routing number of its bank, nine digits.")],
    number_file: Annotated[
        Path | None, typer.Option("--number-file", help="A file that holds the account number and nothing else.")
    ] = None,
    number_stdin: Annotated[
        bool, typer.Option("--number-stdin", help="Read the account number from the standard input.")
    ] = False,
    kind: Annotated[AccountKind, typer.Option(help="Which kind of account it is.")] = AccountKind.CHECKING,
    name: Annotated[str, typer.Option(help="Whose account it is, as the bank has it.")],
    evidence: Annotated[str, typer.Option(help="What shows that it is theirs: a voided check, a call back.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask that a merchant be paid to an account; another person approves it. Its number never stands in a command."""
    number = _number(number_file, stdin=number_stdin)
    with acting(ctx, actor, as_of) as action:
        key = ask_account(
            action,
            NewPayee(
                merchant_id=merchant_key(action, merchant), routing=routing, number=number, kind=kind, name=name,
                evidence=evidence,
            ),
        )  # fmt: skip
    account = public_id(Prefix.MERCHANT_ACCOUNT, key)
    done(as_json, account, f"waits for a second person: ingather merchant account approve {account}", merchant=merchant)


def _number(file: Path | None, *, stdin: bool) -> str:
    """Return the account number from a file, the standard input, or a prompt that does not show it."""
    if file is not None and stdin:
        message = "give --number-file or --number-stdin, not both"
        raise typer.BadParameter(message)
    if file is not None:
        with file.open("rb") as opened:
            held = opened.read(_MOST_BYTES)
    elif stdin:
        held = sys.stdin.buffer.read(_MOST_BYTES)
    else:
        held = str(typer.prompt("Account number", hide_input=True)).encode()
    try:
        return held.decode("ascii").strip()
    except UnicodeDecodeError:
        fact = "what was given for the account number is not ASCII text"
        raise WrongState(fact, "Give the number alone") from None


@app.command("approve")
def approve(
    ctx: typer.Context, account: PayeeId, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Put an account into use as another person than who asked; the account before it ends, and this one waits."""
    with acting(ctx, actor, as_of) as action:
        day = approve_account(action, key_of(Prefix.MERCHANT_ACCOUNT, account))
    done(as_json, account, f"is in use; the first payout to it can go on {day}", first_day=day.isoformat())


@app.command("end")
def end(
    ctx: typer.Context,
    account: PayeeId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """End an account, or refuse one that is asked for; what has not gone out waits for another."""
    with acting(ctx, actor, as_of) as action:
        end_account(action, key_of(Prefix.MERCHANT_ACCOUNT, account), reason=reason)
    done(as_json, account, "is paid to no more")


@app.command("list")
def list_accounts(
    ctx: typer.Context,
    *,
    merchant: Annotated[str | None, typer.Option(help="Only those of a merchant: your id, or mer_...")] = None,
    as_json: AsJson = False,
) -> None:
    """List merchants' accounts, newest first; of their numbers only the last four."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        key = None if merchant is None else merchant_key(view, merchant)
        found = payouts.accounts_listed(view.session, merchant_id=key)
    if as_json:
        print_json(found)
        return
    table = Table("id", "merchant", "name", "account", "state", "asked by", "approved by", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["id"], row["merchant"], row["name"], f"{row['routing']} ...{row['last4']}", row["state"],
            row["asked_by"], row["approved_by"] or "-",
        )  # fmt: skip
    console.print(table)
