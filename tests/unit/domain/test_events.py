"""The catalogue of events: every type that our code can record is in it, and the documentation shows exactly it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ingather.domain.events import EVENT_TYPES, OF_A_MERCHANT, PREFIXES, Cause, catalogue_table, cause_of, type_from
from ingather.domain.facts import FactKind, Scope
from ingather.domain.webhooks import RESTS_S, RETRIES_S

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "events.md"
_ADDS = frozenset({"fact", "add_many", "add"})


def _word(node: ast.expr | None, of: str) -> str | None:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=word) if name == of:
            return word
        case _:
            return None


def _recorded() -> Iterator[tuple[str, str, str]]:
    """Yield where a fact is recorded, its scope and its kind, for each place that names both."""
    for path in sorted((ROOT / "src" / "ingather" / "actions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDS):
                continue
            scopes = {_word(each.value, "Scope") for each in node.keywords if each.arg == "scope"} - {None}
            kinds = {_word(each, "FactKind") for each in node.args} - {None}
            yield from ((str(path.relative_to(ROOT)), str(scope), str(kind)) for scope in scopes for kind in kinds)


def test_every_type_that_is_recorded_is_in_the_catalogue() -> None:
    found = list(_recorded())
    assert len(found) > 50
    missing = {(path, scope, kind) for path, scope, kind in found if (Scope[scope], FactKind[kind]) not in EVENT_TYPES}
    assert missing == set()


def test_every_kind_and_every_scope_of_facts_is_told_of() -> None:
    assert {kind for _, kind in EVENT_TYPES} | {FactKind.REFUSED} == set(FactKind)
    assert {scope for scope, _ in EVENT_TYPES} == set(Scope) == set(PREFIXES)
    assert all(each.says.endswith(".") for each in EVENT_TYPES.values())


def test_the_documentation_shows_the_catalogue_and_the_table_of_attempts() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert catalogue_table() in page
    assert f"after {len(RETRIES_S) + 1} attempts" in page
    assert f"{', '.join(map(str, RESTS_S[:-1]))} and then always {RESTS_S[-1]} seconds" in page


def test_a_wanted_type_is_a_type_or_a_whole_scope() -> None:
    assert type_from("entry.returned") == (Scope.ENTRY, FactKind.RETURNED)
    assert type_from("order.*") == (Scope.ORDER, None)
    assert [type_from(each) for each in ("order", "order.", "*", "orders.held", "order.flown", "")] == [None] * 6


def test_what_the_bank_tells_is_its_doing_whoever_takes_the_report() -> None:
    assert cause_of(Scope.ENTRY, FactKind.RETURNED, "user:maria") is Cause.BANK_FILE
    assert cause_of(Scope.BATCH, FactKind.SETTLED, "system:night", inferred=True) is Cause.CLOCK
    assert cause_of(Scope.ORDER, FactKind.CANCELED, "key:0c4m") is Cause.API
    assert cause_of(Scope.ORDER, FactKind.CANCELED, "user:maria") is Cause.USER
    assert cause_of(Scope.FILE, FactKind.APPROVED, "policy:auto") is Cause.CLOCK


def test_files_and_reports_belong_to_all_merchants_at_once() -> None:
    assert {Scope.FILE, Scope.FEED, Scope.REPORT, Scope.CASE, Scope.POSTING}.isdisjoint(OF_A_MERCHANT)
