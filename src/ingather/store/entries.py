"""Reaching the entries of a file: by the range of their ids, which lie together in the order of their orders' ids.

And the orders of an authorization, by its buyer.
"""

from sqlalchemy import ColumnElement, and_

from ingather.store.tables import Authorization, Entry, File, Order


def of_file(file: File) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for a file's entries.

    The sum keeps the planner off the index by file and trace, in whose order each row would be a search of its own.
    """
    return Entry.id.between(file.first_entry_id, file.last_entry_id), (Entry.file_id + 0) == file.id


def of_authorization() -> ColumnElement[bool]:
    """Return what joins orders to their authorization; the buyer, the same for both, is what orders are found by."""
    return and_(Order.buyer_id == Authorization.buyer_id, Order.authorization_id == Authorization.id)
