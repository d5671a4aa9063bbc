"""Tonight: where the night stands, what needs a person now, what is on hold, and which reports are here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.console.approvals.waiting import standing_of
from ingather.console.case_words import first_of, kind_words
from ingather.console.day_line import next_cut_off
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.files import FileState
from ingather.domain.users import Permission
from ingather.rules.alarms import expected_report
from ingather.rules.calendar import hold_until, is_banking_day
from ingather.rules.reasons import REASONS
from ingather.store.reading import approving, nights
from ingather.store.reading.case_desk import Asked, Which, page_of_cases
from ingather.store.reading.holds import Held, on_hold
from ingather.store.reading.report_calendar import Asked as Days
from ingather.store.reading.report_calendar import Told, calendar_of, weekdays_around

pages = Pages("Tonight")
_PAST = 5
_MERCHANTS = 3
_TODO = 7
_KEPT_S = 10.0
"""How old the figures of the night may be: they are asked for all evening by everybody."""
_SAID = {reason.id: reason.sentence for reason in REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One column of the night: its count and amount where it was reached, else the words of when it will be.

    ``state`` is done, now, later or out; ``share`` is of the due, 0 to 100.
    """

    name: str
    state: str
    count: int | None
    minor: int | None
    said: str
    on: date | None
    share: float
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """Everything on the page that is read from the book. ``due`` is what is sealed and what waits for tonight."""

    on: date
    settles_on: date | None
    tonight: nights.Night
    past: Sequence[nights.Night]
    left_out: Sequence[nights.NotTonight]
    unsealed: nights.NotTonight | None
    held: Sequence[Held]
    merchants: Sequence[str]
    days: Sequence[date]
    told: Sequence[Told]
    refused_on: date | None
    doubtful: int
    releases_on: date | None

    @property
    def due(self) -> tuple[int, int]:
        """Return how many entries and minor units tonight has, in a file or not."""
        waiting = [*self.left_out, *([self.unsealed] if self.unsealed else [])]
        sealed = self.tonight.sealed
        return sealed.count + sum(w.count for w in waiting), sealed.minor + sum(w.minor for w in waiting)


@pages.get("/", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show the night."""
    with visit.view() as ctx:
        evening = visit.front.kept.get(("evening", visit.today), _KEPT_S, lambda: _evening(visit, ctx))
        waiting = [
            standing_of(visit, ctx, file)
            for file in approving.waiting_files(ctx.session)
            if file.state == FileState.SEALED
        ]
        waiting.sort(key=lambda each: each.closes)
        cases, more = page_of_cases(
            ctx.session, Asked(which=Which.ALL, actor=visit.caller.actor, today=visit.today), after=None, limit=_TODO
        )
        ctx.session.expunge_all()
    todo = [{**each, "words": kind_words(visit, each["kind"]), "first": first_of(each["sentence"])} for each in cases]
    shown: dict[str, Any] = {
        "evening": evening, "stages": stages_of(evening), "waiting": waiting, "cases": todo, "more": more,
        "said": _SAID, "fullest": max((each.minor for each in evening.held), default=0) or 1,
    }  # fmt: skip
    return visit.show("tonight/tonight.html", **shown)


def _evening(visit: Visit, ctx: Context) -> Evening:
    session, today = ctx.session, visit.today
    routes = visit.front.desk.routes()
    ahead = [next_cut_off(route.profile.name, route.profile.window, visit.now) for route in routes]
    settles_on = max((each.settles_on for each in ahead), default=None)
    found = nights.nights(session, until=today, most=_PAST + 1)
    tonight = found[0] if found and found[0].on == today else nights.Night(on=today)
    effective = tonight.effective_on or settles_on
    waiting = nights.not_tonight(session, visit.front.desk.originator_id(), until=effective or today)
    held = on_hold(session, buffers={route.row.id: route.profile.hold_buffer_days for route in routes})
    totals: dict[str, int] = {}
    for each in held:
        for name, minor in each.by_merchant.items():
            totals[name] = totals.get(name, 0) + minor
    watched = visit.front.desk.policy().watch
    days = weekdays_around(today, before=2, after=0)
    expected = expected_report(visit.now, by=watched.report_by)
    return Evening(
        on=today,
        settles_on=effective,
        tonight=tonight,
        past=[each for each in found if each.on != today][:_PAST],
        left_out=[each for each in waiting if each.reason],
        unsealed=next((each for each in waiting if not each.reason), None),
        held=held,
        merchants=sorted(totals, key=lambda name: -totals[name])[:_MERCHANTS],
        days=days,
        told=calendar_of(session, Days(days=days, today=today, expected=expected, by=watched.report_by)),
        refused_on=nights.last_refused(session),
        doubtful=len(nights.doubtful(session)),
        releases_on=hold_until(effective) if effective is not None and is_banking_day(effective) else None,
    )


def stages_of(evening: Evening) -> list[Stage]:
    """Return the columns of tonight, from due to returned."""
    night, (due, minor) = evening.tonight, evening.due
    link = f"/files?from={night.on}&to={night.on}"
    steps = (
        ("Due", due, minor, "", None),
        ("Sealed", night.sealed.count, night.sealed.minor, "", None),
        ("Approved", night.approved.count, night.approved.minor, "", None),
        ("Sent", night.sent.count, night.sent.minor, "", None),
        ("Acknowledged", night.acknowledged.count, night.acknowledged.minor, "not yet", None),
        ("Settled", night.settled.count, night.settled.minor, "expected", evening.settles_on),
        ("Collected", night.collected.count, night.collected.minor, "at the earliest", evening.releases_on),
    )
    reached = max((at for at, step in enumerate(steps) if step[1]), default=-1)
    found = [
        Stage(
            name=name,
            state="later" if at > reached else "now" if at == reached and count < due else "done",
            count=count if at <= reached or on is None else None,
            minor=amount if at <= reached else None,
            said="" if at <= reached else said,
            on=on if at > reached else None,
            share=100 * amount / minor if minor and at <= reached else 0.0,
            address="/orders?state=open" if at == 0 and not night.files else link,
        )
        for at, (name, count, amount, said, on) in enumerate(steps)
    ]
    back = night.returned
    return [
        *found,
        Stage(
            name="Returned", state="out", count=back.count or None, minor=-back.minor if back.count else None,
            said="" if back.count else "none yet", on=None, share=0.0, address="/returns",
        ),
    ]  # fmt: skip


@pages.get("/tonight/nights.csv", needs=Permission.FILES_READ)
def download_nights(visit: Visit) -> Response:
    """Download the nights that the page shows."""
    with visit.view() as ctx:
        evening = _evening(visit, ctx)
    rows = [
        [
            night.on.isoformat(), night.files, *_pair(night.sealed), *_pair(night.approved), *_pair(night.sent),
            *_pair(night.acknowledged), *_pair(night.settled), *_pair(night.collected), *_pair(night.returned),
        ]
        for night in (evening.tonight, *evening.past)
    ]  # fmt: skip
    steps = ("sealed", "approved", "sent", "acknowledged", "settled", "collected", "returned")
    return visit.csv("nights", ["night", "files", *(f"{name}{of}" for name in steps for of in ("", " amount"))], rows)


def _pair(total: nights.Sum) -> tuple[int, float]:
    return total.count, total.minor / 100


@pages.get("/tonight/left-out.csv", needs=Permission.FILES_READ)
def download_left_out(visit: Visit) -> Response:
    """Download what is not debited tonight, by reason."""
    with visit.view() as ctx:
        evening = _evening(visit, ctx)
    rows = [[each.reason, _SAID.get(each.reason, ""), each.count, each.minor / 100] for each in evening.left_out]
    return visit.csv("not-tonight", ["reason", "sentence", "orders", "amount"], rows)


@pages.get("/tonight/holds.csv", needs=Permission.FILES_READ)
def download_holds(visit: Visit) -> Response:
    """Download what is on hold, by release day, night and merchant."""
    with visit.view() as ctx:
        held = _evening(visit, ctx).held
    rows = [
        [each.releases_on.isoformat(), each.night_on.isoformat(), each.bank, name, minor / 100]
        for each in held
        for name, minor in sorted(each.by_merchant.items())
    ]
    return visit.csv("on-hold", ["releases", "night", "bank", "merchant", "amount"], rows)


@pages.get("/tonight/reports.csv", needs=Permission.FILES_READ)
def download_reports(visit: Visit) -> Response:
    """Download the calendar of reports."""
    words = {"ok": "read", "late": "read late", "gap": "missing", "due": "expected", "shut": "closed", "none": ""}
    with visit.view() as ctx:
        evening = _evening(visit, ctx)
    rows = [
        [each.bank, each.account_last4, each.kind, day.isoformat(), words[cell]]
        for each in evening.told
        for day, cell in zip(evening.days, each.cells, strict=True)
    ]
    return visit.csv("reports", ["bank", "account", "report", "day", "state"], rows)
