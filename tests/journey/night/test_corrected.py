"""The one corrected debit after R11: a new entry with its own description, at most once, and never a retry."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from ingather.actions.files.approval import void_file
from ingather.actions.order_decisions import correct_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import WrongState
from ingather.jobs.night import run
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.tables import Entry, Order
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at,
    broken,
    changed_terms,
    night,
    order,
    order_key,
    play,
    returned,
    staged,
    states,
)

WEEK = (MONDAY, TUESDAY, WEDNESDAY)


def returned_r11(folder: Path, *more: tuple[str, int, str], book: str | None = None, **terms: object) -> Stage:
    """Return a stage on Wednesday evening whose order came back with R11; ``more`` returns later presentations."""
    fates = {("B 000", 1): returned("R11")} | {(name, at): returned(code) for name, at, code in more}
    stage = staged(
        folder, [Sale(goods=True)], behaviour=Script(fates=fates), profile=changed_terms(**terms), book=book,
    )  # fmt: skip
    play(stage, *WEEK)
    assert states(stage) == {"b000": "returned"}
    return stage


def correct(stage: Stage) -> None:
    """Plan the corrected debit."""
    with stage.desk.action() as ctx:
        correct_order(ctx, order_key(stage, "b000"), reason="dated too early")


def flagged(stage: Stage) -> bool:
    """Return whether the order's next debit is its corrected one."""
    with stage.desk.view() as ctx:
        return bool(ctx.session.get_one(Order, order_key(stage, "b000")).corrected)


def test_it_is_a_new_entry_with_its_own_description(tmp_path: Path, book_url: str) -> None:
    stage = returned_r11(tmp_path, book=book_url)
    assert night(stage, FRIDAY).sealed_orders == 0
    correct(stage)
    assert night(stage, FRIDAY).sealed_orders == 1
    first, second = order(stage, "b000")["entries"]
    assert (first["kind"], first["presentation"], first["description"]) == ("debit", 1, "PURCHASE")
    assert (second["kind"], second["presentation"], second["description"]) == ("corrected", 2, "PURCHASE")
    assert flagged(stage) is False
    assert broken(stage) == []


def test_a_second_one_is_never_made_even_when_the_book_says_so(tmp_path: Path) -> None:
    stage = returned_r11(tmp_path, ("B 000", 2, "R11"))
    correct(stage)
    play(stage, FRIDAY, NEXT_MONDAY, date(2026, 11, 24), date(2026, 11, 25))
    assert states(stage) == {"b000": "failed"}
    with pytest.raises(WrongState, match="no corrected entry follows"):
        correct(stage)
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Order).values(corrected=True, state="returned", collect_on=MONDAY))
    at(stage, date(2026, 11, 30))
    night(stage, date(2026, 11, 30))
    assert [row["presentation"] for row in order(stage, "b000")["entries"]] == [1, 2]


def test_voiding_its_file_keeps_it_the_corrected_one(tmp_path: Path) -> None:
    stage = returned_r11(tmp_path)
    correct(stage)
    _seal_only(stage)
    (file,) = [row for row in all_files(stage) if row["state"] == "sealed"]
    assert flagged(stage) is False
    with stage.desk.action() as ctx:
        void_file(ctx, parse_public_id(Prefix.FILE, file["id"]), reason="wrong")
    assert (flagged(stage), states(stage)) == (True, {"b000": "returned"})
    night(stage, NEXT_MONDAY)
    kinds = [(row["kind"], row["presentation"], row["ended"]) for row in order(stage, "b000")["entries"]]
    assert kinds == [("debit", 1, "returned"), ("corrected", 2, "voided"), ("corrected", 2, None)]
    assert broken(stage) == []


def _seal_only(stage: Stage) -> None:
    """Run the night of Friday with nobody approving."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_approve", lambda _: None)
        night(stage, FRIDAY)


def test_it_counts_among_the_presentations_but_not_against_our_own_fewer_retries(tmp_path: Path) -> None:
    stage = returned_r11(tmp_path, retry__max=0)
    correct(stage)
    assert night(stage, FRIDAY).sealed_orders == 1


def test_a_second_one_in_the_books_breaks_an_invariant(tmp_path: Path) -> None:
    stage = returned_r11(tmp_path)
    correct(stage)
    night(stage, FRIDAY)
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Entry).values(kind="corrected"))
    assert "corrected_at_most_once" in broken(stage)
