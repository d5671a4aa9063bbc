"""What a hurried hand does wrong is refused before anything is written."""

from pathlib import Path

import pytest

from ingather.domain.refusals import BookMissing, BookRestored
from ingather.store.engine import book_url
from ingather.vault.keys import make_ring
from ingather.wiring import open_desk
from tests.journey.stage import Sale, staged
from tests.unit.cli.shell import call


def test_another_books_keys_seal_nothing_here(tmp_path: Path) -> None:
    stage = staged(tmp_path / "mine", [Sale()])
    make_ring(tmp_path / "other.keys")
    desk = open_desk(str(stage.folder / "book.sqlite"), keys=str(tmp_path / "other.keys"), actor="user:maria")
    with pytest.raises(BookRestored, match="belongs to another book"), desk.action():
        pass


def test_a_url_of_another_kind_of_database_is_named(tmp_path: Path) -> None:
    assert book_url(str(tmp_path / "book.sqlite")).startswith("sqlite:///")
    with pytest.raises(BookMissing, match="mysql"):
        book_url("mysql://host/book")


@pytest.mark.parametrize("inbound", ["out", "out/in"])
def test_folders_within_each_other_are_refused(tmp_path: Path, inbound: str) -> None:
    (tmp_path / "out" / "in").mkdir(parents=True)
    result = call(
        "--book", str(tmp_path / "b.sqlite"), "init", "--originator", "M", "--bank", "B", "--account", "000012345678",
        "--profile", "first-example", "--outbound", str(tmp_path / "out"), "--inbound", str(tmp_path / inbound),
    )  # fmt: skip
    assert (result.code, "outbound and the inbound folder" in result.err) == (1, True)
    assert not (tmp_path / "b.sqlite").exists()
