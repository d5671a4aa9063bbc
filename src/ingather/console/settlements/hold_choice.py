"""Another hold: for each length what would wait today, and which returns of sixty days would have come after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup
from starlette.responses import Response

from ingather.console.charts import TradeChart, trade_chart
from ingather.console.pages import Pages
from ingather.console.rate_parts import Measured, banking_days, kind_of, measured
from ingather.console.settlements.turning import dollars
from ingather.console.visits import Visit
from ingather.domain.users import Permission
from ingather.jobs.whatif import compared
from ingather.rules.rates import Rate
from ingather.store.reading.return_figures import settled_by_day

pages = Pages("Settlements")
LENGTHS = range(2, 11)
"""The holds that are compared, in banking days after settlement."""
EXTRA = (0, 1, 2, 3, 5, 7, 10, 14)
"""The calendar days for which collected money may stay with us besides the hold, as a replay compares them."""
_LOOKED_BACK = timedelta(days=45)
_REPLAYED = timedelta(days=180)
_KEPT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold of so many banking days: what waits today in minor units, and the returns that come after it.

    ``seen`` is the share in percent of all returns of the window that come within it.
    """

    days: int
    waits_minor: int
    seen: float
    after: int
    after_cents: int
    unauthorized: int


@pages.get("/settlements/hold", needs=Permission.SETTLEMENTS_READ)
def show_hold(visit: Visit) -> Response:
    """Show what a shorter or longer hold trades; with ``more`` the book's own history replayed."""
    found = measured(visit)
    holds = holds_of(visit, found)
    chosen = _number(visit.asked.get("days"), LENGTHS, found.hold)
    more = _number(visit.asked.get("more"), EXTRA, -1)
    by_days = {hold.days: hold for hold in holds}
    return visit.show(
        "settlements/hold.html",
        found=found,
        holds=holds,
        now=by_days.get(found.hold),
        chosen=by_days[chosen] if chosen in by_days else holds[0],
        extra=EXTRA,
        more=more,
        replayed=_replayed(visit, more) if more >= 0 else None,
        whole=sum(each.count for each in found.came),
        picture=_picture(visit, found, holds, chosen),
    )


@pages.get("/settlements/hold.csv", needs=Permission.SETTLEMENTS_READ)
def give_hold(visit: Visit) -> Response:
    """Give the comparison as CSV."""
    found = measured(visit)
    head = ("hold_banking_days", "waits_today", "percent_of_returns_seen", "returns_after", "amount_after",
            "unauthorized_after", "in_force")  # fmt: skip
    rows = [
        (hold.days, dollars(hold.waits_minor), f"{hold.seen:.2f}", hold.after, dollars(hold.after_cents),
         hold.unauthorized, hold.days == found.hold)
        for hold in holds_of(visit, found)
    ]  # fmt: skip
    return visit.csv(f"hold-{found.last}", head, rows)


def holds_of(visit: Visit, found: Measured) -> list[Hold]:
    """Return the holds that are compared, the one in force among them."""
    settled = visit.front.kept.get(("settled", found.last), _KEPT_S, lambda: _settled(visit, found.last))
    lengths = sorted({*LENGTHS, found.hold})
    late = [(banking_days(each.settled_on, each.returned_on), each) for each in found.came]
    back: Counter[date] = Counter()
    for each in found.came:
        back[each.settled_on] += each.cents
    whole = sum(each.count for each in found.came)
    holds = []
    for days in lengths:
        after = [each for lag, each in late if lag > days]
        count = sum(each.count for each in after)
        holds.append(
            Hold(
                days=days,
                waits_minor=sum(
                    max(cents - back[day], 0) for day, cents in settled.items() if banking_days(day, found.last) <= days
                ),
                seen=100 * (whole - count) / whole if whole else 100.0,
                after=count,
                after_cents=sum(each.cents for each in after),
                unauthorized=sum(each.count for each in after if kind_of(each.code, found.last) is Rate.UNAUTHORIZED),
            )
        )
    return holds


def _settled(visit: Visit, last: date) -> dict[date, int]:
    originator_id = visit.desk.originator_id()
    with visit.view() as ctx:
        return settled_by_day(ctx.session, originator_id, first=last - _LOOKED_BACK, last=last)


def _replayed(visit: Visit, more: int) -> dict[str, object]:
    first = visit.today - _REPLAYED
    return visit.front.kept.get(
        ("replayed", more, visit.today), _KEPT_S,
        lambda: compared(visit.desk, hold_days=more, reserve_bps=None, reserve_days=None, first=first),
    )  # fmt: skip


def _picture(visit: Visit, found: Measured, holds: Sequence[Hold], chosen: int) -> Markup:
    now = next(hold for hold in holds if hold.days == found.hold)
    most = max([hold.waits_minor for hold in holds] + [1])
    return trade_chart(
        TradeChart(
            lengths=[hold.days for hold in holds],
            waits=[visit.figures.plain_money(hold.waits_minor) for hold in holds],
            heights=[hold.waits_minor / most for hold in holds],
            after=[100 - hold.seen for hold in holds],
            now=found.hold,
            chosen=chosen,
            waits_label=visit.say("Money that would wait today"),
            after_label=visit.say("% of returns that come after"),
            now_label=visit.say("now"),
            sentence=visit.say(
                "For holds of {first} to {last} banking days: money that waits today, and the share of returns that "
                "come after; now {now} banking days, {minor} wait, {percent} percent come after",
                first=holds[0].days, last=holds[-1].days, now=found.hold,
                minor=visit.figures.plain_money(now.waits_minor), percent=f"{100 - now.seen:.1f}",
            ),
        )
    )  # fmt: skip


def _number(text: str | None, known: Sequence[int], usual: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) in known else usual
