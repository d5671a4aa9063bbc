"""Several processes for one night: each seals the orders of its buckets, and the night keeps the account of the limits.

A buyer has one bucket, so what belongs to one buyer meets one worker. A worker that dies takes nothing with it but its
own unsealed files: the others finish, the night says so, and the next night seals the rest.
"""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from ingather.domain.refusals import Refusal, WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.night.due_files import DueFiles, Evening, Sealed, Share
from ingather.jobs.night.numbering import TakenAhead
from ingather.jobs.night.spending import LentSpending
from ingather.rules.limits import Spent
from ingather.store.due_columns import ALL_BUCKETS

MOST_WORKERS = 32
# Smaller than a page of one process: the other workers keep the processors busy, and whoever records an order waits
# for one claim at most, which must stay well under a second.
_PAGE = 60_000


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
    refusal: Refusal | None = None


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

    Raises the refusal of a worker when all have ended.
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
        if worker.sealed is None and worker.refusal is None:
            lost += 1
            desk.tell("worker_lost", exit_code=worker.process.exitcode)
        total.add(worker.sealed or Sealed())
    refused = next((worker.refusal for worker in made if worker.refusal is not None), None)
    if refused is not None:
        raise refused
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
                case "refused":
                    worker.refusal = content[0](*content[1:])
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
    share = Share(spending=LentSpending(pipe), numbering=TakenAhead(), buckets=buckets, page=_PAGE)
    try:
        pipe.send(("sealed", DueFiles(mine, evening, share).seal()))
    except Refusal as refusal:
        pipe.send(("refused", (type(refusal), refusal.fact, refusal.way_out)))
    except (EOFError, BrokenPipeError):
        return  # the night has died: nobody holds its lock any more, and the next night seals the rest
    finally:
        desk.engine.dispose()
