"""Which checks a purpose makes, and where their findings go: ``refusals.csv`` is the table."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.dialect import Dialect
from ingather.nacha.findings import Findings
from ingather.nacha.plan import FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import LAYOUTS
from ingather.nacha.tables import rows_of
from ingather.nacha.writing.details import entry_layouts

MADE: dict[Purpose, frozenset[str]] = {
    purpose: frozenset(row["check"] for row in rows_of("refusals.csv") if row[purpose] == "yes") for purpose in Purpose
}
_PLAIN = LAYOUTS["6"]
# Columns are looked at in chunks that a core's own cache holds.
CHUNK_ROWS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One plan under refusal: how and what for it is to be written, and what speaks against it so far.

    A finding of a check that the purpose does not make is dropped.
    """

    plan: FilePlan
    dialect: Dialect
    purpose: Purpose
    findings: Findings = field(default_factory=Findings)

    @property
    def originates(self) -> bool:
        """Return whether the file is ours to the bank."""
        return self.purpose is Purpose.ORIGINATION

    def makes(self, check: str) -> bool:
        """Return whether the purpose makes a check."""
        return check in MADE[self.purpose]

    def tell(self, check: str, sentence: str, *, layout: str = "", name: str = "") -> None:
        """Note a finding about the file or a batch, with the field it is about."""
        if self.makes(check):
            self.findings.add(check, sentence, field=LAYOUTS[layout].field(name) if layout else None)

    def tell_entries(self, check: str, at: Int64, name: str, sentence: str) -> None:
        """Note a finding per entry ``at``, with its number, its batch's, and its field's columns in its layout."""
        if not self.makes(check) or not len(at):
            return
        batch = self.plan.entries.batch[at]
        layouts = entry_layouts(self.plan.batches)
        for layout in sorted(set(layouts)):
            mine = at[np.array([code == layout for code in layouts], np.bool_)[batch]]
            known = {known.name: known for known in LAYOUTS.get(layout, _PLAIN).fields}
            self.findings.rows(check, np.zeros(len(mine), np.int64), self._says(mine, sentence), field=known.get(name))

    def _says(self, at: Int64, sentence: str) -> Callable[[int], str]:
        batch = self.plan.entries.batch
        return lambda index: f"Entry {int(at[index]) + 1:,} (batch {int(batch[at[index]]) + 1}): {sentence}."
