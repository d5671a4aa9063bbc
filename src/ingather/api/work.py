"""The worker over HTTP: its runs and its timetable; and the alarms: what should have happened and has not."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import AwareDatetime, Field

from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Moment, Shown, Word, id_field, in_path
from ingather.base.ids import Prefix
from ingather.domain.users import Permission
from ingather.domain.work import RunState, WorkKind
from ingather.jobs.watch import watch
from ingather.jobs.work import timetable
from ingather.rules.alarms import Severity
from ingather.store.reading import work

routes = Routes("work")
RunId = Annotated[str, in_path("run", "a run of the worker")]


class Run(Shown):
    """One run of the worker."""

    id: Annotated[str, id_field("run", "the run")]
    kind: str = Field(description=f"One of {', '.join(WorkKind)}; more may be added.")
    about: str = Field(description="The route it is about, empty for all.")
    state: str = Field(description=f"One of {', '.join(RunState)}; more may be added.")
    due_at: AwareDatetime
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    exit_code: int | None = Field(description="How the same command would have ended; 0 is good.")
    result: dict[str, Any] | None
    fault: str | None
    holder: str


class Due(Shown):
    """A run of the timetable."""

    kind: str
    about: str
    due_at: AwareDatetime


class Timetable(Shown):
    """When each kind of run was due last, and when the next one is."""

    due: list[Due]
    next_at: AwareDatetime


class Alarm(Shown):
    """Something that should have happened and has not."""

    id: str = Field(description="Which alarm; more may be added.")
    severity: str = Field(description=f"One of {', '.join(Severity)}; more may be added.")
    subject: str
    since: str | None
    sentence: str
    commands: list[str] = Field(description="What a person types on the command line.")
    runbook: str


class Alarms(Shown):
    """Everything that is wrong now; nothing is good news."""

    ok: bool
    data: list[Alarm]


class RunsQuery(PageQuery):
    """Which runs."""

    kind: list[WorkKind] | None = None
    state: list[RunState] | None = None
    about: Word | None = None
    due_from: Moment | None = Field(default=None, alias="due_at[gte]")
    due_to: Moment | None = Field(default=None, alias="due_at[lte]")


@routes.get("/worker/runs", needs=Permission.FILES_READ, returns=Page[Run], may=(422,))
def list_runs(call: Call, query: Annotated[RunsQuery, Query()]) -> Response:
    """List the worker's runs with their results."""
    rows, meta = read_page(call, work.LISTING, query)
    return call.show(Page[Run](data=[Run(**row) for row in rows], meta=meta))


@routes.get("/worker/runs/{run_id}", needs=Permission.FILES_READ, returns=Run)
def show_run(call: Call, run_id: RunId) -> Response:
    """Return one run of the worker."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.WORK_RUN, run_id)
        return call.show(Run(**found(work.shown(ctx.session, key), Prefix.WORK_RUN, key)))


@routes.get("/worker/timetable", needs=Permission.FILES_READ, returns=Timetable, may=(422,))
def show_timetable(call: Call) -> Response:
    """Return when each kind of run was due last, and when the next one is."""
    due, following = timetable(call.desk)
    rows = [Due(kind=str(each.kind), about=each.about, due_at=each.due_at) for each in due]
    return call.show(Timetable(due=rows, next_at=following))


@routes.get("/alarms", needs=Permission.FILES_READ, returns=Alarms, may=(422,))
def list_alarms(call: Call) -> Response:
    """List what should have happened and has not, with what a person does about it."""
    alarms = [
        Alarm(
            id=each.id, severity=str(each.severity), subject=each.subject, since=each.since or None,
            sentence=each.sentence, commands=list(each.commands), runbook=each.page,
        )
        for each in watch(call.desk)
    ]  # fmt: skip
    return call.show(Alarms(ok=not alarms, data=alarms))
