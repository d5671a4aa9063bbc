"""Banks: the profile of each route as it is in force, and how its reports are read, with what has drifted."""

from typing import Any

from starlette.responses import Response

from ingather.actions.report_profiles import profile_text, profiles_of
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.jobs.desk import BankRoute
from ingather.reports.profile import ReportProfile
from ingather.reports.showing import profile_as_dict
from ingather.reports.tables import packaged_profile_texts, packaged_profiles, profile_called
from ingather.rules.banks import refuse_unsendable
from ingather.rules.profile_faults import ProfileRefused
from ingather.store.reading import alarms, reports

pages = Pages("Rules")
_WHOLE = 100


@pages.get("/rules/banks", needs=Permission.REPORTS_READ)
def show(visit: Visit) -> Response:
    """Show the bank of each route with its checks, and the report profiles with what has drifted."""
    routes = [_route(each) for each in visit.desk.routes()]
    return visit.show("rules/banks.html", routes=routes, profiles=_profiles(visit))


def _profiles(visit: Visit) -> list[dict[str, Any]]:
    """Return the report profiles: what has drifted first, then what is read with; the rest ships for other banks."""
    originator_id = visit.desk.originator_id()
    with visit.view() as ctx:
        drifted = {row[0]: row for row in alarms.drifted_profiles(ctx.session, originator_id)}
        taken = reports.profiles_taken(ctx.session, originator_id)
        known = [*packaged_profiles(), *profiles_of(ctx, originator_id)]
        habits = {each.name: reports.habits(ctx.session, each.name) for each in known}
    shipped = {each.name for each in packaged_profiles()}
    profiles = [
        profile_as_dict(each, on=visit.today, shipped=each.name in shipped)
        | {"habits": len(habits[each.name]), "drift": drifted.get(each.name), "taken": taken.get(each.name)}
        for each in known
    ]
    return sorted(profiles, key=lambda row: (row["drift"] is None, not row["habits"], row["name"]))


def _plain(value: object) -> object:
    return "" if value is None else value


@pages.get("/rules/banks.csv", needs=Permission.REPORTS_READ)
def table(visit: Visit) -> Response:
    """Return the report profiles with what has drifted as CSV."""
    head = ("name", "of", "carrier", "bank", "effective_from", "effective_to", "in_force", "habits", "drifted_since")
    rows = (row | {"drifted_since": row["drift"][3] if row["drift"] else ""} for row in _profiles(visit))
    return visit.csv("report-profiles", head, ([_plain(row[name]) for name in head] for row in rows))


@pages.get("/rules/banks/{name}", needs=Permission.REPORTS_READ)
def show_bank(visit: Visit) -> Response:
    """Show the profile of a route in full: each part and term."""
    found = next((each for each in visit.desk.routes() if each.row.name == visit.path["name"]), None)
    if found is None:
        fact = f"there is no route {visit.path['name'][:40]}"
        raise NoSuch(fact)
    values = found.profile.model_dump(mode="json")
    parts = {name: value for name, value in values.items() if isinstance(value, dict)}
    own = {name: value for name, value in values.items() if not isinstance(value, dict)}
    return visit.show("rules/bank.html", route=_route(found), parts={"": own} | parts)


@pages.get("/rules/report-profiles/{id}/{version}", needs=Permission.REPORTS_READ)
def show_profile(visit: Visit) -> Response:
    """Show a report profile's text, what its reports usually hold, and since when they do not."""
    name = f"{visit.path['id']}/{visit.path['version']}"
    with visit.view() as ctx:
        profile = _profile(profile_called(name, profiles_of(ctx, visit.desk.originator_id())), name)
        text = packaged_profile_texts().get(name) or profile_text(ctx, name) or ""
        habits = reports.habits(ctx.session, name)
        drift = [row for row in alarms.drifted_profiles(ctx.session, visit.desk.originator_id()) if row[0] == name]
    shipped = name in {each.name for each in packaged_profiles()}
    return visit.show(
        "rules/profile.html", profile=profile_as_dict(profile, on=visit.today, shipped=shipped), toml=text,
        habits=[row | {"percent": row["filled"] * _WHOLE // max(row["rows"], 1)} for row in habits],
        drift=drift[0] if drift else None,
    )  # fmt: skip


def _profile(found: ReportProfile | None, name: str) -> ReportProfile:
    if found is None or found.name != name:
        fact = f"there is no report profile {name[:80]}"
        raise NoSuch(fact, "Look for it in the list")
    return found


def _route(route: BankRoute) -> dict[str, Any]:
    """Return a route as it is shown: its profile, its windows and limits, and whether files can be sent under it."""
    profile = route.profile
    try:
        refuse_unsendable(profile)
        faults: list[str] = []
    except ProfileRefused as refused:
        faults = [each.message for each in refused.problems]
    return {
        "name": route.row.name,
        "priority": route.row.priority,
        "profile": f"{profile.id}/{profile.version}",
        "bank": profile.name,
        "cutoff": f"{profile.window.cutoff:%H:%M}",
        "zone": str(profile.window.zone),
        "exposure_minor": profile.exposure_limit.debit_cents,
        "faults": faults,
    }
