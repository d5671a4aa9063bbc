"""Reaching the entries of a file: by the range of their ids, which lie together in the order of their orders' ids."""

from sqlalchemy import ColumnElement

from ingather.store.tables import Entry, File


def of_file(file: File) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for a file's entries.

    The sum keeps the planner off the index by file and trace, in whose order each row would be a search of its own.
    """
    return Entry.id.between(file.first_entry_id, file.last_entry_id), (Entry.file_id + 0) == file.id
