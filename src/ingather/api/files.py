"""Files over HTTP: looked through line by line with accounts masked, verified, and approved by the hash of their bytes.

The ETag of a file is the SHA-256 of its bytes: who approves says which bytes they read.
"""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.files.approval import approve_file, refuse_file, void_file
from ingather.actions.files.showing import show_file
from ingather.api.calls import Answer, Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import FileId, KnownAt, Reasoned, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.domain.files import FileState
from ingather.domain.refusals import Changed
from ingather.domain.users import Permission
from ingather.jobs.restored import refuse_restored
from ingather.jobs.transmit import verify_file
from ingather.store.reading import files
from ingather.store.reading.past import files as past
from ingather.store.reading.past.known import refuse_ahead

routes = Routes("files")

_MOST_LINES = 500
_MOST_CENTS = 10**15
Cents = Annotated[int, Field(ge=0, le=_MOST_CENTS)]


class File(Shown):
    """A file: bytes sealed once, approved by their hash, sent at most once under one name."""

    id: Annotated[str, id_field("fil", "the file")]
    name: str
    state: str = Field(description=f"One of {', '.join(FileState)}; more may be added.")
    night_on: date = Field(description="The night that made it.")
    effective_on: date
    batches: int
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str = "USD"
    sha256: str = Field(description="The hash of its bytes; quoted, it is the ETag.")
    second_reader: str = Field(description="What the second reader said of the bytes before they were sealed.")
    maker: str
    void_reason: str | None
    rule_set: str | None = Field(description="The rule rows that the file rests on.")
    sealed_at: datetime
    transmitted_at: datetime | None
    known_at: datetime | None = Field(default=None, description="The instant that was asked for; null: as it stands.")


class Batch(Shown):
    """A batch of a file."""

    id: Annotated[str, id_field("bat", "the batch")]
    number: int
    entry_class: str
    company_name: str
    description: str
    service_class: int
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str = "USD"
    settled_on: date | None
    settlement_basis: str | None = Field(description="How its settlement is known.")
    rejected: bool


class Approval(Shown):
    """What a second person said of a file's bytes."""

    checker: str
    decision: str
    reason: str | None
    decided_at: datetime


class FileInFull(File):
    """A file with its batches and approvals."""

    batch_list: list[Batch]
    approvals: list[Approval]


class Entry(Shown):
    """One entry of a file."""

    id: Annotated[str, id_field("ent", "the entry")]
    line: int = Field(description="The line of its record in the file, from 1.")
    batch: int = Field(description="The number of its batch.")
    entry_class: str
    kind: str = Field(description=f"One of {', '.join(EntryKind)}; more may be added.")
    trace: str
    order: str | None
    external_id: str | None
    presentation: int | None = Field(description="Which presentation of its order, from 1; null for no debit.")
    amount_minor: int
    currency: str = "USD"
    last4: str | None = Field(description="The end of the order's account number as it is today.")
    ended: str | None = Field(description=f"Why it no longer stands: {', '.join(EntryEnd)}; null while it does.")


class RecordField(Shown):
    """One field of a record: its columns, its value with accounts masked, and what that means."""

    name: str
    columns: str = Field(examples=["40-54"])
    value: str
    meaning: str


class Finding(Shown):
    """A problem that a check found in a file; line and columns from 1, 0 for the whole of them."""

    line: int
    start: int
    end: int
    field: str
    check: str
    severity: str
    message: str


class Record(Shown):
    """One line of a file, its 94 columns with accounts masked."""

    line: int
    record: str | None = Field(description="The kind of record; null for a line that only fills the last block.")
    text: str
    fields: list[RecordField]
    problems: list[Finding]


class Records(Shown):
    """Some lines of a file."""

    data: list[Record]
    problems: list[Finding] = Field(description="What was found about the file as a whole.")
    lines: int = Field(description="How many lines the file has.")
    next_after: int | None = Field(description="What to send as `after` for the next lines; null after the last one.")


class Verification(Shown):
    """Whether a file's kept bytes are those that were sealed and read as the book says."""

    id: Annotated[str, id_field("fil", "the file")]
    ok: bool
    sha256: str
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str = "USD"
    second_reader: str
    problems: list[str]
    next_actions: list[str] = Field(description="What may be called next.")


class FilesQuery(PageQuery):
    """Which files."""

    state: list[FileState] | None = Field(default=None, description="Files in any of these states.")
    name: Annotated[str | None, Field(max_length=200)] = None
    night_on_gte: Annotated[date | None, Field(alias="night_on[gte]")] = None
    night_on_lte: Annotated[date | None, Field(alias="night_on[lte]")] = None
    effective_on_gte: Annotated[date | None, Field(alias="effective_on[gte]")] = None
    effective_on_lte: Annotated[date | None, Field(alias="effective_on[lte]")] = None


class EntriesQuery(PageQuery):
    """Which entries of a file."""

    batch: Annotated[int | None, Field(ge=1, le=9_999_999, description="Only of the batch with this number.")] = None
    trace: Annotated[str | None, Field(pattern="^[0-9]{1,15}$")] = None
    kind: list[EntryKind] | None = None
    ended: list[EntryEnd] | None = None
    amount_minor_gte: Annotated[Cents | None, Field(alias="amount_minor[gte]")] = None
    amount_minor_lte: Annotated[Cents | None, Field(alias="amount_minor[lte]")] = None
    last4: Annotated[str | None, Field(pattern="^[0-9A-Za-z]{1,4}$")] = None
    external_id: Annotated[str | None, Field(max_length=200)] = None


@routes.get("/files", needs=Permission.FILES_READ, returns=Page[File], may=(422,))
def list_files(call: Call, query: Annotated[FilesQuery, Query()]) -> Response:
    """List files."""
    rows, meta = read_page(call, files.LISTING, query)
    return call.show(Page[File](data=[File(**_minor(row)) for row in rows], meta=meta))


@routes.get("/files/{file_id}", needs=Permission.FILES_READ, returns=FileInFull)
def show_a_file(call: Call, file_id: FileId, known_at: KnownAt = None) -> Response:
    """Return a file with its batches and approvals; its ETag is the hash of its bytes."""
    with call.view() as ctx:
        if known_at is not None:
            refuse_ahead(known_at, now=ctx.now)
        model = _shown(ctx, call.key_of(ctx, Prefix.FILE, file_id), known_at)
    response = call.show(model)
    response.headers["ETag"] = f'"{model.sha256}"'
    return response


@routes.get("/files/{file_id}/entries", needs=Permission.FILES_READ, returns=Page[Entry])
def list_entries_of_a_file(call: Call, file_id: FileId, query: Annotated[EntriesQuery, Query()]) -> Response:
    """List the entries of a file, or of one batch of it."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        _shown(ctx, key)
    trace = {"trace": int(query.trace)} if query.trace else {}
    rows, meta = read_page(call, files.entries_of(key), query, also=trace)
    return call.show(Page[Entry](data=[Entry(**row) for row in rows], meta=meta))


@routes.get("/files/{file_id}/records", needs=Permission.FILES_READ, returns=Records, may=(404, 410, 422))
def list_records_of_a_file(
    call: Call,
    file_id: FileId,
    after: Annotated[int, Query(ge=0, le=10**9, description="The line after which to begin.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_LINES)] = 100,
) -> Response:
    """Return the lines of a file, accounts masked, each field by name and columns; who looked is kept."""
    with call.desk.action() as ctx:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        shown = show_file(ctx, key, after=after, limit=limit)
    call.desk.remember()
    data = [
        Record(
            line=each.line,
            record=each.record["record"] if each.record else None,
            text=each.text,
            fields=[RecordField(**field) for field in each.record["fields"]] if each.record else [],
            problems=[Finding.model_validate(problem) for problem in each.problems],
        )
        for each in shown.lines
    ]
    last = data[-1].line if data else shown.total
    return call.show(
        Records(
            data=data,
            problems=[Finding.model_validate(problem) for problem in shown.problems],
            lines=shown.total,
            next_after=last if last < shown.total else None,
        )
    )


@routes.get("/files/{file_id}/verification", needs=Permission.FILES_READ, returns=Verification, may=(404, 410, 422))
def verify_a_file(call: Call, file_id: FileId) -> Response:
    """Open a file's kept bytes, hash them, read them again and compare with the book."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        file = _shown(ctx, key)
    problems = verify_file(call.desk, key)
    following = {FileState.SEALED: ["approve", "refuse", "void"], FileState.APPROVED: ["void"]}
    actions = following.get(FileState(file.state), [])
    return call.show(
        Verification(
            ok=not problems,
            problems=problems,
            next_actions=[each for each in actions if each != "approve" or not problems],
            **file.model_dump(
                include={"id", "sha256", "entries", "debit_minor", "credit_minor", "currency", "second_reader"}
            ),
        )
    )


@routes.post("/files/{file_id}/approve", needs=Permission.FILES_APPROVE, returns=FileInFull, guarded=True)
def approve_a_file(call: Call, file_id: FileId) -> Response:
    """Approve the bytes that If-Match names by their hash; who made the file may not."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        sha256 = _only_these_bytes(call, ctx, key)
        approve_file(ctx, key, sha256=bytes.fromhex(sha256))
        return _answer(ctx, key)

    return call.act(do)


@routes.post("/files/{file_id}/refuse", needs=Permission.FILES_APPROVE, returns=FileInFull)
def refuse_a_file(call: Call, file_id: FileId, body: Reasoned) -> Response:
    """Refuse a sealed file: it is voided and its orders wait for the next night."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        _only_these_bytes(call, ctx, key)
        refuse_file(ctx, key, reason=body.reason)
        return _answer(ctx, key)

    refuse_restored(call.desk)
    return call.act(do)


@routes.post("/files/{file_id}/void", needs=Permission.FILES_WRITE, returns=FileInFull)
def void_a_file(call: Call, file_id: FileId, body: Reasoned) -> Response:
    """Void a file of which no byte has left; its orders wait for the next night."""

    def do(ctx: Context) -> Answer:
        key = call.key_of(ctx, Prefix.FILE, file_id)
        _only_these_bytes(call, ctx, key)
        void_file(ctx, key, reason=body.reason)
        return _answer(ctx, key)

    refuse_restored(call.desk)
    return call.act(do)


def _only_these_bytes(call: Call, ctx: Context, key: int) -> str:
    """Return the hash of a file's bytes; raises ``Changed`` when If-Match names others, and any at all names none."""
    sha256 = _shown(ctx, key).sha256
    if call.if_match is not None and call.if_match.strip() != f'"{sha256}"':
        fact = "If-Match does not name the bytes of this file by their SHA-256"
        raise Changed(fact, "Read the file again, and send its ETag in If-Match")
    return sha256


def _answer(ctx: Context, key: int) -> Answer:
    ctx.session.flush()
    ctx.session.expire_all()
    model = _shown(ctx, key)
    return Answer(model=model, headers={"ETag": f'"{model.sha256}"'})


def _shown(ctx: Context, key: int, at: datetime | None = None) -> FileInFull:
    shown = files.shown(ctx.session, key) if at is None else past.shown(ctx.session, key, at)
    row = _minor(found(shown, Prefix.FILE, key))
    return FileInFull(**row | {"batch_list": [_minor(batch) for batch in row["batch_list"]]})


def _minor(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"debit_minor": row["debit_cents"], "credit_minor": row["credit_cents"]}
