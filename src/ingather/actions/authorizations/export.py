"""Authorizations as the sheet that the import takes: who collects owns what its buyers agreed to, and can move it."""

from datetime import datetime, time

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.money import format_minor
from ingather.domain.authorizations import AuthorizationState, Evidence
from ingather.store.tables import Account, AccountValidation, Authorization, Buyer, Merchant

_STANDING = (AuthorizationState.DRAFT, AuthorizationState.ACTIVE, AuthorizationState.SUSPENDED)
_NOON = time(12)


def export_authorizations(ctx: Context, originator_id: int) -> list[dict[str, str]]:
    """Return the authorizations that have not ended, each as a row of the sheet; the export is audited as a view.

    What has ended is left out: taken into another book it would stand again. Evidence under names of others' own is
    not in the sheet; ``authorization show`` has all of it.
    """
    rows = ctx.session.execute(
        select(Authorization, Buyer.external_id, Account.external_id, Merchant.external_id)
        .join(Buyer, Buyer.id == Authorization.buyer_id)
        .join(Account, Account.id == Authorization.account_id)
        .join(Merchant, Merchant.id == Authorization.merchant_id)
        .where(Authorization.originator_id == originator_id, Authorization.state.in_(_STANDING))
        .order_by(Authorization.id),
    ).all()
    proven = {
        row.account_id: row
        for row in ctx.session.scalars(
            select(AccountValidation).order_by(AccountValidation.validated_on, AccountValidation.id),
        )
    }
    ctx.audit("export_authorizations", "book", count=len(rows))
    return [
        {"external_id": row.external_id, "buyer": buyer, "account": account, "merchant": merchant}
        | _words(row)
        | _terms(row)
        | _validated(proven.get(row.account_id))
        for row, buyer, account, merchant in rows
    ]


def _words(row: Authorization) -> dict[str, str]:
    return {
        "kind": row.kind,
        "channel": row.channel,
        "text": row.text,
        "text_version": row.text_version or "",
        "locale": row.locale or "",
        "states": " ".join(row.statements or ()),
        "given_at": row.given_at.isoformat(),
        **{str(piece): str(row.evidence.get(piece, "")) for piece in Evidence},
    }


def _terms(row: Authorization) -> dict[str, str]:
    return {
        "amount_terms": row.amount_terms,
        "min_amount": format_minor(row.min_amount_minor).replace(",", "") if row.min_amount_minor else "",
        "max_amount": format_minor(row.max_amount_minor).replace(",", "") if row.max_amount_minor else "",
        "every": row.every or "",
        "debits": str(row.debits or ""),
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
    }


def _validated(found: AccountValidation | None) -> dict[str, str]:
    """Return the newest validation of the account; only its day is on record, so noon stands for the moment."""
    if found is None:
        return {"validation_method": "", "validated_at": ""}
    at = datetime.combine(found.validated_on, _NOON, tzinfo=NEW_YORK)
    return {"validation_method": found.method, "validated_at": at.isoformat()}
