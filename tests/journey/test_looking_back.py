"""What the host remembers is compared with the book while others work: a healthy book is never taken for a copy."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ingather.gateway.host import HostMemory, SentLine
from ingather.jobs.desk import Desk
from ingather.jobs.restored import is_restored, mark_behind
from ingather.jobs.watch import watch
from ingather.store import audit
from tests.journey.stage import MONDAY, Sale, night, staged


class Overtaken(HostMemory):
    """A memory that is read just before or just after another process has done something, once."""

    def __init__(self, folder: Path, *, before_head: Callable[[], object], after_sent: Callable[[], object]) -> None:
        super().__init__(folder)
        self._before_head, self._after_sent = [before_head], [after_sent]

    def head(self) -> tuple[int, bytes] | None:
        while self._before_head:
            self._before_head.pop()()
        return super().head()

    def sent(self) -> list[SentLine]:
        found = super().sent()
        while self._after_sent:
            self._after_sent.pop()()
        return found


def _nothing() -> None:
    return None


def _looking(
    desk: Desk,
    folder: Path,
    *,
    before_head: Callable[[], object] = _nothing,
    after_sent: Callable[[], object] = _nothing,
) -> Desk:
    memory = Overtaken(folder / "book.keys", before_head=before_head, after_sent=after_sent)
    return replace(desk, host=memory)


def _work(desk: Desk) -> None:
    """Commit a record as another process does, and have the host remember it."""
    with desk.action() as ctx:
        ctx.audit("look", "book")
    desk.remember()


def test_a_commit_between_the_looks_marks_no_book(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    night(stage, MONDAY)
    before = _head(stage.desk)
    for look in (mark_behind, is_restored):
        assert not look(_looking(stage.desk, tmp_path, before_head=lambda: _work(stage.desk)))
    alarms = watch(_looking(stage.desk, tmp_path, before_head=lambda: _work(stage.desk)))
    assert [each.id for each in alarms] == []
    assert _head(stage.desk) == before + 3
    assert not is_restored(stage.desk)


def test_a_file_withheld_between_the_looks_marks_no_book(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    night(stage, MONDAY)
    host = stage.desk.host
    sending = SentLine(what="sending", name="later.ach", sha256="00" * 32, entries=1, debit_cents=1)
    for look in (mark_behind, is_restored):
        host.note_send(sending)
        withhold = partial(host.note_send, replace(sending, what="withheld"))
        assert not look(_looking(stage.desk, tmp_path, after_sent=withhold))
    host.note_send(sending)
    assert is_restored(stage.desk)
    assert mark_behind(stage.desk)


def _head(desk: Desk) -> int:
    with desk.view() as ctx:
        return audit.head(ctx.session)[0]
