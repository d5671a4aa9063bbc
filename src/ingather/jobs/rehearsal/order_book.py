"""An invented order book for rehearsals: two merchants, businesses and consumers, every channel, drawn from a seed."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from ingather.actions.accounts import NewAccounts, record_accounts
from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.merchants import NewBuyers, NewMerchants, record_buyers, record_merchants
from ingather.actions.orders import NewOrders, record_orders
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.rules.authorizations import ALL_STATEMENTS

_ROUTING = ("021000021", "011401533", "091000019", "121000248")
MERCHANTS = (("harbor", "HARBOR GOODS", "1845550101"), ("summit", "SUMMIT SUPPLY", "1845550102"))
_HOW = (("business", "online"), ("consumer", "online"), ("consumer", "phone"), ("consumer", "paper"))
_SAVINGS_IN_FIVE = 1
_TEXT = (
    "On the day named beside my signature I, the buyer named there, authorize debits from the account named there, "
    "each time I order something, of the amount of the order. I am bound by the Nacha Operating Rules. I may revoke "
    "this at any time by writing to the merchant."
)
_EVIDENCE = {
    "ip": "192.0.2.1",
    "user_agent": "invented",
    "signature": "invented",
    "recording": "invented",
    "copy_sent": "invented",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTerms:
    """What an invented book is like; amounts in minor units.

    Accounts that are not ``proven`` have never been validated. ``varying`` makes each authorization a series whose
    amount may vary, with notice. Every ``large_every``-th order is over ``large_minor``, 0 means none.
    """

    proven: bool = True
    same_day: bool = False
    varying: bool = False
    large_every: int = 0
    large_minor: int = 0


def record_book(desk: Desk, *, seed: int, count: int, due: list[date], terms: BookTerms = BookTerms()) -> None:
    """Record ``count`` orders due on the given days, each with a buyer, account and authorization of its own."""
    draw = Random(f"{seed}/book")  # noqa: S311 -- an invented book wants repeatable draws, not secrets
    external_ids = [f"{number:05d}" for number in range(count)]
    owed_to = [MERCHANTS[draw.randrange(len(MERCHANTS))][0] for _ in external_ids]
    given_at = datetime.combine(due[0] - timedelta(days=30), time(12, 0), tzinfo=NEW_YORK)
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        record_merchants(ctx, originator_id, invented_merchants())
        buyers = NewBuyers(external_id=external_ids, name=[f"Buyer {text}" for text in external_ids])
        record_buyers(ctx, originator_id, buyers)
        validated_on = given_at.date() if terms.proven else None
        record_accounts(ctx, originator_id, invented_accounts(draw, external_ids, validated_on))
        authorizations = invented_authorizations(external_ids, owed_to, given_at)
        if terms.varying:
            authorizations = replace(authorizations, kind=["recurring"] * count, amount_terms=["varying"] * count)
        record_authorizations(ctx, originator_id, authorizations)
        record_orders(ctx, originator_id, _orders(draw, external_ids, owed_to, due, terms))


def invented_merchants() -> NewMerchants:
    """Return two merchants."""
    return NewMerchants(
        external_id=[row[0] for row in MERCHANTS],
        name=[row[1].title() for row in MERCHANTS],
        company_name=[row[1] for row in MERCHANTS],
        company_identification=[row[2] for row in MERCHANTS],
        entry_description=["ORDERS"] * len(MERCHANTS),
    )


def invented_accounts(draw: Random, external_ids: list[str], validated_on: date | None) -> NewAccounts:
    """Return an account for each buyer, both named alike; every fourth is a business's."""
    return NewAccounts(
        external_id=external_ids,
        buyer=external_ids,
        routing=[_ROUTING[draw.randrange(len(_ROUTING))] for _ in external_ids],
        number=[str(draw.randrange(10**8, 10**12)) for _ in external_ids],
        kind=["savings" if draw.randrange(5) < _SAVINGS_IN_FIVE else "checking" for _ in external_ids],
        holder=[_HOW[number % len(_HOW)][0] for number in range(len(external_ids))],
        validation_method=["external" if validated_on else ""] * len(external_ids),
        validated_on=[validated_on] * len(external_ids),
    )


def invented_authorizations(external_ids: list[str], owed_to: list[str], given_at: datetime) -> NewAuthorizations:
    """Return a standing authorization for each buyer's account, named like both, for the merchant each owes."""
    count = len(external_ids)
    return NewAuthorizations(
        external_id=external_ids,
        buyer=external_ids,
        account=external_ids,
        merchant=owed_to,
        kind=["standing"] * count,
        channel=[_HOW[number % len(_HOW)][1] for number in range(count)],
        text=[_TEXT] * count,
        given_at=[given_at] * count,
        evidence=[_EVIDENCE] * count,
        max_amount_minor=[None] * count,
        valid_from=[given_at.date()] * count,
        valid_to=[None] * count,
        text_version=["1"] * count,
        locale=["en-US"] * count,
        statements=[ALL_STATEMENTS] * count,
    )


def _orders(draw: Random, external_ids: list[str], owed_to: list[str], due: list[date], terms: BookTerms) -> NewOrders:
    amounts = [draw.randrange(500, 250_000) for _ in external_ids]
    if terms.large_every:
        amounts[:: terms.large_every] = [terms.large_minor] * len(amounts[:: terms.large_every])
    return NewOrders(
        external_id=[f"PO-{text}" for text in external_ids],
        instalment=[1] * len(external_ids),
        merchant=owed_to,
        authorization=external_ids,
        amount_minor=amounts,
        due_on=[due[draw.randrange(len(due))] for _ in external_ids],
        goods=[draw.randrange(2) == 1 for _ in external_ids],
        same_day=[terms.same_day] * len(external_ids),
    )
