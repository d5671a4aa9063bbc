"""The folder channel keeps the contract, writes plain only where it may, and survives what a folder does."""

import errno
import hashlib
import os
import resource
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ingather.gateway import folder as folder_module
from ingather.gateway import renaming
from ingather.gateway.channel import ChannelRefused, NameTaken, Refusal, Seen
from ingather.gateway.folder import FolderChannel
from tests.unit.gateway.channel_contract import DATA, NAME, PART, ChannelContract, FarEnd

NOBODY = 65534


class FaultyFolder(FolderChannel):
    """A folder channel whose two ways to the system can be made to fail, and whose listing can be old."""

    cut: int | None = None
    after_rename: str | None = None
    old_listing: list[Seen] | None = None

    def _write(self, file: int, piece: memoryview) -> int:
        if self.cut is None:
            return super()._write(file, piece[:1000])
        if self.cut == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        written = super()._write(file, piece[: self.cut])
        self.cut -= written
        return written

    def _rename(self, folder: int, temporary: str, name: str) -> None:
        if self.after_rename == "refuse":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super()._rename(folder, temporary, name)
        match self.after_rename:
            case "lose the file":
                os.unlink(name, dir_fd=folder)
            case "shorten the file":
                os.truncate(self._outbound / name, 940)
            case "lose the reply":
                raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            case _:
                pass

    def listing(self) -> list[Seen]:
        return super().listing() if self.old_listing is None else self.old_listing


class FolderFarEnd:
    """Two folders under a test's own, with real refusals of the system and injected ones."""

    def __init__(self, root: Path) -> None:
        self.outbound, self.inbound = root / "outbound", root / "inbound"
        self.outbound.mkdir()
        self.inbound.mkdir()
        self.channel = FaultyFolder(self.outbound, self.inbound, mark="test")

    def at_bank(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.outbound.iterdir()}

    def lay(self, name: str, data: bytes) -> None:
        (self.outbound / name).write_bytes(data)

    def collect(self, name: str) -> None:
        (self.outbound / name).unlink()

    def deliver(self, name: str, data: bytes) -> None:
        (self.inbound / name).write_bytes(data)

    def archived(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.inbound / "archive").iterdir()}

    @contextmanager
    def denied(self) -> Iterator[None]:
        self.outbound.chmod(0o500)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)
            self.outbound.chmod(0o700)

    @contextmanager
    def full(self) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(DATA) // 2, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    @contextmanager
    def gone(self) -> Iterator[None]:
        folders = (self.outbound, self.inbound)
        for folder in folders:
            folder.rename(folder.with_suffix(".away"))
        try:
            yield
        finally:
            for folder in folders:
                folder.with_suffix(".away").rename(folder)

    @contextmanager
    def cut_at(self, byte: int) -> Iterator[None]:
        self.channel.cut = byte
        yield
        self.channel.cut = None

    @contextmanager
    def _at_the_rename(self, fault: str) -> Iterator[None]:
        self.channel.after_rename = fault
        yield
        self.channel.after_rename = None

    def loses_the_file(self) -> AbstractContextManager[None]:
        return self._at_the_rename("lose the file")

    def shortens_the_file(self) -> AbstractContextManager[None]:
        return self._at_the_rename("shorten the file")

    def loses_the_reply(self) -> AbstractContextManager[None]:
        return self._at_the_rename("lose the reply")

    def refuses_to_rename(self) -> AbstractContextManager[None]:
        return self._at_the_rename("refuse")

    @contextmanager
    def lists_nothing_new(self) -> Iterator[None]:
        self.channel.old_listing = self.channel.listing()
        yield
        self.channel.old_listing = None


class TestFolderChannel(ChannelContract):
    @pytest.fixture
    def far_end(self, tmp_path: Path) -> FarEnd:
        return FolderFarEnd(tmp_path)


def made(root: Path, /) -> FolderChannel:
    for name in ("outbound", "inbound"):
        (root / name).mkdir()
    return FolderChannel(root / "outbound", root / "inbound", mark="test")


def test_plain_account_numbers_are_not_laid_for_a_live_book(tmp_path: Path) -> None:
    with pytest.raises(ChannelRefused) as refused:
        FolderChannel(tmp_path, tmp_path, mark="live")
    assert refused.value.reason is Refusal.PLAIN
    assert "encrypted_mount" in str(refused.value)
    FolderChannel(tmp_path, tmp_path, mark="live", encrypted_mount=True)


def test_a_real_full_disk_is_refused_and_completed_when_there_is_room(tmp_path: Path) -> None:
    channel = made(tmp_path)
    with small_disk(tmp_path / "outbound") as make_room:
        with pytest.raises(ChannelRefused) as refused:
            channel.put_temporary(NAME, DATA * 4)
        assert refused.value.reason is Refusal.FULL
        make_room()
        channel.put_temporary(NAME, DATA * 4)
        channel.publish(NAME)
        assert (tmp_path / "outbound" / NAME).read_bytes() == DATA * 4


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """Make ``folder`` a disk too small for four times ``DATA``: a real one where we may mount, else a file limit."""
    mount = shutil.which("mount")
    sized = [mount or "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() == 0 and mount and subprocess.run(sized, check=False, capture_output=True).returncode == 0:
        umount = shutil.which("umount") or "umount"
        try:
            yield lambda: _run(mount, "-o", "remount,size=1m", str(folder))
        finally:
            _run(umount, str(folder))
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def test_a_file_where_the_folder_should_be_is_denied_and_kept(tmp_path: Path) -> None:
    (tmp_path / "outbound").write_bytes(b"not a folder")
    (tmp_path / "inbound").mkdir()
    channel = FolderChannel(tmp_path / "outbound", tmp_path / "inbound", mark="test")
    with pytest.raises(ChannelRefused) as refused:
        channel.put_temporary(NAME, DATA)
    assert refused.value.reason is Refusal.DENIED
    assert (tmp_path / "outbound").read_bytes() == b"not a folder"


def test_a_link_or_a_folder_under_a_name_is_seen_but_never_followed(tmp_path: Path) -> None:
    channel = made(tmp_path)
    (tmp_path / "elsewhere").write_bytes(DATA)
    (tmp_path / "outbound" / NAME).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "outbound" / PART).mkdir()
    evidence = channel.read_back(NAME)
    assert evidence.final == Seen(name=NAME, size=0, sha256=None)
    assert evidence.temporary == Seen(name=PART, size=0, sha256=None)
    with pytest.raises(ChannelRefused) as refused:
        channel.put_temporary(NAME, DATA)
    assert refused.value.reason is Refusal.NOT_A_FILE
    assert channel.listing() == []


def test_what_is_written_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    channel = made(tmp_path)
    channel.put_temporary(NAME, DATA)
    channel.publish(NAME)
    assert (tmp_path / "outbound" / NAME).stat().st_mode & 0o777 == 0o600


def test_the_file_is_durable_before_its_rename_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = made(tmp_path)
    steps: list[str] = []
    sync, rename = os.fsync, renaming.rename_into_place

    def noted_sync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def noted_rename(source: str, target: str, *, source_folder: int, target_folder: int) -> None:
        steps.append("rename")
        rename(source, target, source_folder=source_folder, target_folder=target_folder)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr("ingather.gateway.folder.rename_into_place", noted_rename)
    channel.put_temporary(NAME, DATA)
    channel.put_temporary(NAME, DATA)
    channel.publish(NAME)
    assert steps == ["file", "folder", "file", "folder", "rename", "folder"]


def test_a_rename_replaces_nothing_where_the_system_has_no_single_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "_renameat2", lambda: None)
    channel = made(tmp_path)
    channel.put_temporary(NAME, DATA)
    (tmp_path / "outbound" / NAME).write_bytes(b"another")
    with pytest.raises(NameTaken):
        channel.publish(NAME)
    assert (tmp_path / "outbound" / NAME).read_bytes() == b"another"
    (tmp_path / "outbound" / NAME).unlink()
    channel.publish(NAME)
    assert (tmp_path / "outbound" / NAME).read_bytes() == DATA


def test_a_report_still_being_written_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = made(tmp_path)
    report = tmp_path / "inbound" / "ack.txt"
    report.write_bytes(b"first half, ")
    opened = os.open

    def grown(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "ack.txt":
            with report.open("ab") as writer:
                writer.write(b"second half")
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", grown)
    with pytest.raises(ChannelRefused) as refused:
        channel.fetch("ack.txt")
    assert refused.value.reason is Refusal.CHANGING
    assert refused.value.transient
    monkeypatch.undo()
    assert channel.fetch("ack.txt") == b"first half, second half"


def test_a_report_larger_than_one_may_be_is_refused_unread(tmp_path: Path) -> None:
    channel = made(tmp_path)
    with (tmp_path / "inbound" / "huge.txt").open("wb") as sparse:
        sparse.truncate(folder_module.LARGEST + 1)
    with pytest.raises(ChannelRefused) as refused:
        channel.fetch("huge.txt")
    assert refused.value.reason is Refusal.TOO_LARGE


@pytest.mark.parametrize("byte", [0, 1, 20_000, len(DATA)])
def test_a_writer_killed_at_any_byte_leaves_nothing_under_the_final_name(tmp_path: Path, byte: int) -> None:
    channel = made(tmp_path)
    child = os.fork()
    if child == 0:
        dying = _DyingFolder(tmp_path / "outbound", tmp_path / "inbound", mark="test")
        dying.left = byte
        dying.put_temporary(NAME, DATA)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert channel.read_back(NAME).final is None
    channel.put_temporary(NAME, DATA)
    channel.publish(NAME)
    assert channel.read_back(NAME).delivered(size=len(DATA), sha256=hashlib.sha256(DATA).digest())


class _DyingFolder(FolderChannel):
    left: int

    def _write(self, file: int, piece: memoryview) -> int:
        self.left -= super()._write(file, piece[: self.left])
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return len(piece)
