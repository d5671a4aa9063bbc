"""A merchant whose debits are collected, come back and are restored at will: rows and journals without a bank."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.rules import take_policy
from ingather.actions.settlements.making import settle_merchants
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.ledger import JournalKind
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.statement_words import in_words
from ingather.rules.tables import policy_text
from ingather.store.reading import settlements
from ingather.store.reading.settlement_invariants import SETTLEMENT_INVARIANTS
from ingather.store.tables import Batch, Entry, File, FollowUp, Merchant, Order, Posting, Return, Route
from tests.journey.stage import MONDAY, Sale, at, record, staged

LATE_EVENING = time(22, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One debit that was collected: its order, entry and batch, in cents."""

    order_id: int
    entry_id: int
    batch_id: int
    amount: int


@dataclass(slots=True)  # mutable -- its day goes on
class Shop:
    """A stage with one merchant, whose days go on as told."""

    stage: Stage
    merchant_id: int
    originator_id: int
    day: date = MONDAY
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    policies: int = 1

    def on(self, day: date) -> "Shop":
        """Go on to a day."""
        self.day = day
        at(self.stage, day, LATE_EVENING)
        return self

    def terms(self, settlement: str) -> None:
        """Take a policy with these settlement terms, as TOML lines."""
        self.policies += 1
        text = policy_text("rehearsal").replace("version = 1", f"version = {self.policies}")
        with self.acting() as ctx:
            take_policy(ctx, self.originator_id, f"{text}\n[settlement]\n{settlement}\n")

    @contextmanager
    def acting(self, actor: str = "system:settle") -> Iterator[Context]:
        """Yield the context of one action."""
        with self.stage.desk.as_actor(actor).action() as ctx:
            yield ctx

    def collect(self, *amounts: int, entry_class: str = "WEB") -> list[Sold]:
        """Have debits of one batch collected today."""
        with self.acting() as ctx:
            batch_id = self._batch(ctx, entry_class, sum(amounts))
            sold = [self._sold(ctx, batch_id, amount) for amount in amounts]
            self._post(ctx, JournalKind.COLLECTED, batch_id, sum(amounts))
        return sold

    def come_back(self, sold: Sold, code: str = "R10") -> int:
        """Have a collected debit come back today, late; returns the return's key."""
        with self.acting() as ctx:
            key = self._return(ctx, sold, code, clawed_back=True)
            ctx.session.get_one(Entry, sold.entry_id).ended = "returned"
            order = ctx.session.get_one(Order, sold.order_id)
            order.state, order.last_code = "failed", code
            self._post(ctx, JournalKind.CLAWED_BACK, sold.batch_id, sold.amount, source=key)
        return key

    def restore(self, sold: Sold) -> None:
        """Have a return undone by a dishonour and the debit collected again today."""
        with self.acting() as ctx:
            row = ctx.session.scalars(select(Return).where(Return.entry_id == sold.entry_id, Return.applied)).one()
            row.applied, row.undone_on = False, self.day
            ctx.session.get_one(Entry, sold.entry_id).ended = None
            order = ctx.session.get_one(Order, sold.order_id)
            order.state, order.last_code = "collected", None
            self._post(ctx, JournalKind.RETURN_UNDONE, sold.batch_id, sold.amount, source=row.id)
            self._post(ctx, JournalKind.COLLECTED, sold.batch_id, sold.amount)

    def refund(self, sold: Sold, minor: int) -> None:
        """Have part of a collected debit refunded: its file is at the bank today."""
        with self.acting() as ctx:
            batch_id = self._batch(ctx, "PPD", 0)
            file_id = ctx.session.get_one(Batch, batch_id).file_id
            key = ctx.ids.one()
            ctx.session.add(self._entry(key, sold.order_id, file_id, batch_id, minor, kind="refund"))
            ctx.session.add(
                FollowUp(
                    id=ctx.ids.one(), originator_id=self.originator_id, order_id=sold.order_id,
                    merchant_id=self.merchant_id, original_entry_id=sold.entry_id, entry_id=key, kind="refund",
                    state="sent", reason="refund", words="", amount_cents=minor, of_collected=True, maker="a",
                    checker="b", asked_on=self.day, version=1, recorded_at=ctx.now,
                )
            )  # fmt: skip
            self._post(ctx, JournalKind.REFUNDING, batch_id, minor)

    def pay_again(self, minor: int) -> None:
        """Have part of what was paid out come back."""
        with self.acting() as ctx:
            self._post(ctx, JournalKind.PAYABLE_AGAIN, 0, minor)

    def settle(self, day: date | None = None) -> dict[str, Any]:
        """Make the day's statement and return it in words; nothing when there is none."""
        if day is not None:
            self.on(day)
        with self.acting() as ctx:
            made = settle_merchants(ctx, self.originator_id, as_of=self.day)
        with self.stage.desk.view() as ctx:
            return next((in_words(each) for each in settlements.listed(ctx.session, made)), {})

    def broken(self) -> list[str]:
        """Return the invariants of statements that do not hold."""
        with self.stage.desk.view() as ctx:
            return [name for name, question in SETTLEMENT_INVARIANTS.items() if question(ctx.session)]

    def balance(self, account: str) -> int:
        """Return an account's balance in minor units; debits are positive."""
        with self.stage.desk.view() as ctx:
            return int(
                ctx.session.execute(
                    select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(Posting.account == account)
                ).scalar_one()
            )

    def merchant(self, **own: Any) -> None:  # noqa: ANN401 -- a merchant's columns
        """Write a merchant's own terms."""
        with self.acting() as ctx:
            for name, value in own.items():
                setattr(ctx.session.get_one(Merchant, self.merchant_id), name, value)

    def _post(self, ctx: Context, kind: JournalKind, batch_id: int, minor: int, *, source: int = 0) -> None:
        post(
            ctx, kind, originator_id=self.originator_id, source_id=source or ctx.ids.one(), on=self.day,
            amounts={(batch_id, self.merchant_id): minor},
        )  # fmt: skip

    def _batch(self, ctx: Context, entry_class: str, cents: int) -> int:
        number, file_id, batch_id = next(self.numbers), ctx.ids.one(), ctx.ids.one()
        route = ctx.session.scalars(select(Route)).first()
        assert route is not None
        same = {"originator_id": self.originator_id, "effective_on": self.day, "entries": 1, "debit_cents": cents}
        ctx.session.add(
            File(
                id=file_id, route_id=route.id, name=f"f{number}", state="accepted", sha256=b"", size=0,
                destination="1", origin=str(number), created_on=self.day, created_hhmm="0000", id_modifier="A",
                batches=1, credit_cents=0, first_entry_id=0, last_entry_id=0, maker="a", night_on=self.day,
                second_reader="none", sealed_at=ctx.now, **same,
            )
        )  # fmt: skip
        ctx.session.flush()
        ctx.session.add(
            Batch(
                id=batch_id, file_id=file_id, merchant_id=self.merchant_id, number=1, service_class=225,
                entry_class=entry_class, company_name="X", company_identification="1", entry_description="X",
                rejected=False, settled_on=self.day, released=True, **same,
            )
        )  # fmt: skip
        ctx.session.flush()
        return batch_id

    def _sold(self, ctx: Context, batch_id: int, amount: int) -> Sold:
        order_id, entry_id = ctx.ids.one(), ctx.ids.one()
        ctx.session.add(
            Order(
                id=order_id, originator_id=self.originator_id, merchant_id=self.merchant_id, buyer_id=1,
                authorization_id=1, external_id=f"x{next(self.numbers):04d}", instalment=1, rail="ach_debit",
                amount_minor=amount, currency="USD", due_on=self.day, goods=False, state="collected", held=False,
                presentations=1, late=False, bucket=0, version=1, created_at=ctx.now,
            )
        )  # fmt: skip
        file_id = ctx.session.get_one(Batch, batch_id).file_id
        ctx.session.add(self._entry(entry_id, order_id, file_id, batch_id, amount, presentation=1))
        ctx.session.flush()
        return Sold(order_id=order_id, entry_id=entry_id, batch_id=batch_id, amount=amount)

    def _entry(
        self, key: int, order_id: int, file_id: int, batch_id: int, cents: int, *, kind: str = "debit",
        presentation: int | None = None,
    ) -> Entry:  # fmt: skip
        number = next(self.numbers)
        return Entry(
            id=key, originator_id=self.originator_id, order_id=order_id, file_id=file_id, batch_id=batch_id, kind=kind,
            presentation=presentation, line=number, trace=number, amount_cents=cents, bucket=0,
        )  # fmt: skip

    def _return(self, ctx: Context, sold: Sold, code: str, *, clawed_back: bool) -> int:
        key = ctx.ids.one()
        ctx.session.add(
            Return(
                id=key, originator_id=self.originator_id, report_id=7, item_key=key.to_bytes(32), line=3,
                entry_id=sold.entry_id, order_id=sold.order_id, batch_id=sold.batch_id, code=code, original_trace=1,
                return_trace=2, amount_cents=sold.amount, returned_on=self.day, late=True, applied=True,
                clawed_back=clawed_back, information="", received_at=ctx.now,
            )
        )  # fmt: skip
        ctx.session.flush()
        return key


def opened(folder: Path, *, book: str | None = None) -> Shop:
    """Return a shop on Monday evening, without any sale."""
    stage = staged(folder, [], book=book)
    record(stage, [Sale()])
    with stage.desk.view() as ctx:
        merchant_id, originator_id = ctx.session.execute(select(Merchant.id, Merchant.originator_id)).one()
    return Shop(stage=stage, merchant_id=merchant_id, originator_id=originator_id).on(MONDAY)


def key_of(statement: dict[str, Any]) -> int:
    """Return a statement's key."""
    return parse_public_id(Prefix.SETTLEMENT, statement["id"])
