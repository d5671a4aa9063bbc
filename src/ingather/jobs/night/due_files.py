"""Sealing what is due, page by page: read, decide, build, seal; on PostgreSQL a file is sealed while the next is built.

What is built ahead rests on nothing that the file before it could change: other orders, numbers that follow its own,
and the limits as they are with it. When that file is lost to a claim, what was built after it is forgotten.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, update

from ingather.actions.files.sealing import NewFile, seal_file
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import LimitReached, LostClaim
from ingather.jobs.desk import Desk
from ingather.jobs.night.building import build, head_of, to_seal
from ingather.jobs.night.numbering import Numbering, name_in_files
from ingather.jobs.night.planning import Chosen, Passage, decide_page, lay_out, passages_of, reasons_of
from ingather.jobs.night.spending import Spending, deciding
from ingather.rules.policy import HousePolicy
from ingather.store.due import DueOrders, read_due
from ingather.store.due_columns import ALL_BUCKETS
from ingather.store.tables import Order, Originator

PAGE = 100_000
_ATTEMPTS = 5
_NOTED_AT_ONCE = 20_000


@dataclass(slots=True)  # mutable -- filled in while files are sealed
class Sealed:
    """What was sealed of what is due: counts, cents, refusals by reason, files; and the limit that ended it."""

    orders: int = 0
    cents: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    limit: str = ""

    def add(self, other: "Sealed") -> None:
        """Add what somebody else sealed."""
        self.orders += other.orders
        self.cents += other.cents
        self.files += other.files
        self.limit = self.limit or other.limit
        for reason, count in other.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """What a night seals under, known before its first page."""

    night_on: date
    dry_run: bool
    passages: Sequence[Passage]
    policy: HousePolicy
    originator_id: int
    originator: str

    @property
    def through(self) -> date:
        """Return the last date that the night reaches."""
        return max(passage.effective_on for passage in self.passages)


def evening_of(desk: Desk, night_on: date, *, dry_run: bool) -> Evening | None:
    """Return what a night seals under, None when no bank is reached tonight."""
    passages = passages_of(desk.routes(), desk.clock())
    if not passages:
        return None
    with desk.view() as ctx:
        originator = ctx.session.execute(select(Originator.id, Originator.name)).one()
    return Evening(
        night_on=night_on, dry_run=dry_run, passages=passages, policy=desk.policy(),
        originator_id=originator.id, originator=name_in_files(originator.name),
    )  # fmt: skip


@dataclass(slots=True)  # mutable -- where a worker stands in its share
class Share:
    """The buckets that one process seals, the account of the limits, and the numbers of its files."""

    spending: Spending
    numbering: Numbering
    buckets: range = ALL_BUCKETS
    page: int = field(default_factory=lambda: PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """A file that is built: of which page, begun after which order, and what is sealed."""

    page: DueOrders
    after: int
    chosen: Chosen
    new: NewFile


class _Lost(Exception):  # noqa: N818 -- it ends nothing: the page is built again
    """A file was lost to a claim; ``after`` is where its page begins."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after


class DueFiles:
    """Seals a share: one page is decided and built while the file before it is sealed."""

    def __init__(self, desk: Desk, evening: Evening, share: Share) -> None:
        """Keep what is sealed, under what, and by whom."""
        self._desk, self._evening, self._share = desk, evening, share
        self._ahead = desk.engine.dialect.name == "postgresql" and not evening.dry_run
        self._decided: list[tuple[DueOrders, Chosen]] = []
        self._refused: dict[int, Counter[str]] = {}
        self._under: tuple[_Built, Future[int]] | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._failed = 0
        self._sealed = Sealed()

    @property
    def sealed(self) -> Sealed:
        """Return what is sealed so far, also after something ended it."""
        return self._sealed

    def seal(self) -> Sealed:
        """Seal all that is due; a limit that ends it is told, a claim that is lost too often raises ``LostClaim``."""
        after: int | None = 0
        try:
            while after is not None:
                try:
                    after = self._seal_after(after)
                except _Lost as lost:
                    # Somebody changed an order meanwhile: its page is read and built again without it.
                    after = lost.after
                    self._forget(after)
        finally:
            if self._pool is not None:
                self._pool.shutdown()
            # Whatever ended the share, the file that was being sealed then is sealed now, or was refused.
            if self._under is not None and self._under[1].exception() is None:
                self._settle()
        for counts in self._refused.values():
            self._sealed.add(Sealed(refused=dict(counts)))
        return self._sealed

    def _seal_after(self, after: int) -> int | None:
        """Seal the page after an order and return its last one; None when there is nothing more to seal."""
        page = self._read(after)
        if page is None:
            self._settle()
            return None
        self._desk.tell("page", orders=len(page))
        try:
            self._seal_page(page, after)
        except LimitReached as limit:
            self._settle()
            self._sealed.limit = str(limit)
            return None
        return int(page.due.order_id[-1])

    def _read(self, after: int) -> DueOrders | None:
        evening = self._evening
        with self._desk.view() as ctx:
            return read_due(
                ctx.session, originator_id=evening.originator_id, through=evening.through, after=after,
                limit=self._share.page, buckets=self._share.buckets,
            )  # fmt: skip

    def _seal_page(self, page: DueOrders, after: int) -> None:
        evening = self._evening
        with deciding(self._share.spending) as held:
            decided = decide_page(page, evening.passages, spent=held[0], policy=evening.policy)
            held[0] = decided.spent
        self._decided += [(page, chosen) for chosen in decided.files]
        reasons = reasons_of(decided.codes)
        self._refused[after] = Counter(reason for reason in reasons if reason is not None)
        if self._refused[after] and not evening.dry_run:
            note_refusals(self._desk, page, reasons)
        for chosen in decided.files:
            built = self._build(page, after, chosen)
            self._settle()
            self._begin(built, ahead=self._ahead and len(page) == self._share.page)

    def _build(self, page: DueOrders, after: int, chosen: Chosen) -> _Built:
        desk, evening, rows = self._desk, self._evening, chosen.rows
        account = desk.vault.open_many(
            page.account_id[rows].tolist(), [page.sealed_number[row] for row in rows.tolist()]
        )
        numbers = self._share.numbering.next(desk, chosen.route, len(rows))
        planned = lay_out(page, chosen, account)
        new = to_seal(
            planned,
            build(planned, head_of(chosen.route.profile, desk.clock(), numbers), numbers),
            numbers=numbers,
            originator_id=evening.originator_id,
            originator=evening.originator,
            night_on=evening.night_on,
        )
        return _Built(page=page, after=after, chosen=chosen, new=new)

    def _begin(self, built: _Built, *, ahead: bool) -> None:
        """Seal a file, now or while the next is built."""
        if self._evening.dry_run:
            self._done(built, None)
        elif ahead:
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="seal")
            self._under = built, self._pool.submit(self._seal_file, built.new)
        else:
            try:
                file_id = self._seal_file(built.new)
            except LostClaim:
                raise _Lost(built.after) from None
            self._done(built, file_id)

    def _seal_file(self, new: NewFile) -> int:
        with self._desk.action(late=True) as ctx:
            return seal_file(ctx, new)

    def _settle(self) -> None:
        """Wait for the file that is being sealed."""
        if self._under is None:
            return
        (built, outcome), self._under = self._under, None
        try:
            file_id = outcome.result()
        except LostClaim:
            raise _Lost(built.after) from None
        self._done(built, file_id)

    def _done(self, built: _Built, file_id: int | None) -> None:
        sealed, rows = self._sealed, built.chosen.rows
        self._decided.pop(0)
        self._share.numbering.sealed()
        self._failed = 0
        if file_id is not None:
            sealed.files.append(public_id(Prefix.FILE, file_id))
        sealed.orders += len(rows)
        sealed.cents += int(built.page.due.amount_minor[rows].sum())
        self._desk.tell("sealed", name=built.new.name, entries=len(rows))

    def _forget(self, after: int) -> None:
        """Begin again with the page after an order; raises ``LostClaim`` when that was done too often."""
        self._share.spending.undo(self._decided)
        self._share.numbering.lost()
        self._decided = []
        self._refused = {start: counts for start, counts in self._refused.items() if start < after}
        self._failed += 1
        if self._failed == _ATTEMPTS:
            raise LostClaim


def note_refusals(desk: Desk, page: DueOrders, reasons: Sequence[str | None]) -> None:
    """Write down why orders are not debited, where that has changed; a reason is not a claim and needs no version.

    Other writers have their turn between the parts of a large page.
    """
    changed: dict[str, list[int]] = {}
    for order_id, reason, known in zip(page.due.order_id.tolist(), reasons, page.reason, strict=True):
        if reason is not None and reason != known:
            changed.setdefault(reason, []).append(order_id)
    noted = [(reason, order_id) for reason, order_ids in changed.items() for order_id in order_ids]
    for start in range(0, len(noted), _NOTED_AT_ONCE):
        part: dict[str, list[int]] = {}
        for reason, order_id in noted[start : start + _NOTED_AT_ONCE]:
            part.setdefault(reason, []).append(order_id)
        with desk.action() as ctx:
            for reason, order_ids in part.items():
                ctx.session.execute(
                    update(Order)
                    .where(Order.id.in_(order_ids))
                    .values(reason=reason)
                    .execution_options(synchronize_session=False),
                )
            ctx.audit("note_refusals", "book", **{reason: len(order_ids) for reason, order_ids in part.items()})
