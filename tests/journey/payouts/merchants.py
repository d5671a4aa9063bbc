"""What the tests of payouts share: a stage whose bank has our company registered, merchants' accounts, statements."""

from datetime import date
from pathlib import Path

from sqlalchemy import select

from ingather.actions.payouts.accounts import NewPayee, approve_account, ask_account
from ingather.actions.payouts.deciding import approve_all_due
from ingather.actions.payouts.making import make_payouts
from ingather.actions.rules import take_policy
from ingather.domain.accounts import AccountKind
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.settle import run_settle
from ingather.rules.tables import policy_text
from ingather.simulator.behaviour import Behaviour
from ingather.store.tables import Merchant, Payout, Settlement
from tests.journey.replayed import replayed
from tests.journey.stage import MONDAY, PAYS_ALWAYS, Sale, Script, changed_terms, play, staged
from tests.red import red_account

MARIA = "user:maria"
OMAR = "user:omar"
COMPANY = ("INGATHER PAYS", "1845550100")
ROUTING = "021000021"
PAYDAY = date(2026, 11, 24)


def terms(**changes: object) -> str:
    """Return the bank's profile with our company for payouts."""
    mine = {"payouts__company_name": COMPANY[0], "payouts__company_identification": COMPANY[1]}
    return changed_terms(**{**mine, **changes})


def by(stage: Stage, method: str) -> None:
    """Take a policy under which merchants are paid one way."""
    text = policy_text("rehearsal").replace("version = 1", "version = 2")
    with stage.desk.action() as ctx:
        take_policy(ctx, stage.desk.originator_id(), f'{text}\n[settlement]\nmethod = "{method}"\n')


def merchant(stage: Stage, name: str = "harbor") -> int:
    """Return a merchant's key."""
    with stage.desk.view() as ctx:
        return ctx.session.execute(select(Merchant.id).where(Merchant.external_id == name)).scalar_one()


def account(stage: Stage, name: str = "harbor", *, number: int = 900, kind: AccountKind = AccountKind.CHECKING) -> int:
    """Have an account of a merchant asked for by one person and approved by another; returns its key."""
    new = NewPayee(
        merchant_id=merchant(stage, name), routing=ROUTING, number=red_account(number), kind=kind,
        name=f"{name.title()} Goods LLC", evidence="a voided check, scans/9.pdf",
    )  # fmt: skip
    with stage.desk.as_actor(MARIA).action() as ctx:
        key = ask_account(ctx, new)
    with stage.desk.as_actor(OMAR).action() as ctx:
        approve_account(ctx, key)
    return key


def collected(
    folder: Path,
    *sales: Sale,
    book: str | None = None,
    behaviour: Behaviour = PAYS_ALWAYS,
    method: str = "ach",
    profile: str | None = None,
) -> Stage:
    """Return a stage whose orders are collected on ``PAYDAY``, with accounts of their merchants in use for long."""
    sales = sales or (Sale(amount=10_000, holder="business"), Sale(amount=700, holder="business", merchant="summit"))

    def played(place: Path, script: Behaviour) -> Stage:
        stage = staged(place, sales, book=book, behaviour=script, profile=profile or terms())
        by(stage, method)
        for number, name in enumerate(sorted({sale.merchant for sale in sales})):
            account(stage, name, number=900 + number)
        play(stage, MONDAY, *(date(2026, 11, day) for day in (17, 18, 19, 20, 23)))
        return stage

    if book is None and isinstance(behaviour, Script):
        # Nobody changes what a stage is given by default: each has its own.
        script = Script() if behaviour is PAYS_ALWAYS else behaviour
        return replayed(folder, f"collected {sales} {method} {profile}", script, played)
    return played(folder, behaviour)


def settled(stage: Stage, day: date = PAYDAY) -> list[int]:
    """Make the statements of a day and return the keys of all payouts."""
    run_settle(stage.desk, as_of=day)
    with stage.desk.action() as ctx:
        make_payouts(ctx, ctx.session.scalars(select(Settlement)).all())
        return list(ctx.session.scalars(select(Payout.id).order_by(Payout.id)))


def approve(stage: Stage, *, actor: str = OMAR) -> int:
    """Approve all that is due; returns how many."""
    with stage.desk.as_actor(actor).action() as ctx:
        return approve_all_due(ctx, stage.desk.originator_id()).payouts


def payout(stage: Stage, key: int) -> Payout:
    """Return a payout as it stands."""
    with stage.desk.view() as ctx:
        found = ctx.session.get_one(Payout, key)
        ctx.session.expunge_all()
    return found


def states_of(stage: Stage) -> list[str]:
    """Return the states of all payouts in the order of their keys."""
    with stage.desk.view() as ctx:
        return list(ctx.session.scalars(select(Payout.state).order_by(Payout.id)))
