"""The table of checks: what each id means, how much it weighs, who rejects for it, and where the rule stands.

The rows are in ``checks.csv``; ``ingather nacha checks`` prints them and ``CHECKS.md`` is made from them. Sources: RB13
= Nacha Operating Rules 2013, Corporate Edition (Appendix Two: operator edits, Three: record formats, Four: returns,
Five: changes); Nacha and Fed = later notices; MOOV = the open-source peer, where the Rules could not be had; R19 and so
on are the return reasons an operator or bank answers with; "house" = this project's own.
"""

from dataclasses import dataclass
from enum import StrEnum

from ingather.base.problems import Severity
from ingather.nacha.tables import rows_of


class Rejecter(StrEnum):
    """Who rejects what is wrong: the operator the file, batch or entry; the receiving bank; or nobody but us."""

    OPERATOR_FILE = "operator-file"
    OPERATOR_BATCH = "operator-batch"
    OPERATOR_ENTRY = "operator-entry"
    RDFI = "rdfi"
    US = "us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: ``id`` is stable, ``meaning`` says what is right, ``source`` where that is written."""

    id: str
    severity: Severity
    rejects: Rejecter
    source: str
    meaning: str


CHECKS: dict[str, Check] = {
    row["id"]: Check(
        id=row["id"],
        severity=Severity(row["severity"]),
        rejects=Rejecter(row["rejects"]),
        source=row["source"],
        meaning=row["meaning"],
    )
    for row in rows_of("checks.csv")
}
