"""What each profile's reports usually hold, kept a few rows a feed; what departs from it becomes a case."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.domain.cases import CaseKind
from ingather.reports.habits import Habit, HabitKind, drifts, habits_of
from ingather.reports.items import Report as Reading
from ingather.reports.profile import ReportProfile
from ingather.reports.tables import codes_before_packaged, packaged_codes, profile_called
from ingather.store.bulk import insert_columns
from ingather.store.tables import Feed, ReportHabit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    id: int
    habit: Habit


def note_habits(
    ctx: Context, feed: Feed, reading: Reading, on: date, *, profiles: tuple[ReportProfile, ...] = ()
) -> int:
    """Note what a taken report held, and return in how many ways it departs from what its profile's reports held.

    Each departure is a case of its own, once a day; what departed is learned anew from this report on. ``profiles`` are
    the book's, for what their codes mean. A few rows a report, whatever its size.
    """
    profile = profile_called(reading.profile, profiles)
    codes = codes_before_packaged(profile.codes) if profile is not None else packaged_codes()
    kept = _kept(ctx, feed.id, reading.profile)
    counted = kept.get((HabitKind.REPORTS, "all"))
    reports = counted.habit.rows if counted else 0
    fresh: list[Habit] = []
    changed: list[dict[str, object]] = []
    departed: list[Habit] = []
    for now in habits_of(reading, codes):
        before = kept.get((now.kind, now.what))
        departs = drifts(before.habit if before else None, now, reports=reports)
        if departs:
            departed.append(now)
        if before is None:
            fresh.append(now)
            continue
        rows, filled = (0, 0) if departs else (before.habit.rows, before.habit.filled)
        row = {"id": before.id, "rows": rows + now.rows, "filled": filled + now.filled, "last_on": on}
        changed.append({**row, "drifted_on": on} if departs else row)
    _keep(ctx, feed.id, reading.profile, on, fresh={habit: habit in departed for habit in fresh}, changed=changed)
    for habit in departed:
        open_case(
            ctx,
            CaseKind.REPORT_DRIFT,
            originator_id=feed.originator_id,
            once=f"{feed.id}|{reading.profile}|{habit.kind}|{habit.what}|{on}",
            subject=reading.profile,
            sentence=_sentence(habit, reading, on),
        )
    return len(departed)


def _sentence(habit: Habit, reading: Reading, on: date) -> str:
    report = f"the report of {reading.business_date or on} ({reading.profile})"
    if habit.kind is HabitKind.FIELD:
        return (
            f"In {report} the field {habit.what} is empty in {habit.rows - habit.filled} of {habit.rows} records; "
            f"before, it was nearly always filled. The bank may have changed its layout."
        )
    known = f"The tables know it as: {habit.meant}" if habit.meant else "No table and no profile says what it means"
    return f"In {report} the code {habit.what} stands for the first time, {habit.rows} time(s). {known}."


def _kept(ctx: Context, feed_id: int, profile: str) -> dict[tuple[str, str], _Kept]:
    rows = ctx.session.execute(
        select(ReportHabit.id, ReportHabit.kind, ReportHabit.what, ReportHabit.rows, ReportHabit.filled).where(
            ReportHabit.feed_id == feed_id, ReportHabit.profile == profile
        )
    )
    return {
        (kind, what): _Kept(id=key, habit=Habit(kind=HabitKind(kind), what=what, rows=count, filled=filled))
        for key, kind, what, count, filled in rows
    }


def _keep(
    ctx: Context,
    feed_id: int,
    profile: str,
    on: date,
    *,
    fresh: dict[Habit, bool],
    changed: list[dict[str, object]],
) -> None:
    if fresh:
        insert_columns(
            ctx.session,
            ReportHabit,
            {
                "id": ctx.ids.many(len(fresh)).tolist(),
                "kind": [str(habit.kind) for habit in fresh],
                "what": [habit.what for habit in fresh],
                "rows": [habit.rows for habit in fresh],
                "filled": [habit.filled for habit in fresh],
                "drifted_on": [on.isoformat() if departs else None for departs in fresh.values()],
            },
            same={"feed_id": feed_id, "profile": profile, "first_on": on, "last_on": on},
        )
    for rows in ([row for row in changed if "drifted_on" not in row], [row for row in changed if "drifted_on" in row]):
        if rows:
            ctx.session.execute(update(ReportHabit), rows)
