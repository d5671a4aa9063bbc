"""Settling: the statements of a day, in the book and as CSV and JSON for each merchant."""

import csv
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ingather.actions.banks import originator_of
from ingather.actions.settlements import COLLECTED, kept_back, settle_merchants
from ingather.actions.statement_lines import CLAWED_BACK, FEE, GIVEN_BACK, RESTORED
from ingather.base.money import format_minor
from ingather.jobs.desk import Desk
from ingather.rules.debitable import REASON_CODES, REASONS
from ingather.rules.returns import return_reason
from ingather.store.reading import settlements


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleReport:
    """The statements made, the files they were written to, and the merchants kept back by their screening."""

    as_of: date
    statements: list[dict[str, Any]]
    written: list[str] = field(default_factory=list)
    kept_back: list[str] = field(default_factory=list)

    @property
    def did(self) -> str:
        """Return ``something`` or ``nothing``."""
        return "something" if self.statements else "nothing"


def run_settle(desk: Desk, *, as_of: date, folder: Path | None = None) -> SettleReport:
    """Settle every merchant as of a day; with a folder, write a CSV and a JSON file per statement of that day there.

    Statements made by an earlier run of the same day are written as well: that run may not have come to write them.
    """
    with desk.action() as ctx:
        made = settle_merchants(ctx, desk.originator_id(), as_of=as_of)
    with desk.view() as ctx:
        names = [row.external_id for row in kept_back(ctx, originator_of(ctx).id, as_of=as_of)]
        statements = [in_words(statement) for statement in settlements.listed(ctx.session, made)]
        of_day = [] if folder is None else settlements.listed(ctx.session, as_of=as_of)
    desk.remember()
    written = [] if folder is None else write_statements([in_words(statement) for statement in of_day], folder)
    return SettleReport(as_of=as_of, statements=statements, written=written, kept_back=names)


def in_words(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement whose lines say in words why an order failed or was clawed back."""
    as_of = date.fromisoformat(statement["as_of"])
    lines = [line | {"reason": _reason(line, as_of)} for line in statement["lines"]]
    return statement | {"lines": lines}


_FOLLOWING: dict[str, dict[str | None, str]] = {
    GIVEN_BACK: {
        "reversal": "The debit was wrong and was reversed: the buyer has the money back.",
        "refund": "It was refunded to the buyer.",
    },
    RESTORED: {
        "reversal": "The reversal did not reach the buyer.",
        "refund": "The refund did not reach the buyer.",
        None: "It had been returned; the return was dishonored and stands no more.",
    },
    FEE: {"return_fee": "The fee for a returned debit."},
}
"""What a merchant reads beside what followed a debit, by the kind of line and of what followed."""


def _reason(line: dict[str, Any], as_of: date) -> str:
    """Return in a merchant's words why an order is not collected; nothing for one that is."""
    code, kind = line["code"], line["kind"]
    if kind == COLLECTED:
        return ""
    if kind in _FOLLOWING:
        return _FOLLOWING[kind][line["reason_id"]]
    if never := line["reason_id"]:
        why = REASONS[REASON_CODES[never]].sentence if never in REASON_CODES else ""
        return f"It could not be debited. {why}".strip()
    if not code:
        return ""
    reason = return_reason(code, on=as_of)
    said = reason.sentence if reason else f"The buyer's bank returned the debit with {code}."
    return f"{said} It had been settled and is taken back." if kind == CLAWED_BACK else said


def write_statements(statements: list[dict[str, Any]], folder: Path) -> list[str]:
    """Write each statement as CSV and JSON, each whole or not at all, and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for statement in statements:
        stem = f"{statement['as_of']}-{statement['merchant']}"
        target = folder / f"{stem}.json"
        _whole(target, json.dumps(statement, indent=2, ensure_ascii=False) + "\n")
        rows = folder / f"{stem}.csv"
        temporary = rows.with_suffix(".csv.part")
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["order", "external_id", "instalment", "due_on", "kind", "amount", "currency", "code", "reason"],
            )
            writer.writerows(
                [
                    line["order"],
                    line["external_id"],
                    line["instalment"],
                    line["due_on"],
                    line["kind"],
                    format_minor(line["amount_minor"]).replace(",", ""),
                    statement["currency"],
                    line["code"] or "",
                    line["reason"],
                ]
                for line in statement["lines"]
            )
        temporary.replace(rows)
        written += [str(rows), str(target)]
    return written


def _whole(target: Path, content: str) -> None:
    temporary = target.with_suffix(f"{target.suffix}.part")
    temporary.write_text(content, encoding="utf-8")
    temporary.replace(target)
