"""Rules and settings: the rule rows in force and coming, each with its source and since when."""

from datetime import date
from typing import Any

from starlette.responses import Response

from ingather.base.ids import Prefix
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch, Unreadable
from ingather.domain.users import Permission
from ingather.rules.rows import Row, Standing, in_force, row_of, rows, rule_tables
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.reading.rules import LISTING, rule_set_shown

pages = Pages("Rules")
_MOST = 120
_SETS = 8
_ORDER = {Standing.FUTURE: 0, Standing.UNKNOWN: 1, Standing.IN_FORCE: 2, Standing.PAST: 3}


@pages.get("/rules", needs=Permission.RULES_READ)
def show(visit: Visit) -> Response:
    """Show what is coming and what could not be established, and the rows of a table or of a search."""
    asked, found = _asked(visit)
    on = visit.today
    with visit.view() as ctx:
        sets, _ = page_of(ctx.session, LISTING, Wanted(limit=_SETS))
    ahead = [row for each in rule_tables() for row in rows(each.name) if row.standing(on) is Standing.FUTURE]
    unknown = [row for each in rule_tables() for row in rows(each.name) if row.standing(on) is Standing.UNKNOWN]
    tables = [{"name": each.name, "about": each.about, "rows": len(in_force(each.name, on))} for each in rule_tables()]
    return visit.show(
        "rules/rows.html", asked=asked, tables=tables, standings=[str(each) for each in Standing],
        ahead=[told(row, on) for row in sorted(ahead, key=_begins)], unknown=[told(row, on) for row in unknown],
        rows=[told(row, on) for row in found[:_MOST]], count=len(found), most=_MOST,
        sets=sets,
    )  # fmt: skip


@pages.get("/rules.csv", needs=Permission.RULES_READ)
def table(visit: Visit) -> Response:
    """Return the rule rows that the filters leave, as CSV."""
    _, found = _asked(visit)
    head = ("id", "table", "key", "says", "effective_from", "effective_to", "standing", "source", "confidence")
    shown = (told(row, visit.today) for row in found)
    return visit.csv("rules", head, ([row[name] or "" for name in head] for row in shown))


@pages.get("/rules/rows/{table}/{key}", needs=Permission.RULES_READ)
def show_row(visit: Visit) -> Response:
    """Show one rule row with all that it says, and what came before and after it under the same key."""
    row = row_of(f"{visit.path['table']}/{visit.path['key']}")
    if row is None:
        fact = f"there is no rule row {visit.path['table'][:40]}/{visit.path['key'][:80]}"
        raise NoSuch(fact, "Look for it in the list")
    others = [each for each in rows(row.table) if each.key == row.key and each is not row]
    return visit.show("rules/row.html", row=told(row, visit.today), others=[told(each, visit.today) for each in others])


@pages.get("/rules/sets/{id}", needs=Permission.RULES_READ)
def show_set(visit: Visit) -> Response:
    """Show a set of rule rows that a file or a return rests on."""
    with visit.view() as ctx:
        found = rule_set_shown(ctx.session, visit.key_of(Prefix.RULE_SET, visit.path["id"]))
    if found is None:
        fact = f"there is no set of rule rows {visit.path['id'][:40]}"
        raise NoSuch(fact)
    said = [row for each in found["rows"] if (row := row_of(each)) is not None]
    gone = [each for each in found["rows"] if row_of(each) is None]
    return visit.show("rules/set.html", found=found, rows=[told(row, visit.today) for row in said], gone=gone)


def told(row: Row, on: date) -> dict[str, Any]:
    """Return a rule row as the pages show it."""
    return {
        "id": row.id, "table": row.table, "key": row.key, "says": row.says, "effective_from": row.effective_from,
        "effective_to": row.effective_to, "standing": str(row.standing(on)), "source": row.source,
        "confidence": row.confidence, "values": [(name, value) for name, value in row.values.items() if value],
    }  # fmt: skip


def _asked(visit: Visit) -> tuple[dict[str, str], list[Row]]:
    """Return what was asked, and the rows that it leaves, what is coming first, each table in its own order."""
    asked = {name: visit.asked.get(name, "").strip()[:60] for name in ("table", "q", "standing")}
    names = [each.name for each in rule_tables()]
    if asked["table"] and asked["table"] not in names:
        fact = f"there is no table {asked['table']}"
        raise Unreadable(fact, f"There are: {', '.join(names)}")
    chosen = [asked["table"]] if asked["table"] else names
    words = asked["q"].lower().split()
    found = [
        row
        for name in chosen
        for row in rows(name)
        if all(word in _text(row) for word in words) and asked["standing"] in {"", row.standing(visit.today)}
    ]
    return asked, sorted(found, key=lambda row: _ORDER[row.standing(visit.today)])


def _text(row: Row) -> str:
    return f"{row.table} {row.key} {row.says} {row.source}".lower()


def _begins(row: Row) -> date:
    return row.effective_from or date.max
