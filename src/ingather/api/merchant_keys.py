"""Merchants as callers name them in what is about money: by id or by their own name, never another one's."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ingather.actions.context import Context
from ingather.api.calls import Call, no_such
from ingather.api.shapes import Named
from ingather.base.ids import Prefix
from ingather.store.reading import names

OfMerchant: TypeAlias = Annotated[
    Named | None, Field(description="Only of this merchant: its id, or the caller's own name for it.")
]
"""A filter by a merchant."""
_MOST = 10**15
Bound: TypeAlias = Annotated[int | None, Field(ge=-_MOST, le=_MOST, description="In minor units.")]
"""A filter by an amount, which may be negative."""


def merchant_key(call: Call, ctx: Context, said: str) -> int:
    """Return the key of a merchant that the caller may see; raises ``NoSuch``, for another merchant's as well."""
    if said.startswith(f"{Prefix.MERCHANT}_"):
        return call.key_of(ctx, Prefix.MERCHANT, said)
    key = names.key_of(ctx.session, Prefix.MERCHANT, said, merchant_id=call.caller.merchant_id)
    if key is None:
        raise no_such(Prefix.MERCHANT, said)
    return key


def merchant_filter(call: Call, said: str | None) -> dict[str, int]:
    """Return the filter by a merchant as its key, where one is named."""
    if said is None:
        return {}
    with call.view() as ctx:
        return {"merchant": merchant_key(call, ctx, said)}
