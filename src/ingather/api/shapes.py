"""The shapes that many things share: ids, money, labels, and the bodies that only give a reason."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeAlias

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

_KEY = "[0-9A-HJKMNP-TV-Z]{13}"
Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=40)], Annotated[str, Field(max_length=500)]],
    Field(max_length=50, description="The caller's own pairs of words; nothing of ours reads them."),
]


def _make_strict(schema: object) -> None:
    match schema:
        case dict():
            if schema.get("type") in {"int", "float", "bool"}:
                schema["strict"] = True
            for part in schema.values():
                _make_strict(part)
        case list() | tuple():
            for part in schema:
                _make_strict(part)


class Body(BaseModel):
    """What a caller sends: names nobody knows are refused, so that a mistyped one is never ignored.

    Numbers and truths are taken as JSON has them, never made of words or of each other: ``true`` is no amount of 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 -- pydantic's own signature
        """Return the schema with its plain numbers and truths made strict."""
        made = handler(source)
        _make_strict(made)
        return made


class Shown(BaseModel):
    """What a caller is shown: fields and words may be added, and a reader lets unknown ones be."""

    model_config = ConfigDict(frozen=True)


class Labels(Body):
    """What a caller keeps beside an object, instead of what was kept before."""

    metadata: Metadata


class Reasoned(Body):
    """A decision with its reason."""

    reason: Annotated[str, Field(min_length=1, max_length=500, description="Why, in a sentence; it is kept.")]


def id_field(prefix: str, noun: str) -> object:
    """Return the field of a public id, as a schema describes it."""
    return Field(description=f"The id of {noun}.", examples=[f"{prefix}_0C4M7R2V9K1HZ"])


def in_path(prefix: str, noun: str) -> object:
    """Return the path parameter of a public id."""
    return Path(
        description=f"The id of {noun}.",
        examples=[f"{prefix}_0C4M7R2V9K1HZ"],
        json_schema_extra={"pattern": f"^{prefix}_{_KEY}$"},
    )


OrderId: TypeAlias = Annotated[str, in_path("ord", "an order")]
MerchantId: TypeAlias = Annotated[str, in_path("mer", "a merchant")]
BuyerId: TypeAlias = Annotated[str, in_path("buy", "a buyer")]
AccountId: TypeAlias = Annotated[str, in_path("acc", "an account")]
AuthorizationId: TypeAlias = Annotated[str, in_path("auth", "an authorization")]

_PRINTED = r"^[^\x00-\x1f\x7f]+$"
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
OwnName: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=_PRINTED, description="The caller's own name.", examples=["a-1"]),
]
"""An ``external_id``."""
Named: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=_PRINTED, description="Its id, or its external_id."),
]
"""The name of something else in a body: its public id, or the caller's own name for it."""
Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTED)]
Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=40, pattern=_PRINTED)]
_WITH_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=32_768, pattern=_WITH_LINES)]
"""Words kept as they are, with line ends."""
Day: TypeAlias = Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY, description="A banking date.")]
Moment: TypeAlias = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(2000, 1, 2, tzinfo=UTC), le=datetime(2099, 12, 30, tzinfo=UTC),
        description="An instant with its offset (RFC 3339).",
    ),
]  # fmt: skip
KnownAt: TypeAlias = Annotated[
    Moment | None,
    Query(description="As the book knew it at this instant (RFC 3339), by what was recorded until then; not ahead."),
]
"""Asks for what was known at an instant."""
Untold: TypeAlias = Annotated[
    list[str],
    Field(description="With `known_at`: the fields that the book keeps only as they are now; null or empty here."),
]
Minor: TypeAlias = Annotated[int, Field(ge=1, le=9_999_999_999, description="Minor units; ten digits fit an entry.")]
FileId: TypeAlias = Annotated[str, in_path("fil", "a file")]
ReturnId: TypeAlias = Annotated[str, in_path("ret", "a return")]
CorrectionId: TypeAlias = Annotated[str, in_path("cor", "a notification of change")]
CaseId: TypeAlias = Annotated[str, in_path("case", "a case")]
FollowUpId: TypeAlias = Annotated[str, in_path("fup", "a reversal, refund or return fee")]
DisputeId: TypeAlias = Annotated[str, in_path("dsp", "a dispute")]
RequestId: TypeAlias = Annotated[str, in_path("req", "a request to the bank")]
MatchId: TypeAlias = Annotated[str, in_path("mat", "a match")]
