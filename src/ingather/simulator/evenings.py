"""What one evening of the bank brings: the rows of its report, and what goes back to each originator."""

from dataclasses import dataclass, field
from datetime import date

from ingather.simulator.entries import FileRow
from ingather.simulator.return_files import BackEntry
from ingather.simulator.str_reports import ReportBody

Back = list[tuple[FileRow, BackEntry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """What one banking day brought; every answer stands with the file of the entry that it is about."""

    day: date
    body: ReportBody = field(default_factory=ReportBody)
    returned: Back = field(default_factory=list)
    changed: Back = field(default_factory=list)
    disputed: Back = field(default_factory=list)
