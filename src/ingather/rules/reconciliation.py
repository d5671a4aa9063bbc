"""What explains a posting: rules asked one after the other, each only where its answer is the only one.

Postings and what may explain them are columns. A rule groups both by the same columns and pairs, within a group, what
comes to the same cents. The rules, their order and their scores are the table ``posting_rules``. Nothing here knows a
bank: what a bank's postings name, and how it moves money, is said by its rows and its profile.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ingather.domain.reconciliation import MatchKind
from ingather.reports.items import PostingEvent
from ingather.rules.rows import in_force
from ingather.rules.subsets import only_subset

NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED"})
_FILE_AND_BATCH = re.compile(r"([0-9]{10}[A-Z0-9])-([0-9]{1,7})")
_TRACE = re.compile(r"[0-9]{15}")
_EVENTS: dict[MatchKind, frozenset[str]] = {
    MatchKind.SETTLEMENT: frozenset({PostingEvent.SETTLEMENT, PostingEvent.REVERSAL}),
    MatchKind.RETURN_POSTING: frozenset({PostingEvent.RETURN, PostingEvent.CREDIT_RETURN, PostingEvent.REJECTION}),
    MatchKind.FEE_POSTING: frozenset({PostingEvent.FEE}),
    MatchKind.ADJUSTMENT_POSTING: frozenset({PostingEvent.ADJUSTMENT}),
    MatchKind.PAYOUT_POSTING: frozenset({PostingEvent.SETTLEMENT}),
}
_NAMED = frozenset({"bank_ref", "origination_file", "trace", "reference"})


class Pairing(StrEnum):
    """How a rule pairs what it has grouped.

    ``EACH``: one posting, one reason of its amount. ``ALIKE``: as many reasons of an amount as postings of it, which
    nothing tells apart. ``SUM``: as ``ALIKE``, or all reasons of the group for its one posting. ``SEVERAL``: the only
    choice of reasons that comes to it. ``NET``: all reasons of the group less returns of the day.
    """

    EACH = "each"
    ALIKE = "alike"
    SUM = "sum"
    SEVERAL = "several"
    NET = "net"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRule:
    """One rule: the columns by which it groups, which kinds it explains by, how it pairs, and its score to 100.

    ``blank`` names a column that postings of this rule leave empty: where it is filled a closer rule has asked.
    """

    id: str
    columns: tuple[str, ...]
    kinds: frozenset[MatchKind]
    pairing: Pairing
    score: int
    blank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Postings as columns of one length, in minor units, positive for a credit to our account; "" and 0 are none."""

    key: list[int]
    amount: list[int]
    on: list[date]
    event: list[str]
    bank_ref: list[str]
    company: list[str]
    origination_file: list[str]
    batch_number: list[int]
    trace: list[int]
    reference: list[str]

    def __len__(self) -> int:
        """Return the number of postings."""
        return len(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What may explain postings, as columns: a side of a batch, a return, a charge, an adjustment, a payout.

    ``key`` is the row's own, ``batch`` the batch whose clearing it moves, 0 for none.
    """

    kind: list[MatchKind] = field(default_factory=list)
    key: list[int] = field(default_factory=list)
    batch: list[int] = field(default_factory=list)
    amount: list[int] = field(default_factory=list)
    on: list[date] = field(default_factory=list)
    bank_ref: list[str] = field(default_factory=list)
    company: list[str] = field(default_factory=list)
    origination_file: list[str] = field(default_factory=list)
    batch_number: list[int] = field(default_factory=list)
    trace: list[int] = field(default_factory=list)
    reference: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of reasons."""
        return len(self.key)

    def add(  # noqa: PLR0913 -- the columns of a reason
        self,
        kind: MatchKind,
        key: int,
        *,
        amount: int,
        on: date,
        batch: int = 0,
        bank_ref: str = "",
        company: str = "",
        origination_file: str = "",
        batch_number: int = 0,
        trace: int = 0,
        reference: str = "",
    ) -> None:
        """Add one reason."""
        self.kind.append(kind)
        self.key.append(key)
        self.batch.append(batch)
        self.amount.append(amount)
        self.on.append(on)
        self.bank_ref.append(bank_ref)
        self.company.append(company)
        self.origination_file.append(origination_file)
        self.batch_number.append(batch_number)
        self.trace.append(trace)
        self.reference.append(reference)


@dataclass(frozen=True, slots=True)
class Explained:
    """A posting and the reasons that come to its amount, as places in their columns, and the rule that found them."""

    posting: int
    reasons: tuple[int, ...]
    rule: PostingRule


def posting_rules(on: date) -> tuple[PostingRule, ...]:
    """Return the rules in force on a day, in the order in which they are asked."""
    ordered = sorted(in_force("posting_rules", on).values(), key=lambda row: int(row.values["order"]))
    return tuple(
        PostingRule(
            id=row.key,
            columns=tuple(row.values["columns"].split()),
            kinds=frozenset(MatchKind(word) for word in row.values["explains"].split()),
            pairing=Pairing(row.values["pairing"]),
            score=int(row.values["score"]),
            blank=row.values["blank"],
        )
        for row in ordered
    )


def named_in(text: str) -> tuple[str, int, int]:
    """Return what a customer reference names of ours: file, batch number, trace; "" and 0 for what it does not.

    Only the two forms in which we are named: ``YYMMDDHHMMx-n`` for a batch, fifteen digits for a trace.
    """
    if found := _FILE_AND_BATCH.fullmatch(text):
        return found[1], int(found[2]), 0
    return ("", 0, int(text)) if _TRACE.fullmatch(text) else ("", 0, 0)


def explain(moves: Moves, reasons: Reasons, rules: Sequence[PostingRule], *, netted: bool) -> list[Explained]:
    """Return what explains which posting; what a rule took no later rule sees. Linear but for choices of several.

    ``netted`` says that the bank moves settlements less the returns of the day: only then those rules are asked.
    """
    search = _Search(moves, reasons)
    for rule in rules:
        if rule.pairing is Pairing.NET and not netted:
            continue
        search.ask(rule)
    return search.found


class _Search:
    """Postings and reasons that nothing explains yet."""

    def __init__(self, moves: Moves, reasons: Reasons) -> None:
        self.moves, self.reasons = moves, reasons
        self.found: list[Explained] = []
        self._postings = dict.fromkeys(range(len(moves)))
        self._reasons = dict.fromkeys(range(len(reasons)))

    def ask(self, rule: PostingRule) -> None:
        """Ask one rule."""
        if not self._postings:
            return
        postings = self._grouped_postings(rule)
        by_key = self._grouped_reasons(rule, set(postings))
        back = self._returns_by_day() if rule.pairing is Pairing.NET else {}
        for key, places in postings.items():
            chosen = by_key.get(key, [])
            pairs = self._pairs(rule, places, chosen)
            if rule.pairing is Pairing.SEVERAL:
                pairs = self._several(places, chosen)
            elif rule.pairing is Pairing.NET:
                pairs = self._net(rule, places, chosen, back)
            for place, reasons in list(pairs):
                self._take(rule, place, reasons)

    def _take(self, rule: PostingRule, place: int, reasons: Sequence[int]) -> None:
        del self._postings[place]
        for each in reasons:
            del self._reasons[each]
        self.found.append(Explained(place, tuple(reasons), rule))

    def _grouped_postings(self, rule: PostingRule) -> dict[tuple[object, ...], list[int]]:
        """Return the postings of each group; one that leaves a column empty, or fills the blank one, is in none."""
        columns = [getattr(self.moves, name) for name in rule.columns]
        blank = getattr(self.moves, rule.blank) if rule.blank else None
        events = frozenset().union(*(_EVENTS[kind] for kind in rule.kinds))
        named = not _NAMED.isdisjoint(rule.columns)
        grouped: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        for place in self._postings:
            if blank is not None and blank[place]:
                continue
            # What names its reason needs no event: a code that nobody knows may still name our batch.
            if not named and self.moves.event[place] not in events:
                continue
            key = tuple(column[place] for column in columns)
            if all(key) and key[0] not in NO_REFERENCE:
                grouped[key].append(place)
        return grouped

    def _grouped_reasons(
        self, rule: PostingRule, wanted: set[tuple[object, ...]]
    ) -> dict[tuple[object, ...], list[int]]:
        columns = [getattr(self.reasons, name) for name in rule.columns]
        grouped: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        for place in self._reasons:
            if self.reasons.kind[place] in rule.kinds:
                key = tuple(column[place] for column in columns)
                if key in wanted:
                    grouped[key].append(place)
        return grouped

    def _pairs(
        self, rule: PostingRule, postings: Sequence[int], reasons: Sequence[int]
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield postings with the reasons of their amount, then, for a sum, the one that is left with all the rest."""
        due = self._by_amount(reasons, self.reasons.amount)
        rest = dict.fromkeys(reasons)
        left: list[int] = []
        for amount, places in self._by_amount(postings, self.moves.amount).items():
            fitting = due.get(amount, [])
            if len(fitting) != len(places) or (rule.pairing is Pairing.EACH and len(places) > 1):
                left += places
                continue
            for place, reason in zip(places, fitting, strict=True):
                del rest[reason]
                yield place, (reason,)
        if rule.pairing is Pairing.SUM and rest and len(left) == 1:
            total = sum(self.reasons.amount[each] for each in rest)
            if total == self.moves.amount[left[0]]:
                yield left[0], tuple(rest)

    def _several(self, postings: Sequence[int], reasons: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield a posting with the only choice of reasons that comes to it; of few, and never two of one choice."""
        taken: set[int] = set()
        for place in postings:
            company = self.moves.company[place]
            among = [each for each in reasons
                     if each not in taken and company in {"", self.reasons.company[each]}]  # fmt: skip
            amounts = [self.reasons.amount[each] for each in among]
            chosen = only_subset(amounts, self.moves.amount[place])
            if chosen and len(chosen) > 1:
                taken.update(among[index] for index in chosen)
                yield place, tuple(among[index] for index in chosen)

    def _net(
        self,
        rule: PostingRule,
        postings: Sequence[int],
        reasons: Sequence[int],
        back: dict[date, list[int]],
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the group's one posting with all its batches, and the returns of the day that make the difference."""
        if len(postings) != 1:
            return
        place = postings[0]
        missing = self.moves.amount[place] - sum(self.reasons.amount[each] for each in reasons)
        company = self.moves.company[place] if "company" in rule.columns else ""
        among = [each for each in back.get(self.moves.on[place], [])
                 if each in self._reasons and company in {"", self.reasons.company[each]}]  # fmt: skip
        amounts = [self.reasons.amount[each] for each in among]
        if missing == sum(amounts):
            chosen: Sequence[int] | None = range(len(among))
        else:
            chosen = only_subset(amounts, missing)
        if chosen is not None and (reasons or chosen):
            yield place, (*reasons, *(among[index] for index in chosen))

    def _returns_by_day(self) -> dict[date, list[int]]:
        grouped: defaultdict[date, list[int]] = defaultdict(list)
        for place in self._reasons:
            if self.reasons.kind[place] is MatchKind.RETURN_POSTING:
                grouped[self.reasons.on[place]].append(place)
        return grouped

    @staticmethod
    def _by_amount(places: Sequence[int], amounts: Sequence[int]) -> dict[int, list[int]]:
        grouped: defaultdict[int, list[int]] = defaultdict(list)
        for place in places:
            grouped[amounts[place]].append(place)
        return grouped
