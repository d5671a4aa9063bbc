"""Comparing books: the bank in a box keeps its own, and they must equal ours to the cent."""

from sqlalchemy import select

from ingather.base.ids import encode_key
from ingather.domain.ledger import LedgerAccount
from ingather.domain.orders import WITH_THE_BANK, OrderState
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.books import Position
from ingather.store.reading.ledger import balances
from ingather.store.tables import Order

_SETTLED = frozenset({OrderState.SETTLED, OrderState.COLLECTED})


def bank_agrees(stage: Stage) -> dict[str, bool]:
    """Return what holds between the bank's books and ours, by name.

    Per order: what the bank has debited and not returned is the order's amount where we say settled or collected, and
    nothing where we say it is not with the bank. In all: the account moved by what our ledger says, unless the bank
    never sent a report that told of it.
    """
    books = stage.bank.books()
    with stage.desk.view() as ctx:
        rows = ctx.session.execute(select(Order.id, Order.state, Order.amount_minor)).all()
        ours = balances(ctx.session)
    cleared = ours.get(LedgerAccount.BANK_CLEARING, 0)
    return {
        "bank_debited_no_order_twice": not books.doubles,
        "bank_standing_equals_our_states": all(
            _agrees(books.by_reference.get(encode_key(order_id)), state, amount) for order_id, state, amount in rows
        ),
        "bank_balance_equals_our_ledger": bool(books.never_sent)
        or books.balance_cents - books.opening_cents == cleared,
    }


def _agrees(position: Position | None, state: str, amount: int) -> bool:
    standing = position.standing_cents if position else 0
    if state in _SETTLED:
        return standing == amount
    # What the bank has may have settled there before a report tells us.
    return standing in ({0, amount} if state in WITH_THE_BANK else {0})
