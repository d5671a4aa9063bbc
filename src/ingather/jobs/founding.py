"""Founding a book: its schema and its first rows."""

from sqlalchemy import Engine

from ingather.actions.banks import NewBook, found_book
from ingather.jobs.desk import Desk
from ingather.store.migrate import upgrade
from ingather.store.new_book import lay_out


def found(desk: Desk, new: NewBook) -> None:
    """Give the book its schema and found it."""
    if not lay_out(desk.engine):
        upgrade(desk.engine)
    with desk.action() as ctx:
        found_book(ctx, new)
    desk.remember()


def upgrade_book(engine: Engine) -> None:
    """Bring a book to the newest schema."""
    upgrade(engine)
