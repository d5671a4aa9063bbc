"""Rows that were read, given to the actions: the one place that joins the columns of a sheet to those of an intake."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ingather.actions.accounts import NewAccounts, record_accounts
from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.context import Context
from ingather.actions.intake import Intake
from ingather.actions.merchants import NewBuyers, NewMerchants, record_buyers, record_merchants
from ingather.actions.orders import NewOrders, record_orders
from ingather.actions.screening import NewScreenings, record_screenings
from ingather.base.dates import NEW_YORK
from ingather.domain.authorizations import Evidence
from ingather.jobs.imports.faults import Fault, RowFault

Values: TypeAlias = Mapping[str, Sequence[Any]]
"""Columns of equal length by their name in the sheet."""

EVIDENCE = tuple(str(piece) for piece in Evidence)
FIELDS = {
    "company_identification": "company_id",
    "amount_minor": "amount",
    "max_amount_minor": "max_amount",
    "night_limit_minor": "night_limit",
    "night_limit_entries": "night_orders",
    "return_fee_minor": "return_fee",
    "statements": "states",
}
"""The names under which actions refuse, where the sheet's column is named otherwise."""


def merchants(ctx: Context, originator_id: int, values: Values) -> Intake:
    """Record merchants."""
    new = NewMerchants(
        external_id=values["external_id"],
        name=values["name"],
        company_name=values["company_name"],
        company_identification=values["company_id"],
        entry_description=values["entry_description"],
        paid_abroad=values["paid_abroad"],
        night_limit_minor=values["night_limit"],
        night_limit_entries=values["night_orders"],
        return_fee_minor=values["return_fee"],
        return_fee_notice=values["return_fee_notice"],
        return_fee_from=values["return_fee_from"],
    )
    return record_merchants(ctx, originator_id, new)


def buyers(ctx: Context, originator_id: int, values: Values) -> Intake:
    """Record buyers; whether one buys as a business is said by the accounts it pays from, and only read here."""
    return record_buyers(ctx, originator_id, NewBuyers(external_id=values["external_id"], name=values["name"]))


def accounts(ctx: Context, originator_id: int, values: Values) -> Intake:
    """Record accounts; their validation comes with the authorizations."""
    count = len(values["external_id"])
    new = NewAccounts(
        external_id=values["external_id"],
        buyer=values["buyer"],
        routing=values["routing"],
        number=values["account_number"],
        kind=values["kind"],
        holder=values["holder"],
        validation_method=[""] * count,
        validated_on=[None] * count,
    )
    return record_accounts(ctx, originator_id, new)


def authorizations(ctx: Context, originator_id: int, values: Values) -> Intake:
    """Record authorizations with the evidence that is there, and the validation of the account each names."""
    given = zip(*(values[name] for name in EVIDENCE), strict=True)
    new = NewAuthorizations(
        external_id=values["external_id"],
        buyer=values["buyer"],
        account=values["account"],
        merchant=values["merchant"],
        kind=values["kind"],
        channel=values["channel"],
        text=values["text"],
        given_at=values["given_at"],
        evidence=[{name: cell for name, cell in zip(EVIDENCE, row, strict=True) if cell} for row in given],
        max_amount_minor=values["max_amount"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        validation_method=values["validation_method"],
        validated_on=[at.astimezone(NEW_YORK).date() if at else None for at in values["validated_at"]],
        text_version=values["text_version"],
        locale=values["locale"],
        statements=values["states"],
        amount_terms=values["amount_terms"],
        min_amount_minor=values["min_amount"],
        every=values["every"],
        debits=values["debits"],
    )
    return record_authorizations(ctx, originator_id, new)


def orders(ctx: Context, originator_id: int, values: Values) -> Intake:
    """Record orders."""
    new = NewOrders(
        external_id=values["external_id"],
        instalment=values["instalment"],
        merchant=values["merchant"],
        authorization=values["authorization"],
        amount_minor=values["amount"],
        due_on=values["due_on"],
        goods=values["goods"],
        buyer=values["buyer"],
        act_channel=values["act_channel"],
        act_at=values["act_at"],
        same_day=values["same_day"],
    )
    return record_orders(ctx, originator_id, new)


def screenings(ctx: Context, originator_id: int, values: Values) -> Intake:
    """Record what an outside service said of merchants and buyers."""
    new = NewScreenings(
        party=values["party"],
        external_id=values["external_id"],
        status=values["status"],
        provider=values["provider"],
        reference=values["reference"],
        screened_on=values["screened_on"],
        expires_on=values["expires_on"],
    )
    return record_screenings(ctx, originator_id, new)


def authorizations_across(values: Values) -> list[RowFault]:
    """Return what the cells of an authorization say against each other: its term, its validation.

    Missing evidence is not a fault of the row: it is recorded as a draft, and the report says so.
    """
    found: list[RowFault] = []

    def refuse(row: int, field: str, check: str, message: str) -> None:
        found.append(RowFault(row=row, field=field, fault=Fault(check=check, message=message)))

    for row, until in enumerate(values["valid_to"]):
        if until is not None and until < values["valid_from"][row]:
            refuse(row, "valid_to", "import-term", "The valid_to is before the valid_from. Check both dates.")
        method, at = values["validation_method"][row], values["validated_at"][row]
        if bool(method) != bool(at):
            empty = "validated_at" if method else "validation_method"
            message = f"The {empty} is empty. A validation has both a method and the moment it succeeded, or neither."
            refuse(row, empty, "import-validation", message)
    return found
