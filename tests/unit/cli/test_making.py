"""``ingather init``: a book and its keys are made whole, or not at all."""

import stat
from pathlib import Path

import pytest

from tests.journey.stage import changed_terms
from tests.red import ACCOUNTS
from tests.unit.cli.shell import Said, call


def init(folder: Path, *more: str, profile: str = "first-example", outbound: str = "out", account: str = "") -> Said:
    """Make a book in a folder."""
    (folder / "out").mkdir(exist_ok=True)
    (folder / "in").mkdir(exist_ok=True)
    return call(
        "--book", str(folder / "book.sqlite"), "init", "--originator", "Market", "--bank", "EXAMUS33",
        "--profile", profile, "--outbound", str(folder / outbound), "--inbound", str(folder / "in"), *more,
        INGATHER_OUR_ACCOUNT=account or ACCOUNTS[0],
    )  # fmt: skip


def test_a_book_is_made_with_its_keys_beside_it(tmp_path: Path) -> None:
    said = init(tmp_path, "--json")
    assert said.code == 0
    assert set(said.json) == {"did", "book", "mark", "instance"}
    assert said.json["mark"] == "test"
    assert stat.S_IMODE((tmp_path / "book.keys" / "ring.json").stat().st_mode) == 0o600
    found = call("--book", str(tmp_path / "book.sqlite"), "db", "check", "--json")
    assert (found.code, found.json["ok"]) == (0, True)
    assert call("--book", str(tmp_path / "book.sqlite"), "night", "--json").json["did"] == "nothing"


def test_a_second_book_is_never_made_over_the_first(tmp_path: Path) -> None:
    init(tmp_path)
    book = (tmp_path / "book.sqlite").read_bytes()
    said = init(tmp_path)
    assert (said.code, "a key ring already" in said.words) == (2, True)
    assert (tmp_path / "book.sqlite").read_bytes() == book


def test_our_account_is_asked_for_and_not_echoed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()
    said = call(
        "--book", str(tmp_path / "book.sqlite"), "init", "--originator", "Market", "--bank", "EXAMUS33",
        "--profile", "first-example", "--outbound", str(tmp_path / "out"), "--inbound", str(tmp_path / "in"),
        stdin=f"{ACCOUNTS[1]}\n",
    )  # fmt: skip
    assert said.code == 0


BALANCED = changed_terms(
    writing__balanced=True,
    offset__account="main",
    offset__routing="231380104",
    offset__name="OPERATING",
    offset__mark="OFFSET",
)
BROKEN: dict[str, tuple[bytes | None, str]] = {
    "is not there": (None, "No such file or directory"),
    "is no TOML": (b"hello", "This is not TOML"),
    "is no text": (b"\xff\xfe\x00", "is not UTF-8 text"),
    "misses keys": (b'id = "x"', "is missing"),
    "wants balanced files": (BALANCED.encode(), "nights do not send balanced files yet"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_profile_that_cannot_be_used_leaves_nothing_behind(tmp_path: Path, what: str) -> None:
    content, sentence = BROKEN[what]
    if content is not None:
        (tmp_path / "profile.toml").write_bytes(content)
    said = init(tmp_path, profile=str(tmp_path / "profile.toml"))
    assert said.code in {1, 2}
    assert sentence in said.words
    assert not (tmp_path / "book.sqlite").exists()
    assert not (tmp_path / "book.keys").exists()
    assert init(tmp_path).code == 0


def test_a_banks_folder_is_never_made_by_guess(tmp_path: Path) -> None:
    said = init(tmp_path, outbound="nowhere")
    assert (said.code, "There is no folder" in said.words) == (1, True)
    assert not (tmp_path / "book.sqlite").exists()


def test_a_live_book_is_marked_as_one_and_writes_no_plain_files(tmp_path: Path) -> None:
    assert init(tmp_path, "--live", "--json").json["mark"] == "live"
    said = call("--book", str(tmp_path / "book.sqlite"), "inbound")
    assert said.code == 12
    assert "encrypted_mount" in said.words
