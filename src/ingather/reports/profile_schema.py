"""The keys of a report profile's TOML text, each with its shape; what they mean together is checked by the language."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingather.reports.layout import HeaderRow, Place, RecordEnds

Short = Annotated[str, Field(min_length=1, max_length=80)]
Pattern = Annotated[str, Field(max_length=200)]
Column = Annotated[int, Field(ge=1, le=65_536, strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class Part(BaseModel):
    """A table of a profile: unknown keys are refused, values are not changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DeliveryTerms(Part):
    """How records are written: delimited or of one width."""

    delimiter: Annotated[str, Field(max_length=1)] = ""
    quote: Annotated[str, Field(max_length=1)] = ""
    header_row: HeaderRow = HeaderRow.NONE
    allow_extra_trailing_columns: Flag = True
    record_length: Annotated[int, Field(ge=0, le=65_536, strict=True)] = 0
    record_ends: RecordEnds = RecordEnds.LINE


class SelectorTerms(Part):
    """Where a record's type stands; without any of these every record is of the profile's one type."""

    at: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 0
    start: Annotated[int, Field(ge=0, le=65_536, strict=True)] = 0
    end: Annotated[int, Field(ge=0, le=65_536, strict=True)] = 0
    source: Annotated[str, Field(max_length=80)] = ""
    unknown: Literal["refuse", "warn"] = "refuse"


class FieldTerms(Part):
    """One field of a record."""

    label: Short
    name: Annotated[str, Field(max_length=40)] | None = None
    type: str = "text"
    required: Flag = False
    at: Column | None = None
    start: Column | None = None
    end: Column | None = None
    source: Annotated[str, Field(max_length=80)] = ""
    constant: Annotated[str, Field(max_length=80)] = ""
    values: tuple[str, ...] = ()
    pattern: Pattern = ""
    signs: Annotated[str, Field(max_length=40)] = ""
    total: Annotated[str, Field(max_length=80)] = ""
    format: Annotated[str, Field(max_length=40)] = ""
    decimals: Annotated[int, Field(ge=0, le=4, strict=True)] = 2
    mark: Literal[".", ","] = "."
    pivot: Annotated[int, Field(ge=0, le=100, strict=True)] = 100
    transforms: tuple[str, ...] = ()
    map: dict[str, str] = {}


class RecordTerms(Part):
    """One record type; ``selector`` is its value, or a list of them."""

    selector: str | tuple[str, ...] = ()
    title: Short
    place: Place
    items: str = ""
    first: Flag | None = None
    fields: tuple[FieldTerms, ...] = ()


class SemanticsTerms(Part):
    """What a carrier leaves to the bank."""

    mode: Literal["DELTA", "CUMULATIVE", "SNAPSHOT"] = "DELTA"
    kind: Literal["EOD", "INTRADAY"] = "EOD"
    zone: Annotated[str, Field(max_length=40)] = "America/New_York"
    interim_number: Literal["page", "statement"] = "page"


class ReportTerms(Part):
    """What a report is about where no record of it says so; ``day_from`` names the items' column of its day."""

    bank: Annotated[str, Field(max_length=20)] = ""
    account: Annotated[str, Field(max_length=35)] = ""
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    day_from: Annotated[str, Field(max_length=60)] = ""


class CodeTerms(Part):
    """What a posting's code means at this bank, asked before the standard tables."""

    code_type: Short
    code: Short
    event: str
    sign: Literal["", "C", "D"] = ""
    text: Pattern = ""
    label: Annotated[str, Field(max_length=80)] = ""


class ProfileTerms(Part):
    """A whole report profile."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    version: Annotated[int, Field(ge=1, le=9_999, strict=True)]
    carrier: str
    also: tuple[str, ...] = ()
    description: Annotated[str, Field(max_length=400)] = ""
    bank: Annotated[str, Field(max_length=20)] = ""
    effective_from: date | None = None
    effective_to: date | None = None
    delivery: DeliveryTerms = DeliveryTerms()
    selector: SelectorTerms = SelectorTerms()
    report: ReportTerms = ReportTerms()
    semantics: SemanticsTerms = SemanticsTerms()
    tolerances: tuple[str, ...] = ()
    mined: dict[str, Pattern] = {}
    codes: tuple[CodeTerms, ...] = ()
    records: tuple[RecordTerms, ...] = ()
