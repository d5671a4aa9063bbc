"""The bank profile: everything about one bank that is configuration, as TOML with a schema.

It joins the NACHA dialect, the windows and cut-offs, the limits, the names registered with the ODFI, the naming of
files, the report feeds and what proves them complete. A profile has a version; what was sent under one is never
re-read under another. Profiles that books have kept since before ``[writing]`` still load: their keys ``line_end``,
``leftmost_17`` and ``balanced`` stand at the top and mean the same.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator

from ingather.base.problems import Problem
from ingather.nacha.dialect import Dialect, PartyStyle
from ingather.nacha.reading import Tolerances
from ingather.nacha.routing import is_routing_number
from ingather.nacha.splitting import Limits
from ingather.nacha.writing.parties import party_columns
from ingather.rules.clocks import clock
from ingather.rules.debitable import FORMAT_LIMIT_MINOR, Terms
from ingather.rules.effective import Window
from ingather.rules.limits import FileLimits, Most
from ingather.rules.policy import HousePolicy
from ingather.rules.profile_faults import ProfileRefused, explain, fault
from ingather.rules.profile_parts import (
    BatchLimit,
    BuyerLimit,
    Cents,
    ExposureLimit,
    FeedTerms,
    FileLimit,
    MerchantLimit,
    NightLimit,
    OffsetTerms,
    Part,
    PayoutTerms,
    PostingTerms,
    Printable,
    ReadingTerms,
    RequestTerms,
    Retry,
    SameDay,
    Watermark,
    WritingTerms,
)

__all__ = ["BankProfile", "ProfileRefused", "load_profile", "refuse_unsendable"]

_TEMPLATE_WORDS = {"originator", "date", "time", "modifier", "destination", "window"}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_REQUIRED_WORDS = {"date", "modifier"}
_ONCE_AT_THE_TOP = ("line_end", "leftmost_17", "balanced")


class BankProfile(Part):
    """One bank as data; every amount is in cents, every count in entries, times are the bank's own clock."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    version: Annotated[int, Field(ge=1, strict=True)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    odfi_routing: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    immediate_destination: Annotated[str, Field(pattern=r"^( ?[0-9]{9}|[0-9]{10})$")]
    immediate_origin: Annotated[str, Field(pattern=r"^[A-Z0-9 ]{9,10}$")]
    destination_name: Annotated[Printable, Field(max_length=23)] = ""
    origin_name: Annotated[Printable, Field(max_length=23)] = ""
    company_names: tuple[Annotated[Printable, Field(min_length=1, max_length=16)], ...]
    entry_limit_cents: Annotated[int, Field(ge=0, le=FORMAT_LIMIT_MINOR, strict=True)] = 0
    reading: ReadingTerms = ReadingTerms()
    writing: WritingTerms = WritingTerms()
    offset: OffsetTerms | None = None
    batch_limit: BatchLimit = BatchLimit()
    file_limit: FileLimit = FileLimit()
    night_limit: NightLimit = NightLimit()
    buyer_limit: BuyerLimit = BuyerLimit()
    merchant_limit: MerchantLimit = MerchantLimit()
    exposure_limit: ExposureLimit = ExposureLimit()
    same_day: SameDay = SameDay()
    auto_approve_under_cents: Cents = 0
    cutoff: time
    zone: ZoneInfo = ZoneInfo("America/New_York")
    lead_banking_days: Annotated[int, Field(ge=1, le=2, strict=True)] = 1
    file_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._{}-]+$", max_length=80)] = (
        "{originator}.{date}.{modifier}.ach"
    )
    collects_only_final_names: bool = True
    watermark: Watermark = Watermark()
    hold_buffer_days: Annotated[int, Field(ge=0, le=10, strict=True)] = 1
    retry: Retry = Retry()
    requests: RequestTerms = RequestTerms()
    posting: PostingTerms = PostingTerms()
    feed: FeedTerms = FeedTerms()
    payouts: PayoutTerms = PayoutTerms()
    validate_every_account: bool = False
    second_reader_up_to: Annotated[int, Field(ge=0, le=100_000, strict=True)] = 20_000
    report_profiles: tuple[str, ...] = ()
    settlement_report_inference: bool = False
    encrypted_mount: bool = False

    @field_validator("odfi_routing")
    @classmethod
    def _check_digit(cls, value: str) -> str:
        if not is_routing_number(value):
            message = "the routing number's last digit is not its check digit"
            raise ValueError(message)
        return value

    @field_validator("company_names")
    @classmethod
    def _names_are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not name.strip() or "*" in name for name in value):
            message = "list each name registered with the ODFI; a wildcard or a blank is not a name"
            raise ValueError(message)
        if len(set(value)) != len(value):
            message = "a name is listed twice"
            raise ValueError(message)
        return value

    @field_validator("cutoff")
    @classmethod
    def _cutoff_is_local(cls, value: time) -> time:
        if value.tzinfo is not None or value.second or value.microsecond:
            message = "write the bank's own clock as HH:MM"
            raise ValueError(message)
        return value

    @field_validator("file_name")
    @classmethod
    def _file_name_is_unique(cls, value: str) -> str:
        words = set(_PLACEHOLDER.findall(value))
        if unknown := sorted(words - _TEMPLATE_WORDS):
            message = f"file_name has the unknown word {{{unknown[0]}}}"
            raise ValueError(message)
        if missing := sorted(_REQUIRED_WORDS - words):
            message = f"file_name needs {{{missing[0]}}}, or two files of a day would share a name"
            raise ValueError(message)
        if value.startswith(".") or set(_PLACEHOLDER.sub("", value)) & set("{}"):
            message = "file_name starts with a dot or has an unbalanced brace"
            raise ValueError(message)
        return value

    @property
    def window(self) -> Window:
        """Return when the bank takes files."""
        return Window(
            cutoff=self.cutoff,
            zone=self.zone,
            lead_banking_days=self.lead_banking_days,
            same_day_cutoffs=self.same_day.cutoffs,
        )

    @property
    def dialect(self) -> Dialect:
        """Return how this bank's files are written."""
        return self.writing.dialect

    @property
    def tolerances(self) -> Tolerances:
        """Return what is tolerated of this bank's files."""
        return Tolerances(name=self.id, tolerated=frozenset(self.reading.tolerated))

    @property
    def destination(self) -> str:
        """Return the destination of files: as the profile says it, or in the ten columns of its style."""
        return _party(self.immediate_destination, self.writing.destination_style)

    @property
    def origin(self) -> str:
        """Return the origin of files: as the profile says it, or in the ten columns of its style."""
        return _party(self.immediate_origin, self.writing.origin_style)

    @property
    def file_limits(self) -> FileLimits:
        """Return how much one file of a night may hold, and each of its batches."""
        return FileLimits(
            entries=self.file_limit.entries,
            debit_cents=self.file_limit.debit_cents,
            batches=self.file_limit.batches,
            batch_entries=self.batch_limit.entries,
            batch_debit_cents=self.batch_limit.debit_cents,
        )

    @property
    def night_most(self) -> Most:
        """Return how much one night may debit."""
        return Most(entries=self.night_limit.entries, minor=self.night_limit.debit_cents)

    @property
    def buyer_most(self) -> Most:
        """Return how much may be debited from one buyer for one settlement date."""
        return Most(entries=self.buyer_limit.entries, minor=self.buyer_limit.debit_cents)

    @property
    def merchant_most(self) -> Most:
        """Return how much one night may debit for a merchant without a limit of its own."""
        return Most(entries=self.merchant_limit.entries, minor=self.merchant_limit.debit_cents)

    @property
    def limits(self) -> Limits:
        """Return the same for splitting a plan; a batch that will be balanced debits no more than its offset can hold.

        Offsets that balancing adds afterwards are not counted.
        """
        debits = [
            limit for limit in (self.batch_limit.debit_cents, FORMAT_LIMIT_MINOR * self.writing.balanced) if limit
        ]
        return Limits(
            batch_entries=self.batch_limit.entries,
            batch_debit_cents=min(debits, default=0),
            file_entries=self.file_limit.entries,
            file_batches=self.file_limit.batches,
            file_debit_cents=self.file_limit.debit_cents,
        )

    def terms(self, effective_on: date, policy: HousePolicy) -> Terms:
        """Return what a night decides under when its debits settle on this date.

        An entry that alone would pass what its file or batch may debit is over the entry limit.
        """
        limits = (self.entry_limit_cents, self.file_limit.debit_cents, self.batch_limit.debit_cents)
        return Terms(
            effective_on=effective_on,
            entry_limit_minor=min((limit for limit in limits if limit), default=0),
            max_presentations=min(self.retry.max, clock("retry-count", effective_on).count) + 1,
            validate_every_account=self.validate_every_account,
            screening_required=policy.screening.required,
            amount_notice_days=clock("notice-amount", effective_on).count,
            date_notice_days=clock("notice-date", effective_on).count,
            corrected_entry_days=clock("corrected-entry", effective_on).count,
            retry_days=clock("retry-window", effective_on).count,
        )

    def name_file(self, *, originator: str, created_on: date, created_at: time, modifier: str, window: str = "") -> str:
        """Return the name of a file by the profile's template; ``date`` is YYYYMMDD, ``time`` HHMM."""
        return self.file_name.format(
            originator=originator,
            date=created_on.strftime("%Y%m%d"),
            time=created_at.strftime("%H%M"),
            modifier=modifier,
            destination=self.immediate_destination.strip(),
            window=window,
        )


def _party(party: str, style: PartyStyle) -> str:
    return party if style is PartyStyle.AS_GIVEN else party_columns(party, style)


@lru_cache(maxsize=64)
def load_profile(text: str) -> BankProfile:
    """Return the profile of a TOML text.

    Raises ``ProfileRefused`` naming every wrong, missing or unknown key, and every two that contradict each other.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = int(match[1]) if (match := re.search(r"at line (\d+)", str(error))) else 0
        raise ProfileRefused((fault("", "profile-toml", f"This is not TOML: {error}.", line=line),)) from error
    values, written, twice = _brought_up(values)
    try:
        profile = BankProfile.model_validate(values)
    except ValidationError as error:
        told = [explain(detail, BankProfile, written) for detail in error.errors(include_url=False)]
        raise ProfileRefused((*twice, *told)) from error
    if problems := (*twice, *_contradictions(profile)):
        raise ProfileRefused(problems)
    return profile


def refuse_unsendable(profile: BankProfile) -> None:
    """Raise ``ProfileRefused`` for a profile under which no night could send a file, before a book takes it.

    A profile that a book has taken already is not asked again: what it sent must stay readable.
    """
    problems = []
    if profile.writing.balanced:
        message = (
            "The key writing.balanced: nights do not send balanced files yet, so no book takes this profile. Ask the "
            "bank to take unbalanced ones (service class 225) and to settle each batch itself."
        )
        problems.append(fault("writing.balanced", "profile-unsendable", message))
    if profile.requests.by == "file":
        message = (
            "The key requests.by: dishonours are not written as NACHA files, so no book takes this profile. Write "
            '"document" and agree with the bank on how it takes the document and the sheet.'
        )
        problems.append(fault("requests.by", "profile-unsendable", message))
    for key, party in (("immediate_destination", profile.destination), ("immediate_origin", profile.origin)):
        if not party.strip(" 0"):
            message = f"The key {key}: it is blank or all zeros, and such files are refused."
            problems.append(fault(key, "profile-unsendable", message))
    ten = party_columns(profile.destination, PartyStyle.AS_GIVEN)
    if ten[:1] in {" ", "0"} and ten.strip(" 0") and not is_routing_number(ten[1:]):
        message = "The key immediate_destination: the last of its nine digits is not their check digit."
        problems.append(fault("immediate_destination", "profile-unsendable", message))
    if problems:
        raise ProfileRefused(tuple(problems))


def _brought_up(values: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str], list[Problem]]:
    """Return the values with older keys where they stand now, the older names of these, and what is said twice."""
    old = {key: values[key] for key in _ONCE_AT_THE_TOP if key in values}
    writing = values.get("writing", {})
    if not old or not isinstance(writing, dict):
        return values, {}, []
    kept = {key: value for key, value in values.items() if key not in old}
    twice = [
        fault(key, "profile-contradiction", f"The keys {key} and writing.{key} say the same thing twice; drop {key}.")
        for key in old
        if key in writing
    ]
    return kept | {"writing": old | writing}, {f"writing.{key}": key for key in old if key not in writing}, twice


def _contradictions(profile: BankProfile) -> list[Problem]:
    """Return the settings that cannot both hold."""
    found: list[tuple[str, str]] = []
    writing = profile.writing
    if writing.balanced and profile.offset is None:
        found.append(("offset", "writing.balanced needs the table [offset], the account that files are balanced on"))
    if profile.offset is not None and not writing.balanced:
        found.append(("offset", "the table [offset] is of no use unless writing.balanced is true"))
    if writing.balanced and profile.batch_limit.entries == 1:
        found.append(("batch_limit.entries", "writing.balanced adds an offset, so a batch holds more than one entry"))
    for key, party, style in (
        ("immediate_destination", profile.immediate_destination, writing.destination_style),
        ("immediate_origin", profile.immediate_origin, writing.origin_style),
    ):
        if not party_columns(party, style):
            name = "destination_style" if key == "immediate_destination" else "origin_style"
            found.append((key, f'ten characters do not fit writing.{name} = "{style}", which has nine and adds one'))
    if writing.upper_case and any(name != name.upper() for name in profile.company_names):
        found.append(("company_names", "writing.upper_case writes capitals, and a name listed here has small letters"))
    return [fault(key, "profile-contradiction", f"The key {key}: {said}.") for key, said in found]
