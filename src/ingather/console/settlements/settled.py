"""Merchants' statements: the list, each with its sums and every line behind them, and their files."""

from importlib.util import find_spec
from typing import Any

from starlette.responses import Response

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.settlements.making import kept_back, settle_merchants
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.console.pages import Pages
from ingather.console.settlements.turning import MOST_ROWS, ROWS, day_of, dollars, rows_of
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch
from ingather.domain.settlements import SUMS, LineKind
from ingather.domain.users import Permission
from ingather.jobs.statement_files import Form, bytes_of
from ingather.jobs.statement_words import in_words
from ingather.store.reading import settlements
from ingather.store.reading.merchant_books import last_settled_on, line_kinds, payout_states
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.reading.return_figures import merchant_titles

pages = Pages("Settlements")
_READS = Permission.SETTLEMENTS_READ
_MEDIA = {Form.CSV: "text/csv; charset=utf-8", Form.JSON: "application/json", Form.PDF: "application/pdf"}
_LINES = 100
_OWN_COLUMNS = {LineKind.COLLECTED, LineKind.CLAWED_BACK, LineKind.GIVEN_BACK}


@pages.get("/settlements", needs=_READS)
def list_statements(visit: Visit) -> Response:
    """List merchants' statements, the newest first."""
    filters = _filters(visit)
    with visit.view() as ctx:
        rows, following = rows_of(visit, ctx, settlements.LISTING, Prefix.SETTLEMENT, **filters)
        originator_id = originator_of(ctx).id
        keys = [parse_public_id(Prefix.SETTLEMENT, row["id"]) for row in rows]
        return visit.show(
            "settlements/statements.html",
            rows=[row | summed(row) for row in rows],
            following=following,
            payouts=payout_states(ctx.session, keys),
            merchants=_merchants(ctx),
            chosen=visit.asked.get("merchant", ""),
            since=visit.asked.get("from", ""),
            until=visit.asked.get("to", ""),
            last=last_settled_on(ctx.session, originator_id),
            kept_back=[row.name for row in kept_back(ctx, originator_id, as_of=ctx.today)],
        )


@pages.get("/settlements.csv", needs=_READS)
def give_statements(visit: Visit) -> Response:
    """Give the sums of the statements as CSV."""
    with visit.view() as ctx:
        rows, _ = rows_of(visit, ctx, settlements.LISTING, Prefix.SETTLEMENT, limit=MOST_ROWS, **_filters(visit))
    sums = ["opening_minor", *(name for name, _ in SUMS.values()), "payable_minor", "closing_minor", "reserve_minor"]
    head = ["statement", "merchant", "name", "as_of", "currency", *(name.removesuffix("_minor") for name in sums)]
    table = [
        [row["id"], row["merchant"], row["merchant_name"], row["as_of"], row["currency"],
         *(dollars(row[name]) for name in sums)]
        for row in rows
    ]  # fmt: skip
    return visit.csv("statements", head, table)


@pages.post("/settlements/today/make", needs=Permission.SETTLEMENTS_WRITE)
def make_statements(visit: Visit) -> Response:
    """Make today's statement of every merchant that has none yet, and the payouts of what is payable."""
    visit.desk.decide(lambda ctx: settle_merchants(ctx, originator_of(ctx).id, as_of=ctx.today))
    visit.desk.remember()
    return visit.go("/settlements")


@pages.get("/settlements/{settlement_id}", needs=_READS)
def show_statement(visit: Visit) -> Response:
    """Show a statement: its sums, from what claw-backs were taken, its reserves, its payout and its lines."""
    key = visit.key_of(Prefix.SETTLEMENT, visit.path["settlement_id"])
    kind = visit.asked.get("kind", "")
    kinds = [LineKind(kind)] if kind in {*LineKind} else None
    with visit.view() as ctx:
        row = _found(settlements.shown(ctx.session, key), visit)
        lines, following = rows_of(
            visit, ctx, settlements.LINES, Prefix.SETTLEMENT, newest_first=False, limit=_LINES, settlement=key,
            kind=kinds,
        )  # fmt: skip
        steps, more_steps = _steps(ctx, key)
        return visit.show(
            "settlements/statement.html",
            row=row,
            sums=_sums(row),
            lines=in_words({"as_of": row["as_of"], "lines": lines})["lines"],
            following=following,
            kind=kind,
            kinds=line_kinds(ctx.session, key),
            steps=steps,
            more_steps=more_steps,
            payout=payout_states(ctx.session, [key]).get(row["id"]),
            pdf=find_spec("fpdf") is not None,
        )


@pages.get("/settlements/{settlement_id}/file", needs=_READS)
def give_statement(visit: Visit) -> Response:
    """Give a statement as a file, the same bytes every time: CSV, JSON, or a PDF where that extra is installed."""
    key = visit.key_of(Prefix.SETTLEMENT, visit.path["settlement_id"])
    asked = visit.asked.get("format", "")
    form = Form(asked) if asked in {*Form} else Form.CSV
    with visit.view() as ctx:
        statement = in_words(_found(next(iter(settlements.listed(ctx.session, [key])), None), visit))
    name = f"{statement['as_of']}-{visit.path['settlement_id']}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(bytes_of(statement, form), media_type=_MEDIA[form], headers=headers)


def _steps(ctx: Context, settlement_id: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the first steps of a statement's claw-backs, and whether there are more than are shown."""
    wanted = Wanted(limit=ROWS, newest_first=False, filters={"settlement": settlement_id})
    rows, following = page_of(ctx.session, settlements.STEPS, wanted)
    return rows, following is not None


def summed(row: dict[str, Any]) -> dict[str, int]:
    """Return what a list has no column for, so that each row adds up: taken back, and everything else together."""
    back = row["clawed_back_minor"] + row["given_back_minor"]
    other = sum(sign * row[name] for kind, (name, sign) in SUMS.items() if kind not in _OWN_COLUMNS)
    return {"back_minor": back, "other_minor": other}


def _sums(row: dict[str, Any]) -> list[tuple[LineKind, int]]:
    """Return the sums of a statement with their signs; what is nothing is left out but for the usual three."""
    found = [(kind, sign * row[name]) for kind, (name, sign) in SUMS.items()]
    return [(kind, minor) for kind, minor in found if minor or kind in _OWN_COLUMNS]


def _filters(visit: Visit) -> dict[str, Any]:
    merchant = visit.asked.get("merchant", "")
    return {
        "merchant": visit.key_of(Prefix.MERCHANT, merchant) if merchant else None,
        "as_of_from": day_of(visit.asked.get("from")),
        "as_of_to": day_of(visit.asked.get("to")),
    }


def _merchants(ctx: Context) -> list[tuple[str, str]]:
    found = merchant_titles(ctx.session, originator_of(ctx).id)
    named = [(public_id(Prefix.MERCHANT, int(key)), name) for key, (name, _) in found.items()]
    return sorted(named, key=lambda each: each[1])


def _found(row: dict[str, Any] | None, visit: Visit) -> dict[str, Any]:
    if row is None:
        fact = f"there is no statement {visit.path['settlement_id'][:40]}"
        raise NoSuch(fact, "Look for it in the list")
    return row
