"""What is given and shown about exports.

Written from the document of the API, never by hand.
"""

from ingather.client.shape import Answered


class ExportColumn(Answered):
    """One column of an export."""

    name: str
    type: str
    meaning: str


class ExportTable(Answered):
    """One table that can be exported."""

    kind: str
    cut_by: str
    of_merchants: bool
    columns: tuple[ExportColumn, ...]


class ExportTables(Answered):
    """Every table that can be exported."""

    data: tuple[ExportTable, ...]
