"""The last days of cases as a calendar feed: its address, and the feed, which a program fetches without cookie."""

from starlette.responses import Response

from ingather.actions.users.calendar_feed import feed_token, person_of_feed
from ingather.base.ids import Prefix, public_id
from ingather.console.ics import LastDay, calendar_of
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import NotSignedIn
from ingather.domain.users import Permission
from ingather.store.reading.case_desk import days_of_cases

pages = Pages("Cases")


@pages.get("/cases/feed", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show the address of the person's own feed."""
    if visit.caller.user_id is None:
        raise NotSignedIn
    with visit.view() as ctx:
        token = feed_token(ctx, visit.caller.user_id)
    return visit.show("cases/feed.html", address=f"{str(visit.request.base_url).rstrip('/')}/cases.ics?feed={token}")


@pages.get("/cases.ics", needs=None, open=True)
def feed(visit: Visit) -> Response:
    """Answer with the open cases' last days: kinds, ids and days, nothing else."""
    with visit.view() as ctx:
        person_of_feed(ctx, visit.asked.get("feed", ""))
        rows = days_of_cases(ctx.session)
    base = str(visit.request.base_url).rstrip("/")
    days = []
    for key, kind, subject, due_on in rows:
        name = public_id(Prefix.CASE, key)
        words = visit.say(kind.replace("_", " ").capitalize())
        about = subject if _is_id(subject) else ""
        days.append(
            LastDay(
                uid=f"{name}@ingather", on=due_on, summary=f"{words}, {about or name}", address=f"{base}/cases/{name}"
            )
        )
    return Response(calendar_of("Ingather", days, at=visit.now), media_type="text/calendar; charset=utf-8")


def _is_id(subject: str) -> bool:
    prefix, _, rest = subject.partition("_")
    return prefix in set(Prefix) and rest.isalnum()
