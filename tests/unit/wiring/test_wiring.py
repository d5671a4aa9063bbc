"""The composition root: which book, which keys, which day, which channel."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingather.base.dates import NEW_YORK
from ingather.domain.refusals import BookMissing, KeyMissing, NoSuch, WrongState
from ingather.gateway.channel import ChannelRefused
from ingather.gateway.folder import FolderChannel
from ingather.wiring import (
    explain,
    fixed_clock,
    keys_folder,
    new_desk,
    open_desk,
    open_folder_channel,
    parse_instant,
    system_clock,
)
from tests.journey.stage import Sale, staged


def test_a_bare_date_means_six_in_the_evening_in_new_york() -> None:
    assert parse_instant("2026-11-22") == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert parse_instant("2026-07-01").astimezone(UTC).hour == 22


def test_an_instant_is_taken_with_its_offset() -> None:
    assert parse_instant("2026-11-22T09:30:00-05:00") == datetime(2026, 11, 22, 9, 30, tzinfo=NEW_YORK)
    assert parse_instant("2026-11-22T14:30:00Z") == datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "today", "2026-11-32", "22.11.2026", "2026-11-22T18:00:00", "0001-01-01", "2150-01-01", "9999-12-31"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- each text is wrong in its own way
        parse_instant(text)


def test_clocks_are_aware_and_a_fixed_one_stands_still() -> None:
    assert system_clock().tzinfo is UTC
    instant = datetime(2026, 11, 22, tzinfo=UTC)
    clock = fixed_clock(instant)
    assert (clock(), clock()) == (instant, instant)


def test_keys_lie_where_they_are_named_or_beside_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INGATHER_KEYS", raising=False)
    book = str(tmp_path / "book.sqlite")
    assert keys_folder(book) == tmp_path / "book.keys"
    assert keys_folder("postgresql:///book") == Path("ingather.keys")
    monkeypatch.setenv("INGATHER_KEYS", "elsewhere")
    assert keys_folder(book) == Path("elsewhere")
    assert keys_folder(book, "named") == Path("named")


def test_a_book_that_is_not_there_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(BookMissing):
        open_desk(str(tmp_path / "none.sqlite"), actor="user:maria")
    assert list(tmp_path.iterdir()) == []


def test_keys_of_another_book_are_never_taken_for_a_new_one(tmp_path: Path) -> None:
    staged(tmp_path, [Sale()])
    with pytest.raises(KeyMissing, match="already"):
        new_desk(str(tmp_path / "other.sqlite"), keys=str(tmp_path / "book.keys"), actor="user:maria")
    assert not (tmp_path / "other.sqlite").exists()


def test_a_book_without_its_schema_says_how_to_get_it(tmp_path: Path) -> None:
    stage = staged(tmp_path / "stage", [Sale()])
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(WrongState, match="ingather db upgrade"):
        open_desk(str(tmp_path / "stage" / "book.sqlite"), actor="user:maria")


def test_a_desk_finds_its_one_route_and_channel(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    (route,) = stage.desk.routes()
    assert (route.row.name, route.profile.id, route.channel["kind"]) == ("main", "first-example", "folder")
    assert isinstance(stage.desk.channel(route), FolderChannel)
    assert stage.desk.mark() == "test"


def test_a_live_book_gets_no_plain_folder_and_no_channel_it_does_not_know(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    (route,) = stage.desk.routes()
    with pytest.raises(ChannelRefused, match="encrypted_mount"):
        open_folder_channel(route, "live")
    route.channel["kind"] = "pigeon"
    with pytest.raises(WrongState, match="kind pigeon"):
        open_folder_channel(route, "test")


def test_a_refusal_is_explained_as_a_sentence() -> None:
    assert explain(NoSuch("there is no file")) == "There is no file. Check the id and the book"


def test_the_hosts_memory_follows_the_book_and_nothing_else(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    stage.desk.remember()
    head = stage.desk.host.head()
    assert head is not None
    assert head[0] >= 2
    assert "ring" not in repr(stage.desk.vault)
