"""Founding a book: its schema and its first rows."""

from sqlalchemy import Engine

from ingather.actions.banks import NewBook, found_book
from ingather.jobs.desk import Desk
from ingather.store.migrate import upgrade


def found(desk: Desk, new: NewBook) -> None:
    """Bring the schema up and found the book."""
    upgrade(desk.engine)
    with desk.action() as ctx:
        found_book(ctx, new)
    desk.remember()


def upgrade_book(engine: Engine) -> None:
    """Bring a book to the newest schema."""
    upgrade(engine)
