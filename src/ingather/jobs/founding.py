"""Founding a book: its schema and its first rows."""

from datetime import date

from sqlalchemy import Engine

from ingather.actions.banks import NewBook, found_book
from ingather.domain.refusals import BookHeld, InboundRunning, NightRunning
from ingather.jobs.desk import Desk
from ingather.store.locks import inbound_lock, night_lock
from ingather.store.migrate import Step, upgrade
from ingather.store.months import keep_months
from ingather.store.new_book import lay_out


def found(desk: Desk, new: NewBook) -> None:
    """Give the book its schema and found it."""
    if not lay_out(desk.engine):
        upgrade(desk.engine)
        keep_months(desk.engine, desk.clock().date())
    with desk.action() as ctx:
        found_book(ctx, new)
    desk.vault.ring.wait_no_longer()
    desk.remember()


def upgrade_book(engine: Engine, *, today: date) -> list[Step]:
    """Bring a book to the newest schema and return the steps taken; the months ahead are made as well.

    Raises ``BookHeld`` when a night or an inbound run is at the book, or anybody holds it for longer than five seconds.
    """
    try:
        with night_lock(engine), inbound_lock(engine):
            steps = upgrade(engine)
    except (NightRunning, InboundRunning) as running:
        raise BookHeld(running.fact) from running
    keep_months(engine, today)
    return steps
