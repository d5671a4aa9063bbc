"""A stage for tests: a real book, the bank in a box, a clock that moves, and orders stated row by row.

Account numbers are those of ``tests.red``. What the bank does with each buyer is said by a ``Script``.
"""

import hashlib
import shutil
import sqlite3
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ingather.actions.accounts import NewAccounts, record_accounts
from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.merchants import NewBuyers, NewMerchants, record_buyers, record_merchants
from ingather.actions.orders import NewOrders, record_orders
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, parse_public_id
from ingather.jobs.inbound import InboundReport, run_inbound
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night.run import NightReport, run_night
from ingather.jobs.rehearsal.moving import Moving
from ingather.jobs.rehearsal.stage import Stage, set_stage
from ingather.rules.authorizations import ALL_STATEMENTS
from ingather.rules.tables import profile_text
from ingather.simulator.behaviour import PAID, TAKEN, Behaviour, Delivering, EntryView, Fate, FileFate, FileView
from ingather.simulator.chance import Chance
from ingather.simulator.state import Delivery
from ingather.store.reading import cases, files, ledger, orders
from ingather.store.tables import Merchant, Order
from ingather.wiring import new_desk
from tests.books import sqlite_book
from tests.red import red_account

MONDAY = date(2026, 11, 16)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=ahead) for ahead in (1, 2, 3, 4))
NEXT_MONDAY = MONDAY + timedelta(days=7)
EVENING = time(18, 0)
NODE = 7
MERCHANTS = {
    "harbor": ("HARBOR GOODS", "1845550101"),
    "summit": ("SUMMIT SUPPLY", "1845550102"),
    "unlisted": ("NOBODY KNOWS IT", "1845550199"),
}
EVIDENCE = {
    "ip": "192.0.2.7",
    "user_agent": "Browser/1.0",
    "signature": "scans/1.pdf",
    "recording": "calls/1.ogg",
    "copy_sent": "mail/1",
}
"""Everything that any channel asks."""
_ROUTING = ("021000021", "011401533", "091000019", "121000248")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One order with a buyer, an account and an authorization of its own; amounts in cents."""

    amount: int = 12_345
    due: date = TUESDAY
    holder: str = "consumer"
    channel: str = "online"
    goods: bool = False
    kind: str = "standing"
    merchant: str = "harbor"
    account_kind: str = "checking"
    validated: bool = True
    max_amount: int | None = None
    valid_from: date = date(2026, 10, 1)
    valid_to: date | None = None
    same_day: bool = False
    statements: tuple[str, ...] | None = ALL_STATEMENTS
    evidence: Mapping[str, str] = field(default_factory=lambda: dict(EVIDENCE))
    amount_terms: str | None = None
    min_amount: int | None = None
    every: str | None = None
    debits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the bank does: with each buyer by name (``B 000``) and presentation from 1, and with each file from 1."""

    fates: Mapping[tuple[str, int], Fate] = field(default_factory=dict)
    files: Mapping[int, FileFate] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    delivering: Delivering = field(default_factory=Delivering)
    seen: list[str] = field(default_factory=list)
    name: str = "script"

    def decide(self, entry: EntryView, chance: Chance) -> Fate:
        """Return the buyer's line."""
        _ = chance
        return self.fates.get((entry.name, entry.presentation), PAID)

    def refuse(self, key: str, chance: Chance) -> str:
        """Refuse the entries named, by reference."""
        _ = chance
        return "ENTRY EDIT" if key in self.refused else ""

    def take(self, file: FileView, chance: Chance) -> FileFate:
        """Return the fate of the n-th file."""
        _ = chance
        if file.key not in self.seen:
            self.seen.append(file.key)
        return self.files.get(self.seen.index(file.key) + 1, TAKEN)


PAYS_ALWAYS = Script()


def returned(code: str, *, after: int = 1, days: int = 0, information: str = "") -> Fate:
    """Return the fate of an entry that comes back after banking days, or after calendar days."""
    return Fate(return_code=code, banking_days=after, calendar_days=days, information=information)


def changed_terms(**changes: object) -> str:
    """Return the first example bank's profile with other values; a table's keys are given as ``table__key``."""
    terms: dict[str, Any] = tomllib.loads(profile_text("first-example"))
    for name, value in changes.items():
        table, _, key = name.partition("__")
        if key:
            terms.setdefault(table, {})[key] = value
        else:
            terms[name] = value
    plain = [f"{key} = {_toml(value)}" for key, value in terms.items() if not isinstance(value, dict)]
    for table, rows in terms.items():
        if isinstance(rows, dict):
            plain += [f"[{table}]", *(f"{key} = {_toml(value)}" for key, value in rows.items())]
    return "\n".join(plain) + "\n"


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list() | tuple():
            return f"[{', '.join(_toml(part) for part in value)}]"
        case _:
            return f'"{value}"'


def staged(
    folder: Path,
    sales: Sequence[Sale] = (),
    *,
    behaviour: Behaviour = PAYS_ALWAYS,
    profile: str | None = None,
    book: str | None = None,
    fee_cents: int = 0,
    moving: Moving | None = None,
    tell: Any = None,  # noqa: ANN401 -- a desk's own hook
) -> Stage:
    """Return a stage in an empty folder on the Sunday evening before ``MONDAY``, with the sales recorded."""
    folder.mkdir(parents=True, exist_ok=True)
    if book is None:
        shutil.copyfile(sqlite_book(), folder / "book.sqlite")

    def opened(**particulars: Any) -> Any:  # noqa: ANN401 -- the stage's own arguments
        place = book or str(folder / "book.sqlite")
        return new_desk(place, keys=str(folder / "book.keys"), actor="system:night", node=NODE, **particulars)

    stage = set_stage(
        folder,
        open_desk=opened,
        profile=profile or changed_terms(),
        start=MONDAY,
        seed=1,
        behaviour=behaviour,
        fee_cents=fee_cents,
        moving=moving,
    )
    if sales:
        record(stage, sales)
    if tell is not None:
        object.__setattr__(stage.desk, "tell", tell)
    return stage


def record(stage: Stage, sales: Sequence[Sale], *, first: int = 0) -> list[int]:
    """Record sales with their merchants, buyers, accounts and authorizations; returns the orders' keys in order."""
    names = [f"b{number:03d}" for number in range(first, first + len(sales))]
    desk, count = stage.desk, len(sales)
    given_at = datetime(2026, 10, 1, 12, 0, tzinfo=NEW_YORK)
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        used = sorted({sale.merchant for sale in sales})
        record_merchants(
            ctx,
            originator_id,
            NewMerchants(
                external_id=used,
                name=[name.title() for name in used],
                company_name=[MERCHANTS[name][0] for name in used],
                company_identification=[MERCHANTS[name][1] for name in used],
                entry_description=["ORDERS"] * len(used),
            ),
        )
        buyers = NewBuyers(external_id=names, name=[f"B {number:03d}" for number in range(first, first + count)])
        record_buyers(ctx, originator_id, buyers)
        record_accounts(
            ctx,
            originator_id,
            NewAccounts(
                external_id=names,
                buyer=names,
                routing=[_ROUTING[number % len(_ROUTING)] for number in range(count)],
                number=[red_account(number) for number in range(first, first + count)],
                kind=[sale.account_kind for sale in sales],
                holder=[sale.holder for sale in sales],
                validation_method=["external" if sale.validated else "" for sale in sales],
                validated_on=[given_at.date()] * count,
            ),
        )
        record_authorizations(ctx, originator_id, _authorizations(sales, names, given_at))
        intake = record_orders(
            ctx,
            originator_id,
            NewOrders(
                external_id=names,
                instalment=[1] * count,
                merchant=[sale.merchant for sale in sales],
                authorization=names,
                amount_minor=[sale.amount for sale in sales],
                due_on=[sale.due for sale in sales],
                goods=[sale.goods for sale in sales],
                same_day=[sale.same_day for sale in sales],
            ),
        )
        assert not intake.refused
        known = ctx.session.execute(select(Order.external_id, Order.id))
        keys = {row.external_id: row.id for row in known}
    return [keys[name] for name in names]


def _authorizations(sales: Sequence[Sale], names: list[str], given_at: datetime) -> NewAuthorizations:
    return NewAuthorizations(
        external_id=names,
        buyer=names,
        account=names,
        merchant=[sale.merchant for sale in sales],
        kind=[sale.kind for sale in sales],
        channel=[sale.channel for sale in sales],
        text=["I authorize it."] * len(sales),
        given_at=[given_at] * len(sales),
        evidence=[sale.evidence for sale in sales],
        max_amount_minor=[sale.max_amount for sale in sales],
        valid_from=[sale.valid_from for sale in sales],
        valid_to=[sale.valid_to for sale in sales],
        statements=[sale.statements for sale in sales],
        amount_terms=[sale.amount_terms for sale in sales],
        min_amount_minor=[sale.min_amount for sale in sales],
        every=[sale.every for sale in sales],
        debits=[sale.debits for sale in sales],
    )


def at(stage: Stage, day: date, clock: time = EVENING) -> None:
    """Move the clock to a New York time of a day."""
    stage.clock.move(datetime.combine(day, clock, tzinfo=NEW_YORK))


def night(stage: Stage, day: date, clock: time = EVENING, *, dry_run: bool = False) -> NightReport:
    """Run the night of a day."""
    at(stage, day, clock)
    return run_night(stage.desk, dry_run=dry_run)


def bank_evening(stage: Stage, day: date) -> list[Delivery]:
    """Let the bank collect, answer and close its day; returns what it would deliver, which nobody has taken yet."""
    stage._collect(stage.clock.now + timedelta(minutes=5))  # noqa: SLF001 -- the rehearsal's own steps, one by one
    return [*stage.bank.answer(stage.clock.now + timedelta(hours=2, minutes=30)), *stage.bank.close_day(day)]


def deliver(stage: Stage, *things: Delivery | tuple[str, bytes]) -> InboundReport:
    """Lay things into the inbound folder, in this order of names, and run the inbound job once for each."""
    whole = InboundReport()
    for thing in things:
        name, data = (thing.name, thing.data) if isinstance(thing, Delivery) else thing
        (stage.inbound / name).write_bytes(data)
        part = run_inbound(stage.desk)
        whole.reports += part.reports
        whole.names += part.names
        whole.collected += part.collected
        whole.inferred += part.inferred
        whole.gaps = part.gaps
    return whole


def play(stage: Stage, *days: date) -> None:
    """Play whole banking days: night, bank, inbound."""
    for day in days:
        stage.play_day(day)


def states(stage: Stage) -> dict[str, str]:
    """Return each order's state by its external id."""
    with stage.desk.view() as ctx:
        return {row["external_id"]: row["state"] for row in orders.listed(ctx.session)}


def order(stage: Stage, external_id: str) -> dict[str, Any]:
    """Return one order with its entries, returns and facts."""
    with stage.desk.view() as ctx:
        listed = {row["external_id"]: row["id"] for row in orders.listed(ctx.session)}
        found = orders.shown(ctx.session, parse_public_id(Prefix.ORDER, listed[external_id]))
    assert found is not None
    return found


def order_key(stage: Stage, external_id: str) -> int:
    """Return an order's key."""
    return parse_public_id(Prefix.ORDER, order(stage, external_id)["id"])


def all_files(stage: Stage) -> list[dict[str, Any]]:
    """Return every file, the oldest first, each with its batches."""
    with stage.desk.view() as ctx:
        shown = [files.shown(ctx.session, parse_public_id(Prefix.FILE, row["id"])) for row in files.listed(ctx.session)]
    return [row for row in shown if row is not None]


def open_cases(stage: Stage) -> list[str]:
    """Return the kinds of the open cases, sorted."""
    with stage.desk.view() as ctx:
        return sorted(row["kind"] for row in cases.listed(ctx.session, state="open"))


def balances(stage: Stage) -> dict[str, int]:
    """Return the ledger's balances, which sum to zero; what is banked already counts as cleared here."""
    with stage.desk.view() as ctx:
        found = ledger.balances(ctx.session)
    assert sum(found.values()) == 0
    banked = sum(found.pop(name, 0) for name in ("bank", "bank_suspense", "opening_balance"))
    return found | {"bank_clearing": found.get("bank_clearing", 0) + banked} if banked else found


def at_the_bank(stage: Stage) -> dict[str, bytes]:
    """Return what lies in the folder that the bank collects from, temporary files included."""
    return {path.name: path.read_bytes() for path in sorted(stage.outbound.iterdir())}


def broken(stage: Stage) -> list[str]:
    """Return the invariants that do not hold."""
    return [name for name, holds in check_invariants(stage.desk).items() if not holds]


def fingerprint(stage: Stage) -> str:
    """Return a hash of everything a SQLite book holds."""
    connection = sqlite3.connect(stage.folder / "book.sqlite")
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


def record_again(stage: Stage, external_id: str, *, due: date, amount: int = 150) -> None:
    """Record another order under the authorization of an earlier one, named ``…-again``."""
    with stage.desk.action() as ctx:
        merchant = ctx.session.execute(
            select(Merchant.external_id).join(Order, Order.merchant_id == Merchant.id).limit(1)
        ).scalar_one()
        intake = record_orders(
            ctx,
            stage.desk.originator_id(),
            NewOrders(
                external_id=[f"{external_id}-again"],
                instalment=[1],
                merchant=[merchant],
                authorization=[external_id],
                amount_minor=[amount],
                due_on=[due],
                goods=[False],
            ),
        )
        assert intake.new == 1
