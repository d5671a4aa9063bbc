"""How banks' reports are read, as data: the profiles that ship and those of the book, checked, taken and ended."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import AwareDatetime, Field

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.report_profiles import end_profile, profile_text, profiles_of, take_profile
from ingather.api.calls import Answer, Call
from ingather.api.reports import Fault
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Shown
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_language import ReportProfileRefused, read_profile
from ingather.reports.showing import problem_as_dict, profile_as_dict
from ingather.reports.tables import packaged_profile_texts, packaged_profiles, profile_called
from ingather.store.reading import reports

routes = Routes("report profiles")
_LONGEST = 1 << 20
ProfileId = Annotated[str, Path(description="A profile's id.", examples=["generic-ack"], max_length=60)]
Version = Annotated[int, Path(ge=1, le=1_000_000, description="Its version.")]


class ReportProfileShown(Shown):
    """One version of a report profile."""

    name: str = Field(description="As id/version.")
    id: str
    version: int
    carrier: str
    bank: str | None
    effective_from: date | None
    effective_to: date | None
    in_force: bool
    of: str = Field(description="ingather for one that ships, or the book")
    taken_by: str | None = None
    taken_at: AwareDatetime | None = None


class Habit(Shown):
    """What the reports read with a profile usually hold."""

    feed: str
    kind: str = Field(description="field, code or reports; more may be added.")
    what: str
    rows: int = Field(description="In how many records it could be there.")
    filled: int = Field(description="In how many it was.")
    first_on: date
    last_on: date
    drifted_on: date | None = Field(description="The last day on which a report departed from it.")


class ReportProfileInFull(ReportProfileShown):
    """One version of a report profile with its text and what its reports usually hold."""

    toml: str
    habits: list[Habit]


class ReportProfiles(Shown):
    """All report profiles; they are few."""

    data: list[ReportProfileShown]


class ProfileText(Body):
    """A report profile as TOML."""

    toml: Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class LastDay(Body):
    """The last day whose reports are read with a profile."""

    on: Day


class ProfileCheck(Shown):
    """Whether a text is a report profile that can be used."""

    ok: bool
    name: str | None
    problems: list[Fault]


@routes.get("/report-profiles", needs=Permission.REPORTS_READ, returns=ReportProfiles, may=(422,))
def list_report_profiles(call: Call) -> Response:
    """List the report profiles that ship and those of the book, and which are in force."""
    with call.view() as ctx:
        profiles = [*packaged_profiles(), *profiles_of(ctx, originator_of(ctx).id)]
        return call.show(ReportProfiles(data=[ReportProfileShown(**row) for row in _told(ctx, profiles)]))


@routes.get("/report-profiles/{profile_id}/{version}", needs=Permission.REPORTS_READ, returns=ReportProfileInFull)
def show_report_profile(call: Call, profile_id: ProfileId, version: Version) -> Response:
    """Return a report profile's text, and what the reports read with it usually hold, since when, and departures."""
    with call.view() as ctx:
        return call.show(_in_full(ctx, f"{profile_id}/{version}"))


@routes.post(
    "/report-profiles/check",
    needs=Permission.REPORTS_READ,
    returns=ProfileCheck,
    money=False,
    keeps=False,
    bound=False,
)
def check_report_profile(call: Call, body: ProfileText) -> Response:
    """Say whether a text is a report profile that can be used, and name every key that is wrong; nothing is kept."""
    try:
        profile = read_profile(body.toml)
    except ReportProfileRefused as refused:
        faults = [Fault(**problem_as_dict(each)) for each in refused.problems]
        return call.show(ProfileCheck(ok=False, name=None, problems=faults))
    return call.show(ProfileCheck(ok=True, name=profile.name, problems=[]))


@routes.post(
    "/report-profiles", needs=Permission.RULES_WRITE, returns=ReportProfileInFull, status=201, money=False, known=True
)
def take_report_profile(call: Call, body: ProfileText) -> Response:
    """Take a report profile into the book: reports of its days are read with it from now on."""

    def do(ctx: Context) -> Answer:
        name, new = take_profile(ctx, originator_of(ctx).id, body.toml)
        ctx.session.flush()
        return Answer(model=_in_full(ctx, name), status=201 if new else 200)

    return call.act(do)


@routes.post(
    "/report-profiles/{profile_id}/{version}/end", needs=Permission.RULES_WRITE, returns=ReportProfileInFull,
    money=False,
)  # fmt: skip
def end_report_profile(call: Call, profile_id: ProfileId, version: Version, body: LastDay) -> Response:
    """End a report profile of the book: no report of a later day is read with it."""
    name = f"{profile_id}/{version}"

    def do(ctx: Context) -> ReportProfileInFull:
        end_profile(ctx, originator_of(ctx).id, name, on=body.on)
        ctx.session.flush()
        return _in_full(ctx, name)

    return call.act(do, read=lambda ctx: _in_full(ctx, name))


def _in_full(ctx: Context, name: str) -> ReportProfileInFull:
    profile = profile_called(name, profiles_of(ctx, originator_of(ctx).id))
    if profile is None or profile.name != name:
        fact = "there is no such report profile"
        raise NoSuch(fact, "GET /v1/report-profiles lists them all")
    text = packaged_profile_texts().get(name) or profile_text(ctx, name) or ""
    (row,) = _told(ctx, [profile])
    return ReportProfileInFull(
        **row, toml=text, habits=[Habit(**each) for each in reports.habits(ctx.session, name)]
    )  # fmt: skip


def _told(ctx: Context, profiles: Sequence[ReportProfile]) -> list[dict[str, Any]]:
    shipped = {profile.name for profile in packaged_profiles()}
    taken = reports.profiles_taken(ctx.session, originator_of(ctx).id)
    return [
        profile_as_dict(profile, on=ctx.today, shipped=profile.name in shipped) | taken.get(profile.name, {})
        for profile in profiles
    ]
