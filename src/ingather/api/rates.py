"""Return rates, exposure and what-if over HTTP: how many debits come back, and what that leaves room for."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from ingather.api.calls import Call
from ingather.api.routes import Routes
from ingather.api.shapes import Day, Shown
from ingather.domain.users import Permission
from ingather.jobs.exposure import exposures_of
from ingather.jobs.rates import Which, rates_of
from ingather.jobs.whatif import compared
from ingather.rules.rates import Level, Method, Slice

routes = Routes("rates")
_LONGEST = 180


class Rate(Shown):
    """One return rate of one slice of the debits, against its limit."""

    by: str = Field(description=f"What is sliced by: {', '.join(Slice)}; more may be added.")
    key: str = Field(description="Which slice: an id, a company identification, an entry class; empty for all debits.")
    name: str
    rate: str = Field(description="Which rate: unauthorized, administrative or overall; more may be added.")
    method: str = Field(description=f"What returns are divided by: {', '.join(Method)}; more may be added.")
    permitted: bool = Field(description="Whether the Rules permit this way to divide.")
    returns: int
    debits: int
    rate_bps: int | None = Field(description="The rate in basis points; null without debits.")
    limit_bps: int
    warn_bps: int
    level: str = Field(description=f"One of {', '.join(Level)}; more may be added.")
    more_until_limit: int = Field(description="How many more returns until the rate is over its limit.")
    one_return_is_over: bool = Field(description="Whether the debits are so few that one return is over the limit.")
    rows: list[str] = Field(description="The rows of the rules that say so.")


class Rates(Shown):
    """The return rates of the sixty days that end on a day."""

    on: date
    first_day: date
    unmatched: int | None = Field(
        description="Returns that fit no debit of ours and count nowhere; null for one merchant."
    )
    rates: list[Rate]


class Freed(Shown):
    """How much of the exposure ends with a day."""

    after: date
    cents: int


class Exposure(Shown):
    """What can still come back as an ordinary return on one route, against its bank's limit."""

    route: str
    bank: str
    on: date
    exposed_cents: int
    limit_cents: int | None = Field(description="0 or null where the bank sets none.")
    left_cents: int | None
    frees: list[Freed]


class Exposures(Shown):
    """What can still come back, route by route."""

    data: list[Exposure]


class Replayed(Shown):
    """What terms would have come to over the book's own history."""

    delay_days: str = Field(description="From settlement until paid, on average, with one decimal.")
    late_minor: int = Field(description="What came back late.")
    held_minor: int = Field(description="Of that, what was still held.")
    reserve_minor: int = Field(description="Of that, what reserves covered.")
    netted_minor: int = Field(description="Of that, what was taken out of later payouts.")
    missing_minor: int = Field(description="What is missing at the end.")
    worst_minor: int = Field(description="The most that was owed to us on one day.")


class Headroom(Shown):
    """How many more returns a rate allows, whatever the hold."""

    rate: str
    method: str
    rate_bps: int | None
    limit_bps: int
    more_until_limit: int


class Compared(Shown):
    """Other terms beside today's policy."""

    as_of: date
    debits: int
    collected_minor: int
    asked: dict[str, int]
    today: Replayed
    what_if: Replayed
    rate_headroom: list[Headroom]


@routes.get("/rates", needs=Permission.SETTLEMENTS_READ, returns=Rates, may=(422,))
def show_rates(
    call: Call,
    by: Annotated[Slice | None, Query(description="Only one kind of slice.")] = None,
    method: Annotated[Which, Query(description="What returns are divided by.")] = Which.BOTH,
) -> Response:
    """Return the return rates of sixty days against their limits; a key bound to a merchant sees that merchant's."""
    return call.show(Rates(**rates_of(call.desk, by=by, which=method, merchant_id=call.caller.merchant_id)))


@routes.get("/exposure", needs=Permission.SETTLEMENTS_READ, returns=Exposures, bound=False, may=(422,))
def show_exposure(call: Call) -> Response:
    """Return by route how much could still come back as an ordinary return, the bank's limit, and when it frees."""
    return call.show(Exposures(data=[Exposure(**row) for row in exposures_of(call.desk)]))


@routes.get("/whatif", needs=Permission.SETTLEMENTS_READ, returns=Compared, bound=False, may=(422,))
def replay_terms(
    call: Call,
    hold_days: Annotated[int | None, Query(ge=0, le=_LONGEST, description="Days until money is payable.")] = None,
    reserve_bps: Annotated[int | None, Query(ge=0, le=10_000, description="The share kept in reserve.")] = None,
    reserve_days: Annotated[int | None, Query(ge=0, le=_LONGEST, description="For how many days.")] = None,
    since: Annotated[Day | None, Query(alias="from", description="Debits that settled from this day on.")] = None,
) -> Response:
    """Replay what was collected: cash delay, loss and rate headroom under other terms beside today's policy."""
    found = compared(
        call.desk, hold_days=hold_days, reserve_bps=reserve_bps, reserve_days=reserve_days, first=since
    )  # fmt: skip
    return call.show(Compared(**found))
