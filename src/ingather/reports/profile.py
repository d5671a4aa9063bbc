"""A report profile: how one bank's reports of one carrier are read. Data, in versions with effective days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ingather.reports.code_map import CodeMap
from ingather.reports.items import Carrier
from ingather.reports.layout import ReportLayout

MINED = frozenset(
    {
        *("trace", "reference", "reason", "origination_file", "batch_number", "company_identification"),
        *("original_trace", "identification", "bank_item", "virtual_account", "items", "payer_name"),
    }
)
"""What a posting's text may name, and a profile's patterns find."""

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Semantics:
    """What a carrier leaves to the bank: ``mode`` and ``kind`` where a report does not say, and its numbering.

    ``mode`` is DELTA, CUMULATIVE or SNAPSHOT, ``kind`` EOD or INTRADAY, ``zone`` the zone of times without an offset.
    ``interim_number`` says what numbers an MT942: page, behind the statement's number, or statement where a bank's page
    is always 1.
    """

    mode: str = "DELTA"
    kind: str = "EOD"
    zone: str = "America/New_York"
    interim_number: str = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProfile:
    """One version of one profile; ``layout`` for delimited and fixed records, None for native carriers.

    ``also`` names further carriers that it is for; ``bank`` narrows it to reports of that bank, empty is any.
    ``tolerances`` names what is let pass with a warning; ``mined`` gives, for a column of ``Postings`` such as trace,
    reference, reason or origination_file, the pattern whose first group finds it in a posting's text.
    """

    id: str
    version: int
    carrier: Carrier
    also: frozenset[Carrier] = frozenset()
    bank: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    semantics: Semantics = field(default_factory=Semantics)
    codes: CodeMap = field(default_factory=CodeMap)
    tolerances: frozenset[str] = frozenset()
    mined: Mapping[str, str] = field(default_factory=lambda: _NONE)
    layout: ReportLayout | None = None

    @property
    def name(self) -> str:
        """Return id/version."""
        return f"{self.id}/{self.version}"

    def reads(self, carrier: Carrier) -> bool:
        """Return whether this profile is one of a carrier."""
        return carrier is self.carrier or carrier in self.also

    def in_force(self, on: date) -> bool:
        """Return whether this version is in force on a day; two versions may be."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


def layout_of(profile: ReportProfile) -> ReportLayout:
    """Return a laid-out profile's layout; raises ``TypeError`` for a profile of a native carrier."""
    if profile.layout is None:
        message = f"the report profile {profile.name} lays out no records"
        raise TypeError(message)
    return profile.layout
