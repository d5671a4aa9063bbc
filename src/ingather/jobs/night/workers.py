"""Several processes for one night: each seals the orders of its buckets, and the night keeps the account of the limits.

A buyer has one bucket, so what belongs to one buyer meets one worker. A worker that dies takes nothing with it but its
own unsealed files: the others finish, the night says so, and the next night seals the rest.
"""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ingather.domain.refusals import Refusal, WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.night.due_files import DueFiles, Evening, Sealed, Share
from ingather.jobs.night.numbering import TakenAhead
from ingather.jobs.night.spending import LentSpending
from ingather.nacha.refused import FormatRefused
from ingather.rules.limits import Spent
from ingather.store.due_columns import ALL_BUCKETS
from ingather.store.engine import BookFault

MOST_WORKERS = 32


def refuse_workers(desk: Desk, workers: int) -> None:
    """Raise ``WrongState`` when a book cannot be sealed by so many workers."""
    if not 1 <= workers <= MOST_WORKERS:
        fact = f"a night has 1 to {MOST_WORKERS} workers"
        raise WrongState(fact)
    if workers > 1 and desk.engine.dialect.name != "postgresql":
        fact = "a book in a SQLite file has one writer: its night cannot be divided"
        raise WrongState(fact, "Leave --workers out, or keep the book on PostgreSQL")


@dataclass(slots=True)  # mutable -- what the night knows of a worker
class _Worker:
    process: BaseProcess
    pipe: Connection
    sealed: Sealed | None = None
    fault: Exception | None = None


@dataclass(slots=True)  # mutable -- the account, and who has it
class _Account:
    spent: Spent
    holder: _Worker | None = None
    waiting: list[_Worker] = field(default_factory=list)

    def lend(self) -> None:
        """Lend the account to who has waited longest, unless somebody has it."""
        while self.holder is None and self.waiting:
            self.holder = self.waiting.pop(0)
            try:
                self.holder.pipe.send(self.spent)
            except OSError:
                self.holder = None  # it died while it waited

    def leave(self, worker: _Worker) -> None:
        """Take the account back from a worker that has ended: what it was deciding was not sealed."""
        self.waiting = [each for each in self.waiting if each is not worker]
        if self.holder is worker:
            self.holder = None


def seal_in_shares(desk: Desk, evening: Evening, spent: Spent, workers: int) -> tuple[Sealed, int]:
    """Seal what is due in so many processes; returns what they sealed and how many of them died.

    Raises what a worker ended by, as a night of one process would, when all have ended.
    """
    # Forked, since a desk holds keys and clocks that are not sent to anybody.
    context = multiprocessing.get_context("fork")
    made: list[_Worker] = []
    ends: list[Connection] = []
    for number in range(workers):
        ours, theirs = context.Pipe()
        ends.append(ours)
        process = context.Process(
            target=_work, args=(desk, evening, _buckets(number, workers), number, theirs, tuple(ends)), daemon=True
        )
        process.start()
        theirs.close()
        made.append(_Worker(process=process, pipe=ours))
    _attend(desk, made, _Account(spent=spent))
    total, lost = Sealed(), 0
    for worker in made:
        worker.process.join()
        worker.pipe.close()
        if worker.sealed is None and worker.fault is None:
            lost += 1
            desk.tell("worker_lost", exit_code=worker.process.exitcode)
        total.add(worker.sealed or Sealed())
    fault = next((worker.fault for worker in made if worker.fault is not None), None)
    if fault is not None:
        desk.tell("ended_early", orders=total.orders, files=len(total.files))
        raise fault
    return total, lost


def _buckets(number: int, workers: int) -> range:
    whole = len(ALL_BUCKETS)
    return range(whole * number // workers, whole * (number + 1) // workers)


def _attend(desk: Desk, made: Sequence[_Worker], account: _Account) -> None:
    """Hear the workers until all have ended: lend them the account in turn, and tell what they tell."""
    listening = {worker.pipe: worker for worker in made}
    while listening:
        for pipe in wait(list(listening)):
            worker = listening[pipe]  # type: ignore[index]  # only pipes are waited for
            try:
                word, content = worker.pipe.recv()
            except (EOFError, OSError):
                del listening[worker.pipe]
                account.leave(worker)
                account.lend()
                continue
            match word:
                case "borrow":
                    account.waiting.append(worker)
                case "spent":
                    account.spent, account.holder = content, None
                case "told":
                    desk.tell(content[0], **content[1])
                case "sealed":
                    worker.sealed = content
                case "failed":
                    worker.fault = content[0](*content[1:])
            account.lend()


def _work(
    desk: Desk, evening: Evening, buckets: range, number: int, pipe: Connection, others: Sequence[Connection]
) -> None:
    """Seal a share in a process of its own."""
    # A pipe of which another worker held the night's end would outlive the night.
    for other in others:
        other.close()
    desk.engine.dispose(close=False)

    def tell(step: str, **particulars: object) -> None:
        pipe.send(("told", (step, particulars)))

    mine = replace(desk, ids=desk.ids.beside(number + 1), tell=tell)
    share = Share(spending=LentSpending(pipe), numbering=TakenAhead(), buckets=buckets)
    files = DueFiles(mine, evening, share)
    try:
        _report(files, pipe)
    except (EOFError, BrokenPipeError):
        return  # the night has died: nobody holds its lock any more, and the next night seals the rest
    finally:
        desk.engine.dispose()


def _report(files: DueFiles, pipe: Connection) -> None:
    """Seal a share and tell the night what was sealed, also by the time of what ended it."""
    try:
        sealed = files.seal()
    except Exception as fault:  # noqa: BLE001 -- whatever it is, the night says it, and not this process's traceback
        pipe.send(("sealed", files.sealed))
        pipe.send(("failed", _parts(fault)))
    else:
        pipe.send(("sealed", sealed))


def _parts(fault: Exception) -> tuple[Any, ...]:
    """Return the class of a fault and what it is made of again, without a statement, its values or a traceback."""
    match fault:
        case Refusal():
            return type(fault), fault.fact, fault.way_out
        case FormatRefused():
            return FormatRefused, fault.problems
        case BookFault(orig=BaseException() as orig):
            return type(fault), None, None, type(orig)(str(orig).partition("\n")[0])
        case OSError():
            return OSError, fault.errno, fault.strerror or str(fault), fault.filename
        case _:
            fact = f"a worker of the night ended by a fault of ours ({type(fault).__name__})"
            return WrongState, fact, "Run it again with one worker to see it in full; what was sealed is kept"
