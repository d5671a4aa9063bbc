"""What was known at an instant: each evening's answers, kept, are those that are given about that evening later.

The last tests plant a reader of today's rows, and one that asks for banking dates instead of instants.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.actions.context import Context
from ingather.actions.files.approval import approve_file
from ingather.actions.files.sending import note_in_doubt, resolve_doubt
from ingather.actions.orders import hold_order, unhold_order
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.facts import Scope
from ingather.domain.refusals import ExitCode, Unreadable
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.rehearsal.wire import STORM
from ingather.jobs.rehearsal.world import World, simulate_world
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.reading import files, orders
from ingather.store.reading.pages import Wanted
from ingather.store.reading.past import files as past_files
from ingather.store.reading.past import known as knowing
from ingather.store.reading.past import orders as past
from ingather.store.reading.past import returns as past_returns
from ingather.store.reading.past.known import Told, refuse_ahead
from ingather.store.tables import Fact, Order
from ingather.wiring import new_desk
from tests.journey.evenings import Said, differing, end_of, said_now, said_of
from tests.journey.stage import MONDAY, Sale, Script, all_files, at, changed_terms, night, order_key, play, staged
from tests.seeds import seed
from tests.unit.cli.shell import call

DAYS, ORDERS = 12, 16
FEW = 3
"""In so few evenings a planted reader is caught."""
FATES = {
    ("B 000", 1): Fate(return_code="R01"),
    ("B 001", 1): Fate(return_code="R02"),
    ("B 002", 1): Fate(return_code="R10", calendar_days=9),
}


@dataclass(frozen=True, slots=True)
class Lived:
    """A book at the end, and what its read models had said on each evening."""

    desk: Desk
    evenings: dict[date, Said]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("evenings")
    evenings: dict[date, Said] = {}

    def opened(**particulars: Any) -> Desk:  # noqa: ANN401 -- the stage's own arguments
        return new_desk(str(folder / "book.sqlite"), actor="system:rehearsal", node=0, **particulars)

    def keep(found: World) -> None:
        with found.stage.desk.view() as ctx:
            evenings[found.day] = said_now(ctx.session, found.day)

    played = simulate_world(
        folder, open_desk=opened, seed=seed() + 7, days=DAYS, orders=ORDERS, weather=STORM, on_day=keep
    )
    yield Lived(played.stage.desk, evenings)
    played.stage.desk.engine.dispose()


def wrongly_told(lived: Lived, *, most: int = DAYS, **how: Any) -> list[str]:  # noqa: ANN401 -- a planted reader
    """Return where what is told of an evening is not what was said on it; of some in the middle, or of all."""
    first = (len(lived.evenings) - most) // 2 if most < len(lived.evenings) else 0
    evenings = list(lived.evenings.items())[first : first + most]
    with lived.desk.view() as ctx:
        return [
            f"{day}: {fault}"
            for day, then in evenings
            for fault in differing(then, said_of(ctx.session, day, end_of(day), **how), untold=past.UNTOLD)
        ]


def test_every_evening_of_a_world_is_told_as_it_was(world: Lived) -> None:
    assert len(world.evenings) == DAYS
    told = {(field, value) for said in world.evenings.values() for (model, _, field), value in said.items()
            if model == "orders" and field == "state"}  # fmt: skip
    assert {state for _, state in told} >= {"open", "submitted", "settled", "collected"}
    assert wrongly_told(world) == []


def test_every_evening_of_a_journey_is_told_as_it_was_on_either_engine(book_url: str, tmp_path: Path) -> None:
    stage = staged(
        tmp_path, [Sale(amount=100 * (number + 1)) for number in range(4)], behaviour=Script(fates=FATES), book=book_url
    )
    evenings: dict[date, Said] = {}
    for number, day in enumerate(banking_days(MONDAY, 8)):
        play(stage, day)
        if number in {1, 3}:
            decide = hold_order if number == 1 else unhold_order
            with stage.desk.as_actor("user:maria").action() as ctx:
                decide(ctx, order_key(stage, "b000"), reason="they asked")
        if number == 6:
            run_settle(stage.desk, as_of=day)
        with stage.desk.view() as ctx:
            evenings[day] = said_now(ctx.session, day)
    # The SQL of each read model is asked on either engine; every evening is compared on one.
    most = DAYS if book_url.startswith("sqlite") else FEW
    assert wrongly_told(Lived(stage.desk, evenings), most=most) == []
    first, last = min(evenings), max(evenings)
    key = ("orders", order_key(stage, "b001"), "state")
    assert evenings[first][key] == "submitted"
    assert evenings[last][key] == "failed"
    held = ("orders", order_key(stage, "b000"), "held")
    assert {said[held] for said in evenings.values()} == {False, True}


def _submitted(said: Said) -> set[int]:
    return {int(str(key)) for (model, key, field), value in said.items()
            if (model, field, value) == ("orders", "state", "submitted")}  # fmt: skip


def test_a_list_of_then_has_the_orders_of_a_state_page_by_page(world: Lived) -> None:
    day = max(world.evenings, key=lambda evening: len(_submitted(world.evenings[evening])))
    meant = _submitted(world.evenings[day])
    assert len(meant) > 2
    found: list[str] = []
    with world.desk.view() as ctx:
        after = None
        while True:
            wanted = Wanted(limit=2, after=after, filters={"state": ["submitted"]})
            rows, after = past.page_known(ctx.session, end_of(day), wanted)
            found += [row["id"] for row in rows]
            if after is None:
                break
        shown = orders.in_full(ctx.session, sorted(meant))
        assert found == sorted((shown[key]["id"] for key in meant), reverse=True)
        with pytest.raises(Unreadable, match="held"):
            past.page_known(ctx.session, end_of(day), Wanted(limit=2, filters={"held": True}))


def test_what_is_told_later_of_an_earlier_day_was_not_known_on_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], behaviour=Script(fates={("B 000", 1): Fate(return_code="R01")}))
    play(stage, *banking_days(MONDAY, 5))
    with stage.desk.view() as ctx:
        (told,) = ctx.session.scalars(select(Fact).where(Fact.kind == "returned"))
        key = told.detail["order"]
        before, after = told.recorded_at - timedelta(microseconds=1), told.recorded_at
        assert told.on_date == before.astimezone(NEW_YORK).date()
        assert past.states_of(ctx.session, [key], before)[key] in {"submitted", "settled"}
        assert past.states_of(ctx.session, [key], after)[key] == "returned"
        assert past_returns.listed(ctx.session, before) == []
        assert [row["applied"] for row in past_returns.listed(ctx.session, after)] == [True]


def test_a_doubt_of_a_file_that_another_run_had_taken_is_told_until_it_is_resolved(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], profile=changed_terms(auto_approve_under_cents=0))
    night(stage, MONDAY)
    (key,) = (parse_public_id(Prefix.FILE, row["id"]) for row in all_files(stage))
    told, instants = [], []
    steps: list[Callable[[Context, int], None]] = [
        approve_file, partial(note_in_doubt, why="gone", laid=True), _not_delivered,
    ]  # fmt: skip
    for hour, does in enumerate(steps, 19):
        at(stage, MONDAY, time(hour))
        with stage.desk.as_actor("user:maria").action() as ctx:
            does(ctx, key)
            told.append(str(files.listed(ctx.session)[0]["state"]))
            instants.append(ctx.now)
    assert told == ["approved", "in_doubt", "approved"]
    with stage.desk.view() as ctx:
        assert [past_files.states_known(ctx.session, [key], instant)[key].state for instant in instants] == told


def _not_delivered(ctx: Context, key: int) -> None:
    resolve_doubt(ctx, key, delivered=False, second="user:omar", word="they have nothing")


def test_the_commands_tell_what_was_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(tmp_path, [Sale()], behaviour=Script(fates={("B 000", 1): Fate(return_code="R02")}))
    play(stage, *banking_days(MONDAY, 3))
    monkeypatch.setattr("ingather.cli.options.system_clock", lambda: stage.clock.now)
    book = ["--book", str(tmp_path / "book.sqlite"), "--keys", str(tmp_path / "book.keys")]

    def told(*words: str) -> Any:  # noqa: ANN401 -- JSON
        said = call(*book, *words, "--known-at", MONDAY.isoformat(), "--json")
        assert said.code == 0, words
        return said.json

    key = public_id(Prefix.ORDER, order_key(stage, "b000"))
    assert (told("order", "show", key)["state"], told("order", "show", key)["untold"]) == (
        "submitted", list(past.UNTOLD),
    )  # fmt: skip
    assert [row["id"] for row in told("order", "list", "--state", "submitted")] == [key]
    assert told("order", "list", "--state", "failed") == told("return", "list") == told("case", "list") == []
    (file,) = told("file", "list")
    assert {row["settled_on"] for row in told("file", "show", file["id"])["batch_list"]} == {None}
    assert told("merchant", "owes", "harbor")["available_minor"] == 0
    assert told("statement", "list") == []
    assert [row["exposed_cents"] for row in told("exposure")] == [12_345]
    for words in (("order", "show", key), ("order", "list"), ("file", "show", file["id"]), ("file", "list")):
        assert call(*book, *words, "--known-at", MONDAY.isoformat()).code == 0, words
    late = call(*book, "order", "show", key, "--known-at", "2027-03-01")
    assert (late.code, "lies ahead" in late.words) == (1, True)
    assert call(*book, "order", "show", key).words.count("failed")
    assert call(*book, "return", "list", "--known-at", MONDAY.isoformat(), "--disputable").code == ExitCode.USAGE


def test_nothing_is_told_of_what_lies_ahead() -> None:
    now = end_of(MONDAY)
    assert refuse_ahead(now, now=now) == now
    with pytest.raises(Unreadable, match="ahead"):
        refuse_ahead(now + timedelta(seconds=1), now=now)


def test_a_reader_of_today_s_rows_is_caught(world: Lived) -> None:
    def today(session: Session, keys: Sequence[int], at: datetime) -> dict[int, dict[str, Any]]:
        known = session.scalars(select(Order.id).where(Order.id.in_(keys), Order.created_at <= at)).all()
        return orders.in_full(session, known)

    faults = wrongly_told(world, states=today)
    assert any("orders state" in fault for fault in faults)
    assert any("although the book does not keep it" in fault for fault in faults)


def test_facts_by_their_banking_date_are_caught(world: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    true = partial(knowing.facts_known)

    def by_date(
        session: Session, scope: Scope, subjects: Any, at: datetime, **how: Any,  # noqa: ANN401 -- as the true one
    ) -> list[Told]:  # fmt: skip
        return [fact for fact in true(session, scope, subjects, end_of(date.max - timedelta(days=2)), **how)
                if fact.on <= at.date()]  # fmt: skip

    monkeypatch.setattr(knowing, "facts_known", by_date)
    assert any("orders state" in fault for fault in wrongly_told(world, most=FEW))
