"""The audit trail over HTTP: who did what, the chain's head, and the chain itself for whoever follows it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from ingather.api.calls import Call
from ingather.api.exports import few_at_once, in_pieces
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Moment, Shown, id_field
from ingather.domain.audit import AnchorPlace
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.jobs.audit import export_chain
from ingather.store import audit
from ingather.store.reading.audit import RECORDS, last_anchors, record_shown

routes = Routes("audit-records")
_MEDIA = "application/x-ndjson"
_MOST = 10**15
Sequence = Annotated[int, Path(ge=1, le=_MOST, description="The number of a record.")]
Bound = Annotated[int | None, Field(ge=1, le=_MOST)]


class AuditRecord(Shown):
    """What somebody did: one record an action, never changed, chained by hash."""

    id: Annotated[str, id_field("aud", "the record")]
    sequence: int = Field(description="Its number: 1, 2, 3, without holes.")
    at: datetime
    actor: str = Field(description="Who did it.", examples=["user:maria"])
    verb: str = Field(description="What was done.", examples=["approve_file"])
    subject: str = Field(description="To what, by its id.", examples=["fil_0C4M7R2V9K1HZ"])
    detail: dict[str, Any] = Field(description="Particulars; which ones depends on the verb. Never an account number.")
    previous: str = Field(description="The hash of the record before it, in hex; zeros for the first.")
    hash: str = Field(description="SHA-256 over the hash before it and the record's own fields, in hex.")


class KeptHead(Shown):
    """An attempt to keep the head of the chain outside the book."""

    place: str = Field(description=f"One of {', '.join(AnchorPlace)}; more may be added.")
    sequence: int = Field(description="The number of the record that was the head.")
    hash: str = Field(description="That record's hash, in hex.")
    at: datetime
    fault: str | None = Field(description="What went wrong; null where it is kept.")


class AuditHead(Shown):
    """The last record of the chain: whoever keeps it knows of whatever is cut off or made anew before it."""

    sequence: int = Field(description="0 for an empty chain.")
    hash: str = Field(description="Its hash, in hex.")
    kept: list[KeptHead] = Field(description="The last attempt of each place to keep a head.")


class AuditQuery(PageQuery):
    """Which records."""

    actor: Annotated[str | None, Field(max_length=80)] = None
    verb: Annotated[str | None, Field(max_length=40, description="What was done, such as `approve_file`.")] = None
    subject: Annotated[str | None, Field(max_length=80, description="What they are about, by its id.")] = None
    since: Moment | None = Field(default=None, alias="at[gte]", description="From this instant on.")
    until: Moment | None = Field(default=None, alias="at[lte]", description="Until this instant.")


@routes.get("/audit-records", needs=Permission.AUDIT_READ, returns=Page[AuditRecord], may=(422,))
def list_audit_records(call: Call, query: Annotated[AuditQuery, Query()]) -> Response:
    """List the records of the audit trail."""
    rows, meta = read_page(call, RECORDS, query)
    return call.show(Page[AuditRecord](data=[AuditRecord(**row) for row in rows], meta=meta))


@routes.get("/audit-records/{sequence}", needs=Permission.AUDIT_READ, returns=AuditRecord)
def show_audit_record(call: Call, sequence: Sequence) -> Response:
    """Return one record by its number."""
    with call.view() as ctx:
        found = record_shown(ctx.session, sequence)
    if found is None:
        fact = f"there is no audit record {sequence}"
        raise NoSuch(fact)
    return call.show(AuditRecord(**found))


@routes.get("/audit-head", needs=Permission.AUDIT_READ, returns=AuditHead, may=(422,))
def show_audit_head(call: Call) -> Response:
    """Return the head of the chain, to be kept by whoever wants to know of later changes to it."""
    with call.view() as ctx:
        seq, value = audit.head(ctx.session)
        kept = [
            KeptHead(place=place, sequence=row.seq, hash=row.hash.hex(), at=row.at, fault=row.fault)
            for place, row in sorted(last_anchors(ctx.session).items())
        ]
    return call.show(AuditHead(sequence=seq, hash=value.hex(), kept=kept))


@routes.get(
    "/audit-export", needs=Permission.AUDIT_READ, returns=None, may=(404, 409, 422),
    content={_MEDIA: {"schema": {"type": "string", "format": "binary"}}},
)  # fmt: skip
def export_audit_chain(
    call: Call,
    first: Annotated[Bound, Query(alias="from", description="Only from this record on.")] = None,
    last: Annotated[Bound, Query(alias="to", description="Only up to this record, included.")] = None,
) -> Response:
    """Send the chain, one JSON object a line, with everything that its hashes cover.

    `ingather audit verifier` prints a program that follows it with plain Python. Two exports are sent at once; another
    one is answered with 503 until one of them has ended.
    """
    pieces = few_at_once(export_chain(call.desk, first=first, last=last))
    began = next(pieces, b"")
    headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(in_pieces(began, pieces), media_type=_MEDIA, headers=headers)
