"""A night divided over processes, and a file sealed while the next is built: each order once, every limit kept."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from ingather.actions.files.sealing import NewFile, seal_file
from ingather.actions.orders import cancel_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.base.problems import Problem, Severity
from ingather.domain.refusals import ExitCode, LostClaim, WrongState
from ingather.jobs.night import due_files
from ingather.jobs.night.due_files import DueFiles
from ingather.jobs.night.run import NightReport, run_night
from ingather.jobs.rehearsal.stage import Stage
from ingather.nacha.refused import FormatRefused
from ingather.store import allocation
from ingather.store.engine import BookFault
from ingather.store.tables import Entry, NumberAllocation
from tests.journey.stage import EVENING, MONDAY, TUESDAY, Sale, at, broken, changed_terms, night, order, staged, states

_ORDERS = 24
_FEW = 12
_SEAL = DueFiles._seal_file  # noqa: SLF001 -- where a worker breaks


def _stage(folder: Path, url: str, **limits: int) -> Stage:
    sales = [Sale(amount=100 + number) for number in range(_ORDERS)]
    return staged(folder, sales, profile=changed_terms(**limits), book=url)


def _divided(stage: Stage, day: date = MONDAY, clock: time = EVENING) -> NightReport:
    at(stage, day, clock)
    return run_night(stage.desk, workers=2)


def _files_of_orders(stage: Stage) -> Counter[int]:
    with stage.desk.view() as ctx:
        return Counter(ctx.session.scalars(select(Entry.order_id).where(Entry.ended.is_(None))))


def test_two_workers_seal_each_order_once_in_files_of_their_own(tmp_path: Path, postgres_book_url: str) -> None:
    stage = _stage(tmp_path, postgres_book_url)
    report = _divided(stage)
    assert (report.sealed_orders, len(report.sealed), report.workers_lost) == (_ORDERS, 2, 0)
    assert report.exit_code is ExitCode.DONE
    assert set(_files_of_orders(stage).values()) == {1}
    assert len(_files_of_orders(stage)) == _ORDERS
    with stage.desk.view() as ctx:
        halves = ctx.session.execute(select(Entry.file_id, Entry.bucket).distinct()).all()
    assert {bucket < 128 for file, bucket in halves if file == halves[0].file_id} in ({True}, {False})
    assert _divided(stage, clock=time(18, 30)).sealed_orders == 0
    assert broken(stage) == []


def test_a_limit_over_all_orders_is_as_exact_with_two_workers(tmp_path: Path, postgres_book_url: str) -> None:
    stage = _stage(tmp_path, postgres_book_url, night_limit__entries=7)
    report = _divided(stage)
    assert (report.sealed_orders, report.refused, report.exit_code) == (7, {"night-limit": 17}, ExitCode.LIMIT)
    assert broken(stage) == []


def test_a_worker_that_is_killed_leaves_its_share_to_the_next_night(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _stage(tmp_path, postgres_book_url)

    def dies(self: Any, new: NewFile) -> int:  # noqa: ANN401 -- a DueFiles
        if self._share.buckets.start:
            os.kill(os.getpid(), signal.SIGKILL)
        return _SEAL(self, new)

    with monkeypatch.context() as patched:
        patched.setattr(DueFiles, "_seal_file", dies)
        report = _divided(stage)
    assert (report.workers_lost, report.exit_code, len(report.sealed)) == (1, ExitCode.HAS_ERRORS, 1)
    assert 0 < report.sealed_orders < _ORDERS
    assert broken(stage) == []
    again = _divided(stage, clock=time(18, 30))
    assert (again.sealed_orders, again.exit_code) == (_ORDERS - report.sealed_orders, ExitCode.DONE)
    assert set(_files_of_orders(stage).values()) == {1}
    assert broken(stage) == []


def _breaks_second(self: Any, new: NewFile, do: Callable[[Any], None]) -> int:  # noqa: ANN401 -- a DueFiles
    if self._share.buckets.start:
        do(self)
    return _SEAL(self, new)


def _loses_its_server(files: Any) -> None:  # noqa: ANN401 -- a DueFiles
    with files._desk.view() as ctx:  # noqa: SLF001 -- the worker's own desk
        ctx.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid()), 'SECRET'"))


def _refuses_the_page(_: object) -> None:
    why = "The file has too many batches."
    raise FormatRefused(
        [Problem(line=0, start=0, end=0, field="batch", check="count", severity=Severity.ERROR, message=why)]
    )


def _errs(_: object) -> None:
    message = "SECRET"
    raise ValueError(message)


@pytest.mark.parametrize(
    ("breaks", "fault", "says"),
    [
        (_loses_its_server, BookFault, "terminating connection"),
        (_refuses_the_page, FormatRefused, "too many batches"),
        (_errs, WrongState, "ValueError"),
    ],
    ids=["server", "page", "ours"],
)
def test_a_fault_in_a_worker_ends_the_night_as_it_does_with_one_worker(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *,
    breaks: Callable[[Any], None], fault: type[Exception], says: str,
) -> None:  # fmt: skip
    stage = staged(tmp_path, [Sale(amount=100 + number) for number in range(_FEW)], book=postgres_book_url)
    told: dict[str, Any] = {}
    stage.desk = replace(stage.desk, tell=lambda step, **more: told.update({step: more}))
    with monkeypatch.context() as patched:
        patched.setattr(DueFiles, "_seal_file", lambda self, new: _breaks_second(self, new, breaks))
        with pytest.raises(fault, match=says) as raised:
            _divided(stage)
    said = f"{raised.value}{capfd.readouterr().err}"
    assert "SECRET" not in said
    assert "Traceback" not in said
    # What the other worker sealed is counted and kept, and nothing is sent before a night has gone well.
    sealed = len(_files_of_orders(stage))
    assert 0 < sealed < _FEW
    assert told["ended_early"] == {"orders": sealed, "files": 1}
    assert "transmitted" not in told


def test_what_a_worker_sealed_before_it_lost_its_claims_is_counted(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path, [Sale(amount=100 + number) for number in range(_FEW)], book=postgres_book_url)
    told: dict[str, Any] = {}
    stage.desk = replace(stage.desk, tell=lambda step, **more: told.update({step: more}))

    def loses_later(self: Any, new: NewFile) -> int:  # noqa: ANN401 -- a DueFiles
        if self.sealed.files:
            raise LostClaim
        return _SEAL(self, new)

    monkeypatch.setattr(due_files, "PAGE", 2)
    monkeypatch.setattr(DueFiles, "_seal_file", loses_later)
    with pytest.raises(LostClaim):
        _divided(stage)
    assert told["ended_early"] == {"orders": len(_files_of_orders(stage)), "files": 2}


def test_a_book_in_a_file_is_not_divided(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with pytest.raises(WrongState, match="one writer"):
        _divided(stage)
    with pytest.raises(WrongState, match="1 to 32"):
        run_night(stage.desk, workers=0)


def test_pages_that_are_built_ahead_seal_each_order_once(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_files, "PAGE", 5)
    stage = _stage(tmp_path, postgres_book_url, night_limit__entries=22)
    report = night(stage, MONDAY)
    assert (report.sealed_orders, len(report.sealed), report.refused) == (22, 5, {"night-limit": 2})
    with stage.desk.view() as ctx:
        traces = sorted(ctx.session.scalars(select(Entry.trace % 10_000_000)))
    assert traces == list(range(1, 23))
    assert broken(stage) == []


@pytest.mark.parametrize("victim", [3, 8, 21])
def test_an_order_canceled_while_its_file_is_built_ahead_is_left_out_and_nothing_else(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch, victim: int
) -> None:
    monkeypatch.setattr(due_files, "PAGE", 5)
    stage = _stage(tmp_path, postgres_book_url, night_limit__entries=23)
    order_id = parse_public_id(Prefix.ORDER, order(stage, f"b{victim:03d}")["id"])
    lost: list[int] = []

    def canceled_first(ctx: Any, new: NewFile) -> int:  # noqa: ANN401 -- the sealing's own context
        if order_id in list(new.entries.order_id) and not lost:
            lost.append(order_id)
            with stage.desk.as_actor("ana").action() as other:
                cancel_order(other, order_id, reason="asked for")
        return seal_file(ctx, new)

    monkeypatch.setattr(due_files, "seal_file", canceled_first)
    report = night(stage, MONDAY)
    assert lost
    assert (report.sealed_orders, report.refused) == (_ORDERS - 1, {})
    assert set(_files_of_orders(stage).values()) == {1}
    assert order_id not in _files_of_orders(stage)
    assert order(stage, f"b{victim:03d}")["state"] == "canceled"
    assert broken(stage) == []


def test_a_night_that_loses_every_claim_says_so(
    tmp_path: Path, postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = _stage(tmp_path, postgres_book_url)

    def lose(*_: object) -> int:
        raise LostClaim

    monkeypatch.setattr(due_files, "seal_file", lose)
    with pytest.raises(LostClaim):
        night(stage, MONDAY)
    with pytest.raises(LostClaim):
        _divided(stage, clock=time(18, 30))
    assert set(states(stage).values()) == {"open"}


def test_traces_start_over_when_a_file_would_not_fit(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200, due=TUESDAY)])
    with stage.desk.action() as ctx:
        series = next(
            iter(ctx.session.scalars(select(NumberAllocation.series).where(text("series LIKE 'trace%'")))), None
        )
        assert series is None
        odfi = stage.desk.routes()[0].profile.odfi_routing[:8]
        ctx.session.add(NumberAllocation(series=f"trace|{odfi}", next_number=allocation.TRACES))
    assert night(stage, MONDAY).sealed_orders == 2
    with stage.desk.view() as ctx:
        assert sorted(ctx.session.scalars(select(Entry.trace % 10_000_000))) == [1, 2]
    assert broken(stage) == []
