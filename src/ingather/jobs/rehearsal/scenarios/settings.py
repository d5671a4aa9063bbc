"""What each scenario needs beside the bank's behaviour: the terms of the bank, our policy, the book, and who acts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType

from ingather.jobs.night.run import NightReport
from ingather.jobs.rehearsal.first_use import FIRST_USE, want_micro_entries
from ingather.jobs.rehearsal.order_book import BookTerms
from ingather.jobs.rehearsal.scenarios import deeds
from ingather.jobs.rehearsal.stage import NIGHT_AT, Stage
from ingather.rules.tables import profile_text

_PROFILE = "first-example"
_NOON = time(12, 0)
_OVER_SAME_DAY = 100_000_001
_POLICY = 'id = "{id}"\nversion = 1\n[screening]\nrequired = false\n{more}'
_PRENOTES = _POLICY.format(id="first-use", more='[validation]\nautomatic = "prenote"\n')


def _nothing(_: Stage) -> None:
    """Do nothing."""


def _no_more(_: Stage, __: NightReport) -> None:
    """Do nothing after a night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One scenario's setting: changes of the bank's terms (a text and what stands for it), the book, and who acts when.

    ``begins`` acts once after the book was recorded, ``mornings`` on each banking day, ``nights`` after each night and
    before the bank collects. ``at_least`` banking days are played.
    """

    terms: Mapping[str, str] = field(default_factory=dict)
    more_terms: str = ""
    policy: str = ""
    book: BookTerms = field(default_factory=BookTerms)
    night_at: time = NIGHT_AT
    at_least: int = 0
    begins: Callable[[Stage], None] = _nothing
    mornings: Callable[[Stage], None] = _nothing
    nights: Callable[[Stage, NightReport], None] = _no_more

    def profile(self) -> str:
        """Return the bank profile's TOML; raises ``ValueError`` when a text to be changed is not in it."""
        text = profile_text(_PROFILE)
        for before, after in self.terms.items():
            if before not in text:
                message = f"the profile says nothing of {before}"
                raise ValueError(message)
            text = text.replace(before, after)
        return text + self.more_terms


_BY_HAND = {"auto_approve_under_cents = 100000000": "auto_approve_under_cents = 0"}
_SAME_DAY = '[same_day]\ncutoffs = ["10:00", "14:00"]\n'

SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        FIRST_USE: Setting(policy=_PRENOTES, book=BookTerms(proven=False), begins=want_micro_entries),
        "prenote_ok": Setting(policy=_PRENOTES, book=BookTerms(proven=False)),
        "prenote_returned": Setting(policy=_PRENOTES, book=BookTerms(proven=False)),
        "micro_entries": Setting(policy=_PRENOTES, book=BookTerms(proven=False), begins=want_micro_entries),
        "noc_each": Setting(mornings=deeds.decide_changes),
        "r11_corrected": Setting(mornings=deeds.correct),
        "duplicate_return": Setting(mornings=deeds.dispute),
        "dishonour_won": Setting(mornings=deeds.dispute),
        "dishonour_contested": Setting(mornings=deeds.dispute),
        "late_r01_dishonoured_no_retry": Setting(mornings=deeds.dispute),
        "reversal_duplicate": Setting(mornings=deeds.reverse_some),
        "reversal_double_credit": Setting(mornings=deeds.reverse_some),
        "refund_after_window": Setting(mornings=deeds.refund_some, at_least=48),
        "stale_file": Setting(terms=_BY_HAND, nights=deeds.approve_but_the_first),
        "revoked_after_seal": Setting(terms=_BY_HAND, nights=deeds.revoke_then_approve),
        "same_day": Setting(more_terms=_SAME_DAY, book=BookTerms(same_day=True), night_at=_NOON),
        "same_day_over_limit": Setting(
            terms={
                "entry_limit_cents = 10000000": "entry_limit_cents = 200000000",
                "auto_approve_under_cents = 100000000": "auto_approve_under_cents = 100000000000",
            },
            more_terms=_SAME_DAY,
            book=BookTerms(same_day=True, large_every=4, large_minor=_OVER_SAME_DAY),
            night_at=_NOON,
        ),
        "notice_period": Setting(book=BookTerms(varying=True), begins=deeds.order_more, mornings=deeds.send_notices),
        "limit_hit": Setting(terms={"[night_limit]\ndebit_cents = 0": "[night_limit]\ndebit_cents = 400000"}),
        "exposure_hit": Setting(more_terms="[exposure_limit]\ndebit_cents = 1500000\n"),
    }
)
"""Every scenario that needs more than an invented book, by its name."""
