"""The command line: every verb of the desk, for people and for cron."""

import os
from typing import Annotated

import typer

from ingather import __version__
from ingather.cli import (
    accounts,
    api_keys,
    audit,
    authorizations,
    cases,
    changes,
    db,
    exports,
    exposure,
    files,
    follow_ups,
    keys,
    making,
    matches,
    nacha,
    nights,
    orders,
    owing,
    parties,
    payees,
    payouts,
    policies,
    rates,
    reconcile,
    rehearsals,
    reports,
    requests,
    retention,
    returns,
    rules,
    serve,
    statements,
    users,
    watch,
    webhooks,
    whatif,
    work,
)
from ingather.cli.imports import import_command
from ingather.cli.options import Settings, Verbs, console
from ingather.wiring import DEFAULT_BOOK

app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Collect what US buyers owe by ACH direct debit. Exit codes: 0 done, 1 errors, 2 usage, 10 needs approval, "
    "11 limit, 12 refused by the bank, 13 unmatched, 20 report gap, 30 in doubt, 40 an invariant is broken.",
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"ingather {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    *,
    book: Annotated[str, typer.Option(envvar="INGATHER_BOOK", help="The book: a file, or a URL.")] = DEFAULT_BOOK,
    keys: Annotated[str | None, typer.Option(envvar="INGATHER_KEYS", help="The host's key folder.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    _ = version
    ctx.obj = Settings(book=book, keys=keys or os.environ.get("INGATHER_KEYS"))


app.command()(rehearsals.demo)
app.command()(making.init)
app.command("import")(import_command)
app.command()(nights.night)
app.command()(nights.inbound)
app.add_typer(work.app, name="work")
app.command()(serve.serve)
app.add_typer(files.app, name="file")
app.add_typer(nacha.app, name="nacha")
app.add_typer(reports.app, name="report")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(orders.app, name="order")
app.add_typer(authorizations.app, name="authorization")
app.add_typer(follow_ups.app, name="follow-up")
app.add_typer(accounts.app, name="account")
app.add_typer(cases.app, name="case")
app.command()(watch.watch)
app.add_typer(parties.merchant, name="merchant")
app.add_typer(parties.buyer, name="buyer")
app.command()(exposure.exposure)
app.command()(rates.rates)
parties.merchant.command()(rates.suspend)
parties.merchant.command()(rates.resume)
owing.add_to(parties.merchant)
parties.merchant.add_typer(payees.app, name="account")
app.add_typer(payouts.app, name="payout")
app.add_typer(returns.app, name="return")
app.add_typer(matches.app, name="match")
app.add_typer(changes.app, name="change")
app.add_typer(requests.app, name="request")
app.command()(statements.settle)
app.add_typer(statements.app, name="statement")
app.command()(whatif.whatif)
app.command()(rehearsals.simulate)
app.command()(exports.export)
app.add_typer(webhooks.app, name="webhook")
app.add_typer(rules.app, name="rules")
app.add_typer(policies.app, name="policy")
app.add_typer(users.app, name="user")
app.command()(users.login)
app.command()(users.logout)
app.add_typer(api_keys.app, name="api-key")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(retention.app, name="retention")
app.add_typer(db.app, name="db")


def main() -> None:
    """Run the command line."""
    app()
