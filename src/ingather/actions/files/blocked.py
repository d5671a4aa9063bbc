"""What stops a file after it was planned: orders that may not be debited any more, and merchants that were stopped."""

from sqlalchemy import and_, exists, func, or_, select

from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.actions.screening import not_clear
from ingather.domain.accounts import AccountState
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.cases import CaseState
from ingather.domain.orders import OrderState
from ingather.domain.refusals import LostClaim
from ingather.store.entries import of_file
from ingather.store.tables import Account, Authorization, Batch, Buyer, Case, Entry, File, Merchant, Order
from ingather.store.tables.cases import ENTANGLES


def refuse_stopped(ctx: Context, row: File) -> None:
    """Raise ``LostClaim`` when a merchant of the file was stopped since it was planned."""
    stopped = ctx.session.execute(
        select(Batch.id)
        .join(Merchant, Merchant.id == Batch.merchant_id)
        .where(Batch.file_id == row.id, Merchant.state != "active"),
    ).first()
    if stopped is not None:
        raise LostClaim


def blocked_orders(ctx: Context, row: File) -> int:
    """Return how many of a file's orders may not be debited (any more).

    Held, canceled, revoked, blocked, a change of the account overdue, entangled, a party that is stopped or no longer
    clear by its screening, or a merchant now paid out abroad without the ODFI's view.
    """
    required, on = policy_of(ctx, row.originator_id).screening.required, row.effective_on
    merchant_stopped = exists().where(
        Merchant.id == Order.merchant_id,
        or_(
            Merchant.state != "active",
            not_clear(Merchant, on=on, required=required),
            and_(Merchant.paid_abroad, Merchant.iat_view_on.is_(None)),
        ),
    )
    buyer_stopped = exists().where(
        Buyer.id == Order.buyer_id, or_(Buyer.state != "active", not_clear(Buyer, on=on, required=required))
    )
    entangled = exists().where(Case.order_id == Order.id, Case.state == CaseState.OPEN, ENTANGLES)
    return ctx.session.execute(
        select(func.count())
        .select_from(Entry)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(
            *of_file(row),
            Entry.presentation.is_not(None),
            or_(
                Order.held,
                Order.state != OrderState.SEALED,
                Authorization.state.not_in([AuthorizationState.ACTIVE, AuthorizationState.CONSUMED]),
                Account.state != AccountState.ACTIVE,
                Account.change_due_on < ctx.today,
                merchant_stopped,
                buyer_stopped,
                entangled,
            ),
        ),
    ).scalar_one()
