"""Settling: the statements of a day, in the book and as files for each merchant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ingather.actions.settlements.making import kept_back, settle_merchants
from ingather.jobs.desk import Desk
from ingather.jobs.statement_files import Form, write_statements
from ingather.jobs.statement_words import in_words
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


def run_settle(
    desk: Desk,
    *,
    as_of: date,
    folder: Path | None = None,
    forms: Sequence[Form] = (Form.CSV, Form.JSON),
    lines: bool = True,
) -> SettleReport:
    """Settle every merchant as of a day; with a folder, write a file per statement of that day and form there.

    Statements made by an earlier run of the same day are written as well: that run may not have come to write them.
    Without ``lines`` the report has the statements' sums alone, and nothing of their lines is read.
    """
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        made = settle_merchants(ctx, originator_id, as_of=as_of)
    with desk.view() as ctx:
        names = [row.external_id for row in kept_back(ctx, originator_id, as_of=as_of)]
        if lines:
            statements = [in_words(statement) for statement in settlements.listed(ctx.session, made)]
        else:
            statements = settlements.summed_of(ctx.session, made)
        of_day = [] if folder is None else settlements.listed(ctx.session, as_of=as_of)
    desk.remember()
    written = []
    if folder is not None:
        written = write_statements([in_words(statement) for statement in of_day], folder, forms=forms)
    return SettleReport(as_of=as_of, statements=statements, written=written, kept_back=names)
