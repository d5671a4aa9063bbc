"""The tables of a bank profile: what is tolerated when reading, how files are written, how much they hold, and when.

Every table may be left out; what it then says is what the Rules say, or our own caution.
"""

import re
from datetime import time
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ingather.nacha.checks import CHECKS
from ingather.nacha.dialect import Dialect, LineEnd, PartyStyle
from ingather.nacha.offsets import OffsetAccount
from ingather.nacha.plan import ACCOUNT_WIDTH
from ingather.nacha.routing import is_routing_number
from ingather.rules.debitable import MAX_PRESENTATIONS
from ingather.rules.limits import FORMAT_FILE_LIMIT_MINOR

Printable = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]
Cents = Annotated[int, Field(ge=0, le=FORMAT_FILE_LIMIT_MINOR, strict=True)]
Flag = Annotated[bool, Field(strict=True)]

_LINE_ENDS = {"lf": LineEnd.LF, "crlf": LineEnd.CRLF, "none": LineEnd.NONE}
_LABEL = re.compile(r"[a-z]+(-[a-z]+)*")


class WatermarkNeeds(StrEnum):
    """What proves that a day's returns are all in: a sequenced report, or a statement whose postings tie."""

    SEQUENCED = "sequenced"
    STATEMENT = "statement"


class RetryDay(StrEnum):
    """A day on which returned debits are presented again: Friday, or the first or fifteenth of the month."""

    FRIDAY = "friday"
    FIRST = "1"
    FIFTEENTH = "15"


class Part(BaseModel):
    """A table of a profile: its keys are known, and nothing changes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class FileLimit(Part):
    """How much one file may hold; 0 batches or ``debit_cents`` means as much as the format holds."""

    entries: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 100_000
    batches: Annotated[int, Field(ge=0, le=100_000, strict=True)] = 0
    debit_cents: Cents = 0


class BatchLimit(Part):
    """How much one batch may hold; 0 means as much as its file."""

    entries: Annotated[int, Field(ge=0, le=100_000, strict=True)] = 0
    debit_cents: Cents = 0


class NightLimit(Part):
    """How much one night may debit: entries, and cents; 0 means no limit."""

    entries: Annotated[int, Field(ge=0, strict=True)] = 0
    debit_cents: Annotated[int, Field(ge=0, strict=True)] = 0


class BuyerLimit(NightLimit):
    """How much may be debited from one buyer for one settlement date; 0 means no limit."""


class MerchantLimit(NightLimit):
    """How much one night may debit for a merchant that has no limit of its own; 0 means no limit."""


class ExposureLimit(Part):
    """How much in cents may be debited while an ordinary return of it is still possible; 0 means no limit."""

    debit_cents: Annotated[int, Field(ge=0, strict=True)] = 0


class SameDay(Part):
    """Until when the bank takes files that settle on the same day, by its own clock; without cut-offs it takes none.

    ``limit_cents`` is the bank's own limit for one entry, if it is lower than that of the Rules.
    """

    cutoffs: tuple[time, ...] = ()
    limit_cents: Cents = 0

    @field_validator("cutoffs")
    @classmethod
    def _cutoffs_are_times(cls, value: tuple[time, ...]) -> tuple[time, ...]:
        if any(each.tzinfo is not None or each.second or each.microsecond for each in value):
            message = "write each cut-off by the bank's own clock as HH:MM"
            raise ValueError(message)
        if list(value) != sorted(set(value)):
            message = "write the cut-offs from early to late, each once"
            raise ValueError(message)
        return value


class Retry(Part):
    """Our re-presentment policy, never wider than the Rules: at most two retries."""

    max: Annotated[int, Field(ge=0, le=MAX_PRESENTATIONS - 1, strict=True)] = MAX_PRESENTATIONS - 1
    days: Annotated[tuple[RetryDay, ...], Field(min_length=1)] = (RetryDay.FRIDAY, RetryDay.FIRST, RetryDay.FIFTEENTH)


class Watermark(Part):
    """What completes the return feed of an account through a banking day."""

    needs: WatermarkNeeds = WatermarkNeeds.SEQUENCED


class PostingTerms(Part):
    """How the bank moves money on our account for the files we send; reconciliation expects it so.

    ``settlement``: gross, or net of the returns of the day. ``granularity``: one posting a file, a batch, all batches
    of a company on a day, or an entry. ``returns``: one posting each, one a batch of returns, or none of their own
    because they are netted. ``fees``: one posting each, or by the monthly analysis. ``statement``: the carrier whose
    postings the account's books are kept by.
    """

    settlement: Literal["gross", "net_of_returns"] = "gross"
    granularity: Literal["file", "batch", "company_day", "item"] = "batch"
    returns: Literal["itemised", "batched", "netted"] = "itemised"
    fees: Literal["itemised", "analysis"] = "itemised"
    return_fee_minor: Cents = 0
    statement: Literal["str", "bai2", "camt.053", "mt940"] = "str"

    @model_validator(mode="after")
    def _netted_both_ways(self) -> Self:
        if (self.settlement == "net_of_returns") != (self.returns == "netted"):
            message = 'settlement = "net_of_returns" and returns = "netted" say the same and stand together'
            raise ValueError(message)
        return self


class FeedTerms(Part):
    """What the account's reports are like: how often they are fetched, and what shows that one is missing.

    ``sequence``: what consecutive numbers are counted by, or that there are none. ``heartbeat_by``: the time of the
    bank's clock, on every banking day, by which the day's final report must be there; without it only a later report
    shows a gap. ``chain``: whether a day's opening balance must be the closing one before it. ``corrections``: whether
    a corrected report says so, or is sent again under the same name, with other contents and no mark.
    """

    sequence: Literal["account", "account_day", "bank", "none"] = "account"
    heartbeat_by: time | None = None
    chain: Flag = True
    corrections: Literal["marked", "resent"] = "marked"


class RequestTerms(Part):
    """How the ODFI is asked: for dishonours, refused notifications of change, copies of a buyer's statement.

    ``lead_banking_days``: how many banking days before its own last day it must have a request. ``by``: as a readable
    document and a sheet. ``name``: what the names of both begin with.
    """

    lead_banking_days: Annotated[int, Field(ge=0, le=4, strict=True)] = 2
    by: Literal["document", "file"] = "document"
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,19}$")] = "REQ"


class PayoutTerms(Part):
    """How merchants are paid through this bank.

    ``company_name`` and ``company_identification`` are ours as the ODFI has registered them for credits to merchants;
    without them no payout goes by file. ``numbers``: whether a sheet holds whole account numbers, where the channel may
    carry them. ``name``: what the names of sheets begin with.
    """

    company_name: Annotated[Printable, Field(max_length=16)] = ""
    company_identification: Annotated[str, Field(pattern=r"^([A-Z0-9 ]{10})?$")] = ""
    numbers: Flag = False
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,19}$")] = "PAYOUTS"

    @model_validator(mode="after")
    def _company_is_whole(self) -> Self:
        if bool(self.company_name.strip()) != bool(self.company_identification.strip(" 0")):
            message = "company_name and company_identification stand together, as the ODFI has registered them"
            raise ValueError(message)
        return self


class ReadingTerms(Part):
    """Which checks this bank's files may fail: they are told as warnings, by their ids in the table of checks."""

    tolerated: tuple[str, ...] = ()

    @field_validator("tolerated")
    @classmethod
    def _checks_are_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = []
        for name in value:
            if name not in CHECKS:
                close = get_close_matches(name, CHECKS, n=1)
                wrong.append(f'there is no check "{name}"' + (f', perhaps "{close[0]}" is meant' if close else ""))
        if wrong:
            message = "; ".join(wrong) + " (`ingather nacha checks` lists them)"
            raise ValueError(message)
        if twice := sorted({name for name in value if value.count(name) > 1}):
            message = f'the check "{twice[0]}" is listed twice'
            raise ValueError(message)
        return value


class WritingTerms(Part):
    """How this bank wants its files written; the names are those of ``nacha.dialect.Dialect``.

    ``balanced`` asks for an offset entry in every batch, which then has service class 200.
    """

    line_end: Literal["lf", "crlf", "none"] = "lf"
    pad_to_block: Flag = True
    upper_case: Flag = False
    leftmost_17: Flag = False
    payment_type_required: Flag = True
    same_day_mark: Annotated[str, Field(pattern=r"^(SD([01][0-9]|2[0-3])[0-5][0-9])?$")] = ""
    destination_style: PartyStyle = PartyStyle.AS_GIVEN
    origin_style: PartyStyle = PartyStyle.AS_GIVEN
    balanced: Flag = False

    @property
    def dialect(self) -> Dialect:
        """Return the same for the writer of files."""
        return Dialect(
            line_end=_LINE_ENDS[self.line_end],
            upper_case=self.upper_case,
            leftmost_17=self.leftmost_17,
            pad_to_block=self.pad_to_block,
            payment_type_required=self.payment_type_required,
            same_day_mark=self.same_day_mark,
            destination_style=self.destination_style,
            origin_style=self.origin_style,
        )


class OffsetTerms(Part):
    """Our account that balanced files move money on, all but its number, which is sealed and never in a profile.

    ``account`` is the label of a number that is sealed in the book. A label has no digits, so no number is one.
    """

    account: str
    routing: str
    savings: Flag = False
    name: Annotated[Printable, Field(min_length=1, max_length=22)]
    mark: Annotated[Printable, Field(min_length=1, max_length=15)]

    @field_validator("account")
    @classmethod
    def _account_is_a_label(cls, value: str) -> str:
        if not _LABEL.fullmatch(value):
            message = (
                "name the account by a label in small letters and hyphens, such as main; its number is kept sealed in "
                "the book and never stands in a profile"
            )
            raise ValueError(message)
        return value

    @field_validator("routing")
    @classmethod
    def _routing_is_one(cls, value: str) -> str:
        if not (value.isascii() and value.isdigit() and is_routing_number(value)):
            message = "it is no routing number: nine digits, the last one their check digit"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _texts_are_filled(self) -> Self:
        if not self.name.strip() or not self.mark.strip():
            message = "name and mark are not blank: the mark is what an offset is known by"
            raise ValueError(message)
        return self

    def of(self, number: bytes, /) -> OffsetAccount:
        """Return the account with its number, which the caller opened; raises ``ValueError`` unless it is 1 to 17 long.

        The error never says the number.
        """
        if not 0 < len(number.strip()) <= ACCOUNT_WIDTH:
            message = f"an account number has 1 to {ACCOUNT_WIDTH} characters"
            raise ValueError(message)
        return OffsetAccount(
            routing=int(self.routing),
            account=number.strip().ljust(ACCOUNT_WIDTH),
            savings=self.savings,
            name=self.name,
            mark=self.mark,
        )
