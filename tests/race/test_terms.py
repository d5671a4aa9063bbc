"""An authorization revoked after its order was read and before its file is sealed: the order is in no file."""

from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.files import sealing
from ingather.jobs.night.due_files import DueFiles
from ingather.jobs.night.run import NightReport, run_night
from ingather.store import due
from ingather.store.tables import Authorization, Entry, Order
from tests.crash.stories import Story, begin, evening

_SEAL = DueFiles._seal_file  # noqa: SLF001 -- somebody acts right before it


def _night(story: Story, patch: pytest.MonkeyPatch) -> tuple[NightReport, list[int]]:
    """Play a night in which one authorization of each file is revoked right before it is sealed, the first time."""
    revoked: list[int] = []

    def late(self: DueFiles, new: sealing.NewFile) -> int:
        with self._desk.as_actor("user:late").action() as ctx:
            authorization_id = int(new.entries.authorization_ids[0])
            if not revoked and ctx.session.get_one(Authorization, authorization_id).state == "active":
                revoke_authorization(ctx, authorization_id, reason="just in time")
                revoked.append(authorization_id)
        return _SEAL(self, new)

    patch.setattr(DueFiles, "_seal_file", late)
    return run_night(story.desk(evening(), node=5)), revoked


def _sealed_of(story: Story, authorization_ids: list[int]) -> list[int]:
    with story.desk(evening(), node=6).view() as ctx:
        asked = select(Entry.id).join(Order, Order.id == Entry.order_id)
        return list(ctx.session.scalars(asked.where(Order.authorization_id.in_(authorization_ids))))


def _story(folder: Path, url: str) -> Story:
    return begin(folder, url=None if url.startswith("sqlite") else url, orders=8)[0]


def test_what_was_revoked_since_it_was_read_is_in_no_file(
    tmp_path: Path, book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = _story(tmp_path, book_url)
    report, revoked = _night(story, monkeypatch)
    assert revoked
    assert report.sent
    assert not report.voided
    assert _sealed_of(story, revoked) == []


def test_a_change_of_terms_that_nobody_counts_is_caught(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (due, sealing):
        monkeypatch.setattr(module, "change_of_terms", lambda _: 1)
    story = _story(tmp_path, postgres_book_url)
    report, revoked = _night(story, monkeypatch)
    # It is sealed, and found only right before its file would have left.
    assert report.voided
    assert _sealed_of(story, revoked)
