"""Exports over HTTP: tables of the book for other programs, masked, sent a page at a time in constant memory."""

from collections.abc import AsyncIterator, Generator, Iterator
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from ingather.api.calls import Call
from ingather.api.merchant_keys import OfMerchant, merchant_key
from ingather.api.routes import Routes
from ingather.api.shapes import Day, Shown
from ingather.base.ids import Prefix
from ingather.domain.refusals import TooBusy, Unreadable
from ingather.domain.users import Permission
from ingather.jobs.export_streams import StreamForm, stream_export
from ingather.store.reading.exports import EXPORTS, ColumnType, Cut, ExportKind
from ingather.store.reading.names import name_of

routes = Routes("exports")
KindInPath = Annotated[ExportKind, Path(description="Which table.")]
_MEDIA = {
    StreamForm.CSV: "text/csv",
    StreamForm.NDJSON: "application/x-ndjson",
    StreamForm.PARQUET: "application/vnd.apache.parquet",
}
_AT_ONCE = 2
# Each holds a view of the book as long as its reader takes: they are fewer than the connections of a server.
_being_sent = BoundedSemaphore(_AT_ONCE)


class ExportColumn(Shown):
    """One column of an export."""

    name: str
    type: str = Field(description=f"One of {', '.join(ColumnType)}; more may be added.")
    meaning: str


class ExportTable(Shown):
    """One table that can be exported."""

    kind: str
    cut_by: str = Field(description="The day that `from` and `to` cut by.")
    of_merchants: bool = Field(description="Whether it can be cut to one merchant's rows.")
    columns: list[ExportColumn]


class ExportTables(Shown):
    """Every table that can be exported."""

    data: list[ExportTable]


@routes.get("/exports", needs=Permission.EXPORTS_READ, returns=ExportTables, may=(422,))
def list_exports(call: Call) -> Response:
    """List the tables that can be exported, with what each column means."""
    tables = [
        ExportTable(
            kind=kind,
            cut_by=export.day_meaning,
            of_merchants=export.of_merchants,
            columns=[ExportColumn(name=each.name, type=each.type, meaning=each.meaning) for each in export.columns],
        )
        for kind, export in EXPORTS.items()
    ]
    return call.show(ExportTables(data=tables))


@routes.get(
    "/exports/{kind}", needs=Permission.EXPORTS_READ, returns=None, may=(404, 409, 422),
    content={media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()},
)  # fmt: skip
def export_table(
    call: Call,
    kind: KindInPath,
    form: Annotated[StreamForm, Query(alias="format")] = StreamForm.CSV,
    first: Annotated[Day | None, Query(alias="from", description="Only from this day on.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Only up to this day, included.")] = None,
    merchant: Annotated[OfMerchant, Query()] = None,
) -> Response:
    """Send a table of the book: no account numbers, amounts in minor units, all rows of one state of the book.

    Two are sent at once; another one is answered with 503 until one of them has ended.
    """
    if merchant is not None and not EXPORTS[kind].of_merchants:
        fact = f"{kind} are on our accounts and of no one merchant"
        raise Unreadable(fact, "Export them without merchant")
    name: str | None = None
    if merchant is not None:
        with call.view() as ctx:
            name = name_of(ctx.session, Prefix.MERCHANT, merchant_key(call, ctx, merchant))
    pieces = few_at_once(stream_export(call.desk, kind, form, cut=Cut(merchant=name, first_on=first, last_on=last)))
    began = next(pieces, b"")
    return StreamingResponse(
        in_pieces(began, pieces),
        media_type=_MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="{kind}.{form}"'},
    )


def few_at_once(pieces: Iterator[bytes]) -> Generator[bytes]:
    """Yield the pieces of one of few exports at once; raises ``TooBusy`` before the first when there are as many.

    Once it has begun its place is free again whatever ends it, also when nobody asks for the rest.
    """
    if not _being_sent.acquire(blocking=False):
        fact = f"{_AT_ONCE} exports are being sent already"
        raise TooBusy(fact, "Wait until one of them has ended")
    try:
        yield from pieces
    finally:
        _being_sent.release()


async def in_pieces(began: bytes, pieces: Generator[bytes]) -> AsyncIterator[bytes]:
    """Send pieces as they are read, and end the view of the book whatever becomes of the reader."""
    try:
        yield began
        while (piece := await run_in_threadpool(next, pieces, None)) is not None:
            if piece:
                yield piece
    finally:
        pieces.close()
