"""The rules over HTTP: dated rows with their sources, what decisions rested on, deadlines, and the house's policy."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import AwareDatetime, Field

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.rules import policy_of, take_policy, usual_policy
from ingather.api.calls import Answer, Call, found
from ingather.api.paging import Page, PageMeta, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Shown, Word, id_field, in_path
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix
from ingather.domain.refusals import Unreadable, WrongState
from ingather.domain.users import Permission
from ingather.rules.calendar import FIRST_YEAR, LAST_YEAR, is_banking_day
from ingather.rules.deadlines import deadlines_from
from ingather.rules.policy import load_policy
from ingather.rules.profile_faults import ProfileRefused
from ingather.rules.rows import Row, Standing, row_of, rows, rows_called, table_names
from ingather.rules.tables import policy_text
from ingather.rules.windows import operator_windows, window_taking
from ingather.store.reading import rules as reading

routes = Routes("rules")
RuleSetId = Annotated[str, in_path("rul", "a set of rule rows")]
_LONGEST = 1 << 20
_MOST_BUFFER = 10


class RuleRow(Shown):
    """One rule row: what it says, since when, by which source."""

    id: str = Field(description="As table/key@beginning.", examples=["return_codes/R01@2000-01-01"])
    table: str
    key: str
    says: str
    effective_from: date | None = Field(description="Null where it is not known when, or whether, it comes into force.")
    effective_to: date | None
    standing: str = Field(description=f"How it stands on the day: {', '.join(Standing)}; more may be added.")
    source: str
    confidence: str = Field(description="2 for two independent sources, 1 for one, G general knowledge, I inferred.")
    values: dict[str, str]


class RuleSet(Shown):
    """A set of rule rows that decisions rested on."""

    id: Annotated[str, id_field("rul", "the set")]
    kept_at: AwareDatetime
    rows: list[str] = Field(description="The rows' ids.")


class RuleSetInFull(RuleSet):
    """A set of rule rows with what they say; ``gone`` are those that this release does not have any more."""

    said: list[RuleRow]
    gone: list[str]


class Deadline(Shown):
    """One deadline counted from a day."""

    name: str
    day: date
    counted_from: str
    meaning: str
    row: str | None


class Deadlines(Shown):
    """Every deadline counted from a day."""

    counted_from: date
    banking_day: bool
    deadlines: list[Deadline]


class Window(Shown):
    """One window of the ACH operator."""

    id: str
    kind: str
    closes: datetime
    settles: datetime
    ahead: bool
    confidence: str


class Windows(Shown):
    """The operator's windows of a processing day; the bank's own cut-offs are earlier."""

    processing_on: date
    taking: str = Field(description="The window that takes what is sent now.")
    windows: list[Window]


class Policy(Shown):
    """The house's policy in force."""

    id: str
    version: int
    taken_by: str | None = Field(description="Null for the packaged one: none was taken.")
    taken_at: AwareDatetime | None
    sha256: str | None
    policy: dict[str, Any]
    toml: str


class PolicyText(Body):
    """A policy as TOML."""

    toml: Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class PolicyCheck(Shown):
    """Whether a text is a policy that can be used."""

    ok: bool
    name: str | None
    problems: list[str]


class RulesQuery(PageQuery):
    """Which rule rows; in the order of their tables."""

    table: Word | None = Field(default=None, description="One table, such as return_codes.")
    key: Word | None = Field(default=None, description="A row's key, or the first part of one: R01, web.")
    standing: Standing | None = Field(default=None, description="Only rows that stand so on the day.")
    on: Day | None = Field(default=None, description="The day; today unless given.")


@routes.get("/rules", needs=Permission.RULES_READ, returns=Page[RuleRow])
def list_rules(call: Call, query: Annotated[RulesQuery, Query()]) -> Response:
    """List the rule rows with their dates, standing, source and confidence; the future and the unknown are marked."""
    on = query.on or call.today
    chosen = [row for row in _rows(query) if query.standing is None or row.standing(on) is query.standing]
    first = 0
    if query.after is not None:
        if row_of(query.after) is None:
            fact = "the cursor in `after` is none of ours"
            raise Unreadable(fact, "Send the next_cursor of a page, or leave it out")
        first = next((place for place, row in enumerate(chosen, 1) if row.id == query.after), 0)
    page = chosen[first : first + query.limit]
    more = first + len(page) < len(chosen)
    meta = PageMeta(next_cursor=page[-1].id if more and page else None, has_more=more)
    return call.show(Page[RuleRow](data=[_told(row, on) for row in page], meta=meta))


@routes.get("/rules/deadlines", needs=Permission.RULES_READ, returns=Deadlines)
def show_deadlines(
    call: Call,
    start: Annotated[Day, Query(alias="from", description="Such as a settlement, a return or a request.")],
    buffer: Annotated[int, Query(ge=0, le=_MOST_BUFFER, description="Banking days of our hold beyond returns.")] = 1,
) -> Response:
    """Return every deadline counted from a day."""
    if not FIRST_YEAR < start.year < LAST_YEAR - 2:
        fact = f"no banking calendar is known around {start.year}"
        raise Unreadable(fact)
    deadlines = [
        Deadline(
            name=each.name, day=each.day, counted_from=each.counted_from, meaning=each.meaning, row=each.row_id or None
        )
        for each in deadlines_from(start, buffer_days=buffer)
    ]
    return call.show(Deadlines(counted_from=start, banking_day=is_banking_day(start), deadlines=deadlines))


@routes.get("/rules/windows", needs=Permission.RULES_READ, returns=Windows, may=(422,))
def show_windows(call: Call) -> Response:
    """Return the ACH operator's windows of today's processing day, in New York time."""
    now = call.office.desk.clock()
    processing_on, taking = window_taking(now)
    found = [
        Window(
            id=each.row.key, kind=each.row.values["kind"], closes=each.closes(processing_on).astimezone(NEW_YORK),
            settles=each.settles(processing_on).astimezone(NEW_YORK), ahead=now < each.closes(processing_on),
            confidence=each.row.confidence,
        )
        for each in operator_windows(processing_on)
    ]  # fmt: skip
    return call.show(Windows(processing_on=processing_on, taking=taking.row.key, windows=found))


@routes.get("/rule-sets", needs=Permission.RULES_READ, returns=Page[RuleSet])
def list_rule_sets(call: Call, query: Annotated[PageQuery, Query()]) -> Response:
    """List the sets of rule rows that files, returns and corrections rest on."""
    rows_found, meta = read_page(call, reading.LISTING, query)
    return call.show(Page[RuleSet](data=[RuleSet(**row) for row in rows_found], meta=meta))


@routes.get("/rule-sets/{rule_set_id}", needs=Permission.RULES_READ, returns=RuleSetInFull)
def show_rule_set(call: Call, rule_set_id: RuleSetId) -> Response:
    """Return a set of rule rows with what each says."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.RULE_SET, rule_set_id)
        shown = found(reading.rule_set_shown(ctx.session, key), Prefix.RULE_SET, key)
        said = [_told(row, ctx.today) for each in shown["rows"] if (row := row_of(each)) is not None]
    gone = [each for each in shown["rows"] if row_of(each) is None]
    return call.show(RuleSetInFull(**shown, said=said, gone=gone))


@routes.get("/policy", needs=Permission.RULES_READ, returns=Policy, may=(422,))
def show_policy(call: Call) -> Response:
    """Return the house's policy in force, and who took it."""
    mark = call.desk.mark()
    with call.view() as ctx:
        return call.show(_policy(ctx, mark))


@routes.post("/policy/check", needs=Permission.RULES_READ, returns=PolicyCheck, money=False, keeps=False, may=())
def check_policy(call: Call, body: PolicyText) -> Response:
    """Say whether a text is a policy that can be used, and name every key that is wrong; nothing is kept."""
    try:
        policy = load_policy(body.toml)
    except ProfileRefused as refused:
        problems = [each.message for each in refused.problems]
        return call.show(PolicyCheck(ok=False, name=None, problems=problems))
    return call.show(PolicyCheck(ok=True, name=f"{policy.id}/{policy.version}", problems=[]))


@routes.post("/policy", needs=Permission.RULES_WRITE, returns=Policy, status=201, money=False, known=True)
def take_a_policy(call: Call, body: PolicyText) -> Response:
    """Take a policy into the book; the next night decides under it."""
    mark = call.desk.mark()

    def do(ctx: Context) -> Answer:
        originator_id = originator_of(ctx).id
        before = reading.policy_in_force(ctx.session, originator_id)
        take_policy(ctx, originator_id, body.toml)
        after = reading.policy_in_force(ctx.session, originator_id)
        if after is None or after["toml"] != body.toml:
            fact = "this policy was taken earlier and a newer one is in force"
            raise WrongState(fact, "Give it the next version to take it again")
        return Answer(model=_policy(ctx, mark), status=200 if after == before else 201)

    return call.act(do, read=lambda ctx: _policy(ctx, mark))


def _policy(ctx: Context, mark: str) -> Policy:
    originator_id = originator_of(ctx).id
    taken = reading.policy_in_force(ctx.session, originator_id)
    policy = policy_of(ctx, originator_id)
    return Policy(
        id=policy.id,
        version=policy.version,
        **{name: taken[name] if taken else None for name in ("taken_by", "taken_at", "sha256")},
        policy=policy.model_dump(mode="json"),
        toml=taken["toml"] if taken else policy_text(usual_policy(mark)),
    )


def _rows(query: RulesQuery) -> list[Row]:
    if query.table is not None and query.table not in table_names():
        fact = "there is no such table"
        raise Unreadable(fact, f"There are: {', '.join(table_names())}")
    chosen = rows_called(query.key) if query.key is not None else (row for name in table_names() for row in rows(name))
    return [row for row in chosen if query.table in {None, row.table}]


def _told(row: Row, on: date) -> RuleRow:
    return RuleRow(
        id=row.id, table=row.table, key=row.key, says=row.says, effective_from=row.effective_from,
        effective_to=row.effective_to, standing=row.standing(on), source=row.source, confidence=row.confidence,
        values=dict(row.values),
    )  # fmt: skip
