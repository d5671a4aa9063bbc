"""The shapes that many things share: ids, money, labels, and the bodies that only give a reason."""

from typing import Annotated, TypeAlias

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

_KEY = "[0-9A-HJKMNP-TV-Z]{13}"
Metadata: TypeAlias = dict[str, str]


class Body(BaseModel):
    """What a caller sends: names nobody knows are refused, so that a mistyped one is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What a caller is shown: fields and words may be added, and a reader lets unknown ones be."""

    model_config = ConfigDict(frozen=True)


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
