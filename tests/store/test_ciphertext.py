"""Ciphertext is bound to its row: swapped in the database it does not open, and nothing is sealed or sent from it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import LargeBinary, literal, select

from ingather.actions.banks import NewBook
from ingather.domain.refusals import BrokenInvariant, KeyMissing
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.night.run import run_night
from ingather.jobs.rehearsal.order_book import record_book
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.transmit import verify_file
from ingather.rules.tables import profile_text
from ingather.store.tables import (
    Account,
    AccountChange,
    Base,
    Correction,
    FileChunk,
    MerchantAccount,
    ReportChunk,
    User,
    WebhookSecret,
)
from ingather.vault.keys import load_ring, make_ring
from ingather.vault.sealing import Place, Vault
from ingather.wiring import new_desk
from tests.crash.stories import evening
from tests.journey.whole import Whole
from tests.red import red_account
from tests.seeds import seed

_NO_PART = literal(0)
SEALED: dict[Place, tuple[Any, Any, Any] | None] = {
    Place.ACCOUNT_NUMBER: (Account.id, _NO_PART, Account.number),
    Place.ACCOUNT_NUMBER_BEFORE: (AccountChange.id, _NO_PART, AccountChange.number),
    Place.FILE_BYTES: (FileChunk.file_id, FileChunk.part, FileChunk.content),
    Place.REPORT_BYTES: (ReportChunk.report_id, ReportChunk.part, ReportChunk.content),
    Place.CORRECTED_DATA: (Correction.id, _NO_PART, Correction.corrected_data),
    Place.PAYEE_NUMBER: (MerchantAccount.id, _NO_PART, MerchantAccount.number),
    Place.SECOND_FACTOR: (User.id, _NO_PART, User.totp_sealed),
    Place.WEBHOOK_SECRET: (WebhookSecret.id, _NO_PART, WebhookSecret.sealed),
    # It stands in a cookie of whoever signs in, and in no row.
    Place.SIGN_IN: None,
}
"""Where each place's ciphertexts stand: the row's key, the part, and the column, all mapped."""
HASHED = frozenset(
    {
        "accounts.number_index", "merchant_accounts.number_index", "feeds.account_index", "users.once_mac",
        "user_sessions.mac", "guessed_names.name_mac", "api_keys.mac", "api_keys.old_mac", "answered_calls.fingerprint",
        "answered_calls.answer", "audit.previous", "audit.hash", "key_epochs.wrapped", "bank_profiles.sha256",
        "returns.item_key", "corrections.item_key", "rule_sets.sha256", "policies.sha256", "files.sha256",
        "approvals.sha256", "bank_days.page_sha256", "authorizations.text_sha256", "reports.sha256",
        "audit_anchors.hash", "restored_findings.sha256", "restorations.head_hash", "restorations.lost_hash",
        "reports.items_sha256", "report_profiles.sha256", "reported_settlements.item_key", "adjustments.item_key",
    }
)  # fmt: skip
"""Every other column of bytes: hashes, keyed hashes, wrapped keys, and the packed answers, which are searched."""
PAIRS = int(os.environ.get("INGATHER_TEST_SWAPS", "10000"))


@pytest.fixture
def desk(tmp_path: Path, book_url: str) -> Desk:
    """Return the desk of a test book with ten orders that are due."""
    for name in ("out", "in"):
        (tmp_path / name).mkdir()
    made = new_desk(book_url, keys=str(tmp_path / "keys"), actor="system:night", clock=evening, node=1)
    channel = {"kind": "folder", "outbound": str(tmp_path / "out"), "inbound": str(tmp_path / "in")}
    toml = profile_text("first-example").replace("entries = 100000", "entries = 5")
    found(
        made,
        NewBook(
            mark="test", originator="Marketplace", profile=toml, bank="EXAMUS33", account=red_account(0),
            channel=channel,
        ),
    )  # fmt: skip
    record_book(made, seed=1, count=10, due=[START])
    return made


def _swap(desk: Desk, table: str, column: str, key: str) -> None:
    """Swap a column between the first two rows of a table."""
    with desk.engine.begin() as connection:
        rows = connection.exec_driver_sql(f"SELECT {key}, {column} FROM {table} ORDER BY {key} LIMIT 2").all()  # noqa: S608 -- names of our own
        mark = "%s" if desk.engine.dialect.name == "postgresql" else "?"
        for (row, _), (_, other) in zip(rows, reversed(rows), strict=True):
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = {mark} WHERE {key} = {mark}", (other, row))  # noqa: S608 -- names of our own


def test_account_numbers_swapped_between_rows_stop_the_night(desk: Desk, tmp_path: Path) -> None:
    _swap(desk, "accounts", "number", "id")
    with pytest.raises(BrokenInvariant, match="does not open"):
        run_night(desk)
    assert not list((tmp_path / "out").iterdir())


def test_file_bytes_swapped_between_files_do_not_open(desk: Desk) -> None:
    report = run_night(desk)
    assert len(report.sent) == 2
    with desk.engine.connect() as connection:
        files = [row[0] for row in connection.exec_driver_sql("SELECT id FROM files ORDER BY id")]
    assert [verify_file(desk, file_id) for file_id in files] == [[], []]
    _swap(desk, "file_chunks", "content", "file_id")
    for file_id in files:
        (said,) = verify_file(desk, file_id)
        assert "does not open" in said


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_ring(tmp_path / "keys")
    (key_file,) = (tmp_path / "keys").iterdir()
    assert key_file.stat().st_mode & 0o777 == 0o600
    load_ring(tmp_path / "keys")
    for mode in (0o640, 0o604, 0o620):
        key_file.chmod(mode)
        with pytest.raises(KeyMissing, match="others than its owner"):
            load_ring(tmp_path / "keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One ciphertext and where it belongs."""

    place: Place
    row: int
    part: int
    sealed: bytes = field(repr=False)

    def opened_by(self, vault: Vault, sealed: bytes) -> bool:
        """Return whether bytes open as this row's."""
        try:
            vault.open(self.place, self.row, sealed, part=self.part)
        except BrokenInvariant:
            return False
        return True


@pytest.fixture(scope="module")
def kept(whole: Whole) -> list[Kept]:
    """Return every ciphertext of the book after a whole journey."""
    found: list[Kept] = []
    with whole.stage.desk.view() as ctx:
        for place, where in SEALED.items():
            if where is not None:
                rows = ctx.session.execute(select(*where).where(where[2].is_not(None)))
                found += [Kept(place=place, row=row, part=part, sealed=bytes(sealed)) for row, part, sealed in rows]
    return found


def _pairs(kept: list[Kept]) -> Iterator[tuple[Kept, Kept]]:
    """Yield pairs: each place with each at least once, and then at random."""
    draw = Random(seed())  # noqa: S311 -- a repeatable draw, no secrets
    by_place = {place: [each for each in kept if each.place is place] for place in {each.place for each in kept}}
    for ours in by_place.values():
        for theirs in by_place.values():
            yield draw.choice(ours), draw.choice(theirs)
    for _ in range(PAIRS):
        yield draw.choice(kept), draw.choice(kept)


def test_every_place_has_its_column_and_every_column_of_bytes_is_known() -> None:
    assert set(SEALED) == set(Place)
    sealed = {f"{where[2].table.name}.{where[2].name}" for where in SEALED.values() if where is not None}
    bytes_of = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert bytes_of - sealed <= HASHED
    assert not sealed & HASHED


@pytest.mark.xdist_group("whole")
def test_no_two_ciphertexts_can_be_swapped(
    whole: Whole, kept: list[Kept], record_property: Callable[[str, object], None]
) -> None:
    vault = whole.stage.desk.vault
    assert {each.place for each in kept} == {place for place, where in SEALED.items() if where is not None}
    assert all(each.opened_by(vault, each.sealed) for each in kept)
    swapped = [(ours, theirs) for ours, theirs in _pairs(kept) if ours is not theirs]
    assert len(swapped) > PAIRS / 2
    assert not [(ours, theirs) for ours, theirs in swapped if ours.opened_by(vault, theirs.sealed)]
    record_property("pairs of ciphertexts swapped and refused", len(swapped))


@pytest.mark.xdist_group("whole")
def test_no_ciphertext_opens_cut_or_changed_or_elsewhere(whole: Whole, kept: list[Kept]) -> None:
    vault, draw = whole.stage.desk.vault, Random(seed())  # noqa: S311 -- as above
    for each in kept:
        for damaged in _damaged(each.sealed, draw):
            assert not each.opened_by(vault, damaged)
        # Rows have ids of their own over all tables; here they share one.
        elsewhere = [replace(each, place=place) for place in Place if place is not each.place]
        for other in (*elsewhere, replace(each, row=each.row + 1), replace(each, part=each.part + 1)):
            assert not other.opened_by(vault, each.sealed)


def _damaged(sealed: bytes, draw: Random) -> Iterator[bytes]:
    for _ in range(20):
        at = draw.randrange(len(sealed))
        yield sealed[:at]
        yield sealed[:at] + bytes([sealed[at] ^ (1 << draw.randrange(8))]) + sealed[at + 1 :]
    yield sealed + b"\0"
    yield b""
