"""The bank profile: everything about one bank that is configuration, as TOML with a schema.

It joins the NACHA dialect, the windows and cut-offs, the limits, the names registered with the ODFI, the naming of
files, the report feeds and what proves them complete. A profile has a version; what was sent under one is never
re-read under another.
"""

import re
import tomllib
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from ingather.base.problems import Problem, Severity
from ingather.nacha.routing import is_routing_number
from ingather.rules.debitable import FORMAT_LIMIT_MINOR, MAX_PRESENTATIONS, Terms
from ingather.rules.effective import Window
from ingather.rules.limits import FORMAT_FILE_LIMIT_MINOR, FileLimits

_TEMPLATE_WORDS = {"originator", "date", "time", "modifier", "destination", "window"}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_REQUIRED_WORDS = {"date", "modifier"}

Printable = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]
Cents = Annotated[int, Field(ge=0, le=FORMAT_FILE_LIMIT_MINOR, strict=True)]


class WatermarkNeeds(StrEnum):
    """What proves that a day's returns are all in: a sequenced report, or a statement whose postings tie."""

    SEQUENCED = "sequenced"
    STATEMENT = "statement"


class RetryDay(StrEnum):
    """A day on which returned debits are presented again: Friday, or the first or fifteenth of the month."""

    FRIDAY = "friday"
    FIRST = "1"
    FIFTEENTH = "15"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class FileLimit(_Part):
    """How much one file may hold; ``debit_cents`` 0 means as much as the format holds."""

    entries: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 100_000
    debit_cents: Cents = 0


class NightLimit(_Part):
    """How much one night may debit in cents; 0 means no limit."""

    debit_cents: Annotated[int, Field(ge=0, strict=True)] = 0


class Retry(_Part):
    """Our re-presentment policy, never wider than the Rules: at most two retries."""

    max: Annotated[int, Field(ge=0, le=MAX_PRESENTATIONS - 1, strict=True)] = MAX_PRESENTATIONS - 1
    days: Annotated[tuple[RetryDay, ...], Field(min_length=1)] = (RetryDay.FRIDAY, RetryDay.FIRST, RetryDay.FIFTEENTH)


class Watermark(_Part):
    """What completes the return feed of an account through a banking day."""

    needs: WatermarkNeeds = WatermarkNeeds.SEQUENCED


class BankProfile(_Part):
    """One bank as data; every amount is in cents, every count in entries, times are the bank's own clock."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    version: Annotated[int, Field(ge=1, strict=True)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    odfi_routing: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    immediate_destination: Annotated[str, Field(pattern=r"^( ?[0-9]{9}|[0-9]{10})$")]
    immediate_origin: Annotated[str, Field(pattern=r"^[A-Z0-9 ]{9,10}$")]
    destination_name: Annotated[Printable, Field(max_length=23)] = ""
    origin_name: Annotated[Printable, Field(max_length=23)] = ""
    line_end: Literal["lf", "crlf", "none"] = "lf"
    leftmost_17: bool = False
    balanced: Literal[False] = False
    company_names: tuple[Annotated[Printable, Field(min_length=1, max_length=16)], ...]
    entry_limit_cents: Annotated[int, Field(ge=0, le=FORMAT_LIMIT_MINOR, strict=True)] = 0
    file_limit: FileLimit = FileLimit()
    night_limit: NightLimit = NightLimit()
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

    @model_validator(mode="after")
    def _file_name_is_unique(self) -> Self:
        words = set(_PLACEHOLDER.findall(self.file_name))
        if unknown := sorted(words - _TEMPLATE_WORDS):
            message = f"file_name has the unknown word {{{unknown[0]}}}"
            raise ValueError(message)
        if missing := sorted(_REQUIRED_WORDS - words):
            message = f"file_name needs {{{missing[0]}}}, or two files of a day would share a name"
            raise ValueError(message)
        if self.file_name.startswith(".") or "{" in _PLACEHOLDER.sub("", self.file_name):
            message = "file_name starts with a dot or has an unbalanced brace"
            raise ValueError(message)
        return self

    @property
    def window(self) -> Window:
        """Return when the bank takes files."""
        return Window(cutoff=self.cutoff, zone=self.zone, lead_banking_days=self.lead_banking_days)

    @property
    def file_limits(self) -> FileLimits:
        """Return how much one file may hold."""
        return FileLimits(entries=self.file_limit.entries, debit_cents=self.file_limit.debit_cents)

    @property
    def line_ending(self) -> str:
        """Return the characters that end a record in this bank's files."""
        return {"lf": "\n", "crlf": "\r\n", "none": ""}[self.line_end]

    def terms(self, effective_on: date) -> Terms:
        """Return what a night decides under when its debits settle on this date."""
        return Terms(
            effective_on=effective_on,
            entry_limit_minor=self.entry_limit_cents,
            max_presentations=self.retry.max + 1,
            validate_every_account=self.validate_every_account,
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


class ProfileRefused(ValueError):  # noqa: N818 -- named for the business fact, as all our errors are
    """A bank profile that cannot be used; ``problems`` names every key that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("The bank profile cannot be used. " + " ".join(problem.message for problem in problems))


@lru_cache(maxsize=64)
def load_profile(text: str) -> BankProfile:
    """Return the profile of a TOML text; raises ``ProfileRefused`` naming every wrong, missing or unknown key."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = int(match[1]) if (match := re.search(r"at line (\d+)", str(error))) else 0
        raise ProfileRefused((_problem("", "profile-toml", f"This is not TOML: {error}.", line=line),)) from error
    try:
        return BankProfile.model_validate(values)
    except ValidationError as error:
        raise ProfileRefused(tuple(_explain(detail) for detail in error.errors(include_url=False))) from error


def _explain(detail: ErrorDetails) -> Problem:
    key = ".".join(str(part) for part in detail["loc"])
    match detail["type"]:
        case "missing":
            return _problem(key, "profile-missing", f"The key {key} is missing.")
        case "extra_forbidden":
            return _problem(key, "profile-unknown", f"The key {key} is not known; check its spelling.")
        case "value_error":
            said = detail["msg"].removeprefix("Value error, ")
            return _problem(key or "file_name", "profile-value", f"The key {key or 'file_name'}: {said}.")
        case _:
            return _problem(key, "profile-value", f"The key {key}: {detail['msg'][:1].lower()}{detail['msg'][1:]}.")


def _problem(key: str, check: str, message: str, *, line: int = 0) -> Problem:
    return Problem(line=line, start=0, end=0, field=key, check=check, severity=Severity.ERROR, message=message)
