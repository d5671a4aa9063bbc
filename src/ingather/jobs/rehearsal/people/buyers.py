"""Buyers: they order, change their minds, revoke, change their bank account, and pay otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from ingather.actions.accounts import record_accounts
from ingather.actions.authorizations.recording import record_authorizations, revoke_authorization
from ingather.actions.authorizations.states import supersede_authorization
from ingather.actions.context import Context
from ingather.actions.order_decisions import paid_order
from ingather.actions.orders import cancel_order, hold_order, record_orders, unhold_order
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.orders import OrderState
from ingather.jobs.rehearsal.order_book import invented_accounts, invented_authorizations
from ingather.jobs.rehearsal.people.acting import ANA, BEN, Acting
from ingather.jobs.rehearsal.people.town import Town
from ingather.store.tables import Authorization, Order

_CANCELS, _REVOKES, _MOVES, _PAYS, _HOLDS, _LETS_GO = 0.10, 0.03, 0.05, 0.05, 0.06, 0.5
_MIND = 0.15
_ALTERABLE = (OrderState.OPEN, OrderState.SEALED, OrderState.SUBMITTED, OrderState.RETURNED)


@dataclass(frozen=True, slots=True)
class Buyers:
    """The buyers of a town."""

    acting: Acting
    town: Town

    def live(self, day: date) -> None:
        """Live through a day: new orders, and now and then a change."""
        acting = self.acting
        self._order(day)
        if acting.happens(_CANCELS):
            self._of_an_order("cancel", cancel_order, OrderState.OPEN)
        if acting.happens(_REVOKES):
            self._revoke()
        if acting.happens(_MOVES):
            self._change_account()
        if acting.happens(_PAYS):
            self._of_an_order("pay otherwise", paid_order, *_ALTERABLE)
        if acting.happens(_HOLDS):
            self._of_an_order("hold", hold_order, *_ALTERABLE)
        self._let_go()

    def change_their_minds(self) -> None:
        """Do something after the night has sealed and before it sends, once in a while."""
        acting = self.acting
        if acting.happens(_MIND):
            match acting.draw.randrange(3):
                case 0:
                    self._of_an_order("hold", hold_order, OrderState.SEALED)
                case 1:
                    self._revoke(of_sealed=True)
                case _:
                    self._of_an_order("cancel", cancel_order, OrderState.SEALED, OrderState.OPEN)

    def _order(self, day: date) -> None:
        wishes = self.town.wishes.get(day, [])
        if wishes:
            originator_id = self.acting.stage.desk.originator_id()
            placed = self.town.orders(wishes)
            self.acting.act("system:shop", "order", f"{len(wishes)}", record_orders, originator_id, placed)

    def _of_an_order(self, verb: str, deed: Callable[..., object], *states: OrderState) -> None:
        with self.acting.stage.desk.view() as ctx:
            found = ctx.session.scalars(select(Order.id).where(Order.state.in_(states)).order_by(Order.id)).all()
        order_id = self.acting.one_of(found)
        if order_id is not None:
            name = public_id(Prefix.ORDER, order_id)
            self.acting.act(ANA, verb, name, deed, order_id, reason="the buyer asked")

    def _revoke(self, *, of_sealed: bool = False) -> None:
        chosen = select(Authorization.id).where(Authorization.state == AuthorizationState.ACTIVE)
        if of_sealed:
            chosen = chosen.join(Order, Order.authorization_id == Authorization.id).where(
                Order.state == OrderState.SEALED
            )
        with self.acting.stage.desk.view() as ctx:
            found = ctx.session.scalars(chosen.distinct().order_by(Authorization.id)).all()
        key = self.acting.one_of(found)
        if key is not None:
            name = public_id(Prefix.AUTHORIZATION, key)
            self.acting.act(BEN, "revoke", name, revoke_authorization, key, reason="the buyer wrote")

    def _change_account(self) -> None:
        """Give a buyer another account and another authorization, which replaces the old one."""
        acting = self.acting
        buyer = acting.one_of(sorted(self.town.merchant))
        if buyer is None:
            return
        known = self.town.authorization[buyer]
        newer = f"{buyer}-{len(known)}"
        now = acting.stage.clock.now
        accounts = replace(invented_accounts(acting.draw, [newer], now.date()), buyer=[buyer])
        given = replace(
            invented_authorizations([newer], [self.town.merchant[buyer]], now), buyer=[buyer], channel=["online"]
        )
        originator_id = acting.stage.desk.originator_id()

        def change(ctx: Context) -> None:
            record_accounts(ctx, originator_id, accounts)
            record_authorizations(ctx, originator_id, given)
            keys = dict(
                ctx.session.execute(
                    select(Authorization.external_id, Authorization.id).where(
                        Authorization.external_id.in_([known, newer])
                    )
                ).all()
            )
            supersede_authorization(ctx, keys[known], by=keys[newer], reason="a new account", move_orders=True)

        if acting.act(ANA, "change account", buyer, change):
            self.town.authorization[buyer] = newer

    def _let_go(self) -> None:
        with self.acting.stage.desk.view() as ctx:
            held = ctx.session.scalars(select(Order.id).where(Order.held).order_by(Order.id)).all()
        for order_id in held:
            if self.acting.happens(_LETS_GO):
                name = public_id(Prefix.ORDER, order_id)
                self.acting.act(BEN, "let go", name, unhold_order, order_id, reason="cleared")
