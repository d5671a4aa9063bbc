"""Pages of lists: the parameters every list takes, and what it answers with."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ingather.api.calls import Call
from ingather.base.ids import decode_key, encode_key
from ingather.domain.refusals import Unreadable
from ingather.store.reading.pages import Listing, Wanted

T = TypeVar("T", bound=BaseModel)
FIRST = 50
MOST = 500


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=MOST, description="How many rows at most.")] = FIRST
    after: Annotated[
        str | None, Field(description="The `next_cursor` of the page before.", examples=["0C4M7R2V9K1HZ"])
    ] = None
    order: Annotated[Literal["newest", "oldest"], Field(description="Which rows come first.")] = "newest"

    def wanted(self) -> dict[str, Any]:
        """Return the filters by name: every parameter that is not about the page itself."""
        return self.model_dump(exclude={"limit", "after", "order", "expand"}, exclude_none=True)


class PageMeta(BaseModel):
    """Where a page ends."""

    next_cursor: str | None = Field(description="What to send as `after` for the next page; null on the last one.")
    has_more: bool


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: PageMeta


def read_page(
    call: Call, listing: Listing, query: PageQuery, *, also: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], PageMeta]:
    """Return a page's rows, narrowed to the caller's merchant, and where it ends.

    ``also`` are filters that stand for what the caller wrote, such as the key behind an id.
    Raises ``Unreadable`` for a cursor that is none.
    """
    return paged(*call.page(listing, wanted_of(call, query, also=also)))


def wanted_of(
    call: Call, query: PageQuery, *, also: Mapping[str, Any] | None = None, leave_out: Collection[str] = ()
) -> Wanted:
    """Return the page that a query asks for, narrowed to the caller's merchant; raises as ``read_page`` does.

    ``leave_out`` are parameters that narrow nothing.
    """
    try:
        after = decode_key(query.after) if query.after else None
    except ValueError:
        fact = "the cursor in `after` is none of ours"
        raise Unreadable(fact, "Send the next_cursor of a page, or leave it out") from None
    return Wanted(
        limit=query.limit,
        after=after,
        newest_first=query.order == "newest",
        merchant_id=call.caller.merchant_id,
        filters={name: value for name, value in query.wanted().items() if name not in leave_out} | dict(also or {}),
    )


def paged(rows: list[dict[str, Any]], following: int | None) -> tuple[list[dict[str, Any]], PageMeta]:
    """Return a page's rows and where it ends, by the key after which the next begins."""
    cursor = encode_key(following) if following is not None else None
    return rows, PageMeta(next_cursor=cursor, has_more=cursor is not None)
